//! Relations that are a projection over those before them, perhaps unnested.

use datafusion::common::{Column, TableReference, UnnestOptions};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, lit, when};
use datafusion::prelude::array_length;
use datafusion::sql::sqlparser::ast::{
    Expr as SqlExpr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, SelectItem, SetExpr, TableAlias, TableFactor,
};

use super::plan::unsupported;

/// The name of a list's elements while they are being made; no column of a user has it.
const ELEMENTS: &str = "elements of lateral";

/// The plan of `relation` over each row of `left`.
pub(super) fn plan(
    left: TableFactor,
    relation: &TableFactor,
    keep_left: bool,
    context: &mut dyn RelationPlannerContext,
) -> DataFusionResult<LogicalPlan> {
    let left = context.plan(left)?;
    match relation {
        TableFactor::Derived { subquery, alias, .. } => {
            let SetExpr::Select(select) = subquery.body.as_ref() else {
                return Err(unsupported("this LATERAL sub-query is not supported"));
            };
            let kept = columns(&left);
            let mut plan = left;
            for table in &select.from {
                plan = elements(plan, &table.relation, false, context)?;
            }
            if let Some(condition) = &select.selection {
                let condition = context.sql_to_expr(condition.clone(), plan.schema())?;
                plan = LogicalPlanBuilder::from(plan).filter(condition)?.build()?;
            }
            project(plan, kept, &select.projection, alias.as_ref(), keep_left, context)
        }
        list => elements(left, list, keep_left, context),
    }
}

fn columns(plan: &LogicalPlan) -> Vec<Expr> {
    plan.schema()
        .iter()
        .map(|(relation, field)| Expr::Column(Column::new(relation.cloned(), field.name())))
        .collect()
}

/// The columns of the left and the items of a lateral select list, some of which may unnest.
fn project(
    plan: LogicalPlan,
    kept: Vec<Expr>,
    items: &[SelectItem],
    alias: Option<&TableAlias>,
    keep_left: bool,
    context: &mut dyn RelationPlannerContext,
) -> DataFusionResult<LogicalPlan> {
    let mut names = vec![];
    let mut exprs = vec![];
    let mut lists = vec![];
    for (index, item) in items.iter().enumerate() {
        let (expr, name) = match item {
            SelectItem::ExprWithAlias { expr, alias } => {
                (expr, context.normalize_ident(alias.clone()))
            }
            SelectItem::UnnamedExpr(expr) => match expr {
                SqlExpr::Identifier(ident) => (expr, context.normalize_ident(ident.clone())),
                SqlExpr::CompoundIdentifier(parts) => {
                    let name = parts.last().map(|ident| context.normalize_ident(ident.clone()));
                    (expr, name.unwrap_or_default())
                }
                other => (other, other.to_string()),
            },
            other => return Err(unsupported(format!("'{other}' in a LATERAL sub-query"))),
        };
        let made = format!("{ELEMENTS} {index}");
        match unnested(expr) {
            Some(list) => {
                let list = context.sql_to_expr(list.clone(), plan.schema())?;
                exprs.push(prepared(list, keep_left)?.alias(&made));
                lists.push(Column::from_name(made));
            }
            None => {
                exprs.push(context.sql_to_expr(expr.clone(), plan.schema())?.alias(made));
            }
        }
        names.push(name);
    }
    place(plan, kept, exprs, lists, names, alias, keep_left, context)
}

/// The elements of the lists of `relation` beside the rows of `plan`.
fn elements(
    plan: LogicalPlan,
    relation: &TableFactor,
    keep_left: bool,
    context: &mut dyn RelationPlannerContext,
) -> DataFusionResult<LogicalPlan> {
    let (lists, function, alias) = match relation {
        TableFactor::UNNEST { array_exprs, alias, .. } => (array_exprs.clone(), "unnest", alias),
        TableFactor::Table { name, args: Some(call), alias, .. } => {
            list_of(&name.to_string(), &call.args, alias)?
        }
        TableFactor::Function { name, args, alias, .. } => list_of(&name.to_string(), args, alias)?,
        other => return Err(unsupported(format!("LATERAL over '{other}'"))),
    };
    let mut exprs = vec![];
    let mut made = vec![];
    let mut names = vec![];
    for (index, list) in lists.into_iter().enumerate() {
        let list = context.sql_to_expr(list, plan.schema())?;
        let name = format!("{ELEMENTS} {index}");
        exprs.push(prepared(list, keep_left)?.alias(&name));
        made.push(Column::from_name(name));
        // Without names of columns, the alias of the table names its one column as well.
        names.push(match alias {
            Some(alias) => context.normalize_ident(alias.name.clone()),
            None => function.to_string(),
        });
    }
    let kept = columns(&plan);
    place(plan, kept, exprs, made, names, alias.as_ref(), keep_left, context)
}

