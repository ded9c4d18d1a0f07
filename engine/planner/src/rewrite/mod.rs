//! Rewrites of the syntax tree: forms that DataFusion's planner does not know become forms that it does.
//!
//! Rewrites of expressions look at nothing but the expression and are applied first, in one walk. The
//! others walk over the queries of a statement from the inside out. Where one needs the columns of a
//! FROM clause, the clause is planned by itself ([`columns`]). Nodes keep their places in the text, and
//! made ones have the place of what they stand for, so errors point into the user's text.

mod alias;
mod array_subquery;
mod big_number;
mod build;
mod cast_name;
mod chain;
mod columns;
mod columns_call;
mod distinct_name;
mod empty_group;
mod gapfill;
mod in_list;
mod interval;
mod join;
mod lambda_list;
mod lateral;
mod limit;
mod list_argument;
mod null_treatment;
mod operator;
mod order_by_all;
mod pivot;
mod position;
mod prefix_alias;
mod same_name;
mod sample;
mod slice;
mod star;
mod struct_pack;
mod substitute;
mod unpivot;
mod values;
mod visit;
mod walk;
mod within_group;

use std::collections::HashMap;

use datafusion::common::ScalarValue;
use datafusion::sql::parser::{CopyToSource, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::{Expr, Query, Select};
use extension::Result;

pub(crate) use build::{name_of, select_all_from, values_query};
pub(crate) use columns_call::has_columns_call;
pub(crate) use join::is_asof;
pub(crate) use pivot::is_statement as is_pivot_statement;
use visit::{change, contains};
pub(crate) use walk::Rewriter;
use walk::SelectScope;

type ExprRewrite = fn(&mut Expr) -> Result<()>;
type FromRewrite = fn(&mut Rewriter<'_>, &mut Select, &walk::Scope) -> Result<()>;
type QueryRewrite = fn(&mut Rewriter<'_>, &mut Query, &walk::Scope) -> Result<()>;

/// Rewrites of one expression, applied to every expression from the inside out, in this order.
const EXPRESSIONS: [ExprRewrite; 11] = [
    big_number::rewrite,
    chain::rewrite,
    slice::rewrite,
    operator::rewrite,
    in_list::rewrite,
    array_subquery::rewrite,
    lambda_list::rewrite,
    struct_pack::rewrite,
    interval::rewrite,
    null_treatment::rewrite,
    list_argument::rewrite,
];

/// Rewrites of expressions that mean something else to DataFusion, which it may be asked to do its own way.
const MEANINGS: [ExprRewrite; 1] = [within_group::rewrite];

/// Rewrites of a FROM clause, in this order: those that make a relation of a clause come before those
/// that look at the relations.
const FROM: [FromRewrite; 5] =
    [pivot::rewrite, unpivot::rewrite, join::rewrite, lateral::rewrite, sample::rewrite];

/// Rewrites of a select list and the clauses around it. Stars become columns before anything looks for
/// names, and names become distinct last.
const SELECT: [fn(&mut Rewriter<'_>, &mut SelectScope<'_>) -> Result<()>; 9] = [
    prefix_alias::rewrite,
    empty_group::rewrite,
    columns_call::rewrite,
    star::rewrite,
    position::rewrite,
    alias::rewrite,
    order_by_all::rewrite,
    same_name::rewrite,
    distinct_name::rewrite,
];

/// Rewrites of a whole query, after those of its body.
const QUERY: [QueryRewrite; 2] = [order_by_all::rewrite_set_operation, limit::rewrite];

/// What was asked while a statement was rewritten: the values of a column by the text of the query.
pub(crate) type Answers = HashMap<String, Vec<ScalarValue>>;

/// What a rewrite ended with.
pub(crate) enum Rewritten {
    /// The names of the result's columns, where the plan's would not do.
    Done(Option<Vec<String>>),
    /// A rewrite needs the values of this query's first column to go on, under this key.
    Asks(String, Box<Query>),
}

/// Rewrites the expressions of a statement; what they mean is left to DataFusion if that `is_datafusion`.
pub(crate) fn expressions(statement: &mut DataFusionStatement, is_datafusion: bool) -> Result<()> {
    let meanings: &[ExprRewrite] = if is_datafusion { &[] } else { &MEANINGS };
    if !is_datafusion {
        cast_name::rewrite(statement);
        values::rewrite(statement);
    }
    let mut act =
        |expr: &mut Expr| EXPRESSIONS.iter().chain(meanings).try_for_each(|rewrite| rewrite(expr));
    match statement {
        DataFusionStatement::Statement(statement) => change(statement.as_mut(), &mut act),
        DataFusionStatement::Explain(explain) => expressions(&mut explain.statement, is_datafusion),
        DataFusionStatement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => change(query.as_mut(), &mut act),
            CopyToSource::Relation(_) => Ok(()),
        },
        _ => Ok(()),
    }
}
