"""Windows: aggregates and functions over rows near a row, as methods of expressions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from parquetframe._expression import Expr

#: Where a class has a member `str`, the type needs another name.
Text: TypeAlias = str

#: The text of an expression, within the text of a window or outside of one.
Render: TypeAlias = Callable[["str | None"], str]

_ALL_ROWS = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
_SO_FAR = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"


class Windows:
    """What an expression is over other rows than its own."""

    __slots__ = ()

    _render: Render

    @abstractmethod
    def _made(self, render: Render) -> Expr:
        """An expression with this text, under the name of this one."""

    def _framed(self, function: Text, frame: Text, name: Text) -> Expr:
        inner = self._render

        def render(window: Text | None) -> Text:
            return f"{function}({inner(None)}) OVER ({ordered(window, name)} {frame})"

        return self._made(render)

    def cum_sum(self) -> Expr:
        """The sum up to this row."""
        return self._framed("sum", _SO_FAR, "cum_sum")

    def cum_count(self) -> Expr:
        """How many values that are not NULL there are up to this row."""
        return self._framed("count", _SO_FAR, "cum_count")

    def cum_min(self) -> Expr:
        """The least value up to this row."""
        return self._framed("min", _SO_FAR, "cum_min")

    def cum_max(self) -> Expr:
        """The greatest value up to this row."""
        return self._framed("max", _SO_FAR, "cum_max")

    def _rolling(self, function: Text, rows: int, name: Text) -> Expr:
        if rows < 1:
            raise ValueError(f"a window has at least one row, and this has {rows}")
        return self._framed(
            function, f"ROWS BETWEEN {int(rows) - 1} PRECEDING AND CURRENT ROW", name
        )

    def rolling_sum(self, rows: int) -> Expr:
        """The sum of this row and those before it, so many in all."""
        return self._rolling("sum", rows, "rolling_sum")

    def rolling_mean(self, rows: int) -> Expr:
        """The mean of this row and those before it, so many in all."""
        return self._rolling("avg", rows, "rolling_mean")

    def rolling_min(self, rows: int) -> Expr:
        """The least value of this row and those before it, so many in all."""
        return self._rolling("min", rows, "rolling_min")

    def rolling_max(self, rows: int) -> Expr:
        """The greatest value of this row and those before it, so many in all."""
        return self._rolling("max", rows, "rolling_max")

    def shift(self, n: int = 1) -> Expr:
        """The value `n` rows before, or after if `n` is negative."""
        inner, function = self._render, "lag" if n >= 0 else "lead"
        return self._made(
            lambda window: f"{function}({inner(None)}, {abs(n)}) OVER ({ordered(window, 'shift')})"
        )

    def rank(self, method: Text = "min", *, descending: bool = False) -> Expr:
        """The rank of the value: `min` (with gaps), `dense`, or `ordinal` (each row its own)."""
        functions = {"min": "rank", "dense": "dense_rank", "ordinal": "row_number"}
        if method not in functions:
            raise ValueError(
                f"{method!r} is no method of ranking: {', '.join(functions)}"
            )
        inner, direction = self._render, " DESC" if descending else ""

        def render(window: Text | None) -> Text:
            partition = (window or "").split("ORDER BY")[0]
            return f"{functions[method]}() OVER ({partition} ORDER BY {inner(None)}{direction})"

        return self._made(render)


def whole(window: str) -> str:
    """A window over all rows of the partition, in whichever order."""
    return f"{window} {_ALL_ROWS}" if "ORDER BY" in window else window


def ordered(window: str | None, function: str) -> str:
    if window is None or "ORDER BY" not in window:
        raise ValueError(f"{function} needs an order: .over(order_by=…)")
    return window
