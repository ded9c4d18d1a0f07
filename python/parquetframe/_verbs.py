"""The methods of a frame that make another frame. Each writes one query over the frame, whose name there is `self`."""

from __future__ import annotations

import difflib
import operator
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from parquetframe._expression import Expr, col, columns, lit, sql_type
from parquetframe._group_by import GroupBy
from parquetframe._literals import identifier, identifiers, literal
from parquetframe.errors import NotFoundError

if TYPE_CHECKING:
    from parquetframe import _rustic
    from parquetframe._frame import Frame

#: The joins by their names here, in SQL.
JOINS = {
    "inner": "JOIN",
    "left": "LEFT JOIN",
    "right": "RIGHT JOIN",
    "full": "FULL JOIN",
    "outer": "FULL JOIN",
    "semi": "SEMI JOIN",
    "anti": "ANTI JOIN",
    "cross": "CROSS JOIN",
}

Names = str | Sequence[str]
Result = TypeVar("Result")


class Verbs:
    """What can be done with the rows of a frame."""

    __slots__ = ()

    _native: _rustic.Frame

    @property
    @abstractmethod
    def schema(self) -> dict[str, str]:
        """The SQL types of the columns by their names."""

    @property
    @abstractmethod
    def columns(self) -> list[str]:
        """The names of the columns."""

    @abstractmethod
    def _derive(self, query: str, tables: Mapping[str, object]) -> Frame: ...

    @abstractmethod
    def _frame_of(self, table: object) -> Frame:
        """A frame of this session, of a frame or any other table of Python."""

    def _from_self(self, query: str, **tables: Frame) -> Frame:
        natives = {name: frame._native for name, frame in tables.items()}
        return self._derive(query, {"self": self._native, **natives})

    def _known(self, names: Names) -> list[str]:
        """The names, each of which is to be one of a column."""
        wanted = [names] if isinstance(names, str) else list(names)
        known = self.columns
        for name in wanted:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = (
                    f"did you mean '{near[0]}'?"
                    if near
                    else f"there are {', '.join(known)}"
                )
                raise NotFoundError(f"there is no column '{name}'", hint)
        return wanted

    def select(self, *exprs: Any, **named: Any) -> Frame:
        """The columns given, by names and expressions.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT 1 AS a, 2 AS b").select("b", pf.col("a") + 1, c=pf.col("a") * 10).to_dicts()
        [{'b': 2, 'a': 2, 'c': 10}]
        """
        items = columns(exprs, named)
        if not items:
            raise ValueError("select needs at least one column")
        return self._from_self(
            f"SELECT {', '.join(item.sql() for item in items)} FROM self"
        )

    def with_columns(self, *exprs: Any, **named: Any) -> Frame:
        """All columns and those given, which take the places of columns of the same names.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT 1 AS a, 2 AS b").with_columns(pf.col("a") + 1, c=pf.col("a") * 10).to_dicts()
        [{'a': 2, 'b': 2, 'c': 10}]
        """
        new = {item.name: item.sql() for item in columns(exprs, named)}
        items = [new.pop(name, identifier(name)) for name in self.columns]
        return self._from_self(f"SELECT {', '.join([*items, *new.values()])} FROM self")

    def with_row_index(self, name: str = "index", offset: int = 0) -> Frame:
        """A first column that numbers the rows as they come."""
        number = f"CAST(row_number() OVER () AS BIGINT) + {index(offset, 'offset') - 1} AS {identifier(name)}"
        return self._from_self(f"SELECT {number}, * FROM self")

    def drop(self, *names: str) -> Frame:
        """All columns but these.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT 1 AS a, 2 AS b").drop("a").columns
        ['b']
        """
        gone = set(self._known(names))
        if gone.issuperset(self.columns):
            raise ValueError("drop leaves no column")
        return self.select(*(name for name in self.columns if name not in gone))

    def rename(self, names: Mapping[str, str]) -> Frame:
        """Columns under other names: a dictionary from old to new.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT 1 AS a, 2 AS b").rename({"a": "x"}).columns
        ['x', 'b']
        """
        if not isinstance(names, Mapping):
            raise TypeError(
                f"rename takes a dictionary from old names to new, not {names!r}"
            )
        self._known(list(names))
        new = [names.get(name, name) for name in self.columns]
        _once(new)
        return self.select(
            *(col(old).alias(name) for old, name in zip(self.columns, new, strict=True))
        )

    def cast(self, types: Mapping[str, str | type] | str | type) -> Frame:
        """Columns as other types: a dictionary from names to SQL types, or one type for all.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT '1' AS a").cast({"a": "INTEGER"}).schema
        {'a': 'INTEGER'}
        """
        if not isinstance(types, Mapping):
            types = dict.fromkeys(self.columns, types)
        self._known(list(types))
        return self.with_columns(
            *(col(name).cast(sql_type(dtype)) for name, dtype in types.items())
        )

    def filter(self, *conditions: Expr | str, **equal: object) -> Frame:
        """The rows for which all conditions hold: expressions, SQL texts, and columns with their values.

        >>> import parquetframe as pf
        >>> frame = pf.sql("SELECT * FROM (VALUES ('a', 1), ('b', 2)) AS t(k, n)")
        >>> frame.filter(pf.col("n") > 1).to_dicts() == frame.filter("n > 1").to_dicts()
        True
        >>> frame.filter(k="b").to_dicts()
        [{'k': 'b', 'n': 2}]
        """
        texts = [
            f"({given})" if isinstance(given, str) else _condition(given)
            for given in conditions
        ]
        texts += [(col(name) == wanted)._render(None) for name, wanted in equal.items()]
        if not texts:
            raise ValueError("filter needs at least one condition")
        return self._from_self(f"SELECT * FROM self WHERE {' AND '.join(texts)}")

    where = filter

    def drop_nulls(self, subset: Names | None = None) -> Frame:
        """The rows without NULL in these columns, or in any."""
        names = self.columns if subset is None else self._known(subset)
        return self.filter(*(col(name).is_not_null() for name in names))

    def fill_null(self, value: object) -> Frame:
        """A value in the place of NULL, in the columns whose type it fits."""
        probe = self._from_self(f"SELECT {lit(value).sql()}")
        kind = _kind(next(iter(probe.schema.values())))
        fits = [name for name, dtype in self.schema.items() if _kind(dtype) == kind]
        return (
            self.with_columns(*(col(name).fill_null(value) for name in fits))
            if fits
            else self._from_self("FROM self")
        )

    def group_by(self, *by: Any, **named: Any) -> GroupBy:
        """Groups of the rows with the same values, for `agg`.

        >>> import parquetframe as pf
        >>> frame = pf.sql("SELECT * FROM (VALUES ('a', 1), ('b', 2), ('a', 3)) AS t(k, n)")
        >>> frame.group_by("k").agg(pf.col("n").sum(), rows=pf.count()).sort("k").to_dicts()
        [{'k': 'a', 'n': 4, 'rows': 2}, {'k': 'b', 'n': 2, 'rows': 1}]
        """
        return GroupBy(self, columns(by, named))

    groupby = group_by

    def agg(self, *exprs: Any, **named: Any) -> Frame:
        """Aggregates over all rows: one row."""
        return self.select(*columns(exprs, named))

    def join(
        self,
        other: Frame | object,
        on: Names | None = None,
        how: str = "inner",
        *,
        left_on: Names | None = None,
        right_on: Names | None = None,
        suffix: str = "_right",
    ) -> Frame:
        """Rows of both frames with the same keys.

        Args:
            other: The right side: a frame, or any other table of Python.
            on: Columns of both sides, which the result has once.
            how: `inner`, `left`, `right`, `full` (or `outer`), `semi`, `anti` or `cross`.
            left_on: Columns of this frame, where the names differ; the result has those of both sides.
            right_on: As many columns of the other.
            suffix: What columns of the right get behind names that the left has too.

        NULL equals nothing, so rows without a key have no partner.

        >>> import parquetframe as pf
        >>> left = pf.sql("SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t(k, x)")
        >>> right = pf.sql("SELECT * FROM (VALUES (2, 'c'), (3, 'd')) AS t(k, x)")
        >>> left.join(right, on="k", how="full").sort("k").to_dicts()
        [{'k': 1, 'x': 'a', 'x_right': None}, {'k': 2, 'x': 'b', 'x_right': 'c'}, {'k': 3, 'x': None, 'x_right': 'd'}]
        """
        if how not in JOINS:
            near = difflib.get_close_matches(how, JOINS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"{how!r} is no kind of join ({', '.join(JOINS)}){hint}")
        left, right = _keys(on, left_on, right_on, cross=how == "cross")
        other = self._frame_of(other)
        self._known(left)
        other._known(right)
        pairs = [
            f"l.{identifier(a)} = r.{identifier(b)}"
            for a, b in zip(left, right, strict=True)
        ]
        items = self._joined(other, left if on is not None else [], how, suffix)
        condition = f" ON {' AND '.join(pairs)}" if pairs else ""
        query = f"SELECT {', '.join(items)} FROM self AS l {JOINS[how]} other AS r{condition}"
        return self._from_self(query, other=other)

    def _joined(
        self, other: Frame, shared: list[str], how: str, suffix: str
    ) -> list[str]:
        """The select list of a join, in which keys of both sides stand once."""
        mine = self.columns
        names = list(mine)
        items = []
        for name in mine:
            text = f"l.{identifier(name)}"
            if name in shared and how in ("right", "full", "outer"):
                text = f"coalesce(l.{identifier(name)}, r.{identifier(name)}) AS {identifier(name)}"
            items.append(text)
        if how in ("semi", "anti"):
            return items
        for name in other.columns:
            if name in shared:
                continue
            new = name + suffix if name in mine else name
            names.append(new)
            items.append(f"r.{identifier(name)} AS {identifier(new)}")
        _once(names)
        return items

    def join_asof(
        self,
        other: Frame | object,
        on: str | None = None,
        *,
        left_on: str | None = None,
        right_on: str | None = None,
        by: Names | None = None,
        strategy: str = "backward",
        suffix: str = "_right",
    ) -> Frame:
        """Each row with the nearest row of another frame: `backward`, its last one not after, or `forward`.

        >>> import parquetframe as pf
        >>> trades = pf.sql("SELECT * FROM (VALUES (10), (20)) AS t(at)")
        >>> prices = pf.sql("SELECT * FROM (VALUES (9, 'a'), (15, 'b')) AS t(at, price)")
        >>> trades.join_asof(prices, on="at").sort("at").to_dicts()
        [{'at': 10, 'price': 'a'}, {'at': 20, 'price': 'b'}]
        """
        comparisons = {"backward": ">=", "forward": "<="}
        if strategy not in comparisons:
            raise ValueError(f"{strategy!r} is no strategy ({', '.join(comparisons)})")
        [mine], [theirs] = _keys(on, left_on, right_on, cross=False)
        other = self._frame_of(other)
        groups = [] if by is None else self._known(by)
        self._known(mine)
        other._known([theirs, *groups])
        pairs = [f"l.{identifier(name)} = r.{identifier(name)}" for name in groups]
        pairs.append(
            f"l.{identifier(mine)} {comparisons[strategy]} r.{identifier(theirs)}"
        )
        shared = [*groups, *([mine] if on is not None else [])]
        items = self._joined(other, shared, "left", suffix)
        query = f"SELECT {', '.join(items)} FROM self AS l ASOF LEFT JOIN other AS r ON {' AND '.join(pairs)}"
        return self._from_self(query, other=other)

    def sort(
        self,
        *by: str | Expr,
        descending: bool | Sequence[bool] = False,
        nulls_last: bool = True,
    ) -> Frame:
        """The rows in order.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT value FROM range(3)").sort("value", descending=True).to_dict()
        {'value': [2, 1, 0]}
        """
        keys = columns(by, {})
        if not keys:
            raise ValueError("sort needs at least one column")
        directions = (
            [descending] * len(keys)
            if isinstance(descending, bool)
            else list(descending)
        )
        if len(directions) != len(keys):
            raise ValueError(
                f"descending has {len(directions)} values for {len(keys)} columns"
            )
        nulls = "LAST" if nulls_last else "FIRST"
        order = ", ".join(
            f"{key._render(None)} {'DESC' if down else 'ASC'} NULLS {nulls}"
            for key, down in zip(keys, directions, strict=True)
        )
        return self._from_self(f"SELECT * FROM self ORDER BY {order}")

    order_by = sort

    def limit(self, rows: int, offset: int = 0) -> Frame:
        """So many rows, after passing over `offset`."""
        return self._from_self(
            f"SELECT * FROM self LIMIT {index(rows, 'rows')} OFFSET {index(offset, 'offset')}"
        )

    def head(self, rows: int = 5) -> Frame:
        """The first rows."""
        return self.limit(rows)

    def slice(self, offset: int, length: int) -> Frame:
        """So many rows from a place counted from 0."""
        return self.limit(length, offset)

    def unique(self, subset: Names | None = None) -> Frame:
        """Each different row once; of rows that are equal in `subset`, any one.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT * FROM (VALUES (1), (1), (2)) AS t(n)").unique().sort("n").to_dict()
        {'n': [1, 2]}
        """
        if subset is None:
            return self._from_self("SELECT DISTINCT * FROM self")
        return self._from_self(
            f"SELECT DISTINCT ON ({identifiers(self._known(subset))}) * FROM self"
        )

    distinct = unique

    def union(
        self, *others: Frame | object, by_name: bool = False, distinct: bool = False
    ) -> Frame:
        """The rows of all frames, column by column, or with `by_name` columns of one name under one another.

        >>> import parquetframe as pf
        >>> one = pf.sql("SELECT 1 AS a, 2 AS b")
        >>> one.union(pf.sql("SELECT 3 AS b"), by_name=True).sort("b").to_dicts()
        [{'a': 1, 'b': 2}, {'a': None, 'b': 3}]
        """
        verb = f"UNION{'' if distinct else ' ALL'}{' BY NAME' if by_name else ''}"
        return self._combined(verb, others)

    def intersect(self, *others: Frame | object) -> Frame:
        """The different rows that all frames have."""
        return self._combined("INTERSECT", others)

    def except_(self, *others: Frame | object) -> Frame:
        """The different rows that no other frame has."""
        return self._combined("EXCEPT", others)

    def _combined(self, verb: str, others: Sequence[object]) -> Frame:
        named = {
            f"other{place}": self._frame_of(other) for place, other in enumerate(others)
        }
        query = "".join(f" {verb} SELECT * FROM {name}" for name in named)
        return self._from_self(f"SELECT * FROM self{query}", **named)

    def sample(
        self,
        n: int | None = None,
        *,
        fraction: float | None = None,
        seed: int | None = None,
    ) -> Frame:
        """Rows at random: so many, or each with a probability.

        >>> import parquetframe as pf
        >>> pf.sql("FROM range(1000)").sample(10, seed=1).count()
        10
        """
        if (n is None) == (fraction is None):
            raise ValueError("give either n or fraction")
        size = (
            f"{index(n, 'n')} ROWS"
            if n is not None
            else f"{float(fraction or 0) * 100!r} PERCENT"
        )
        method = "reservoir" if n is not None else "bernoulli"
        seeded = "" if seed is None else f", {index(seed, 'seed')}"
        return self._from_self(
            f"SELECT * FROM self USING SAMPLE {size} ({method}{seeded})"
        )

    def pivot(
        self,
        on: str,
        *,
        values: Names,
        index: Names | None = None,
        aggregate_function: str = "first",
        on_columns: Sequence[object] | None = None,
    ) -> Frame:
        """A column for each value of `on`, with an aggregate of `values`, and a row for each `index`.

        Without `on_columns`, the values are looked up now, by a query.

        >>> import parquetframe as pf
        >>> frame = pf.sql("SELECT * FROM (VALUES (1, 'a', 5), (1, 'b', 6), (2, 'a', 7)) AS t(id, k, n)")
        >>> frame.pivot("k", index="id", values="n", aggregate_function="sum").sort("id").to_dicts()
        [{'id': 1, 'a': 5, 'b': 6}, {'id': 2, 'a': 7, 'b': None}]
        """
        self._known(on)
        shown = self._known(values)
        among = (
            "" if on_columns is None else f" IN ({', '.join(map(literal, on_columns))})"
        )
        using = ", ".join(f"{aggregate_function}({identifier(name)})" for name in shown)
        rest = [name for name in self.columns if name != on and name not in shown]
        by = rest if index is None else self._known(index)
        groups = f" GROUP BY {identifiers(by)}" if by else ""
        return self._from_self(
            f"SELECT * FROM (PIVOT self ON {identifier(on)}{among} USING {using}{groups})"
        )

    def unpivot(
        self,
        on: Names,
        *,
        index: Names | None = None,
        variable_name: str = "variable",
        value_name: str = "value",
    ) -> Frame:
        """A row for each of the columns `on`, with its name and its value; NULL has a row too.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT 1 AS id, 5 AS a, 6 AS b").unpivot(["a", "b"], index="id").sort("variable").rows()
        [(1, 'a', 5), (1, 'b', 6)]
        """
        names = self._known(on)
        kept = (
            [name for name in self.columns if name not in names]
            if index is None
            else self._known(index)
        )
        source = f"SELECT {identifiers([*kept, *names])} FROM self"
        return self._from_self(
            f"SELECT * FROM ({source}) AS source UNPIVOT INCLUDE NULLS "
            f"({identifier(value_name)} FOR {identifier(variable_name)} IN ({identifiers(names)}))"
        )

    melt = unpivot

    def explode(self, *names: str) -> Frame:
        """A row for each element of the lists in these columns; rows whose lists are empty or NULL go.

        >>> import parquetframe as pf
        >>> pf.sql("SELECT 1 AS id, [5, 6] AS n").explode("n").rows()
        [(1, 5), (1, 6)]
        """
        lists = set(self._known(names))
        items = (
            (
                f"unnest({identifier(name)}) AS {identifier(name)}"
                if name in lists
                else identifier(name)
            )
            for name in self.columns
        )
        return self._from_self(f"SELECT {', '.join(items)} FROM self")

    def summarize(self) -> Frame:
        """A row for each column: type, least and greatest value, mean, quartiles, how many are NULL."""
        return self._from_self("SELECT * FROM (SUMMARIZE self)")

    describe = summarize

    def pipe(
        self, function: Callable[..., Result], *arguments: Any, **named: Any
    ) -> Result:
        """What a function makes of the frame."""
        return function(self, *arguments, **named)


