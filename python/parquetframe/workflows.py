"""Workflows: files of steps, or dictionaries of them, that are planned as a whole and run in parallel.

>>> import parquetframe as pf
>>> steps = [
...     {"name": "numbers", "type": "sql", "sql": "SELECT value AS n FROM range(5)"},
...     {"name": "large", "type": "filter", "input": "numbers", "query": "n > 2"},
... ]
>>> pf.create_dag(steps)["levels"]
[['numbers'], ['large']]
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from parquetframe._default import default_session
from parquetframe._rustic import CancellationToken
from parquetframe._rustic import Workflow as _Native
from parquetframe._session import Session, connect
from parquetframe._tables import is_table

__all__ = [
    "CancellationToken",
    "create_dag",
    "execute_step",
    "execute_workflow",
    "workflow_metrics",
    "workflow_rust_available",
]

#: A file, a text of YAML, a dictionary with `steps`, or the steps.
Workflow: TypeAlias = (
    "str | os.PathLike[str] | Mapping[str, Any] | Sequence[Mapping[str, Any]]"
)

#: What is told of a run: a dictionary with `type` and, if it is about a step, `step_id`.
Event: TypeAlias = dict[str, Any]

#: Runs a step: its type, its name, what it says, and a dictionary of `data` and `variables`.
Handler: TypeAlias = Callable[[str, str, dict[str, Any], dict[str, Any]], Any]


def workflow_rust_available() -> bool:
    """Whether the engine of workflows is there, which it always is.

    >>> workflow_rust_available()
    True
    """
    return True


def execute_workflow(
    workflow: Workflow,
    max_parallel: int | None = None,
    on_progress: Callable[[Event], object] | None = None,
    cancel_token: CancellationToken | None = None,
    step_handler: Handler | None = None,
    *,
    variables: Mapping[str, object] | None = None,
    skip_unchanged: bool = False,
    resume: bool = False,
    history: bool = True,
    session: Session | None = None,
) -> dict[str, Any]:
    """Run a workflow, and tell what became of it. A step that fails is no exception, the status says so.

    Args:
        workflow: A file, a text of YAML, a dictionary with `steps`, or a list of steps.
        max_parallel: How many steps run at once.
        on_progress: Called with what happens: `started`, `progress`, `retrying`, `completed`, `failed`, `skipped`,
            `cancelled`. What it raises ends the run.
        cancel_token: Stops the run when it is cancelled.
        step_handler: Runs the steps, instead of the engine.
        variables: Values of the workflow's variables.
        skip_unchanged: Leave files that would be written the same.
        resume: Leave what the last run of the file completed.
        history: Note the run in `system.workflow_runs`.
        session: Whose tables the steps may read; the default session's if none is given.

    The answer has the `status` (`completed`, `failed`, `cancelled`), `total_steps`, `steps_executed`, `failed_steps`,
    `execution_time_ms`, `parallel_workers`, `parallelism_factor` (the time of all steps by that of the run),
    `peak_memory` in bytes, and the `steps` with their own.

    >>> import parquetframe as pf
    >>> steps = [{"name": "hello", "type": "sql", "sql": "SELECT 1 AS n"}]
    >>> pf.execute_workflow({"steps": steps}, history=False)["status"]
    'completed'
    """
    token = CancellationToken() if cancel_token is None else cancel_token
    if step_handler is not None:
        # Threads are not for everybody who imports the package.
        from parquetframe import _handlers

        steps, values = _handlers.steps_of(_mapping(workflow), variables)
        return _handlers.run(
            steps, values, step_handler, max_parallel, on_progress, token
        )
    planned = _plan(workflow, variables, session)
    listener = None
    if on_progress is not None:
        tell = on_progress

        def listener(event: str) -> None:
            tell(json.loads(event))

    record = json.loads(
        planned.run(max_parallel, skip_unchanged, resume, history, listener, token)
    )
    return _summary(record, max_parallel)


def create_dag(
    steps: Workflow,
    *,
    variables: Mapping[str, object] | None = None,
    session: Session | None = None,
) -> dict[str, Any]:
    """The graph of a workflow, or of steps, bound and checked, but not run.

    The answer has `num_steps`, `steps` (each with its `type`, `output`, `sql` and what it `needs`), `order`, the
    `levels` of steps that could run at once, `edges`, a drawing for `mermaid`, and `warnings`.
    """
    planned = _plan(steps, variables, session)
    found = planned.steps()
    return {
        "dag_created": True,
        "name": planned.name(),
        "num_steps": len(found),
        "order": [name for name, *_ in found],
        "levels": planned.levels(),
        "edges": [(before, name) for name, *_, needs in found for before in needs],
        "steps": {
            name: {"type": kind, "output": output, "sql": sql, "needs": needs}
            for name, kind, output, sql, needs in found
        },
        "mermaid": planned.draw("mermaid"),
        "warnings": planned.warnings(),
    }


def execute_step(
    step_type: str,
    config: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Run one step, and give its rows as the `data` of the answer, a frame that is in memory.

    A step that cannot be run as it is written raises; one that fails while it writes says so in its `status`.

    Args:
        step_type: What it does: `sql`, `read`, `filter`, `groupby`, `save`, ….
        config: What the step says.
        context: `data`, tables by the names that the step calls them by, and `variables`; or the tables themselves.

    >>> import parquetframe as pf
    >>> data = {"sales": pf.sql("SELECT * FROM (VALUES ('a', 1), ('b', 5)) AS t(k, n)")}
    >>> pf.execute_step("filter", {"input": "sales", "query": "n > 2"}, {"data": data})["data"].rows()
    [('b', 5)]
    """
    given = dict(context or {})
    variables = given.pop("variables", {})
    tables = given.pop("data", None)
    tables = (
        {name: table for name, table in given.items() if is_table(table)}
        if tables is None
        else dict(tables)
    )
    session = connect()
    steps: list[dict[str, Any]] = []
    for name, table in tables.items():
        # Inputs are steps, and what those read has another name.
        session.register(f"given {name}", table)
        steps.append(
            {"name": name, "type": "sql", "sql": f'SELECT * FROM "given {name}"'}
        )
    wanted = {"name": "step", **(config or {}), "type": step_type}
    steps.append(wanted)
    planned = _plan({"steps": steps}, variables, session)
    [(kind, sql)] = [
        (kind, sql)
        for name, kind, _, sql, _ in planned.steps()
        if name == wanted["name"]
    ]
    began = time.perf_counter()
    answer: dict[str, Any] = {"status": "executed", "step_type": kind, "message": None}
    if sql.lstrip("( ").upper().startswith(("SELECT", "FROM", "WITH")):
        data = session.sql(sql, None, **tables).collect()
        answer |= {"rows": data.count(), "data": data}
    else:
        record = json.loads(
            planned.run(None, False, False, False, None, CancellationToken())
        )
        [step] = [step for step in record["steps"] if step["name"] == wanted["name"]]
        if step["status"] != "completed":
            answer["status"] = step["status"]
        answer |= {"rows": step["rows"], "message": step["error_message"], "data": None}
    return {**answer, "seconds": time.perf_counter() - began}


