"""The two engines: a process of `pframe` for a batch of queries, and DuckDB in this process."""

import decimal
import json
import re
import subprocess


FRACTION = re.compile(r"(?<=\d\d:\d\d:\d\d)\.\d+")
# Between the statements of a query; each is a line of its own in our script.
SEPARATOR = ";\n"


def of_duckdb(connection, query):
    """The rows of all its statements but those that make tables, or an exception."""
    answer = []
    for statement in query.split(SEPARATOR):
        found = [tuple(row) for row in connection.execute(statement).fetchall()]
        if not statement.startswith("CREATE"):
            answer.extend(found)
    return answer


def of_ours(binary, setup, queries, timeout=120, threads=None):
    """For each query its rows, or a string that says what went wrong."""
    script = [".bail off"]
    script.extend(f"{statement};" for statement in setup)
    lines, line = {}, len(script) + 1
    for index, query in enumerate(queries):
        statements = query.split(SEPARATOR)
        for statement in statements:
            # What making a table answers is no part of the answer.
            script.append(".print #-1" if statement.startswith("CREATE") else f".print #{index}")
            script.append(f"{statement};")
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
            if number in lines and answers[lines[number]] == "no answer":
                answers[lines[number]] = message
    texts, current = {}, None
    for text in done.stdout.splitlines():
        if text.startswith("#"):
            current = int(text[1:])
        elif current is not None:
            texts.setdefault(current, []).append(text)
    decoder = json.JSONDecoder(parse_float=decimal.Decimal)
    for index, text in texts.items():
        if index < 0 or answers[index] != "no answer":
            continue
        rest, found = "\n".join(text).strip(), []
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


def normal(value):
    """A value in the form in which both engines' values compare."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float, decimal.Decimal)):
        number = float(value)
        if number != number or number in (float("inf"), float("-inf")):
            return None
        return float(f"{number:.11g}") + 0.0
    text = str(value)
    # Fractions of a second are six digits or as many as there are.
    return FRACTION.sub(lambda found: found.group().rstrip("0").rstrip("."), text)


def rows(answer):
    """The rows as a sorted multiset."""
    return sorted((tuple(normal(value) for value in row) for row in answer), key=repr)
