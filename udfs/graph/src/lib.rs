//! Graph algorithms as table functions: `SELECT * FROM pagerank(edges, damping => 0.85)`.
//!
//! A call is bound to its inputs ([`bind`]): the plans of its table arguments are projected to the columns
//! that it reads, and become the children of a logical node ([`node`]). The operator ([`exec`]) reads them
//! in parallel ([`ingest`]), numbers the nodes in the order of their identifiers ([`ids`]), builds the
//! adjacency arrays ([`build`]) and runs the kernel, which lives in a crate that knows neither Arrow nor
//! DataFusion. Functions over the same edges in one query build their graph once ([`share`]).
//!
//! To add a function: a file in [`functions`], and a line in its list.

mod bind;
mod build;
mod columns;
mod errors;
mod exec;
mod function;
mod functions;
mod ids;
mod ingest;
mod lists;
mod named;
mod node;
mod output;
mod property;
mod resources;
mod search;
mod share;

use std::sync::Arc;

use extension::{Extension, Registry, Result};

use crate::exec::GraphPlanner;
use crate::function::Callable;
use crate::functions::FUNCTIONS;
use crate::named::GraphStore;
use crate::share::ShareGraphs;

/// The part.
#[derive(Debug)]
pub struct Graphs;

impl Extension for Graphs {
    fn name(&self) -> &'static str {
        "graph"
    }

    fn register(&self, registry: &mut Registry) -> Result<()> {
        let store = Arc::new(GraphStore::default());
        for function in FUNCTIONS {
            let callable = Callable { function, store: Arc::clone(&store) };
            registry.relation_functions.push(Arc::new(callable));
        }
        named::register(registry, &store);
        property::register(registry);
        registry.extension_planners.push(Arc::new(GraphPlanner { store }));
        registry.physical_optimizer_rules.push(Arc::new(ShareGraphs));
        Ok(())
    }
}
