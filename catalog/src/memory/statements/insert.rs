//! `INSERT INTO … [BY NAME] … [ON CONFLICT …] [RETURNING …]`.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::datatypes::{Fields, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemorySchemaProvider,
    SchemaProvider, Session, TableProvider,
};
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr as LogicalExpr, LogicalPlan, LogicalPlanBuilder, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{
    ConflictTarget, DoUpdate, Expr, ExprWithAlias, Ident, Insert, ObjectName, OnConflictAction,
    OnInsert, Query, SetExpr, SqliteOnConflict, Statement, TableObject, Visit, VisitMut, Visitor,
    VisitorMut, With,
};
use extension::{Error, Result};

use super::query::{assignments, memory, with_default, with_types};
use super::returning::{self, Target};
use crate::memory::apply::{EXCLUDED, conflict_schema};
use crate::memory::definition::{TableDefinition, normalized};
use crate::memory::names;
use crate::memory::parse::BY_NAME;
use crate::memory::table::{MemoryTable, cast};
use crate::memory::write::{Conflict, Operation};

/// The catalog, schema and table under which DataFusion plans the rows of an INSERT.
const TARGET: &str = "<target>";

pub(super) async fn plan(
    insert: &Insert,
    with: Option<&With>,
    state: &SessionState,
) -> Result<Option<LogicalPlan>> {
    let TableObject::TableName(name) = &insert.table else { return Ok(None) };
    let Some(found) = names::find(name, state).await? else { return Ok(None) };
    let Some(table) = memory(&found.table) else { return Ok(None) };
    refuse(insert)?;
    let alias = insert.table_alias.as_ref().map(|alias| alias.alias.clone());
    let conflict = conflict(insert, table, alias.as_ref(), state)?;
    let input = rows(insert, with, table, state).await?;
    let target = Target {
        alias: alias.map(returning::alias),
        name: found.name,
        reference: found.reference,
        table: Arc::clone(&found.table),
    };
    let operation = Operation::Insert { conflict };
    returning::plan(target, operation, input, insert.returning.as_deref(), state).await.map(Some)
}

/// Refuses what other databases write in an INSERT.
fn refuse(insert: &Insert) -> Result<()> {
    let by_name = insert.after_columns.iter().all(|word| word.value == BY_NAME);
    let clauses = [
        ("OVERWRITE", insert.overwrite),
        ("PARTITION", insert.partitioned.is_some() || !by_name),
        ("SET", !insert.assignments.is_empty()),
        ("OUTPUT", insert.output.is_some()),
        ("a priority", insert.priority.is_some()),
        ("AS after the rows", insert.insert_alias.is_some()),
        ("SETTINGS", insert.settings.is_some()),
        ("FORMAT", insert.format_clause.is_some()),
        ("IGNORE without OR", insert.ignore),
        ("several tables", insert.multi_table_insert_type.is_some()),
    ];
    match clauses.into_iter().find(|(_, given)| *given) {
        Some((clause, _)) => {
            Err(Error::unsupported(format!("{clause} in INSERT is not supported")))
        }
        None => Ok(()),
    }
}

/// The rows to insert: the columns that are written, in the table's order and types.
async fn rows(
    insert: &Insert,
    with: Option<&With>,
    table: &MemoryTable,
    state: &SessionState,
) -> Result<LogicalPlan> {
    let definition = table.definition();
    let written = definition.written();
    let mut source = insert.source.clone();
    if let (Some(source), Some(with)) = (&mut source, with) {
        match &mut source.with {
            Some(inner) => {
                inner.cte_tables =
                    with.cte_tables.iter().chain(&inner.cte_tables).cloned().collect();
                inner.recursive |= with.recursive;
            }
            none => *none = Some(with.clone()),
        }
    }
    let Some(mut source) = source else { return defaults(&written, table) };
    let columns = match insert.after_columns.is_empty() {
        true => named(insert, definition)?,
        false => by_name(&source, definition, table, state).await?,
    };
    let positions: Vec<usize> = match columns.is_empty() {
        true => written.clone(),
        false => columns.iter().map(|name| definition.index(name)).collect::<Result<_>>()?,
    };
    if let SetExpr::Values(values) = source.body.as_mut() {
        for row in &mut values.rows {
            if row.content.len() != positions.len() {
                return Err(mismatch(
                    table,
                    !columns.is_empty(),
                    positions.len(),
                    row.content.len(),
                ));
            }
            for (value, position) in row.content.iter_mut().zip(&positions) {
                *value = with_default(value.clone(), *position, definition);
            }
        }
    }
    let names = positions
        .iter()
        .map(|position| {
            let name = definition.columns[*position].field.name();
            ObjectName::from(vec![Ident::with_quote('"', name)])
        })
        .collect();
    planned(source, names, &written, table, state).await
}

