//! Conditions as pandas' `query()` takes them, as SQL with pandas' meaning.
//!
//! pandas knows two truth values: a comparison with a missing value is false, so its negation is true,
//! and `!=` holds for missing values. SQL's NULL would drop those rows. Where a condition is not
//! negated, NULL and false select the same rows and the plain SQL stays, which readers of files can
//! use to skip; where it is negated, `IS NOT TRUE` settles it.

mod lexer;
mod parser;
mod sql;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::steps::Column;

/// Why a text is not a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// What is wrong.
    pub message: String,
    /// Whether it reads well, but names a column that does not exist.
    pub unknown_column: bool,
}

impl QueryError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), unknown_column: false }
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The condition in SQL. Names are looked up in `columns`; none are checked if it is empty.
///
/// # Errors
/// Text that pandas could not read either, what has no counterpart, and columns that do not exist.
pub fn to_sql(query: &str, columns: &[Column]) -> Result<String, QueryError> {
    let tokens = lexer::tokens(query)?;
    let expression = parser::parse(&tokens)?;
    sql::condition(&expression, columns)
}
