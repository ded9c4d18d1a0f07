"""Python values as SQL literals, for the functions that write SQL for the caller."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TypeAlias, Union

Path: TypeAlias = Union[str, "os.PathLike[str]"]
Option: TypeAlias = (
    bool | int | float | str | Sequence["Option"] | Mapping[str, "Option"]
)


def literal(value: object) -> str:
    """The SQL text of a value.

    >>> literal("it's")
    "'it''s'"
    >>> literal([True, 1, 2.5])
    '[true, 1, 2.5]'
    >>> literal({"id": "BIGINT"})
    "{'id': 'BIGINT'}"
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return "'" + value.replace("'", "''") + "'"
        case os.PathLike():
            return literal(os.fspath(value))
        case Mapping():
            entries = (
                f"{literal(key)}: {literal(entry)}" for key, entry in value.items()
            )
            return "{" + ", ".join(entries) + "}"
        case Sequence():
            return "[" + ", ".join(literal(entry) for entry in value) + "]"
        case _:
            raise TypeError(
                f"{value!r} is of type {type(value).__name__}; "
                "expected a bool, int, float, str, path, or a list or dict of these"
            )


def identifier(name: str) -> str:
    """A name that SQL takes as it is written.

    >>> identifier("Order")
    '"Order"'
    """
    return '"' + name.replace('"', '""') + '"'
