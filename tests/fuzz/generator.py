"""Random tables and queries in the SQL that DuckDB and we share.

A query is made from a seed alone. What the two engines are free to answer differently is avoided: the
place of NULLs in an order is always written, LIMIT stands over a total order, numbers are small or
widened before they meet, and floats are multiples of a quarter, so that their sums are exact.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from shapes import Shapes
from values import Values

TYPES = {
    "i": "INTEGER",
    "b": "BIGINT",
    "s": "VARCHAR",
    "d": "DOUBLE",
    "t": "DATE",
    "f": "BOOLEAN",
    "n": "DECIMAL(10,2)",
    "m": "TIMESTAMP",
    "v": "INTERVAL",
    "l": "INTEGER[]",
    "r": "STRUCT(a INTEGER, b VARCHAR)",
}
COLUMNS = list(TYPES)
# Types that take part less often, so that most queries are about what most queries are about. Intervals
# do within expressions alone: which of two of equal length stands for a group is open.
RARE = "mlr"
TABLES = ["t0", "t1", "t2", "t3"]


class Scope:
    """The relations that an expression can see: lists of (column text, type letter)."""

    def __init__(
        self, columns: list[tuple[str, str]], outer: Scope | None = None
    ) -> None:
        self.columns = columns
        self.outer = outer

    def pick(self, rng: random.Random, kind: str) -> str | None:
        scope: Scope | None = self
        found: list[str] = []
        while scope is not None:
            found.extend(column for column, letter in scope.columns if letter == kind)
            if found and rng.random() < 0.7:
                break
            scope = scope.outer
        return rng.choice(found) if found else None


class Generator(Shapes, Values):
    def __init__(self, seed: int | str) -> None:
        self.rng = random.Random(seed)
        self.aliases = 0

    def kind(self) -> str:
        """A type."""
        rng = self.rng
        return rng.choice(RARE) if rng.random() < 0.15 else rng.choice("ibsdtfn")

    # Tables -----------------------------------------------------------------------------------

    def tables(self) -> Iterator[str]:
        """Statements that make the tables."""
        for table in TABLES:
            columns = ", ".join(f"{name} {TYPES[name]}" for name in COLUMNS)
            yield f"CREATE OR REPLACE TABLE {table} ({columns})"
            rows = self.rng.choice([0, 1, 3, 6, 10, 16]) if table != "t0" else 8
            values = [
                ", ".join(self.stored(name) for name in COLUMNS) for _ in range(rows)
            ]
            if values:
                yield f"INSERT INTO {table} VALUES " + ", ".join(
                    f"({row})" for row in values
                )

    def stored(self, kind: str) -> str:
        if self.rng.random() < 0.2:
            return "NULL"
        if kind in "ib" and self.rng.random() < 0.03:
            most = 2147483647 if kind == "i" else 9223372036854775807
            return str(self.rng.choice([most, -most]))
        return self.literal(kind)

    def literal(self, kind: str) -> str:
        rng = self.rng
        if kind == "i":
            return f"CAST({rng.randint(-2, 4)} AS INTEGER)"
        if kind == "b":
            return f"CAST({rng.randint(-3, 5)} AS BIGINT)"
        if kind == "s":
            return "'" + rng.choice(["", "a", "b", "ab", "B", "a%", "zz"]) + "'"
        if kind == "d":
            return f"CAST({rng.randint(-6, 8) / 4} AS DOUBLE)"
        if kind == "t":
            return f"DATE '2024-0{rng.randint(1, 3)}-{rng.choice(['01', '15', '28'])}'"
        if kind == "f":
            return rng.choice(["TRUE", "FALSE"])
        if kind == "n":
            return f"CAST({rng.randint(-200, 300) / 100} AS DECIMAL(10,2))"
        return self.rare_literal(kind)

    # Expressions ------------------------------------------------------------------------------

    def expr(self, scope: Scope, kind: str, depth: int) -> str:
        rng = self.rng
        if depth <= 0 or rng.random() < 0.25:
            column = scope.pick(rng, kind)
            if column and rng.random() < 0.85:
                return column
            if rng.random() < 0.12:
                return f"CAST(NULL AS {TYPES[kind]})"
            return self.literal(kind)
        if kind == "f":
            return self.condition(scope, depth)
        if kind in "mvlr" or rng.random() < 0.3:
            return self.function(scope, kind, depth)
        roll = rng.random()
        if roll < 0.16:
            when = self.condition(scope, depth - 1)
            yes, no = self.expr(scope, kind, depth - 1), self.expr(
                scope, kind, depth - 1
            )
            return f"CASE WHEN {when} THEN {yes} ELSE {no} END"
        if roll < 0.24:
            left, right = self.expr(scope, kind, depth - 1), self.expr(
                scope, kind, depth - 1
            )
            return f"{rng.choice(['coalesce', 'nullif'])}({left}, {right})"
        if roll < 0.34:
            return self.scalar(scope, kind, depth - 1)
        if kind in "ibdn" and roll < 0.75:
            left, right = self.expr(scope, kind, depth - 1), self.expr(
                scope, kind, depth - 1
            )
            if kind == "n":
                text = f"({left} {rng.choice(['+', '-'])} {right})"
                return f"CAST({text} AS DECIMAL(10,2))"
            return f"({left} {rng.choice(['+', '-', '*'])} {right})"
        if kind in "ib" and roll < 0.85:
            return (
                rng.choice(
                    [
                        lambda: f"CAST(length({self.expr(scope, 's', depth - 1)}) AS {TYPES[kind]})",
                        lambda: f"abs({self.expr(scope, kind, depth - 1)})",
                        lambda: f"(-{self.expr(scope, kind, depth - 1)})",
                        lambda: f"CAST({self.expr(scope, 'i', depth - 1)} AS {TYPES[kind]})",
                        lambda: f"CAST(extract(day FROM {self.expr(scope, 't', depth - 1)}) AS {TYPES[kind]})",
                        lambda: f"({self.expr(scope, kind, depth - 1)} % {rng.choice(['2', '3', '-2'])})",
                    ]
                )()
                if kind == "b"
                else f"abs({self.expr(scope, kind, depth - 1)})"
            )
        if kind == "s":
            inner = self.expr(scope, "s", depth - 1)
            return rng.choice(
                [
                    f"upper({inner})",
                    f"lower({inner})",
                    f"({inner} || {self.expr(scope, 's', depth - 1)})",
                    f"substr({inner}, 1, {rng.randint(0, 2)})",
                    f"CAST({self.expr(scope, 'b', depth - 1)} AS VARCHAR)",
                ]
            )
        if kind == "d":
            return f"CAST({self.expr(scope, rng.choice('bi'), depth - 1)} AS DOUBLE)"
        if kind == "t":
            inner = self.expr(scope, "t", depth - 1)
            days = rng.randint(-3, 40)
            unit = rng.choice(["DAY", "MONTH"])
            return f"CAST(({inner} + INTERVAL '{days}' {unit}) AS DATE)"
        return self.expr(scope, kind, depth - 1)

    def condition(self, scope: Scope, depth: int) -> str:
        rng = self.rng
        if depth <= 0 or rng.random() < 0.35:
            kind = rng.choice("iibsdtn")
            left, right = self.expr(scope, kind, depth - 1), self.expr(
                scope, kind, depth - 1
            )
            op = rng.choice(
                [
                    "=",
                    "=",
                    "<>",
                    "<",
                    "<=",
                    ">",
                    ">=",
                    "IS DISTINCT FROM",
                    "IS NOT DISTINCT FROM",
                ]
            )
            return f"({left} {op} {right})"
        if rng.random() < 0.2:
            return self.test(scope, depth)
        roll = rng.random()
        if roll < 0.25:
            left, right = self.condition(scope, depth - 1), self.condition(
                scope, depth - 1
            )
            return f"({left} {rng.choice(['AND', 'OR'])} {right})"
        if roll < 0.33:
            return f"(NOT {self.condition(scope, depth - 1)})"
        if roll < 0.43:
            kind = self.kind()
            return f"({self.expr(scope, kind, depth - 1)} IS {rng.choice(['', 'NOT '])}NULL)"
        if roll < 0.52:
            kind = rng.choice("ibsd")
            values = [self.literal(kind) for _ in range(rng.randint(1, 3))]
            if rng.random() < 0.2:
                values.append("NULL")
            negated = rng.choice(["", "NOT "])
            return f"({self.expr(scope, kind, depth - 1)} {negated}IN ({', '.join(values)}))"
        if roll < 0.58:
            low, high = self.expr(scope, "i", depth - 1), self.expr(
                scope, "i", depth - 1
            )
            negated = rng.choice(["", "NOT "])
            return f"({self.expr(scope, 'i', depth - 1)} {negated}BETWEEN {low} AND {high})"
        if roll < 0.63:
            pattern = rng.choice(["a%", "%b", "_", "%", "", "%a%", "a_"])
            negated = rng.choice(["", "NOT "])
            return f"({self.expr(scope, 's', depth - 1)} {negated}LIKE '{pattern}')"
        if roll < 0.68:
            test = rng.choice(["TRUE", "FALSE", "NOT TRUE", "NOT FALSE"])
            return f"({self.condition(scope, depth - 1)} IS {test})"
        if roll < 0.80:
            negated = rng.choice(["", "NOT "])
            return f"({negated}EXISTS ({self.query(scope, None, depth - 1)}))"
        if roll < 0.95:
            kind = rng.choice("iibsdt")
            negated = rng.choice(["", "NOT "])
            left = self.expr(scope, kind, depth - 1)
            return f"({left} {negated}IN ({self.query(scope, [kind], depth - 1)}))"
        kind = rng.choice("ibd")
        op = rng.choice(["=", "<>", "<", ">=", ">"])
        left = self.expr(scope, kind, depth - 1)
        which = rng.choice(["ANY", "ALL"])
        return f"({left} {op} {which} ({self.query(scope, [kind], depth - 1)}))"

    def scalar(self, scope: Scope, kind: str, depth: int) -> str:
        """A sub-query of one row: an aggregate, or the first of a total order."""
        rng = self.rng
        source, inner = self.source(scope, depth - 1)
        where = self.where(inner, depth)
        if rng.random() < 0.6:
            return f"(SELECT {self.aggregate(inner, kind, depth - 1)} FROM {source}{where})"
        value = self.expr(inner, kind, depth - 1)
        direction = rng.choice(["ASC", "DESC"])
        nulls = rng.choice(["FIRST", "LAST"])
        order = f" ORDER BY 1 {direction} NULLS {nulls} LIMIT 1"
        return f"(SELECT {value} AS v FROM {source}{where}{order})"

    def aggregate(self, scope: Scope, kind: str, depth: int) -> str:
        rng = self.rng
        tail = (
            f" FILTER (WHERE {self.condition(scope, 1)})" if rng.random() < 0.15 else ""
        )
        if kind == "b" and rng.random() < 0.5:
            if rng.random() < 0.5:
                return f"count(*){tail}"
            distinct = rng.choice(["", "DISTINCT "])
            return f"count({distinct}{self.expr(scope, self.kind(), depth)}){tail}"
        if kind in "bn" and rng.random() < 0.5:
            inner = self.expr(scope, "i" if kind == "b" else "n", depth)
            text = f"sum({rng.choice(['', '', 'DISTINCT '])}{inner}){tail}"
            return f"CAST({text} AS {'BIGINT' if kind == 'b' else 'DECIMAL(10,2)'})"
        if kind == "d" and rng.random() < 0.6:
            return f"{rng.choice(['sum', 'avg'])}({self.expr(scope, 'd', depth)}){tail}"
        if kind == "f":
            return f"{rng.choice(['bool_and', 'bool_or'])}({self.expr(scope, 'f', depth)}){tail}"
        if kind not in "lrv" and rng.random() < 0.7:
            return (
                f"{rng.choice(['min', 'max'])}({self.expr(scope, kind, depth)}){tail}"
            )
        return self.rare_aggregate(scope, kind, depth)

    # Relations --------------------------------------------------------------------------------

    def alias(self) -> str:
        self.aliases += 1
        return f"r{self.aliases}"

    def relation(
        self, outer: Scope | None, depth: int
    ) -> tuple[str, list[tuple[str, str]]]:
        rng = self.rng
        alias = self.alias()
        if depth > 0 and rng.random() < 0.25:
            kinds = [self.kind() for _ in range(rng.randint(1, 3))]
            query = self.query(outer if rng.random() < 0.2 else None, kinds, depth - 1)
            columns = [(f"{alias}.c{index}", kind) for index, kind in enumerate(kinds)]
            return f"({query}) AS {alias}", columns
        table = rng.choice(TABLES)
        return f"{table} AS {alias}", [(f"{alias}.{name}", name) for name in COLUMNS]

    def source(self, outer: Scope | None, depth: int) -> tuple[str, Scope]:
        """A FROM, and the scope that it makes."""
        rng = self.rng
        text, columns = self.relation(outer, depth)
        for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
            if rng.random() < 0.15 and depth > 0:
                alias = self.alias()
                kinds = [self.kind() for _ in range(rng.randint(1, 2))]
                query = self.query(Scope(columns, outer), kinds, depth - 1)
                own = [(f"{alias}.c{index}", kind) for index, kind in enumerate(kinds)]
                if rng.random() < 0.5:
                    text += f" CROSS JOIN LATERAL ({query}) AS {alias}"
                else:
                    text += f" LEFT JOIN LATERAL ({query}) AS {alias} ON TRUE"
                columns = columns + own
                continue
            other, own = self.relation(outer, depth - 1)
            join = rng.choice(
                ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", "JOIN"]
            )
            columns = columns + own
            if join == "CROSS JOIN":
                text += f" CROSS JOIN {other}"
                continue
            kind = rng.choice("iibs")
            left = Scope(columns[: -len(own)]).pick(rng, kind)
            right = Scope(own).pick(rng, kind)
            on = f"{left} = {right}" if left and right else "TRUE"
            if join != "FULL JOIN" and rng.random() < 0.3:
                extra = self.condition(Scope(columns), 0)
                on = f"{on} AND {extra}" if rng.random() < 0.7 else extra
            if join == "FULL JOIN" and on == "TRUE":
                join = "LEFT JOIN"
            text += f" {join} {other} ON {on}"
        return text, Scope(columns, outer)

    def where(self, scope: Scope, depth: int) -> str:
        return (
            f" WHERE {self.condition(scope, depth)}" if self.rng.random() < 0.7 else ""
        )

    def query(
        self,
        outer: Scope | None,
        kinds: list[str] | None,
        depth: int,
        top: bool = False,
    ) -> str:
        """A query with columns c0, c1, … of the given types; any one column if there are none."""
        rng = self.rng
        kinds = kinds or [self.kind()]
        roll = rng.random()
        if depth > 0 and roll < 0.12:
            operator = rng.choice(
                [
                    "UNION",
                    "UNION ALL",
                    "INTERSECT",
                    "EXCEPT",
                    "INTERSECT ALL",
                    "EXCEPT ALL",
                ]
            )
            left = self.query(outer, kinds, depth - 1)
            right = self.query(outer, kinds, depth - 1)
            names = ", ".join(f"c{index}" for index in range(len(kinds)))
            return (
                f"SELECT {names} FROM (({left}) {operator} ({right})) AS {self.alias()}"
            )
        source, scope = self.source(outer, depth)
        where = self.where(scope, depth)
        if roll < 0.30:
            return self.grouped(source, where, scope, kinds, depth)
        if roll < 0.38 and top:
            return self.windowed(source, where, scope, kinds, depth)
        items = ", ".join(
            f"{self.expr(scope, kind, depth)} AS c{index}"
            for index, kind in enumerate(kinds)
        )
        distinct = "DISTINCT " if rng.random() < 0.15 else ""
        text = f"SELECT {distinct}{items} FROM {source}{where}"
        # The order of lists and structs that hold NULL is one of the differences that stay.
        if rng.random() < 0.15 and not any(kind in "lr" for kind in kinds):
            text += self.order(len(kinds)) + f" LIMIT {rng.randint(0, 4)}"
            if rng.random() < 0.3:
                text += f" OFFSET {rng.randint(0, 2)}"
        return text

    def order(self, columns: int) -> str:
        keys = [
            f"{index + 1} {self.rng.choice(['ASC', 'DESC'])} NULLS {self.rng.choice(['FIRST', 'LAST'])}"
            for index in range(columns)
        ]
        return " ORDER BY " + ", ".join(keys)

    def grouped(
        self, source: str, where: str, scope: Scope, kinds: list[str], depth: int
    ) -> str:
        rng = self.rng
        keys: list[str] = []
        items = []
        for index, kind in enumerate(kinds):
            column = scope.pick(rng, kind) if rng.random() < 0.5 else None
            inside = column and any(column == own for own, _ in scope.columns)
            if column and inside:
                keys.append(column)
                items.append(f"{column} AS c{index}")
            else:
                items.append(f"{self.aggregate(scope, kind, depth - 1)} AS c{index}")
        text = f"SELECT {', '.join(items)} FROM {source}{where}"
        if keys:
            unique = list(dict.fromkeys(keys))
            listed = ", ".join(unique)
            form = rng.random()
            if form < 0.1:
                listed = f"ROLLUP ({listed})"
            elif form < 0.2:
                listed = f"CUBE ({listed})"
            elif form < 0.3:
                listed = f"GROUPING SETS (({listed}), ({unique[0]}), ())"
            text += f" GROUP BY {listed}"
        if rng.random() < 0.25:
            aggregate = self.aggregate(scope, "b", 0)
            text += (
                f" HAVING {aggregate} {rng.choice(['>', '<', '='])} {self.literal('b')}"
            )
        return text

    def windowed(
        self, source: str, where: str, scope: Scope, kinds: list[str], depth: int
    ) -> str:
        rng = self.rng
        items = []
        for index, kind in enumerate(kinds):
            partition = scope.pick(rng, self.kind()) or "1"
            over = f"PARTITION BY {partition}" if rng.random() < 0.7 else ""
            text = self.aggregate(scope, kind, 1)
            if "DISTINCT" in text:
                text = f"max({self.expr(scope, kind, 1)})"
                if kind == "f":
                    text = f"bool_or({self.expr(scope, kind, 1)})"
            head, _, tail = (
                text.partition(" AS ") if text.startswith("CAST") else (text, "", "")
            )
            if tail:
                items.append(f"CAST({head[5:]} OVER ({over}) AS {tail} AS c{index}")
            else:
                items.append(f"{text} OVER ({over}) AS c{index}")
        return f"SELECT {', '.join(items)} FROM {source}{where}"

    def statement(self) -> str:
        """One query, or several statements separated by lines."""
        if self.rng.random() < 0.35:
            return self.shape()
        kinds = [self.kind() for _ in range(self.rng.randint(1, 3))]
        return self.printed(
            self.query(None, kinds, self.rng.choice([1, 2, 2, 3]), top=True), kinds
        )

    def printed(self, query: str, kinds: list[str]) -> str:
        """The query with its nested values as text, in which both engines print them alike."""
        if not any(kind in "vlr" for kind in kinds):
            return query
        # Intervals of equal length are equal, so which of them stands for a group is open.
        texts = {"v": "epoch(c{0}) AS c{0}", "l": "CAST(c{0} AS VARCHAR) AS c{0}"}
        texts["r"] = texts["l"]
        items = ", ".join(
            texts.get(kind, "c{0}").format(index) for index, kind in enumerate(kinds)
        )
        return f"SELECT {items} FROM ({query}) AS printed"
