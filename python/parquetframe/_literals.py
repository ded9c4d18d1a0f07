"""Python values as SQL literals, for the functions that write SQL for the caller."""

from __future__ import annotations

import datetime
import decimal
import math
import os
import uuid
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
    >>> literal([True, None, 2.5])
    '[true, NULL, 2.5]'
    >>> literal({"id": "BIGINT"})
    "{'id': 'BIGINT'}"
    >>> literal(datetime.date(2024, 2, 29))
    "DATE '2024-02-29'"
    """
    match value:
        case None:
            return "NULL"
        # What pandas has for a value that is missing.
        case _ if type(value).__name__ in ("NaTType", "NAType"):
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int():
            return repr(int(value))
        case float() if math.isfinite(value):
            return (
                f"CAST({float(value)!r} AS DOUBLE)"
                if "e" in repr(value)
                else repr(float(value))
            )
        case float():
            return f"CAST('{value}' AS DOUBLE)"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case bytes():
            return f"X'{value.hex()}'"
        case (
            decimal.Decimal() | datetime.datetime() | datetime.date() | datetime.time()
        ):
            return _moment_or_decimal(value)
        case datetime.timedelta():
            micros = value.seconds * 1_000_000 + value.microseconds
            return f"INTERVAL '{value.days} days {micros} microseconds'"
        case uuid.UUID():
            return f"CAST('{value}' AS UUID)"
        case os.PathLike():
            return literal(os.fspath(value))
        case Mapping():
            entries = (
                f"{literal(key)}: {literal(entry)}" for key, entry in value.items()
            )
            return "{" + ", ".join(entries) + "}"
        case Sequence():
            return "[" + ", ".join(literal(entry) for entry in value) + "]"
        case _ if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
            # A scalar of NumPy is what it holds.
            return literal(value.item())
        case _ if hasattr(value, "tolist") and hasattr(value, "ndim"):
            return literal(value.tolist())
        case _:
            raise TypeError(
                f"{value!r} is of type {type(value).__name__}; expected a bool, int, float, str, bytes, Decimal, "
                "date, time, datetime, timedelta, UUID, path, None, or a list or dict of these"
            )


def _moment_or_decimal(
    value: decimal.Decimal | datetime.datetime | datetime.date | datetime.time,
) -> str:
    match value:
        case decimal.Decimal() if not value.is_finite():
            raise ValueError(f"{value} is no number that SQL's DECIMAL has")
        case decimal.Decimal():
            _, digits, exponent = value.as_tuple()
            scale = max(-int(exponent), 0)
            precision = max(len(digits) + max(int(exponent), 0), scale, 1)
            return f"CAST('{value:f}' AS DECIMAL({precision}, {scale}))"
        case datetime.datetime() if value.tzinfo is not None:
            return f"TIMESTAMPTZ '{value.isoformat(sep=' ')}'"
        case datetime.datetime():
            return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
        case datetime.date():
            return f"DATE '{value.isoformat()}'"
        case _ if value.tzinfo is not None:
            raise ValueError(f"{value}: a time of day has no zone in SQL")
        case _:
            return f"TIME '{value.isoformat()}'"


def identifier(name: str) -> str:
    """A name that SQL takes as it is written.

    >>> identifier("Order")
    '"Order"'
    """
    return '"' + name.replace('"', '""') + '"'


def identifiers(names: Sequence[str]) -> str:
    """Names with commas between.

    >>> identifiers(["a", "b c"])
    '"a", "b c"'
    """
    return ", ".join(map(identifier, names))
