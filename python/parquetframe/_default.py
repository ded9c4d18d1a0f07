"""The session that the module's functions share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from parquetframe._frame import Frame
from parquetframe._literals import Option, Path
from parquetframe._session import Parameters, Session, connect


@cache
def default_session() -> Session:
    """The session of `pf.sql` and `pf.read_…`, made at first use with the defaults, the configuration
    file and the `PFRAME_*` variables of the environment.

    >>> default_session() is default_session()
    True
    """
    return connect()


def sql(query: str, params: Parameters | None = None, **tables: object) -> Frame:
    """Plan a statement on the default session; see `Session.sql`.

    >>> sql("SELECT n, n * n AS square FROM (VALUES (1), (2)) AS t(n) ORDER BY n").to_dicts()
    [{'n': 1, 'square': 1}, {'n': 2, 'square': 4}]
    """
    return default_session().sql(query, params, **tables)


def frame(table: object) -> Frame:
    """A frame of a table of Python; see `Session.frame`."""
    return default_session().frame(table)


def table(name: str) -> Frame:
    """A table of the default session; see `Session.table`."""
    return default_session().table(name)


def register_function(
    name: str,
    function: Callable[..., Any],
    parameters: Sequence[str | type] | str | type = (),
    returns: str | type | None = None,
    *,
    kind: str = "scalar",
    values: str = "arrow",
    volatile: bool = False,
) -> None:
    """Give a function of Python a name in the default session; see `Session.register_function`."""
    default_session().register_function(
        name, function, parameters, returns, kind=kind, values=values, volatile=volatile
    )


def read(path: Path | list[Path]) -> Frame:
    """Plan a read of files in any format; see `Session.read`."""
    return default_session().read(path)


def read_parquet(path: Path | list[Path], **options: Option) -> Frame:
    """Plan a read of Parquet files; see `Session.read_parquet`."""
    return default_session().read_parquet(path, **options)


def read_csv(path: Path | list[Path], **options: Option) -> Frame:
    """Plan a read of CSV files; see `Session.read_csv`."""
    return default_session().read_csv(path, **options)


def read_json(path: Path | list[Path], **options: Option) -> Frame:
    """Plan a read of JSON files; see `Session.read_json`."""
    return default_session().read_json(path, **options)


def read_ndjson(path: Path | list[Path], **options: Option) -> Frame:
    """Plan a read of newline-delimited JSON files; see `Session.read_ndjson`."""
    return default_session().read_ndjson(path, **options)


def read_avro(path: Path | list[Path], **options: Option) -> Frame:
    """Plan a read of Avro files; see `Session.read_avro`."""
    return default_session().read_avro(path, **options)


def read_orc(path: Path | list[Path], **options: Option) -> Frame:
    """Plan a read of ORC files; see `Session.read_orc`."""
    return default_session().read_orc(path, **options)


def read_arrow(path: Path | list[Path], **options: Option) -> Frame:
    """Plan a read of files of Arrow's IPC format; see `Session.read_arrow`."""
    return default_session().read_arrow(path, **options)


# Every read is lazy, so these are the same by the names that Polars has.
scan_parquet = read_parquet
scan_csv = read_csv
scan_json = read_json
scan_ndjson = read_ndjson
scan_avro = read_avro
scan_orc = read_orc
scan_arrow = read_arrow
