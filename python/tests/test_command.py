"""The command `pframe` as the package has it."""

import subprocess
import sys
from pathlib import Path

import parquetframe as pf


def pframe(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "parquetframe", *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_is_the_shell(tmp_path: Path) -> None:
    done = pframe("--format", "csv", "-c", "SELECT 40 + 2 AS answer")
    assert (done.returncode, done.stdout) == (0, "answer\n42\n")
    assert pframe("--format", "csv", given="SELECT 1 AS a;").stdout == "a\n1\n"
    assert pframe("--version").stdout.split()[-1] == pf.__version__
    done = pframe("-c", "SELECT nmae FROM (SELECT 1 AS name)")
    assert done.returncode == 1
    assert "did you mean" in done.stderr
    assert pframe("--nosuch").returncode == 2
    path = tmp_path / "a.csv"
    path.write_text("n\n1\n")
    assert pframe("convert", str(path), str(tmp_path / "a.parquet")).returncode == 0
    assert pf.read(tmp_path / "a.parquet").item() == 1
