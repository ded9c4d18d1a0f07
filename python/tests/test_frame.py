"""Frames: columns, values, displays, hand-over to other libraries."""

import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import parquetframe as pf

UTC = datetime.timezone.utc


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("NULL", None),
        ("true", True),
        ("CAST(-128 AS TINYINT)", -128),
        ("9223372036854775807", 2**63 - 1),
        ("CAST('18446744073709551615' AS BIGINT UNSIGNED)", 2**64 - 1),
        ("CAST(0.5 AS FLOAT)", 0.5),
        ("CAST('12.30' AS DECIMAL(15, 2))", Decimal("12.30")),
        ("'héllo'", "héllo"),
        ("X'00ff'", b"\x00\xff"),
        ("DATE '2024-02-29'", datetime.date(2024, 2, 29)),
        ("TIME '12:34:56.789'", datetime.time(12, 34, 56, 789000)),
        (
            "TIMESTAMP '2024-02-29 12:00:00.000001'",
            datetime.datetime(2024, 2, 29, 12, 0, 0, 1),
        ),
        (
            "arrow_cast('2024-02-29T12:00:00Z', 'Timestamp(Microsecond, Some(\"UTC\"))')",
            datetime.datetime(2024, 2, 29, 12, tzinfo=UTC),
        ),
        (
            "arrow_cast('2024-02-29T12:00:00Z', 'Timestamp(Second, Some(\"Europe/Berlin\"))')",
            datetime.datetime(2024, 2, 29, 13, tzinfo=ZoneInfo("Europe/Berlin")),
        ),
        (
            "arrow_cast('2024-02-29T12:00:00Z', 'Timestamp(Second, Some(\"+02:00\"))')",
            datetime.datetime(2024, 2, 29, 12, tzinfo=UTC),
        ),
        ("INTERVAL '2 days 3 hours'", datetime.timedelta(days=2, hours=3)),
        ("INTERVAL '1 month'", "1 mons"),
        ("CAST(DATE '2024-01-01' + INTERVAL '12000 years' AS DATE)", "+14024-01-01"),
        ("[1, NULL, 3]", [1, None, 3]),
        ("[[1], []]", [[1], []]),
        ("{'a': 1, 'b': 'x'}", {"a": 1, "b": "x"}),
        ("MAP {'a': 1, 'b': 2}", {"a": 1, "b": 2}),
        ("arrow_cast('x', 'Dictionary(Int32, Utf8)')", "x"),
    ],
)
def test_values(con: pf.Session, sql: str, expected: object) -> None:
    [row] = con.sql(f"SELECT {sql} AS value").to_dicts()
    assert row["value"] == expected
    assert type(row["value"]) is type(expected)


def test_schema_speaks_sql(con: pf.Session) -> None:
    frame = con.sql(
        "SELECT 1 AS id, 'x' AS name, [1.5] AS list, CAST(1 AS DECIMAL(15,2)) AS d"
    )
    assert frame.schema == {
        "id": "BIGINT",
        "name": "VARCHAR",
        "list": "DOUBLE[]",
        "d": "DECIMAL(15,2)",
    }
    assert frame.columns == ["id", "name", "list", "d"]


def test_repeated_names_make_no_dictionary(con: pf.Session) -> None:
    one = pa.table({"a": [1]})
    frame = con.sql("SELECT x.a, y.a FROM one AS x CROSS JOIN one AS y", one=one)
    assert frame.columns == ["a", "a"]
    with pytest.raises(ValueError, match="'a' occurs twice"):
        frame.to_dicts()


def test_to_other_libraries(con: pf.Session) -> None:
    frame = con.sql("SELECT * FROM (VALUES (1, 'a'), (2, NULL)) AS t(n, s) ORDER BY n")
    assert frame.to_arrow().to_pylist() == [{"n": 1, "s": "a"}, {"n": 2, "s": None}]
    assert frame.to_polars().rows() == [(1, "a"), (2, None)]
    pandas = frame.to_pandas()
    assert isinstance(pandas, pd.DataFrame)
    assert pandas["n"].tolist() == [1, 2]


def test_the_capsule_is_enough(con: pf.Session) -> None:
    frame = con.sql("SELECT * FROM range(10)")
    assert pa.table(frame).num_rows == 10
    assert pl.DataFrame(frame).height == 10
    assert pa.schema(frame).names == frame.columns


def test_an_empty_result_keeps_its_columns(con: pf.Session) -> None:
    frame = con.sql("SELECT 1 AS a, 'x' AS b WHERE false")
    assert frame.to_dicts() == []
    assert frame.to_arrow().column_names == ["a", "b"]
    assert frame.to_polars().columns == ["a", "b"]


def test_batches_come_one_by_one(con: pf.Session) -> None:
    frame = con.sql("SELECT * FROM range(50000)")
    batches = list(frame)
    assert len(batches) > 1
    assert sum(len(batch) for batch in batches) == 50000
    assert pa.record_batch(batches[0]).num_rows == len(batches[0])


def test_a_stream_that_is_dropped_stops_its_query(con: pf.Session) -> None:
    frame = con.sql(
        "SELECT a.value FROM range(1000000) AS a CROSS JOIN range(1000000) AS b"
    )
    batches = iter(frame)
    assert len(next(batches)) > 0
    del batches
    [query] = con.sql(
        "SELECT state FROM system.queries WHERE text LIKE '%CROSS JOIN range%' AND text NOT LIKE '%system%'"
    ).to_dicts()
    assert query == {"state": "cancelled"}


def test_show_and_repr(con: pf.Session, capsys: pytest.CaptureFixture[str]) -> None:
    frame = con.sql("SELECT * FROM (VALUES (1, 'a'), (22, NULL)) AS t(n, s) ORDER BY n")
    text = "\n".join(
        [
            "┌────────┬─────────┐",
            "│      n │ s       │",
            "│ BIGINT │ VARCHAR │",
            "├────────┼─────────┤",
            "│      1 │ a       │",
            "│     22 │ NULL    │",
            "└────────┴─────────┘",
            "2 rows",
        ]
    )
    assert repr(frame) == text
    frame.show(rows=1)
    assert capsys.readouterr().out.endswith("└────────┴─────────┘\nfirst 1 row\n")


def test_html_escapes(con: pf.Session) -> None:
    html = con.sql("SELECT '<b>' AS \"a<b\"")._repr_html_()
    assert "<th>a&lt;b<br>" in html
    assert "&lt;b&gt;</td>" in html


def test_explain(con: pf.Session) -> None:
    frame = con.sql("SELECT * FROM range(10) WHERE value > 3")
    assert "Filter" in frame.explain()
    assert "output_rows=6" in frame.explain(analyze=True)
    with pytest.raises(NotImplementedError):
        con.sql("CREATE TABLE t AS SELECT 1 AS n").explain()


def test_a_missing_library_is_named(
    con: pf.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    with pytest.raises(
        ModuleNotFoundError, match=r"pip install 'parquetframe\[polars\]'"
    ):
        con.sql("SELECT 1").to_polars()
