"""Groups of rows and their aggregates."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from parquetframe._expression import Expr, col, columns, count

if TYPE_CHECKING:
    from parquetframe._frame import Frame
    from parquetframe._verbs import Verbs


class GroupBy:
    """Groups of rows. Made by `Frame.group_by`."""

    __slots__ = ("_frame", "_keys")

    def __init__(self, frame: Verbs, keys: list[Expr]) -> None:
        self._frame = frame
        self._keys = keys

    def agg(self, *exprs: Any, **named: Any) -> Frame:
        """A row for each group, with its keys and these aggregates.

        A dictionary gives the names of functions by column, as in pandas:

        >>> import parquetframe as pf
        >>> frame = pf.sql("SELECT * FROM (VALUES ('a', 1), ('a', 3)) AS t(k, n)")
        >>> frame.group_by("k").agg({"n": ["min", "max"]}).to_dicts()
        [{'k': 'a', 'n_min': 1, 'n_max': 3}]
        """
        items = []
        for expr in exprs:
            items += (
                _by_column(expr) if isinstance(expr, Mapping) else columns([expr], {})
            )
        items += columns([], named)
        keys = [key._render(None) for key in self._keys]
        listed = ", ".join(item.sql() for item in [*self._keys, *items])
        groups = f" GROUP BY {', '.join(keys)}" if keys else ""
        return self._frame._from_self(f"SELECT {listed} FROM self{groups}")

    def count(self) -> Frame:
        """How many rows each group has, as `count`."""
        return self.agg(count())

    len = count

    def _each(self, function: str) -> Frame:
        keys = {key.name for key in self._keys}
        rest = [name for name in self._frame.columns if name not in keys]
        if function in ("sum", "mean"):
            for name in rest:
                kind = self._frame.schema[name]
                if not kind.startswith(_ADDED) or kind.endswith("]"):
                    raise ValueError(
                        f"column '{name}' is {kind}, which has no {function}; name the columns with agg"
                    )
        return self.agg(dict.fromkeys(rest, function))

    def sum(self) -> Frame:
        """The sums of all other columns."""
        return self._each("sum")

    def mean(self) -> Frame:
        """The means of all other columns."""
        return self._each("mean")

    def min(self) -> Frame:
        """The least values of all other columns."""
        return self._each("min")

    def max(self) -> Frame:
        """The greatest values of all other columns."""
        return self._each("max")


#: Types that have sums and means.
_ADDED = (
    "TINYINT",
    "SMALLINT",
    "INT",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "HALF",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
)

#: Names of aggregates as pandas and Polars have them.
_AGGREGATES: dict[str, Callable[[Expr], Expr]] = {
    "sum": Expr.sum,
    "mean": Expr.mean,
    "avg": Expr.mean,
    "min": Expr.min,
    "max": Expr.max,
    "count": Expr.count,
    "nunique": Expr.n_unique,
    "n_unique": Expr.n_unique,
    "median": Expr.median,
    "std": Expr.std,
    "var": Expr.var,
    "first": Expr.first,
    "last": Expr.last,
    "mode": Expr.mode,
    "product": Expr.product,
    "list": Expr.implode,
}


def _by_column(wanted: Mapping[str, Any]) -> list[Expr]:
    found = []
    for name, functions in wanted.items():
        several = not isinstance(functions, str)
        for function in functions if several else [functions]:
            if function not in _AGGREGATES:
                near = difflib.get_close_matches(function, _AGGREGATES, n=1)
                hint = (
                    f"; did you mean {near[0]!r}?"
                    if near
                    else f" ({', '.join(_AGGREGATES)})"
                )
                raise ValueError(f"{function!r} is no aggregate{hint}")
            made = _AGGREGATES[function](col(name))
            found.append(made.alias(f"{name}_{function}") if several else made)
    return found
