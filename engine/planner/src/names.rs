//! Names of result columns: the text that the user wrote.
//!
//! DataFusion names an unnamed column after its plan, as in `Int64(1) + Int64(2)`. Users know neither
//! the types nor the qualifiers in such a name. The plan keeps DataFusion's names, so that plans read
//! as DataFusion's do; the names are restored where rows leave the engine ([`output`]) or enter a
//! table, view or file ([`alias_stored`]).

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::{FieldRef, Schema, SchemaRef};
use datafusion::logical_expr::{Expr as LogicalExpr, LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::parser::{CopyToSource, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, Ident, OutputClause, Query, Select, SelectItem, SetExpr,
    Statement as SqlStatement,
};
use extension::{Result, named};

use crate::rewrite::{has_columns_call, name_of};

/// What the select list says about the names of the result's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnNames {
    /// Names of the columns up to the first `*`; `None` where the plan's own name is right.
    first: Vec<Option<String>>,
    /// Names of the columns after the last `*`, if there is one.
    last: Option<Vec<Option<String>>>,
}

impl ColumnNames {
    /// The name of column `index` of `count`, where the plan's own would not do.
    pub fn get(&self, index: usize, count: usize) -> Option<&str> {
        let from_end = count - index;
        match &self.last {
            None => self.first.get(index),
            Some(last) if from_end <= last.len() => last.get(last.len() - from_end),
            Some(_) => self.first.get(index),
        }
        .and_then(|name| name.as_deref())
    }

    /// These names, one for each column.
    pub(crate) fn all(names: Vec<String>) -> Self {
        Self { first: names.into_iter().map(Some).collect(), last: None }
    }

    /// The schema of the result under these names.
    pub fn apply(&self, schema: &SchemaRef) -> SchemaRef {
        let count = schema.fields().len();
        let renamed = |(index, field): (usize, &FieldRef)| match self.get(index, count) {
            Some(name) if name != field.name() => Arc::new(field.as_ref().clone().with_name(name)),
            _ => Arc::clone(field),
        };
        let fields: Vec<FieldRef> = schema.fields().iter().enumerate().map(renamed).collect();
        Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
    }
}

/// The plan of a query whose columns have the names of its result, each of them once: a name that
/// repeats is numbered, as in a table made of the query.
pub(crate) fn distinct(plan: LogicalPlan, names: Option<&ColumnNames>) -> Result<LogicalPlan> {
    let shown = match names {
        Some(names) => names.apply(plan.schema().inner()),
        None => Arc::clone(plan.schema().inner()),
    };
    let mut taken = HashSet::new();
    let mut items = vec![];
    let mut same = true;
    for (field, column) in shown.fields().iter().zip(plan.schema().columns()) {
        let mut name = field.name().clone();
        let mut number = 1;
        while !taken.insert(name.to_lowercase()) {
            name = format!("{}_{number}", field.name());
            number += 1;
        }
        same &= name == column.name;
        items.push(LogicalExpr::Column(column).alias(name));
    }
    match same {
        true => Ok(plan),
        false => Ok(LogicalPlanBuilder::from(plan).project(items)?.build()?),
    }
}

/// The names of the columns of a query's result.
pub(crate) fn output(statement: &DataFusionStatement) -> Option<ColumnNames> {
    let DataFusionStatement::Statement(statement) = statement else {
        return None;
    };
    let names: Vec<Option<Option<String>>> = items(statement)?.iter().map(name).collect();
    let stars: Vec<usize> = names
        .iter()
        .enumerate()
        .filter(|(_, name)| name.is_none())
        .map(|(index, _)| index)
        .collect();
    let known =
        |names: &[Option<Option<String>>]| names.iter().cloned().map(Option::flatten).collect();
    Some(match (stars.first(), stars.last()) {
        (Some(first), Some(last)) => {
            ColumnNames { first: known(&names[..*first]), last: Some(known(&names[last + 1..])) }
        }
        _ => ColumnNames { first: known(&names), last: None },
    })
}

