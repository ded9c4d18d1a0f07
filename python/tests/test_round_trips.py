"""Every type in and out again, checked against pyarrow."""

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import parquetframe as pf

UTC = datetime.timezone.utc
MOMENT = datetime.datetime(2024, 2, 29, 12, 34, 56, 789000)

#: Arrow's types with values of each; NULL is added to all.
ARROW: list[tuple[pa.DataType, list[Any]]] = [
    (pa.null(), []),
    (pa.bool_(), [True, False]),
    (pa.int8(), [-128, 127]),
    (pa.int16(), [-(2**15), 2**15 - 1]),
    (pa.int32(), [-(2**31), 2**31 - 1]),
    (pa.int64(), [-(2**63), 2**63 - 1]),
    (pa.uint8(), [0, 255]),
    (pa.uint16(), [0, 2**16 - 1]),
    (pa.uint32(), [0, 2**32 - 1]),
    (pa.uint64(), [0, 2**64 - 1]),
    (pa.float16(), [0.5, -2.0]),
    (pa.float32(), [0.5, float("inf")]),
    (pa.float64(), [0.1, -0.0, float("-inf"), 1e308]),
    (pa.decimal32(7, 2), [Decimal("12345.67")]),
    (pa.decimal64(15, 3), [Decimal("-123456789012.345")]),
    (pa.decimal128(38, 10), [Decimal("1.0000000001"), Decimal("-0.5000000000")]),
    (pa.decimal256(60, 2), [Decimal("9" * 50 + ".25")]),
    (pa.string(), ["", "a", "Grüße 茶", "\x00"]),
    (pa.large_string(), ["", "long " * 10]),
    (pa.string_view(), ["", "longer than twelve bytes"]),
    (pa.binary(), [b"", b"\x00\xff"]),
    (pa.large_binary(), [b"abc"]),
    (pa.binary_view(), [b"abc" * 10]),
    (pa.binary(4), [b"abcd"]),
    (pa.date32(), [datetime.date(1, 1, 1), datetime.date(9999, 12, 31)]),
    (pa.date64(), [datetime.date(2024, 2, 29)]),
    (pa.time32("s"), [datetime.time(23, 59, 59)]),
    (pa.time32("ms"), [datetime.time(1, 2, 3, 4000)]),
    (pa.time64("us"), [datetime.time(1, 2, 3, 4)]),
    (pa.time64("ns"), [datetime.time(1, 2, 3, 4)]),
    (pa.timestamp("s"), [MOMENT.replace(microsecond=0)]),
    (pa.timestamp("ms"), [MOMENT]),
    (pa.timestamp("us"), [MOMENT, datetime.datetime(1, 1, 1)]),
    (pa.timestamp("ns"), [MOMENT]),
    (pa.timestamp("us", "UTC"), [MOMENT.replace(tzinfo=UTC)]),
    (pa.timestamp("ms", "Europe/Berlin"), [MOMENT.replace(tzinfo=UTC)]),
    (pa.timestamp("s", "+02:00"), [MOMENT.replace(tzinfo=UTC, microsecond=0)]),
    (pa.duration("s"), [datetime.timedelta(days=-1)]),
    (pa.duration("us"), [datetime.timedelta(microseconds=1)]),
    (pa.duration("ns"), [datetime.timedelta(hours=5)]),
    (pa.month_day_nano_interval(), [pa.MonthDayNano([1, 2, 3])]),
    (pa.list_(pa.int64()), [[], [1, None, 3]]),
    (pa.large_list(pa.string()), [["a", None]]),
    (pa.list_(pa.float64(), 2), [[1.0, 2.0]]),
    (pa.list_(pa.list_(pa.int32())), [[[1], [], None]]),
    (
        pa.struct([("a", pa.int64()), ("b", pa.string())]),
        [{"a": 1, "b": None}, {"a": None, "b": "x"}],
    ),
    (
        pa.list_(pa.struct([("at", pa.timestamp("us"))])),
        [[{"at": MOMENT}, {"at": None}]],
    ),
    (pa.map_(pa.string(), pa.int64()), [[("a", 1), ("b", None)], []]),
    (pa.dictionary(pa.int8(), pa.string()), ["a", "b", "a"]),
    (pa.dictionary(pa.uint16(), pa.int64()), [5, 6]),
    (pa.run_end_encoded(pa.int32(), pa.string()), ["a", "a", "b"]),
]


@pytest.mark.parametrize(
    ("kind", "values"), ARROW, ids=[str(kind) for kind, _ in ARROW]
)
def test_arrow(con: pf.Session, kind: pa.DataType, values: list[Any]) -> None:
    given = [*values, None]
    if pa.types.is_run_end_encoded(kind):
        column = pa.array(given, kind.value_type)
        column = pa.compute.run_end_encode(column, kind.run_end_type)
    else:
        column = pa.array(given, kind)
    table = pa.table({"x": column})
    frame = con.frame(table)
    answer = frame.to_arrow()
    assert answer["x"].type == kind
    assert answer["x"].to_pylist() == column.to_pylist()
    # The values as Python's own are those of pyarrow, apart from maps, which it has as pairs, and intervals.
    if pa.types.is_map(kind):
        assert frame.to_dict()["x"] == [
            None if pairs is None else dict(pairs) for pairs in column.to_pylist()
        ]
    elif not pa.types.is_interval(kind):
        assert frame.to_dict()["x"] == column.to_pylist()
    # A slice, and many pieces, whose offsets do not begin at 0.
    if not pa.types.is_run_end_encoded(kind):
        pieces = pa.concat_tables([table.slice(1), table.slice(0, 1), table.slice(1)])
        assert con.frame(pieces).to_arrow()["x"].to_pylist() == pieces["x"].to_pylist()


