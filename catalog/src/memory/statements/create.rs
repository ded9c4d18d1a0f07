//! `CREATE TABLE`, and `CREATE VIEW` and `DROP` where temporary ones are concerned.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, FieldRef};
use async_trait::async_trait;
use datafusion::common::{ExprSchema, ResolvedTableReference};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{
    DdlStatement, Expr as LogicalExpr, LogicalPlan, LogicalPlanBuilder, TableType,
};
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{ColumnDef, CreateTable, CreateView, ObjectType, Statement};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use extension::{Error, Result};

use crate::memory::apply::Plan;
use crate::memory::definition::TableDefinition;
use crate::memory::names;
use crate::memory::rules::Rules;
use crate::memory::table::{MemoryTable, cast, fits};
use crate::memory::task::{self, Task};
use crate::memory::write::{Conflict, Operation};

pub(super) async fn plan(
    create: &CreateTable,
    state: &SessionState,
) -> Result<Option<LogicalPlan>> {
    if create.or_replace && create.if_not_exists {
        return Err(Error::syntax("OR REPLACE and IF NOT EXISTS exclude each other"));
    }
    let name = names::for_creation(&create.name, create.temporary, state)?;
    let name = names::resolved(names::reference(&name, state)?, state);
    let input = columns(create, state).await?;
    let fields = input.schema().fields().iter().map(typed).collect();
    let definition = TableDefinition::of_statement(create, &fields)?;
    let rows = match create.query {
        Some(_) => written(input, &definition)?,
        None => LogicalPlanBuilder::empty(false).build()?,
    };
    // What is wrong with a rule is said before anything runs.
    MemoryTable::new(name.clone(), definition.clone(), state)?;
    let task = CreateTask {
        name,
        definition,
        if_not_exists: create.if_not_exists,
        or_replace: create.or_replace,
        of_query: create.query.is_some(),
    };
    Ok(Some(task::plan(task, rows)?))
}

/// The rows of the query, or none, in the columns of the statement; DataFusion knows their types.
async fn columns(create: &CreateTable, state: &SessionState) -> Result<LogicalPlan> {
    let mut plain = create.clone();
    plain.temporary = false;
    plain.or_replace = false;
    plain.if_not_exists = false;
    plain.constraints.clear();
    plain.columns.iter_mut().for_each(|column| column.options.clear());
    let statement = DataFusionStatement::Statement(Box::new(Statement::CreateTable(plain)));
    match state.statement_to_plan(statement).await? {
        LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(table)) => {
            Ok(Arc::unwrap_or_clone(table.input))
        }
        _ => Err(Error::internal("a CREATE TABLE was not planned as one")),
    }
}

/// A column of NULLs alone takes whole numbers, as in DuckDB.
fn typed(field: &FieldRef) -> FieldRef {
    match field.data_type() {
        DataType::Null => Arc::new(field.as_ref().clone().with_data_type(DataType::Int32)),
        _ => Arc::clone(field),
    }
}

/// The query's rows as the written columns of the table.
fn written(rows: LogicalPlan, definition: &TableDefinition) -> Result<LogicalPlan> {
    let written = definition.written();
    let columns = rows.schema().columns();
    if columns.len() != written.len() {
        return Err(Error::unsupported("a table that is made by a query has no generated columns"));
    }
    let exprs = columns.into_iter().zip(written).map(|(column, position)| {
        let field = &definition.columns[position].field;
        let same = rows.schema().field_from_column(&column).is_ok_and(|from| fits(from, field));
        match same {
            true => LogicalExpr::Column(column),
            false => cast(LogicalExpr::Column(column), field).alias(field.name()),
        }
    });
    let exprs: Vec<LogicalExpr> = exprs.collect();
    match exprs.iter().all(|expr| matches!(expr, LogicalExpr::Column(_))) {
        true => Ok(rows),
        false => Ok(LogicalPlanBuilder::from(rows).project(exprs)?.build()?),
    }
}

/// Makes the table.
#[derive(Debug)]
struct CreateTask {
    name: ResolvedTableReference,
    definition: TableDefinition,
    if_not_exists: bool,
    or_replace: bool,
    of_query: bool,
}

