"""The same pipeline as a workflow, and step by step in pandas, lazily in Polars, as a script in DuckDB.

    python benches/workflows.py [--rows 5000000] [--pframe target/release/pframe] [--repeat 3]

Each engine runs in a process of its own; wall and CPU seconds and the peak of memory are those of the
process. All write the same three Parquet files, whose rows are compared.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORKFLOW = """
name: bench
variables: {out: .}
steps:
  - {name: orders, type: read, input: orders.parquet, output: orders}
  - {name: shops, type: read, input: shops.csv, output: shops}
  - {name: valid, type: filter, input: orders, query: "amount > 1 and status != 'cancelled'", output: valid}
  - {name: joined, type: join, inputs: [valid, shops], on: shop, output: joined}
  - {name: net, type: transform, input: joined, expressions: {net: amount / (1 + tax)}, output: net}
  - {name: by_region, type: groupby, input: net, by: region, agg: {net: [sum, mean], order: count}, output: by_region}
  - {name: by_shop, type: groupby, input: net, by: [region, shop], agg: {net: sum}, output: by_shop}
  - name: best
    type: sql
    sql: SELECT region, shop, net FROM by_shop QUALIFY row_number() OVER (PARTITION BY region ORDER BY net DESC) <= 3
    output: best
  - {name: large, type: filter, input: net, query: net > 95, output: large}
  - {name: w1, type: save, input: by_region, output: "${out}/by_region.parquet"}
  - {name: w2, type: save, input: best, output: "${out}/best.parquet"}
  - {name: w3, type: save, input: large, output: "${out}/large.parquet"}
"""


def by_pandas(folder, out):
    import pandas as pd

    orders = pd.read_parquet(folder / "orders.parquet")
    shops = pd.read_csv(folder / "shops.csv")
    valid = orders.query("amount > 1 and status != 'cancelled'")
    net = valid.merge(shops, on="shop")
    net["net"] = net["amount"] / (1 + net["tax"])
    region = net.groupby("region").agg({"net": ["sum", "mean"], "order": "count"})
    region.columns = ["net_sum", "net_mean", "order"]
    region.reset_index().to_parquet(out / "by_region.parquet")
    shop = net.groupby(["region", "shop"], as_index=False).agg({"net": "sum"})
    best = shop.sort_values("net", ascending=False).groupby("region").head(3)
    best[["region", "shop", "net"]].to_parquet(out / "best.parquet")
    net.query("net > 95").to_parquet(out / "large.parquet")


def by_polars(folder, out):
    import polars as pl

    orders, shops = pl.scan_parquet(folder / "orders.parquet"), pl.scan_csv(
        folder / "shops.csv"
    )
    valid = orders.filter(
        (pl.col("amount") > 1) & pl.col("status").ne_missing("cancelled")
    )
    net = valid.join(shops, on="shop").with_columns(
        net=pl.col("amount") / (1 + pl.col("tax"))
    )
    region = net.group_by("region").agg(
        pl.col("net").sum().alias("net_sum"),
        pl.col("net").mean().alias("net_mean"),
        pl.col("order").count(),
    )
    shop = net.group_by("region", "shop").agg(pl.col("net").sum())
    best = shop.filter(
        pl.col("net").rank("ordinal", descending=True).over("region") <= 3
    )
    frames = [region.sort("region"), best, net.filter(pl.col("net") > 95)]
    names = ["by_region", "best", "large"]
    sinks = [
        frame.sink_parquet(out / f"{name}.parquet", lazy=True)
        for frame, name in zip(frames, names)
    ]
    pl.collect_all(sinks)


def by_duckdb(folder, out):
    import duckdb

    duckdb.sql(f"""
        CREATE TEMP TABLE net AS SELECT o.*, s.* EXCLUDE (shop), amount / (1 + tax) AS net
          FROM '{folder}/orders.parquet' o JOIN '{folder}/shops.csv' s USING (shop)
          WHERE amount > 1 AND status IS DISTINCT FROM 'cancelled';
        COPY (SELECT region, sum(net) AS net_sum, avg(net) AS net_mean, count("order") AS "order"
          FROM net GROUP BY region ORDER BY region) TO '{out}/by_region.parquet';
        COPY (SELECT region, shop, sum(net) AS net FROM net GROUP BY region, shop
          QUALIFY row_number() OVER (PARTITION BY region ORDER BY sum(net) DESC) <= 3) TO '{out}/best.parquet';
        COPY (FROM net WHERE net > 95) TO '{out}/large.parquet';
        """)


ENGINES = {"pandas": by_pandas, "polars": by_polars, "duckdb": by_duckdb}


def make(folder, rows):
    import duckdb

    duckdb.sql(f"""
        SELECT setseed(0.5);
        COPY (SELECT range AS "order", (random() * 999)::INT AS shop, random() * 100 AS amount,
            ['paid', 'sent', 'cancelled', NULL][1 + (random() * 3)::INT] AS status,
            'note ' || range AS note, random() AS unused FROM range({rows})) TO '{folder}/orders.parquet';
        COPY (SELECT range AS shop, 'region ' || range % 12 AS region, (range % 4) * 0.07 AS tax FROM range(1000))
            TO '{folder}/shops.csv';
        """)


def measured(command):
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command} failed")
    return {
        "wall": time.perf_counter() - started,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1024,
    }


def main():
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    arguments.add_argument("--rows", type=int, default=5_000_000)
    arguments.add_argument("--pframe", default="target/release/pframe")
    arguments.add_argument("--repeat", type=int, default=3)
    arguments.add_argument("--engine", nargs=3, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.engine:
        name, folder, out = given.engine
        ENGINES[name](Path(folder), Path(out))
        return
    import duckdb

    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        make(folder, given.rows)
        (folder / "bench.yml").write_text(WORKFLOW)
        results = {}
        for name in ["workflow", *ENGINES]:
            out = folder / name
            out.mkdir()
            if name == "workflow":
                file = str(folder / "bench.yml")
                command = [
                    given.pframe,
                    "workflow",
                    "run",
                    file,
                    "-V",
                    f"out={out}",
                    "--progress",
                    "none",
                    "--no-history",
                ]
            else:
                command = [
                    sys.executable,
                    __file__,
                    "--engine",
                    name,
                    str(folder),
                    str(out),
                ]
            runs = [measured(command) for _ in range(given.repeat)]
            results[name] = min(runs, key=lambda run: run["wall"])
            rows = duckdb.sql(
                f"SELECT (SELECT round(sum(net_sum), 2) FROM '{out}/by_region.parquet'),"
                f" (SELECT round(sum(net), 2) FROM '{out}/best.parquet'), (SELECT count(*) FROM '{out}/large.parquet')"
            ).fetchone()
            results[name]["answer"] = [float(value) for value in rows]
        answers = [result.pop("answer") for result in results.values()]
        if any(answer != answers[0] for answer in answers):
            sys.exit(f"the answers differ: {answers}")
        print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
