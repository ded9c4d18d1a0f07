"""Values of parameters, and tables that are found among the variables."""

import datetime
import decimal
import math
import uuid

import numpy as np
import pandas as pd
import polars as pl
import pytest

import parquetframe as pf


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -5,
        2**62,
        2.5,
        1e300,
        5e-324,
        -0.0,
        math.inf,
        "it's -- \" /* $1 ; x",
        "",
        "茶",
        b"\x00\xff'",
        decimal.Decimal("12.340"),
        decimal.Decimal("-0.001"),
        decimal.Decimal("1E+3"),
        datetime.date(2024, 2, 29),
        datetime.datetime(2024, 2, 29, 1, 2, 3, 456),
        datetime.time(1, 2, 3, 456),
        datetime.timedelta(days=2, seconds=3, microseconds=4),
        [1, None, 3],
        {"a": 1, "b": "x"},
    ],
    ids=repr,
)
def test_values_come_back(con: pf.Session, value: object) -> None:
    found = con.sql("SELECT $1 AS value", params=[value]).item()
    assert found == value
    if value is not None:
        assert isinstance(found, type(value))


def test_other_values(con: pf.Session) -> None:
    assert math.isnan(con.sql("SELECT ? AS v", params=[math.nan]).item())
    some = uuid.uuid4()
    assert str(con.sql("SELECT CAST(? AS VARCHAR) AS v", params=[some]).item()) == str(
        some
    )
    assert (
        con.sql(
            "SELECT ? + $n AS v", params={"1": np.int64(4), "n": np.float64(0.5)}
        ).item()
        == 4.5
    )
    moment = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.timezone.utc)
    assert (
        con.sql(
            "SELECT ? = TIMESTAMPTZ '2024-02-29 12:00:00+00' AS v", params=[moment]
        ).item()
        is True
    )


def test_text_is_a_value_and_never_sql(con: pf.Session) -> None:
    people = pl.DataFrame({"n": ["x", "y"]})
    query = "SELECT count(*) FROM people WHERE n = $n"
    assert con.sql(query, params={"n": "x' or '1'='1"}, people=people).item() == 0
    assert con.sql(query, params={"n": "x"}, people=people).item() == 1


def test_parameters_and_values_belong_together(con: pf.Session) -> None:
    with pytest.raises(
        pf.errors.InvalidInputError, match="no value is given for the parameter b"
    ):
        con.sql("SELECT $a + $b", params={"a": 1})
    with pytest.raises(
        pf.errors.InvalidInputError, match="the statement has no parameter c"
    ):
        con.sql("SELECT $a", params={"a": 1, "c": 2})
    with pytest.raises(TypeError, match="params is a list of values"):
        con.sql("SELECT ?", params="abc")
    with pytest.raises(TypeError, match="expected a bool, int"):
        con.sql("SELECT ?", params=[object()])


def test_variables_are_tables(con: pf.Session) -> None:
    df = pd.DataFrame({"n": [1, 2, 3]})
    frame = con.sql("SELECT sum(n) AS total FROM df")
    del df
    assert frame.item() == 6
    Upper = pl.DataFrame({"Name": ["a"]})  # noqa: N806
    assert con.sql("SELECT name FROM upper").rows() == [("a",)]
    del Upper
    numbers = np.array([[1, 2], [3, 4]])
    assert con.sql("SELECT column0 + column1 AS s FROM numbers").rows() == [(3,), (7,)]
    del numbers


def test_the_catalog_and_common_tables_come_before_variables(con: pf.Session) -> None:
    df = pl.DataFrame({"n": [1]})
    con.sql("CREATE TABLE df AS SELECT 2 AS n")
    assert con.sql("SELECT n FROM df").item() == 2
    assert con.sql("WITH df AS (SELECT 3 AS n) SELECT n FROM df").item() == 3
    assert con.sql("WITH df AS (SELECT 3 AS n) SELECT n FROM df", df=df).item() == 3
    assert con.sql("SELECT n FROM df", df=df).item() == 1


def test_what_is_no_table_is_not_found(con: pf.Session) -> None:
    text = "no table"
    with pytest.raises(pf.errors.NotFoundError, match="text"):
        con.sql("SELECT * FROM text")
    assert text


def test_python_data(con: pf.Session) -> None:
    assert con.frame({"a": [1, 2], "b": ["x", None]}).rows() == [(1, "x"), (2, None)]
    assert con.frame([{"a": 1}, {"a": None}]).rows() == [(1,), (None,)]
    structured = np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")])
    assert con.frame(structured).schema == {"a": "INTEGER", "b": "DOUBLE"}
    with pytest.raises(pf.errors.InvalidInputError, match="no table"):
        con.frame(7)
