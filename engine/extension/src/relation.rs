//! Table functions that take tables: `pagerank(edges, damping => 0.85)`.
//!
//! The planner makes a query of each table argument before the statement's tables are looked up, so that
//! a table, a view, a file, a common table expression and a sub-query all come as an ordinary plan. The
//! function makes a node over these plans, and the optimizer reaches through it into their scans.

use std::fmt::Debug;

use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::ast::{FunctionArg, Query};

use crate::{Arguments, Error, Parameter, Result, Signature};

/// What [`Parameter::type_name`] says of an argument that is a table.
const TABLE: &str = "TABLE";

impl Parameter {
    /// Whether the argument is a table: a name or a string in its place names one.
    pub fn is_table(&self) -> bool {
        self.type_name == TABLE
    }

    /// Whether the argument may be a table: then a sub-query or `TABLE(name)` says so, and a string is
    /// a value.
    pub fn may_be_table(&self) -> bool {
        self.type_name.split('|').any(|name| name.trim() == TABLE)
    }
}

/// A table function some of whose parameters are tables, or may be.
pub trait RelationFunction: Debug + Send + Sync {
    /// The manual. Parameters of type `TABLE` are tables, and those of type `… | TABLE` may be.
    fn signature(&self) -> &Signature;

    /// The schema that may stand before the name, as in `graph.pagerank`, and the family of the manual.
    fn schema(&self) -> &'static str;

    /// What the name of an object of the part stands for in the place of a table: further arguments,
    /// which take the place of the name. It is asked where no table and no common table expression has
    /// the name.
    fn object(&self, _name: &str) -> Option<Vec<FunctionArg>> {
        None
    }

    /// The query that a call stands for as a whole, where it does. It takes the call's place before the
    /// statement's tables are looked up.
    fn query(&self, _arguments: &[FunctionArg]) -> Result<Option<Query>> {
        Ok(None)
    }

    /// The rows of a call.
    ///
    /// # Errors
    /// Values or columns that do not fit.
    fn plan(&self, call: &RelationCall<'_>) -> Result<LogicalPlan>;
}

/// A table in a call.
#[derive(Debug, Clone)]
pub struct TableArgument {
    /// Its rows.
    pub plan: LogicalPlan,
    /// The query, as text, for messages.
    pub text: String,
}

/// The checked arguments of a call.
#[derive(Debug)]
pub struct RelationCall<'a> {
    /// All arguments; those that are tables are here with their text.
    pub arguments: Arguments,
    /// Those that are tables, by parameter.
    pub tables: Vec<(&'static str, TableArgument)>,
    /// The session.
    pub state: &'a SessionState,
}

impl RelationCall<'_> {
    /// The table that was given for a parameter.
    pub fn table(&self, parameter: &str) -> Option<&TableArgument> {
        self.tables.iter().find(|(name, _)| *name == parameter).map(|(_, table)| table)
    }

    /// The table for a parameter that must be given.
    pub fn required_table(&self, parameter: &str) -> Result<&TableArgument> {
        self.table(parameter)
            .ok_or_else(|| Error::internal(format!("the table '{parameter}' is missing")))
    }
}
