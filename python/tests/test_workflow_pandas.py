"""Workflow steps mean what pandas means: the same rows, groups and values, column by column."""

import random
from pathlib import Path
from typing import Any

import pytest

import parquetframe as pf

pd: Any = pytest.importorskip("pandas")

QUERIES = [
    "a > 3",
    "a != 3",
    "not a > 3",
    "x > 0.5",
    "not x > 0.5",
    "x != 0.5",
    "x <= 0.5 or a == 1",
    "s == 'b'",
    "s != 'b'",
    "s in ['a', 'c']",
    "s not in ['a', 'c']",
    "~(a > 3) & s != 'a'",
    "1 < a <= 4",
    "a % 3 == 1",
    "-a % 3 == 1",
    "a // 2 == 1",
    "x.isna()",
    "s.notna() and x.notna()",
    "a.isin([1, 2])",
    "a.between(2, 4)",
    "s.str.startswith('a', na=False)",
    "x * 2 > a",
]

AGGREGATES = [
    "count",
    "sum",
    "mean",
    "min",
    "max",
    "std",
    "var",
    "median",
    "nunique",
    "size",
]


@pytest.fixture(scope="module")
def frame() -> Any:
    draw = random.Random(7)  # noqa: S311
    rows = 500
    return pd.DataFrame(
        {
            "id": range(rows),
            "a": [draw.randint(0, 6) for _ in range(rows)],
            "x": [None if draw.random() < 0.2 else draw.random() for _ in range(rows)],
            "s": [draw.choice(["a", "b", "c", "ab", None]) for _ in range(rows)],
        }
    )


def run(tmp_path: Path, frame: Any, steps: Any) -> Any:
    """The rows that a workflow over `frame` leaves."""
    frame.to_parquet(tmp_path / "rows.parquet")
    file = tmp_path / "flow.yml"
    file.write_text(
        "steps:\n  - {name: read, type: read, input: rows.parquet, output: data}\n"
        + steps
        + "\n  - {name: save, type: save, input: data, output: out.parquet}\n"
    )
    pf.connect().sql(f"RUN WORKFLOW '{file}'").to_arrow()
    return pd.read_parquet(tmp_path / "out.parquet")


@pytest.mark.parametrize("query", QUERIES)
def test_queries_choose_the_same_rows(tmp_path: Path, frame: Any, query: str) -> None:
    step = f'  - {{name: filter, type: filter, query: "{query}"}}'
    ours = sorted(run(tmp_path, frame, step)["id"])
    assert ours == sorted(frame.query(query)["id"]), query


@pytest.mark.parametrize("function", AGGREGATES)
def test_aggregates_have_the_same_values(
    tmp_path: Path, frame: Any, function: str
) -> None:
    step = f"  - {{name: g, type: groupby, by: s, agg: {{x: [{function}], a: [{function}]}}}}"
    ours = run(tmp_path, frame, step)
    theirs = frame.groupby("s").agg({"x": [function], "a": [function]})
    theirs.columns = [f"{column}_{name}" for column, name in theirs.columns]
    theirs = theirs.reset_index()
    # The groups come in the order of their keys.
    assert list(ours["s"]) == list(theirs["s"])
    for column in theirs.columns[1:]:
        left, right = ours[column].astype(float), theirs[column].astype(float)
        assert left.tolist() == pytest.approx(right.tolist(), nan_ok=True), column


def test_keys_that_are_missing_make_a_group_on_request(
    tmp_path: Path, frame: Any
) -> None:
    step = "  - {name: g, type: groupby, by: s, agg: {id: count}, dropna: false}"
    ours = run(tmp_path, frame, step)
    theirs = frame.groupby("s", dropna=False)["id"].count().reset_index()
    assert ours["id"].tolist() == theirs["id"].tolist()


@pytest.mark.parametrize("how", ["inner", "left", "outer"])
def test_joins_name_their_columns_as_merge_does(
    tmp_path: Path, frame: Any, how: str
) -> None:
    step = (
        "  - {name: big, type: filter, query: a > 3, output: big}\n"
        f"  - {{name: j, type: join, inputs: [data, big], on: id, how: {how}, output: data}}"
    )
    ours = run(tmp_path, frame, step)
    theirs = frame.merge(frame.query("a > 3"), on="id", how=how)
    assert list(ours.columns) == list(theirs.columns)
    assert len(ours) == len(theirs)


def test_what_is_filled_is_the_same(tmp_path: Path, frame: Any) -> None:
    for method, expected in [
        ("mean", frame["x"].mean()),
        ("median", frame["x"].median()),
    ]:
        step = f"  - {{name: f, type: transform, function: fill_missing, columns: x, method: {method}}}"
        ours = run(tmp_path, frame, step).sort_values("id")
        assert ours["x"].tolist() == pytest.approx(frame["x"].fillna(expected).tolist())
