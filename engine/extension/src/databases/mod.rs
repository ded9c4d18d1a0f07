//! The databases of a session: its own, which is in memory, and what `ATTACH` adds to it.
//!
//! [`Databases`] is DataFusion's list of catalogs. A [`DatabaseKind`] makes a catalog of a target, such
//! as a folder; the parts register theirs in [`Registry::database_kinds`](crate::Registry).

mod kind;
mod session;

use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, CatalogProviderList};
use parking_lot::RwLock;

use crate::{Error, Result, closest};

pub use kind::{Attach, DatabaseKind, DatabaseManual, stem_of};
use session::WithSessionSchemas;

/// The schema of temporary tables and views.
pub const TEMPORARY_SCHEMA: &str = "temp";

/// Schemas of the session's own database that belong to the session: every database shows them.
const SESSION_SCHEMAS: [&str; 2] = [TEMPORARY_SCHEMA, "system"];

/// The kind of a database whose tables are in memory.
const MEMORY: &str = "memory";

/// Names that no database may have, since they would hide schemas.
const RESERVED: [&str; 4] = ["main", TEMPORARY_SCHEMA, "system", "information_schema"];

/// A database of a session.
#[derive(Debug, Clone)]
pub struct Database {
    /// Its name in SQL.
    pub name: String,
    /// The name of its kind.
    pub kind: &'static str,
    /// What it was attached to, without secrets; `None` for what is in memory.
    pub target: Option<String>,
    /// Whether its tables cannot be changed.
    pub read_only: bool,
    /// The schema of names that have the database before them and no schema.
    pub default_schema: String,
    catalog: Arc<dyn CatalogProvider>,
}

impl Database {
    /// A database that no session knows yet.
    pub fn new(
        attach: &Attach,
        manual: &DatabaseManual,
        read_only: bool,
        catalog: Arc<dyn CatalogProvider>,
    ) -> Self {
        let in_memory = manual.holds_data;
        Self {
            name: attach.name.clone(),
            kind: manual.name,
            target: (!in_memory).then(|| crate::redact(&attach.target).into_owned()),
            read_only,
            default_schema: manual.default_schema.to_string(),
            catalog,
        }
    }

    /// Its schemas and tables.
    pub fn catalog(&self) -> Arc<dyn CatalogProvider> {
        Arc::clone(&self.catalog)
    }

    /// Whether attaching it again would find the same.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.kind, &self.target) == (other.kind, &other.target)
    }
}

/// The databases of a session, in the order in which they came. The first is the session's own.
#[derive(Debug, Default)]
pub struct Databases {
    databases: RwLock<Vec<Database>>,
}

impl Databases {
    /// All of them.
    pub fn all(&self) -> Vec<Database> {
        self.databases.read().clone()
    }

    /// The one of a name, in any case.
    pub fn get(&self, name: &str) -> Option<Database> {
        self.databases.read().iter().find(|found| found.name.eq_ignore_ascii_case(name)).cloned()
    }

    /// Adds a database.
    ///
    /// # Errors
    /// A name that is reserved, or taken unless `or_replace`.
    pub fn attach(&self, database: Database, or_replace: bool) -> Result<()> {
        check_name(&database.name)?;
        let mut databases = self.databases.write();
        let same = |found: &Database| found.name.eq_ignore_ascii_case(&database.name);
        match databases.iter().position(same) {
            Some(0) if or_replace => {
                return Err(Error::invalid_input(format!(
                    "database '{}' is the session's own and cannot be replaced",
                    database.name
                )));
            }
            Some(index) if or_replace => databases[index] = database,
            Some(_) => return Err(taken(&database.name)),
            None => databases.push(database),
        }
        Ok(())
    }

    /// Takes a database away; queries that read it go on.
    ///
    /// # Errors
    /// There is none of the name, it is the session's own, or names without a database belong to it.
    pub fn detach(&self, name: &str, default: &str) -> Result<()> {
        let mut databases = self.databases.write();
        let found = databases.iter().position(|found| found.name.eq_ignore_ascii_case(name));
        match found {
            None => {
                let names = databases.iter().map(|found| found.name.as_str());
                let error = Error::not_found(format!("database '{name}' is not attached"));
                Err(match closest(name, names) {
                    Some(near) => error.with_hint(format!("did you mean '{near}'?")),
                    None => error.with_hint("SHOW DATABASES lists them"),
                })
            }
            Some(_) if name.eq_ignore_ascii_case(default) => Err(Error::invalid_input(format!(
                "cannot detach database '{name}', because it is the default database"
            ))
            .with_hint("select another by USE first")),
            Some(0) => Err(Error::invalid_input(format!(
                "cannot detach database '{name}', which is the session's own"
            ))),
            Some(index) => {
                databases.remove(index);
                Ok(())
            }
        }
    }
}

/// Whether a database may be called so.
fn check_name(name: &str) -> Result<()> {
    match RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
        true => Err(Error::invalid_input(format!(
            "attached database name '{name}' cannot be used because it is a reserved name"
        ))),
        false => Ok(()),
    }
}

/// The error for a name that another database has.
pub(crate) fn taken(name: &str) -> Error {
    Error::already_exists(format!("database with name '{name}' already exists")).with_hint(
        "give it another name by AS, or write ATTACH OR REPLACE, or ATTACH IF NOT EXISTS",
    )
}

impl CatalogProviderList for Databases {
    fn register_catalog(
        &self,
        name: String,
        catalog: Arc<dyn CatalogProvider>,
    ) -> Option<Arc<dyn CatalogProvider>> {
        let mut databases = self.databases.write();
        if let Some(known) = databases.iter_mut().find(|known| known.name == name) {
            return Some(std::mem::replace(&mut known.catalog, catalog));
        }
        databases.push(Database {
            name,
            kind: MEMORY,
            target: None,
            read_only: false,
            default_schema: "main".to_string(),
            catalog,
        });
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        self.databases.read().iter().map(|database| database.name.clone()).collect()
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        let databases = self.databases.read();
        let index = databases.iter().position(|found| found.name.eq_ignore_ascii_case(name))?;
        let catalog = Arc::clone(&databases[index].catalog);
        Some(match index {
            0 => catalog,
            _ => Arc::new(WithSessionSchemas::new(catalog, Arc::clone(&databases[0].catalog))),
        })
    }
}
