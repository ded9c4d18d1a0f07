"""Whole statements: windows, QUALIFY, DISTINCT ON, WITH, rarer joins, UNNEST, and those that write."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator import Scope

COMMON = "ibsdtfn"


class Shapes:
    """A part of the generator."""

    rng: random.Random

    def shape(self) -> str:
        """A statement of a shape chosen at random."""
        shapes = [
            self.windows,
            self.windows,
            self.qualified,
            self.distinct_on,
            self.with_queries,
            self.recursive,
            self.using,
            self.half_join,
            self.asof,
            self.unnested,
            self.series,
            self.values_list,
            self.group_all,
            self.grouping_sets,
            self.by_name,
            self.aggregates,
            self.pivoted,
            self.unpivoted,
            self.lateral_alias,
            self.starred,
            self.inserted,
            self.upserted,
            self.updated,
            self.deleted,
            self.merged,
        ]
        return str(self.rng.choice(shapes)())

    def _table(self) -> tuple[str, Scope]:
        from generator import COLUMNS, TABLES, Scope

        name, alias = self.rng.choice(TABLES), self.alias()  # type: ignore[attr-defined]
        return f"{name} AS {alias}", Scope(
            [(f"{alias}.{column}", column) for column in COLUMNS]
        )

    def _total(self, scope: Scope) -> str:
        """All columns of a relation, in which only equal rows are equal."""
        rng = self.rng
        columns = [column for column, kind in scope.columns if kind in "ibsdtfnm"]
        rng.shuffle(columns)
        return ", ".join(
            f"{column} {rng.choice(['ASC', 'DESC'])} NULLS {rng.choice(['FIRST', 'LAST'])}"
            for column in columns
        )

    def _kinds(self, letters: str = COMMON, most: int = 3) -> list[str]:
        return [self.rng.choice(letters) for _ in range(self.rng.randint(1, most))]

    def _items(self, scope: Scope, kinds: list[str], depth: int = 1) -> str:
        return ", ".join(
            f"{self.expr(scope, kind, depth)} AS c{index}"  # type: ignore[attr-defined]
            for index, kind in enumerate(kinds)
        )

    def _window(self, scope: Scope) -> str:
        rng = self.rng
        partition = ""
        if rng.random() < 0.6:
            partition = f"PARTITION BY {scope.pick(rng, rng.choice('isft'))}"
        total = self._total(scope)
        bound = rng.choice(
            [
                "UNBOUNDED PRECEDING AND CURRENT ROW",
                "1 PRECEDING AND 1 FOLLOWING",
                "2 PRECEDING AND 1 PRECEDING",
                "CURRENT ROW AND UNBOUNDED FOLLOWING",
                "1 FOLLOWING AND 3 FOLLOWING",
                "UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
            ]
        )
        kind = rng.choice("ibdsntm")
        value = self.expr(scope, kind, 1)  # type: ignore[attr-defined]
        number = self.expr(scope, rng.choice("in"), 1)  # type: ignore[attr-defined]
        one = scope.pick(rng, "i")
        nulls = rng.choice(["", "", " IGNORE NULLS"])
        where = rng.choice(["", "", f" FILTER (WHERE {self.condition(scope, 0)})"])  # type: ignore[attr-defined]
        exclude = rng.choice(
            ["", "", "", " EXCLUDE CURRENT ROW", " EXCLUDE TIES", " EXCLUDE GROUP"]
        )
        return str(
            rng.choice(
                [
                    lambda: f"row_number() OVER ({partition} ORDER BY {total})",
                    lambda: f"{rng.choice(['rank', 'dense_rank', 'percent_rank', 'cume_dist'])}() OVER ({partition} ORDER BY {value} NULLS LAST)",
                    lambda: f"ntile({rng.randint(1, 4)}) OVER ({partition} ORDER BY {total})",
                    lambda: f"{rng.choice(['lag', 'lead'])}({value}, {rng.randint(0, 3)}{nulls}) OVER ({partition} ORDER BY {total})",
                    lambda: f"{rng.choice(['first_value', 'last_value'])}({value}{nulls}) OVER ({partition} ORDER BY {total} ROWS BETWEEN {bound}{exclude})",
                    lambda: f"nth_value({value}, {rng.randint(1, 3)}) OVER ({partition} ORDER BY {total} ROWS BETWEEN {bound})",
                    lambda: f"{rng.choice(['min', 'max', 'count'])}({value}){where} OVER ({partition} ORDER BY {total} ROWS BETWEEN {bound}{exclude})",
                    lambda: f"sum({number}){where} OVER ({partition} ORDER BY {total} ROWS BETWEEN {bound}{exclude})",
                    lambda: f"avg({number}) OVER ({partition} ORDER BY {total} ROWS BETWEEN {bound})",
                    lambda: f"sum({number}) OVER ({partition} ORDER BY {one} NULLS FIRST RANGE BETWEEN {bound})",
                    lambda: f"count({value}) OVER ({partition} ORDER BY {one} NULLS LAST GROUPS BETWEEN {bound})",
                    lambda: f"sum({number}) OVER ({partition} ORDER BY {one})",
                    lambda: f"count(*) OVER ({partition})",
                    lambda: f"string_agg({scope.pick(rng, 's')}, '-') OVER ({partition} ORDER BY {total} ROWS BETWEEN {bound})",
                ]
            )()
        )

    def windows(self) -> str:
        source, scope = self._table()
        items = ", ".join(
            f"{self._window(scope)} AS w{index}"
            for index in range(self.rng.randint(1, 3))
        )
        where = self.where(scope, 1)  # type: ignore[attr-defined]
        return f"SELECT {self._items(scope, self._kinds(most=2), 0)}, {items} FROM {source}{where}"

    def qualified(self) -> str:
        source, scope = self._table()
        kinds = self._kinds()
        test = self.rng.choice(["= 1", "<= 2", "IS NOT NULL", "> 1"])
        window = f"row_number() OVER (PARTITION BY {scope.pick(self.rng, self.rng.choice('isf'))} ORDER BY {self._total(scope)})"
        return f"SELECT {self._items(scope, kinds)} FROM {source}{self.where(scope, 1)} QUALIFY {window} {test}"  # type: ignore[attr-defined]

    def distinct_on(self) -> str:
        source, scope = self._table()
        key = self.expr(scope, self.rng.choice("isft"), 1)  # type: ignore[attr-defined]
        return f"SELECT DISTINCT ON ({key}) {self._items(scope, self._kinds())} FROM {source} ORDER BY {key} NULLS LAST, {self._total(scope)}"

    def with_queries(self) -> str:
        from generator import Scope

        rng = self.rng
        kinds = self._kinds(COMMON + "m")
        first = self.query(None, kinds, 2)  # type: ignore[attr-defined]
        names = Scope([(f"x.c{index}", kind) for index, kind in enumerate(kinds)])
        other = Scope(
            names.columns + [(f"y.c{index}", kind) for index, kind in enumerate(kinds)]
        )
        hint = rng.choice(["", "", " MATERIALIZED", " NOT MATERIALIZED"])
        join = rng.choice(["JOIN", "LEFT JOIN", "FULL JOIN"])
        where = f" WHERE {self.condition(other, 1)}" if rng.random() < 0.5 else ""  # type: ignore[attr-defined]
        if rng.random() < 0.5:
            return (
                f"WITH one AS{hint} ({first}) SELECT {self._items(other, self._kinds())} "
                f"FROM one AS x {join} one AS y ON x.c0 = y.c0{where}"
            )
        return (
            f"WITH one AS{hint} ({first}), two AS (SELECT {self._items(names, kinds)} FROM one AS x) "
            f"SELECT x.c0 AS c0, count(*) AS n FROM one AS x {join} two AS y ON x.c0 = y.c0{where} GROUP BY x.c0"
        )

    def recursive(self) -> str:
        rng = self.rng
        source, scope = self._table()
        union = rng.choice(["UNION ALL", "UNION"])
        start = self.expr(scope, "i", 1)  # type: ignore[attr-defined]
        step = rng.choice(["n + 1", "n * 2 + 1", "n + 2"])
        if rng.random() < 0.5:
            return (
                f"WITH RECURSIVE steps(n) AS (SELECT CAST({start} AS BIGINT) FROM {source} {union} "
                f"SELECT {step} FROM steps WHERE n BETWEEN 0 AND 6) SELECT n, count(*) FROM steps GROUP BY n"
            )
        return (
            f"WITH RECURSIVE reach(a, b) AS (SELECT i, CAST(b AS INTEGER) FROM t0 WHERE abs(b) < 10 UNION "
            f"SELECT reach.a, CAST(t.b AS INTEGER) FROM reach JOIN {rng.choice(['t0', 't2'])} AS t "
            f"ON reach.b = t.i WHERE abs(t.b) < 10) SELECT a, b FROM reach"
        )

    def using(self) -> str:
        rng = self.rng
        join = rng.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
        if rng.random() < 0.3:
            return (
                f"SELECT * FROM (SELECT i, s FROM t1) AS x NATURAL {join} "
                f"(SELECT i, d FROM {rng.choice(['t0', 't2', 't3'])}) AS y"
            )
        keys = rng.choice(["i", "s", "i, s", "t", "f, i", "n", "m"])
        return (
            f"SELECT {keys}, x.b AS xb, y.b AS yb FROM {rng.choice(['t0', 't1'])} AS x {join} "
            f"{rng.choice(['t2', 't3', 't1'])} AS y USING ({keys})"
        )

    def half_join(self) -> str:
        rng = self.rng
        left, scope = self._table()
        right, other = self._table()
        from generator import Scope

        both = Scope(scope.columns + other.columns)
        kind = rng.choice("isbtnm")
        on = f"{scope.pick(rng, kind)} = {other.pick(rng, kind)}"
        if rng.random() < 0.5:
            on += f" AND {self.condition(both, 0)}"  # type: ignore[attr-defined]
        join = rng.choice(["SEMI JOIN", "ANTI JOIN"])
        return f"SELECT {self._items(scope, self._kinds())} FROM {left} {join} {right} ON {on}{self.where(scope, 0)}"  # type: ignore[attr-defined]

    def asof(self) -> str:
        rng = self.rng
        kind = rng.choice("tbd")
        name = {"t": "t", "b": "b", "d": "d"}[kind]
        other = f"(SELECT {name} AS k, max(s) AS s FROM {rng.choice(['t2', 't3', 't0'])} GROUP BY ALL)"
        return (
            f"SELECT x.{name}, x.i, y.k, y.s FROM {rng.choice(['t0', 't1'])} AS x ASOF {rng.choice(['', 'LEFT '])}JOIN "
            f"{other} AS y ON x.{name} {rng.choice(['>=', '>', '<=', '<'])} y.k"
        )

    def unnested(self) -> str:
        rng = self.rng
        source, scope = self._table()
        listed = self.expr(scope, "l", 1)  # type: ignore[attr-defined]
        return str(
            rng.choice(
                [
                    lambda: f"SELECT {scope.pick(rng, 'i')} AS a, unnest({listed}) AS u FROM {source}",
                    lambda: f"SELECT {scope.pick(rng, 'i')} AS a, u.x FROM {source}, LATERAL unnest({listed}) AS u(x)",
                    lambda: f"SELECT {scope.pick(rng, 'i')} AS a, u.x FROM {source}, (SELECT unnest({listed})) AS u(x) WHERE u.x > 0",
                    lambda: f"SELECT a, sum(x) FROM (SELECT {scope.pick(rng, 's')} AS a, unnest({listed}) AS x FROM {source}) AS q GROUP BY a",
                    lambda: f"SELECT {scope.pick(rng, 'i')} AS a, (SELECT sum(x) FROM unnest({scope.pick(rng, 'l')}) AS u(x)) AS s FROM {source}",
                ]
            )()
        )

    def series(self) -> str:
        rng = self.rng
        low, high, step = rng.randint(-3, 3), rng.randint(-3, 6), rng.choice([1, 2, -1])
        return str(
            rng.choice(
                [
                    f"SELECT * FROM generate_series({low}, {high}, {step})",
                    f"SELECT * FROM range({low}, {high}, {step}) AS r(x) WHERE x IN (SELECT i FROM t0)",
                    "SELECT * FROM generate_series(DATE '2024-01-30', DATE '2024-03-02', INTERVAL '10 days') AS g(d)",
                    f"SELECT x, count(t2.i) FROM range({high}) AS r(x) LEFT JOIN t2 ON t2.i = x GROUP BY x",
                ]
            )
        )

    def values_list(self) -> str:
        from generator import Scope

        rng = self.rng
        kinds = self._kinds(COMMON + "m", 3)
        rows = ", ".join(
            "(" + ", ".join(self.literal(kind) if rng.random() < 0.8 else "NULL" for kind in kinds) + ")"  # type: ignore[attr-defined]
            for _ in range(rng.randint(1, 4))
        )
        names = ", ".join(f"c{index}" for index in range(len(kinds)))
        scope = Scope([(f"v.c{index}", kind) for index, kind in enumerate(kinds)])
        source = f"(VALUES {rows}) AS v({names})"
        wanted = [rng.choice(kinds) for _ in range(2)]
        return f"SELECT {self._items(scope, wanted)} FROM {source}{self.where(scope, 1)}"  # type: ignore[attr-defined]

    def group_all(self) -> str:
        source, scope = self._table()
        kinds = self._kinds(COMMON + "m", 2)
        value = self.aggregate(scope, self.rng.choice(COMMON), 1)  # type: ignore[attr-defined]
        key = scope.pick(self.rng, self.rng.choice("isbt"))
        return f"SELECT {key} AS k, {self._items(scope, kinds)}, {value} AS a FROM {source}{self.where(scope, 1)} GROUP BY ALL"  # type: ignore[attr-defined]

    def grouping_sets(self) -> str:
        rng = self.rng
        source, scope = self._table()
        a, b = scope.pick(rng, rng.choice("istf")), scope.pick(rng, rng.choice("bndm"))
        sets = rng.choice(
            [
                f"ROLLUP ({a}, {b})",
                f"CUBE ({a}, {b})",
                f"GROUPING SETS (({a}), ({b}), ())",
                f"GROUPING SETS (({a}, {b}), ({a}))",
                f"{a}, ROLLUP ({b})",
            ]
        )
        value = self.aggregate(scope, rng.choice("bdn"), 1)  # type: ignore[attr-defined]
        having = rng.choice(
            [
                "",
                f" HAVING {a} IS NOT NULL",
                " HAVING count(*) > 1",
                f" HAVING grouping({b}) = 1",
            ]
        )
        return f"SELECT {a} AS c0, {b} AS c1, grouping({a}) AS g, {value} AS v FROM {source}{self.where(scope, 1)} GROUP BY {sets}{having}"  # type: ignore[attr-defined]

    def by_name(self) -> str:
        rng = self.rng
        left = rng.sample("ibsd", 2)
        right = rng.sample("ibsd", 2)
        return (
            f"SELECT * FROM (SELECT {', '.join(left)} FROM {rng.choice(['t0', 't1'])} "
            f"{rng.choice(['UNION', 'UNION ALL'])} BY NAME SELECT {', '.join(right)} FROM t2) AS u"
        )

    def aggregates(self) -> str:
        rng = self.rng
        source, scope = self._table()
        key = scope.pick(rng, rng.choice("isft"))
        value = self.expr(scope, rng.choice("ibdn"), 1)  # type: ignore[attr-defined]
        total = self._total(scope)
        calls = [
            f"first({value} ORDER BY {total})",
            f"last({value} ORDER BY {total})",
            f"CAST(list({scope.pick(rng, 's')} ORDER BY {total}) AS VARCHAR)",
            f"string_agg({scope.pick(rng, 's')}, '|' ORDER BY {total})",
            f"count(DISTINCT ({scope.pick(rng, 'i')}, {scope.pick(rng, 's')}))",
            f"quantile_disc({value}, {rng.choice(['0.5', '0', '1', '0.3'])})",
            f"quantile_cont({value}, {rng.choice(['0.5', '0', '1', '0.3'])})",
            f"corr({scope.pick(rng, 'i')}, {scope.pick(rng, 'd')})",
            f"covar_pop({scope.pick(rng, 'i')}, {scope.pick(rng, 'd')})",
            f"arg_max({scope.pick(rng, 'i')}, {scope.pick(rng, 'i')})",
            f"sum(DISTINCT {value})",
            f"avg(DISTINCT {scope.pick(rng, 'i')})",
            f"product({scope.pick(rng, 'i')})",
            f"bool_and({scope.pick(rng, 'f')})",
            f"count({scope.pick(rng, 'l')})",
            f"mad({scope.pick(rng, 'd')})",
            f"skewness({scope.pick(rng, 'd')})",
            f"CAST(histogram({scope.pick(rng, 'i')}) AS VARCHAR)",
        ]
        items = ", ".join(rng.sample(calls, 3))
        return f"SELECT {key} AS k, {items} FROM {source}{self.where(scope, 1)} GROUP BY {key}"  # type: ignore[attr-defined]

    def pivoted(self) -> str:
        rng = self.rng
        column, key = rng.choice(["s", "f"]), rng.choice(["i", "t"])
        value = rng.choice(["sum(n)", "count(*)", "max(d)", "min(b)"])
        values = "'a', 'b', 'zz'" if column == "s" else "true, false"
        table = rng.choice(["t0", "t1", "t2"])
        return (
            f"SELECT * FROM (PIVOT (SELECT {column}, {key}, n, d, b FROM {table}) "
            f"ON {column} IN ({values}) USING {value} GROUP BY {key})"
        )

    def unpivoted(self) -> str:
        rng = self.rng
        nulls = rng.choice(["", " INCLUDE NULLS"])
        return f"SELECT name, value, s FROM (SELECT i, b, s FROM {rng.choice(['t0', 't1', 't2'])}) UNPIVOT{nulls} (value FOR name IN (i, b))"

    def lateral_alias(self) -> str:
        from generator import Scope

        source, scope = self._table()
        first = self.expr(scope, "i", 1)  # type: ignore[attr-defined]
        inner = Scope([("one", "i"), *scope.columns])
        return (
            f"SELECT {first} AS one, {self.expr(inner, 'b', 1)} AS two FROM {source} "  # type: ignore[attr-defined]
            f"WHERE one {self.rng.choice(['>', '<', 'IS DISTINCT FROM'])} 1"
        )

    def starred(self) -> str:
        rng = self.rng
        table = rng.choice(["t0", "t1", "t2"])
        return str(
            rng.choice(
                [
                    f"SELECT * EXCLUDE (v, l, r, {rng.choice('ibsd')}) FROM {table}",
                    f"SELECT * EXCLUDE (v, l, r) REPLACE (i + 1 AS i, upper(s) AS s) FROM {table} WHERE i < 5",
                    f"SELECT max(COLUMNS('^[ibsdtn]$')) FROM {table}",
                    f"FROM {table} SELECT COLUMNS(lambda c: c IN ('i', 's')) WHERE i IS NOT NULL",
                    f"SELECT i, s FROM {table} ORDER BY ALL LIMIT {rng.randint(0, 5)}",
                ]
            )
        )

    # What writes ------------------------------------------------------------------------------

    def _made(self, constraint: str = "") -> str:
        """A table of the statement's own, with a key."""
        table = self.rng.choice(["t0", "t1", "t2"])
        made = f"CREATE OR REPLACE TABLE w (k INTEGER{constraint}, i INTEGER, s VARCHAR, d DOUBLE)"
        filled = (
            f"INSERT INTO w SELECT CAST(row_number() OVER (ORDER BY i NULLS LAST, b NULLS LAST, s NULLS LAST, "
            f"d NULLS LAST, t NULLS LAST, f NULLS LAST, n NULLS LAST, m NULLS LAST) AS INTEGER), i, s, d FROM {table}"
        )
        return f"{made};\n{filled}"

    def _own(self, alias: str = "w") -> Scope:
        from generator import Scope

        return Scope(
            [
                (f"{alias}.k", "i"),
                (f"{alias}.i", "i"),
                (f"{alias}.s", "s"),
                (f"{alias}.d", "d"),
            ]
        )

    def inserted(self) -> str:
        rng = self.rng
        query = self.query(None, ["i", "s"], 1)  # type: ignore[attr-defined]
        returning = rng.choice(["", " RETURNING *", " RETURNING s, i + 1 AS more"])
        return f"{self._made()};\nINSERT INTO w (i, s) {query}{returning};\nSELECT * FROM w"

    def upserted(self) -> str:
        rng = self.rng
        rows = ", ".join(
            f"({key}, {self.literal('i')}, {self.literal('s')}, NULL)"  # type: ignore[attr-defined]
            for key in rng.sample(range(1, 20), rng.randint(1, 5))
        )
        action = rng.choice(
            [
                "DO NOTHING",
                "DO UPDATE SET i = excluded.i, s = 'new'",
                "DO UPDATE SET i = coalesce(w.i, 0) + 1 WHERE w.i IS NOT NULL",
            ]
        )
        return (
            f"{self._made(' PRIMARY KEY')};\nINSERT INTO w VALUES {rows} ON CONFLICT (k) {action}"
            f"{rng.choice(['', ' RETURNING k, i'])};\nSELECT * FROM w"
        )

    def updated(self) -> str:
        rng = self.rng
        scope = self._own()
        value = self.expr(scope, "i", 1)  # type: ignore[attr-defined]
        returning = rng.choice(["", " RETURNING k, i"])
        if rng.random() < 0.4:
            text = f"UPDATE w SET i = src.n, s = 'u' FROM (SELECT i, CAST(count(*) AS INTEGER) AS n FROM t2 GROUP BY i) AS src WHERE w.i = src.i{returning}"
        else:
            text = f"UPDATE w SET i = {value}, d = d * 2 WHERE {self.condition(scope, 1)}{returning}"  # type: ignore[attr-defined]
        return f"{self._made()};\n{text};\nSELECT * FROM w"

    def deleted(self) -> str:
        rng = self.rng
        returning = rng.choice(["", " RETURNING *"])
        if rng.random() < 0.4:
            text = f"DELETE FROM w USING t2 WHERE w.i = t2.i AND {self.condition(self._own(), 0)}"  # type: ignore[attr-defined]
        else:
            text = f"DELETE FROM w WHERE {self.condition(self._own(), 2)}{returning}"  # type: ignore[attr-defined]
        return f"{self._made()};\n{text};\nSELECT * FROM w"

    def merged(self) -> str:
        rng = self.rng
        matched = rng.choice(["UPDATE SET i = src.n, s = 'm'", "DELETE", "DO NOTHING"])
        extra = rng.choice(["", " AND src.n > 0", " AND w.s IS NOT NULL"])
        other = rng.choice(
            [
                "",
                " WHEN NOT MATCHED THEN INSERT VALUES (src.k, src.n, 'i', 0.5)",
                " WHEN NOT MATCHED BY SOURCE THEN DELETE",
            ]
        )
        return (
            f"{self._made()};\nMERGE INTO w USING (SELECT CAST(x AS INTEGER) AS k, CAST(x % 3 AS INTEGER) AS n "
            f"FROM range({rng.randint(0, 4)}, {rng.randint(3, 20)}) AS r(x)) AS src ON w.k = src.k "
            f"WHEN MATCHED{extra} THEN {matched}{other};\nSELECT * FROM w"
        )
