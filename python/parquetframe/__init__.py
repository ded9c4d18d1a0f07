"""ParquetFrame: a SQL engine over files, object stores and the tables of your Python session.

>>> import parquetframe as pf
>>> pf.sql("SELECT 40 + 2 AS answer").to_dicts()
[{'answer': 42}]

Functions of this module share one session, made at first use; `connect` makes others, with
their own tables and settings.
"""

from __future__ import annotations

from parquetframe import errors
from parquetframe._builder import SQLBuilder
from parquetframe._default import (
    default_session,
    frame,
    read,
    read_arrow,
    read_avro,
    read_csv,
    read_json,
    read_ndjson,
    read_orc,
    read_parquet,
    register_function,
    scan_arrow,
    scan_avro,
    scan_csv,
    scan_json,
    scan_ndjson,
    scan_orc,
    scan_parquet,
    sql,
    table,
)
from parquetframe._expression import (
    Expr,
    call,
    col,
    count,
    lit,
    row_number,
    sql_expr,
)
from parquetframe._fast import (
    get_parquet_column_names_rust,
    get_parquet_column_stats_rust,
    get_parquet_row_count_rust,
    io_fastpaths_available,
    read_avro_fast,
    read_csv_fast,
    read_parquet_fast,
    read_parquet_metadata_rust,
    read_parquet_s3,
    rust_available,
    write_parquet_s3,
)
from parquetframe._frame import Frame
from parquetframe._group_by import GroupBy
from parquetframe._magic import load_ipython_extension
from parquetframe._progress import show_progress
from parquetframe._rustic import Batch
from parquetframe._rustic import version as _version
from parquetframe._session import Session, connect
from parquetframe._when import when
from parquetframe.workflows import (
    CancellationToken,
    create_dag,
    execute_step,
    execute_workflow,
    workflow_metrics,
    workflow_rust_available,
)

__version__ = _version()

__all__ = [
    "Batch",
    "CancellationToken",
    "Expr",
    "Frame",
    "GroupBy",
    "SQLBuilder",
    "Session",
    "__version__",
    "call",
    "col",
    "connect",
    "count",
    "create_dag",
    "default_session",
    "errors",
    "execute_step",
    "execute_workflow",
    "frame",
    "get_parquet_column_names_rust",
    "get_parquet_column_stats_rust",
    "get_parquet_row_count_rust",
    "io_fastpaths_available",
    "lit",
    "load_ipython_extension",
    "read",
    "read_arrow",
    "read_avro",
    "read_avro_fast",
    "read_csv",
    "read_csv_fast",
    "read_json",
    "read_ndjson",
    "read_orc",
    "read_parquet",
    "read_parquet_fast",
    "read_parquet_metadata_rust",
    "read_parquet_s3",
    "register_function",
    "row_number",
    "rust_available",
    "scan_arrow",
    "scan_avro",
    "scan_csv",
    "scan_json",
    "scan_ndjson",
    "scan_orc",
    "scan_parquet",
    "show_progress",
    "sql",
    "sql_expr",
    "table",
    "when",
    "workflow_metrics",
    "workflow_rust_available",
    "write_parquet_s3",
]
