"""Expressions over columns, which compile to SQL.

>>> import parquetframe as pf
>>> (pf.col("price") * 2).alias("double").sql()
'("price" * 2) AS "double"'
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from parquetframe._aggregates import Aggregates
from parquetframe._literals import identifier, literal
from parquetframe._windows import Render, Text, ordered, whole

if TYPE_CHECKING:
    from parquetframe._namespaces import (
        DateFunctions,
        ListFunctions,
        StringFunctions,
        StructFunctions,
    )


#: What stands for an expression: itself, the name of a column, or a value.
IntoExpr: TypeAlias = "Expr | str | object"


class Expr(Aggregates):
    """An expression over the columns of a frame. Made by `col`, `lit`, `when`, `call` and `sql_expr`.

    Operators and methods make further expressions. Names and NULL rules are those of SQL: an operation on NULL
    is NULL, aggregates pass NULL over. A result has the name of the leftmost column, unless `alias` gives another.

    >>> import parquetframe as pf
    >>> frame = pf.sql("SELECT * FROM (VALUES ('a', 1), ('b', 2)) AS t(k, n)")
    >>> frame.select(pf.col("k").str.upper(), total=pf.col("n").sum().over()).to_dicts()
    [{'k': 'A', 'total': 3}, {'k': 'B', 'total': 3}]
    """

    __slots__ = ("_name", "_render")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, render: Render, name: Text) -> None:
        self._render = render
        self._name = name

    @property
    def name(self) -> Text:
        """The name that the result has."""
        return self._name

    def sql(self) -> Text:
        """The expression with its name, as a select list has it.

        >>> col("a").sql()
        '"a"'
        """
        text = self._render(None)
        name = identifier(self._name)
        return text if text in (name, "*") else f"{text} AS {name}"

    def alias(self, name: Text) -> Expr:
        """The same under another name."""
        return Expr(self._render, name)

    def __repr__(self) -> Text:
        try:
            return f"Expr({self.sql()})"
        except ValueError as error:
            return f"Expr({error})"

    def __bool__(self) -> bool:
        raise TypeError(
            "an expression is neither true nor false; use & for AND, | for OR, ~ for NOT"
        )

    # Operators

    def _infix(self, operator: Text, other: object, *, swapped: bool = False) -> Expr:
        left, right = self._render, value(other)._render
        if swapped:
            left, right = right, left
        return Expr(
            lambda window: f"({left(window)} {operator} {right(window)})", self._name
        )

    def _made(self, render: Render) -> Expr:
        return Expr(render, self._name)

    def _aggregate(
        self, function: Text, *arguments: object, distinct: bool = False
    ) -> Expr:
        mark = "DISTINCT " if distinct else ""
        taken = [self, *map(value, arguments)]

        def render(window: Text | None) -> Text:
            listed = ", ".join(argument._render(None) for argument in taken)
            text = f"{function}({mark}{listed})"
            return text if window is None else f"{text} OVER ({whole(window)})"

        return self._made(render)

    def _wrap(self, before: Text, after: Text) -> Expr:
        inner = self._render
        return Expr(lambda window: f"{before}{inner(window)}{after}", self._name)

    def _call(self, function: Text, *arguments: object) -> Expr:
        return called(function, [self, *map(value, arguments)], self._name)

    def __add__(self, other: object) -> Expr:
        return self._infix("+", other)

    def __radd__(self, other: object) -> Expr:
        return self._infix("+", other, swapped=True)

    def __sub__(self, other: object) -> Expr:
        return self._infix("-", other)

    def __rsub__(self, other: object) -> Expr:
        return self._infix("-", other, swapped=True)

    def __mul__(self, other: object) -> Expr:
        return self._infix("*", other)

    def __rmul__(self, other: object) -> Expr:
        return self._infix("*", other, swapped=True)

    def __truediv__(self, other: object) -> Expr:
        return self._infix("/", other)

    def __rtruediv__(self, other: object) -> Expr:
        return self._infix("/", other, swapped=True)

    def __floordiv__(self, other: object) -> Expr:
        # SQL's `//` cuts towards zero, Python's goes down.
        whole, rest = self._infix("//", other), self._infix("%", other)
        down = (rest != 0) & ((rest < 0) != (value(other) < 0))
        return whole - down.cast("INTEGER")

    def __mod__(self, other: object) -> Expr:
        # SQL's remainder has the sign of the left side, Python's of the right.
        return self._infix("%", other)._infix("+", other)._infix("%", other)

    def __pow__(self, other: object) -> Expr:
        return self._call("power", other)

    def __neg__(self) -> Expr:
        return self._wrap("(- ", ")")

    def __invert__(self) -> Expr:
        return self._wrap("(NOT ", ")")

    def __and__(self, other: object) -> Expr:
        return self._infix("AND", other)

    def __rand__(self, other: object) -> Expr:
        return self._infix("AND", other, swapped=True)

    def __or__(self, other: object) -> Expr:
        return self._infix("OR", other)

    def __ror__(self, other: object) -> Expr:
        return self._infix("OR", other, swapped=True)

    def __eq__(self, other: object) -> Expr:  # type: ignore[override]
        return self._infix("=", other)

    def __ne__(self, other: object) -> Expr:  # type: ignore[override]
        return self._infix("<>", other)

    def __lt__(self, other: object) -> Expr:
        return self._infix("<", other)

    def __le__(self, other: object) -> Expr:
        return self._infix("<=", other)

    def __gt__(self, other: object) -> Expr:
        return self._infix(">", other)

    def __ge__(self, other: object) -> Expr:
        return self._infix(">=", other)

    def __getitem__(self, key: Text | int) -> Expr:
        """A field of a struct by its name, or an element of a list by its place from 0."""
        if isinstance(key, int):
            return self.list.get(key)
        return self.struct.field(key)

    # Conditions

    def is_null(self) -> Expr:
        """Whether there is no value."""
        return self._wrap("(", " IS NULL)")

    def is_not_null(self) -> Expr:
        """Whether there is a value."""
        return self._wrap("(", " IS NOT NULL)")

    def is_nan(self) -> Expr:
        """Whether a floating-point number is NaN."""
        return self._call("isnan")

    def eq_missing(self, other: object) -> Expr:
        """Whether both are equal, where NULL equals NULL."""
        return self._infix("IS NOT DISTINCT FROM", other)

    def is_in(self, values: Iterable[object]) -> Expr:
        """Whether the value is one of these.

        >>> col("n").is_in([1, 2]).sql()
        '("n" IN (1, 2)) AS "n"'
        """
        if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
            raise TypeError(
                f"is_in takes a list of values, not {values!r}; for one value write =="
            )
        entries = [value(entry) for entry in values]
        if not entries:
            return Expr(lambda _: "false", self._name)
        inner = self._render

        def render(window: Text | None) -> Text:
            listed = ", ".join(entry._render(window) for entry in entries)
            return f"({inner(window)} IN ({listed}))"

        return Expr(render, self._name)

    def is_between(self, lower: object, upper: object) -> Expr:
        """Whether the value lies between two others, both included."""
        return (self >= lower) & (self <= upper)

    # Values

    def cast(self, dtype: Text | type) -> Expr:
        """The value as a SQL type, such as `"BIGINT"`, or as Python's `int`, `float`, `str` or `bool`.

        A value that has no equal in the type is an error; with `try_cast` it becomes NULL.
        """
        return self._wrap("CAST(", f" AS {sql_type(dtype)})")

    def try_cast(self, dtype: Text | type) -> Expr:
        """The value as a SQL type, NULL where it has no equal there."""
        return self._wrap("TRY_CAST(", f" AS {sql_type(dtype)})")

    def fill_null(self, other: object) -> Expr:
        """Another value in the place of NULL."""
        return self._call("coalesce", other)

    def fill_nan(self, other: object) -> Expr:
        """Another value in the place of NaN."""
        from parquetframe._when import when

        return when(self.is_nan()).then(other).otherwise(self).alias(self._name)

    def abs(self) -> Expr:
        """The value without its sign."""
        return self._call("abs")

    def round(self, decimals: int = 0) -> Expr:
        """Rounded to so many decimals; halves go away from zero."""
        return self._call("round", decimals)

    def floor(self) -> Expr:
        """The greatest whole number that is not greater."""
        return self._call("floor")

    def ceil(self) -> Expr:
        """The least whole number that is not less."""
        return self._call("ceil")

    def sqrt(self) -> Expr:
        """The square root."""
        return self._call("sqrt")

    def exp(self) -> Expr:
        """E to the power of the value."""
        return self._call("exp")

    def log(self, base: float | None = None) -> Expr:
        """The logarithm, the natural one without a base."""
        return (
            self._call("ln")
            if base is None
            else called("log", [lit(base), self], self._name)
        )

    def clip(self, lower: object = None, upper: object = None) -> Expr:
        """The value kept within bounds."""
        kept = self if lower is None else self._call("greatest", lower)
        return kept if upper is None else kept._call("least", upper)

    def over(
        self,
        *partition_by: Text | Expr,
        order_by: Text | Expr | Sequence[Text | Expr] | None = None,
        descending: bool = False,
    ) -> Expr:
        """The aggregates and window functions within, taken over the rows with the same `partition_by`.

        An aggregate is over all of them; `cum_…`, `rolling_…`, `shift`, `diff` and `row_number` need `order_by`.

        >>> col("n").sum().over("k").sql()
        'sum("n") OVER (PARTITION BY "k") AS "n"'
        """
        parts = []
        if partition_by:
            keys = ", ".join(column(key)._render(None) for key in partition_by)
            parts.append(f"PARTITION BY {keys}")
        if order_by is not None:
            keys_of_order = (
                [order_by] if isinstance(order_by, (str, Expr)) else order_by
            )
            direction = " DESC" if descending else ""
            keys = ", ".join(
                column(key)._render(None) + direction for key in keys_of_order
            )
            parts.append(f"ORDER BY {keys}")
        window, inner = " ".join(parts), self._render
        text = inner(window)
        if parts and _without_window(inner) == text:
            raise ValueError(
                f"over means nothing for {text}, which is neither an aggregate nor takes a window of its own"
            )
        return self._made(lambda _: text)

    def diff(self, n: int = 1) -> Expr:
        """The difference to the value `n` rows before."""
        return self - self.shift(n)

    # Families

    @property
    def str(self) -> StringFunctions:
        """Functions on text."""
        from parquetframe._namespaces import StringFunctions

        return StringFunctions(self)

    @property
    def dt(self) -> DateFunctions:
        """Functions on dates and times."""
        from parquetframe._namespaces import DateFunctions

        return DateFunctions(self)

    @property
    def list(self) -> ListFunctions:
        """Functions on lists."""
        from parquetframe._namespaces import ListFunctions

        return ListFunctions(self)

    @property
    def struct(self) -> StructFunctions:
        """Functions on structs."""
        from parquetframe._namespaces import StructFunctions

        return StructFunctions(self)


def col(name: str) -> Expr:
    """A column by its name; `"*"` is all of them.

    >>> col("Total Price").sql()
    '"Total Price"'
    """
    if not isinstance(name, str):
        raise TypeError(
            f"{name!r} is of type {type(name).__name__}; expected the name of a column"
        )
    text = "*" if name == "*" else identifier(name)
    return Expr(lambda _: text, name)


def lit(constant: object) -> Expr:
    r"""A value: a number, text, date, list, … of Python.

    >>> lit("it's").sql()
    '\'it\'\'s\' AS "literal"'
    """
    text = literal(constant)
    return Expr(lambda _: text, "literal")


def call(function: str, *arguments: object) -> Expr:
    r"""Any function of SQL by its name; texts among the arguments are values, columns are `col(…)`.

    >>> call("concat_ws", "-", col("a"), col("b")).sql()
    'concat_ws(\'-\', "a", "b") AS "concat_ws"'
    """
    return called(function, [value(argument) for argument in arguments], function)


def sql_expr(text: str) -> Expr:
    """An expression written in SQL.

    >>> sql_expr("a + b").alias("total").sql()
    '(a + b) AS "total"'
    """
    return Expr(
        lambda window: f"({text})" if window is None else f"{text} OVER ({window})",
        text,
    )


def count() -> Expr:
    """How many rows.

    >>> count().sql()
    'count(*) AS "count"'
    """

    def render(window: str | None) -> str:
        return "count(*)" if window is None else f"count(*) OVER ({whole(window)})"

    return Expr(render, "count")


def row_number() -> Expr:
    """The number of the row from 1, in the order of `over`."""
    return Expr(
        lambda window: f"row_number() OVER ({ordered(window, 'row_number')})",
        "row_number",
    )


def value(thing: object) -> Expr:
    """An expression, or a value as one."""
    return thing if isinstance(thing, Expr) else lit(thing)


def column(thing: str | Expr) -> Expr:
    """An expression, or a column by its name."""
    if isinstance(thing, Expr):
        return thing
    if isinstance(thing, str):
        return col(thing)
    raise TypeError(
        f"{thing!r} is of type {type(thing).__name__}; expected the name of a column or an expression"
    )


def columns(things: Iterable[Any], named: dict[str, Any]) -> list[Expr]:
    """The expressions of a list of names, expressions and lists of them, and of keywords with values."""
    found: list[Expr] = []
    for thing in things:
        if isinstance(thing, (list, tuple)):
            found += [column(inner) for inner in thing]
        else:
            found.append(column(thing))
    # A text given by keyword is the name of a column, as in a list.
    for name, thing in named.items():
        given = column(thing) if isinstance(thing, str) else value(thing)
        found.append(given.alias(name))
    return found


_TYPES = {
    int: "BIGINT",
    float: "DOUBLE",
    str: "VARCHAR",
    bool: "BOOLEAN",
    bytes: "BLOB",
}


def sql_type(dtype: str | type) -> str:
    """The SQL name of a type.

    >>> sql_type(int), sql_type("DECIMAL(10,2)")
    ('BIGINT', 'DECIMAL(10,2)')
    """
    if isinstance(dtype, str):
        return dtype
    if dtype in _TYPES:
        return _TYPES[dtype]
    raise TypeError(f"{dtype!r} is no type; give a SQL type such as 'BIGINT'")


def _without_window(render: Render) -> str | None:
    """The text outside of a window; `None` where there is none."""
    try:
        return render(None)
    except ValueError:
        return None


def called(name: str, arguments: Sequence[Expr], result: str) -> Expr:
    return Expr(
        lambda window: f"{name}({', '.join(argument._render(window) for argument in arguments)})",
        result,
    )
