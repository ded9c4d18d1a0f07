"""The session that the module's functions share."""

from __future__ import annotations

from functools import cache

from parquetframe._frame import Frame
from parquetframe._literals import Option, Path
from parquetframe._session import Session, connect


@cache
def default_session() -> Session:
    """The session of `pf.sql` and `pf.read_…`, made at first use with the defaults, the configuration
    file and the `PFRAME_*` variables of the environment.

    >>> default_session() is default_session()
    True
    """
    return connect()


def sql(query: str, **tables: object) -> Frame:
    """Plan a statement on the default session; see `Session.sql`.

    >>> sql("SELECT n, n * n AS square FROM (VALUES (1), (2)) AS t(n) ORDER BY n").to_dicts()
    [{'n': 1, 'square': 1}, {'n': 2, 'square': 4}]
    """
    return default_session().sql(query, **tables)


def read_parquet(path: Path | list[Path], **options: Option) -> Frame:
    """Plan a read of Parquet files; see `Session.read_parquet`."""
    return default_session().read_parquet(path, **options)


def read_csv(path: Path | list[Path], **options: Option) -> Frame:
    """Plan a read of CSV files; see `Session.read_csv`."""
    return default_session().read_csv(path, **options)


def read_json(path: Path | list[Path], **options: Option) -> Frame:
    """Plan a read of JSON files; see `Session.read_json`."""
    return default_session().read_json(path, **options)
