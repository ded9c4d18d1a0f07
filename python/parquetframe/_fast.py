"""The readers and the metadata of Parquet files under the names that ParquetFrame 2 planned for them.

All of them run on the default session's engine; `read_parquet` and its like give lazy frames instead.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from parquetframe._default import default_session
from parquetframe._frame import Frame
from parquetframe._literals import Path, identifier, literal

if TYPE_CHECKING:
    import pyarrow


def rust_available() -> bool:
    """Whether the native engine is there, which it always is: this package does not load without it.

    >>> rust_available()
    True
    """
    return True


#: The same, by the name of the input and output part.
io_fastpaths_available = rust_available


def read_parquet_fast(
    path: Path, columns: list[str] | None = None, row_groups: list[int] | None = None
) -> pyarrow.Table:
    """Read a Parquet file into a `pyarrow.Table`: some columns and row groups, or all.

    Columns that are not read are not decoded, and neither are row groups. The interpreter's lock is free meanwhile.
    """
    frame = default_session().read_parquet(
        path, **({"file_row_number": True} if row_groups is not None else {})
    )
    if row_groups is not None:
        frame = _of_row_groups(frame, path, row_groups).drop("file_row_number")
    if columns is not None:
        frame = frame.select(*frame._known(columns)) if columns else frame
    return frame.to_arrow()


def _of_row_groups(frame: Frame, path: Path, wanted: list[int]) -> Frame:
    groups = _row_groups(path)
    conditions = []
    for group in wanted:
        if not 0 <= group < len(groups):
            raise IndexError(
                f"there is no row group {group}: '{os.fspath(path)}' has {len(groups)}, from 0"
            )
        before = sum(groups[:group])
        conditions.append(
            f"file_row_number BETWEEN {before} AND {before + groups[group] - 1}"
        )
    return frame.filter(" OR ".join(conditions) or "false")


def read_csv_fast(
    path: Path,
    delimiter: str | None = None,
    has_header: bool | None = None,
    infer_schema: bool = True,
) -> pyarrow.Table:
    """Read a CSV file into a `pyarrow.Table`; what is not given is found out from the file.

    Without `infer_schema` all columns are text. A value that does not fit its column is an error with its line.
    """
    options: dict[str, Any] = {}
    if delimiter is not None:
        options["delim"] = delimiter
    if has_header is not None:
        options["header"] = has_header
    if not infer_schema:
        options["all_varchar"] = True
    return default_session().read_csv(path, **options).to_arrow()


def read_avro_fast(path: Path, batch_size: int | None = None) -> pyarrow.Table:
    """Read an Avro file into a `pyarrow.Table`, with all logical and nested types.

    `batch_size` is taken for the sake of old callers; the engine sizes its batches itself.
    """
    if batch_size is not None:
        # Not for everybody who imports the package.
        import logging

        logging.getLogger("parquetframe").debug(
            "read_avro_fast: batch_size=%d is not used, the engine sizes its batches itself",
            batch_size,
        )
    return default_session().read_avro(path).to_arrow()


def read_parquet_metadata_rust(path: Path) -> dict[str, Any]:
    """What the footer of a Parquet file says, without reading rows.

    The keys are `num_rows`, `num_row_groups`, `num_columns`, `file_size_bytes`, `column_names` and `column_types`,
    which are SQL types by column, and not those of the leaves within nested columns.
    """
    groups = _row_groups(path)
    schema = default_session().read_parquet(path).schema
    local = os.path.exists(path)  # noqa: PTH110 - it may also be a URL
    return {
        "num_rows": sum(groups),
        "num_row_groups": len(groups),
        "num_columns": len(schema),
        "file_size_bytes": os.path.getsize(path) if local else None,  # noqa: PTH202
        "column_names": list(schema),
        "column_types": list(schema.values()),
    }


def get_parquet_row_count_rust(path: Path) -> int:
    """How many rows a Parquet file has, by its footer."""
    return sum(_row_groups(path))


def get_parquet_column_names_rust(path: Path) -> list[str]:
    """The names of the columns of a Parquet file."""
    return default_session().read_parquet(path).columns


def get_parquet_column_stats_rust(path: Path) -> list[dict[str, Any]]:
    """For each column of a Parquet file its `name`, `null_count`, `distinct_count`, `min_value` and `max_value`.

    They are those of all row groups, with the values in the column's own type, or `None` where the file does not
    say them.
    """
    session = default_session()
    rows = session.sql(
        "SELECT column_name, column_type, min, max, null_count FROM file_columns($path)",
        params={"path": path},
    ).to_dicts()
    found = []
    for row in rows:
        bounds = [
            (
                None
                if text is None
                else session.sql(
                    f"SELECT CAST($text AS {row['column_type']})", {"text": text}
                ).item()
            )
            for text in (row["min"], row["max"])
        ]
        found.append(
            {
                "name": row["column_name"],
                "null_count": row["null_count"],
                # No writer that we know says it.
                "distinct_count": None,
                "min_value": bounds[0],
                "max_value": bounds[1],
            }
        )
    return found


def _row_groups(path: Path) -> list[int]:
    """The rows of each row group."""
    query = (
        f"SELECT row_group_id AS id, max(row_group_num_rows) AS rows FROM parquet_metadata({literal(path)}) "
        "GROUP BY ALL ORDER BY id"
    )
    return [int(row["rows"]) for row in default_session().sql(query).to_dicts()]


def read_parquet_s3(
    uri: str,
    *,
    access_key_id: str | None = None,
    secret_access_key: str | None = None,
    session_token: str | None = None,
    region: str | None = None,
    endpoint: str | None = None,
    **options: Any,
) -> Frame:
    """Plan a read of Parquet files on S3. What is not given comes from secrets of the session and the environment.

    Keys that are given become a secret of the default session for this bucket.
    """
    _s3_secret(uri, access_key_id, secret_access_key, session_token, region, endpoint)
    return default_session().read_parquet(uri, **options)


def write_parquet_s3(
    frame: object,
    uri: str,
    *,
    access_key_id: str | None = None,
    secret_access_key: str | None = None,
    session_token: str | None = None,
    region: str | None = None,
    endpoint: str | None = None,
    **options: Any,
) -> int:
    """Write a frame, or any table of Python, as a Parquet file on S3; see `read_parquet_s3`."""
    _s3_secret(uri, access_key_id, secret_access_key, session_token, region, endpoint)
    return default_session().frame(frame).write_parquet(uri, **options)


def _s3_secret(
    uri: str,
    access_key_id: str | None,
    secret_access_key: str | None,
    session_token: str | None,
    region: str | None,
    endpoint: str | None,
) -> None:
    if not uri.startswith("s3://"):
        raise ValueError(f"{uri!r} is no location on S3; expected s3://bucket/path")
    given = {
        "KEY_ID": access_key_id,
        "SECRET": secret_access_key,
        "SESSION_TOKEN": session_token,
        "REGION": region,
        "ENDPOINT": endpoint,
    }
    settings = [
        f"{name} {literal(value)}" for name, value in given.items() if value is not None
    ]
    if not settings:
        return
    bucket = uri.removeprefix("s3://").split("/")[0]
    name = identifier(f"python {bucket}")
    settings.append(f"SCOPE {literal(f's3://{bucket}')}")
    default_session().sql(
        f"CREATE OR REPLACE SECRET {name} (TYPE s3, {', '.join(settings)})"
    )
