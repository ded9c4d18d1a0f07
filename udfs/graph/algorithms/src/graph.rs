//! The graph kernels work on: the rows of outgoing edges, and the other views kernels ask for, each made
//! when first wanted and kept.

use std::sync::{Arc, OnceLock};

use crate::run::Memory;
use crate::{Adjacency, Direction, Error, Node, Result, Run, build};

/// Edges between nodes numbered from zero in the order of their identifiers, so that the smallest number
/// is the smallest identifier.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Edges {
    /// Where each edge starts.
    pub source: Vec<Node>,
    /// Where each edge ends.
    pub target: Vec<Node>,
    /// What each edge weighs; without it every edge weighs 1.
    pub weight: Option<Vec<f64>>,
}

/// A graph in compressed adjacency arrays. Parallel edges and self-loops are kept; the views of
/// [`Graph::simple`] and [`Graph::merged`] are without.
#[derive(Debug)]
pub struct Graph {
    directed: bool,
    /// The edges given, before an undirected graph stores each at both ends.
    edges: usize,
    outgoing: Adjacency,
    incoming: OnceLock<Adjacency>,
    simple: OnceLock<Adjacency>,
    merged: OnceLock<Adjacency>,
    counted: OnceLock<Adjacency>,
    /// The account of the views, which outlive the run that asks for them.
    memory: Arc<dyn Memory>,
}

impl Graph {
    /// The graph of `edges` over `nodes` nodes. An undirected graph stores each edge at both of its ends, a
    /// self-loop once. The arrays, and all views made later, draw on the account of `run`; the edges
    /// themselves are the caller's to account for, and are freed as early as possible.
    pub fn build(edges: Edges, nodes: usize, directed: bool, run: &Run) -> Result<Self> {
        let count = edges.source.len();
        let outgoing = run.phase("build", || build::from_edges(edges, nodes, directed, run))?;
        Ok(Self::of(directed, count, outgoing, run))
    }

    /// The directed graph whose rows of outgoing edges are ready, as a source sorted by node has them.
    /// Rows that are not sorted by target are sorted here.
    pub fn from_adjacency(
        offsets: Vec<usize>,
        targets: Vec<Node>,
        weights: Option<Vec<f64>>,
        run: &Run,
    ) -> Result<Self> {
        let outgoing = run.phase("build", || build::from_rows(offsets, targets, weights, run))?;
        Ok(Self::of(true, outgoing.len(), outgoing, run))
    }

    fn of(directed: bool, edges: usize, outgoing: Adjacency, run: &Run) -> Self {
        Self {
            directed,
            edges,
            outgoing,
            incoming: OnceLock::new(),
            simple: OnceLock::new(),
            merged: OnceLock::new(),
            counted: OnceLock::new(),
            memory: Arc::clone(run.memory()),
        }
    }

    /// Whether an edge leads only one way.
    pub fn is_directed(&self) -> bool {
        self.directed
    }

    /// Whether the edges have weights.
    pub fn is_weighted(&self) -> bool {
        self.outgoing.weights().is_some()
    }

    /// The number of nodes.
    pub fn nodes(&self) -> usize {
        self.outgoing.nodes()
    }

    /// The number of edges given, parallel edges and self-loops included.
    pub fn edges(&self) -> usize {
        self.edges
    }

    /// The rows of outgoing edges; in an undirected graph, of all edges.
    pub fn outgoing(&self) -> &Adjacency {
        &self.outgoing
    }

    /// The rows of incoming edges; in an undirected graph, of all edges.
    pub fn incoming(&self, run: &Run) -> Result<&Adjacency> {
        match self.directed {
            true => self.view(&self.incoming, "incoming edges", run, build::transpose),
            false => Ok(&self.outgoing),
        }
    }

    /// The rows of incoming edges, if an earlier kernel had them made.
    pub fn incoming_if_made(&self) -> Option<&Adjacency> {
        match self.directed {
            true => self.incoming.get(),
            false => Some(&self.outgoing),
        }
    }

    /// The undirected graph without self-loops, parallel edges and weights.
    pub fn simple(&self, run: &Run) -> Result<&Adjacency> {
        self.view(&self.simple, "undirected edges", run, build::simple)
    }

    /// The undirected graph with self-loops, where the parallel edges between two nodes are one edge whose
    /// weight is their sum, or their number when they have no weights or those are not wanted. A self-loop
    /// stands once in its row, with its weight.
    pub fn merged(&self, weighted: bool, run: &Run) -> Result<&Adjacency> {
        match weighted && self.is_weighted() {
            true => self.view(&self.merged, "undirected weights", run, build::merged),
            false => self.view(&self.counted, "undirected counts", run, build::counted),
        }
    }

    /// The rows a search follows in `direction`: one set, or two for both ways in a directed graph.
    pub(crate) fn rows(&self, direction: Direction, run: &Run) -> Result<Vec<&Adjacency>> {
        Ok(match (self.directed, direction) {
            (false, _) | (true, Direction::Out) => vec![&self.outgoing],
            (true, Direction::In) => vec![self.incoming(run)?],
            (true, Direction::Both) => vec![&self.outgoing, self.incoming(run)?],
        })
    }

    /// The rows that lead back against `direction`, if they are there.
    pub(crate) fn rows_back_if_made(&self, direction: Direction) -> Option<Vec<&Adjacency>> {
        Some(match (self.directed, direction) {
            (false, _) | (true, Direction::In) => vec![&self.outgoing],
            (true, Direction::Out) => vec![self.incoming_if_made()?],
            (true, Direction::Both) => vec![&self.outgoing, self.incoming_if_made()?],
        })
    }

    fn view<'graph>(
        &'graph self,
        cell: &'graph OnceLock<Adjacency>,
        name: &'static str,
        run: &Run,
        make: impl FnOnce(&Self, &Arc<dyn Memory>, &Run) -> Result<Adjacency> + Send,
    ) -> Result<&'graph Adjacency> {
        if let Some(view) = cell.get() {
            return Ok(view);
        }
        let view = run.phase(name, || make(self, &self.memory, run))?;
        // When two runs made it at once, the first one's stays, and ours is dropped with its reservation.
        Ok(cell.get_or_init(|| view))
    }

    /// An error unless `node` is one of the nodes.
    pub(crate) fn check_node(&self, node: Node) -> Result<()> {
        match (node as usize) < self.nodes() {
            true => Ok(()),
            false => Err(Error::MissingNode { node, nodes: self.nodes() }),
        }
    }

    /// An error unless all of `nodes` are nodes of the graph.
    pub(crate) fn check_nodes(&self, nodes: &[Node]) -> Result<()> {
        nodes.iter().try_for_each(|node| self.check_node(*node))
    }
}
