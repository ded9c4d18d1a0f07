"""Sessions: statements, settings, files."""

import json
from pathlib import Path

import pytest

import parquetframe as pf


def test_a_query_of_the_default_session() -> None:
    assert pf.rust_available()
    assert pf.sql("SELECT 40 + 2 AS answer").to_dicts() == [{"answer": 42}]


def test_version_is_that_of_the_package() -> None:
    assert pf.__version__.count(".") == 2


def test_sessions_do_not_share_tables(con: pf.Session) -> None:
    con.sql("CREATE TABLE mine AS SELECT 1 AS n")
    with pytest.raises(pf.errors.NotFoundError, match="mine"):
        pf.connect().sql("FROM mine")


def test_statements_run_at_once_and_queries_when_asked(con: pf.Session) -> None:
    con.sql("CREATE TABLE t AS SELECT 1 AS n")
    frame = con.sql("SELECT count(*) AS rows FROM t")
    con.sql("INSERT INTO t VALUES (2)")
    assert frame.to_dicts() == [{"rows": 2}]
    con.sql("INSERT INTO t VALUES (3)")
    assert frame.to_dicts() == [{"rows": 3}]


def test_a_query_that_nobody_reads_is_not_run(con: pf.Session) -> None:
    con.sql("SELECT 1 AS never_read")
    texts = [
        row["text"] for row in con.sql("SELECT text FROM system.queries").to_dicts()
    ]
    assert "SELECT 1 AS never_read" not in texts


def test_tables_lists_names(con: pf.Session) -> None:
    con.sql("CREATE TABLE b AS SELECT 1 AS n")
    con.sql("CREATE VIEW a AS SELECT 2 AS n")
    assert con.tables() == ["a", "b"]


def test_settings_arrive() -> None:
    con = pf.connect(
        threads=3, read_only=True, **{"datafusion.execution.batch_size": 1024}
    )
    rows = con.sql("SELECT name, value FROM system.settings").to_dicts()
    values = {row["name"]: row["value"] for row in rows}
    assert values["threads"] == "3"
    assert values["read_only"] == "true"
    assert values["datafusion.execution.batch_size"] == "1024"
    with pytest.raises(PermissionError, match="read-only"):
        con.sql("CREATE TABLE t AS SELECT 1 AS n")


def test_an_unknown_setting_is_refused_with_a_hint() -> None:
    with pytest.raises(pf.errors.NotFoundError) as caught:
        pf.connect(memory_limt="1GB")
    assert caught.value.hint == "did you mean 'memory_limit'?"


def test_a_bad_value_is_refused() -> None:
    with pytest.raises(ValueError, match="memory_limit must be a size"):
        pf.connect(memory_limit="lots")


def test_files_of_each_format(con: pf.Session, tmp_path: Path) -> None:
    rows = [{"id": 1, "name": "tea"}, {"id": 2, "name": None}]
    con.sql(
        f"COPY (SELECT * FROM (VALUES (1, 'tea'), (2, NULL)) AS t(id, name))"
        f" TO '{tmp_path}/t.parquet' (FORMAT parquet)"
    )
    (tmp_path / "t.csv").write_text("id,name\n1,tea\n2,\n")
    (tmp_path / "t.json").write_text(json.dumps(rows))
    assert con.read_parquet(tmp_path / "t.parquet").to_dicts() == rows
    assert con.read_csv(str(tmp_path / "t.csv")).to_dicts() == rows
    assert con.read_json(tmp_path / "t.json").to_dicts() == rows


def test_options_and_lists_of_paths(con: pf.Session, tmp_path: Path) -> None:
    (tmp_path / "it's.csv").write_text("1;a\n")
    (tmp_path / "b.csv").write_text("2;b\n")
    frame = con.read_csv(
        [tmp_path / "it's.csv", tmp_path / "b.csv"], delim=";", header=False
    )
    assert sorted(tuple(row.values()) for row in frame.to_dicts()) == [
        (1, "a"),
        (2, "b"),
    ]


def test_an_unknown_option_is_refused(con: pf.Session, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    with pytest.raises(pf.errors.InvalidInputError, match="delmiter"):
        con.read_csv(tmp_path / "t.csv", delmiter=";")


def test_an_option_of_no_sql_type_is_refused(con: pf.Session) -> None:
    with pytest.raises(TypeError, match="of type object"):
        con.read_csv("t.csv", header=object())  # type: ignore[arg-type]


def test_a_file_that_is_not_there(con: pf.Session, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.parquet"):
        con.read_parquet(tmp_path / "none.parquet")
