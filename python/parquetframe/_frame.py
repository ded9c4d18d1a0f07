"""Frames: planned queries whose rows come when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, overload

from parquetframe import _rustic
from parquetframe._builder import SQLBuilder
from parquetframe._display import box, html
from parquetframe._expression import Expr, col
from parquetframe._literals import literal
from parquetframe._tables import need, table_of
from parquetframe._verbs import index
from parquetframe._write import Writers
from parquetframe.errors import UnsupportedError

if TYPE_CHECKING:
    import dask.dataframe
    import numpy
    import pandas
    import polars
    import pyarrow

#: Rows that `show` and the displays of a shell or notebook fetch.
PREVIEW_ROWS = 20


class Frame(Writers):
    """A planned query. Made by `Session.sql`, `read_…` and the methods of other frames.

    Its rows come when they are asked for, each time by a new run.
    Methods such as `filter` and `join` make new frames; the engine sees the whole chain as one query.
    Every library that reads Arrow's C stream takes a frame as it is: `polars.DataFrame(frame)`,
    `pyarrow.table(frame)`, `duckdb.sql("FROM frame")`; rows then stream, and stop when the reader stops.
    """

    __slots__ = ("_native", "_session")

    #: Columns are compared by `frame.filter(…)`, and frames are what they are.
    __hash__: ClassVar[Any] = object.__hash__

    def __init__(self, native: _rustic.Frame, session: _rustic.Session) -> None:
        self._native = native
        self._session = session

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return [name for name, _ in self._native.columns()]

    @property
    def schema(self) -> dict[str, str]:
        """The SQL types of the columns by their names.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT 1 AS id, 'tea' AS name").schema
        {'id': 'BIGINT', 'name': 'VARCHAR'}
        """
        return dict(self._native.columns())

    def sql(self, query: str, **tables: object) -> Frame:
        """Plan a query over this frame, whose name there is `self`.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT 20 AS n").sql("SELECT n + 1 AS m FROM self").to_dicts()
        [{'m': 21}]
        """
        if not isinstance(query, str):
            raise TypeError(f"a query is a text of SQL, not {query!r}")
        given = {name: table_of(table, name) for name, table in tables.items()}
        return self._derive(query, {"self": self._native, **given})

    def sql_with_params(self, query: str, **params: object) -> Frame:
        """Plan a query over this frame, with values for its `$name`s.

        >>> import parquetframe as pf
        >>> pf.sql("FROM range(5)").sql_with_params("SELECT count(*) FROM self WHERE value < $n", n=2).item()
        2
        """
        values = {name: literal(value) for name, value in params.items()}
        return Frame(
            self._session.sql(query, {"self": self._native}, None, values),
            self._session,
        )

    def sql_builder(self) -> SQLBuilder:
        """A query over this frame, to be built clause by clause."""
        return SQLBuilder(self)

    @overload
    def __getitem__(self, key: str) -> Expr: ...
    @overload
    def __getitem__(self, key: list[str] | slice) -> Frame: ...
    def __getitem__(self, key: str | list[str] | slice) -> Expr | Frame:
        """A column by its name, as an expression; some columns by a list; some rows by a slice.

        >>> import parquetframe as pf
        >>> frame = pf.sql("SELECT value AS n, value * 2 AS double FROM range(4)")
        >>> frame.filter(frame["n"] > 1)[["double"]][1:].rows()
        [(6,)]
        """
        if isinstance(key, str):
            return col(*self._known(key))
        if isinstance(key, list):
            return self.select(*self._known(key))
        if isinstance(key, slice) and key.step in (None, 1):
            start = 0 if key.start is None else key.start
            if key.stop is None:
                return self._from_self(
                    f"SELECT * FROM self OFFSET {index(start, 'start')}"
                )
            return self.limit(max(index(key.stop, "stop") - start, 0), start)
        raise TypeError(
            f"a frame has no {key!r}; give the name of a column, a list of names, or rows as [from:to]"
        )

    def _frame_of(self, table: object) -> Frame:
        if isinstance(table, Frame):
            return table
        return self._derive("SELECT * FROM other", {"other": table_of(table, "other")})

    def _derive(self, query: str, tables: Mapping[str, object]) -> Frame:
        return Frame(self._session.sql(query, dict(tables), None, {}), self._session)

    def collect(self) -> Frame:
        """Run the query, and keep its rows in memory as a new frame.

        >>> import parquetframe as pf
        >>> rolled = pf.sql("SELECT random() AS dice").collect()
        >>> rolled.to_dicts() == rolled.to_dicts()
        True
        """
        return Frame(self._native.collect(), self._session)

    cache = collect
    compute = collect

    def __arrow_c_schema__(self) -> object:
        """The schema for other libraries, by Arrow's C interface."""
        return self._native.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows for other libraries, by Arrow's C interface: batch after batch, as the query makes them."""
        return self._native.stream().__arrow_c_stream__(requested_schema)

    def __iter__(self) -> Iterator[_rustic.Batch]:
        """Run the query and go through its batches.

        >>> import parquetframe as pf
        >>> sum(len(batch) for batch in pf.sql("SELECT * FROM range(100000)"))
        100000
        """
        return iter(self._native.stream())

    iter_batches = __iter__

    def to_arrow(self) -> pyarrow.Table:
        """All rows as a `pyarrow.Table`."""
        # Not by `pyarrow.table`, which imports pandas to see whether it was given one of its frames.
        reader = need("pyarrow", "pyarrow").RecordBatchReader
        table: pyarrow.Table = reader.from_stream(self._all_rows()).read_all()
        return table

    def to_pandas(self) -> pandas.DataFrame:
        """All rows as a `pandas.DataFrame`."""
        need("pandas", "pandas")
        frame: pandas.DataFrame = self.to_arrow().to_pandas()
        return frame

    def to_polars(self) -> polars.DataFrame:
        """All rows as a `polars.DataFrame`."""
        read: type[polars.DataFrame] = need("polars", "polars").DataFrame
        # Polars panics at what it has no type for.
        for name, kind in zip(self.columns, self._native.arrow_types(), strict=True):
            if "Interval(" in kind:
                raise UnsupportedError(
                    f"column '{name}' is {self.schema[name]}, which Polars does not have",
                    f"cast it: frame.cast({{'{name}': 'VARCHAR'}})",
                )
        return read(self._all_rows())

    def to_numpy(self) -> dict[str, numpy.ndarray]:
        """All rows as an array for each column, by its name.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT 1 AS a, 2.5 AS b").to_numpy()["b"].tolist()
        [2.5]
        """
        table = self.to_arrow()
        return {
            name: column.to_numpy()
            for name, column in zip(table.column_names, table.columns, strict=True)
        }

    def to_dask(self, npartitions: int = 1) -> dask.dataframe.DataFrame:
        """All rows as a Dask DataFrame of so many partitions."""
        if index(npartitions, "npartitions") == 0:
            raise ValueError("a Dask DataFrame has at least one partition")
        read = need("dask.dataframe", "dask").from_pandas
        frame: dask.dataframe.DataFrame = read(
            self.to_pandas(), npartitions=npartitions
        )
        return frame

    def to_dicts(self) -> list[dict[str, Any]]:
        """All rows as dictionaries.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT DATE '2024-02-29' AS day, [1, 2] AS list").to_dicts()
        [{'day': datetime.date(2024, 2, 29), 'list': [1, 2]}]
        """
        self._names_once()
        return [row for batch in self for row in batch.to_dicts()]

    def to_dict(self) -> dict[str, list[Any]]:
        """All rows as a list for each column, by its name.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT value FROM range(3)").to_dict()
        {'value': [0, 1, 2]}
        """
        self._names_once()
        found: dict[str, list[Any]] = {name: [] for name in self.columns}
        for batch in self:
            for values, more in zip(found.values(), batch.to_lists(), strict=True):
                values += more
        return found

    def rows(self) -> list[tuple[Any, ...]]:
        """All rows as tuples.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT 1 AS a, 'x' AS b").rows()
        [(1, 'x')]
        """
        return [row for batch in self for row in batch.to_tuples()]

    def item(self) -> Any:
        """The one value of a frame of one row and one column.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT 42").item()
        42
        """
        rows = self.limit(2).rows()
        if len(rows) != 1 or len(self.columns) != 1:
            shape = f"{'more than one row' if len(rows) > 1 else f'{len(rows)} rows'} and {len(self.columns)} columns"
            raise ValueError(f"a frame of {shape} is not one value")
        return rows[0][0]

    def count(self) -> int:
        """How many rows there are.

        >>> import parquetframe as pf
        >>> pf.sql("FROM range(1000)").count()
        1000
        """
        return int(self.sql("SELECT count(*) FROM self").item())

    def show(self, rows: int = PREVIEW_ROWS) -> None:
        """Print the first rows.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT 1 AS id, 'tea' AS name").show()
        ┌────────┬─────────┐
        │     id │ name    │
        │ BIGINT │ VARCHAR │
        ├────────┼─────────┤
        │      1 │ tea     │
        └────────┴─────────┘
        1 row
        """
        print(self._box(rows))

    def explain(self, *, analyze: bool = False) -> str:
        """The plan as text; with `analyze`, the query runs and each operator says what it did."""
        return self._native.explain(analyze)

    def __repr__(self) -> str:
        return self._box(PREVIEW_ROWS)

    def _repr_html_(self) -> str:
        return html(self._native.columns(), *self._native.preview(PREVIEW_ROWS))

    def _ipython_key_completions_(self) -> list[str]:
        return self.columns

    def _names_once(self) -> None:
        columns = self.columns
        for name in columns:
            if columns.count(name) > 1:
                raise ValueError(
                    f"column '{name}' occurs twice; name one of them differently with AS"
                )

    def _box(self, rows: int) -> str:
        return box(self._native.columns(), *self._native.preview(rows))

    def _all_rows(self) -> _rustic.Stream:
        """The rows of a run that has ended, so that its errors and Ctrl-C are ours to raise."""
        return self._native.collect().stream()
