"""The engines, each as a process of its own that stays alive for the whole run.

A worker reads one request a line from stdin and answers one line on stdout, both JSON. It measures
itself: wall time and the CPU time of all its threads around one query, from text to an Arrow table.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import feather


class Engine(ABC):
    """One engine, open in this process."""

    #: The distribution whose version is reported.
    package: str

    def __init__(self, threads: int) -> None:
        self.threads = threads

    @abstractmethod
    def add(self, name: str, path: str) -> None:
        """Make the Parquet or CSV file a table; nothing may be read ahead or cached."""

    @abstractmethod
    def query(self, sql: str) -> pa.Table:
        """Run the query and hand over all rows."""


class ParquetFrame(Engine):
    package = "parquetframe"

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        import parquetframe as pf

        self.session = pf.connect(threads=threads)

    def add(self, name: str, path: str) -> None:
        self.session.sql(f"CREATE VIEW {name} AS SELECT * FROM '{path}'")

    def query(self, sql: str) -> pa.Table:
        return pa.table(self.session.sql(sql).to_arrow())


class DataFusion(Engine):
    package = "datafusion"

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        from datafusion import SessionConfig, SessionContext

        self.context = SessionContext(SessionConfig().with_target_partitions(threads))

    def add(self, name: str, path: str) -> None:
        if path.endswith(".csv"):
            self.context.register_csv(name, path)
        else:
            self.context.register_parquet(name, path)

    def query(self, sql: str) -> pa.Table:
        return self.context.sql(sql).to_arrow_table()


class DuckDB(Engine):
    package = "duckdb"

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        import duckdb

        self.connection = duckdb.connect()
        self.connection.execute(f"SET threads = {threads}")

    def add(self, name: str, path: str) -> None:
        self.connection.execute(f"CREATE VIEW {name} AS SELECT * FROM '{path}'")

    def query(self, sql: str) -> pa.Table:
        return self.connection.sql(sql).to_arrow_table()


class Polars(Engine):
    package = "polars"

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        # Its thread pool is made when it is imported.
        os.environ["POLARS_MAX_THREADS"] = str(threads)
        import polars

        self.polars = polars
        self.context = polars.SQLContext()

    def add(self, name: str, path: str) -> None:
        if path.endswith(".csv"):
            frame = self.polars.scan_csv(path, try_parse_dates=True)
        else:
            frame = self.polars.scan_parquet(path)
        self.context.register(name, frame)

    def query(self, sql: str) -> pa.Table:
        frame = self.context.execute(sql, eager=False)
        return frame.collect(engine="streaming").to_arrow()


#: In the order of the columns of reports; ratios are of the first to each other.
ENGINES: dict[str, type[Engine]] = {
    "parquetframe": ParquetFrame,
    "datafusion": DataFusion,
    "duckdb": DuckDB,
    "polars": Polars,
}


class Worker:
    """The other end of an engine's process."""

    def __init__(self, name: str, threads: int) -> None:
        self.name = name
        command = [sys.executable, __file__, name, "--threads", str(threads)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.version: str = self._read()["version"]

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self._read()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name}: its process ended; its error stands above")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise SystemExit(f"{self.name}: {answer['error']}")
        return answer


def serve(name: str, threads: int) -> None:
    """The worker's loop, until stdin ends."""
    # Answers go to the real stdout; what a library prints goes to stderr.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def answer(**fields: Any) -> None:
        answers.write(json.dumps(fields) + "\n")

    try:
        engine = ENGINES[name](threads)
        module = __import__(engine.package)
        answer(version=getattr(module, "__version__", "unknown"))
        for line in sys.stdin:
            request = json.loads(line)
            if "add" in request:
                engine.add(request["add"], request["path"])
                answer()
                continue
            wall, cpu = time.perf_counter(), time.process_time()
            table = engine.query(request["query"])
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            if request.get("keep"):
                keep(table, Path(request["keep"]))
            rows = table.num_rows
            # What the query holds is given back before the next one, outside of the clock.
            del table
            answer(wall=wall, cpu=cpu, rows=rows)
    except Exception as error:  # noqa: BLE001, whatever it is ends the comparison
        answer(error=f"{type(error).__name__}: {error}")


def keep(table: pa.Table, path: Path) -> None:
    """Write a result in types that every version of pyarrow reads back."""
    feather.write_feather(table, str(path), compression="uncompressed")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()
    serve(arguments.engine, arguments.threads)
