"""Streams that do not fit into memory."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "benches" / "python" / "stream.py"


@pytest.mark.parametrize("way", ["by batches", "pyarrow", "DuckDB", "in and out"])
@pytest.mark.skipif(not BENCH.exists(), reason="the tree is not there")
def test_memory_stays_flat(way: str) -> None:
    command = [sys.executable, str(BENCH), "--one", way, "--gigabytes", "2"]
    done = subprocess.run(  # noqa: S603
        command, check=True, capture_output=True, text=True, timeout=300
    )
    found = json.loads(done.stdout)
    assert found["rows"] == 62_500_000
    assert found["peak"] - found["before"] < 200, found


def test_ctrl_c_is_soon() -> None:
    spec = importlib.util.spec_from_file_location("stream", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # A tenth of a second where there is a core to spare; the median forgives a busy machine.
    assert sorted(module.interrupts(5))[2] < 0.3
