//! Whether a table has changed since it was last read, for what is kept of its rows.

use std::any::Any;
use std::sync::Weak;

use datafusion::catalog::TableProvider;

/// What tells whether a table's rows are still the same.
#[derive(Debug, Clone)]
pub enum TableVersion {
    /// The rows themselves: they are the same as long as this is.
    Contents(Weak<dyn Any + Send + Sync>),
    /// The files that a scan of the table reads, by their sizes and times.
    Files,
}

/// Tells the version of a table, or `None` for a table of another part.
pub type VersionOf = fn(&dyn TableProvider) -> Option<TableVersion>;

/// The service that knows the versions of the tables of all parts.
#[derive(Debug, Default)]
pub struct TableVersions(pub Vec<VersionOf>);

impl TableVersions {
    /// The version of a table, or `None` if nothing is known about it.
    pub fn of(&self, table: &dyn TableProvider) -> Option<TableVersion> {
        self.0.iter().find_map(|version| version(table))
    }
}
