//! An attached database with the session's own schemas, so that `temp.t` and `system.queries` are the
//! same whichever database is the default.

use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, SchemaProvider};
use datafusion::error::Result as DataFusionResult;

use super::SESSION_SCHEMAS;

/// A database, and the one whose schemas for the session it shows too.
#[derive(Debug)]
pub(super) struct WithSessionSchemas {
    inner: Arc<dyn CatalogProvider>,
    own: Arc<dyn CatalogProvider>,
}

impl WithSessionSchemas {
    pub(super) fn new(inner: Arc<dyn CatalogProvider>, own: Arc<dyn CatalogProvider>) -> Self {
        Self { inner, own }
    }

    fn of(&self, schema: &str) -> &Arc<dyn CatalogProvider> {
        match SESSION_SCHEMAS.contains(&schema) {
            true => &self.own,
            false => &self.inner,
        }
    }
}

impl CatalogProvider for WithSessionSchemas {
    fn schema_names(&self) -> Vec<String> {
        self.inner.schema_names()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        self.of(name).schema(name)
    }

    fn register_schema(
        &self,
        name: &str,
        schema: Arc<dyn SchemaProvider>,
    ) -> DataFusionResult<Option<Arc<dyn SchemaProvider>>> {
        self.of(name).register_schema(name, schema)
    }

    fn deregister_schema(
        &self,
        name: &str,
        cascade: bool,
    ) -> DataFusionResult<Option<Arc<dyn SchemaProvider>>> {
        self.of(name).deregister_schema(name, cascade)
    }
}
