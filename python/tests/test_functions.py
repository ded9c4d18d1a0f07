"""Functions of Python in SQL."""

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import parquetframe as pf


def test_scalar_functions_get_columns(con: pf.Session) -> None:
    con.register_function(
        "plus", lambda a, b: pc.add(a, b), ["BIGINT", "BIGINT"], "BIGINT"
    )
    con.register_function("root", np.sqrt, [float], float, values="numpy")
    con.register_function(
        "shout", lambda s: s.str.to_uppercase(), [str], str, values="polars"
    )
    con.register_function(
        "twice", lambda s: None if s is None else s + s, [str], str, values="python"
    )
    sql = "SELECT plus(n, 1) AS a, root(n) AS b, shout(s) AS c, twice(s) AS d FROM t ORDER BY n"
    table = pl.DataFrame({"n": [4, 9], "s": ["x", None]})
    assert con.sql(sql, t=table).rows() == [(5, 2.0, "X", "xx"), (10, 3.0, None, None)]


def test_many_rows(con: pf.Session) -> None:
    con.register_function("half", lambda n: pc.divide(n, 2), [int], int)
    assert con.sql("SELECT sum(half(value)) FROM range(1000000)").item() == sum(
        n // 2 for n in range(1000000)
    )


def test_aggregates_get_the_values_of_a_group(con: pf.Session) -> None:
    con.register_function(
        "spread",
        lambda n: pc.max(n).as_py() - pc.min(n).as_py(),
        [int],
        int,
        kind="aggregate",
    )
    rows = con.sql(
        "SELECT value % 3 AS k, spread(value) AS s FROM range(100) GROUP BY k ORDER BY k"
    ).rows()
    assert rows == [(0, 99), (1, 96), (2, 96)]


def test_tables(con: pf.Session) -> None:
    con.register_function(
        "squares",
        lambda n: {"n": list(range(n)), "square": [i * i for i in range(n)]},
        kind="table",
    )
    assert con.sql("SELECT sum(square) FROM squares(5)").item() == 30


def test_no_arguments(con: pf.Session) -> None:
    con.register_function("always", lambda: 7, [], int)
    assert con.sql("SELECT always() AS a FROM range(2)").rows() == [(7,), (7,)]


def fails(_: Any) -> Any:
    raise KeyError("the reason")


def test_exceptions_have_their_traceback(con: pf.Session) -> None:
    con.register_function("fails", fails, [int], int)
    with pytest.raises(
        pf.errors.InvalidDataError,
        match=r"the function 'fails' raised KeyError: 'the reason'",
    ) as caught:
        con.sql("SELECT fails(1)").to_dicts()
    assert "in fails" in str(caught.value)


def test_what_a_function_gives_is_checked(con: pf.Session) -> None:
    con.register_function("short", lambda _: pa.array([1]), [int], int)
    with pytest.raises(
        pf.errors.InvalidDataError, match="'short' gave 1 values for 3 rows"
    ):
        con.sql("SELECT short(value) FROM range(3)").to_dicts()
    con.register_function("text", lambda n: pa.array(["x"] * len(n)), [int], int)
    with pytest.raises(
        pf.errors.InvalidDataError, match="'text' gave VARCHAR, which is no BIGINT"
    ):
        con.sql("SELECT text(value) FROM range(3)").to_dicts()
    with pytest.raises(TypeError, match="needs the type that it returns"):
        con.register_function("untyped", fails)
    with pytest.raises(pf.errors.InvalidInputError, match="NOSUCHTYPE"):
        con.register_function("odd", fails, ["NOSUCHTYPE"], int)
    with pytest.raises(ValueError, match="'rows' is no kind of values"):
        con.register_function("odd", fails, [int], int, values="rows")
