//! Columns of one name: DataFusion wants names of a select list to differ, and users do not mind. The
//! second `id` is `id_1` where another query reads it, as in DuckDB; results show what was written.

use std::collections::BTreeSet;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, Ident, SelectItem, SelectItemQualifiedWildcardKind, Spanned, TableFactor,
};
use extension::Result;

use super::build::{name_of, quoted};
use super::columns::Column;
use super::visit::change;
use super::walk::{Rewriter, SelectScope, Use};

pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, scope: &mut SelectScope<'_>) -> Result<()> {
    if scope.purpose == Use::Relation {
        name_fields(scope);
    }
    if has_star(&scope.select.projection) {
        if !may_repeat(scope) {
            return Ok(());
        }
        let Ok(columns) = scope.columns(rewriter) else { return Ok(()) };
        let columns = columns.to_vec();
        let expanded = without_stars(&scope.select.projection, &columns);
        let names: Vec<String> = expanded.iter().filter_map(name).collect();
        let distinct: BTreeSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
        if distinct.len() == names.len() && names.len() == expanded.len() {
            return Ok(());
        }
        if scope.purpose == Use::Result {
            rewriter.result_names = Some(expanded.iter().map(shown).collect());
        }
        scope.select.projection = expanded;
    }
    let items = &scope.select.projection;
    let names: Vec<String> = items.iter().filter_map(name).map(|n| n.to_lowercase()).collect();
    let repeats = names.iter().collect::<BTreeSet<_>>().len() < names.len();
    if scope.purpose == Use::Result && scope.is_expanded && repeats {
        rewriter.result_names = Some(items.iter().map(shown).collect());
    }
    distinguish(&mut scope.select.projection, scope.purpose)
}

/// `SELECT s.a` makes a column `a` where another query reads it, also where `s` is a struct and no table.
fn name_fields(scope: &mut SelectScope<'_>) {
    let select = &mut *scope.select;
    let tables: BTreeSet<String> = select
        .from
        .iter()
        .flat_map(|table| {
            std::iter::once(&table.relation).chain(table.joins.iter().map(|join| &join.relation))
        })
        .flat_map(table_names)
        .collect();
    for item in &mut select.projection {
        let SelectItem::UnnamedExpr(expr) = &*item else { continue };
        let field = match expr {
            Expr::CompoundIdentifier(parts) => match parts.split_first() {
                Some((first, [.., last])) if !tables.contains(&name_of(first).to_lowercase()) => {
                    last.clone()
                }
                Some((_, [_, .., last])) => last.clone(),
                _ => continue,
            },
            Expr::CompoundFieldAccess { access_chain, .. } => match access_chain.last() {
                Some(AccessExpr::Dot(Expr::Identifier(field))) => field.clone(),
                _ => continue,
            },
            _ => continue,
        };
        *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias: field };
    }
}

/// The names that columns of a relation may have before them.
pub(super) fn table_names(relation: &TableFactor) -> Vec<String> {
    match relation {
        TableFactor::Table { alias: Some(alias), .. }
        | TableFactor::Derived { alias: Some(alias), .. }
        | TableFactor::Function { alias: Some(alias), .. }
        | TableFactor::UNNEST { alias: Some(alias), .. } => {
            vec![name_of(&alias.name).to_lowercase()]
        }
        TableFactor::Table { name, .. } | TableFactor::Function { name, .. } => name
            .0
            .iter()
            .filter_map(|part| part.as_ident())
            .map(|i| name_of(i).to_lowercase())
            .collect(),
        TableFactor::NestedJoin { table_with_joins, .. } => {
            let joined = table_with_joins.joins.iter().map(|join| &join.relation);
            std::iter::once(&table_with_joins.relation)
                .chain(joined)
                .flat_map(table_names)
                .collect()
        }
        _ => vec![],
    }
}

fn has_star(items: &[SelectItem]) -> bool {
    items
        .iter()
        .any(|item| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)))
}

/// Whether names could repeat. A lone star over a join repeats names only with different tables before
/// them, which DataFusion minds only where the rows become one relation.
fn may_repeat(scope: &SelectScope<'_>) -> bool {
    let joins = scope.select.from.len() > 1
        || scope.select.from.iter().any(|table| !table.joins.is_empty());
    scope.select.projection.len() > 1 || (joins && scope.purpose == Use::Relation)
}

