//! `ATTACH 'folder or file' AS name (TYPE graphar)`.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::CatalogProvider;
use datafusion::execution::SessionState;
use extension::{Attach, DatabaseKind, DatabaseManual, Result};

use crate::catalog::{GraphCatalog, MAIN};
use crate::legacy;
use crate::open::{LEGACY_FILE, Opened, is_graph_file, open};

const MANUAL: DatabaseManual = DatabaseManual {
    name: "graphar",
    aliases: &["gar"],
    description: "A graph in the format of Apache GraphAr: a folder, or the file in it that ends in .graph.yml. Its vertex and edge types are tables.",
    options: &[],
    writable: false,
    holds_data: false,
    default_schema: MAIN,
    example: "ATTACH 'tests/data/graphar/social' AS social (TYPE graphar)",
};

/// The kind.
#[derive(Debug)]
pub(crate) struct GraphArDatabase;

#[async_trait]
impl DatabaseKind for GraphArDatabase {
    fn manual(&self) -> &DatabaseManual {
        &MANUAL
    }

    async fn recognises(&self, target: &str, state: &SessionState) -> bool {
        let name = target.rsplit('/').next().unwrap_or(target);
        if is_graph_file(name) || name == LEGACY_FILE {
            return true;
        }
        // A folder is one if a graph can be found in it; what is wrong with it is said on attaching.
        let Ok(location) = crate::location::Location::parse(target, state) else { return false };
        match location.names().await {
            Ok((files, _)) => files.iter().any(|name| is_graph_file(name) || name == LEGACY_FILE),
            Err(_) => false,
        }
    }

    async fn attach(
        &self,
        attach: &Attach,
        state: &SessionState,
    ) -> Result<Arc<dyn CatalogProvider>> {
        Ok(Arc::new(match open(&attach.target, state).await? {
            Opened::Graph(graph) => GraphCatalog::new(graph),
            Opened::Legacy(folder) => {
                GraphCatalog::of_tables(legacy::tables(&folder, state).await?)
            }
        }))
    }
}
