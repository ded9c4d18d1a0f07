"""Exceptions, interrupts, threads and forks."""

import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time

import polars as pl
import pyarrow as pa
import pytest

import parquetframe as pf

#: A query that would take days.
ENDLESS = """
SELECT count(*) AS pairs
FROM range(10000000) AS a, range(10000000) AS b
WHERE (a.value * b.value) % 1000003 = 1
"""


def test_syntax_errors_show_the_place(con: pf.Session) -> None:
    with pytest.raises(pf.errors.SqlSyntaxError) as caught:
        con.sql("SELECT 1\n  FROM (t")
    error = caught.value
    assert isinstance(error, ValueError)
    assert (error.line, error.column) == (2, 10)
    lines = str(error).splitlines()
    assert "(line 2, column 10)" in lines[0]
    assert lines[1:] == ["    FROM (t", " " * 11 + "^"]


def test_a_missing_column_comes_with_a_hint(con: pf.Session) -> None:
    with pytest.raises(pf.errors.NotFoundError) as caught:
        con.sql("SELECT vlaue FROM range(3)")
    assert caught.value.message == "column 'vlaue' does not exist"
    assert caught.value.hint == "did you mean 'value'?"
    assert isinstance(caught.value, LookupError)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("SqlSyntaxError", ValueError),
        ("NotFoundError", FileNotFoundError),
        ("AlreadyExistsError", ValueError),
        ("InvalidInputError", ValueError),
        ("InvalidDataError", ValueError),
        ("UnsupportedError", NotImplementedError),
        ("PermissionDeniedError", PermissionError),
        ("ResourcesExhaustedError", MemoryError),
        ("CancelledError", RuntimeError),
        ("InputOutputError", OSError),
        ("InternalError", RuntimeError),
    ],
)
def test_builtin_bases(name: str, base: type[Exception]) -> None:
    error = getattr(pf.errors, name)("what was wrong", "what to do", (1, 2), "a b")
    assert isinstance(error, base)
    assert isinstance(error, pf.errors.ParquetFrameError)
    expected = "what was wrong (line 1, column 2)\n  a b\n   ^\nhint: what to do"
    assert str(error) == expected
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (type(copy), str(copy)) == (type(error), expected)


@pytest.mark.parametrize(
    "read", ["to_dicts", "to_arrow", "to_polars", "to_pandas", "show"]
)
def test_errors_of_a_run_keep_their_type(con: pf.Session, read: str) -> None:
    frame = con.sql("SELECT CAST(s AS BIGINT) AS n FROM (VALUES ('1'), ('x')) AS t(s)")
    with pytest.raises(pf.errors.ParquetFrameError, match="x"):
        getattr(frame, read)()


def test_more_than_one_statement_is_refused(con: pf.Session) -> None:
    with pytest.raises(pf.errors.SqlSyntaxError, match="one statement was expected"):
        con.sql("SELECT 1; SELECT 2")
    with pytest.raises(pf.errors.SqlSyntaxError, match="no statement"):
        con.sql("-- nothing")


def test_too_little_memory_is_a_memory_error() -> None:
    con = pf.connect(memory_limit="10MB", threads=1)
    frame = con.sql("SELECT array_agg(a.value) AS all_of_them FROM range(5000000) AS a")
    with pytest.raises(MemoryError):
        frame.to_dicts()


def test_kill_query_from_another_thread(con: pf.Session) -> None:
    def kill() -> None:
        find = "SELECT id FROM system.queries WHERE state = 'running' AND text LIKE '%1000003%' LIMIT 1"
        for _ in range(200):
            for row in con.sql(
                find.replace("LIMIT", "AND text NOT LIKE '%system%' LIMIT")
            ).to_dicts():
                con.sql(f"KILL QUERY '{row['id']}'")
                return
            time.sleep(0.01)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(pf.errors.CancelledError):
        con.sql(ENDLESS).to_dicts()
    killer.join()


@pytest.mark.parametrize(
    "read", ["to_dicts", "to_arrow", "to_polars", "to_pandas", "show"]
)
def test_ctrl_c_stops_a_query(con: pf.Session, read: str) -> None:
    frame = con.sql(ENDLESS)
    pressed: list[float] = []

    def press() -> None:
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.3, press)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        getattr(frame, read)()
    # Generous, for a busy machine; what it must not be is the days that the query takes.
    assert time.monotonic() - pressed[0] < 5
    timer.join()
    # The threads of the engine are free again.
    assert con.sql("SELECT count(*) AS n FROM range(100000)").to_dicts() == [
        {"n": 100000}
    ]


def test_other_threads_run_while_a_query_does(con: pf.Session) -> None:
    ticks = []
    done = threading.Event()

    def tick() -> None:
        while not done.wait(0.001):
            ticks.append(1)

    ticker = threading.Thread(target=tick)
    ticker.start()
    con.sql(
        "SELECT count(*) FROM range(3000) AS a, range(30000) AS b WHERE a.value < b.value"
    ).to_dicts()
    done.set()
    ticker.join()
    assert len(ticks) > 3


def test_a_forked_child_is_told() -> None:
    script = """
        import os
        import parquetframe as pf
        pf.sql("SELECT 1").to_dicts()
        child = os.fork()
        if child == 0:
            try:
                pf.sql("SELECT 2").to_dicts()
            except pf.errors.UnsupportedError as error:
                print(error.hint, flush=True)
            os._exit(0)
        os.waitpid(child, 0)
    """
    output = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "spawn" in output.stdout


def test_results_outlive_their_session() -> None:
    frame = pf.connect().sql("SELECT * FROM range(5)")
    assert pl.DataFrame(frame).height == 5
    reader = pa.RecordBatchReader.from_stream(
        pf.connect().sql("SELECT * FROM range(100000)")
    )
    assert sum(len(batch) for batch in reader) == 100000