/// The columns that the statement names.
fn named(insert: &Insert, definition: &TableDefinition) -> Result<Vec<Ident>> {
    let mut columns: Vec<Ident> = vec![];
    for name in &insert.columns {
        let [part] = name.0.as_slice() else {
            return Err(Error::unsupported(format!("'{name}' is not a column of the table")));
        };
        let Some(ident) = part.as_ident() else {
            return Err(Error::syntax(format!("'{name}' is not a column")));
        };
        let index = definition.index(ident)?;
        let column = definition.columns[index].field.name();
        if definition.columns[index].generated.is_some() {
            return Err(Error::invalid_input(format!(
                "column \"{column}\" is generated, so nothing can be inserted into it"
            )));
        }
        if columns.iter().any(|other| normalized(other) == *column) {
            return Err(Error::invalid_input(format!("column \"{column}\" is named twice")));
        }
        columns.push(ident.clone());
    }
    Ok(columns)
}

/// The columns that the query's are called.
async fn by_name(
    source: &Query,
    definition: &TableDefinition,
    table: &MemoryTable,
    state: &SessionState,
) -> Result<Vec<Ident>> {
    let statement = Statement::Query(Box::new(source.clone()));
    let statement = DataFusionStatement::Statement(Box::new(statement));
    let plan = state.statement_to_plan(statement).await?;
    let mut names = vec![];
    for field in plan.schema().fields() {
        let ident = Ident::with_quote('"', field.name());
        let index = definition.index(&ident).map_err(|error| {
            let message = format!(
                "table \"{}\" does not have a column with name \"{}\"",
                table.name().table,
                field.name()
            );
            let better = Error::not_found(message);
            match error.hint() {
                Some(hint) => better.with_hint(hint),
                None => better,
            }
        })?;
        if definition.columns[index].generated.is_some() {
            return Err(Error::invalid_input(format!(
                "column \"{}\" is generated, so nothing can be inserted into it",
                field.name()
            )));
        }
        names.push(ident);
    }
    Ok(names)
}

fn mismatch(table: &MemoryTable, named: bool, expected: usize, given: usize) -> Error {
    let name = &table.name().table;
    Error::invalid_input(match named {
        true => format!(
            "column name/value mismatch for insert on \"{name}\": expected {expected} columns but {given} values were supplied"
        ),
        false => {
            format!("table \"{name}\" has {expected} columns but {given} values were supplied")
        }
    })
}

/// `DEFAULT VALUES`.
fn defaults(written: &[usize], table: &MemoryTable) -> Result<LogicalPlan> {
    let exprs = written.iter().map(|position| {
        let field = &table.definition().columns[*position].field;
        let null = LogicalExpr::Literal(datafusion::common::ScalarValue::Null, None);
        let default = table.default_of(field.name()).cloned().unwrap_or(null);
        cast(default, field).alias(field.name())
    });
    Ok(LogicalPlanBuilder::empty(true).project(exprs)?.build()?)
}

/// Lets DataFusion plan an INSERT into a stand-in of the table, and takes its rows. So values take the
/// types of the columns one by one, and parameters know theirs.
async fn planned(
    source: Box<Query>,
    columns: Vec<ObjectName>,
    written: &[usize],
    table: &MemoryTable,
    state: &SessionState,
) -> Result<LogicalPlan> {
    let given = columns.len();
    let statement = stand_in(source, columns)?;
    let catalog = MemoryCatalogProvider::new();
    let schema = MemorySchemaProvider::new();
    schema.register_table(TARGET.to_string(), Arc::new(StandIn::new(table, written)))?;
    catalog.register_schema(TARGET, Arc::new(schema))?;
    let mut state = state.clone();
    let catalogs =
        WithTarget { inner: Arc::clone(state.catalog_list()), target: Arc::new(catalog) };
    state.register_catalog_list(Arc::new(catalogs));
    let plan = state.statement_to_plan(statement).await.map_err(|error| {
        let error = Error::from(error);
        match error.message().contains("Column count doesn't match") {
            true => Error::invalid_input(format!(
                "table \"{}\" takes {given} columns here, but the query has another number of them",
                table.name().table
            )),
            false => error,
        }
    })?;
    match plan {
        LogicalPlan::Dml(dml) => {
            with_types(Arc::unwrap_or_clone(dml.input), 0, written, table.definition())
        }
        _ => Err(Error::internal("an INSERT was not planned as one")),
    }
}

