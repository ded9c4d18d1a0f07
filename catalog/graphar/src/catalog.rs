//! A graph as a catalog: the schema `main` with all tables, and one schema for each order of edges.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use extension::Error;

use crate::edge::EdgeTable;
use crate::info::Order;
use crate::open::Graph;
use crate::vertex::VertexTable;

/// The schema of all tables.
pub(crate) const MAIN: &str = "main";

type Tables = BTreeMap<String, Arc<dyn TableProvider>>;

/// The catalog.
#[derive(Debug)]
pub(crate) struct GraphCatalog {
    schemas: BTreeMap<String, Arc<GraphSchema>>,
    /// The description, which COPY GRAPH writes again; the older layout has none.
    graph: Option<Graph>,
}

impl GraphCatalog {
    pub(crate) fn new(graph: Graph) -> Self {
        let mut main: Tables = BTreeMap::new();
        for vertex in &graph.info.vertices {
            let table = VertexTable::new(graph.root.clone(), Arc::clone(vertex));
            main.insert(vertex.name.clone(), Arc::new(table));
        }
        for edge in &graph.info.edges {
            let table = EdgeTable::new(graph.root.clone(), &graph.info, Arc::clone(edge), None);
            // A vertex type may be called as an edge table is.
            main.entry(edge.name()).or_insert_with(|| Arc::new(table));
        }
        let missing = graph.info.missing.clone();
        let mut schemas = BTreeMap::from([(MAIN.to_string(), GraphSchema::new(main, missing))]);
        for order in Order::ALL {
            let edges = graph.info.edges.iter().filter(|edge| edge.adjacency(order).is_some());
            let tables: Tables = edges
                .map(|edge| {
                    let table = EdgeTable::new(
                        graph.root.clone(),
                        &graph.info,
                        Arc::clone(edge),
                        Some(order),
                    );
                    (edge.name(), Arc::new(table) as Arc<dyn TableProvider>)
                })
                .collect();
            if !tables.is_empty() {
                schemas.insert(order.name().to_string(), GraphSchema::new(tables, vec![]));
            }
        }
        Self { schemas, graph: Some(graph) }
    }

    /// Tables in the schema `main`, for a layout without orders.
    pub(crate) fn of_tables(tables: Tables) -> Self {
        let schemas = BTreeMap::from([(MAIN.to_string(), GraphSchema::new(tables, vec![]))]);
        Self { schemas, graph: None }
    }

    /// The graph.
    pub(crate) fn graph(&self) -> Option<&Graph> {
        self.graph.as_ref()
    }
}

fn read_only() -> DataFusionError {
    Error::unsupported("an attached graph is read-only")
        .with_hint("COPY GRAPH … TO writes another")
        .into()
}

impl CatalogProvider for GraphCatalog {
    fn schema_names(&self) -> Vec<String> {
        self.schemas.keys().cloned().collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let schema = self.schemas.get(name)?;
        Some(Arc::clone(schema) as Arc<dyn SchemaProvider>)
    }

    fn register_schema(
        &self,
        _name: &str,
        _schema: Arc<dyn SchemaProvider>,
    ) -> DataFusionResult<Option<Arc<dyn SchemaProvider>>> {
        Err(read_only())
    }

    fn deregister_schema(
        &self,
        _name: &str,
        _cascade: bool,
    ) -> DataFusionResult<Option<Arc<dyn SchemaProvider>>> {
        Err(read_only())
    }
}

/// Tables of a graph.
#[derive(Debug)]
struct GraphSchema {
    tables: Tables,
    /// Files of descriptions that are listed and not there.
    missing: Vec<String>,
}

impl GraphSchema {
    fn new(tables: Tables, missing: Vec<String>) -> Arc<Self> {
        Arc::new(Self { tables, missing })
    }
}

#[async_trait]
impl SchemaProvider for GraphSchema {
    fn table_names(&self) -> Vec<String> {
        self.tables.keys().cloned().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        if let Some(table) = self.tables.get(name) {
            return Ok(Some(Arc::clone(table)));
        }
        let is_called = |file: &&String| {
            file.split('.').next().is_some_and(|stem| stem.eq_ignore_ascii_case(name))
        };
        match self.missing.iter().find(is_called) {
            Some(file) => Err(Error::not_found(format!(
                "the graph lists '{name}', but its description '{file}' does not exist"
            ))
            .into()),
            None => Ok(None),
        }
    }

    fn table_exist(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }

    fn register_table(
        &self,
        _name: String,
        _table: Arc<dyn TableProvider>,
    ) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        Err(read_only())
    }

    fn deregister_table(&self, _name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        Err(read_only())
    }
}
