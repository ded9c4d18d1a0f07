//! `#1` is the first column of FROM.

use datafusion::sql::sqlparser::ast::{Expr, Ident};
use extension::{Error, Result};

use super::walk::{Rewriter, SelectScope};
use super::{contains, substitute};
use crate::script::AtSpan;

pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, scope: &mut SelectScope<'_>) -> Result<()> {
    let is = |expr: &Expr| matches!(expr, Expr::Identifier(ident) if number(ident).is_some());
    if !contains(&scope.select.projection, &is) && !contains(&scope.select.selection, &is) {
        return Ok(());
    }
    let columns = scope.columns(rewriter)?.to_vec();
    let mut missing = None;
    let mut replacement = |ident: &Ident| {
        let column = columns.get(number(ident)?.wrapping_sub(1));
        if column.is_none() {
            missing.get_or_insert_with(|| ident.clone());
        }
        column.map(|column| column.expr(ident.span))
    };
    for item in &mut scope.select.projection {
        substitute::names(item, &mut replacement);
    }
    substitute::names(&mut scope.select.selection, &mut replacement);
    match missing {
        None => Ok(()),
        Some(ident) => Err(Error::invalid_input(format!(
            "there is no column {}: FROM has {}",
            ident.value,
            columns.len()
        ))
        .at_span(ident.span)),
    }
}

fn number(ident: &Ident) -> Option<usize> {
    match ident.quote_style {
        None => ident.value.strip_prefix('#')?.parse().ok(),
        Some(_) => None,
    }
}
