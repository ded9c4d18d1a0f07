"""`pframe`, the shell: `python -m parquetframe`, and the command that the wheel installs."""

from __future__ import annotations

import signal
import sys

from parquetframe import _rustic


def main() -> None:
    """Run the shell with the arguments of the process."""
    # Ctrl-C is the shell's own.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.stdout.flush()
    sys.exit(_rustic.shell(["pframe", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
