"""Workflows whose steps a function of Python runs: in threads, each step after those it needs."""

from __future__ import annotations

import difflib
import json
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from parquetframe._rustic import CancellationToken
from parquetframe.errors import InvalidInputError

#: How often it is looked whether the run is cancelled.
LOOK = 0.05

Step = dict[str, Any]


def steps_of(
    workflow: Mapping[str, Any], variables: Mapping[str, object] | None
) -> tuple[list[Step], dict[str, object]]:
    """The steps of a workflow, with what each needs, and the values of the variables."""
    values = {**workflow.get("variables", {}), **(variables or {})}
    steps = [dict(step) for step in workflow.get("steps", [])]
    if not steps:
        raise InvalidInputError("the workflow has no steps")
    for number, step in enumerate(steps, 1):
        if "type" not in step:
            raise InvalidInputError(f"step {step.get('name', number)!r} has no type")
        step.setdefault("name", f"step_{number}")
    names = [step["name"] for step in steps]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInputError(f"there are two steps '{name}'")
    made = {step.get("output", step["name"]): step["name"] for step in steps}
    for step in steps:
        needs = _listed(step.get("depends_on"))
        for name in needs:
            if name not in names:
                near = difflib.get_close_matches(name, names, n=1)
                hint = f"did you mean '{near[0]}'?" if near else None
                message = f"step '{step['name']}' needs '{name}', which is no step"
                raise InvalidInputError(message, hint)
        # An input that no step makes is the handler's own.
        read = [*_listed(step.get("input")), *_listed(step.get("inputs"))]
        needs += [
            made[name] for name in read if made.get(name, step["name"]) != step["name"]
        ]
        step["needs"] = list(dict.fromkeys(needs))
    _check_order(steps)
    return steps, values


def _listed(names: object) -> list[str]:
    if names is None:
        return []
    return [names] if isinstance(names, str) else [str(name) for name in names]  # type: ignore[attr-defined]


def _check_order(steps: list[Step]) -> None:
    left = {step["name"]: set(step["needs"]) for step in steps}
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    if left:
        name = next(iter(left))
        path = [name]
        while (name := min(left[name] & left.keys())) not in path:
            path.append(name)
        cycle = [*path[path.index(name) :], name]
        raise InvalidInputError(f"steps need each other: {' → '.join(cycle)}")


def run(
    steps: list[Step],
    variables: dict[str, object],
    handler: Callable[[str, str, dict[str, Any], dict[str, Any]], Any],
    max_parallel: int | None,
    on_progress: Callable[[dict[str, Any]], object] | None,
    token: CancellationToken,
) -> dict[str, Any]:
    """Runs the steps; see `execute_workflow`."""
    workers = max_parallel or os.cpu_count() or 1
    began = time.perf_counter()
    states = {step["name"]: "pending" for step in steps}
    records: dict[str, dict[str, Any]] = {}
    data: dict[str, Any] = {}

    def tell(kind: str, name: str, **more: object) -> None:
        if on_progress is not None:
            on_progress({"type": kind, "step_id": name, **more})

    def end(step: Step, status: str, seconds: float, error: str | None) -> None:
        name = step["name"]
        states[name] = status
        records[name] = {
            "name": name,
            "step_type": step["type"],
            "status": status,
            "duration_seconds": seconds,
            "error_message": error,
        }
        tell(status, name, seconds=seconds, error=error)

    def work(step: Step) -> tuple[Any, float]:
        started = time.perf_counter()
        config = step.get("config")
        if config is None:
            config = {
                key: value
                for key, value in step.items()
                if key not in ("name", "type", "needs", "depends_on")
            }
        context = {"data": dict(data), "variables": dict(variables)}
        answer = _plain(handler(step["type"], step["name"], dict(config), context))
        return answer, time.perf_counter() - started

    running: dict[Future[tuple[Any, float]], tuple[Step, float]] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="workflow") as pool:
        try:
            while True:
                for step in steps:
                    if states[step["name"]] != "pending":
                        continue
                    before = [states[name] for name in step["needs"]]
                    if token.is_cancelled():
                        end(step, "cancelled", 0.0, None)
                    elif lost := next(
                        (
                            str(name)
                            for name in step["needs"]
                            if states[name] in ("failed", "skipped")
                        ),
                        None,
                    ):
                        end(step, "skipped", 0.0, f"'{lost}' {states[lost]}")
                    elif (
                        all(state == "completed" for state in before)
                        and len(running) < workers
                    ):
                        states[step["name"]] = "running"
                        tell("started", step["name"])
                        running[pool.submit(work, step)] = (step, time.perf_counter())
                if not running:
                    if all(state != "pending" for state in states.values()):
                        break
                    continue
                done, _ = wait(running, LOOK, FIRST_COMPLETED)
                for future in done:
                    step, started = running.pop(future)
                    if failure := future.exception():
                        seconds = time.perf_counter() - started
                        end(
                            step,
                            "failed",
                            seconds,
                            f"{type(failure).__name__}: {failure}",
                        )
                    else:
                        answer, seconds = future.result()
                        data[str(step.get("output", step["name"]))] = answer
                        end(step, "completed", seconds, None)
        except BaseException:
            # Ctrl-C, or what on_progress raised: what runs ends, and nothing else begins.
            token.cancel()
            raise
    seconds = time.perf_counter() - began
    busy = sum(record["duration_seconds"] for record in records.values())
    words = list(states.values())
    status = (
        "failed"
        if "failed" in words
        else "cancelled" if "cancelled" in words else "completed"
    )
    return {
        "status": status,
        "parallel_workers": workers,
        "execution_time_ms": seconds * 1000,
        "total_steps": len(steps),
        "steps_executed": words.count("completed"),
        "failed_steps": words.count("failed"),
        "parallelism_factor": busy / seconds if seconds else 0.0,
        "peak_memory": None,
        "steps": [records[step["name"]] for step in steps],
        "data": data,
    }


def _plain(answer: Any) -> Any:
    """What a handler gives: as it is if it is plain data, else its text."""
    try:
        json.dumps(answer)
    except (TypeError, ValueError):
        return str(answer)
    return answer
