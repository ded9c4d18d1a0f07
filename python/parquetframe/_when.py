"""Conditions: `when(…).then(…).otherwise(…)`."""

from __future__ import annotations

from parquetframe._expression import Expr, value


class When:
    """The beginning of a condition. Made by `when`."""

    __slots__ = ("_branches", "_condition")

    def __init__(
        self, branches: tuple[tuple[Expr, Expr], ...], condition: Expr
    ) -> None:
        self._branches = branches
        self._condition = condition

    def then(self, result: object) -> Then:
        """What the expression is where the condition holds."""
        return Then((*self._branches, (self._condition, value(result))))


class Then(Expr):
    """A condition with a result, NULL where no condition holds. Made by `when(…).then(…)`."""

    __slots__ = ("_branches",)

    def __init__(self, branches: tuple[tuple[Expr, Expr], ...]) -> None:
        self._branches = branches
        super().__init__(
            lambda window: _case(branches, None, window), branches[0][1].name
        )

    def when(self, condition: Expr | bool) -> When:
        r"""A further condition, for where none before holds."""
        return When(self._branches, value(condition))

    def otherwise(self, result: object) -> Expr:
        """What the expression is where no condition holds."""
        branches, last = self._branches, value(result)
        return Expr(lambda window: _case(branches, last, window), self._name)


def _case(
    branches: tuple[tuple[Expr, Expr], ...], last: Expr | None, window: str | None
) -> str:
    cases = " ".join(
        f"WHEN {condition._render(window)} THEN {result._render(window)}"
        for condition, result in branches
    )
    end = "" if last is None else f" ELSE {last._render(window)}"
    return f"CASE {cases}{end} END"


def when(condition: Expr | bool) -> When:
    r"""A condition: `when(…).then(…).otherwise(…)`.

    >>> from parquetframe import col
    >>> when(col("n") > 0).then("some").otherwise("none").alias("how").sql()
    'CASE WHEN ("n" > 0) THEN \'some\' ELSE \'none\' END AS "how"'
    """
    return When((), value(condition))
