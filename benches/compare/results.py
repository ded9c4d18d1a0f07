"""Whether two engines gave the same answer."""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyarrow import feather

# Averages and quotients of decimals are decimals of four to six more digits in one engine and
# doubles in another.
RELATIVE, ABSOLUTE = 1e-5, 1e-5


def read(path: Path) -> list[tuple[Any, ...]]:
    """The rows of a kept result, each value as a plain number or text."""
    table = feather.read_table(str(path))
    columns = [[plain(value) for value in column.to_pylist()] for column in table]
    return list(zip(*columns, strict=True))


def plain(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float | Decimal):
        return float(value)
    text = str(value)
    # A date is read as a timestamp at midnight by some.
    return text.removesuffix(" 00:00:00")


def same(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        both_nan = math.isnan(left) and math.isnan(right)
        return both_nan or math.isclose(left, right, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return bool(left == right)


def difference(left: list[tuple[Any, ...]], right: list[tuple[Any, ...]]) -> str | None:
    """What differs first, or nothing.

    Rows are compared in order; where that fails they are compared sorted, since equal keys of an
    ORDER BY may come in any order.
    """
    if len(left) != len(right):
        return f"{len(left)} rows against {len(right)}"
    if first_difference(left, right) is None:
        return None
    return first_difference(sorted(left, key=sort_key), sorted(right, key=sort_key))


def first_difference(
    left: list[tuple[Any, ...]], right: list[tuple[Any, ...]]
) -> str | None:
    for number, (a, b) in enumerate(zip(left, right, strict=True), start=1):
        if len(a) != len(b):
            return f"{len(a)} columns against {len(b)}"
        if not all(same(x, y) for x, y in zip(a, b, strict=True)):
            return f"row {number}: {a} against {b}"
    return None


def sort_key(row: tuple[Any, ...]) -> tuple[Any, ...]:
    # Texts and whole numbers first: the last digits of a fraction must not decide.
    exact = [str(v) for v in row if not isinstance(v, float) or v.is_integer()]
    return (exact, [v for v in row if isinstance(v, float) and not v.is_integer()])
