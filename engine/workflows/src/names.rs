//! The tables that SQL names, by the engine's own reading of it.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::execution::SessionState;
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, ObjectName, Query, Statement as SqlStatement, TableFactor,
    Value, Visit, Visitor,
};

/// The names of one part in FROM, and those that table functions are given as tables.
pub(crate) fn tables(statement: &DataFusionStatement, state: &SessionState) -> Vec<String> {
    let mut names = BTreeSet::new();
    if let Ok(references) = state.resolve_table_references(statement) {
        names.extend(
            references
                .into_iter()
                .filter(|reference| reference.schema().is_none())
                .map(|reference| reference.table().to_string()),
        );
    }
    if let DataFusionStatement::Statement(statement) = statement {
        let mut arguments = Arguments { names: &mut names, ctes: vec![] };
        let _ = statement.as_ref().visit(&mut arguments);
    }
    names.into_iter().collect()
}

/// Whether the statement is a query.
pub(crate) fn is_query(statement: &DataFusionStatement) -> bool {
    matches!(statement, DataFusionStatement::Statement(inner) if matches!(inner.as_ref(), SqlStatement::Query(_)))
}

struct Arguments<'a> {
    names: &'a mut BTreeSet<String>,
    ctes: Vec<String>,
}

impl Visitor for Arguments<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let ctes = query.with.iter().flat_map(|with| &with.cte_tables);
        self.ctes.extend(ctes.map(|table| table.alias.name.value.to_lowercase()));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        let arguments: &[FunctionArg] = match factor {
            TableFactor::Table { args: Some(call), .. } => &call.args,
            TableFactor::Function { args, .. } => args,
            _ => &[],
        };
        for argument in arguments {
            let (FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))
            | FunctionArg::Named { arg: FunctionArgExpr::Expr(expr), .. }) = argument
            else {
                continue;
            };
            match expr {
                Expr::Identifier(name) if !self.ctes.contains(&name.value.to_lowercase()) => {
                    self.names.insert(name.value.clone());
                }
                Expr::Value(value) => {
                    if let Value::SingleQuotedString(name) = &value.value {
                        self.names.insert(name.clone());
                    }
                }
                _ => {}
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, _name: &ObjectName) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
