"""Workflows by the functions of the plan."""

import threading
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import parquetframe as pf

Event = dict[str, Any]


@pytest.fixture(autouse=True)
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "history"
    monkeypatch.setenv("PARQUETFRAME_HISTORY", str(folder))
    return folder


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    path = tmp_path / "sales.csv"
    path.write_text("shop,amount\nnorth,10\nsouth,0.5\nnorth,4\n")
    return path


def workflow(sales: Path, out: Path) -> dict[str, Any]:
    return {
        "name": "totals",
        "variables": {"least": 1},
        "steps": [
            {"name": "sales", "type": "read", "input": str(sales), "output": "sales"},
            {
                "name": "large",
                "type": "filter",
                "input": "sales",
                "query": "amount >= ${least}",
                "output": "large",
            },
            {
                "name": "totals",
                "type": "groupby",
                "input": "large",
                "config": {"by": "shop", "agg": {"amount": "sum"}},
                "output": "totals",
            },
            {
                "name": "write",
                "type": "save",
                "input": "totals",
                "output": str(out),
                "depends_on": ["totals"],
            },
        ],
    }


def test_a_run_and_its_record(sales: Path, tmp_path: Path, history: Path) -> None:
    out = tmp_path / "totals.parquet"
    events: list[Event] = []
    done = pf.execute_workflow(workflow(sales, out), on_progress=events.append)
    assert done["status"] == "completed", done
    assert (done["total_steps"], done["failed_steps"]) == (4, 0)
    assert pd.read_parquet(out).to_dict("records") == [{"shop": "north", "amount": 14}]
    kinds = [event["type"] for event in events]
    assert kinds[0] == "run_started"
    assert kinds[-1] == "run_ended"
    ended = [e["step_id"] for e in events if e["type"] == "completed"]
    assert "write" in ended
    assert len(list(history.glob("*.hist"))) == 1
    metrics = pf.workflow_metrics()
    assert (metrics["total_workflows"], metrics["total_steps"]) == (1, 4)
    assert metrics["avg_execution_ms"] > 0


def test_variables_and_no_history(sales: Path, tmp_path: Path, history: Path) -> None:
    out = tmp_path / "totals.parquet"
    steps = workflow(sales, out)
    pf.execute_workflow(steps, variables={"least": 0}, history=False)
    assert len(pd.read_parquet(out)) == 2
    assert not history.exists()
    assert pf.workflow_metrics()["total_workflows"] == 0
    with pytest.raises(pf.errors.InvalidInputError, match="no variable 'lesat'"):
        pf.execute_workflow(steps, variables={"lesat": 0})


def test_files_and_texts(sales: Path, tmp_path: Path) -> None:
    text = f"""
steps:
  - {{name: sales, type: read, input: {sales}}}
  - {{name: write, type: save, input: sales, output: {tmp_path / "a.parquet"}}}
"""
    path = tmp_path / "flow.yml"
    path.write_text(text)
    for one in (path, str(path), text):
        assert pf.execute_workflow(one)["status"] == "completed"
        assert pf.create_dag(one)["order"] == ["sales", "write"]
    with pytest.raises(FileNotFoundError, match=r"nosuch\.yml"):
        pf.execute_workflow("nosuch.yml")


