//! A table in the session's memory, with its rules.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{
    Constraints, DFSchema, ResolvedTableReference, SchemaExt, TableReference,
};
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SessionState;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use datafusion::logical_expr::dml::InsertOp;
use datafusion::logical_expr::{Cast, Expr, LogicalPlanBuilder, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::sql::sqlparser::ast::ExprWithAlias;
use extension::{Error, Result, SQL_TYPE_KEY, TableVersion};
use parking_lot::{Mutex, RwLock};

use super::contents::Contents;
use super::definition::{TableDefinition, quoted};
use super::keys::KeyIndex;
use super::scan::TableScan;
use super::write::{Conflict, Operation, WriteExec};

/// The name of the column of row ids that changes read.
pub(crate) const ROW_ID: &str = "<row>";

/// A table in memory. Its columns and rules never change: ALTER TABLE puts another in its place.
#[derive(Debug)]
pub(crate) struct MemoryTable {
    name: ResolvedTableReference,
    definition: TableDefinition,
    schema: SchemaRef,
    df_schema: DFSchema,
    constraints: Constraints,
    defaults: HashMap<String, Expr>,
    generated: Vec<(usize, Expr)>,
    checks: Vec<(String, Expr)>,
    sql: String,
    contents: RwLock<Arc<Contents>>,
    /// Held by the one statement that changes the table.
    writing: Arc<tokio::sync::Mutex<()>>,
    state: Mutex<WriterState>,
}

/// What only the writer needs.
#[derive(Debug, Default)]
pub(crate) struct WriterState {
    /// By position of the key; made when first needed.
    pub(crate) indexes: Vec<Option<KeyIndex>>,
    reservation: Option<(Arc<dyn MemoryPool>, MemoryReservation)>,
}

impl WriterState {
    /// Claims the memory of the table as it will be.
    pub(crate) fn reserve(
        &mut self,
        pool: &Arc<dyn MemoryPool>,
        table: &str,
        bytes: usize,
    ) -> Result<()> {
        // A changed memory limit is another pool.
        let moved = self.reservation.as_ref().is_none_or(|(known, _)| !Arc::ptr_eq(known, pool));
        if moved {
            let consumer = MemoryConsumer::new(format!("table {table}"));
            self.reservation = Some((Arc::clone(pool), consumer.register(pool)));
        }
        if let Some((_, reservation)) = &mut self.reservation {
            reservation.try_resize(bytes)?;
        }
        Ok(())
    }
}

impl MemoryTable {
    /// An empty table.
    pub(crate) fn new(
        name: ResolvedTableReference,
        definition: TableDefinition,
        state: &SessionState,
    ) -> Result<Self> {
        let schema = definition.schema();
        if schema.index_of(ROW_ID).is_ok() {
            return Err(Error::unsupported(format!("a column cannot be called \"{ROW_ID}\"")));
        }
        let reference = TableReference::bare(Arc::clone(&name.table));
        let df_schema = DFSchema::try_from_qualified_schema(reference, &schema)?;
        let table = Self {
            sql: definition.to_sql(&sql_name(&name, state)),
            constraints: definition.constraints(),
            defaults: defaults(&definition, state)?,
            generated: generated(&definition, &df_schema, state)?,
            checks: checks(&definition, &df_schema, state)?,
            state: Mutex::new(WriterState {
                indexes: definition.keys.iter().map(|_| None).collect(),
                reservation: None,
            }),
            name,
            definition,
            schema,
            df_schema,
            contents: RwLock::default(),
            writing: Arc::default(),
        };
        Ok(table)
    }

    pub(crate) fn name(&self) -> &ResolvedTableReference {
        &self.name
    }

    pub(crate) fn definition(&self) -> &TableDefinition {
        &self.definition
    }

    pub(crate) fn rows_schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    pub(crate) fn df_schema(&self) -> &DFSchema {
        &self.df_schema
    }

    pub(crate) fn default_of(&self, column: &str) -> Option<&Expr> {
        self.defaults.get(column)
    }

    pub(crate) fn generated(&self) -> &[(usize, Expr)] {
        &self.generated
    }

    pub(crate) fn checks(&self) -> &[(String, Expr)] {
        &self.checks
    }

    /// The rows now.
    pub(crate) fn contents(&self) -> Arc<Contents> {
        Arc::clone(&self.contents.read())
    }

    pub(crate) fn set_contents(&self, contents: Contents) {
        *self.contents.write() = Arc::new(contents);
    }

    pub(crate) fn state(&self) -> &Mutex<WriterState> {
        &self.state
    }

    /// What tells this table from any other.
    pub(crate) fn token(&self) -> &Arc<tokio::sync::Mutex<()>> {
        &self.writing
    }

    /// Waits until no other statement changes the table.
    pub(crate) async fn write_lock(&self) -> tokio::sync::OwnedMutexGuard<()> {
        Arc::clone(&self.writing).lock_owned().await
    }

    /// Whether the catalog still has this table under its name.
    pub(crate) async fn is_current(&self, session: &dyn Session) -> bool {
        let Some(schema) = session
            .catalog_list()
            .catalog(&self.name.catalog)
            .and_then(|catalog| catalog.schema(&self.name.schema))
        else {
            return false;
        };
        match schema.table(&self.name.table).await {
            Ok(Some(table)) => {
                table.downcast_ref::<Self>().is_some_and(|table| std::ptr::eq(table, self))
            }
            _ => false,
        }
    }

    /// The schema of the rows with their ids.
    pub(crate) fn schema_with_ids(&self) -> SchemaRef {
        let mut fields = self.schema.fields().to_vec();
        fields.push(Arc::new(Field::new(ROW_ID, DataType::UInt64, false)));
        Arc::new(Schema::new(fields))
    }
}

/// The error of a statement or view that was planned over a table which is no more.
pub(crate) fn gone(table: &str) -> Error {
    Error::not_found(format!("table '{table}' was changed or dropped since this was planned"))
        .with_hint("run the statement again, or create the view again")
}

/// The name as the session's user writes it.
fn sql_name(name: &ResolvedTableReference, state: &SessionState) -> String {
    let catalog = &state.config_options().catalog;
    let mut parts = vec![name.table.as_ref()];
    if *name.schema != *catalog.default_schema || *name.catalog != *catalog.default_catalog {
        parts.insert(0, &name.schema);
    }
    if *name.catalog != *catalog.default_catalog {
        parts.insert(0, &name.catalog);
    }
    parts.into_iter().map(quoted).collect::<Vec<_>>().join(".")
}

fn planned(
    expr: &datafusion::sql::sqlparser::ast::Expr,
    schema: &DFSchema,
    state: &SessionState,
) -> Result<Expr> {
    let expr = ExprWithAlias { expr: expr.clone(), alias: None };
    Ok(state.create_logical_expr_from_sql_expr(expr, schema)?)
}

/// Whether values of one field are values of another as they are.
pub(crate) fn fits(from: &Field, to: &Field) -> bool {
    let sql_type = |field: &Field| field.metadata().get(SQL_TYPE_KEY).cloned();
    from.data_type() == to.data_type() && (sql_type(to).is_none() || sql_type(from) == sql_type(to))
}

/// An expression as values of a column.
pub(crate) fn cast(expr: Expr, field: &Field) -> Expr {
    Expr::Cast(Cast::new_from_field(Box::new(expr), Arc::new(field.clone())))
}

fn defaults(definition: &TableDefinition, state: &SessionState) -> Result<HashMap<String, Expr>> {
    let schema = DFSchema::empty();
    let mut defaults = HashMap::new();
    for column in &definition.columns {
        if let Some(default) = &column.default {
            let expr = planned(default, &schema, state).map_err(|error| {
                error.context(format_args!("DEFAULT of column {}", column.field.name()))
            })?;
            defaults.insert(column.field.name().clone(), expr);
        }
    }
    Ok(defaults)
}

/// The generated columns, those first that others are made of.
fn generated(
    definition: &TableDefinition,
    schema: &DFSchema,
    state: &SessionState,
) -> Result<Vec<(usize, Expr)>> {
    let mut waiting = vec![];
    for (index, column) in definition.columns.iter().enumerate() {
        let Some(expr) = &column.generated else { continue };
        let expr = planned(expr, schema, state)
            .map_err(|error| error.context(format_args!("column {}", column.field.name())))?;
        if expr.is_volatile() {
            return Err(Error::invalid_input(format!(
                "generated column \"{}\" is not the same each time it is made",
                column.field.name()
            ))
            .with_hint("write DEFAULT instead of GENERATED"));
        }
        waiting.push((index, cast(expr, &column.field)));
    }
    let mut ordered: Vec<(usize, Expr)> = vec![];
    while !waiting.is_empty() {
        let missing: Vec<String> = waiting
            .iter()
            .map(|(index, _)| definition.columns[*index].field.name().clone())
            .collect();
        let (ready, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, expr)| {
            expr.column_refs().iter().all(|column| !missing.contains(&column.name))
        });
        if ready.is_empty() {
            return Err(Error::invalid_input(format!(
                "generated columns {} are made of each other",
                missing.join(", ")
            )));
        }
        ordered.extend(ready);
        waiting = later;
    }
    Ok(ordered)
}

