//! Relations that are resolved before planning: calls of table functions with constant arguments, and
//! paths in FROM.
//!
//! DataFusion's relation planners are synchronous, but a file must be listed and its schema read
//! before a plan can name its columns. So the syntax tree is walked first, each such relation becomes
//! a table, and the relation planner registered for this one statement looks the tables up.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef, TimeUnit};
use datafusion::catalog::{TableFunctionArgs, TableProvider};
use datafusion::common::{DFSchema, ScalarValue, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SessionState;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{LogicalPlanBuilder, lit};
use datafusion::sql::parser::{CopyToSource, DFParserBuilder, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, ExprWithAlias, FunctionArg, FunctionArgExpr, ObjectName,
    Statement as SqlStatement, TableFactor, Visit, Visitor,
};
use extension::{
    Arguments, Error, FriendlyDialect, GivenTables, Result, ScanFunction, TableDescribers, closest,
};

use crate::calls::RelationFunctions;
use crate::information;
use crate::rewrite::is_pivot_statement;
use crate::statements::{plan_relation, relation_call};

/// The function that a path in FROM stands for.
const FILES_FUNCTION: &str = "read_files";

/// The relations of one statement, by their SQL text.
#[derive(Debug)]
pub(crate) struct Resolved {
    describers: TableDescribers,
    tables: HashMap<String, (String, Arc<dyn TableProvider>)>,
}

impl Resolved {
    /// The columns of the relations.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = SchemaRef> {
        self.tables.values().map(|(_, table)| table.schema())
    }
}

/// The table functions with constant arguments, and those that take tables, which are planned later.
type Functions<'a> = (&'a BTreeMap<String, Arc<dyn ScanFunction>>, &'a RelationFunctions);

/// Finds the statement's file and function relations and makes them tables.
pub(crate) async fn resolve(
    statement: &mut DataFusionStatement,
    functions: Functions<'_>,
    state: &SessionState,
) -> Result<Resolved> {
    let mut factors = Factors { found: vec![] };
    collect(statement, &mut factors)?;
    let mut tables = HashMap::new();
    for factor in factors.found {
        let Some(key) = key(&factor) else { continue };
        if tables.contains_key(&key) {
            continue;
        }
        if let Some(table) = resolve_factor(&factor, functions, state).await? {
            tables.insert(key, table);
        }
    }
    Ok(Resolved { describers: TableDescribers::of(state.config()), tables })
}

async fn resolve_factor(
    factor: &TableFactor,
    functions: Functions<'_>,
    state: &SessionState,
) -> Result<Option<(String, Arc<dyn TableProvider>)>> {
    let TableFactor::Table { name, args, .. } = factor else {
        return Ok(None);
    };
    match args {
        // What stands for a statement is planned with the statement.
        Some(_) if relation_call(factor).is_some() => Ok(None),
        Some(_) if functions.1.get(name).is_some() => Ok(None),
        // The rewrite of pivots resolves these.
        Some(_) if is_pivot_statement(name) => Ok(None),
        Some(call) => {
            let function_name = name.to_string().to_lowercase();
            let Some(function) = functions.0.get(&function_name) else {
                return match state.table_functions().contains_key(&function_name) {
                    true => of_moments(&function_name, &call.args, state),
                    false => Err(unknown_function(&function_name, functions, state)),
                };
            };
            let (mut positional, mut named) = (vec![], vec![]);
            for argument in &call.args {
                match evaluate_argument(argument, function.signature().name, state)? {
                    (None, value) if named.is_empty() => positional.push(value),
                    (None, _) => {
                        return Err(Error::invalid_input(format!(
                            "{function_name}: a positional argument follows a named one"
                        )));
                    }
                    (Some(name), value) => named.push((name, value)),
                }
            }
            let arguments = Arguments::new(function.signature(), positional, named)?;
            Ok(Some((function_name, function.scan(&arguments, state).await?)))
        }
        None if information::is_columns(name) => {
            let table: Arc<dyn TableProvider> = Arc::new(information::Columns::new());
            Ok(Some(("columns".to_string(), table)))
        }
        None => {
            let Some(path) = as_path(name, state).await else {
                return Ok(None);
            };
            let Some(function) = functions.0.get(FILES_FUNCTION) else {
                return Ok(None);
            };
            let arguments = Arguments::new(
                function.signature(),
                vec![ScalarValue::from(path.as_str())],
                vec![],
            )?;
            Ok(Some((stem(&path), function.scan(&arguments, state).await?)))
        }
    }
}

