"""Sessions: tables, settings and queries that belong together."""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FrameType
from typing import Any, TypeAlias

from parquetframe import _rustic
from parquetframe._expression import sql_type
from parquetframe._frame import Frame
from parquetframe._functions import adapted, tabled
from parquetframe._literals import Option, Path, literal
from parquetframe._tables import is_table, table_of

_HERE = pathlib.Path(__file__).parent

#: Values of parameters: one after the other, or by name.
Parameters: TypeAlias = "Sequence[object] | Mapping[str, object]"

Setting: TypeAlias = "bool | int | float | str"


def connect(
    *,
    memory_limit: str | int | None = None,
    threads: int | None = None,
    **settings: Setting,
) -> Session:
    """Make a session.

    Args:
        memory_limit: Memory that its queries may hold together, such as `"4GB"`; beyond it they spill to disk.
        threads: How many cores a query keeps busy.
        settings: Any other setting by its name in `SET`; names with dots go in as `**{"datafusion.…": …}`.

    Settings that are not given come from the configuration file, the environment (`PFRAME_*`) and the defaults.

    >>> con = connect(memory_limit="1GB", threads=2)
    >>> con.sql("SELECT value FROM system.settings WHERE name = 'threads'").to_dicts()
    [{'value': '2'}]
    """
    given: list[tuple[str, Setting | None]] = [
        ("memory_limit", memory_limit),
        ("threads", threads),
    ]
    given += settings.items()
    return Session(
        _rustic.Session(
            [(name, _setting(value)) for name, value in given if value is not None]
        )
    )


