"""Aggregates: one value for many rows, as methods of expressions."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from parquetframe._windows import Windows

if TYPE_CHECKING:
    from parquetframe._expression import Expr


class Aggregates(Windows):
    """What the values of an expression are together."""

    __slots__ = ()

    @abstractmethod
    def _aggregate(
        self, function: str, *arguments: object, distinct: bool = False
    ) -> Expr: ...

    def sum(self) -> Expr:
        """The sum of the values; NULL of none."""
        return self._aggregate("sum")

    def mean(self) -> Expr:
        """The arithmetic mean."""
        return self._aggregate("avg")

    avg = mean

    def min(self) -> Expr:
        """The least value."""
        return self._aggregate("min")

    def max(self) -> Expr:
        """The greatest value."""
        return self._aggregate("max")

    def count(self) -> Expr:
        """How many values are not NULL."""
        return self._aggregate("count")

    def n_unique(self) -> Expr:
        """How many different values there are, NULL not counted."""
        return self._aggregate("count", distinct=True)

    def median(self) -> Expr:
        """The value in the middle, between two the mean of both."""
        return self._aggregate("median")

    def quantile(self, quantile: float) -> Expr:
        """The value below which this share of the values lies, between two by interpolation."""
        return self._aggregate("quantile_cont", quantile)

    def std(self) -> Expr:
        """The standard deviation of a sample."""
        return self._aggregate("stddev_samp")

    def var(self) -> Expr:
        """The variance of a sample."""
        return self._aggregate("var_samp")

    def first(self) -> Expr:
        """The first value, in the order of `over`, else any."""
        return self._aggregate("first")

    def last(self) -> Expr:
        """The last value, in the order of `over`, else any."""
        return self._aggregate("last")

    def mode(self) -> Expr:
        """The most frequent value."""
        return self._aggregate("mode")

    def product(self) -> Expr:
        """The product of the values."""
        return self._aggregate("product")

    def implode(self) -> Expr:
        """The values as a list."""
        return self._aggregate("list")

    def any(self) -> Expr:
        """Whether one is true."""
        return self._aggregate("bool_or")

    def all(self) -> Expr:
        """Whether all are true."""
        return self._aggregate("bool_and")
