"""Runs SQL through the shell and reads its answers."""

import json
import subprocess


def answers(binary, statements, threads=2):
    """The rows of each statement, as lists of dictionaries; an error in the place of rows is a string.

    A script ends at its first error, so the statements after one run in a shell of their own.
    """
    found = []
    while len(found) < len(statements):
        rest = statements[len(found) :]
        script = ";\n".join(rest) + ";\n"
        command = [binary, "--quiet", "--format", "json", "--set", f"threads={threads}"]
        ran = subprocess.run(command, input=script, capture_output=True, text=True, timeout=300)
        found.extend(results(ran.stdout))
        if ran.returncode != 0:
            found.append(ran.stderr.strip())
        elif len(found) < len(statements):
            raise RuntimeError(f"{len(statements)} statements, but {len(found)} answers")
    return found


def results(text):
    """The JSON arrays that stand one after the other."""
    decoder = json.JSONDecoder()
    position = 0
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if position == len(text):
            return
        value, position = decoder.raw_decode(text, position)
        yield value


def literal(value):
    """A value as SQL writes it."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, float):
        return repr(value) if value == value else "'NaN'::DOUBLE"
    return str(value)


def table(rows, names, types):
    """A query of literal rows."""
    if not rows:
        columns = ", ".join(
            f"CAST(NULL AS {kind}) AS {name}" for name, kind in zip(names, types, strict=True)
        )
        return f"(SELECT {columns} LIMIT 0)"
    values = ", ".join("(" + ", ".join(literal(value) for value in row) + ")" for row in rows)
    return f"(SELECT * FROM (VALUES {values}) AS t({', '.join(names)}))"
