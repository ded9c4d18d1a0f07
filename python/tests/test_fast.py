"""The fast paths by the names of the plan."""

import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import parquetframe as pf

TABLE = pa.table(
    {
        "n": pa.array(range(10), pa.int64()),
        "s": [f"row {i}" for i in range(10)],
        "day": [datetime.date(2024, 1, i + 1) for i in range(10)],
        "maybe": [None, 1.5] * 5,
    }
)


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    path = tmp_path / "table.parquet"
    pq.write_table(TABLE, path, row_group_size=3)
    return path


def test_parquet(parquet: Path) -> None:
    assert pf.read_parquet_fast(parquet).to_pylist() == TABLE.to_pylist()
    some = pf.read_parquet_fast(parquet, columns=["s"], row_groups=[1])
    assert some.to_pydict() == {"s": ["row 3", "row 4", "row 5"]}
    assert pf.read_parquet_fast(parquet, row_groups=[3]).num_rows == 1
    with pytest.raises(pf.errors.NotFoundError, match="'nosuch'"):
        pf.read_parquet_fast(parquet, columns=["nosuch"])
    with pytest.raises(IndexError, match=r"no row group 4.*has 4"):
        pf.read_parquet_fast(parquet, row_groups=[4])
    with pytest.raises(FileNotFoundError):
        pf.read_parquet_fast(parquet.with_name("missing.parquet"))


def test_empty_parquet_keeps_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "empty.parquet"
    pq.write_table(TABLE.slice(0, 0), path)
    assert pf.read_parquet_fast(path).column_names == TABLE.column_names
    assert pf.get_parquet_row_count_rust(path) == 0


def test_parquet_metadata(parquet: Path) -> None:
    found = pf.read_parquet_metadata_rust(parquet)
    assert found == {
        "num_rows": 10,
        "num_row_groups": 4,
        "num_columns": 4,
        "file_size_bytes": parquet.stat().st_size,
        "column_names": ["n", "s", "day", "maybe"],
        "column_types": ["BIGINT", "VARCHAR", "DATE", "DOUBLE"],
    }
    assert pf.get_parquet_row_count_rust(parquet) == 10
    assert pf.get_parquet_column_names_rust(parquet) == ["n", "s", "day", "maybe"]
    stats = {
        column["name"]: column for column in pf.get_parquet_column_stats_rust(parquet)
    }
    assert (stats["n"]["min_value"], stats["n"]["max_value"]) == (0, 9)
    assert (stats["s"]["min_value"], stats["s"]["max_value"]) == ("row 0", "row 9")
    assert stats["day"]["max_value"] == datetime.date(2024, 1, 10)
    assert stats["maybe"]["null_count"] == 5


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('a;b\n1;"x\ny"\n2;z\n')
    assert pf.read_csv_fast(path, delimiter=";").to_pydict() == {
        "a": [1, 2],
        "b": ["x\ny", "z"],
    }
    assert pf.read_csv_fast(path, ";", infer_schema=False).to_pydict()["a"] == [
        "1",
        "2",
    ]
    assert pf.read_csv_fast(path, ";", has_header=False).num_rows == 3


def test_avro(tmp_path: Path) -> None:
    path = tmp_path / "table.avro"
    pf.frame(TABLE).write_avro(path)
    assert pf.read_avro_fast(path).to_pylist() == TABLE.to_pylist()


def test_it_is_there() -> None:
    assert pf.rust_available() is True
    assert pf.io_fastpaths_available() is True
