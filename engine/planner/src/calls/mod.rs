//! Calls of table functions that take tables: `pagerank(edges, damping => 0.85)`.
//!
//! First [`arguments`] makes a query of each table argument, so that all that resolves and rewrites
//! tables and queries sees them. When DataFusion comes to the call, [`relation`] plans the queries,
//! evaluates the other arguments, and asks the function for its node.

mod arguments;
mod relation;

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::sql::sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, Ident, ObjectName};
use extension::{Parameter, RelationFunction, Signature};

pub(crate) use arguments::rewrite;
pub(crate) use relation::CallRelations;

/// The functions by lower-case name, aliases included.
#[derive(Debug, Default)]
pub(crate) struct RelationFunctions(BTreeMap<String, Arc<dyn RelationFunction>>);

impl RelationFunctions {
    /// Adds a function under all its names.
    pub(crate) fn add(&mut self, function: Arc<dyn RelationFunction>) {
        let signature = *function.signature();
        for name in std::iter::once(&signature.name).chain(signature.aliases) {
            self.0.insert(name.to_string(), Arc::clone(&function));
        }
    }

    /// The function that a name calls, with or without its schema.
    pub(crate) fn get(&self, name: &ObjectName) -> Option<&Arc<dyn RelationFunction>> {
        let part = |index: usize| name.0.get(index).and_then(|part| part.as_ident());
        let word = |index: usize| part(index).map(|ident| ident.value.to_lowercase());
        match name.0.len() {
            1 => self.0.get(&word(0)?),
            2 => self.0.get(&word(1)?).filter(|found| word(0).is_some_and(|s| s == found.schema())),
            _ => None,
        }
    }

    /// The names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The functions, each once.
    pub(crate) fn all(&self) -> Vec<&Arc<dyn RelationFunction>> {
        self.0.iter().filter(|(name, f)| *name == f.signature().name).map(|(_, f)| f).collect()
    }
}

/// The parameter that the argument at `index` is for, if there is one.
fn parameter<'a>(
    signature: &'a Signature,
    index: usize,
    name: Option<&Ident>,
) -> Option<&'a Parameter> {
    match name {
        Some(name) => {
            signature.parameters.iter().find(|known| known.name.eq_ignore_ascii_case(&name.value))
        }
        None => signature.parameters.iter().take(signature.positional).nth(index),
    }
}

/// The name and the value of an argument.
fn parts(argument: &FunctionArg) -> (Option<&Ident>, &FunctionArgExpr) {
    match argument {
        FunctionArg::Named { name, arg, .. }
        | FunctionArg::ExprNamed { name: Expr::Identifier(name), arg, .. } => (Some(name), arg),
        FunctionArg::ExprNamed { arg, .. } | FunctionArg::Unnamed(arg) => (None, arg),
    }
}
