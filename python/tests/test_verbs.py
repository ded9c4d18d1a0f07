"""The methods of frames, beside the same in Polars."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import parquetframe as pf

SALES = pl.DataFrame(
    {
        "region": ["n", "s", "n", None, "s", "n"],
        "item": ["tea", "tea", "milk", "milk", None, "tea"],
        "amount": [10, 20, None, 40, 50, 60],
        "price": [1.5, float("nan"), -0.5, None, 2.25, 1.5],
        "day": [datetime.date(2024, 1, day) for day in (1, 2, 3, 4, 5, 31)],
    }
)
REGIONS = pl.DataFrame(
    {
        "region": ["n", "s", "w", None],
        "name": ["North", "South", "West", "None"],
        "amount": [1, 2, 3, 4],
    }
)


def rows(frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    return sorted(frame.rows(), key=repr)


def same(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, float):
        return bool(ours == pytest.approx(theirs, nan_ok=True))
    return type(ours) is type(theirs) and bool(ours == theirs)


SAME: list[tuple[str, Callable[[Any, Any], Any]]] = [
    (
        "select",
        lambda f, x: f.select(
            "item", x.col("amount") * 2 + 1, (x.col("amount") / 4).alias("quarter")
        ),
    ),
    (
        "integers",
        lambda f, x: f.select(
            a=(x.col("amount") - 30) // 7, b=(x.col("amount") - 30) % 7
        ),
    ),
    (
        "filter",
        lambda f, x: f.filter((x.col("amount") > 15) & ~(x.col("region") == "s")),
    ),
    (
        "filter two",
        lambda f, x: f.filter(
            x.col("amount") >= 20, x.col("item").is_in(["tea", "milk"])
        ),
    ),
    (
        "null",
        lambda f, x: f.select(x.col("item").is_null(), n=x.col("amount").fill_null(0)),
    ),
    ("between", lambda f, x: f.filter(x.col("amount").is_between(20, 50))),
    ("with_columns", lambda f, x: f.with_columns(x.col("amount") + 1, new=x.lit("x"))),
    ("drop", lambda f, _: f.drop("price", "day")),
    ("drop_nulls", lambda f, _: f.drop_nulls(["region", "amount"])),
    ("rename", lambda f, _: f.rename({"amount": "n"})),
    (
        "when",
        lambda f, x: f.select(
            x.when(x.col("amount") > 30)
            .then(x.lit("much"))
            .otherwise(x.lit("little"))
            .alias("w")
        ),
    ),
    (
        "group_by",
        lambda f, x: f.group_by("region").agg(
            (
                x.col("amount").sum().cast("BIGINT")
                if x is pf
                else x.col("amount").sum()
            ).alias("sum"),
            x.col("amount").mean().alias("mean"),
            (
                x.col("item").n_unique().alias("items")
                if x is pf
                else x.col("item").drop_nulls().n_unique().alias("items")
            ),
            x.col("amount").max().alias("max"),
        ),
    ),
    (
        "std",
        lambda f, x: f.select(
            s=x.col("amount").std().round(9),
            v=x.col("amount").var().round(9),
            m=x.col("amount").median(),
        ),
    ),
    (
        "quantile",
        lambda f, x: f.select(
            q=(
                x.col("amount").quantile(0.25)
                if x is pf
                else x.col("amount").quantile(0.25, "linear")
            )
        ),
    ),
    ("over", lambda f, x: f.select("item", t=x.col("amount").max().over("region"))),
    ("unique", lambda f, _: f.select("region", "item").unique()),
    (
        "str",
        lambda f, x: f.select(
            x.col("item").str.to_uppercase(),
            c=x.col("item").str.contains("^t"),
            s=x.col("item").str.slice(1, 2),
        ),
    ),
    (
        "dt",
        lambda f, x: f.select(
            w=x.col("day").dt.weekday().cast(pl.Int64 if x is pl else "BIGINT"),
            y=x.col("day").dt.year().cast(pl.Int64 if x is pl else "BIGINT"),
        ),
    ),
]


@pytest.mark.parametrize(
    "verb", [same[1] for same in SAME], ids=[same[0] for same in SAME]
)
def test_as_in_polars(con: pf.Session, verb: Callable[[Any, Any], Any]) -> None:
    ours = verb(con.frame(SALES), pf).to_polars()
    theirs = verb(SALES, pl)
    assert ours.columns == theirs.columns
    pairs = zip(rows(ours), rows(theirs), strict=True)
    assert all(same(a, b) for row in pairs for a, b in zip(*row, strict=True))


@pytest.mark.parametrize("how", ["inner", "left", "right", "full", "semi", "anti"])
def test_joins(con: pf.Session, how: Any) -> None:
    left, right = SALES.select("region", "amount"), REGIONS
    ours = con.frame(left).join(con.frame(right), on="region", how=how).to_polars()
    coalesce = True if how in ("left", "right", "full") else None
    theirs = left.join(right, on="region", how=how, coalesce=coalesce)
    assert sorted(ours.columns) == sorted(theirs.columns)
    assert rows(ours.select(theirs.columns)) == rows(theirs)


def test_cross_join(con: pf.Session) -> None:
    left = con.frame(SALES).select("item")
    assert left.join(con.frame(REGIONS).select("name"), how="cross").count() == 24


def test_asof_join(con: pf.Session) -> None:
    trades = pl.DataFrame({"at": [1, 5, 10], "k": ["a", "b", "a"]})
    quotes = pl.DataFrame(
        {"at": [0, 4, 6, 9], "k": ["a", "a", "b", "b"], "bid": [1.0, 2.0, 3.0, 4.0]}
    )
    for strategy in ("backward", "forward"):
        ours = con.frame(trades).join_asof(
            con.frame(quotes), on="at", by="k", strategy=strategy
        )
        theirs = trades.join_asof(quotes, on="at", by="k", strategy=strategy)
        assert ours.sort("at").select(*theirs.columns).rows() == theirs.rows()


def test_windows(con: pf.Session) -> None:
    frame = con.frame(SALES.drop_nulls("amount"))
    ours = frame.select(
        "amount",
        total=pf.col("amount").cum_sum().over(order_by="day"),
        before=pf.col("amount").shift(1).over(order_by="day"),
        more=pf.col("amount").diff().over(order_by="day"),
        mean=pf.col("amount").rolling_mean(2).over(order_by="day"),
        rank=pf.col("amount").rank(descending=True).over(),
    ).sort("amount")
    assert ours.rows() == [
        (10, 10, None, None, 10.0, 5),
        (20, 30, 10, 10, 15.0, 4),
        (40, 70, 20, 20, 30.0, 3),
        (50, 120, 40, 10, 45.0, 2),
        (60, 180, 50, 10, 55.0, 1),
    ]


def test_sort(con: pf.Session) -> None:
    frame = con.frame(SALES)
    assert frame.sort("region", "amount", descending=[True, False]).to_dict()[
        "amount"
    ] == [20, 50, 10, 60, None, 40]
    assert frame.sort("amount", nulls_last=False).to_dict()["amount"] == [
        None,
        10,
        20,
        40,
        50,
        60,
    ]
    with pytest.raises(ValueError, match="2 values for 1 columns"):
        frame.sort("amount", descending=[True, False])


def test_set_operations(con: pf.Session) -> None:
    one, two = con.table("range(3)"), con.table("range(1, 5)")
    assert one.union(two).count() == 7
    assert one.union(two, distinct=True).count() == 5
    assert one.intersect(two).sort("value").to_dict() == {"value": [1, 2]}
    assert one.except_(two).to_dict() == {"value": [0]}


def test_shapes(con: pf.Session) -> None:
    frame = con.frame(
        pl.DataFrame({"id": [1, 1, 2], "k": ["a", "b", "a"], "n": [5, 6, 7]})
    )
    wide = frame.pivot("k", index="id", values="n", aggregate_function="sum").sort("id")
    assert wide.rows() == [(1, 5, 6), (2, 7, None)]
    long = wide.unpivot(["a", "b"], index="id", variable_name="k", value_name="n").sort(
        "id", "k"
    )
    assert long.rows() == [(1, "a", 5), (1, "b", 6), (2, "a", 7), (2, "b", None)]
    assert frame.summarize().count() == 3
    lists = con.sql("SELECT 1 AS id, ['x', 'y'] AS tags")
    assert lists.explode("tags").rows() == [(1, "x"), (1, "y")]
    assert lists.select(
        pf.col("tags").list.len(), pf.col("tags")[-1].alias("last")
    ).rows() == [(2, "y")]


def test_a_chain_is_one_query(con: pf.Session, tmp_path: Path) -> None:
    path = tmp_path / "sales.parquet"
    assert con.frame(SALES).write_parquet(path) == 6
    frame = (
        con.read_parquet(path)
        .with_columns(twice=pf.col("amount") * 2)
        .filter(pf.col("region") == "n")
    )
    plan = frame.select("twice").explain()
    assert "predicate=" in plan
    assert "price" not in plan.split("physical_plan")[-1]
    assert frame.select("twice").sort("twice").to_dict() == {"twice": [20, 120, None]}


def test_files(con: pf.Session, tmp_path: Path) -> None:
    frame = con.frame(SALES.select("region", "amount"))
    for write, read in [
        (frame.write_csv, con.read_csv),
        (frame.write_json, con.read_json),
        (frame.write_ndjson, con.read_ndjson),
        (frame.write_avro, con.read_avro),
        (frame.write_arrow, con.read_arrow),
    ]:
        path = tmp_path / write.__name__
        assert write(path) == 6
        assert read(path).sort("amount").to_dict() == frame.sort("amount").to_dict()
    folder = tmp_path / "by_region"
    assert (
        frame.drop_nulls().write_parquet(
            folder, partition_by="region", compression="zstd"
        )
        == 4
    )
    assert con.read_parquet(folder).filter(region="s").to_dict()["amount"] == [20, 50]


def test_wrong_names_say_what_there_is(con: pf.Session) -> None:
    frame = con.frame(SALES)
    with pytest.raises(
        pf.errors.NotFoundError,
        match="there is no column 'amont'\nhint: did you mean 'amount'",
    ):
        frame.drop("amont")
    with pytest.raises(pf.errors.NotFoundError, match="amont"):
        frame.select("amont")
    with pytest.raises(
        ValueError, match=r"'inne' is no kind of join .* did you mean 'inner'"
    ):
        frame.join(frame, on="item", how="inne")
    with pytest.raises(ValueError, match="'meen' is no aggregate; did you mean 'mean'"):
        frame.group_by("item").agg({"amount": "meen"})
    with pytest.raises(TypeError, match="use & for AND"):
        frame.filter(pf.col("amount") > 1 and pf.col("amount") < 5)
    with pytest.raises(ValueError, match=r"cum_sum|sum needs an order"):
        frame.select(pf.col("amount").cum_sum())
    with pytest.raises(
        TypeError, match="expected the name of a column or an expression"
    ):
        frame.select(1)
    with pytest.raises(ValueError, match="give either on, or left_on and right_on"):
        frame.join(frame, on="item", left_on="item", right_on="item")


def test_names_need_no_care(con: pf.Session) -> None:
    odd = con.sql('SELECT 1 AS "order", 2 AS "a ""b""", 3 AS "X"')
    assert odd.select("order", 'a "b"', "X").with_columns(pf.col("X") + 1).rows() == [
        (1, 2, 4)
    ]
    twice = con.sql("SELECT 1 AS a, 2 AS a")
    with pytest.raises(pf.errors.InvalidInputError, match="column 'a' occurs twice"):
        twice.limit(1)


def test_an_expression_says_itself() -> None:
    shown = repr(
        pf.when(pf.col("a") > 1)
        .then("x")
        .when(pf.col("b"))
        .then(None)
        .otherwise(pf.col("c"))
        .alias("d")
    )
    assert (
        shown
        == """Expr(CASE WHEN ("a" > 1) THEN 'x' WHEN "b" THEN NULL ELSE "c" END AS "d")"""
    )
