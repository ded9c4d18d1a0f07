//! What a session keeps between statements besides its tables: macros, variables, prepared statements
//! and names of types.
//!
//! One value of it hangs in the session, as a service and in the planner; clones of a session share it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::common::ScalarValue;
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::DataType as SqlType;
use extension::{Error, Result, closest};
use parking_lot::RwLock;

use crate::macros::Macro;
use crate::types::Semantics;

/// Objects of a session that are neither tables nor settings. Names are looked up in any case.
#[derive(Debug, Default)]
pub struct SessionObjects {
    pub(crate) macros: RwLock<BTreeMap<String, Macro>>,
    pub(crate) variables: RwLock<BTreeMap<String, ScalarValue>>,
    pub(crate) prepared: RwLock<BTreeMap<String, PreparedStatement>>,
    pub(crate) types: RwLock<BTreeMap<String, UserType>>,
    /// Whether `BEGIN` was said and neither `COMMIT` nor `ROLLBACK` since.
    pub(crate) transaction: AtomicBool,
    /// What the session's SQL means where engines differ.
    pub semantics: Semantics,
}

/// A statement kept by `PREPARE`, with the types that it gave its parameters.
#[derive(Debug, Clone)]
pub(crate) struct PreparedStatement {
    pub(crate) statement: DataFusionStatement,
    pub(crate) types: Vec<SqlType>,
}

/// A type made by `CREATE TYPE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UserType {
    /// Another name of a type.
    Alias(SqlType),
    /// One of a list of texts, in their order.
    Enum(Vec<String>),
}

/// Adds to a map of the session, or says that the name is taken.
pub(crate) fn add<T>(
    map: &RwLock<BTreeMap<String, T>>,
    what: &str,
    name: &str,
    value: T,
    or_replace: bool,
) -> Result<()> {
    let mut map = map.write();
    let key = name.to_lowercase();
    if !or_replace && map.contains_key(&key) {
        return Err(Error::already_exists(format!("{what} '{name}' exists already"))
            .with_hint("CREATE OR REPLACE takes its place"));
    }
    map.insert(key, value);
    Ok(())
}

/// Takes out of a map of the session, or says that there is none of the name.
pub(crate) fn remove<T>(
    map: &RwLock<BTreeMap<String, T>>,
    what: &str,
    name: &str,
    if_exists: bool,
) -> Result<()> {
    let removed = map.write().remove(&name.to_lowercase());
    match removed.is_some() || if_exists {
        true => Ok(()),
        false => Err(missing(map, what, name)),
    }
}

/// The error for a name that is not in a map of the session.
pub(crate) fn missing<T>(map: &RwLock<BTreeMap<String, T>>, what: &str, name: &str) -> Error {
    let error = Error::not_found(format!("{what} '{name}' does not exist"));
    let map = map.read();
    match closest(name, map.keys().map(String::as_str)) {
        Some(near) => error.with_hint(format!("did you mean '{near}'?")),
        None => error,
    }
}

impl SessionObjects {
    /// Opens or closes a transaction and tells whether one was open.
    pub(crate) fn swap_transaction(&self, open: bool) -> bool {
        self.transaction.swap(open, Ordering::SeqCst)
    }
}
