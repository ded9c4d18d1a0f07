//! Queries that statements make: the rows to change, as a syntax tree that DataFusion plans.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::{Column, ExprSchema};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr as LogicalExpr, LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{
    Assignment, AssignmentTarget, Expr, Ident, LimitClause, ObjectName, OrderBy, OrderByExpr,
    OrderByKind, Query, Select, SelectItem, SetExpr, Statement, TableFactor, TableWithJoins, With,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use extension::{Error, Result};

use crate::memory::definition::{TableDefinition, normalized};
use crate::memory::relations::Hinted;
use crate::memory::table::{MemoryTable, ROW_ID, cast, fits};

/// `SELECT items FROM from WHERE selection`.
pub(super) fn select(
    items: Vec<SelectItem>,
    from: Vec<TableWithJoins>,
    selection: Option<Expr>,
    with: Option<&With>,
) -> Result<Query> {
    let mut query = template()?;
    query.with = with.cloned();
    let SetExpr::Select(select) = query.body.as_mut() else {
        return Err(Error::internal("the template of queries is no SELECT"));
    };
    let select: &mut Select = select;
    select.projection = items;
    select.from = from;
    select.selection = selection;
    Ok(query)
}

fn template() -> Result<Query> {
    let parsed = Parser::new(&GenericDialect {})
        .try_with_sql("SELECT 1")
        .and_then(|mut parser| parser.parse_query())
        .map_err(|error| Error::internal(format!("the template of queries is not SQL: {error}")))?;
    Ok(*parsed)
}

/// Plans a query in which the relation of the change is as `hinted` says.
pub(super) async fn planned(
    query: Query,
    hinted: Hinted,
    state: &SessionState,
) -> Result<LogicalPlan> {
    let mut state = state.clone();
    state.register_relation_planner(Arc::new(hinted))?;
    let statement = Statement::Query(Box::new(query));
    Ok(state.statement_to_plan(DataFusionStatement::Statement(Box::new(statement))).await?)
}

/// A relation without joins.
pub(super) fn alone(relation: TableFactor) -> TableWithJoins {
    TableWithJoins { relation, joins: vec![] }
}

/// The id of the row in the table that is changed.
pub(super) fn row_id() -> SelectItem {
    SelectItem::UnnamedExpr(Expr::Identifier(Ident::with_quote('"', ROW_ID)))
}

/// An item under a name that no column has.
pub(super) fn item(expr: Expr, name: &str) -> SelectItem {
    SelectItem::ExprWithAlias { expr, alias: Ident::with_quote('"', name) }
}

/// The name of the item with the new value of a column.
pub(super) fn value_name(index: usize) -> String {
    format!("<{index}>")
}

/// The plan's columns, those from `first` on as values of the table's columns `positions`.
pub(super) fn with_types(
    plan: LogicalPlan,
    first: usize,
    positions: &[usize],
    definition: &TableDefinition,
) -> Result<LogicalPlan> {
    let columns: Vec<Column> = plan.schema().columns();
    let exprs: Vec<LogicalExpr> = columns
        .into_iter()
        .enumerate()
        .map(|(index, column)| match index.checked_sub(first).and_then(|at| positions.get(at)) {
            Some(position) => {
                let field = &definition.columns[*position].field;
                match plan.schema().field_from_column(&column) {
                    Ok(from) if fits(from, field) => LogicalExpr::Column(column),
                    _ => {
                        let name = column.name.clone();
                        cast(LogicalExpr::Column(column), field).alias(name)
                    }
                }
            }
            None => LogicalExpr::Column(column),
        })
        .collect();
    Ok(LogicalPlanBuilder::from(plan).project(exprs)?.build()?)
}

/// The assignments of `SET`, one a column: its position and its value.
pub(super) fn assignments(
    written: &[Assignment],
    definition: &TableDefinition,
) -> Result<Vec<(usize, Expr)>> {
    let mut pairs: Vec<(ObjectName, Expr)> = vec![];
    for assignment in written {
        match (&assignment.target, &assignment.value) {
            (AssignmentTarget::ColumnName(name), value) => {
                pairs.push((name.clone(), value.clone()))
            }
            (AssignmentTarget::Tuple(names), Expr::Tuple(values))
                if names.len() == values.len() =>
            {
                pairs.extend(names.iter().cloned().zip(values.iter().cloned()));
            }
            (AssignmentTarget::Tuple(names), _) => {
                return Err(Error::unsupported(format!(
                    "({}) takes a list of {} values in parentheses",
                    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                    names.len()
                )));
            }
        }
    }
    let mut found: Vec<(usize, Expr)> = vec![];
    for (name, value) in pairs {
        let index = column(&name, definition)?;
        if found.iter().any(|(other, _)| *other == index) {
            return Err(Error::invalid_input(format!(
                "column \"{}\" is set twice",
                definition.columns[index].field.name()
            )));
        }
        let column = &definition.columns[index];
        if column.generated.is_some() {
            return Err(Error::invalid_input(format!(
                "column \"{}\" is generated, so it cannot be set",
                column.field.name()
            )));
        }
        found.push((index, with_default(value, index, definition)));
    }
    Ok(found)
}

/// The column that an assignment names.
fn column(name: &ObjectName, definition: &TableDefinition) -> Result<usize> {
    match name.0.as_slice() {
        [part] => match part.as_ident() {
            Some(ident) => definition.index(ident),
            None => Err(Error::syntax(format!("'{name}' is not a column"))),
        },
        // `SET t.a = 1` names the table again.
        [.., part] => match part.as_ident() {
            Some(ident) if definition.index(ident).is_ok() => definition.index(ident),
            _ => Err(Error::unsupported(format!(
                "setting a part of a column, '{name}', is not supported"
            ))),
        },
        [] => Err(Error::syntax("a column is missing")),
    }
}

/// The default of the column where `DEFAULT` is written.
pub(super) fn with_default(value: Expr, column: usize, definition: &TableDefinition) -> Expr {
    match &value {
        Expr::Identifier(word) if word.quote_style.is_none() && normalized(word) == "default" => {
            default_of(column, definition)
        }
        _ => value,
    }
}

/// The default of a column.
pub(super) fn default_of(column: usize, definition: &TableDefinition) -> Expr {
    definition.columns[column].default.clone().unwrap_or_else(null)
}

pub(super) fn null() -> Expr {
    Expr::Value(datafusion::sql::sqlparser::ast::Value::Null.into())
}

/// Our own table behind what a name stands for.
pub(super) fn memory(table: &Arc<dyn TableProvider>) -> Option<&MemoryTable> {
    table.downcast_ref::<MemoryTable>()
}

/// `ORDER BY … LIMIT …`, for the first rows alone.
pub(super) fn limit(query: &mut Query, order_by: &[OrderByExpr], limit: Option<&Expr>) {
    if !order_by.is_empty() {
        query.order_by =
            Some(OrderBy { kind: OrderByKind::Expressions(order_by.to_vec()), interpolate: None });
    }
    if let Some(limit) = limit {
        query.limit_clause = Some(LimitClause::LimitOffset {
            limit: Some(limit.clone()),
            offset: None,
            limit_by: vec![],
        });
    }
}
