"""The Python package beside pandas, Polars, DuckDB and pyarrow: reading files, groups and joins.

Each task runs in turn on every library, several times, in one process per library and run, so that nobody profits
from what another has loaded. Printed are medians and the ratios of ours to each peer, of wall and of CPU time.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROWS = 10_000_000


def make_data(folder: Path, rows: int) -> None:
    """The tables of the H2O benchmark, in short: groups of few and of many keys, and a table to join."""
    import parquetframe as pf

    con = pf.connect()
    few, many = 100, rows // 100
    con.sql(
        f"CREATE TABLE t AS SELECT 'id' || (value * 7919 % {few}) AS id1, "
        f"'id' || (value * 104729 % {many}) AS id3, "
        f"value * 31 % {few} AS id4, value * 1299709 % {many} AS id6, "
        f"value % 5 + 1 AS v1, value * 17 % 15 + 1 AS v2, (value * 7907 % 100003) / 1000.03 AS v3 "
        f"FROM range({rows})"
    )
    con.table("t").write_parquet(folder / "t.parquet")
    con.sql(
        f"SELECT value AS id6, value * 0.5 AS w FROM range({rows} // 100)"
    ).write_parquet(folder / "x.parquet")
    con.table("t").limit(rows // 10).write_csv(folder / "t.csv")
    con.table("t").limit(rows // 10).write_avro(
        folder / "t.avro", compression="deflate"
    )


def tasks(library: str, folder: Path) -> dict[str, Callable[[], Any]]:
    """What a library does for each task; its result says how many rows there are."""
    parquet, other, csv, avro = (
        str(folder / name) for name in ("t.parquet", "x.parquet", "t.csv", "t.avro")
    )
    group = f"SELECT id1, sum(v1) AS v1, avg(v3) AS v3 FROM '{parquet}' GROUP BY id1"
    groups = f"SELECT id3, sum(v1) AS v1, avg(v3) AS v3 FROM '{parquet}' GROUP BY id3"
    join = f"SELECT t.id6, t.v1, x.w FROM '{parquet}' t JOIN '{other}' x ON t.id6 = x.id6 WHERE x.w > 100"
    match library:
        case "parquetframe":
            # What answers are is loaded before, like the library.
            import parquetframe as pf
            import pyarrow

            assert pyarrow.__version__
            return {
                "read parquet": lambda: pf.read_parquet_fast(parquet).num_rows,
                "read csv": lambda: pf.read_csv_fast(csv).num_rows,
                "read avro": lambda: pf.read_avro_fast(avro).num_rows,
                "group by, 100 groups": lambda: pf.sql(group).to_arrow().num_rows,
                "group by, many groups": lambda: pf.sql(groups).to_arrow().num_rows,
                "join": lambda: pf.sql(join).to_arrow().num_rows,
            }
        case "duckdb":
            import duckdb
            import pyarrow

            assert pyarrow.__version__

            def run(sql: str) -> int:
                return int(duckdb.sql(sql).to_arrow_table().num_rows)

            return {
                "read parquet": lambda: run(f"FROM '{parquet}'"),
                "read csv": lambda: run(f"FROM '{csv}'"),
                "group by, 100 groups": lambda: run(group),
                "group by, many groups": lambda: run(groups),
                "join": lambda: run(join),
            }
        case "polars":
            import polars as pl

            def by(key: str) -> int:
                lazy = (
                    pl.scan_parquet(parquet)
                    .group_by(key)
                    .agg(pl.col("v1").sum(), pl.col("v3").mean())
                )
                return lazy.collect(engine="streaming").height

            def joined() -> int:
                left, right = pl.scan_parquet(parquet), pl.scan_parquet(other).filter(
                    pl.col("w") > 100
                )
                return (
                    left.join(right, on="id6")
                    .select("id6", "v1", "w")
                    .collect(engine="streaming")
                    .height
                )

            return {
                "read parquet": lambda: pl.read_parquet(parquet).height,
                "read csv": lambda: pl.read_csv(csv).height,
                "read avro": lambda: pl.read_avro(avro).height,
                "group by, 100 groups": lambda: by("id1"),
                "group by, many groups": lambda: by("id3"),
                "join": joined,
            }
        case "pyarrow":
            import pyarrow.csv
            import pyarrow.parquet

            return {
                "read parquet": lambda: pyarrow.parquet.read_table(parquet).num_rows,
                "read csv": lambda: pyarrow.csv.read_csv(csv).num_rows,
            }
        case "pandas":
            import pandas as pd

            return {"read csv": lambda: len(pd.read_csv(csv))}
        case _:
            import fastavro

            def avro_rows() -> int:
                with Path(avro).open("rb") as file:
                    return sum(1 for _ in fastavro.reader(file))

            return {"read avro": avro_rows}


LIBRARIES = ["parquetframe", "duckdb", "polars", "pyarrow", "pandas", "fastavro"]


def one(library: str, task: str, folder: Path) -> None:
    """Runs one task once, after its library is loaded, and prints what it took."""
    run = tasks(library, folder)[task]
    before, clock = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    rows = run()
    wall = time.perf_counter() - clock
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"wall": wall, "cpu": cpu, "rows": rows}))


def measure(folder: Path, runs: int) -> None:
    """Runs all tasks in turn, and prints the table."""
    found: dict[tuple[str, str], list[dict[str, float]]] = {}
    for _ in range(runs):
        for library in LIBRARIES:
            for task in tasks(library, folder):
                command = [
                    sys.executable,
                    __file__,
                    "--folder",
                    str(folder),
                    "--one",
                    library,
                    task,
                ]
                output = subprocess.run(
                    command, check=True, capture_output=True, text=True, env=os.environ
                ).stdout
                found.setdefault((task, library), []).append(json.loads(output))
    print("| task | library | wall s | CPU s | ours / theirs, wall | CPU |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for (task, library), results in sorted(found.items(), key=lambda item: item[0][0]):
        ours = found[task, "parquetframe"]
        if {result["rows"] for result in results} != {
            result["rows"] for result in ours
        }:
            raise SystemExit(f"{task}: {library} found other rows")
        wall, cpu = (
            statistics.median(result[kind] for result in results)
            for kind in ("wall", "cpu")
        )
        ratios = [
            statistics.median(
                a[kind] / b[kind] for a, b in zip(ours, results, strict=True)
            )
            for kind in ("wall", "cpu")
        ]
        print(
            f"| {task} | {library} | {wall:.3f} | {cpu:.3f} | {ratios[0]:.2f} | {ratios[1]:.2f} |"
        )


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--one", nargs=2, metavar=("LIBRARY", "TASK"))
    arguments = parser.parse_args()
    if arguments.one:
        one(*arguments.one, arguments.folder)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        if not (folder / "t.avro").exists():
            make_data(folder, arguments.rows)
        measure(folder, arguments.runs)


if __name__ == "__main__":
    main()
