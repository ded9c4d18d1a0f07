//! Refuses what the parser accepts and nothing after it honours: no clause is ignored silently.
//!
//! Each rule is a file, and looks at one kind of node of the syntax tree. The list is re-derived at each
//! upgrade of DataFusion, from the fields that `datafusion-sql` drops (`..`, `_`, `_opt`).

mod call;
mod create_table;
mod query;
mod select;
mod statement;
mod table;

use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::{
    Expr, Query, Select, Statement, TableFactor, Visit, Visitor,
};
use datafusion::sql::sqlparser::tokenizer::Span;
use extension::{Error, Result};

use crate::script::position;

/// A clause that would be ignored.
pub(super) struct Ignored {
    /// What it is, as the user wrote it: `FOR UPDATE`.
    clause: &'static str,
    hint: Option<&'static str>,
}

/// The first of these clauses that is present.
fn first_of<const COUNT: usize>(clauses: [(&'static str, bool); COUNT]) -> Option<Ignored> {
    clauses
        .into_iter()
        .find(|(_, present)| *present)
        .map(|(clause, _)| Ignored { clause, hint: None })
}

fn ignored(clause: &'static str, hint: &'static str) -> Option<Ignored> {
    Some(Ignored { clause, hint: Some(hint) })
}

/// What a rule looks at.
enum Rule {
    Statement(fn(&Statement) -> Option<Ignored>),
    Query(fn(&Query) -> Option<Ignored>),
    Select(fn(&Select) -> Option<Ignored>),
    Table(fn(&TableFactor) -> Option<Ignored>),
    Expr(fn(&Expr) -> Option<Ignored>),
}

/// All rules. Their order does not matter: each refuses by itself.
const RULES: [Rule; 6] = [
    Rule::Statement(statement::check),
    Rule::Statement(create_table::check),
    Rule::Query(query::check),
    Rule::Select(select::check),
    Rule::Table(table::check),
    Rule::Expr(call::check),
];

/// Refuses a statement with a clause that would be ignored.
pub(crate) fn check(statement: &DataFusionStatement) -> Result<()> {
    let mut guard = Guard;
    let flow = match statement {
        DataFusionStatement::Statement(statement) => statement.visit(&mut guard),
        DataFusionStatement::Explain(explain) => return check(&explain.statement),
        DataFusionStatement::CopyTo(copy) => match &copy.source {
            CopyToSource::Query(query) => query.visit(&mut guard),
            CopyToSource::Relation(_) => ControlFlow::Continue(()),
        },
        DataFusionStatement::CreateExternalTable(_) | DataFusionStatement::Reset(_) => {
            ControlFlow::Continue(())
        }
    };
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(*error),
    }
}

struct Guard;

impl Guard {
    fn refuse(found: Option<Ignored>, span: impl FnOnce() -> Span) -> ControlFlow<Box<Error>> {
        let Some(Ignored { clause, hint }) = found else { return ControlFlow::Continue(()) };
        let mut error = Error::unsupported(format!("{clause} is not supported"));
        if let Some(hint) = hint {
            error = error.with_hint(hint);
        }
        let start = span().start;
        if start.line > 0 {
            error = error.at(position(start));
        }
        ControlFlow::Break(Box::new(error))
    }
}

macro_rules! visit {
    ($method:ident, $node:ty, $kind:ident) => {
        fn $method(&mut self, node: &$node) -> ControlFlow<Box<Error>> {
            for rule in &RULES {
                if let Rule::$kind(check) = rule {
                    Self::refuse(check(node), || {
                        datafusion::sql::sqlparser::ast::Spanned::span(node)
                    })?;
                }
            }
            ControlFlow::Continue(())
        }
    };
}

impl Visitor for Guard {
    type Break = Box<Error>;

    visit!(pre_visit_statement, Statement, Statement);
    visit!(pre_visit_query, Query, Query);
    visit!(pre_visit_select, Select, Select);
    visit!(pre_visit_table_factor, TableFactor, Table);
    visit!(pre_visit_expr, Expr, Expr);
}