/// A call of one of DataFusion's table functions with timestamps, which they want in nanoseconds.
fn of_moments(
    name: &str,
    arguments: &[FunctionArg],
    state: &SessionState,
) -> Result<Option<(String, Arc<dyn TableProvider>)>> {
    let is_moment = |value: &ScalarValue| matches!(value.data_type(), DataType::Timestamp(unit, _) if unit != TimeUnit::Nanosecond);
    let mut values = vec![];
    for argument in arguments {
        match evaluate_argument(argument, name, state) {
            Ok((None, value)) => values.push(value),
            // DataFusion says what is wrong with it.
            _ => return Ok(None),
        }
    }
    let Some(function) = state.table_functions().get(name).filter(|_| values.iter().any(is_moment))
    else {
        return Ok(None);
    };
    let exprs = values
        .into_iter()
        .map(|value| match value.data_type() {
            DataType::Timestamp(_, zone) if is_moment(&value) => {
                Ok(lit(value.cast_to(&DataType::Timestamp(TimeUnit::Nanosecond, zone))?))
            }
            _ => Ok(lit(value)),
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Some((
        name.to_string(),
        function.create_table_provider_with_args(TableFunctionArgs::new(&exprs, state))?,
    )))
}

/// A name in single quotes, or one in double quotes that looks like a path, is a path unless a table
/// has that very name.
async fn as_path(name: &ObjectName, state: &SessionState) -> Option<String> {
    let [part] = name.0.as_slice() else { return None };
    let ident = part.as_ident()?;
    let is_path = match ident.quote_style {
        Some('\'') => true,
        Some('"') => ident.value.contains(['/', '.', '*']),
        _ => false,
    };
    if !is_path || GivenTables::is_given(&ident.value, state) {
        return None;
    }
    // A dot within quotes is part of the name, and separates no schema from a table.
    let schema = state.schema_for_ref(TableReference::bare(ident.value.as_str())).ok();
    let is_table = schema.is_some_and(|schema| schema.table_exist(&ident.value));
    (!is_table).then(|| ident.value.clone())
}

/// The name by which a file's columns may be qualified: `data/orders.csv.gz` is `orders`.
fn stem(path: &str) -> String {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path);
    name.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or(name).to_string()
}

fn unknown_function(name: &str, functions: Functions<'_>, state: &SessionState) -> Error {
    let known = functions.0.keys().chain(state.table_functions().keys()).map(String::as_str);
    let known = known.chain(functions.1.names());
    let error = Error::not_found(format!("table function '{name}' does not exist"));
    match closest(name, known) {
        Some(near) => error.with_hint(format!("did you mean '{near}'?")),
        None => {
            error.with_hint("SELECT name FROM system.functions WHERE kind = 'table' lists them")
        }
    }
}

/// The value of an argument, and its name if it has one.
fn evaluate_argument(
    argument: &FunctionArg,
    function: &str,
    state: &SessionState,
) -> Result<(Option<String>, ScalarValue)> {
    let (name, value) = match argument {
        FunctionArg::Named { name, arg, .. } => (Some(name.value.clone()), arg),
        FunctionArg::ExprNamed { name: Expr::Identifier(name), arg, .. } => {
            (Some(name.value.clone()), arg)
        }
        FunctionArg::ExprNamed { name, .. } => {
            return Err(Error::syntax(format!("{function}: '{name}' is not a parameter name")));
        }
        FunctionArg::Unnamed(arg) => (None, arg),
    };
    let FunctionArgExpr::Expr(expr) = value else {
        return Err(Error::invalid_input(format!("{function}: '{value}' is not a value")));
    };
    // DuckDB's older spelling of named arguments: `header = true`.
    if let (None, Expr::BinaryOp { left, op: BinaryOperator::Eq, right }) = (&name, expr)
        && let Expr::Identifier(name) = left.as_ref()
    {
        return Ok((Some(name.value.clone()), evaluate(right, function, state)?));
    }
    Ok((name, evaluate(expr, function, state)?))
}

