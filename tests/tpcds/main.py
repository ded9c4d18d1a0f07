"""The 99 queries of TPC-DS on our shell and on DuckDB, over the same files.

    python tests/tpcds/main.py --binary target/release/pframe --folder target/tpcds --scale 0.01
    python tests/tpcds/main.py --binary target/release/pframe --folder target/tpcds --queries q14,q64

The tables are made by `tpcds_*` of ours and written as Parquet; both engines read those. Each query is
a process of its own, so that one that hangs or fails says nothing of the next. Rows must be the same
multiset; where an ORDER BY leaves open which of equal rows come before its LIMIT, the answers
without that LIMIT are compared too.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
from pyarrow import parquet

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benches" / "compare"))

import results

QUERIES = ROOT / "benches" / "queries" / "tpcds"
LAST_LIMIT = re.compile(r"\s+LIMIT\s+\d+\s*$", re.IGNORECASE)
Rows = list[tuple[Any, ...]]


class Failed(Exception):
    """We did not answer a query."""


class Ours:
    """Our shell, a process for each query."""

    def __init__(self, binary: Path, data: Path, timeout: float) -> None:
        self.binary = binary
        self.data = data
        self.timeout = timeout

    def script(self, text: str) -> None:
        """Run a script to its end."""
        command = [str(self.binary), "--no-progress", "--format", "csv"]
        try:
            done = subprocess.run(
                command,
                input=text,
                capture_output=True,
                text=True,
                timeout=self.timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Failed(f"no answer after {self.timeout:g} s") from None
        if done.returncode:
            raise Failed(done.stderr.strip()[:400] or f"exit code {done.returncode}")

    def rows(self, query: str) -> Rows:
        """All rows of a query."""
        answer = self.data / "answer.parquet"
        answer.unlink(missing_ok=True)
        views = "".join(
            f"CREATE VIEW {path.stem} AS SELECT * FROM '{path}';\n"
            for path in tables(self.data)
        )
        self.script(f"{views}COPY ({query}) TO '{answer}' (FORMAT parquet);\n")
        return plain(parquet.read_table(answer))


def plain(table: Any) -> Rows:
    """The rows of an Arrow table, each value as a plain number or text."""
    columns = [
        [results.plain(value) for value in column.to_pylist()] for column in table
    ]
    return list(zip(*columns, strict=True))


def tables(data: Path) -> list[Path]:
    """The files of the tables, each named like its table."""
    return sorted(path for path in data.glob("*.parquet") if path.stem != "answer")


def make(ours: Ours, scale: float) -> None:
    """Write the tables that are not there yet."""
    text = (
        "SELECT name FROM system.functions WHERE name LIKE 'tpcds\\_%' ESCAPE '\\';\n"
    )
    command = [str(ours.binary), "--no-progress", "--format", "csv"]
    listed = subprocess.run(
        command, input=text, capture_output=True, text=True, check=True
    )
    for function in listed.stdout.split()[1:]:
        path = ours.data / f"{function.removeprefix('tpcds_')}.parquet"
        if not path.exists():
            ours.script(
                f"COPY (SELECT * FROM {function}(sf => {scale})) TO '{path}' (FORMAT parquet);\n"
            )


def compare(
    ours: Ours, connection: duckdb.DuckDBPyConnection, query: str
) -> tuple[str, int]:
    """How our answer differs from DuckDB's, empty if it does not; and its number of rows."""
    expected = plain(connection.sql(query).to_arrow_table())
    found = results.difference(ours.rows(query), expected)
    if found and LAST_LIMIT.search(query):
        whole = LAST_LIMIT.sub("", query)
        expected = plain(connection.sql(whole).to_arrow_table())
        found = results.difference(ours.rows(whole), expected)
    return found or "", len(expected)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--scale", type=float, default=0.01)
    parser.add_argument("--queries", help="only these, such as q01,q17")
    parser.add_argument(
        "--timeout", type=float, default=300, help="seconds for a query"
    )
    arguments = parser.parse_args()

    data: Path = arguments.folder.absolute() / f"sf-{arguments.scale:g}"
    data.mkdir(parents=True, exist_ok=True)
    ours = Ours(arguments.binary.absolute(), data, arguments.timeout)
    make(ours, arguments.scale)
    connection = duckdb.connect()
    for path in tables(data):
        connection.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM '{path}'")

    names = (
        arguments.queries.split(",")
        if arguments.queries
        else [path.stem for path in sorted(QUERIES.glob("*.sql"))]
    )
    ran, equal, empty, began = 0, 0, 0, time.monotonic()
    for name in names:
        query = (QUERIES / f"{name}.sql").read_text().strip().rstrip(";")
        try:
            found, rows = compare(ours, connection, query)
        except Failed as failure:
            print(f"{name} does not run: {failure}", flush=True)
            continue
        ran += 1
        equal += not found
        empty += rows == 0
        if found:
            print(f"{name} differs: {found[:400]}", flush=True)
    seconds = time.monotonic() - began
    print(
        f"TPC-DS at scale factor {arguments.scale:g}: of {len(names)} queries {ran} ran, "
        f"{equal} equal DuckDB's ({empty} without rows), {seconds:.0f} s"
    )
    return 0 if equal == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
