"""What all tests share."""

import pytest

import parquetframe as pf


@pytest.fixture
def con() -> pf.Session:
    return pf.connect(memory_limit="512MB", threads=2)
