"""Tables of Python as the engine takes them: by Arrow's C interface."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from parquetframe.errors import InvalidInputError

_HINT = (
    "give a pandas or Polars DataFrame, a pyarrow Table, or anything with __arrow_c_stream__; "
    "a dictionary of columns, a list of dictionaries or an array of NumPy"
)


def table_of(thing: object, name: str = "table") -> object:
    """What the engine takes for a table: a frame's own plan, and everything else as Arrow.

    Args:
        thing: A frame, what speaks Arrow, arrays of NumPy, a dictionary of columns or a list of rows.
        name: What it is called in errors.
    """
    from parquetframe._frame import Frame

    if isinstance(thing, Frame):
        return thing._native
    if _is(thing, "polars", "LazyFrame"):
        return _without_nulls(thing.collect())  # type: ignore[attr-defined]
    if _is(thing, "polars", "DataFrame"):
        return _without_nulls(thing)
    if _is(thing, "pandas", "DataFrame"):
        return _without_numbers(thing)
    if speaks_arrow(thing):
        return thing
    if isinstance(thing, Mapping):
        return _of_columns(thing, name)
    if isinstance(thing, list) and all(isinstance(row, Mapping) for row in thing):
        return _of_rows(thing, name)
    if is_numpy(thing):
        return _of_array(thing, name)
    kind = (
        f"the class {thing.__name__}"
        if isinstance(thing, type)
        else f"of type {type(thing).__name__}"
    )
    raise InvalidInputError(f"'{name}' is {kind}, which is no table", _HINT)


def speaks_arrow(thing: object) -> bool:
    """Whether it is a table; modules and classes may only seem to be."""
    kind = type(thing)
    return hasattr(kind, "__arrow_c_stream__") or hasattr(kind, "__arrow_c_array__")


def is_numpy(thing: object) -> bool:
    """Whether it is an array of NumPy, which need not be installed."""
    return _is(thing, "numpy", "ndarray")


def is_table(thing: object) -> bool:
    """Whether a variable is found by its name in SQL. Lists and dictionaries are not, they may be anything."""
    return speaks_arrow(thing) or is_numpy(thing) or _is(thing, "polars", "LazyFrame")


def _is(thing: object, package: str, name: str) -> bool:
    kind = type(thing)
    return kind.__name__ == name and kind.__module__.split(".")[0] == package


def _without_numbers(frame: Any) -> object:
    """A DataFrame of pandas without its index, unless that has names: a filter leaves numbers of rows there.

    An index that has names is columns.
    """
    if all(name is None for name in frame.index.names):
        return frame.reset_index(drop=True)
    return frame.reset_index()


def _without_nulls(frame: Any) -> object:
    """A DataFrame of Polars whose columns of nothing are numbers, as NULL is in SQL.

    Polars hands them over with a buffer, which Arrow's format does not have there.
    """
    polars = need("polars", "polars")
    empty = [name for name, kind in frame.schema.items() if kind == polars.Null]
    return frame.cast(dict.fromkeys(empty, polars.Int32)) if empty else frame


def _of_columns(columns: Mapping[Any, Any], name: str) -> object:
    arrow = need("pyarrow", "pyarrow")
    arrays: dict[str, Any] = {}
    for column, values in columns.items():
        if not isinstance(column, str):
            raise InvalidInputError(f"'{name}': {column!r} is no name of a column")
        arrays[column] = _column(arrow, values, f"column '{column}' of '{name}'")
    rows = {len(values) for values in arrays.values()}
    if len(rows) > 1:
        lengths = ", ".join(f"{key} {len(values)}" for key, values in arrays.items())
        raise InvalidInputError(f"the columns of '{name}' differ in length: {lengths}")
    return arrow.table(arrays)


def _of_rows(rows: list[Mapping[Any, Any]], name: str) -> object:
    # All keys of all rows, in the order in which they come.
    keys = dict.fromkeys(key for row in rows for key in row)
    return _of_columns({key: [row.get(key) for row in rows] for key in keys}, name)


def _of_array(array: Any, name: str) -> object:
    if array.dtype.names:
        return _of_columns({field: array[field] for field in array.dtype.names}, name)
    if array.ndim not in (1, 2):
        raise InvalidInputError(
            f"'{name}' is an array of {array.ndim} dimensions, and a table has one or two"
        )
    columns = [array] if array.ndim == 1 else list(array.T)
    return _of_columns(
        {f"column{index}": column for index, column in enumerate(columns)}, name
    )


def _column(arrow: ModuleType, values: Any, what: str) -> Any:
    if isinstance(values, (str, bytes)):
        raise InvalidInputError(f"{what} is a text, not a list of values")
    try:
        made = arrow.array(values)
    except (TypeError, arrow.ArrowException) as error:
        raise InvalidInputError(f"{what}: {error}") from error
    return made


def need(package: str, extra: str) -> ModuleType:
    """A package that not everybody has."""
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package.split(".")[0]:
            raise
        message = (
            f"this needs the package {package}: pip install 'parquetframe[{extra}]'"
        )
        raise ModuleNotFoundError(message, name=package) from None
