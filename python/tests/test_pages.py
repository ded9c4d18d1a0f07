"""The Python blocks of the documentation, run page by page."""

import re
from pathlib import Path
from typing import Any

import pytest

PAGES = Path(__file__).parents[2] / "docs" / "src"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", ["python.md", "streaming.md", "workflows/python.md"])
def test_blocks_of_pages_run(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "some.csv").write_text("a;b\n1;2\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARQUETFRAME_HISTORY", str(tmp_path / "history"))
    blocks = BLOCK.findall((PAGES / page).read_text())
    assert blocks
    variables: dict[str, Any] = {"__name__": "page"}
    for block in blocks:
        exec(compile(block, page, "exec"), variables)  # noqa: S102 - it is our own page
