"""Tables of Python in SQL."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import parquetframe as pf

TABLE = pa.table({"n": [1, 2, 3], "s": ["a", None, "c"]})
TOTAL = "SELECT sum(n) AS total, count(s) AS names FROM df"
EXPECTED = [{"total": 6, "names": 2}]


@pytest.mark.parametrize(
    "table",
    [
        TABLE,
        TABLE.to_batches()[0],
        TABLE.to_pandas(),
        pl.DataFrame({"n": [1, 2, 3], "s": ["a", None, "c"]}),
        pf.sql("SELECT * FROM (VALUES (1, 'a'), (2, NULL), (3, 'c')) AS t(n, s)"),
    ],
    ids=["pyarrow", "batch", "pandas", "polars", "frame"],
)
def test_anything_that_speaks_arrow(con: pf.Session, table: object) -> None:
    frame = con.sql(TOTAL, df=table)
    assert frame.to_dicts() == EXPECTED
    assert frame.to_dicts() == EXPECTED
    con.register("df", table)
    assert con.sql(TOTAL).to_dicts() == EXPECTED


def test_given_tables_are_of_one_statement(con: pf.Session) -> None:
    first = con.sql("SELECT count(*) AS rows FROM df", df=TABLE)
    second = con.sql("SELECT count(*) AS rows FROM df", df=TABLE.slice(1))
    assert first.to_dicts() == [{"rows": 3}]
    assert second.to_dicts() == [{"rows": 2}]
    assert con.tables() == []
    with pytest.raises(pf.errors.NotFoundError):
        con.sql("FROM df")


def test_given_tables_come_before_the_catalog(con: pf.Session) -> None:
    con.sql("CREATE TABLE df AS SELECT 0 AS n")
    assert con.sql("SELECT max(n) AS m FROM DF AS x", df=TABLE).to_dicts() == [{"m": 3}]


def test_given_tables_in_other_statements(con: pf.Session) -> None:
    con.sql("CREATE TABLE copied AS SELECT * FROM df WHERE n > 1", df=TABLE)
    assert con.sql("SELECT count(*) AS rows FROM copied").to_dicts() == [{"rows": 2}]


def test_a_reader_gives_its_rows_once(con: pf.Session) -> None:
    con.register("once", TABLE.to_reader())
    assert con.sql("SELECT count(*) AS rows FROM once").to_dicts() == [{"rows": 3}]
    with pytest.raises(pf.errors.InvalidInputError, match="'once' was read already"):
        con.sql("SELECT count(*) AS rows FROM once").to_dicts()


def test_a_failing_producer_is_an_error(con: pf.Session) -> None:
    def batches() -> object:
        yield TABLE.to_batches()[0]
        raise RuntimeError("the cable was pulled")

    reader = pa.RecordBatchReader.from_batches(TABLE.schema, batches())
    with pytest.raises(pf.errors.ParquetFrameError, match="the cable was pulled"):
        con.sql("SELECT sum(n) FROM df", df=reader).to_dicts()


def test_rows_are_streamed_in(con: pf.Session) -> None:
    made = 0

    def batches() -> object:
        nonlocal made
        batch = pa.record_batch({"n": np.arange(10_000)})
        for _ in range(100_000):
            made += 1
            yield batch

    reader = pa.RecordBatchReader.from_batches(pa.schema({"n": pa.int64()}), batches())
    assert len(con.sql("SELECT n FROM df LIMIT 5", df=reader).to_dicts()) == 5
    assert made < 1000


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (42, "'df' is of type int, which is no table"),
        ({1, 2}, "which is no table"),
        (pa.array([1]), "which has no columns"),
        (pl.Series([1]), "which has no columns"),
    ],
)
def test_what_is_no_table_is_refused(
    con: pf.Session, value: object, message: str
) -> None:
    with pytest.raises(pf.errors.InvalidInputError, match=message):
        con.sql("FROM df", df=value)


def test_large_tables_arrive_whole(con: pf.Session) -> None:
    df = pd.DataFrame({"n": np.arange(500_000)})
    numbers = con.sql("SELECT n FROM df ORDER BY n", df=df).to_pandas()["n"]
    assert numbers.tolist() == df["n"].tolist()


def test_empty_and_zero_column_tables(con: pf.Session) -> None:
    assert con.sql("SELECT count(*) AS c FROM df", df=TABLE.slice(3)).to_dicts() == [
        {"c": 0}
    ]
    assert con.sql("FROM df", df=TABLE.slice(3)).columns == ["n", "s"]
