"""Notebooks and other libraries that hold rows."""

import sys
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

import parquetframe as pf
from parquetframe import _rustic
from parquetframe._progress import Reporter


def test_sql_in_a_notebook() -> None:
    make: Any = InteractiveShell
    shell: Any = make()
    shell.run_line_magic("load_ext", "parquetframe")
    shell.user_ns["df"] = pd.DataFrame({"n": [1, 2]})
    assert (
        shell.run_cell_magic("sql", "total <<", "SELECT sum(n) AS s\nFROM df") is None
    )
    assert shell.user_ns["total"].to_dicts() == [{"s": 3}]
    shown = shell.run_line_magic("sql", "SELECT 42 AS answer")
    assert "<td" in shown._repr_html_()
    assert "42" in shown._repr_html_()


def test_dask(con: pf.Session) -> None:
    frame = con.sql("FROM range(10)").to_dask(npartitions=3)
    assert frame.npartitions == 3
    assert frame["value"].sum().compute() == 45


def test_numpy(con: pf.Session) -> None:
    arrays = con.sql("SELECT value, value * 0.5 AS half FROM range(3)").to_numpy()
    assert arrays["half"].tolist() == [0.0, 0.5, 1.0]


NOTEBOOK = """
import parquetframe as pf
from parquetframe import _rustic
from parquetframe._progress import Reporter
%load_ext parquetframe
---
import pandas as pd
import pytest
df = pd.DataFrame({"k": ["a", "b", "a"], "n": [1, 2, 3]})
---
%%sql totals <<
SELECT k, sum(n) AS n FROM df GROUP BY k ORDER BY k
---
totals
---
get_ipython().kernel.do_complete('totals["', 8)["matches"]
---
pf.sql('''
    SELECT count(*) AS n FROM range(30000) AS a, range(20000) AS b
    WHERE (a.value * b.value) % 1000003 = 1
''').item() >= 0
---
%sql SELECT nmae FROM (SELECT 1 AS name)
"""


def test_a_notebook_runs() -> None:
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    cells = [
        nbformat.v4.new_code_cell(cell.strip()) for cell in NOTEBOOK.split("---\n")
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = nbclient.NotebookClient(notebook, timeout=120, allow_errors=True)
    client.execute()
    *ran, _, _, completed, long, failed = [cell.outputs for cell in notebook.cells]
    assert all(not outputs for outputs in ran)
    table = notebook.cells[3].outputs[0]["data"]
    assert '<td style="text-align: right">4</td>' in table["text/html"]
    assert "│ a       │ 4       │" in table["text/plain"].replace(
        "       4 │", " 4       │"
    )
    assert "'k'" in str(completed) or '"k"' in str(completed)
    # How far it is stands above the answer, and goes when it comes.
    assert long[-1]["data"]["text/plain"] == "True"
    assert failed[-1]["ename"] == "NotFoundError"
    assert "did you mean 'name'" in failed[-1]["evalue"]


class Lines:
    """A line that remembers."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def show(self, text: str) -> None:
        self.shown.append(text)

    def clear(self) -> None:
        self.shown.append("")


def test_progress_is_told(con: pf.Session) -> None:
    lines = Lines()
    _rustic.watch(Reporter(lines))
    try:
        con.sql("SELECT 1").rows()
        assert lines.shown == []
        con.sql(
            "SELECT count(*) FROM range(100000) AS a, range(100000) AS b "
            "WHERE (a.value * b.value) % 1000003 = 1"
        ).limit(1).rows()
    finally:
        _rustic.watch(None)
    assert len(lines.shown) > 1
    assert "rows" in lines.shown[0]
    assert lines.shown[-1] == ""


def test_a_reporter_that_fails_does_not_stop_the_query(
    con: pf.Session,
) -> None:
    def report(*_: object) -> None:
        raise RuntimeError("no screen")

    caught: list[Any] = []
    hook, sys.unraisablehook = sys.unraisablehook, caught.append
    _rustic.watch(report)
    try:
        slow = "SELECT count(*) AS n FROM range(50000) AS a, range(50000) AS b WHERE (a.value * b.value) % 7 = 1"
        assert con.sql(slow).item() > 0
    finally:
        _rustic.watch(None)
        sys.unraisablehook = hook
    assert all("no screen" in str(one.exc_value) for one in caught)
