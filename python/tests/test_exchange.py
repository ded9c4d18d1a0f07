"""Rows to and from other engines, by Arrow's C interface."""

from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

import parquetframe as pf


@pytest.fixture
def frame(con: pf.Session) -> pf.Frame:
    return con.sql("SELECT value AS n, 'x' || value AS s FROM range(100000) ORDER BY n")


def test_to_duckdb(frame: pf.Frame) -> None:
    assert frame.columns == ["n", "s"]  # DuckDB finds it by its name.
    found: Any = duckdb.sql("SELECT sum(n), max(s) FROM frame WHERE n % 2 = 0")
    found = found.fetchall()
    assert found == [(2499950000, "x99998")]


def test_from_duckdb(con: pf.Session) -> None:
    relation = duckdb.sql(
        "SELECT i, i::DECIMAL(10, 2) AS d, [i] AS l FROM range(3) t(i)"
    )
    given = con.frame(relation)
    assert given.schema == {"i": "BIGINT", "d": "DECIMAL(10,2)", "l": "BIGINT[]"}
    # A relation is read by each query anew.
    assert [row[0] for row in given.rows()] == [0, 1, 2]
    assert given.count() == 3


def test_streams_to_and_from_duckdb(con: pf.Session) -> None:
    reader: Any = duckdb.sql("FROM range(300000) t(i)")
    reader = pa.RecordBatchReader.from_stream(reader)
    assert con.sql("SELECT sum(i) FROM reader").item() == 300000 * 299999 // 2


def test_datafusion(con: pf.Session, frame: pf.Frame) -> None:
    datafusion = pytest.importorskip("datafusion", minversion="55")
    context = datafusion.SessionContext()
    context.from_arrow(frame, "given")
    [batch] = context.sql("SELECT sum(n) AS total FROM given").collect()
    assert batch.to_pylist() == [{"total": 4999950000}]
    theirs = context.sql("SELECT * FROM (VALUES (1, 'a'), (2, NULL)) AS t(n, s)")
    assert con.sql("SELECT s FROM theirs WHERE n = 1").rows() == [("a",)]
    given = con.frame(theirs)
    assert given.sort("n").rows() == given.sort("n").rows() == [(1, "a"), (2, None)]


def test_narwhals(con: pf.Session, frame: pf.Frame) -> None:
    narwhals = pytest.importorskip("narwhals")
    taken = narwhals.from_arrow(frame, backend="polars")
    assert taken.filter(narwhals.col("n") < 3)["s"].to_list() == ["x0", "x1", "x2"]
    assert con.sql("SELECT max(n) FROM taken").item() == 99999


def test_dask(con: pf.Session, frame: pf.Frame) -> None:
    import dask.dataframe

    from_pandas: Any = dask.dataframe.from_pandas
    taken = frame.to_dask(npartitions=4)
    assert taken.npartitions == 4
    assert taken["n"].sum().compute() == 4999950000
    # What Dask has is its own until it is computed.
    given = from_pandas(pd.DataFrame({"n": [1, 2, 3]}), npartitions=2)
    assert con.sql("SELECT sum(n) FROM df", df=given.compute()).item() == 6


def test_one_stream_from_several_threads(con: pf.Session) -> None:
    import threading

    batches = iter(con.sql("FROM range(2000000)"))
    seen: list[int] = []

    def read() -> None:
        seen.extend(len(batch) for batch in batches)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(seen) == 2000000
    assert next(batches, None) is None