fn without_stars(items: &[SelectItem], columns: &[Column]) -> Vec<SelectItem> {
    let mut expanded = vec![];
    for item in items {
        match item {
            SelectItem::Wildcard(options) => {
                let span = options.wildcard_token.0.span;
                expanded.extend(columns.iter().map(|c| SelectItem::UnnamedExpr(c.expr(span))));
            }
            SelectItem::QualifiedWildcard(
                SelectItemQualifiedWildcardKind::ObjectName(relation),
                options,
            ) => {
                let span = options.wildcard_token.0.span;
                let own = columns.iter().filter(|column| column.is_of(relation));
                expanded.extend(own.map(|c| SelectItem::UnnamedExpr(c.expr(span))));
            }
            other => expanded.push(other.clone()),
        }
    }
    expanded
}

/// The name of an item that has one.
fn name(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::UnnamedExpr(Expr::Identifier(ident)) => Some(name_of(ident)),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last().map(name_of),
        SelectItem::ExprWithAlias { alias, .. } => Some(name_of(alias)),
        _ => None,
    }
}

/// The name under which a result shows an item.
fn shown(item: &SelectItem) -> String {
    name(item).unwrap_or_else(|| match item {
        SelectItem::UnnamedExpr(expr) => crate::names::text_of(expr),
        other => other.to_string(),
    })
}

/// Gives items that could not be told apart names of their own. In a result, the table before a name tells
/// columns apart, and ORDER BY may name it.
fn distinguish(items: &mut [SelectItem], purpose: Use) -> Result<()> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut qualified: BTreeSet<String> = BTreeSet::new();
    let mut last_parts: BTreeSet<String> = BTreeSet::new();
    for (index, item) in items.iter_mut().enumerate() {
        match name(item) {
            Some(name) => {
                if let (Use::Result, SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts))) =
                    (purpose, &*item)
                {
                    let parts: Vec<String> = parts.iter().map(name_of).collect();
                    let is_new = qualified.insert(parts.join(".").to_lowercase());
                    last_parts.insert(name.to_lowercase());
                    if is_new && !seen.contains(&name.to_lowercase()) {
                        continue;
                    }
                    if !is_new {
                        seen.insert(name.to_lowercase());
                    }
                }
                // A name alone may be the same column as one with its table before it.
                if matches!(item, SelectItem::UnnamedExpr(Expr::Identifier(_)))
                    && last_parts.contains(&name.to_lowercase())
                {
                    seen.insert(name.to_lowercase());
                }
                let mut free = name.clone();
                let mut number = 0;
                while !seen.insert(free.to_lowercase()) {
                    number += 1;
                    free = format!("{name}_{number}");
                }
                if number > 0 {
                    let (expr, alias) = match item {
                        SelectItem::ExprWithAlias { expr, alias } => {
                            (expr.clone(), Ident { value: free, ..alias.clone() })
                        }
                        SelectItem::UnnamedExpr(expr) => {
                            let alias = quoted(free, expr.span());
                            (expr.clone(), alias)
                        }
                        _ => continue,
                    };
                    let alias = quoted(alias.value, alias.span);
                    *item = SelectItem::ExprWithAlias { expr, alias };
                }
            }
            None => {
                let SelectItem::UnnamedExpr(expr) = &*item else { continue };
                let text = plan_name(expr)?;
                if !seen.insert(format!("\u{1}{}", text.to_lowercase())) {
                    let alias = quoted(format!("{expr}:{index}"), expr.span());
                    *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
                }
            }
        }
    }
    Ok(())
}

/// What DataFusion names an expression by, near enough: casts do not show in a name, and both divisions
/// look alike.
pub(super) fn plan_name(expr: &Expr) -> Result<String> {
    if matches!(expr, Expr::Subquery(_)) {
        return Ok("(<subquery>)".to_string());
    }
    let mut expr = expr.clone();
    change(&mut expr, &mut |expr: &mut Expr| {
        if let Expr::Cast { expr: inner, .. } | Expr::Nested(inner) = expr {
            *expr = inner.as_ref().clone();
        }
        // A typed text is the cast of a text.
        if let Expr::TypedString(typed) = expr {
            *expr = Expr::Value(typed.value.clone());
        }
        Ok(())
    })?;
    Ok(expr.to_string().replace("//", "/"))
}