def _keys(
    on: Names | None, left_on: Names | None, right_on: Names | None, *, cross: bool
) -> tuple[list[str], list[str]]:
    """The keys of both sides of a join."""

    def listed(names: Names | None) -> list[str]:
        return (
            [] if names is None else [names] if isinstance(names, str) else list(names)
        )

    if on is not None and (left_on is not None or right_on is not None):
        raise ValueError("give either on, or left_on and right_on")
    left, right = (
        (listed(on), listed(on))
        if on is not None
        else (listed(left_on), listed(right_on))
    )
    if len(left) != len(right):
        raise ValueError(f"left_on has {len(left)} columns and right_on {len(right)}")
    if cross and left:
        raise ValueError("a cross join has no keys")
    if not cross and not left:
        raise ValueError("a join needs on, or left_on and right_on")
    return left, right


def index(number: object, name: str) -> int:
    """A whole number that is not negative."""
    try:
        found = operator.index(number)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} is a whole number, not {number!r}") from None
    if found < 0:
        raise ValueError(f"{name} must not be negative, and it is {found}")
    return found


def _once(names: Sequence[str]) -> None:
    """No name twice."""
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"there would be two columns '{name}'")


def _condition(given: object) -> str:
    if not isinstance(given, Expr):
        raise TypeError(
            f"{given!r} is of type {type(given).__name__}; expected a condition: an expression or a SQL text"
        )
    return given._render(None)


#: Types whose values can stand for one another.
_NUMBERS = (
    "TINYINT",
    "SMALLINT",
    "INT",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
)


def _kind(dtype: str) -> str:
    return "number" if dtype.startswith(_NUMBERS) else dtype
