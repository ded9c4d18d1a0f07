"""The first rows of a frame as a box for terminals and as a table for notebooks."""

from __future__ import annotations

from html import escape
from unicodedata import combining, east_asian_width

#: Cells wider than this are cut in a box.
WIDEST_CELL = 60

#: Types whose values stand right.
NUMBERS = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "U",
    "HALF",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
)

Columns = list[tuple[str, str]]
Rows = list[list[str | None]]


def box(columns: Columns, rows: Rows, more: bool) -> str:
    """Columns with their types and rows, framed.

    >>> print(box([("n", "BIGINT"), ("name", "VARCHAR")], [["1", "茶"], ["20", None]], more=True))
    ┌────────┬─────────┐
    │      n │ name    │
    │ BIGINT │ VARCHAR │
    ├────────┼─────────┤
    │      1 │ 茶      │
    │     20 │ NULL    │
    └────────┴─────────┘
    first 2 rows
    """
    if not columns:
        return "done"
    table = [
        [_cut(cell) for cell in row]
        for row in ([name for name, _ in columns], [kind for _, kind in columns])
    ]
    table += [[_cut("NULL" if cell is None else cell) for cell in row] for row in rows]
    widths = [max(_width(row[index]) for row in table) for index in range(len(columns))]
    right = [_is_number(kind) for _, kind in columns]

    def line(cells: list[str]) -> str:
        return "│ " + " │ ".join(map(_pad, cells, widths, right)) + " │"

    def rule(left: str, cross: str, end: str) -> str:
        return left + cross.join("─" * (width + 2) for width in widths) + end

    return "\n".join(
        [
            rule("┌", "┬", "┐"),
            *map(line, table[:2]),
            rule("├", "┼", "┤"),
            *map(line, table[2:]),
            rule("└", "┴", "┘"),
            _count(len(rows), more),
        ]
    )


def html(columns: Columns, rows: Rows, more: bool) -> str:
    """The same as an HTML table.

    >>> html([("a<b", "BIGINT")], [["1"]], more=False)[:60]
    '<table class="parquetframe"><thead><tr><th>a&lt;b<br><small>'
    """
    head = "".join(
        f"<th>{escape(name)}<br><small>{escape(kind)}</small></th>"
        for name, kind in columns
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td style="text-align: {"right" if _is_number(kind) else "left"}">'
            + ("<em>NULL</em>" if cell is None else escape(cell))
            + "</td>"
            for cell, (_, kind) in zip(row, columns, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<table class="parquetframe"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        f"<p>{_count(len(rows), more)}</p>"
    )


def _count(rows: int, more: bool) -> str:
    return ("first " if more else "") + (f"{rows} row" if rows == 1 else f"{rows} rows")


def _is_number(kind: str) -> bool:
    return (
        kind.startswith(NUMBERS)
        and not kind.endswith("]")
        and not kind.startswith("UNION")
    )


def _cut(text: str) -> str:
    text = text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    if _width(text) <= WIDEST_CELL:
        return text
    while _width(text) > WIDEST_CELL - 1:
        text = text[:-1]
    return text + "…"


def _width(text: str) -> int:
    """Columns that a terminal gives to the text."""
    return sum(
        0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1
        for char in text
    )


def _pad(text: str, width: int, right: bool) -> str:
    padding = " " * (width - _width(text))
    return padding + text if right else text + padding
