//! `SELECT sum(i), sum(i::DOUBLE)`: DataFusion names an expression without its casts, and refuses a plan in
//! which two calls or two keys of GROUP BY have one name. Here the casts in them stand in a
//! `coalesce`, or in several, which show in the name and which the optimizer takes away again.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::sql::sqlparser::ast::{Expr, GroupByExpr, OrderByKind, SelectItem, VisitMut};
use extension::Result;

use super::build::{arguments_of, call};
use super::distinct_name::plan_name;
use super::visit::change;
use super::walk::{Rewriter, SelectScope};

pub(super) fn rewrite(_rewriter: &mut Rewriter<'_>, scope: &mut SelectScope<'_>) -> Result<()> {
    let wraps = wraps(scope)?;
    if wraps.is_empty() {
        return Ok(());
    }
    let select = &mut *scope.select;
    wrap(&mut select.projection, &wraps)?;
    wrap(&mut select.group_by, &wraps)?;
    wrap(&mut select.having, &wraps)?;
    wrap(&mut select.qualify, &wraps)?;
    match scope.order_by.as_deref_mut().map(|order_by| &mut order_by.kind) {
        Some(OrderByKind::Expressions(keys)) => wrap(keys, &wraps),
        _ => Ok(()),
    }
}

/// How often each cast is wrapped, by its text.
fn wraps(scope: &mut SelectScope<'_>) -> Result<BTreeMap<String, usize>> {
    let mut calls: Vec<Expr> = vec![];
    let mut casts = false;
    {
        let mut collect = |expr: &mut Expr| {
            casts |= matches!(expr, Expr::Cast { .. });
            if matches!(expr, Expr::Function(_)) {
                calls.push(expr.clone());
            }
            Ok(())
        };
        let select = &mut *scope.select;
        change(&mut select.projection, &mut collect)?;
        change(&mut select.having, &mut collect)?;
        change(&mut select.qualify, &mut collect)?;
        change(&mut select.group_by, &mut collect)?;
        if let Some(OrderByKind::Expressions(keys)) =
            scope.order_by.as_deref_mut().map(|order_by| &mut order_by.kind)
        {
            change(keys, &mut collect)?;
        }
    }
    if !casts {
        return Ok(BTreeMap::new());
    }
    match &scope.select.group_by {
        GroupByExpr::Expressions(keys, _) => calls.extend(keys.iter().cloned()),
        GroupByExpr::All(_) => {
            calls.extend(scope.select.projection.iter().filter_map(|item| match item {
                SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                    Some(expr.clone())
                }
                _ => None,
            }));
        }
    }
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for expr in &calls {
        texts.entry(plan_name(expr)?.to_lowercase()).or_default().insert(expr.to_string());
    }
    let mut wraps = BTreeMap::new();
    for mut expr in calls {
        let Some(alike) = texts.get(&plan_name(&expr)?.to_lowercase()) else { continue };
        let Some(index) = alike.iter().position(|text| *text == expr.to_string()) else { continue };
        if alike.len() < 2 {
            continue;
        }
        change(&mut expr, &mut |part| {
            if matches!(part, Expr::Cast { .. }) {
                let count = wraps.entry(part.to_string()).or_insert(0);
                *count = (index + 1).max(*count);
            }
            Ok(())
        })?;
    }
    Ok(wraps)
}

fn wrap<T: VisitMut>(node: &mut T, wraps: &BTreeMap<String, usize>) -> Result<()> {
    // A cast within a cast has its own text still when the outer one is looked up.
    change(node, &mut |expr| {
        let mut plain = expr.clone();
        if !matches!(expr, Expr::Cast { .. }) {
            return Ok(());
        }
        unwrap(&mut plain)?;
        for _ in 0..wraps.get(&plain.to_string()).copied().unwrap_or(0) {
            let inner = std::mem::replace(
                expr,
                Expr::Value(datafusion::sql::sqlparser::ast::Value::Null.into()),
            );
            *expr = call("coalesce", vec![inner]);
        }
        Ok(())
    })
}

/// The expression as it was before casts in it were wrapped.
fn unwrap(expr: &mut Expr) -> Result<()> {
    change(expr, &mut |part| {
        let inner = match &*part {
            Expr::Function(function) if function.name.to_string() == "coalesce" => {
                arguments_of(function).and_then(|arguments| match arguments.as_slice() {
                    [inner] => Some((*inner).clone()),
                    _ => None,
                })
            }
            _ => None,
        };
        if let Some(inner) = inner {
            *part = inner;
        }
        Ok(())
    })
}