fn stand_in(source: Box<Query>, columns: Vec<ObjectName>) -> Result<DataFusionStatement> {
    let name = format!("\"{TARGET}\"");
    let text = format!("INSERT INTO {name}.{name}.{name} SELECT 1");
    let dialect = datafusion::sql::sqlparser::dialect::GenericDialect {};
    let parsed = datafusion::sql::sqlparser::parser::Parser::new(&dialect)
        .try_with_sql(&text)
        .and_then(|mut parser| parser.parse_statement());
    match parsed {
        Ok(Statement::Insert(mut insert)) => {
            insert.source = Some(source);
            insert.columns = columns;
            Ok(DataFusionStatement::Statement(Box::new(Statement::Insert(insert))))
        }
        _ => Err(Error::internal("the template of INSERT cannot be read")),
    }
}

/// What a row is inserted into for DataFusion: the written columns, each of which may be NULL until the
/// rules say otherwise.
#[derive(Debug)]
struct StandIn {
    schema: SchemaRef,
    defaults: HashMap<String, LogicalExpr>,
}

impl StandIn {
    fn new(table: &MemoryTable, written: &[usize]) -> Self {
        let columns = &table.definition().columns;
        let fields: Fields = written
            .iter()
            .map(|position| Arc::new(columns[*position].field.as_ref().clone().with_nullable(true)))
            .collect();
        let defaults = fields
            .iter()
            .filter_map(|field| {
                Some((field.name().clone(), table.default_of(field.name())?.clone()))
            })
            .collect();
        Self { schema: Arc::new(Schema::new(fields)), defaults }
    }
}

#[async_trait]
impl TableProvider for StandIn {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn get_column_default(&self, column: &str) -> Option<&LogicalExpr> {
        self.defaults.get(column)
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        _projection: Option<&Vec<usize>>,
        _filters: &[LogicalExpr],
        _limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        Err(Error::internal("the stand-in of a table has no rows").into())
    }
}

/// The session's catalogs and the one of the stand-in.
#[derive(Debug)]
struct WithTarget {
    inner: Arc<dyn CatalogProviderList>,
    target: Arc<dyn CatalogProvider>,
}

impl CatalogProviderList for WithTarget {
    fn register_catalog(
        &self,
        name: String,
        catalog: Arc<dyn CatalogProvider>,
    ) -> Option<Arc<dyn CatalogProvider>> {
        self.inner.register_catalog(name, catalog)
    }

    fn catalog_names(&self) -> Vec<String> {
        self.inner.catalog_names()
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        match name == TARGET {
            true => Some(Arc::clone(&self.target)),
            false => self.inner.catalog(name),
        }
    }
}

/// What happens to rows whose key is there.
fn conflict(
    insert: &Insert,
    table: &MemoryTable,
    alias: Option<&Ident>,
    state: &SessionState,
) -> Result<Conflict> {
    let definition = table.definition();
    let or = match &insert.or {
        None if insert.replace_into => Some(SqliteOnConflict::Replace),
        or => *or,
    };
    match (or, &insert.on) {
        (None, None) => Ok(Conflict::Fail),
        (Some(_), Some(_)) => {
            Err(Error::syntax("OR REPLACE or OR IGNORE and ON CONFLICT exclude each other"))
        }
        (Some(SqliteOnConflict::Ignore), None) => {
            some_key(definition)?;
            Ok(Conflict::Skip { key: None })
        }
        (Some(SqliteOnConflict::Replace), None) => {
            let key = only_key(definition)?;
            let columns = match insert.columns.is_empty() {
                true => definition.written(),
                false => insert
                    .columns
                    .iter()
                    .filter_map(|name| name.0.last()?.as_ident())
                    .map(|name| definition.index(name))
                    .collect::<Result<_>>()?,
            };
            let assignments = columns
                .into_iter()
                .filter(|column| !definition.keys[key].columns.contains(column))
                .map(|column| {
                    let name = definition.columns[column].field.name();
                    let excluded = datafusion::common::Column::new(Some(EXCLUDED), name);
                    (column, LogicalExpr::Column(excluded))
                })
                .collect();
            let alias = table.name().table.to_string();
            Ok(Conflict::Update { key, assignments, condition: None, alias })
        }
        (Some(other), None) => Err(Error::unsupported(format!("INSERT {other} is not supported"))),
        (None, Some(OnInsert::OnConflict(on))) => {
            let key = match &on.conflict_target {
                None => None,
                Some(ConflictTarget::Columns(columns)) => Some(key_of(columns, definition)?),
                Some(ConflictTarget::OnConstraint(name)) => {
                    return Err(Error::unsupported(format!(
                        "ON CONFLICT ON CONSTRAINT {name} is not supported"
                    ))
                    .with_hint("name the columns of the key, as in ON CONFLICT (id)"));
                }
            };
            match &on.action {
                OnConflictAction::DoNothing => {
                    some_key(definition)?;
                    Ok(Conflict::Skip { key })
                }
                OnConflictAction::DoUpdate(update) => {
                    let key = key.map_or_else(|| only_key(definition), Ok)?;
                    do_update(update, key, table, alias, state)
                }
            }
        }
        (None, Some(other)) => {
            let clause = other.to_string();
            Err(Error::unsupported(format!("'{}' is not supported", clause.trim()))
                .with_hint("write ON CONFLICT (key) DO UPDATE SET …"))
        }
    }
}