def workflow_metrics() -> dict[str, Any]:
    """What the history knows of runs: `total_workflows`, `total_steps`, `failed_steps`, `avg_execution_ms` and
    `parallel_speedup`, the time of all steps by that of their runs.
    """
    query = """
        SELECT count(*) AS total_workflows, coalesce(sum(steps), 0)::BIGINT AS total_steps,
            coalesce(sum(failed_steps), 0)::BIGINT AS failed_steps,
            coalesce(avg(seconds), 0.0) * 1000 AS avg_execution_ms,
            coalesce((SELECT sum(seconds) FROM system.workflow_steps) / nullif(sum(seconds), 0), 0.0)
                AS parallel_speedup
        FROM system.workflow_runs
    """
    [metrics] = default_session().sql(query).to_dicts()
    return metrics


def _mapping(workflow: Workflow) -> Mapping[str, Any]:
    if isinstance(workflow, Mapping):
        return workflow
    if isinstance(workflow, (str, os.PathLike)):
        raise TypeError(
            "a step_handler runs steps of a dictionary or a list, not of a file"
        )
    return {"steps": list(workflow)}


def _plan(
    workflow: Workflow,
    variables: Mapping[str, object] | None,
    session: Session | None,
) -> _Native:
    native = (default_session() if session is None else session)._native
    given = [(name, _text(value)) for name, value in (variables or {}).items()]
    if isinstance(workflow, os.PathLike) or (
        isinstance(workflow, str) and "\n" not in workflow
    ):
        return native.workflow(os.fspath(workflow), None, given)
    if isinstance(workflow, str):
        return native.workflow(None, workflow, given)
    try:
        # JSON is YAML, too.
        text = json.dumps(_mapping(workflow), indent=1, default=_plain)
    except ValueError as error:
        raise TypeError(f"the workflow is not plain data: {error}") from None
    return native.workflow(None, text, given)


def _plain(value: object) -> str:
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    raise TypeError(
        f"{value!r} of type {type(value).__name__} has no place in a workflow"
    )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _summary(record: dict[str, Any], max_parallel: int | None) -> dict[str, Any]:
    steps = record["steps"]
    seconds = record["duration_seconds"]
    busy = sum(step["duration_seconds"] or 0 for step in steps)
    memory = max((step["memory_usage_mb"] or 0 for step in steps), default=0)
    return {
        "status": record["status"],
        "run_id": record["execution_id"],
        "parallel_workers": max_parallel or os.cpu_count() or 1,
        "execution_time_ms": seconds * 1000,
        "total_steps": len(steps),
        "steps_executed": sum(step["status"] == "completed" for step in steps),
        "failed_steps": sum(step["status"] == "failed" for step in steps),
        "parallelism_factor": busy / seconds if seconds else 0.0,
        "peak_memory": int(memory * 2**20),
        "steps": steps,
    }
