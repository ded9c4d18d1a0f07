"""Exceptions: one class per thing a caller can do about a failure.

Each derives from `ParquetFrameError` and, where one fits, from the built-in
exception that Python code already catches.

>>> import parquetframe as pf
>>> try:
...     pf.sql("SELECT (1")
... except pf.errors.SqlSyntaxError as error:
...     print(error.line, error.column)
1 10
"""

from __future__ import annotations

import builtins


class ParquetFrameError(Exception):
    """What every exception of this package is.

    Attributes:
        message: What was wrong, without the place and the hint.
        hint: What to do next, or `None`.
        line: The line in the SQL text, from 1, or `None`.
        column: The column in the SQL text, in characters from 1, or `None`.
    """

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        position: tuple[int, int] | None = None,
        sql: str | None = None,
    ) -> None:
        super().__init__(_render(message, hint, position, sql))
        self.message = message
        self.hint = hint
        self.line = None if position is None else position[0]
        self.column = None if position is None else position[1]
        self._sql = sql

    def __str__(self) -> str:
        # OSError's own `__str__` would print an error number that we do not have.
        return str(self.args[0])

    def __reduce__(self) -> tuple[object, ...]:
        position = (
            None
            if self.line is None or self.column is None
            else (self.line, self.column)
        )
        return type(self), (self.message, self.hint, position, self._sql)

    @staticmethod
    def _from_engine(
        name: str,
        message: str,
        hint: str | None,
        position: tuple[int, int] | None,
        sql: str | None,
    ) -> ParquetFrameError:
        return _BY_NAME[name](message, hint, position, sql)


class SqlSyntaxError(ParquetFrameError, ValueError):
    """The text is not SQL we know."""


class NotFoundError(ParquetFrameError, LookupError, builtins.FileNotFoundError):
    """A table, column, function, setting or file does not exist."""


class AlreadyExistsError(ParquetFrameError, ValueError):
    """A table or file exists already."""


class InvalidInputError(ParquetFrameError, ValueError):
    """The statement is well formed, but its names, types or values do not fit."""


class InvalidDataError(ParquetFrameError, ValueError):
    """The data is not what its type or format says."""


class UnsupportedError(ParquetFrameError, NotImplementedError):
    """A clause, option or type that is not honoured."""


class PermissionDeniedError(ParquetFrameError, builtins.PermissionError):
    """Not allowed: wrong credentials, or a read-only session."""


class ResourcesExhaustedError(ParquetFrameError, MemoryError):
    """Out of memory or disk."""


class CancelledError(ParquetFrameError, RuntimeError):
    """Stopped on request."""


class InputOutputError(ParquetFrameError, OSError):
    """The file system, network or object store failed."""


class InternalError(ParquetFrameError, RuntimeError):
    """A defect of the engine; please report it."""


_BY_NAME: dict[str, type[ParquetFrameError]] = {
    error.__name__: error
    for error in (
        SqlSyntaxError,
        NotFoundError,
        AlreadyExistsError,
        InvalidInputError,
        InvalidDataError,
        UnsupportedError,
        PermissionDeniedError,
        ResourcesExhaustedError,
        CancelledError,
        InputOutputError,
        InternalError,
    )
}

__all__ = ["ParquetFrameError", *_BY_NAME]


def _render(
    message: str, hint: str | None, position: tuple[int, int] | None, sql: str | None
) -> str:
    """The message, the place with a caret under it, and the hint."""
    lines = [message]
    if position is not None:
        line, column = position
        lines[0] += f" (line {line}, column {column})"
        source = (sql or "").splitlines()
        if 0 < line <= len(source):
            text = source[line - 1]
            # Tabs stay tabs, so that the caret stands under the same column in any terminal.
            padding = "".join(
                "\t" if char == "\t" else " " for char in text[: column - 1]
            )
            lines += [f"  {text}", f"  {padding}^"]
    if hint is not None:
        lines.append(f"hint: {hint}")
    return "\n".join(lines)
