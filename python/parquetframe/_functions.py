"""Functions of Python as the engine calls them: with columns, and for a column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parquetframe import _rustic


def adapted(
    function: Callable[..., Any], kind: str, values: str
) -> Callable[[int, tuple[Any, ...]], object]:
    """The function as the engine calls it: with the number of rows it wants, and the columns."""
    from parquetframe._tables import need

    if not callable(function):
        raise TypeError(f"{function!r} is no function")
    if values not in _READERS:
        raise ValueError(f"{values!r} is no kind of values ({', '.join(_READERS)})")
    arrow = need("pyarrow", "pyarrow")
    read = _READERS[values]

    def column(rows: int, columns: tuple[_rustic.Array, ...]) -> object:
        if values == "python":
            lists = [given.to_list() for given in columns]
            tuples = zip(*lists, strict=True) if lists else iter([()] * rows)
            return arrow.array([function(*row) for row in tuples])
        return _as_column(arrow, function(*map(read, columns)), rows)

    def one(_: int, columns: tuple[_rustic.Array, ...]) -> object:
        answer = function(*map(read, columns))
        return arrow.array([answer.as_py() if hasattr(answer, "as_py") else answer])

    return one if kind == "aggregate" else column


def tabled(function: Callable[..., Any]) -> Callable[..., object]:
    """A function that gives a table, as the engine calls it: with constants, and for a table of Arrow's."""
    from parquetframe._tables import table_of

    if not callable(function):
        raise TypeError(f"{function!r} is no function")

    def table(*arguments: object) -> object:
        return table_of(function(*arguments), "the answer")

    return table


def _as_column(arrow: Any, answer: Any, rows: int) -> object:
    if hasattr(answer, "__arrow_c_array__") or hasattr(answer, "__arrow_c_stream__"):
        return answer
    if hasattr(answer, "as_py"):
        # A function of no columns may give one value for all rows.
        return arrow.array([answer.as_py()] * rows)
    if isinstance(answer, list) or getattr(answer, "ndim", 0) == 1:
        return arrow.array(answer)
    return arrow.array([answer] * rows)


def _arrow(given: _rustic.Array) -> Any:
    import pyarrow

    return pyarrow.array(given)


def _numpy(given: _rustic.Array) -> Any:
    return _arrow(given).to_numpy(zero_copy_only=False)


def _polars(given: _rustic.Array) -> Any:
    import polars

    return polars.from_arrow(_arrow(given))


_READERS: dict[str, Callable[[_rustic.Array], Any]] = {
    "arrow": _arrow,
    "numpy": _numpy,
    "polars": _polars,
    "python": lambda given: given.to_list(),
}
