"""Reference pages of the documentation, made from what the engine says about itself.

UPDATE=1 writes them; otherwise a page that lags behind fails.
"""

import inspect
import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import parquetframe as pf
from parquetframe._namespaces import (
    DateFunctions,
    ListFunctions,
    StringFunctions,
    StructFunctions,
)

PAGES = Path(__file__).parents[2] / "docs" / "src"

Row = dict[str, Any]


def rows(sql: str) -> list[Row]:
    return pf.connect().sql(sql).to_dicts()


def cell(text: str | None) -> str:
    """Text of a table's cell, in which `|` and `*` stand for themselves."""
    if text is None:
        return ""
    return text.replace("\n", " ").replace("|", r"\|").replace("*", r"\*")


def code(text: str | None) -> str:
    return "" if text is None else "`" + text.replace("|", r"\|") + "`"


def sentence(text: str) -> str:
    """Descriptions are phrases in some places and sentences in others."""
    text = cell(text)
    return text if text.endswith(".") else f"{text[:1].upper()}{text[1:]}."


def table_functions(family: str) -> list[str]:
    functions = rows(f"""
        SELECT * FROM system.functions
        WHERE kind = 'table' AND family = '{family}' ORDER BY name
    """)
    parameters = rows("SELECT * FROM system.function_parameters")
    manuals = {parameter["function"] for parameter in parameters}
    lines = []
    for function in functions:
        name = function["name"]
        if name not in manuals and any(
            other["name"] in manuals and other["usage"] == function["usage"]
            for other in functions
        ):
            continue  # Another name of a function that has the manual.
        aliases = [
            code(other["name"])
            for other in functions
            if other["name"] not in manuals and other["usage"] == function["usage"]
        ]
        also = f" Also called {', '.join(aliases)}." if aliases else ""
        mine = [parameter for parameter in parameters if parameter["function"] == name]
        lines += [f"## `{name}`", "", sentence(function["description"]) + also, ""]
        if mine:
            lines += [
                "| parameter | type | default | what it is |",
                "| --- | --- | --- | --- |",
            ]
        for parameter in mine:
            cells = (
                code(parameter["name"]),
                cell(parameter["type"]),
                code(parameter["default"]) or "required",
                cell(parameter["description"]),
            )
            lines.append(f"| {' | '.join(cells)} |")
        example = function["example"].partition("; -- ")[0]
        lines += [*([""] if mine else []), "```text", example, "```", ""]
    return lines


def functions(family: str) -> list[str]:
    """The functions of a family, those of one manual under their first name."""
    manuals: dict[tuple[str, str], list[Row]] = {}
    for function in rows(f"""
        SELECT * FROM system.functions WHERE family = '{family}' ORDER BY name
    """):
        key = function["description"], function["example"]
        manuals.setdefault(key, []).append(function)
    lines = []
    for (description, example), names in manuals.items():
        # The manual is written under the name that its example uses.
        names.sort(key=lambda function: f"{function['name']}(" not in example)
        first, *others = names
        aliases = [code(other["name"]) for other in others]
        also = f" Also called {', '.join(aliases)}." if aliases else ""
        query, _, result = example.rpartition("; -- ")
        lines += [f"## `{first['name']}`", "", f"`{first['usage']}`", ""]
        lines += [sentence(description) + also, ""]
        lines += ["```sql", f"{query};", "-- " + result, "```", ""]
    return lines


FAMILIES = [
    "aggregates",
    "text",
    "dates",
    "numbers",
    "lists",
    "json",
    "session",
    "others",
]


def statements() -> list[str]:
    lines = []
    for statement in rows("SELECT * FROM system.statements ORDER BY name, syntax"):
        lines += [
            f"### `{statement['name']}`",
            "",
            sentence(statement["description"]),
            "",
        ]
        lines += ["```text", statement["syntax"], "```", ""]
        lines += ["For example:", "", "```text", statement["example"], "```", ""]
    return lines


