"""What callers get wrong, and what they are told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import parquetframe as pf

Call = Callable[[pf.Frame], object]


def thing(value: object) -> Any:
    """A value that the type checker lets through."""
    return value


@pytest.fixture
def frame(con: pf.Session) -> pf.Frame:
    return con.sql(
        "SELECT * FROM (VALUES (1, 'a', 1.5), (2, NULL, 2.5)) AS t(id, name, x)"
    )


BAD: list[tuple[Call, type[Exception], str]] = [
    (lambda f: f.select(), ValueError, "at least one column"),
    (lambda f: f.select(thing(5)), TypeError, "5 is of type int"),
    (lambda f: f.select("nmae"), LookupError, "did you mean 'name'"),
    (lambda f: f["nmae"], LookupError, "did you mean 'name'"),
    (lambda f: f[["id", "nmae"]], LookupError, "did you mean 'name'"),
    (lambda f: f[thing(0)], TypeError, "a frame has no 0"),
    (lambda f: f.drop("nmae"), LookupError, "did you mean 'name'"),
    (lambda f: f.drop("id", "name", "x"), ValueError, "drop leaves no column"),
    (lambda f: f.rename(thing("x")), TypeError, "a dictionary"),
    (lambda f: f.rename({"id": "x"}), ValueError, "two columns 'x'"),
    (lambda f: f.cast({"id": "BIGNIT"}), LookupError, "BIGNIT"),
    (lambda f: f.cast({"id": list}), TypeError, "is no type"),
    (lambda f: f.filter(), ValueError, "at least one condition"),
    (lambda f: f.filter(thing(True)), TypeError, "expected a condition"),
    (lambda f: f.filter("id >"), ValueError, "line 1"),
    (lambda f: f.filter(nosuch=1), LookupError, "columns here: id, name, x"),
    (lambda f: f.filter(pf.col("id").is_in("ab")), TypeError, "a list of values"),
    (lambda f: f.filter(pf.col("id").is_in(thing(5))), TypeError, "a list of values"),
    (lambda f: f.group_by("nmae").agg(pf.count()), LookupError, "'name'"),
    (lambda f: f.group_by("id").sum(), ValueError, "'name' is VARCHAR"),
    (lambda f: f.group_by("id").agg({"x": "smu"}), ValueError, "mean 'sum'"),
    (lambda f: f.join(thing(5), on="id"), ValueError, "'other' is of type int"),
    (lambda f: f.join(f, on="nam"), LookupError, "did you mean 'name'"),
    (lambda f: f.join(f, on="id", how="iner"), ValueError, "mean 'inner'"),
    (lambda f: f.join(f, left_on="id"), ValueError, "right_on 0"),
    (lambda f: f.join(f, on="id", suffix=""), ValueError, "two columns 'name'"),
    (lambda f: f.join_asof(f), ValueError, "a join needs on"),
    (lambda f: f.sort(), ValueError, "at least one column"),
    (lambda f: f.sort("id", descending=[True, False]), ValueError, "2 values for 1"),
    (lambda f: f.limit(-1), ValueError, "must not be negative"),
    (lambda f: f.limit(thing(1.5)), TypeError, "a whole number, not 1.5"),
    (lambda f: f.limit(thing("x")), TypeError, "a whole number, not 'x'"),
    (lambda f: f.union(thing(5)), ValueError, "is no table"),
    (lambda f: f.union(f.select("id")), ValueError, "different number of columns"),
    (lambda f: f.sample(), ValueError, "either n or fraction"),
    (lambda f: f.sample(-1), ValueError, "must not be negative"),
    (lambda f: f.sample(fraction=2), ValueError, "between 0 and 100"),
    (lambda f: f.pivot("nosuch", values="x"), LookupError, "nosuch"),
    (lambda f: f.unpivot(["id", "name"]), ValueError, "BIGINT and VARCHAR"),
    (lambda f: f.explode("id"), ValueError, "unnest"),
    (lambda f: f.unique("nosuch"), LookupError, "nosuch"),
    (lambda f: f.item(), ValueError, "is not one value"),
    (lambda f: f.to_dask(0), ValueError, "at least one partition"),
    (lambda f: f.write("x.unknown"), ValueError, "format of 'x.unknown'"),
    (lambda f: f.write_parquet("x", nosuch=1), ValueError, "no option NOSUCH"),
    (lambda f: f.sql(thing(42)), TypeError, "a query is a text"),
    (lambda _: pf.col(thing(5)), TypeError, "the name of a column"),
    (lambda _: pf.col("a") + object(), TypeError, "of type object"),
    (lambda _: bool(pf.col("a")), TypeError, "use & for AND"),
    (lambda _: pf.col("a").over("b"), ValueError, "over means nothing"),
    (lambda f: f.select(pf.col("id").cum_sum()), ValueError, "cum_sum needs an order"),
    (lambda _: pf.sql(thing(42)), TypeError, "a query is a text"),
    (lambda _: pf.sql("SELECT 1", params=thing(5)), TypeError, "a list of values"),
    (lambda _: pf.sql("SELECT $a", params={"b": 1}), ValueError, "parameter a"),
    (lambda _: pf.table(thing(5)), TypeError, "the name of a table"),
    (lambda _: pf.read_parquet(thing(5)), TypeError, "a path or a list of paths"),
    (lambda _: pf.read_csv(["a", thing(5)]), TypeError, "a path or a list of paths"),
    (lambda _: pf.read_csv("/nosuch.csv"), FileNotFoundError, "/nosuch.csv"),
    (lambda _: pf.read_parquet("/nosuch/*.parquet"), FileNotFoundError, "no file"),
    (lambda _: pf.connect(nosuch=1), LookupError, "setting 'nosuch'"),
    (lambda _: pf.connect(memory_limit="lots"), ValueError, "'lots'"),
    (lambda _: pf.connect(threads=-1), ValueError, "'-1'"),
    (lambda _: pf.register_function("f", thing(5), int, int), TypeError, "no function"),
    (lambda _: pf.register_function("f", abs, int), TypeError, "type that it returns"),
]


@pytest.mark.parametrize(("call", "kind", "words"), BAD)
def test_what_is_wrong_is_said(
    frame: pf.Frame, call: Call, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        call(frame)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (None, "of type NoneType, which is no table"),
        (5, "of type int, which is no table"),
        ("x", "of type str, which is no table"),
        ([1, 2], "of type list, which is no table"),
        (pl.DataFrame, "the class DataFrame"),
        (pl, "of type module"),
        (pa.array([1]), "has no columns"),
        (pl.Series([1]), "has no columns"),
        (pd.Series([1]), "has no columns"),
        ({"a": [1, 2], "b": [1]}, "differ in length: a 2, b 1"),
        ({"a": "text"}, "column 'a' of 'df' is a text"),
        ({"a": 5}, "column 'a' of 'df'"),
        ({"a": [1, "x"]}, "column 'a' of 'df'"),
        ({5: [1]}, "5 is no name of a column"),
        (np.zeros((2, 2, 2)), "3 dimensions"),
        (np.array([1 + 2j]), "column 'column0' of 'df'"),
        (pd.DataFrame({"a": [1, "x"]}), "Conversion failed for column a"),
        (
            pl.DataFrame({"o": pl.Series([1], dtype=pl.Int128)}),
            "'df'.*still not supported",
        ),
    ],
)
def test_what_is_no_table(con: pf.Session, table: object, words: str) -> None:
    with pytest.raises(pf.errors.InvalidInputError, match=words):
        con.sql("FROM df", df=table)


def test_intervals_are_nothing_for_polars(con: pf.Session) -> None:
    frame = con.sql("SELECT INTERVAL 1 MONTH AS i")
    with pytest.raises(pf.errors.UnsupportedError, match="'i' is INTERVAL"):
        frame.to_polars()
    assert frame.cast({"i": "VARCHAR"}).to_polars().height == 1


def test_missing_values_as_parameters(con: pf.Session) -> None:
    found = con.sql("SELECT $a, $b", params={"a": pd.NaT, "b": pd.NA}).rows()
    assert found == [(None, None)]
    [(values,)] = con.sql("SELECT ?", params=[np.array([1, 2])]).rows()
    assert values == [1, 2]


def test_files_that_are_not_what_they_seem(con: pf.Session, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_text("no Parquet at all, but long enough")
    with pytest.raises(pf.errors.InvalidDataError, match=r"x\.parquet"):
        con.read_parquet(path)
    path.write_bytes(b"")
    with pytest.raises(pf.errors.ParquetFrameError, match=r"x\.parquet"):
        con.read_parquet(path)