/// The name of an item; the outer `None` is a number of columns that is not known here, the inner one an
/// item that has its name.
fn name(item: &SelectItem) -> Option<Option<String>> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }
            if has_columns_call(expr) =>
        {
            None
        }
        SelectItem::UnnamedExpr(Expr::Identifier(ident)) if ident.value.starts_with('#') => None,
        // A name that repeats is changed on the way, so what was written is what is shown.
        SelectItem::UnnamedExpr(Expr::Identifier(ident)) => Some(Some(name_of(ident))),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => Some(parts.last().map(name_of)),
        SelectItem::ExprWithAlias { alias, .. } => Some(Some(name_of(alias))),
        SelectItem::UnnamedExpr(expr) => match named(expr) {
            Some((alias, _)) => Some(Some(name_of(alias))),
            None => Some(unnamed(expr)),
        },
        _ => None,
    }
}

/// The text of an expression, as a column shows it.
pub(crate) fn text_of(expr: &Expr) -> String {
    unnamed(expr).unwrap_or_else(|| expr.to_string())
}

/// The text of an expression that is more than a column.
fn unnamed(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => None,
        Expr::CompoundFieldAccess { access_chain, .. } => match access_chain.last() {
            Some(AccessExpr::Dot(Expr::Identifier(field))) => Some(name_of(field)),
            _ => Some(expr.to_string()),
        },
        // `unnest` becomes as many columns as a struct has fields.
        Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("unnest") => {
            None
        }
        Expr::Nested(inner) => unnamed(inner),
        other => Some(other.to_string().replace(UNPACKED, "*COLUMNS")),
    }
}

/// How the name of `*COLUMNS` is kept until it is spelled out.
const UNPACKED: &str = "\"unpacked columns\"";

/// The items that a statement answers with.
fn items(statement: &SqlStatement) -> Option<&[SelectItem]> {
    match statement {
        SqlStatement::Query(query) => match query.body.as_ref() {
            SetExpr::Insert(inner)
            | SetExpr::Update(inner)
            | SetExpr::Delete(inner)
            | SetExpr::Merge(inner) => items(inner),
            body => Some(&select_of(body)?.projection),
        },
        SqlStatement::Insert(insert) => insert.returning.as_deref(),
        SqlStatement::Update(update) => update.returning.as_deref(),
        SqlStatement::Delete(delete) => delete.returning.as_deref(),
        SqlStatement::Merge(merge) => match merge.output.as_ref()? {
            OutputClause::Returning { select_items, .. } => Some(select_items),
            OutputClause::Output { .. } => None,
        },
        _ => None,
    }
}

fn select_of(body: &SetExpr) -> Option<&Select> {
    match body {
        SetExpr::Select(select) => Some(select),
        SetExpr::Query(query) => select_of(&query.body),
        SetExpr::SetOperation { left, .. } => select_of(left),
        _ => None,
    }
}

/// Gives the unnamed columns of a query whose result is kept the names that they would be shown with.
pub(crate) fn alias_stored(statement: &mut DataFusionStatement) {
    match statement {
        DataFusionStatement::CopyTo(copy) => {
            if let CopyToSource::Query(query) = &mut copy.source {
                alias(query);
            }
        }
        DataFusionStatement::Statement(statement) => match statement.as_mut() {
            SqlStatement::CreateTable(create) => {
                if let Some(query) = create.query.as_mut().filter(|_| create.columns.is_empty()) {
                    alias(query);
                }
            }
            SqlStatement::CreateView(create) if create.columns.is_empty() => {
                alias(&mut create.query)
            }
            _ => {}
        },
        _ => {}
    }
}

/// Gives the unnamed columns of a query the names that they would be shown with.
pub(crate) fn alias(query: &mut Query) {
    let mut body = query.body.as_mut();
    loop {
        match body {
            SetExpr::SetOperation { left, .. } => body = left.as_mut(),
            SetExpr::Query(query) => body = query.body.as_mut(),
            SetExpr::Select(select) => {
                for item in &mut select.projection {
                    if let SelectItem::UnnamedExpr(expr) = item
                        && !has_columns_call(expr)
                        && named(expr).is_none()
                        && let Some(name) = unnamed(expr)
                    {
                        *item = SelectItem::ExprWithAlias {
                            expr: expr.clone(),
                            alias: Ident::with_quote('"', name),
                        };
                    }
                }
                return;
            }
            _ => return,
        }
    }
}