#: Columns of Polars.
POLARS = pl.DataFrame(
    {
        "boolean": [True, None],
        "text": ["a", None],
        "bytes": [b"a", None],
        "day": [datetime.date(2024, 2, 29), None],
        "time": [datetime.time(1, 2, 3), None],
        "moment": [MOMENT, None],
        "zoned": pl.Series([MOMENT, None]).dt.replace_time_zone("Europe/Berlin"),
        "duration": [datetime.timedelta(hours=1), None],
        "list": [[1, 2], None],
        "array": pl.Series([[1, 2], None], dtype=pl.Array(pl.Int16, 2)),
        "struct": [{"a": 1, "b": "x"}, None],
        "decimal": pl.Series([Decimal("1.25"), None], dtype=pl.Decimal(10, 2)),
        "category": pl.Series(["a", None], dtype=pl.Categorical),
        **{
            str(kind).lower(): pl.Series([1, None], dtype=kind)
            for kind in (
                pl.Int8,
                pl.Int16,
                pl.Int32,
                pl.Int64,
                pl.UInt8,
                pl.UInt16,
                pl.UInt32,
                pl.UInt64,
                pl.Float32,
                pl.Float64,
            )
        },
    }
)


@pytest.mark.parametrize("name", POLARS.columns)
def test_polars(con: pf.Session, name: str) -> None:
    table = POLARS.select(name)
    answer = con.frame(table).to_polars()
    assert answer.schema == table.schema
    assert answer.equals(table)


def test_columns_of_nothing_in_polars(con: pf.Session) -> None:
    table = pl.DataFrame(
        {"nothing": pl.Series([None, None], dtype=pl.Null), "n": [1, 2]}
    )
    assert con.frame(table).rows() == [(None, 1), (None, 2)]


def test_lazy_frames_of_polars(con: pf.Session) -> None:
    lazy = POLARS.lazy().select("text")
    assert con.sql("SELECT count(text) FROM lazy").item() == 1
    assert con.frame(lazy).columns == ["text"]


#: Columns of pandas, with what they are afterwards if that differs.
PANDAS: dict[str, pd.Series] = {
    "int64": pd.Series([1, 2]),
    "int8": pd.Series([1, 2], dtype="int8"),
    "uint64": pd.Series([1, 2**64 - 1], dtype="uint64"),
    "float32": pd.Series([0.5, np.nan], dtype="float32"),
    "float64": pd.Series([0.1, np.inf]),
    "bool": pd.Series([True, False]),
    "str": pd.Series(["a", "ß"]),
    "datetime": pd.Series([pd.Timestamp(MOMENT), pd.NaT], dtype="datetime64[us]"),
    "nanoseconds": pd.Series([1, 2], dtype="datetime64[ns]"),
    "zoned": pd.Series([pd.Timestamp("2024-02-29", tz="Europe/Berlin")] * 2).astype(
        "datetime64[us, Europe/Berlin]"
    ),
    "timedelta": pd.Series([pd.Timedelta(hours=1), pd.NaT], dtype="timedelta64[us]"),
    "category": pd.Series(["a", "b"], dtype="category"),
}


@pytest.mark.parametrize("name", list(PANDAS))
def test_pandas(con: pf.Session, name: str) -> None:
    table = pd.DataFrame({"x": PANDAS[name]})
    answer = con.frame(table).to_pandas()
    pd.testing.assert_frame_equal(answer, table)


def test_the_index_of_pandas(con: pf.Session) -> None:
    df = pd.DataFrame({"n": [1, 2, 3]})
    assert con.frame(df[df.n > 1]).columns == ["n"]
    assert con.frame(df.rename_axis("row")).columns == ["row", "n"]


@pytest.mark.parametrize(
    "dtype",
    [
        "bool",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "float16",
        "float32",
        "float64",
        "datetime64[D]",
        "datetime64[s]",
        "datetime64[ms]",
        "datetime64[us]",
        "datetime64[ns]",
        "timedelta64[s]",
        "timedelta64[ns]",
    ],
)
def test_numpy(con: pf.Session, dtype: str) -> None:
    array = np.array([0, 1, 1], dtype=dtype)
    answer = con.frame(array).to_numpy()["column0"]
    assert answer.dtype == array.dtype
    assert answer.tolist() == array.tolist()


def test_numpy_texts_and_records(con: pf.Session) -> None:
    assert con.frame(np.array(["a", "ß"])).rows() == [("a",), ("ß",)]
    records = np.array([(1, "x")], dtype=[("a", "i4"), ("b", "U3")])
    assert con.frame(records).schema == {"a": "INTEGER", "b": "VARCHAR"}


def test_dictionaries_and_rows(con: pf.Session) -> None:
    assert con.frame({"a": [1, 2], "b": ["x", None]}).rows() == [(1, "x"), (2, None)]
    # Keys that the first row does not have are columns, too.
    rows: list[dict[str, int]] = [{"a": 1}, {"b": 2}]
    assert con.frame(rows).rows() == [(1, None), (None, 2)]