type Lists<'t> = (Vec<SqlExpr>, &'static str, &'t Option<TableAlias>);

/// A table function as the list of its rows.
fn list_of<'t>(
    name: &str,
    arguments: &[FunctionArg],
    alias: &'t Option<TableAlias>,
) -> DataFusionResult<Lists<'t>> {
    let name = match name.to_lowercase().as_str() {
        "generate_series" => "generate_series",
        "range" => "range",
        "unnest" => {
            let lists = arguments
                .iter()
                .filter_map(|argument| match argument {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
                    _ => None,
                })
                .collect();
            return Ok((lists, "unnest", alias));
        }
        other => return Err(unsupported(format!("LATERAL over the function '{other}'"))),
    };
    let call = SqlExpr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.to_vec(),
            clauses: vec![],
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: vec![],
    });
    Ok((vec![call], name, alias))
}

/// The list of an item that is only `unnest(list)`.
fn unnested(expr: &SqlExpr) -> Option<&SqlExpr> {
    let SqlExpr::Function(call) = expr else { return None };
    if !call.name.to_string().eq_ignore_ascii_case("unnest") {
        return None;
    }
    match &call.args {
        FunctionArguments::List(list) => match list.args.as_slice() {
            [FunctionArg::Unnamed(FunctionArgExpr::Expr(list))] => Some(list),
            _ => None,
        },
        _ => None,
    }
}

/// A list whose rows stay where the left must: an empty one becomes NULL, which unnests to one NULL.
fn prepared(list: Expr, keep_left: bool) -> DataFusionResult<Expr> {
    match keep_left {
        false => Ok(list),
        true => when(array_length(list.clone()).gt(lit(0)), list).end(),
    }
}

/// Adds the expressions to the rows, unnests the lists among them, and names all after the relation.
#[allow(clippy::too_many_arguments, reason = "the parts of one projection")]
fn place(
    plan: LogicalPlan,
    kept: Vec<Expr>,
    exprs: Vec<Expr>,
    lists: Vec<Column>,
    names: Vec<String>,
    alias: Option<&TableAlias>,
    keep_left: bool,
    context: &mut dyn RelationPlannerContext,
) -> DataFusionResult<LogicalPlan> {
    let relation =
        alias.map(|alias| TableReference::bare(context.normalize_ident(alias.name.clone())));
    let given: Vec<String> = alias
        .map(|alias| alias.columns.as_slice())
        .unwrap_or_default()
        .iter()
        .map(|column| context.normalize_ident(column.name.clone()))
        .collect();
    if given.len() > names.len() {
        return Err(unsupported(format!(
            "{} names were given for {} columns",
            given.len(),
            names.len()
        )));
    }
    let mut all = kept.clone();
    all.extend(exprs);
    let mut builder = LogicalPlanBuilder::from(plan).project(all)?;
    if !lists.is_empty() {
        let options = UnnestOptions::new().with_preserve_nulls(keep_left);
        builder = builder.unnest_columns_with_options(lists, options)?;
    }
    let mut result = kept;
    for (index, name) in names.into_iter().enumerate() {
        let name = given.get(index).cloned().unwrap_or(name);
        let made = Expr::Column(Column::from_name(format!("{ELEMENTS} {index}")));
        result.push(match &relation {
            Some(relation) => made.alias_qualified(Some(relation.clone()), name),
            None => made.alias(name),
        });
    }
    builder.project(result)?.build()
}
