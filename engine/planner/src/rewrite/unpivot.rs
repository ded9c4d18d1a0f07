//! UNPIVOT, of the standard and of DuckDB's statement, unnests a list of names beside a list of values.

use datafusion::arrow::datatypes::DataType;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, ExprWithAlias, FunctionArg, FunctionArgExpr, Ident, NullInclusion,
    Select, SelectItem, SetExpr, TableAlias, TableFactor, TableWithJoins, Value, ValueWithSpan,
};
use datafusion::sql::sqlparser::tokenizer::Span;
use extension::{Error, Result, sql_type_name};

use super::build::{self, alone, call, derived, quoted, star, text};
use super::pivot::{items, mentions, source, tables};
use super::walk::{Rewriter, Scope, SelectScope, Use};
use super::{columns_call, star as star_rule};
use crate::markers::{self, UNPIVOT};

struct Unpivot {
    source: Vec<TableWithJoins>,
    /// What becomes a row: an expression for each value column, and the row's name.
    rows: Vec<(Vec<Expr>, String)>,
    name: String,
    values: Vec<String>,
    include_nulls: bool,
    alias: Option<TableAlias>,
}

pub(super) fn rewrite(
    rewriter: &mut Rewriter<'_>,
    select: &mut Select,
    scope: &Scope,
) -> Result<()> {
    for table in &mut select.from {
        tables(table, &mut |factor| {
            if let Some(unpivot) = read(rewriter, factor, scope)? {
                *factor = spell_out(rewriter, unpivot, scope)?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn read(
    rewriter: &mut Rewriter<'_>,
    factor: &TableFactor,
    scope: &Scope,
) -> Result<Option<Unpivot>> {
    match factor {
        TableFactor::Table { name, args: Some(call), alias, .. } if markers::is(name, UNPIVOT) => {
            let source = source(rewriter, &call.args, scope)?;
            let on = items(&call.args, 1).unwrap_or_default();
            let rows = rows(rewriter, on, &source, scope)?;
            let name = names(items(&call.args, 2), "name")?;
            let values = names(items(&call.args, 3), "value")?;
            let include_nulls = matches!(
                call.args.get(4),
                Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(ValueWithSpan {
                    value: Value::Boolean(true),
                    ..
                }))))
            );
            let name = name.into_iter().next().unwrap_or_default();
            let alias = alias.clone();
            Ok(Some(Unpivot { source, rows, name, values, include_nulls, alias }))
        }
        TableFactor::Unpivot { table, value, name, columns, null_inclusion, alias } => {
            let source = vec![alone(table.as_ref().clone())];
            let on = columns
                .iter()
                .map(|ExprWithAlias { expr, alias }| match alias {
                    None => SelectItem::UnnamedExpr(expr.clone()),
                    Some(alias) => {
                        SelectItem::ExprWithAlias { expr: expr.clone(), alias: alias.clone() }
                    }
                })
                .collect();
            let rows = rows(rewriter, on, &source, scope)?;
            let values = parts(value)
                .iter()
                .map(|part| ident(part).map(|ident| ident.value.clone()))
                .collect::<Result<Vec<_>>>()?;
            Ok(Some(Unpivot {
                source,
                rows,
                name: name.value.clone(),
                values,
                include_nulls: matches!(null_inclusion, Some(NullInclusion::IncludeNulls)),
                alias: alias.clone(),
            }))
        }
        _ => Ok(None),
    }
}

/// The columns to unpivot, with stars and COLUMNS spelled out.
fn rows(
    rewriter: &mut Rewriter<'_>,
    on: Vec<SelectItem>,
    source: &[TableWithJoins],
    scope: &Scope,
) -> Result<Vec<(Vec<Expr>, String)>> {
    // A lone star is spelled out here: DataFusion's own would do in a select list.
    let mut select = build::select(on, source.to_vec());
    let mut around = SelectScope {
        select: &mut select,
        order_by: None,
        scope,
        purpose: Use::Relation,
        columns: None,
        is_expanded: false,
    };
    columns_call::rewrite(rewriter, &mut around)?;
    let columns = around.columns(rewriter)?.to_vec();
    star_rule::rewrite(rewriter, &mut around)?;
    let mut rows = vec![];
    for item in select.projection {
        match item {
            SelectItem::Wildcard(options) => {
                let span = options.wildcard_token.0.span;
                rows.extend(columns.iter().map(|c| (vec![c.expr(span)], c.name.clone())));
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                rows.push((parts(&expr).into_iter().cloned().collect(), alias.value));
            }
            SelectItem::UnnamedExpr(expr) => {
                let parts: Vec<Expr> = parts(&expr).into_iter().cloned().collect();
                let names: Vec<String> = parts
                    .iter()
                    .map(|part| ident(part).map_or_else(|_| part.to_string(), |i| i.value.clone()))
                    .collect();
                rows.push((parts, names.join("_")));
            }
            other => return Err(Error::invalid_input(format!("'{other}' in UNPIVOT"))),
        }
    }
    Ok(rows)
}

fn parts(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Tuple(parts) => parts.iter().collect(),
        Expr::Nested(inner) => parts(inner),
        other => vec![other],
    }
}

fn ident(expr: &Expr) -> Result<&Ident> {
    match expr {
        Expr::Identifier(ident) => Ok(ident),
        Expr::CompoundIdentifier(parts) => {
            parts.last().ok_or_else(|| Error::internal("an empty name"))
        }
        other => Err(Error::invalid_input(format!("'{other}' is no name"))),
    }
}

fn names(items: Option<Vec<SelectItem>>, default: &str) -> Result<Vec<String>> {
    match items {
        None => Ok(vec![default.to_string()]),
        Some(items) => items
            .iter()
            .map(|item| match item {
                SelectItem::UnnamedExpr(expr) => Ok(ident(expr)?.value.clone()),
                other => Err(Error::invalid_input(format!("'{other}' is no name"))),
            })
            .collect(),
    }
}

fn spell_out(rewriter: &mut Rewriter<'_>, unpivot: Unpivot, scope: &Scope) -> Result<TableFactor> {
    let Unpivot { source, rows, name, values, include_nulls, alias } = unpivot;
    if let Some((row, _)) = rows.iter().find(|(row, _)| row.len() != values.len()) {
        let message =
            format!("UNPIVOT has {} value columns for {} columns", values.len(), row.len());
        return Err(Error::invalid_input(message));
    }
    let columns = rewriter.columns(&source, scope)?;
    check_types(rewriter, &rows, &source, scope)?;
    let unnest = |list: Vec<Expr>| call("unnest", vec![call("make_array", list)]);
    let mut projection: Vec<SelectItem> = vec![];
    let mut taken: Vec<String> = vec![];
    for column in &columns {
        if !rows.iter().any(|(row, _)| row.iter().any(|expr| mentions(expr, column))) {
            taken.push(column.name.to_lowercase());
            projection.push(SelectItem::UnnamedExpr(column.expr(Span::empty())));
        }
    }
    let mut free = |name: &str| {
        let mut found = name.to_string();
        let mut number = 0;
        while taken.contains(&found.to_lowercase()) {
            number += 1;
            found = format!("{name}_{number}");
        }
        taken.push(found.to_lowercase());
        quoted(found, Span::empty())
    };
    let labels = rows.iter().map(|(_, label)| text(label.clone())).collect();
    projection.push(SelectItem::ExprWithAlias { expr: unnest(labels), alias: free(&name) });
    let mut not_null: Option<Expr> = None;
    for (index, value) in values.iter().enumerate() {
        let list = rows.iter().filter_map(|(row, _)| row.get(index).cloned()).collect();
        let alias = free(value);
        let present = Expr::IsNotNull(Box::new(Expr::Identifier(alias.clone())));
        not_null = Some(match not_null {
            None => present,
            Some(others) => Expr::BinaryOp {
                left: Box::new(others),
                op: BinaryOperator::Or,
                right: Box::new(present),
            },
        });
        projection.push(SelectItem::ExprWithAlias { expr: unnest(list), alias });
    }
    let unnested = build::query(SetExpr::Select(Box::new(build::select(projection, source))));
    if include_nulls {
        return Ok(derived(unnested, alias));
    }
    let mut kept = build::select(vec![star()], vec![alone(derived(unnested, None))]);
    kept.selection = not_null;
    Ok(derived(build::query(SetExpr::Select(Box::new(kept))), alias))
}

/// Texts and what is no text do not go into one column without a cast that the user asked for.
fn check_types(
    rewriter: &Rewriter<'_>,
    rows: &[(Vec<Expr>, String)],
    source: &[TableWithJoins],
    scope: &Scope,
) -> Result<()> {
    let width = rows.first().map_or(0, |(row, _)| row.len());
    for index in 0..width {
        let mut first: Option<DataType> = None;
        for (row, _) in rows {
            let Some(expr) = row.get(index) else { continue };
            let found = rewriter.type_of(expr, source, scope)?;
            if found.is_null() {
                continue;
            }
            match &first {
                Some(first) if first.is_string() != found.is_string() => {
                    return Err(Error::invalid_input(format!(
                        "cannot unpivot columns of types {} and {}",
                        sql_type_name(first),
                        sql_type_name(&found)
                    ))
                    .with_hint("cast them to one type"));
                }
                Some(_) => {}
                None => first = Some(found),
            }
        }
    }
    Ok(())
}
