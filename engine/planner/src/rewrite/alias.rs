//! Aliases of the select list in the items behind them and in WHERE: `SELECT a + 1 AS x, x * 2 … WHERE x > 5`.
//! As in DuckDB, a column of FROM of that name comes first. DataFusion knows aliases in GROUP BY, HAVING,
//! QUALIFY and ORDER BY itself.

use std::collections::BTreeMap;

use datafusion::logical_expr::Volatility;
use datafusion::sql::sqlparser::ast::{Expr, Ident, SelectItem, VisitMut};
use extension::{Error, Result};

use super::build::last_ident;
use super::walk::{Rewriter, SelectScope};
use super::{contains, substitute};
use crate::script::AtSpan;

pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, scope: &mut SelectScope<'_>) -> Result<()> {
    let mut aliases: BTreeMap<String, Expr> = BTreeMap::new();
    let mut projection = std::mem::take(&mut scope.select.projection);
    let mut done = Ok(());
    for item in &mut projection {
        done = substitute(rewriter, scope, item, &aliases);
        if done.is_err() {
            break;
        }
        if let SelectItem::ExprWithAlias { expr, alias } = item {
            aliases.entry(alias.value.to_lowercase()).or_insert_with(|| expr.clone());
        }
    }
    scope.select.projection = projection;
    done?;
    if let Some(mut condition) = scope.select.selection.take() {
        let done = substitute(rewriter, scope, &mut condition, &aliases);
        scope.select.selection = Some(condition);
        done?;
    }
    // DataFusion resolves aliases of GROUP BY one level deep, which is all there is after this.
    Ok(())
}

fn substitute<T: VisitMut + datafusion::sql::sqlparser::ast::Visit>(
    rewriter: &Rewriter<'_>,
    scope: &mut SelectScope<'_>,
    node: &mut T,
    aliases: &BTreeMap<String, Expr>,
) -> Result<()> {
    if aliases.is_empty() {
        return Ok(());
    }
    let names_alias = |expr: &Expr| matches!(expr, Expr::Identifier(ident) if aliases.contains_key(&ident.value.to_lowercase()));
    if !contains(node, &names_alias) {
        return Ok(());
    }
    // Where FROM cannot be planned by itself, as in a sub-query of a lateral join, nothing is known of
    // its columns; the planner then says what it misses.
    let Ok(columns) = scope.columns(rewriter) else { return Ok(()) };
    let is_column =
        |ident: &Ident| columns.iter().any(|column| column.name.eq_ignore_ascii_case(&ident.value));
    let mut refused = None;
    substitute::names(node, &mut |ident| {
        let expr = aliases.get(&ident.value.to_lowercase())?;
        if is_column(ident) {
            return None;
        }
        if contains(expr, &|expr| is_volatile(rewriter, expr)) {
            refused.get_or_insert_with(|| ident.clone());
        }
        Some(expr.clone())
    });
    match refused {
        None => Ok(()),
        Some(ident) => Err(Error::unsupported(format!(
            "alias '{}' stands for an expression whose value changes with each call",
            ident.value
        ))
        .with_hint("compute it in a sub-query")
        .at_span(ident.span)),
    }
}

fn is_volatile(rewriter: &Rewriter<'_>, expr: &Expr) -> bool {
    let Expr::Function(call) = expr else { return false };
    let Some(name) = last_ident(&call.name) else { return false };
    rewriter
        .context
        .state()
        .scalar_functions()
        .get(&name.value.to_lowercase())
        .is_some_and(|function| function.signature().volatility == Volatility::Volatile)
}
