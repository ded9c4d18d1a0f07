"""The two engines: a process of `pframe` for a batch of queries, and DuckDB in this process."""

import datetime
import decimal
import json
import subprocess


def of_duckdb(connection, query):
    """Rows, or an exception."""
    return [tuple(row) for row in connection.execute(query).fetchall()]


def of_ours(binary, setup, queries, timeout=120, threads=None):
    """For each query its rows, or a string that says what went wrong."""
    script = [".bail off"]
    script.extend(f"{statement};" for statement in setup)
    lines, line = {}, len(script) + 1
    for index, query in enumerate(queries):
        script.append(f".print #{index}")
        script.append(f"{query};")
        lines[line + 1] = index
        line += 2
    command = [binary, "--format", "json", "--no-progress"]
    if threads:
        command += ["--threads", str(threads)]
    done = subprocess.run(
        command, input="\n".join(script) + "\n", capture_output=True, text=True, timeout=timeout
    )
    answers = ["no answer"] * len(queries)
    for text in done.stderr.splitlines():
        if text.startswith("error: stdin:"):
            position, _, message = text[len("error: stdin:") :].partition(": ")
            number = int(position.split(":")[0])
            if number in lines:
                answers[lines[number]] = message
    texts, current = {}, None
    for text in done.stdout.splitlines():
        if text.startswith("#"):
            current = int(text[1:])
        elif current is not None:
            texts.setdefault(current, []).append(text)
    for index, text in texts.items():
        try:
            table = json.loads("\n".join(text), parse_float=decimal.Decimal)
        except json.JSONDecodeError:
            # It failed among its rows, and the message is known from above.
            continue
        answers[index] = [tuple(row.values()) for row in table]
    return answers


def normal(value):
    """A value in the form in which both engines' values compare."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float, decimal.Decimal)):
        number = float(value)
        if number != number or number in (float("inf"), float("-inf")):
            return None
        return float(f"{number:.11g}") + 0.0
    if isinstance(value, (datetime.date, datetime.datetime)):
        return str(value)
    return str(value)


def rows(answer):
    """The rows as a sorted multiset."""
    return sorted((tuple(normal(value) for value in row) for row in answer), key=repr)
