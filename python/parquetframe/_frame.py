"""Frames: planned queries whose rows come when they are asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

from parquetframe import _rustic
from parquetframe._display import box, html

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

#: Rows that `show` and the displays of a shell or notebook fetch.
PREVIEW_ROWS = 20


class Frame:
    """A planned query. Made by `Session.sql`.

    Its rows come when they are asked for, each time by a new run.
    Every library that reads Arrow's C stream takes a frame as it is: `polars.DataFrame(frame)`,
    `pyarrow.table(frame)`, `duckdb.sql("FROM frame")`; rows then stream, and stop when the reader stops.
    """

    __slots__ = ("_native",)

    def __init__(self, native: _rustic.Frame) -> None:
        self._native = native

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

    def to_arrow(self) -> pyarrow.Table:
        """All rows as a `pyarrow.Table`."""
        return _need("pyarrow", "pyarrow").table(self._all_rows())

    def to_pandas(self) -> pandas.DataFrame:
        """All rows as a `pandas.DataFrame`."""
        _need("pandas", "pandas")
        table = _need("pyarrow", "pandas").table(self._all_rows())
        frame: pandas.DataFrame = table.to_pandas()
        return frame

    def to_polars(self) -> polars.DataFrame:
        """All rows as a `polars.DataFrame`."""
        read: type[polars.DataFrame] = _need("polars", "polars").DataFrame
        return read(self._all_rows())

    def to_dicts(self) -> list[dict[str, Any]]:
        """All rows as dictionaries.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT DATE '2024-02-29' AS day, [1, 2] AS list").to_dicts()
        [{'day': datetime.date(2024, 2, 29), 'list': [1, 2]}]
        """
        columns = self.columns
        if repeated := {name for name in columns if columns.count(name) > 1}:
            name = min(repeated)
            raise ValueError(
                f"column '{name}' occurs twice; name one of them differently with AS"
            )
        return [row for batch in self for row in batch.to_dicts()]

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

    def _box(self, rows: int) -> str:
        return box(self._native.columns(), *self._native.preview(rows))

    def _all_rows(self) -> _rustic.Stream:
        """The rows of a run that has ended, so that its errors and Ctrl-C are ours to raise."""
        return self._native.collect().stream()


def _need(package: str, extra: str) -> ModuleType:
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        message = (
            f"this needs the package {package}: pip install 'parquetframe[{extra}]'"
        )
        raise ModuleNotFoundError(message, name=package) from None
