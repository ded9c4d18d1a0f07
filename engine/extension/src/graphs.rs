//! Graphs that are made of tables, for statements of other parts.

use std::fmt::Debug;
use std::sync::Arc;

use crate::Result;

/// Knows graphs that are made of tables.
pub trait GraphTables: Debug + Send + Sync {
    /// The tables of a graph as `COPY GRAPH` spells them, from `(VERTICES` to the closing parenthesis.
    /// `None` if there is no such graph; an error if the statement cannot say what it is made of.
    fn tables_of(&self, name: &str) -> Option<Result<String>>;

    /// The names of the graphs.
    fn names(&self) -> Vec<String>;
}

/// The service by which parts find the graphs of the session.
#[derive(Debug)]
pub struct KnownGraphs(pub Arc<dyn GraphTables>);
