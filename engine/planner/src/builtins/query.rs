//! `query('SELECT …')` and `query_table('name')` in FROM: a query or the names of tables in texts.

use datafusion::common::utils::quote_identifier;
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Query, TableFactor, Value,
};

use crate::statements::query_of;

/// Puts the query in the place of the call, and tells whether there was one. What cannot be read stays, for
/// an error at its place.
pub(super) fn expand(factor: &mut TableFactor) -> bool {
    match expanded(factor) {
        Some(query) => {
            *factor = query;
            true
        }
        None => false,
    }
}

fn expanded(factor: &mut TableFactor) -> Option<TableFactor> {
    let TableFactor::Table { name, args: Some(call), alias, sample, .. } = factor else {
        return None;
    };
    let [part] = name.0.as_slice() else { return None };
    let name = part.as_ident()?.value.to_lowercase();
    let mut arguments = call.args.iter().map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    });
    let (first, second) = (arguments.next()??, arguments.next());
    let subquery = match (name.as_str(), second) {
        ("query", None) => text(first).and_then(|text| query_of(text).ok()),
        ("query_table", None) => tables(first, false),
        ("query_table", Some(Some(by_name))) => truth(by_name).and_then(|is| tables(first, is)),
        _ => None,
    }?;
    Some(TableFactor::Derived {
        lateral: false,
        subquery,
        alias: alias.take(),
        sample: sample.take(),
    })
}

fn text(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn truth(expr: &Expr) -> Option<bool> {
    match expr {
        Expr::Value(value) => match value.value {
            Value::Boolean(truth) => Some(truth),
            _ => None,
        },
        _ => None,
    }
}

/// All rows of one table, or of several one after the other.
fn tables(names: &Expr, by_name: bool) -> Option<Box<Query>> {
    let names = match names {
        Expr::Array(array) => array.elem.iter().map(text).collect::<Option<Vec<_>>>()?,
        one => vec![text(one)?],
    };
    let union = if by_name { " UNION ALL BY NAME " } else { " UNION ALL " };
    let all: Vec<String> =
        names.into_iter().map(|name| format!("SELECT * FROM {}", written(name))).collect();
    match all.is_empty() {
        true => None,
        false => query_of(&all.join(union)).ok(),
    }
}

/// A name as SQL writes it, with the schema before it if there is one.
fn written(name: &str) -> String {
    let parts: Vec<String> =
        name.split('.').map(|part| quote_identifier(part).into_owned()).collect();
    parts.join(".")
}
