//! `ATTACH ':memory:' AS name`: an empty database whose tables end with the session.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider};
use datafusion::execution::SessionState;
use extension::{Attach, DatabaseKind, DatabaseManual, Error, Result};

const MANUAL: DatabaseManual = DatabaseManual {
    name: "memory",
    aliases: &[],
    description: "An empty database in memory, which ends with the session or with DETACH.",
    options: &[],
    writable: true,
    holds_data: true,
    default_schema: "main",
    example: "ATTACH ':memory:' AS scratch",
};

/// What DuckDB calls a database in memory.
const TARGETS: [&str; 2] = [":memory:", ""];

/// The kind.
#[derive(Debug)]
pub(super) struct MemoryDatabase;

#[async_trait]
impl DatabaseKind for MemoryDatabase {
    fn manual(&self) -> &DatabaseManual {
        &MANUAL
    }

    async fn recognises(&self, target: &str, _state: &SessionState) -> bool {
        TARGETS.contains(&target)
    }

    async fn attach(
        &self,
        attach: &Attach,
        _state: &SessionState,
    ) -> Result<Arc<dyn CatalogProvider>> {
        if !TARGETS.contains(&attach.target.as_str()) {
            return Err(Error::invalid_input(format!(
                "a database in memory is attached as ':memory:', not as '{}'",
                extension::redact(&attach.target)
            )));
        }
        let catalog = MemoryCatalogProvider::new();
        catalog.register_schema(MANUAL.default_schema, Arc::new(MemorySchemaProvider::new()))?;
        Ok(Arc::new(catalog))
    }
}
