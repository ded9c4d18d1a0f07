"""`%sql` and `%%sql` in IPython and Jupyter: `%load_ext parquetframe`."""

from __future__ import annotations

from typing import Any

from parquetframe._default import default_session
from parquetframe._frame import Frame
from parquetframe._progress import notebook_display, show_progress
from parquetframe._tables import is_table, table_of


def load_ipython_extension(shell: Any) -> None:
    """Adds the magic, and shows in notebooks how far long queries are.

    A name before `<<` gets the frame; without one it is shown.

    In a notebook::

        %load_ext parquetframe
        %sql SELECT 42 AS answer

        %%sql totals <<
        SELECT k, sum(n) FROM df GROUP BY k
    """

    def sql(line: str, cell: str | None = None) -> Frame | None:
        text = line if cell is None else f"{line}\n{cell}"
        before, mark, query = text.partition("<<")
        name = before.strip()
        if not mark or not name.isidentifier():
            name, query = "", text
        frame = run(query, shell.user_ns)
        if not name:
            return frame
        shell.user_ns[name] = frame
        return None

    if notebook_display() is not None:
        show_progress()
    shell.register_magic_function(sql, magic_kind="line_cell", magic_name="sql")


def run(query: str, variables: dict[str, Any]) -> Frame:
    """The frame of a query over the variables of a notebook."""
    session = default_session()

    def find(name: str) -> object | None:
        thing = variables.get(name)
        return table_of(thing, name) if is_table(thing) else None

    return Frame(session._native.sql(query, {}, find, {}), session._native)