/// The value of a constant expression.
pub(crate) fn evaluate(expr: &Expr, function: &str, state: &SessionState) -> Result<ScalarValue> {
    let not_constant = |error: Error| {
        error
            .context(format_args!("{function}: argument '{expr}'"))
            .with_hint("arguments of table functions are constants; text goes in single quotes")
    };
    let schema = DFSchema::empty();
    let logical = state
        .create_logical_expr_from_sql_expr(
            ExprWithAlias { expr: expr.clone(), alias: None },
            &schema,
        )
        .map_err(|error| not_constant(error.into()))?;
    let physical =
        state.create_physical_expr(logical, &schema).map_err(|error| not_constant(error.into()))?;
    let one_row = RecordBatch::try_new_with_options(
        Arc::new(Schema::empty()),
        vec![],
        &RecordBatchOptions::new().with_row_count(Some(1)),
    )?;
    let value = physical.evaluate(&one_row).map_err(|error| not_constant(error.into()))?;
    Ok(ScalarValue::try_from_array(&value.into_array(1)?, 0)?)
}

/// The table factors of a statement, in reading order.
struct Factors {
    found: Vec<TableFactor>,
}

impl Visitor for Factors {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if matches!(factor, TableFactor::Table { .. }) {
            self.found.push(factor.clone());
        }
        ControlFlow::Continue(())
    }
}

fn collect(statement: &mut DataFusionStatement, factors: &mut Factors) -> Result<()> {
    match statement {
        DataFusionStatement::Statement(statement) => {
            let _ = statement.visit(factors);
        }
        DataFusionStatement::Explain(explain) => collect(&mut explain.statement, factors)?,
        DataFusionStatement::CopyTo(copy) => {
            // `COPY 'in.csv' TO 'out.parquet'`: a path is read as in FROM.
            if let CopyToSource::Relation(name) = &copy.source
                && name
                    .0
                    .iter()
                    .any(|part| part.as_ident().is_some_and(|i| i.quote_style.is_some()))
            {
                copy.source = CopyToSource::Query(select_all(name)?);
            }
            if let CopyToSource::Query(query) = &copy.source {
                let _ = query.visit(factors);
            }
        }
        DataFusionStatement::CreateExternalTable(_) | DataFusionStatement::Reset(_) => {}
    }
    Ok(())
}

fn select_all(name: &ObjectName) -> Result<Box<datafusion::sql::sqlparser::ast::Query>> {
    let text = format!("SELECT * FROM {name}");
    let statement = DFParserBuilder::new(text.as_str())
        .with_dialect(&FriendlyDialect)
        .build()?
        .parse_statement()?;
    match statement {
        DataFusionStatement::Statement(statement) => match *statement {
            SqlStatement::Query(query) => Ok(query),
            other => Err(Error::internal(format!("'{other}' is not a query"))),
        },
        other => Err(Error::internal(format!("'{other}' is not a query"))),
    }
}

/// What identifies a relation within one statement: its name and arguments as text.
fn key(factor: &TableFactor) -> Option<String> {
    match factor {
        TableFactor::Table { name, args, .. } => Some(match args {
            Some(args) => {
                let arguments: Vec<String> = args.args.iter().map(ToString::to_string).collect();
                format!("{}({})", name.to_string().to_lowercase(), arguments.join(","))
            }
            None => name.to_string(),
        }),
        _ => None,
    }
}

impl RelationPlanner for Resolved {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> DataFusionResult<RelationPlanning> {
        if let Some((statement, query)) = relation_call(&relation) {
            let plan = plan_relation(statement, query, context, &self.describers)?;
            let alias = match &relation {
                TableFactor::Table { alias, .. } => alias.clone(),
                _ => None,
            };
            return Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, alias))));
        }
        let found = key(&relation).and_then(|key| self.tables.get(&key));
        let Some((name, table)) = found else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let TableFactor::Table {
            alias,
            args,
            with_hints,
            version,
            with_ordinality,
            partitions,
            json_path,
            sample,
            index_hints,
            name: written,
        } = relation
        else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let ignored = [
            ("table hints", !with_hints.is_empty() || !index_hints.is_empty()),
            ("a table version", version.is_some()),
            ("WITH ORDINALITY", with_ordinality),
            ("PARTITION", !partitions.is_empty()),
            ("a JSON path", json_path.is_some()),
            ("TABLESAMPLE", sample.is_some()),
            ("SETTINGS", args.is_some_and(|args| args.settings.is_some())),
        ];
        if let Some((clause, _)) = ignored.into_iter().find(|(_, present)| *present) {
            return Err(
                Error::unsupported(format!("{clause} on {written} is not supported")).into()
            );
        }
        let plan =
            LogicalPlanBuilder::scan(name.as_str(), provider_as_source(Arc::clone(table)), None)?
                .build()?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, alias))))
    }
}