#[async_trait]
impl Task for CreateTask {
    fn describe(&self) -> String {
        format!("CreateTable: {}", self.name.table)
    }

    fn counts(&self) -> bool {
        self.of_query
    }

    async fn is_needed(&self, state: &SessionState) -> Result<bool> {
        let schema = names::schema(&self.name, state)?;
        let Some(existing) = schema.table_type(&self.name.table).await? else { return Ok(true) };
        match existing {
            TableType::View if self.or_replace => Err(Error::already_exists(format!(
                "'{}' is a view, which a table does not replace",
                self.name.table
            ))
            .with_hint("drop the view first")),
            _ if self.or_replace => Ok(true),
            _ if self.if_not_exists => Ok(false),
            _ => Err(Error::already_exists(format!(
                "table with name \"{}\" already exists",
                self.name.table
            ))
            .with_hint("CREATE OR REPLACE TABLE replaces it")),
        }
    }

    async fn run(&self, rows: Vec<RecordBatch>, state: &SessionState) -> Result<()> {
        let table = MemoryTable::new(self.name.clone(), self.definition.clone(), state)?;
        append_rows(&table, &rows, state)?;
        let schema = names::schema(&self.name, state)?;
        if self.or_replace {
            schema.deregister_table(&self.name.table)?;
        }
        schema.register_table(self.name.table.to_string(), Arc::new(table))?;
        Ok(())
    }
}

/// Puts the first rows into a table that nobody knows yet.
pub(super) fn append_rows(
    table: &MemoryTable,
    rows: &[RecordBatch],
    state: &SessionState,
) -> Result<()> {
    let operation = Operation::Insert { conflict: Conflict::Fail };
    let rules = Rules::of(table, state)?;
    let plan = Plan::new(table, &operation, rules, None, state)?;
    plan.work_out(table, rows)?.commit(table, &state.runtime_env().memory_pool)?;
    Ok(())
}

/// The column that a definition makes, without its rules.
pub(super) async fn field_of(column: &ColumnDef, state: &SessionState) -> Result<FieldRef> {
    let parsed = Parser::new(&GenericDialect {})
        .try_with_sql("CREATE TABLE t (c INT)")
        .and_then(|mut parser| parser.parse_statement());
    let Ok(Statement::CreateTable(mut create)) = parsed else {
        return Err(Error::internal("the template of CREATE TABLE cannot be read"));
    };
    create.columns = vec![column.clone()];
    let plan = columns(&create, state).await?;
    match plan.schema().fields().first() {
        Some(field) => Ok(Arc::new(field.as_ref().clone().with_nullable(true))),
        None => Err(Error::invalid_input(format!("column {} has no type", column.name))),
    }
}

/// `CREATE TEMP VIEW` is a view in the schema of temporary ones; others are DataFusion's.
pub(super) async fn plan_view(
    create: &CreateView,
    state: &SessionState,
) -> Result<Option<LogicalPlan>> {
    if !create.temporary {
        return Ok(None);
    }
    let mut view = create.clone();
    view.temporary = false;
    view.name = names::for_creation(&create.name, true, state)?;
    let name = names::resolved(names::reference(&view.name, state)?, state);
    names::schema(&name, state)?;
    let statement = DataFusionStatement::Statement(Box::new(Statement::CreateView(view)));
    Ok(Some(state.statement_to_plan(statement).await?))
}

/// `DROP` of a bare name drops the temporary one first, and names are the same in any case.
pub(super) async fn plan_drop(
    statement: &Statement,
    state: &SessionState,
) -> Result<Option<LogicalPlan>> {
    let Statement::Drop { object_type: ObjectType::Table | ObjectType::View, names, .. } =
        statement
    else {
        return Ok(None);
    };
    let [name] = names.as_slice() else { return Ok(None) };
    let found = names::in_temp(name, state).or_else(|| names::respelled(name, state));
    let Some(name) = found else { return Ok(None) };
    let mut statement = statement.clone();
    if let Statement::Drop { names, .. } = &mut statement {
        *names = vec![name];
    }
    let statement = DataFusionStatement::Statement(Box::new(statement));
    Ok(Some(state.statement_to_plan(statement).await?))
}
