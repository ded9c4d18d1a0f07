"""Expressions of every type beyond arithmetic: functions, casts, tests and aggregates.

Only what has one answer is made. A function that fails for some values is called within `TRY`-like
bounds, since the engines may evaluate different rows.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator import Scope

#: An expression of a type, and the ways to make one.
Of = Callable[[str], str]
Forms = list[Callable[[], str]]
PATTERNS = ["a+", "^a", "b$", "a|b", "(a)(b)?", "[^a]", "", ".", "z{2}"]


class Values:
    """A part of the generator."""

    rng: random.Random

    def expr(self, scope: Scope, kind: str, depth: int) -> str:
        raise NotImplementedError

    def condition(self, scope: Scope, depth: int) -> str:
        raise NotImplementedError

    def query(
        self, outer: Scope | None, kinds: list[str], depth: int, top: bool = False
    ) -> str:
        raise NotImplementedError

    def literal(self, kind: str) -> str:
        raise NotImplementedError

    def kind(self) -> str:
        raise NotImplementedError

    def rare_literal(self, kind: str) -> str:
        rng = self.rng
        if kind == "m":
            day = f"2024-0{rng.randint(1, 3)}-{rng.choice(['01', '15', '29'])}"
            return f"TIMESTAMP '{day} {rng.choice(['00:00:00', '12:30:00', '23:59:59.5'])}'"
        if kind == "v":
            return "INTERVAL " + rng.choice(
                [
                    "'1 day'",
                    "'1 month'",
                    "'30 days'",
                    "'-2 hours'",
                    "'1 year 2 months'",
                    "'0 days'",
                    "'24 hours'",
                ]
            )
        if kind == "l":
            values = [
                rng.choice(["1", "2", "3", "-1", "NULL"])
                for _ in range(rng.randint(0, 3))
            ]
            return f"CAST([{', '.join(values)}] AS INTEGER[])"
        a, b = rng.choice(["1", "2", "NULL"]), rng.choice(["'a'", "'b'", "NULL"])
        return f"CAST({{'a': {a}, 'b': {b}}} AS STRUCT(a INTEGER, b VARCHAR))"

    def function(self, scope: Scope, kind: str, depth: int) -> str:
        """A call of a function, an operator or a cast."""

        def of(kind: str) -> str:
            return self.expr(scope, kind, depth - 1)

        small = self.rng.randint(-3, 3)
        name = f"function_{kind}"
        forms = getattr(self, name)(of, small)
        return str(self.rng.choice(forms)())

    def function_i(self, of: Of, small: int) -> Forms:
        rng = self.rng
        return [
            lambda: f"CAST(strpos({of('s')}, {of('s')}) AS INTEGER)",
            lambda: f"CAST(sign({of('i')}) AS INTEGER)",
            lambda: f"({of('i')} & {of('i')})",
            lambda: f"({of('i')} | {of('i')})",
            lambda: f"xor({of('i')}, {of('i')})",
            lambda: f"({of('i')} // {of('i')})",
            lambda: f"({of('i')} % {of('i')})",
            lambda: f"CAST({of('d')} AS INTEGER)",
            lambda: f"CAST({of('n')} AS INTEGER)",
            lambda: f"CAST({of('f')} AS INTEGER)",
            lambda: f"TRY_CAST({of('s')} AS INTEGER)",
            lambda: f"CAST(date_diff('{rng.choice(['day', 'month', 'year', 'week', 'quarter'])}', {of('t')}, {of('t')}) AS INTEGER)",
            lambda: f"CAST(extract({rng.choice(['year', 'month', 'dow', 'doy', 'week', 'quarter', 'isodow', 'epoch'])} FROM {of('t')}) AS INTEGER)",
            lambda: f"CAST(extract({rng.choice(['hour', 'minute', 'second', 'day'])} FROM {of('m')}) AS INTEGER)",
            lambda: f"CAST(len({of('l')}) AS INTEGER)",
            lambda: f"({of('l')})[{small}]",
            lambda: f"({of('r')}).a",
            lambda: f"CAST(list_position({of('l')}, {of('i')}) AS INTEGER)",
            lambda: f"greatest({of('i')}, {of('i')}, {of('i')})",
            lambda: f"least({of('i')}, {of('i')})",
            lambda: f"CAST(list_aggregate({of('l')}, '{rng.choice(['sum', 'max', 'min', 'count'])}') AS INTEGER)",
            lambda: f"CAST(levenshtein({of('s')}, {of('s')}) AS INTEGER)",
            lambda: f"if({self_condition(of)}, {of('i')}, {of('i')})",
        ]

    def function_b(self, of: Of, small: int) -> Forms:
        return [
            lambda: f"CAST({of('i')} AS BIGINT)",
            lambda: f"({of('b')} // {of('b')})",
            lambda: f"({of('b')} % {of('i')})",
            lambda: f"({of('i')} * {of('b')})",
            lambda: f"CAST(round({of('d')}) AS BIGINT)",
            lambda: f"CAST(({of('n')} * {small}) AS BIGINT)",
            lambda: f"CAST(gcd({of('b')}, {of('b')}) AS BIGINT)",
            lambda: f"CAST(epoch_ms({of('m')}) AS BIGINT)",
            lambda: f"(CAST({of('b')} AS HUGEINT) + {of('b')})::BIGINT",
            lambda: f"bit_count({of('i')})::BIGINT",
            lambda: f"TRY_CAST({of('s')} AS BIGINT)",
        ]

    def function_d(self, of: Of, small: int) -> Forms:
        rng = self.rng
        return [
            lambda: f"sqrt(abs({of('d')}))",
            lambda: f"{rng.choice(['floor', 'ceil', 'trunc', 'round', 'abs'])}({of('d')})",
            lambda: f"round({of('d')}, {small})",
            lambda: f"({of('d')} / {of('d')})",
            lambda: f"({of('i')} / {of('i')})",
            lambda: f"CAST({of('n')} AS DOUBLE)",
            lambda: f"(-{of('d')})",
            lambda: f"fmod({of('d')}, {of('d')})",
            lambda: f"greatest({of('d')}, {of('d')})",
            lambda: f"pow({of('d')}, 2)",
            lambda: f"CAST({of('n')} / {of('n')} AS DOUBLE)",
            lambda: f"CAST(sign({of('d')}) AS DOUBLE)",
        ]

    def function_n(self, of: Of, small: int) -> Forms:
        return [
            lambda: f"CAST(round({of('n')}, {small}) AS DECIMAL(10,2))",
            lambda: f"CAST(({of('n')} * {of('n')}) AS DECIMAL(10,2))",
            lambda: f"CAST(abs({of('n')}) AS DECIMAL(10,2))",
            lambda: f"CAST({of('i')} AS DECIMAL(10,2))",
            lambda: f"CAST({of('d')} AS DECIMAL(10,2))",
            lambda: f"CAST(({of('n')} + {of('i')}) AS DECIMAL(10,2))",
            lambda: f"CAST(({of('n')} % {of('n')}) AS DECIMAL(10,2))",
            lambda: f"CAST(CAST({of('n')} AS DECIMAL(6,1)) AS DECIMAL(10,2))",
            lambda: f"(-{of('n')})",
            lambda: f"greatest({of('n')}, {of('n')})",
            lambda: f"CAST(floor({of('n')}) AS DECIMAL(10,2))",
        ]

    def function_s(self, of: Of, small: int) -> Forms:
        rng = self.rng
        pattern = rng.choice(PATTERNS)
        return [
            lambda: f"replace({of('s')}, {of('s')}, 'x')",
            lambda: f"{rng.choice(['trim', 'ltrim', 'rtrim', 'reverse', 'md5'])}({of('s')})",
            lambda: f"repeat({of('s')}, {small})",
            lambda: f"{rng.choice(['left', 'right'])}({of('s')}, {small})",
            lambda: f"substr({of('s')}, {small}, {abs(small)})",
            lambda: f"substr({of('s')}, {small})",
            lambda: f"{rng.choice(['lpad', 'rpad'])}({of('s')}, {abs(small)}, 'xy')",
            lambda: f"split_part({of('s')}, 'b', {small or 1})",
            lambda: f"concat({of('s')}, {of('i')}, {of('s')})",
            lambda: f"concat_ws('-', {of('s')}, {of('s')}, {of('i')})",
            lambda: f"regexp_replace({of('s')}, '{pattern}', 'x'{rng.choice(['', chr(44) + chr(39) + 'g' + chr(39)])})",
            lambda: f"regexp_extract({of('s')}, '{pattern}')",
            lambda: f"({of('s')})[{small}]",
            lambda: f"({of('s')})[{small}:{abs(small)}]",
            lambda: f"strftime({of('t')}, '%Y-%m-%d %a %j')",
            lambda: f"CAST({of(rng.choice('idtfnmvlr'))} AS VARCHAR)",
            lambda: f"({of('r')}).b",
            lambda: f"greatest({of('s')}, {of('s')})",
            lambda: f"dayname({of('t')})",
            lambda: f"coalesce(array_to_string({of('l')}, ','), '')",
            lambda: f"printf('%d-%s', {of('i')}, {of('s')})",
            lambda: f"translate({of('s')}, 'ab', 'x')",
            lambda: f"if({self_condition(of)}, {of('s')}, {of('s')})",
        ]

    def function_t(self, of: Of, small: int) -> Forms:
        rng = self.rng
        unit = rng.choice(["week", "month", "quarter", "year"])
        return [
            lambda: f"CAST(date_trunc('{unit}', {of('t')}) AS DATE)",
            lambda: f"last_day({of('t')})",
            lambda: f"({of('t')} + {small})",
            lambda: f"({of('t')} - {small})",
            lambda: f"CAST({of('m')} AS DATE)",
            lambda: f"CAST(({of('t')} + {of('v')}) AS DATE)",
            lambda: f"greatest({of('t')}, {of('t')})",
            lambda: f"TRY_CAST({of('s')} AS DATE)",
            lambda: f"CAST(CAST({of('t')} AS VARCHAR) AS DATE)",
            lambda: f"make_date(2024, {abs(small) + 1}, {abs(small) + 9})",
        ]

    def function_m(self, of: Of, small: int) -> Forms:
        rng = self.rng
        unit = rng.choice(["hour", "day", "week", "month", "minute", "year"])
        return [
            lambda: f"CAST({of('t')} AS TIMESTAMP)",
            lambda: f"({of('m')} + {of('v')})",
            lambda: f"({of('t')} - {of('v')})",
            lambda: f"CAST(date_trunc('{unit}', {of('m')}) AS TIMESTAMP)",
            lambda: f"CAST(time_bucket(INTERVAL '{abs(small) + 1} {rng.choice(['days', 'months', 'hours'])}', {of('m')}) AS TIMESTAMP)",
            lambda: f"coalesce({of('m')}, {of('m')})",
            lambda: f"TRY_CAST({of('s')} AS TIMESTAMP)",
            lambda: f"greatest({of('m')}, {of('m')})",
        ]

    def function_v(self, of: Of, small: int) -> Forms:
        return [
            lambda: f"({of('m')} - {of('m')})",
            lambda: f"({of('v')} + {of('v')})",
            lambda: f"({of('v')} * {small})",
            lambda: f"to_days({of('i')})",
            lambda: f"age({of('m')}, {of('m')})",
            lambda: f"coalesce({of('v')}, {of('v')})",
        ]

    def function_l(self, of: Of, small: int) -> Forms:
        rng = self.rng
        return [
            lambda: f"[{of('i')}, {of('i')}]",
            lambda: f"list_append({of('l')}, {of('i')})",
            lambda: f"list_concat(coalesce({of('l')}, []), {of('l')} || [1])",
            lambda: f"({of('l')})[{small}:{abs(small)}]",
            lambda: f"list_sort({of('l')})",
            lambda: f"list_sort({of('l')}, '{rng.choice(['ASC', 'DESC'])}', 'NULLS {rng.choice(['FIRST', 'LAST'])}')",
            lambda: f"list_sort(list_distinct({of('l')}))",
            lambda: f"list_reverse({of('l')})",
            lambda: f"list_transform({of('l')}, lambda x: x + 1)",
            lambda: f"list_filter({of('l')}, lambda x: x > {small})",
            lambda: f"[x * 2 FOR x IN {of('l')} IF x IS NOT NULL]",
            lambda: f"CAST(range({abs(small)}) AS INTEGER[])",
            lambda: f"list_resize({of('l')}, {abs(small)})",
            lambda: f"coalesce({of('l')}, {of('l')})",
        ]

    def function_r(self, of: Of, small: int) -> Forms:
        return [
            lambda: f"{{'a': {of('i')}, 'b': {of('s')}}}",
            lambda: f"struct_pack(a := {of('i')}, b := {of('s')})",
            lambda: f"coalesce({of('r')}, {of('r')})",
        ]

    def test(self, scope: Scope, depth: int) -> str:
        """A condition of a rarer kind."""
        rng = self.rng

        def of(kind: str) -> str:
            return self.expr(scope, kind, depth - 1)

        negated = rng.choice(["", "NOT "])
        compare = rng.choice(["=", "<>", "<", ">=", "IS NOT DISTINCT FROM"])
        pattern = rng.choice(PATTERNS)
        return str(
            rng.choice(
                [
                    lambda: f"list_contains({of('l')}, coalesce({of('i')}, 1))",
                    lambda: f"({of('l')} {compare} {of('l')})",
                    lambda: f"({of('r')} {compare} {of('r')})",
                    lambda: f"({of('v')} {compare} {of('v')})",
                    lambda: f"({of('m')} {compare} {of('m')})",
                    lambda: f"({of('m')} {compare} {of('t')})",
                    lambda: f"({of('i')} {compare} {of('d')})",
                    lambda: f"({of('n')} {compare} {of('d')})",
                    lambda: f"({of('i')} {compare} {of('n')})",
                    lambda: f"({of('i')} {compare} '{rng.randint(-2, 3)}')",
                    lambda: f"({of('t')} {compare} '2024-02-15')",
                    lambda: f"({of('f')} {compare} {of('f')})",
                    lambda: f"({of('t')} {negated}BETWEEN {of('t')} AND {of('m')})",
                    lambda: f"({of('s')} {negated}ILIKE '{rng.choice(['A%', '_B', '%z', 'b'])}')",
                    lambda: f"({of('s')} {negated}LIKE 'a!%%' ESCAPE '!')",
                    lambda: f"({of('s')} {negated}SIMILAR TO '{pattern}')",
                    lambda: f"({of('s')} GLOB '{rng.choice(['a*', '?', '[ab]*', '*b'])}')",
                    lambda: f"regexp_matches({of('s')}, '{pattern}')",
                    lambda: f"{rng.choice(['starts_with', 'ends_with', 'contains'])}({of('s')}, {of('s')})",
                    lambda: f"({of('i')} {negated}IN (1, 2.5, 3))",
                    lambda: f"({of('i')} {negated}IN ({of('i')}, {of('b')}, {of('i')}))",
                    lambda: f"({of('t')} {negated}IN ({of('t')}, {of('t')}))",
                    lambda: f"({of('s')} {negated}IN ({of('s')}, {of('s')}, NULL))",
                    lambda: f"(({of('i')}, {of('s')}) = ({of('i')}, {of('s')}))",
                    lambda: f"(({of('i')}, {of('b')}) {negated}IN ((1, 2), (2, 1), (0, 0)))",
                    lambda: f"({of('i')} {negated}IN (SELECT unnest({of('l')})))",
                    lambda: f"({of('n')} {negated}IN ({self.query(scope, ['n'], depth - 1)}))",
                    lambda: f"(CASE {of('i')} WHEN 1 THEN {of('f')} WHEN {of('i')} THEN {of('f')} ELSE {of('f')} END)",
                ]
            )()
        )

    def rare_aggregate(self, scope: Scope, kind: str, depth: int) -> str:
        rng = self.rng

        def of(kind: str) -> str:
            return self.expr(scope, kind, depth)

        nulls = f"{rng.choice(['ASC', 'DESC'])} NULLS {rng.choice(['FIRST', 'LAST'])}"
        by_kind = {
            "i": [
                lambda: f"CAST(count(DISTINCT {of(self.kind())}) AS INTEGER)",
                lambda: f"CAST(bit_or({of('i')}) AS INTEGER)",
                lambda: f"CAST(coalesce(count_if({of('f')}), 0) AS INTEGER)",
            ],
            "b": [
                lambda: f"CAST(sum({of('b')}) AS BIGINT)",
                lambda: f"CAST(bit_xor({of('b')}) AS BIGINT)",
            ],
            "d": [
                lambda: f"median({of('d')})",
                lambda: f"quantile_cont({of('d')}, 0.25)",
                lambda: f"avg({of(rng.choice('ibn'))})",
                lambda: f"var_pop({of('i')})",
                lambda: f"stddev_samp({of('i')})",
            ],
            "s": [
                lambda: ordered(
                    of("s"),
                    lambda value: f"string_agg({value}, ',' ORDER BY {value} {nulls})",
                ),
            ],
            "n": [lambda: f"CAST(avg({of('n')}) AS DECIMAL(10,2))"],
            "t": [lambda: f"any_value({of('t')}) FILTER (WHERE FALSE)"],
            "m": [lambda: f"{rng.choice(['min', 'max'])}({of('m')})"],
            "l": [
                lambda: ordered(
                    of("i"), lambda value: f"list({value} ORDER BY {value} {nulls})"
                ),
                lambda: ordered(
                    of("i"),
                    lambda value: f"list({value} ORDER BY {value} {nulls}) FILTER (WHERE {value} IS NOT NULL)",
                ),
                lambda: ordered(
                    of("i"),
                    lambda value: f"list(DISTINCT {value} ORDER BY {value} {nulls})",
                ),
            ],
            "r": [lambda: f"{{'a': max({of('i')}), 'b': min({of('s')})}}"],
            "v": [lambda: f"{rng.choice(['min', 'max'])}({of('v')})"],
        }
        if kind == "f":
            return f"bool_or({of('f')})"
        return str(rng.choice(by_kind[kind])())


def self_condition(of: Of) -> str:
    """A condition where only expressions of a type are at hand."""
    return of("f")


def ordered(value: str, text: Callable[[str], str]) -> str:
    """A call whose argument is its own order."""
    return text(value)
