"""Notebooks and other libraries that hold rows."""

from typing import Any

import pandas as pd
from IPython.core.interactiveshell import InteractiveShell

import parquetframe as pf


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
