"""The same queries on ParquetFrame, DataFusion, DuckDB and Polars, in turn, in one run.

    python benches/compare/main.py --scale 1             TPC-H, 22 queries on Parquet
    python benches/compare/main.py --csv 1               a CSV file of 1 GB, read and aggregated

`import parquetframe` must find the package to be measured, see benches/README.md.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from pathlib import Path

import report
import results
from engines import ENGINES, Worker

QUERIES = Path(__file__).parent.parent / "queries"
TABLES = [  # small to large
    "region",
    "nation",
    "supplier",
    "customer",
    "part",
    "partsupp",
    "orders",
    "lineitem",
]
TARGET = Path(
    os.environ.get("CARGO_TARGET_DIR", Path(__file__).parents[2] / "target")
).absolute()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=0.1, help="TPC-H scale factor")
    parser.add_argument("--csv", type=float, metavar="GB", help="the CSV scenario")
    parser.add_argument("--rounds", type=int, default=5, help="measured rounds")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--engines", default=",".join(ENGINES), help="which, in order")
    parser.add_argument("--queries", help="only these, such as q01,q17")
    parser.add_argument("--profile", default="release", help="what ours was built with")
    parser.add_argument("--folder", type=Path, default=TARGET / "compare")
    arguments = parser.parse_args()

    names = arguments.engines.split(",")
    unknown = [name for name in names if name not in ENGINES]
    if unknown:
        parser.error(f"unknown engine '{unknown[0]}'; engines are {', '.join(ENGINES)}")
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)

    machine = report.machine()
    if arguments.csv:
        title = f"CSV of {arguments.csv:g} GB, ten columns, read and aggregated"
        files = {"wide": wide_csv(folder, arguments.csv)}
        queries = load_queries("csv")
        file_name = f"csv-{arguments.csv:g}"
    else:
        title = f"TPC-H at scale factor {arguments.scale:g}, Parquet"
        files = tpch(folder, arguments.scale)
        queries = load_queries("tpch")
        # The specification divides the fraction of query 11 by the scale factor.
        fraction = f"{0.0001 / arguments.scale:.10f}"
        queries["q11"] = queries["q11"].replace("0.0001", fraction)
        file_name = f"tpch-{arguments.scale:g}"
    if arguments.queries:
        wanted = arguments.queries.split(",")
        queries = {name: queries[name] for name in wanted}

    workers = {name: Worker(name, arguments.threads) for name in names}
    for worker in workers.values():
        for name, path in files.items():
            worker.ask(add=name, path=str(path))

    # Correctness first: no time is taken before every answer is the same. It warms up, too.
    check(workers, queries)

    versions = {name: worker.version for name, worker in workers.items()}
    run = report.Run(
        title, versions, arguments.threads, arguments.rounds, arguments.profile
    )
    for number in range(arguments.rounds):
        # Whoever comes first finds the colder cache, so the order turns from round to round.
        turn = number % len(names)
        order = names[turn:] + names[:turn]
        for query, sql in queries.items():
            for name in order:
                answer = workers[name].ask(query=sql)
                run.add(query, name, answer["wall"], answer["cpu"])
        print(f"round {number + 1} of {arguments.rounds} done", flush=True)
    for worker in workers.values():
        worker.close()

    text = report.markdown(run, machine)
    (folder / f"{file_name}.md").write_text(text)
    (folder / f"{file_name}.json").write_text(report.as_json(run, machine))
    print()
    print(text)
    print(f"written to {folder / file_name}.md and .json")


def load_queries(name: str) -> dict[str, str]:
    files = sorted((QUERIES / name).glob("*.sql"))
    return {file.stem: file.read_text().strip().rstrip(";") for file in files}


def check(workers: dict[str, Worker], queries: dict[str, str]) -> None:
    """Ends the program where two engines answer differently."""
    wrong = []
    with tempfile.TemporaryDirectory() as scratch:
        for query, sql in queries.items():
            answers = {}
            for name, worker in workers.items():
                path = Path(scratch) / f"{query}.{name}"
                worker.ask(query=sql, keep=str(path))
                answers[name] = results.read(path)
            first, *others = answers
            for other in others:
                found = results.difference(answers[first], answers[other])
                if found:
                    wrong.append(f"{query}: {first} against {other}: {found}")
    if wrong:
        raise SystemExit("results differ, nothing is measured:\n" + "\n".join(wrong))
    print(f"results of {len(queries)} queries are equal on {', '.join(workers)}")


def tpch(folder: Path, scale: float) -> dict[str, Path]:
    """The eight tables as Parquet, made by our own generator and writer."""
    data = folder / f"tpch-{scale:g}"
    files = {table: data / f"{table}.parquet" for table in TABLES}
    missing = [table for table, path in files.items() if not path.exists()]
    if missing:
        import parquetframe as pf

        data.mkdir(parents=True, exist_ok=True)
        session = pf.connect()
        for table in missing:
            source = f"SELECT * FROM tpch_{table}(sf => {scale})"
            run(session, f"COPY ({source}) TO '{files[table]}' (FORMAT parquet)")
    return files


def wide_csv(folder: Path, gigabytes: float) -> Path:
    """Ten columns of integers, decimals, dates and texts."""
    path = folder / f"wide-{gigabytes:g}.csv"
    if not path.exists():
        import parquetframe as pf

        # A row of these columns is about 84 bytes, and a scale factor six million rows.
        scale = gigabytes * 1e9 / 84 / 6e6
        columns = (
            "l_orderkey, l_partkey, l_suppkey, l_quantity, l_extendedprice, "
            "l_discount, l_returnflag, l_shipdate, l_shipmode, l_comment"
        )
        source = f"SELECT {columns} FROM tpch_lineitem(sf => {scale:.4f})"
        run(pf.connect(), f"COPY ({source}) TO '{path}' (FORMAT csv, HEADER true)")
    size = path.stat().st_size / 1e9
    print(f"{path.name}: {size:.2f} GB")
    return path


def run(session: object, sql: str) -> None:
    print(re.sub(r"\s+", " ", sql), flush=True)
    session.sql(sql).to_arrow()  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