def test_the_graph(sales: Path, tmp_path: Path) -> None:
    dag = pf.create_dag(workflow(sales, tmp_path / "x.parquet"))
    assert dag["num_steps"] == 4
    assert dag["levels"] == [["sales"], ["large"], ["totals"], ["write"]]
    assert ("sales", "large") in dag["edges"]
    assert dag["steps"]["write"]["needs"] == ["totals"]
    assert "large" in dag["mermaid"]
    assert not (tmp_path / "x.parquet").exists()


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([], "no steps"),
        ([{"name": "a", "type": "filtr"}], "filter"),
        ([{"name": "a", "type": "sql", "sql": "SELECT 1", "depends_on": "b"}], "'b'"),
        ([{"name": "a", "type": "sql", "sql": "SELECT x FROM (SELECT 1 AS y)"}], "'x'"),
        (
            [
                {"name": "a", "type": "sql", "sql": "SELECT * FROM b"},
                {"name": "b", "type": "sql", "sql": "SELECT * FROM a"},
            ],
            "steps need each other",
        ),
    ],
)
def test_what_is_wrong_is_told(steps: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(pf.errors.ParquetFrameError, match=words):
        pf.create_dag(steps)


def test_all_problems_at_once() -> None:
    steps = [{"name": "a", "type": "filtr"}, {"name": "b", "type": "sav"}]
    with pytest.raises(
        pf.errors.ParquetFrameError, match=r"(?s)2 problems.*'filtr'.*'sav'"
    ):
        pf.create_dag(steps)


def test_one_step(tmp_path: Path) -> None:
    data = {"sales": pd.DataFrame({"k": ["a", "b"], "n": [1, 5]})}
    done = pf.execute_step(
        "filter", {"input": "sales", "query": "n > 2"}, {"data": data}
    )
    assert done["status"] == "executed"
    assert done["data"].rows() == [("b", 5)]
    again = pf.execute_step("sql", {"sql": "SELECT sum(n) AS n FROM sales"}, data)
    assert again["data"].item() == 6
    out = tmp_path / "out.parquet"
    done = pf.execute_step("save", {"input": "sales", "output": str(out)}, data)
    assert (done["status"], done["rows"]) == ("executed", 2)
    assert len(pd.read_parquet(out)) == 2


def test_a_step_that_fails(tmp_path: Path) -> None:
    steps = [
        {
            "name": "bad",
            "type": "sql",
            "sql": "SELECT CAST('x' || random() AS INT) AS n",
        },
        {
            "name": "write",
            "type": "save",
            "input": "bad",
            "output": str(tmp_path / "x.parquet"),
        },
    ]
    done = pf.execute_workflow(steps, history=False)
    assert done["status"] == "failed"
    assert done["failed_steps"] >= 1
    assert any("cannot be cast" in (s["error_message"] or "") for s in done["steps"])


def slow(tmp_path: Path) -> list[dict[str, Any]]:
    sql = "SELECT count(*) AS n FROM range(1000000000000) WHERE value % 7 = 1"
    return [
        {"name": "slow", "type": "sql", "sql": sql},
        {
            "name": "w",
            "type": "save",
            "input": "slow",
            "output": str(tmp_path / "s.parquet"),
        },
    ]


def test_a_token_cancels(tmp_path: Path) -> None:
    token = pf.CancellationToken()
    assert not token.is_cancelled()
    threading.Timer(0.3, token.clone_token().cancel_now).start()
    started = time.monotonic()
    done = pf.execute_workflow(slow(tmp_path), cancel_token=token, history=False)
    assert done["status"] == "cancelled"
    assert token.is_cancelled()
    assert time.monotonic() - started < 5
    assert not list(tmp_path.glob("s*"))


def test_what_the_listener_raises_ends_the_run(tmp_path: Path) -> None:
    def listen(event: Event) -> None:
        if event["type"] == "started":
            raise RuntimeError("no more of this")

    with pytest.raises(RuntimeError, match="no more of this"):
        pf.execute_workflow(slow(tmp_path), on_progress=listen, history=False)


def handled(
    step_type: str, name: str, config: dict[str, Any], context: dict[str, Any]
) -> object:
    if step_type == "sleep":
        time.sleep(config["seconds"])
    if step_type == "fail":
        raise RuntimeError("as asked")
    return [name, sorted(context["data"]), context["variables"].get("v")]


def test_a_handler_runs_steps_in_parallel() -> None:
    steps = [
        {"name": f"s{n}", "type": "sleep", "config": {"seconds": 0.4}} for n in range(4)
    ]
    steps.append({"name": "last", "type": "note", "depends_on": ["s0", "s3"]})
    events: list[Event] = []
    done = pf.execute_workflow(
        {"steps": steps, "variables": {"v": 1}}, 4, events.append, None, handled
    )
    assert done["status"] == "completed"
    assert done["execution_time_ms"] < 1200
    assert done["parallelism_factor"] > 1.5
    assert done["data"]["last"][1:] == [["s0", "s1", "s2", "s3"], 1]
    assert [e["step_id"] for e in events][-2:] == ["last", "last"]


def test_a_handler_that_fails() -> None:
    steps: list[dict[str, Any]] = [
        {"name": "a", "type": "fail"},
        {"name": "b", "type": "note", "depends_on": "a"},
        {"name": "c", "type": "note"},
    ]
    done = pf.execute_workflow({"steps": steps}, step_handler=handled)
    assert done["status"] == "failed"
    assert [s["status"] for s in done["steps"]] == ["failed", "skipped", "completed"]
    assert done["steps"][0]["error_message"] == "RuntimeError: as asked"
    steps[0]["depends_on"] = "b"
    with pytest.raises(pf.errors.InvalidInputError, match="a → b → a"):
        pf.execute_workflow({"steps": steps}, step_handler=handled)
    steps[0]["depends_on"] = "d"
    with pytest.raises(pf.errors.InvalidInputError, match="no step"):
        pf.execute_workflow({"steps": steps}, step_handler=handled)


def test_a_handler_is_cancelled() -> None:
    token = pf.CancellationToken()
    steps = [
        {"name": "a", "type": "sleep", "config": {"seconds": 0.2}},
        {"name": "b", "type": "note", "depends_on": "a"},
    ]
    threading.Timer(0.05, token.cancel).start()
    done = pf.execute_workflow(
        {"steps": steps}, cancel_token=token, step_handler=handled
    )
    assert done["status"] == "cancelled"
    assert [s["status"] for s in done["steps"]] == ["completed", "cancelled"]
