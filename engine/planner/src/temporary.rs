//! Bare names of temporary tables and views, which come before others of the same name.
//!
//! They stand in a schema of their own. A bare name in FROM that one of them has is written with the
//! schema before it, unless it is the name of a common table expression there.

use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::catalog::SchemaProvider;
use datafusion::common::TableReference;
use datafusion::execution::SessionState;
use datafusion::sql::parser::{CopyToSource, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::{
    Ident, ObjectNamePart, Query, TableFactor, VisitMut, VisitorMut, With,
};
use extension::{GivenTables, TEMPORARY_SCHEMA};

/// Writes the schema before the names of temporary tables.
pub(crate) fn qualify(statement: &mut DataFusionStatement, state: &SessionState) {
    let Ok(schema) = state.schema_for_ref(TableReference::partial(TEMPORARY_SCHEMA, "")) else {
        return;
    };
    let mut names = Names { schema, state, scopes: vec![], withs: vec![] };
    match statement {
        DataFusionStatement::Statement(statement) => {
            let _ = statement.visit(&mut names);
        }
        DataFusionStatement::Explain(explain) => qualify(&mut explain.statement, state),
        DataFusionStatement::CopyTo(copy) => {
            if let CopyToSource::Query(query) = &mut copy.source {
                let _ = query.visit(&mut names);
            }
        }
        _ => {}
    }
}

struct Names<'a> {
    schema: Arc<dyn SchemaProvider>,
    state: &'a SessionState,
    /// Names of common table expressions that are known where the visitor stands.
    scopes: Vec<Vec<String>>,
    /// WITH clauses of the queries around, which are visited by hand.
    withs: Vec<Option<With>>,
}

fn normalized(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    }
}

impl VisitorMut for Names<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        self.scopes.push(vec![]);
        let mut with = query.with.take();
        if let Some(with) = &mut with {
            for table in &mut with.cte_tables {
                let name = normalized(&table.alias.name);
                // Only a recursive one knows itself.
                if with.recursive {
                    self.scopes.last_mut().into_iter().for_each(|scope| scope.push(name.clone()));
                }
                let _ = table.query.visit(self);
                self.scopes.last_mut().into_iter().for_each(|scope| scope.push(name.clone()));
            }
        }
        self.withs.push(with);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        query.with = self.withs.pop().flatten();
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, args: None, .. } = factor
            && let [ObjectNamePart::Identifier(ident)] = name.0.as_slice()
        {
            let table = normalized(ident);
            let is_expression = self.scopes.iter().flatten().any(|known| *known == table);
            if !is_expression
                && self.schema.table_exist(&table)
                && !GivenTables::is_given(&table, self.state)
            {
                name.0.insert(0, ObjectNamePart::Identifier(Ident::new(TEMPORARY_SCHEMA)));
            }
        }
        ControlFlow::Continue(())
    }
}
