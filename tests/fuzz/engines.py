"""The two engines: a process of `pframe` for a batch of queries, and DuckDB in this process."""

from __future__ import annotations

import decimal
import json
import math
import re
import subprocess
from typing import Any

import duckdb

#: Rows in the order in which they come.
Rows = list[tuple[Any, ...]]


FRACTION = re.compile(r"(?<=\d\d:\d\d:\d\d)\.\d+")
# Between the statements of a query; each is a line of its own in our script.
SEPARATOR = ";\n"


def of_duckdb(connection: duckdb.DuckDBPyConnection, query: str) -> Rows:
    """The rows of all its statements but those that make tables, or an exception."""
    answer = []
    for statement in query.split(SEPARATOR):
        found = [tuple(row) for row in connection.execute(statement).fetchall()]
        if not statement.startswith("CREATE"):
            answer.extend(found)
    return answer


def of_ours(
    binary: str,
    setup: list[str],
    queries: list[str],
    timeout: float = 120,
    threads: int | None = None,
) -> list[Any]:
    """For each query its rows, or a string that says what went wrong."""
    script = [".bail off"]
    script.extend(f"{statement};" for statement in setup)
    lines, line = {}, len(script) + 1
    for index, query in enumerate(queries):
        statements = query.split(SEPARATOR)
        for statement in statements:
            # What making a table answers is no part of the answer.
            script.append(
                ".print #-1" if statement.startswith("CREATE") else f".print #{index}"
            )
            script.append(f"{statement};")
            lines[line + 1] = index
            line += 2
    command = [binary, "--format", "json", "--no-progress"]
    if threads:
        command += ["--threads", str(threads)]
    done = subprocess.run(
        command,
        input="\n".join(script) + "\n",
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    answers: list[Any] = ["no answer"] * len(queries)
    for text in done.stderr.splitlines():
        if text.startswith("error: stdin:"):
            position, _, message = text[len("error: stdin:") :].partition(": ")
            number = int(position.split(":")[0])
            if number in lines and answers[lines[number]] == "no answer":
                answers[lines[number]] = message
    texts: dict[int, list[str]] = {}
    current: int | None = None
    for text in done.stdout.splitlines():
        if text.startswith("#"):
            current = int(text[1:])
        elif current is not None:
            texts.setdefault(current, []).append(text)
    decoder = json.JSONDecoder(parse_float=decimal.Decimal)
    for index, printed in texts.items():
        if index < 0 or answers[index] != "no answer":
            continue
        rest = "\n".join(printed).strip()
        found: Rows = []
        try:
            while rest:
                table, end = decoder.raw_decode(rest)
                found.extend(tuple(row.values()) for row in table)
                rest = rest[end:].lstrip()
        except json.JSONDecodeError:
            # It failed among its rows, and the message is known from above.
            continue
        answers[index] = found
    return answers


def normal(value: Any) -> Any:
    """A value in the form in which both engines' values compare."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float, decimal.Decimal)):
        number = float(value)
        if not math.isfinite(number):
            return None
        return float(f"{number:.11g}") + 0.0
    # NaN has a sign that nobody computes with.
    text = str(value).replace("-nan", "nan")
    # Fractions of a second are six digits or as many as there are.
    return FRACTION.sub(lambda found: found.group().rstrip("0").rstrip("."), text)


def rows(answer: Any) -> Rows:
    """The rows as a sorted multiset."""
    return sorted((tuple(normal(value) for value in row) for row in answer), key=repr)