fn some_key(definition: &TableDefinition) -> Result<()> {
    match definition.keys.is_empty() {
        true => Err(Error::invalid_input("the table has no PRIMARY KEY or UNIQUE constraint")),
        false => Ok(()),
    }
}

fn only_key(definition: &TableDefinition) -> Result<usize> {
    some_key(definition)?;
    match definition.keys.len() {
        1 => Ok(0),
        _ => Err(Error::invalid_input(
            "the table has several PRIMARY KEY or UNIQUE constraints, so the statement must say which",
        )
        .with_hint("name the columns of one, as in ON CONFLICT (id)")),
    }
}

fn key_of(columns: &[Ident], definition: &TableDefinition) -> Result<usize> {
    let mut wanted: Vec<usize> =
        columns.iter().map(|name| definition.index(name)).collect::<Result<_>>()?;
    wanted.sort_unstable();
    let same = |key: &[usize]| {
        let mut key = key.to_vec();
        key.sort_unstable();
        key == wanted
    };
    definition.keys.iter().position(|key| same(&key.columns)).ok_or_else(|| {
        Error::invalid_input(
            "the columns of ON CONFLICT are not those of a PRIMARY KEY or UNIQUE constraint",
        )
    })
}

fn do_update(
    update: &DoUpdate,
    key: usize,
    table: &MemoryTable,
    alias: Option<&Ident>,
    state: &SessionState,
) -> Result<Conflict> {
    let definition = table.definition();
    let alias = alias.map_or_else(|| table.name().table.to_string(), normalized);
    let schema = conflict_schema(table, &alias)?;
    let planned = |expr: &Expr| -> Result<LogicalExpr> {
        let mut expr = expr.clone();
        let _ = VisitMut::visit(&mut expr, &mut Qualify { definition, alias: &alias });
        if Visit::visit(&expr, &mut FindQuery).is_break() {
            return Err(Error::unsupported("DO UPDATE takes no sub-query"));
        }
        let expr = ExprWithAlias { expr, alias: None };
        Ok(state.create_logical_expr_from_sql_expr(expr, &schema)?)
    };
    let assignments = assignments(&update.assignments, definition)?
        .into_iter()
        .map(|(column, expr)| {
            Ok((column, cast(planned(&expr)?, &definition.columns[column].field)))
        })
        .collect::<Result<_>>()?;
    let condition = update.selection.as_ref().map(planned).transpose()?;
    Ok(Conflict::Update { key, assignments, condition, alias })
}

/// Puts the table's name before its columns, which `excluded` has too.
struct Qualify<'a> {
    definition: &'a TableDefinition,
    alias: &'a str,
}

impl VisitorMut for Qualify<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Identifier(name) = expr
            && self.definition.index(name).is_ok()
        {
            *expr = Expr::CompoundIdentifier(vec![
                Ident::with_quote('"', self.alias),
                Ident::with_quote('"', normalized(name)),
            ]);
        }
        ControlFlow::Continue(())
    }
}

struct FindQuery;

impl Visitor for FindQuery {
    type Break = ();

    fn pre_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}
