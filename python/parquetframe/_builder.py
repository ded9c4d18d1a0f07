"""Queries written step by step, as in ParquetFrame 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parquetframe._literals import identifier

if TYPE_CHECKING:
    from parquetframe._frame import Frame


class SQLBuilder:
    """A query over a frame, built clause by clause in any order. Made by `Frame.sql_builder`.

    What is given is SQL text; values belong into parameters of `Session.sql`, not into the text.

    >>> import parquetframe as pf
    >>> frame = pf.sql("SELECT * FROM (VALUES ('a', 1), ('b', 2), ('a', 3)) AS t(k, n)")
    >>> query = frame.sql_builder().select("k", "sum(n) AS total").where("n > 0").group_by("k").order_by("k", "DESC")
    >>> query.build()
    'SELECT k, sum(n) AS total FROM self WHERE (n > 0) GROUP BY k ORDER BY k DESC'
    >>> query.execute().to_dicts()
    [{'k': 'b', 'total': 2}, {'k': 'a', 'total': 4}]
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._tables: dict[str, object] = {}
        self._select: list[str] = []
        self._joins: list[str] = []
        self._where: list[str] = []
        self._group_by: list[str] = []
        self._having: list[str] = []
        self._order_by: list[str] = []
        self._limit: int | None = None

    def select(self, *items: str) -> SQLBuilder:
        """Columns and expressions of the result; `*` if none are given."""
        self._select += items
        return self

    def where(self, condition: str) -> SQLBuilder:
        """A condition of rows; several must all hold."""
        self._where.append(f"({condition})")
        return self

    def group_by(self, *items: str) -> SQLBuilder:
        """What makes groups."""
        self._group_by += items
        return self

    def having(self, condition: str) -> SQLBuilder:
        """A condition of groups; several must all hold."""
        self._having.append(f"({condition})")
        return self

    def order_by(self, *items: str) -> SQLBuilder:
        """What the result is ordered by; `"ASC"` and `"DESC"` belong to the item before."""
        for item in items:
            if item.upper() in ("ASC", "DESC") and self._order_by:
                self._order_by[-1] += f" {item.upper()}"
            else:
                self._order_by.append(item)
        return self

    def limit(self, rows: int) -> SQLBuilder:
        """How many rows at most."""
        self._limit = int(rows)
        return self

    def join(
        self, table: object, on: str, join_type: str = "INNER", alias: str = "other"
    ) -> SQLBuilder:
        """A join with another frame or table of Python, whose name in the text is `alias`."""
        kinds = ("INNER", "LEFT", "RIGHT", "FULL")
        if join_type.upper() not in kinds:
            raise ValueError(f"{join_type!r} is no kind of join ({', '.join(kinds)})")
        if alias in self._tables or alias == "self":
            raise ValueError(f"the name {alias!r} is taken; give another alias")
        self._tables[alias] = table
        self._joins.append(f"{join_type.upper()} JOIN {identifier(alias)} ON {on}")
        return self

    def inner_join(self, table: object, on: str, alias: str = "other") -> SQLBuilder:
        """Rows with a partner."""
        return self.join(table, on, "INNER", alias)

    def left_join(self, table: object, on: str, alias: str = "other") -> SQLBuilder:
        """All rows of this side."""
        return self.join(table, on, "LEFT", alias)

    def right_join(self, table: object, on: str, alias: str = "other") -> SQLBuilder:
        """All rows of the other side."""
        return self.join(table, on, "RIGHT", alias)

    def full_join(self, table: object, on: str, alias: str = "other") -> SQLBuilder:
        """All rows of both sides."""
        return self.join(table, on, "FULL", alias)

    def build(self) -> str:
        """The text of the query."""
        clauses = [f"SELECT {', '.join(self._select) or '*'} FROM self", *self._joins]
        for word, items, between in (
            ("WHERE", self._where, " AND "),
            ("GROUP BY", self._group_by, ", "),
            ("HAVING", self._having, " AND "),
            ("ORDER BY", self._order_by, ", "),
        ):
            if items:
                clauses.append(f"{word} {between.join(items)}")
        if self._limit is not None:
            clauses.append(f"LIMIT {self._limit}")
        return " ".join(clauses)

    def execute(self) -> Frame:
        """The frame of the query."""
        return self._frame.sql(self.build(), **self._tables)
