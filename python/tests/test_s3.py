"""Files on S3, with a server of moto, which is a process of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

import parquetframe as pf

TABLE = pa.table({"n": [1, 2, 3], "s": ["a", None, "c"]})


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("moto", reason="moto is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("moto") / "log"
    with log.open("w") as out:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p"]
        server = subprocess.Popen(  # noqa: S603
            [*command, str(port)], stdout=out, stderr=out
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                bucket = urllib.request.Request(  # noqa: S310
                    f"{address}/lake", method="PUT"
                )
                urllib.request.urlopen(bucket, timeout=5).close()  # noqa: S310
                break
            except OSError:
                assert server.poll() is None, log.read_text()
                time.sleep(0.1)
        else:
            pytest.fail(f"moto did not start: {log.read_text()}")
        yield address
    finally:
        server.terminate()
        server.wait(10)


def test_there_and_back(endpoint: str) -> None:
    keys = {
        "access_key_id": "alice",
        "secret_access_key": "wonderland",
        "region": "eu-central-1",
        "endpoint": endpoint,
    }
    assert pf.write_parquet_s3(TABLE, "s3://lake/in/table.parquet", **keys) == 3
    frame = pf.read_parquet_s3("s3://lake/in/table.parquet", **keys)
    assert frame.to_arrow().to_pylist() == TABLE.to_pylist()
    # The keys are a secret of the session now.
    again = pf.read_parquet_s3("s3://lake/in/*.parquet").filter("n > 1")
    assert again.select("n").rows() == [(2,), (3,)]
    pf.write_parquet_s3(again, "s3://lake/out", partition_by="n")
    assert pf.read_parquet_s3("s3://lake/out/").count() == 2
    assert "wonderland" not in repr(pf.sql("FROM system.secrets").rows())
    with pytest.raises(FileNotFoundError, match="nosuch"):
        pf.read_parquet_s3("s3://lake/nosuch.parquet")


def test_keys_of_the_environment(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = """
import parquetframe as pf
pf.write_parquet_s3(pf.sql("SELECT 42 AS n"), "s3://lake/env.parquet")
print(pf.read_parquet_s3("s3://lake/env.parquet").item())
"""
    monkeypatch.chdir(tmp_path)
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "alice",
        "AWS_SECRET_ACCESS_KEY": "wonderland",
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
    }
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "42\n", done.stderr


def test_no_location_on_s3() -> None:
    with pytest.raises(ValueError, match="s3://bucket/path"):
        pf.read_parquet_s3("lake/table.parquet")
