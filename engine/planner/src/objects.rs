//! What a session keeps between statements besides its tables: macros, variables, prepared statements,
//! sequences and names of types.
//!
//! One value of it hangs in the session, as a service and in the planner; clones of a session share it.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::common::ScalarValue;
use datafusion::config::ConfigOptions;
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::DataType as SqlType;
use extension::{Error, Result, closest};
use parking_lot::{Mutex, RwLock};

use crate::functions::Generator;
use crate::macros::Macro;
use crate::sequences::Sequences;
use crate::types::Semantics;

/// Tells every setting of the session and its value.
type Settings = dyn Fn(&ConfigOptions) -> Vec<(String, Option<String>)> + Send + Sync;

/// Objects of a session that are neither tables nor settings. Names are looked up in any case.
#[derive(Default)]
pub struct SessionObjects {
    pub(crate) macros: RwLock<BTreeMap<String, Macro>>,
    pub(crate) variables: RwLock<BTreeMap<String, ScalarValue>>,
    pub(crate) prepared: RwLock<BTreeMap<String, PreparedStatement>>,
    pub(crate) types: RwLock<BTreeMap<String, UserType>>,
    pub(crate) sequences: Sequences,
    /// Where the numbers of random() are, once they were given a seed.
    pub(crate) random: Mutex<Option<Generator>>,
    /// What COMMENT ON says of what is no table: by kind and name in lower case.
    comments: RwLock<BTreeMap<(&'static str, String), String>>,
    settings: OnceLock<Box<Settings>>,
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

impl std::fmt::Debug for SessionObjects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionObjects")
    }
}

impl SessionObjects {
    /// Tells where the settings are; only the first call counts.
    pub fn set_settings(
        &self,
        settings: impl Fn(&ConfigOptions) -> Vec<(String, Option<String>)> + Send + Sync + 'static,
    ) {
        let _ = self.settings.set(Box::new(settings));
    }

    /// Every setting and its value.
    pub(crate) fn settings(&self, options: &ConfigOptions) -> Vec<(String, Option<String>)> {
        self.settings.get().map(|settings| settings(options)).unwrap_or_default()
    }

    /// What COMMENT ON says of something.
    pub(crate) fn comment(&self, kind: &'static str, name: &str) -> Option<String> {
        self.comments.read().get(&(kind, name.to_lowercase())).cloned()
    }

    /// Sets or takes away a comment.
    pub(crate) fn set_comment(&self, kind: &'static str, name: &str, text: Option<&str>) {
        let mut comments = self.comments.write();
        let key = (kind, name.to_lowercase());
        match text {
            Some(text) => comments.insert(key, text.to_string()),
            None => comments.remove(&key),
        };
    }

    /// Opens or closes a transaction and tells whether one was open.
    pub(crate) fn swap_transaction(&self, open: bool) -> bool {
        self.transaction.swap(open, Ordering::SeqCst)
    }
}
