"""The backend of ibis, which it finds by itself: `ibis.parquetframe.connect()`.

Expressions of ibis become SQL in DuckDB's dialect, which is ours; their rows stream. Needs `ibis-framework`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import ibis.backends.sql.compilers as compilers
import ibis.common.exceptions as com
import ibis.expr.operations as ops
import ibis.expr.schema as sch
import ibis.expr.types as ir
import pyarrow as pa
import sqlglot.expressions as sge
from ibis import util
from ibis.backends import NoUrl, SupportsTempTables
from ibis.backends.sql import SQLBackend
from ibis.formats.pyarrow import PyArrowData, PyArrowSchema

import parquetframe as pf
from parquetframe._literals import identifier, literal

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Backend"]


class Backend(SupportsTempTables, SQLBackend, NoUrl):  # type: ignore[misc]
    """Tables and queries of a session, for ibis."""

    name = "parquetframe"
    compiler = compilers.duckdb.compiler
    supports_temporary_tables = True

    @property
    def version(self) -> str:
        """The version of the engine."""
        return pf.__version__

    def do_connect(self, session: pf.Session | None = None, **settings: Any) -> None:
        """Connect to a session, or to a new one with these settings.

        Args:
            session: A session of `parquetframe.connect`.
            settings: What `parquetframe.connect` takes.
        """
        self.con = pf.connect(**settings) if session is None else session

    @classmethod
    def from_connection(cls, session: pf.Session, /) -> Backend:
        """The backend of a session that there is."""
        backend = cls()
        backend._can_reconnect = False
        backend.do_connect(session)
        return backend

    def disconnect(self) -> None:
        """Nothing is to be closed."""

    # SQL

    def raw_sql(self, query: str | sge.Expression, **_: Any) -> pf.Frame:
        """The frame of a statement."""
        text = (
            query.sql(dialect=self.dialect)
            if isinstance(query, sge.Expression)
            else query
        )
        return self.con.sql(text)

    @contextlib.contextmanager
    def _safe_raw_sql(
        self, query: str | sge.Expression, **_: Any
    ) -> Iterator[pf.Frame]:
        yield self.raw_sql(query)

    def _get_schema_using_query(self, query: str) -> sch.Schema:
        return PyArrowSchema.to_ibis(_plain(pa.schema(self.con.sql(query))))

    def get_schema(
        self,
        table_name: str,
        *,
        catalog: str | None = None,
        database: str | None = None,
    ) -> sch.Schema:
        """The columns of a table and their types."""
        path = ".".join(
            identifier(part) for part in (catalog, database, table_name) if part
        )
        try:
            return self._get_schema_using_query(f"SELECT * FROM {path}")
        except pf.errors.NotFoundError as error:
            raise com.TableNotFound(table_name) from error

    # Tables

    def list_tables(
        self, *, like: str | None = None, database: str | None = None
    ) -> list[str]:
        """The names of tables and views."""
        names = [
            name
            for _, schema, name, _ in self.con._native.tables()
            if schema == (database or "main")
        ]
        found: list[str] = self._filter_with_like(names, like)
        return found

    def create_table(
        self,
        name: str,
        /,
        obj: Any = None,
        *,
        schema: Any = None,
        database: str | None = None,
        temp: bool = False,
        overwrite: bool = False,
    ) -> ir.Table:
        """Make a table of an expression, of rows, or without rows of a schema."""
        if obj is None and schema is None:
            raise ValueError("create_table needs obj or schema")
        path = ".".join(identifier(part) for part in (database, name) if part)
        verb = f"CREATE {'OR REPLACE ' if overwrite else ''}{'TEMP ' if temp else ''}TABLE {path}"
        if obj is None:
            shape = sch.schema(schema).to_pyarrow()
            self.con.sql(f"{verb} AS SELECT * FROM given", given=shape.empty_table())
        elif isinstance(obj, ir.Expr):
            self._run_pre_execute_hooks(obj)
            self.con.sql(f"{verb} AS {self.compile(obj)}")
        else:
            self.con.sql(f"{verb} AS SELECT * FROM given", given=obj)
        return self.table(name, database=database)

    def drop_table(
        self, name: str, /, *, database: str | None = None, force: bool = False
    ) -> None:
        """Drop a table."""
        self._drop("TABLE", name, database, force)

    def drop_view(
        self, name: str, /, *, database: str | None = None, force: bool = False
    ) -> None:
        """Drop a view."""
        self._drop("VIEW", name, database, force)

    def _drop(self, kind: str, name: str, database: str | None, force: bool) -> None:
        path = ".".join(identifier(part) for part in (database, name) if part)
        self.con.sql(f"DROP {kind} {'IF EXISTS ' if force else ''}{path}")

    def read_parquet(
        self, paths: Any, /, *, table_name: str | None = None, **options: Any
    ) -> ir.Table:
        """A view of Parquet files."""
        return self._read("parquet", paths, table_name, options)

    def read_csv(
        self, paths: Any, /, *, table_name: str | None = None, **options: Any
    ) -> ir.Table:
        """A view of CSV files."""
        return self._read("csv", paths, table_name, options)

    def read_json(
        self, paths: Any, /, *, table_name: str | None = None, **options: Any
    ) -> ir.Table:
        """A view of JSON files."""
        return self._read("json", paths, table_name, options)

    def _read(
        self, form: str, paths: Any, name: str | None, options: Mapping[str, Any]
    ) -> ir.Table:
        view = name or util.gen_name(f"read_{form}")
        arguments = [
            literal(
                [str(path) for path in paths]
                if isinstance(paths, (list, tuple))
                else str(paths)
            ),
            *(f"{key} => {literal(value)}" for key, value in options.items()),
        ]
        self.con.sql(
            f"CREATE OR REPLACE VIEW {identifier(view)} AS SELECT * FROM read_{form}({', '.join(arguments)})"
        )
        return self.table(view)

    def _register_in_memory_table(self, op: ops.InMemoryTable) -> None:
        self.con.register(op.name, op.data.to_pyarrow(op.schema))

    def _finalize_memtable(self, name: str) -> None:
        self.con.sql(f"DROP TABLE IF EXISTS {identifier(name)}")

    # Rows

    def to_pyarrow_batches(
        self,
        expr: ir.Expr,
        /,
        *,
        params: Mapping[ir.Scalar, Any] | None = None,
        limit: int | str | None = None,
        **_: Any,
    ) -> pa.RecordBatchReader:
        """The rows as a stream."""
        self._run_pre_execute_hooks(expr)
        frame = self.con.sql(self.compile(expr.as_table(), params=params, limit=limit))
        reader = pa.RecordBatchReader.from_stream(frame)
        wanted = expr.as_table().schema().to_pyarrow()

        def batches() -> Iterator[pa.RecordBatch]:
            for batch in reader:
                yield from pa.table(batch).rename_columns(wanted.names).cast(
                    wanted
                ).to_batches()

        return pa.RecordBatchReader.from_batches(wanted, batches())

    def to_pyarrow(
        self,
        expr: ir.Expr,
        /,
        *,
        params: Mapping[ir.Scalar, Any] | None = None,
        limit: int | str | None = None,
        **_: Any,
    ) -> pa.Table:
        """All rows as a table of Arrow."""
        self._run_pre_execute_hooks(expr)
        table = self._rows(expr, params, limit)
        return expr.__pyarrow_result__(
            table.rename_columns(list(expr.as_table().columns)), data_mapper=PyArrowData
        )

    def execute(
        self,
        expr: ir.Expr,
        /,
        *,
        params: Mapping[ir.Scalar, Any] | None = None,
        limit: int | str | None = None,
        **_: Any,
    ) -> pd.DataFrame | pd.Series | Any:
        """All rows as a DataFrame, a column as a Series, a value as itself."""
        from ibis.formats.pandas import PandasData

        self._run_pre_execute_hooks(expr)
        table = self._rows(expr, params, limit)
        result = table.to_pandas(timestamp_as_object=False)
        result.columns = list(expr.as_table().columns)
        return expr.__pandas_result__(
            PandasData.convert_table(result, expr.as_table().schema())
        )

    def _rows(self, expr: ir.Expr, params: Any, limit: Any) -> pa.Table:
        text = self.compile(expr.as_table(), params=params, limit=limit)
        return self.con.sql(text).to_arrow()


def _plain(schema: pa.Schema) -> pa.Schema:
    """A schema without the types that ibis does not know: views of texts and of bytes."""
    return pa.schema(
        [field.with_type(_plain_type(field.type)) for field in schema], schema.metadata
    )


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_list(kind):
        return pa.list_(_plain_type(kind.value_type))
    if pa.types.is_struct(kind):
        fields = [kind.field(index) for index in range(kind.num_fields)]
        return pa.struct([(field.name, _plain_type(field.type)) for field in fields])
    if pa.types.is_map(kind):
        return pa.map_(_plain_type(kind.key_type), _plain_type(kind.item_type))
    return kind