def system_tables() -> list[str]:
    columns = rows("""
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'system' ORDER BY table_name, ordinal_position
    """)
    tables: dict[str, list[str]] = {}
    for column in columns:
        tables.setdefault(column["table_name"], []).append(code(column["column_name"]))
    lines = ["| table | columns |", "| --- | --- |"]
    lines += [
        f"| `system.{name}` | {', '.join(names)} |" for name, names in tables.items()
    ]
    return [*lines, ""]


def settings() -> list[str]:
    lines = ["| setting | type | what it is |", "| --- | --- | --- |"]
    for setting in rows(
        "SELECT * FROM system.settings WHERE name NOT LIKE 'datafusion.%'"
    ):
        name, kind = code(setting["name"]), cell(setting["type"])
        lines.append(f"| {name} | {kind} | {cell(setting['description'])} |")
    return [*lines, ""]


def member(name: str, thing: object) -> list[str]:
    """A function, method or property of the package, by its signature and its text."""
    if isinstance(thing, property):
        thing, call = thing.fget, name
    else:
        signature = inspect.signature(thing)  # type: ignore[arg-type]
        shown = [p for p in signature.parameters.values() if p.name != "self"]
        plain = [p.replace(annotation=inspect.Parameter.empty) for p in shown]
        call = f"{name}{inspect.Signature(plain)}"
    text = inspect.getdoc(thing) or ""
    lines, inside = [f"### `{call}`", ""], False
    for line in text.splitlines():
        example = line.startswith(">>>") or (inside and line.strip() != "")
        if example != inside:
            lines += ["```pycon"] if example else ["```"]
            inside = example
        lines.append(line if example else cell(line) if "`" not in line else line)
    return [*lines, *(["```"] if inside else []), ""]


def members(kind: type) -> list[str]:
    """The public methods and properties of a class, those of its bases too, in alphabetical order."""
    lines = []
    seen: set[object] = set()
    for name in sorted(dir(kind)):
        thing = inspect.getattr_static(kind, name)
        known = isinstance(thing, property) or inspect.isfunction(thing)
        if name.startswith("_") or not known or thing in seen:
            continue
        seen.add(thing)
        lines += member(name, thing)
    return lines


def module_functions() -> list[str]:
    lines = []
    for name in sorted(pf.__all__):
        thing = getattr(pf, name)
        if inspect.isfunction(thing):
            lines += member(f"pf.{name}", thing)
    return lines


API: list[tuple[str, Callable[[], list[str]]]] = [
    ("functions", module_functions),
    ("Session", partial(members, pf.Session)),
    ("Frame", partial(members, pf.Frame)),
    ("GroupBy", partial(members, pf.GroupBy)),
    ("Expr", partial(members, pf.Expr)),
    ("Expr.str", partial(members, StringFunctions)),
    ("Expr.dt", partial(members, DateFunctions)),
    ("Expr.list", partial(members, ListFunctions)),
    ("Expr.struct", partial(members, StructFunctions)),
    ("SQLBuilder", partial(members, pf.SQLBuilder)),
]


@pytest.mark.parametrize(
    ("page", "part", "make"),
    [
        (
            "table-functions.md",
            "table functions",
            partial(table_functions, "tables"),
        ),
        (
            "graph/reference.md",
            "graph functions",
            partial(table_functions, "graph"),
        ),
        ("statements.md", "statements", statements),
        ("statements.md", "system tables", system_tables),
        ("settings.md", "settings", settings),
        *(
            (f"functions/{family}.md", family, partial(functions, family))
            for family in FAMILIES
        ),
        *(("python-reference.md", part, make) for part, make in API),
    ],
)
def test_reference_pages_are_fresh(
    page: str, part: str, make: Callable[[], list[str]]
) -> None:
    path = PAGES / page
    text = path.read_text()
    begin, end = f"<!-- generated: {part} -->\n", "<!-- end -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    assert pattern.search(text), f"{page} has no markers for {part}"
    fresh = pattern.sub(lambda _: begin + "\n" + "\n".join(make()) + "\n" + end, text)
    if os.environ.get("UPDATE"):
        path.write_text(fresh)
    assert text == fresh or os.environ.get("UPDATE"), "run the test with UPDATE=1"
