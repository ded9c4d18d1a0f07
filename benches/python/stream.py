"""How much memory a stream of many gigabytes takes, and how soon Ctrl-C ends a query.

Every way of reading runs in a process of its own, whose greatest resident size is told beside that before the stream.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable

#: Bytes of a row of the stream: four numbers of eight bytes.
ROW = 32

ENDLESS = """
SELECT count(*) AS pairs FROM range(10000000) AS a, range(10000000) AS b
WHERE (a.value * b.value) % 1000003 = 1
"""


def stream(gigabytes: float) -> str:
    """A query whose rows are so many gigabytes."""
    rows = int(gigabytes * 1e9 / ROW)
    return f"SELECT value, value * 2 AS b, value % 1000 AS c, value * 0.5 AS d FROM range({rows})"


def by_batches(query: str) -> int:
    """Batch after batch, as a `for` has them."""
    import parquetframe as pf

    return sum(len(batch) for batch in pf.sql(query))


def by_pyarrow(query: str) -> int:
    """By a reader of pyarrow."""
    import parquetframe as pf
    import pyarrow as pa

    reader = pa.RecordBatchReader.from_stream(pf.sql(query))
    return sum(batch.num_rows for batch in reader)


def by_duckdb(query: str) -> int:
    """By a query of DuckDB over the stream."""
    import duckdb
    import parquetframe as pf
    import pyarrow as pa

    reader = pa.RecordBatchReader.from_stream(pf.sql(query))
    counted = duckdb.from_arrow(reader).filter("d >= 0").count("*")
    [(rows,)] = counted.fetchall()
    return int(rows)


def in_and_out(query: str) -> int:
    """Out to pyarrow, in again, and grouped."""
    import parquetframe as pf
    import pyarrow as pa

    reader = pa.RecordBatchReader.from_stream(pf.sql(query))
    grouped = pf.sql("SELECT c, count(*) AS n FROM given GROUP BY c", given=reader)
    return sum(grouped.to_dict()["n"])


def to_parquet(query: str) -> int:
    """Into a Parquet file."""
    import tempfile

    import parquetframe as pf

    with tempfile.TemporaryDirectory() as folder:
        return pf.sql(query).write_parquet(f"{folder}/out.parquet")


WAYS: dict[str, Callable[[str], int]] = {
    "by batches": by_batches,
    "pyarrow": by_pyarrow,
    "DuckDB": by_duckdb,
    "in and out": in_and_out,
    "to Parquet": to_parquet,
}


def peak() -> float:
    """The greatest resident size so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def one(way: str, gigabytes: float) -> None:
    """One way, in this process."""
    WAYS[way](stream(0.05))
    before, clock = peak(), time.perf_counter()
    rows = WAYS[way](stream(gigabytes))
    seconds = time.perf_counter() - clock
    print(
        json.dumps({"rows": rows, "seconds": seconds, "before": before, "peak": peak()})
    )


def interrupts(times: int) -> list[float]:
    """The seconds from Ctrl-C to `KeyboardInterrupt`."""
    import parquetframe as pf

    found = []
    for _ in range(times):
        pressed: list[float] = []

        def press(pressed: list[float] = pressed) -> None:
            pressed.append(time.perf_counter())
            os.kill(os.getpid(), signal.SIGINT)

        timer = threading.Timer(0.4, press)
        timer.start()
        try:
            pf.sql(ENDLESS).to_dicts()
        except KeyboardInterrupt:
            found.append(time.perf_counter() - pressed[0])
        timer.join()
    return found


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=10)
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=WAYS)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        one(arguments.one, arguments.gigabytes)
        return
    print("| stream | GB | s | MB before | MB at most |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for way in arguments.ways:
        size = str(arguments.gigabytes)
        command = [sys.executable, __file__, "--one", way, "--gigabytes", size]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found = json.loads(done.stdout)
        print(
            f"| {way} | {size} | {found['seconds']:.1f} | {found['before']:.0f} | {found['peak']:.0f} |"
        )
    found = interrupts(20)
    print(
        f"\nCtrl-C, {len(found)} times: median {statistics.median(found) * 1000:.0f} ms, "
        f"at most {max(found) * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
