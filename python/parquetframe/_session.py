"""Sessions: tables, settings and queries that belong together."""

from __future__ import annotations

from typing import TypeAlias

from parquetframe import _rustic
from parquetframe._frame import Frame
from parquetframe._literals import Option, Path, literal

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

    def sql(self, query: str, **tables: object) -> Frame:
        """Plan one statement.

        A query runs when its rows are asked for, each time anew.
        Any other statement (`CREATE TABLE`, `COPY`, `SET`, …) runs at once, and the frame holds what it answered.

        Args:
            query: The SQL text.
            tables: Tables for this statement, by the names that the text uses: anything that speaks Arrow's C
                interface, such as a pandas or Polars DataFrame, a pyarrow Table or another frame.

        >>> con = connect()
        >>> con.sql("CREATE TABLE point AS SELECT 1 AS x, 2 AS y").columns
        []
        >>> con.sql("SELECT x + y AS total FROM point").to_dicts()
        [{'total': 3}]
        """
        return Frame(self._native.sql(query, tables))

    def register(self, name: str, table: object) -> None:
        """Give a table of Python a name in this session, replacing what had it.

        A table in memory shares its memory with the engine; a reader or another frame is read by each query that
        asks.

        >>> con = connect()
        >>> con.register("answer", con.sql("SELECT 42 AS number"))
        >>> con.sql("FROM answer").to_dicts()
        [{'number': 42}]
        """
        self._native.register(name, table)

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

    def _read(
        self, function: str, path: Path | list[Path], options: dict[str, Option]
    ) -> Frame:
        arguments = [
            literal(path),
            *(f"{name} => {literal(value)}" for name, value in options.items()),
        ]
        return self.sql(f"SELECT * FROM {function}({', '.join(arguments)})")


def _setting(value: Setting) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
