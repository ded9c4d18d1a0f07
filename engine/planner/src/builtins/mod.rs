//! Views and macros that every session has, written in SQL: the catalogs of PostgreSQL, more of the
//! information schema, and the functions that clients of PostgreSQL call.
//!
//! A name of a view in FROM becomes the query that it stands for, before anything else reads the
//! statement. Macros are found like those of the user, who may take their names.

mod duckdb;
mod information_schema;
mod macros;
mod pg_catalog;
mod query;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::LazyLock;

use datafusion::common::TableReference;
use datafusion::execution::SessionState;
use datafusion::sql::parser::{DFParserBuilder, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::{
    Ident, ObjectName, Query, TableAlias, TableFactor, VisitorMut,
};
use extension::FriendlyDialect;

pub use macros::{BuiltInMacro, MACROS};

use crate::macros::Macro;
use crate::statements::{macro_variants, query_of};
use crate::walk::walk;

/// A view.
struct View {
    /// What it answers to with a schema before it; without one it answers to its name alone if it is in
    /// one that is always looked through.
    schema: &'static str,
    name: &'static str,
    sql: &'static str,
}

/// The lists of views.
const VIEWS: [&[View]; 4] =
    [duckdb::VIEWS, pg_catalog::VIEWS, pg_catalog::MORE_VIEWS, information_schema::VIEWS];

/// Schemas whose views need no schema before them.
const SEARCHED: [&str; 2] = ["main", "pg_catalog"];

/// The views by schema and name. A view that cannot be read is left out, and a test says so.
static QUERIES: LazyLock<Vec<(&View, Query)>> = LazyLock::new(|| {
    let views = VIEWS.iter().flat_map(|list| list.iter());
    views.filter_map(|view| Some((view, *query_of(view.sql).ok()?))).collect()
});

/// The view of a name.
fn view(schema: &str, name: &str) -> Option<&'static (&'static View, Query)> {
    QUERIES.iter().find(|(view, _)| view.name == name && view.schema == schema)
}

/// The macros by name.
static BUILT_IN: LazyLock<BTreeMap<String, Macro>> = LazyLock::new(|| {
    let parsed = |built_in: &BuiltInMacro| {
        let mut parser =
            DFParserBuilder::new(built_in.sql).with_dialect(&FriendlyDialect).build().ok()?;
        let variants = macro_variants(&mut parser.parser).ok()?;
        Some((built_in.name.to_string(), Macro { name: built_in.name.to_string(), variants }))
    };
    MACROS.iter().filter_map(parsed).collect()
});

/// A macro that every session has.
pub(crate) fn built_in_macro(name: &str) -> Option<&'static Macro> {
    BUILT_IN.get(name)
}

/// Writes the queries in the places of the views, and tells whether there were any.
pub(crate) fn expand_views(statement: &mut DataFusionStatement, state: &SessionState) -> bool {
    let mut names = Expressions(BTreeSet::new());
    let _ = walk(statement, &mut names);
    let mut views = Views { state, expressions: names.0, found: false };
    let _ = walk(statement, &mut views);
    views.found
}

/// The names of common table expressions, which come first.
struct Expressions(BTreeSet<String>);

impl VisitorMut for Expressions {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.0.insert(table.alias.name.value.to_lowercase());
        }
        ControlFlow::Continue(())
    }
}

struct Views<'a> {
    state: &'a SessionState,
    expressions: BTreeSet<String>,
    found: bool,
}

impl Views<'_> {
    fn find(&self, name: &ObjectName) -> Option<(&'static str, &'static Query)> {
        let parts: Vec<String> = name
            .0
            .iter()
            .map(|part| part.as_ident().map(|ident| ident.value.to_lowercase()))
            .collect::<Option<_>>()?;
        match parts.as_slice() {
            [.., schema, name] => view(schema, name).map(|(view, query)| (view.name, query)),
            [name] if !self.expressions.contains(name) => {
                let (view, query) = SEARCHED.iter().find_map(|schema| view(schema, name))?;
                // A table of the user's comes first.
                let taken = self
                    .state
                    .schema_for_ref(TableReference::bare(name.as_str()))
                    .is_ok_and(|schema| schema.table_exist(name));
                (!taken).then_some((view.name, query))
            }
            _ => None,
        }
    }
}

impl VisitorMut for Views<'_> {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        self.found |= query::expand(factor);
        if let TableFactor::Table { name, args: None, alias, sample, .. } = factor
            && let Some((view, query)) = self.find(name)
        {
            let own =
                || TableAlias { explicit: true, name: Ident::new(view), columns: vec![], at: None };
            let derived = TableFactor::Derived {
                lateral: false,
                subquery: Box::new(query.clone()),
                alias: Some(alias.take().unwrap_or_else(own)),
                sample: sample.take(),
            };
            *factor = derived;
            self.found = true;
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, MACROS, VIEWS, view};

    #[test]
    fn every_view_and_macro_can_be_read() {
        for listed in VIEWS.iter().flat_map(|list| list.iter()) {
            assert!(view(listed.schema, listed.name).is_some(), "{}", listed.name);
        }
        for built_in in MACROS {
            assert!(BUILT_IN.contains_key(built_in.name), "{}", built_in.name);
        }
    }
}
