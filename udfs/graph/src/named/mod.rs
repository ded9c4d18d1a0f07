//! Named graphs: built once, kept in memory, and built again when what they are made of has changed.
//!
//! `CREATE GRAPH` keeps the queries of the edges and nodes. In the place of a table the graph's name stands
//! for these arguments, so that a call over it is planned as any other; the query of the edges carries the
//! name in an alias, by which the operator finds the graph that is kept.

mod fingerprint;
mod statements;

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::execution::memory_pool::MemoryPool;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::ast::FunctionArg;
use extension::{Error, Registry, Result, closest};
use parking_lot::RwLock;

use crate::build::{Built, Shape};

pub(crate) use fingerprint::Fingerprint;

/// What the alias of a named graph's edges begins with. No user's alias has such a space.
pub(crate) const MARKER: &str = "graph ";

/// A named graph.
#[derive(Debug)]
pub(crate) struct NamedGraph {
    pub(crate) name: String,
    /// What the name stands for in a call.
    pub(crate) arguments: Vec<FunctionArg>,
    /// The column of weights, which are kept whether a function asks for them or not.
    pub(crate) weight: Option<String>,
    /// As it was created.
    pub(crate) definition: String,
    /// The graph, once it is built. Whoever builds holds the lock, so that others wait for it.
    pub(crate) kept: tokio::sync::Mutex<Option<Kept>>,
    /// What is known about the graph that is kept.
    pub(crate) figures: RwLock<Option<KeptFigures>>,
}

/// A graph that is kept, and what it was built of.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) built: Arc<Built>,
    pub(crate) shape: Shape,
    pub(crate) fingerprint: Fingerprint,
}

/// Figures for `SHOW GRAPHS`.
#[derive(Debug, Clone)]
pub(crate) struct KeptFigures {
    pub(crate) nodes: usize,
    pub(crate) edges: usize,
    pub(crate) bytes: usize,
    pub(crate) directed: bool,
    /// Whether a change of what it is made of can be known.
    pub(crate) refreshes: bool,
}

/// The graphs of a session, by lower-case name.
#[derive(Debug, Default)]
pub(crate) struct GraphStore {
    graphs: RwLock<BTreeMap<String, Arc<NamedGraph>>>,
}

impl GraphStore {
    /// The graph of a name.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<NamedGraph>> {
        self.graphs.read().get(&name.to_lowercase()).cloned()
    }

    /// All graphs, by name.
    pub(crate) fn all(&self) -> Vec<Arc<NamedGraph>> {
        self.graphs.read().values().cloned().collect()
    }

    fn insert(&self, graph: Arc<NamedGraph>) {
        self.graphs.write().insert(graph.name.to_lowercase(), graph);
    }

    fn remove(&self, name: &str) -> bool {
        self.graphs.write().remove(&name.to_lowercase()).is_some()
    }

    fn missing(&self, name: &str) -> Error {
        let graphs = self.all();
        let names: Vec<&str> = graphs.iter().map(|graph| graph.name.as_str()).collect();
        let error = Error::not_found(format!("graph '{name}' does not exist"));
        match closest(name, names.iter().copied()) {
            Some(near) => error.with_hint(format!("did you mean '{near}'?")),
            None if names.is_empty() => error.with_hint("CREATE GRAPH makes one"),
            None => error.with_hint(format!("graphs: {}", names.join(", "))),
        }
    }
}

/// The name of the graph that a plan of edges is of.
pub(crate) fn name_in(plan: &LogicalPlan) -> Option<String> {
    match plan {
        LogicalPlan::SubqueryAlias(alias) => {
            alias.alias.table().strip_prefix(MARKER).map(str::to_string)
        }
        LogicalPlan::Projection(projection) => name_in(&projection.input),
        _ => None,
    }
}

/// How a call over a named graph finds it.
#[derive(Debug, Clone)]
pub(crate) struct Keeping {
    pub(crate) graph: Arc<NamedGraph>,
    /// What it would be built of now; `None` if that cannot be known.
    pub(crate) fingerprint: Option<Fingerprint>,
    /// The session's pool: what is kept outlives the query.
    pub(crate) pool: Arc<dyn MemoryPool>,
}

impl Keeping {
    /// The graph that is kept, or the one that `build` makes, which is then kept.
    pub(crate) async fn get(
        &self,
        shape: &Shape,
        build: impl Future<Output = Result<Arc<Built>>>,
    ) -> Result<Arc<Built>> {
        let mut kept = self.graph.kept.lock().await;
        if let (Some(kept), Some(now)) = (&*kept, &self.fingerprint)
            && kept.shape == *shape
            && kept.fingerprint.is(now)
        {
            return Ok(Arc::clone(&kept.built));
        }
        // The memory of the old one is free for the new one, unless a query still reads it.
        *kept = None;
        *self.graph.figures.write() = None;
        let built = build.await?;
        *self.graph.figures.write() = Some(KeptFigures {
            nodes: built.graph.nodes(),
            edges: built.graph.edges(),
            bytes: built.account.size(),
            directed: built.graph.is_directed(),
            refreshes: self.fingerprint.is_some(),
        });
        if let Some(fingerprint) = &self.fingerprint {
            *kept = Some(Kept {
                built: Arc::clone(&built),
                shape: shape.clone(),
                fingerprint: fingerprint.clone(),
            });
        }
        Ok(built)
    }
}

/// Adds the statements and the list of graphs.
pub(crate) fn register(registry: &mut Registry, store: &Arc<GraphStore>) {
    statements::register(registry, store);
}
