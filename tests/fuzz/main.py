"""Compares our answers to random queries with DuckDB's.

    python tests/fuzz/main.py --binary target/release/pframe --seconds 60
    python tests/fuzz/main.py --binary target/release/pframe --seed 4711.17     one query again

Each seed makes its own tables and a batch of queries; a query that differs is printed with its seed,
the statements that make its tables, and both answers. What DuckDB refuses is no test; what we refuse
is counted by its message, and is a failure only with --strict.
"""

from __future__ import annotations

import argparse
import collections
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import duckdb
from engines import of_duckdb, of_ours, rows
from generator import Generator

BATCH = 100
# Differences that stay, by the statement; README.md says why.
EXPLAINED = [
    re.compile(r"\b(max|min)\((struct_pack|\{|\[|list)"),
]


def batch(seed: int | str, count: int = BATCH) -> tuple[list[str], list[str]]:
    """The tables and the queries of a seed."""
    setup = list(Generator(seed).tables())
    queries = [Generator(f"{seed}.{index}").statement() for index in range(count)]
    return setup, queries


def compare(
    binary: str, seed: int | str, threads: int | None, only: int | None = None
) -> Iterator[tuple[int, str, Any, Any]]:
    """Yields (index, query, DuckDB's answer, ours) for the queries of a seed that DuckDB answers."""
    setup, queries = batch(seed)
    if only is not None:
        queries = [queries[only]]
    connection = duckdb.connect()
    for statement in setup:
        connection.execute(statement)
    expected: dict[int, Any] = {}
    for index, query in enumerate(queries):
        try:
            expected[index] = of_duckdb(connection, query)
        except duckdb.Error as error:
            expected[index] = str(error)
    answers = of_ours(binary, setup, queries, threads=threads)
    for index, query in enumerate(queries):
        yield (only if only is not None else index), query, expected[index], answers[
            index
        ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--queries", type=int, default=None, help="stop after so many")
    parser.add_argument("--start", type=int, default=None, help="the first seed")
    parser.add_argument("--seed", help="one query, as seed.index")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--show", type=int, default=10, help="how many differences to print"
    )
    parser.add_argument(
        "--strict", action="store_true", help="what we refuse is a failure"
    )
    arguments = parser.parse_args()

    counts: collections.Counter[str] = collections.Counter()
    refused: collections.Counter[str] = collections.Counter()
    examples: dict[str, str] = {}

    def look(seed: int | str, only: int | None = None) -> None:
        for index, query, expected, answer in compare(
            arguments.binary, seed, arguments.threads, only
        ):
            counts["queries"] += 1
            if isinstance(expected, str):
                counts["refused by DuckDB"] += 1
                if only is not None:
                    print("DuckDB:", expected)
            elif isinstance(answer, str):
                # Overflow depends on which rows an expression is evaluated for.
                if "overflow" in answer.lower() or "out of range" in answer.lower():
                    counts["overflow"] += 1
                    continue
                counts["refused by us"] += 1
                message = answer[:90]
                refused[message] += 1
                examples.setdefault(message, f"{seed}.{index}")
            elif rows(expected) == rows(answer):
                counts["equal"] += 1
            elif any(known.search(query) for known in EXPLAINED):
                counts["explained"] += 1
            else:
                counts["different"] += 1
                if counts["different"] <= arguments.show and only is None:
                    print(
                        f"\n-- seed {seed}.{index}\n{query};\n--   DuckDB: {rows(expected)}\n--   ours:   {rows(answer)}",
                        flush=True,
                    )
            if only is not None:
                print(query, "\n  DuckDB:", expected, "\n  ours:  ", answer)

    if arguments.seed:
        seed, index = arguments.seed.split(".")
        print(";\n".join(batch(int(seed))[0]) + ";")
        look(int(seed), int(index))
        return 1 if counts["different"] else 0

    end = time.time() + arguments.seconds
    seed = arguments.start if arguments.start is not None else random.randrange(10**9)
    first = seed
    while time.time() < end and counts["queries"] < (arguments.queries or 10**12):
        try:
            look(seed)
        except (duckdb.Error, OSError, subprocess.SubprocessError, ValueError) as error:
            # A crash or a hang is a finding, and the run goes on.
            counts["batches that failed"] += 1
            print(f"seed {seed}: {type(error).__name__}: {str(error)[:300]}")
        seed += 1

    for message, count in refused.most_common(30):
        print(f"refused {count:6} {examples[message]:>14}  {message}")
    print(
        f"seeds {first}..: "
        + ", ".join(f"{count} {name}" for name, count in counts.items())
    )
    failed = counts["different"] or counts["batches that failed"]
    return 1 if failed or (arguments.strict and counts["refused by us"]) else 0


if __name__ == "__main__":
    sys.exit(main())
