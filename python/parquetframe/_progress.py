"""How far long queries are: a line in a notebook or a terminal, which goes when the query ends."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol

from parquetframe import _rustic

if TYPE_CHECKING:
    from typing import TextIO

#: Characters of the bar.
WIDTH = 24


class Line(Protocol):
    """Something that shows one text in the place of the one before."""

    def show(self, text: str) -> None:
        """Shows a text."""

    def clear(self) -> None:
        """Takes it away."""


class NotebookLine:
    """An output of a notebook's cell that is replaced."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._handle: Any = None

    def show(self, text: str) -> None:
        """Shows a text."""
        shown = {"text/plain": text}
        if self._handle is None:
            self._handle = self._display(shown, raw=True, display_id=True)
        else:
            self._handle.update(shown, raw=True)

    def clear(self) -> None:
        """Takes it away."""
        if self._handle is not None:
            self._handle.update({"text/plain": ""}, raw=True)
            self._handle = None


class TerminalLine:
    """The last line of a terminal."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, text: str) -> None:
        """Shows a text."""
        self._out.write(f"\r\x1b[2K{text}")
        self._out.flush()

    def clear(self) -> None:
        """Takes it away."""
        self.show("")


def show_progress(on: bool = True) -> None:
    """Show how far queries are that take longer than half a second: in a notebook's cell, or on a terminal's
    standard error. `%load_ext parquetframe` turns it on in notebooks.

    >>> import parquetframe as pf
    >>> pf.show_progress()
    >>> pf.show_progress(False)
    """
    _rustic.watch(Reporter(_line()) if on else None)


class Reporter:
    """Shows the query that was waited for first, of several at once."""

    def __init__(self, line: Line | None) -> None:
        self._line = line
        self._query: int | None = None

    def __call__(
        self,
        query: int,
        rows: int,
        read: int,
        fraction: float | None,
        seconds: float,
        over: bool,
    ) -> None:
        """Takes what the engine says of a query."""
        if self._line is None or self._query not in (None, query):
            return
        if over:
            self._query = None
            self._line.clear()
        else:
            self._query = query
            self._line.show(describe(rows, read, fraction, seconds))


def describe(rows: int, read: int, fraction: float | None, seconds: float) -> str:
    """The text of the line.

    >>> describe(2_500_000, 0, 0.5, 2.0)
    '████████████              50 %  2.5 million rows, 1.2 million a second, 2 s'
    >>> describe(900, 3_000_000, None, 1.5)
    '900 rows, 600 a second, 3.0 MB, 2 s'
    """
    facts = [f"{_count(rows)} rows", f"{_count(rows / max(seconds, 0.001))} a second"]
    if read:
        facts.append(f"{read / 1e6:.1f} MB")
    facts.append(f"{seconds:.0f} s")
    if fraction is None:
        return ", ".join(facts)
    done = round(fraction * WIDTH)
    bar = "█" * done + " " * (WIDTH - done)
    return f"{bar} {fraction * 100:3.0f} %  {', '.join(facts)}"


def _count(number: float) -> str:
    for size, name in ((1e9, " billion"), (1e6, " million")):
        if number >= size:
            return f"{number / size:.1f}{name}"
    return f"{number:,.0f}"


def _line() -> Line | None:
    """Where progress can be shown: in a notebook, on a terminal, or nowhere."""
    if display := notebook_display():
        return NotebookLine(display)
    return TerminalLine(sys.stderr) if sys.stderr and sys.stderr.isatty() else None


def notebook_display() -> Any:
    """The function that shows outputs in a notebook; `None` elsewhere."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    # A shell in a terminal has no kernel.
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    return display