fn checks(
    definition: &TableDefinition,
    schema: &DFSchema,
    state: &SessionState,
) -> Result<Vec<(String, Expr)>> {
    definition
        .checks
        .iter()
        .map(|check| {
            let text = check.expr.to_string();
            let expr = planned(&check.expr, schema, state)
                .map_err(|error| error.context(format_args!("CHECK ({text})")))?;
            Ok((text, cast(expr, &Field::new("check", DataType::Boolean, true))))
        })
        .collect()
}

#[async_trait]
impl TableProvider for MemoryTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn constraints(&self) -> Option<&Constraints> {
        Some(&self.constraints)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn get_table_definition(&self) -> Option<&str> {
        Some(&self.sql)
    }

    fn get_column_default(&self, column: &str) -> Option<&Expr> {
        self.defaults.get(column)
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        if !self.is_current(state).await {
            return Err(gone(&self.name.table).into());
        }
        let contents = self.contents();
        let batches = contents.batches();
        let sizes = state.config_options().explain.show_sizes;
        TableScan::plan(self, &contents, batches, self.schema(), projection.cloned(), sizes)
    }

    async fn insert_into(
        &self,
        state: &dyn Session,
        input: Arc<dyn ExecutionPlan>,
        insert_op: InsertOp,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        if insert_op != InsertOp::Append || !self.generated.is_empty() {
            let message = format!("{insert_op} into table {} is done in SQL", self.name.table);
            return Err(Error::unsupported(message).into());
        }
        self.schema.logically_equivalent_names_and_types(&input.schema())?;
        let schema = state
            .catalog_list()
            .catalog(&self.name.catalog)
            .and_then(|catalog| catalog.schema(&self.name.schema));
        let table = match schema {
            Some(schema) => schema.table(&self.name.table).await?,
            None => None,
        };
        let ours = |table: &Arc<dyn TableProvider>| {
            table.downcast_ref::<Self>().is_some_and(|table| std::ptr::eq(table, self))
        };
        let Some(table) = table.filter(ours) else {
            return Err(gone(&self.name.table).into());
        };
        let operation = Operation::Insert { conflict: Conflict::Fail };
        let logical = LogicalPlanBuilder::empty(false).build()?;
        Ok(WriteExec::plan(table, &operation, input, &logical, None, state)?)
    }
}

/// The version of a table in memory: its contents, which are replaced by every change.
pub(crate) fn version(table: &dyn TableProvider) -> Option<TableVersion> {
    let table: &MemoryTable = (table as &dyn std::any::Any).downcast_ref()?;
    let contents: Arc<dyn std::any::Any + Send + Sync> = table.contents();
    Some(TableVersion::Contents(Arc::downgrade(&contents)))
}