class Session:
    """Tables, settings and queries that belong together. Made by `connect`.

    A session may be used from several threads at once.
    """

    __slots__ = ("_native",)

    def __init__(self, native: _rustic.Session) -> None:
        self._native = native

    def sql(
        self, query: str, params: Parameters | None = None, **tables: object
    ) -> Frame:
        """Plan one statement.

        A query runs when its rows are asked for, each time anew.
        Any other statement (`CREATE TABLE`, `COPY`, `SET`, …) runs at once, and the frame holds what it answered.

        Args:
            query: The SQL text.
            params: Values for its parameters: a list for `?` and `$1`, a dictionary for `$name`.
            tables: Tables for this statement, by the names that the text uses: anything that speaks Arrow's C
                interface, such as a pandas or Polars DataFrame, a pyarrow Table or another frame, arrays of NumPy,
                and dictionaries of columns.

        A name that neither these nor the catalog have is looked for among the variables of the caller.

        >>> con = connect()
        >>> con.sql("CREATE TABLE point AS SELECT 1 AS x, 2 AS y").to_dicts()
        [{'Count': 1}]
        >>> con.sql("SELECT x + y AS total FROM point").to_dicts()
        [{'total': 3}]
        >>> con.sql("SELECT $a || ? AS greeting", params={"a": "it's ", "1": "me"}).item()
        "it's me"
        >>> numbers = con.sql("FROM range(3)")
        >>> con.sql("SELECT sum(value) FROM numbers").item()
        3
        """
        if not isinstance(query, str):
            raise TypeError(f"a query is a text of SQL, not {query!r}")
        given = {name: table_of(table, name) for name, table in tables.items()}
        values = {name: literal(value) for name, value in _by_name(params).items()}
        caller = _caller()
        try:
            native = self._native.sql(query, given, _finder(caller), values)
        finally:
            # What holds a frame of Python keeps all its variables alive.
            del caller
        return Frame(native, self._native)

    def table(self, name: str) -> Frame:
        """A table or view of the catalog, a file, or anything else that may stand after FROM.

        >>> connect().table("range(3)").count()
        3
        """
        if not isinstance(name, str):
            raise TypeError(f"the name of a table is a text, not {name!r}")
        return self.sql(f"SELECT * FROM {name}")

    def frame(self, table: object) -> Frame:
        """A frame of a table of Python.

        >>> connect().frame(connect().sql("SELECT 1 AS n")).to_dicts()
        [{'n': 1}]
        """
        native = self._native.sql(
            "SELECT * FROM frame", {"frame": table_of(table, "frame")}, None, {}
        )
        return Frame(native, self._native)

    def read(self, path: Path | list[Path]) -> Frame:
        """Plan a read of files in any format, by their endings."""
        return (
            self._read("read_files", path, {})
            if isinstance(path, list)
            else self.table(literal(path))
        )

    def register_function(
        self,
        name: str,
        function: Callable[..., Any],
        parameters: Sequence[str | type] | str | type = (),
        returns: str | type | None = None,
        *,
        kind: str = "scalar",
        values: str = "arrow",
        volatile: bool = False,
    ) -> None:
        """Give a function of Python a name in SQL, replacing what had it.

        Args:
            name: What SQL calls it.
            function: A scalar function takes columns and gives a column; an aggregate takes the columns of a group and
                gives a value; a table function takes constants and gives a table.
            parameters: The types of what it takes, one or a list, in SQL or as `int`, `float`, `str`, `bool`.
            returns: The type of what it gives; a table says it itself.
            kind: `scalar`, `aggregate` or `table`.
            values: What columns are: `arrow` (a `pyarrow.Array`), `numpy`, `polars`, or `python`; then a scalar
                function is called row by row, with NULL as `None`.
            volatile: Whether it may give another value for the same arguments.

        >>> con = connect()
        >>> con.register_function("add_one", lambda n: n + 1, [int], int, values="python")
        >>> con.sql("SELECT add_one(41) AS answer").to_dicts()
        [{'answer': 42}]
        """
        if isinstance(parameters, (str, type)):
            parameters = [parameters]
        if kind == "table":
            wrapped = tabled(function)
        elif returns is None:
            raise TypeError(f"the function '{name}' needs the type that it returns")
        else:
            wrapped = adapted(function, kind, values)
        self._native.register_function(
            name,
            kind,
            [sql_type(parameter) for parameter in parameters],
            "" if returns is None else sql_type(returns),
            volatile,
            wrapped,
        )

    def register(self, name: str, table: object) -> None:
        """Give a table of Python a name in this session, replacing what had it.

        A table in memory shares its memory with the engine; a reader or another frame is read by each query that
        asks.

        >>> con = connect()
        >>> con.register("answer", con.sql("SELECT 42 AS number"))
        >>> con.sql("FROM answer").to_dicts()
        [{'number': 42}]
        """
        self._native.register(name, table_of(table, name))

    def tables(self) -> list[str]:
        """The names of the tables and views, as SQL takes them.

        >>> con = connect()
        >>> _ = con.sql("CREATE VIEW one AS SELECT 1 AS n")
        >>> con.tables()
        ['one']
        """
        return [
            name for _, schema, name, _ in self._native.tables() if schema != "system"
        ]

    def read_parquet(self, path: Path | list[Path], **options: Option) -> Frame:
        """Plan a read of Parquet files: a path, a URL, a folder, a pattern such as `"data/*.parquet"`, or a list.

        The options are those of the SQL function `read_parquet`.
        """
        return self._read("read_parquet", path, options)

    def read_csv(self, path: Path | list[Path], **options: Option) -> Frame:
        r"""Plan a read of CSV files; the options are those of the SQL function `read_csv`.

        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "prices.csv"
        >>> _ = path.write_text("item;price\ntea;2.5\n")
        >>> connect().read_csv(path, delim=";").to_dicts()
        [{'item': 'tea', 'price': 2.5}]
        """
        return self._read("read_csv", path, options)

    def read_json(self, path: Path | list[Path], **options: Option) -> Frame:
        """Plan a read of JSON files, arrays or newline-delimited; the options are those of the SQL function
        `read_json`.
        """
        return self._read("read_json", path, options)

    def read_ndjson(self, path: Path | list[Path], **options: Option) -> Frame:
        """Plan a read of JSON files with an object a line; the options are those of the SQL function."""
        return self._read("read_ndjson", path, options)

    def read_avro(self, path: Path | list[Path], **options: Option) -> Frame:
        """Plan a read of Avro files; the options are those of the SQL function `read_avro`."""
        return self._read("read_avro", path, options)

    def read_orc(self, path: Path | list[Path], **options: Option) -> Frame:
        """Plan a read of ORC files; the options are those of the SQL function `read_orc`."""
        return self._read("read_orc", path, options)

    def read_arrow(self, path: Path | list[Path], **options: Option) -> Frame:
        """Plan a read of files of Arrow's IPC format; the options are those of the SQL function `read_arrow`."""
        return self._read("read_arrow", path, options)

    # Every read is lazy, so these are the same by the names that Polars has.
    scan_parquet = read_parquet
    scan_csv = read_csv
    scan_json = read_json
    scan_ndjson = read_ndjson
    scan_avro = read_avro
    scan_orc = read_orc
    scan_arrow = read_arrow

    def _read(
        self, function: str, path: Path | list[Path], options: dict[str, Option]
    ) -> Frame:
        for one in path if isinstance(path, list) else [path]:
            if not isinstance(one, (str, os.PathLike)):
                raise TypeError(
                    f"{function} takes a path or a list of paths, not {one!r}"
                )
        arguments = [
            literal(path),
            *(f"{name} => {literal(value)}" for name, value in options.items()),
        ]
        return self.sql(f"SELECT * FROM {function}({', '.join(arguments)})")


def _setting(value: Setting) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _by_name(params: Parameters | None) -> dict[str, object]:
    """Parameters by their names, which are numbers if they come one after the other."""
    if params is None:
        return {}
    if isinstance(params, Mapping):
        return {str(name): value for name, value in params.items()}
    if isinstance(params, (str, bytes)) or not isinstance(params, Iterable):
        raise TypeError("params is a list of values, or a dictionary of them by name")
    return {str(index): value for index, value in enumerate(params, 1)}


def _caller() -> FrameType | None:
    """The innermost frame of Python that is not of this package."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and pathlib.Path(frame.f_code.co_filename).parent == _HERE:
        frame = frame.f_back
    return frame


def _finder(caller: FrameType | None) -> Callable[[str], object | None]:
    """Finds tables among the variables of a caller."""

    def find(name: str) -> object | None:
        if caller is None:
            return None
        for variables in (caller.f_locals, caller.f_globals):
            for spelling in (
                name,
                *(other for other in variables if other.lower() == name.lower()),
            ):
                thing = variables.get(spelling)
                if is_table(thing):
                    return table_of(thing, name)
        return None

    return find
