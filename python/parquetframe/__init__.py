"""ParquetFrame: a SQL engine over files, object stores and the tables of your Python session.

>>> import parquetframe as pf
>>> pf.sql("SELECT 40 + 2 AS answer").to_dicts()
[{'answer': 42}]

Functions of this module share one session, made at first use; `connect` makes others, with
their own tables and settings.
"""

from __future__ import annotations

from parquetframe import errors
from parquetframe._default import (
    default_session,
    read_csv,
    read_json,
    read_parquet,
    sql,
)
from parquetframe._frame import Frame
from parquetframe._rustic import Batch
from parquetframe._rustic import version as _version
from parquetframe._session import Session, connect

__version__ = _version()

__all__ = [
    "Batch",
    "Frame",
    "Session",
    "__version__",
    "connect",
    "default_session",
    "errors",
    "read_csv",
    "read_json",
    "read_parquet",
    "rust_available",
    "sql",
]


def rust_available() -> bool:
    """Whether the native engine is there, which it always is: this package does not load without it.

    >>> rust_available()
    True
    """
    return True
