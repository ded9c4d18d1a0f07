//! How alike nodes are by the neighbours they share.

use crate::{Direction, Error, Graph, Node, Pairs, Result, Run};

/// A measure of likeness. With N(a) the neighbours of a:
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Metric {
    /// `|N(a) ∩ N(b)| / |N(a) ∪ N(b)|`.
    #[default]
    Jaccard,
    /// `|N(a) ∩ N(b)| / min(|N(a)|, |N(b)|)`.
    Overlap,
    /// `|N(a) ∩ N(b)| / sqrt(|N(a)| · |N(b)|)`.
    Cosine,
    /// `|N(a) ∩ N(b)|`.
    CommonNeighbors,
    /// The sum of `1 / ln |N(c)|` over the neighbours c shared.
    AdamicAdar,
    /// The sum of `1 / |N(c)|` over the neighbours c shared.
    ResourceAllocation,
    /// `|N(a)| · |N(b)|`.
    PreferentialAttachment,
}

/// Options of [`node_similarity`].
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarityOptions {
    /// The measure. Default Jaccard. Preferential attachment compares only nodes that share neighbours here.
    pub metric: Metric,
    /// The most similar nodes to give for each node. Default 10.
    pub top_k: usize,
    /// Leaves out nodes with fewer neighbours than this. Default 1.
    pub degree_cutoff: usize,
    /// Leaves out pairs that are less similar than this. Default 1e-42.
    pub similarity_cutoff: f64,
    /// Whose ends are the neighbours: `Out`, outgoing edges. Default: out.
    pub direction: Direction,
}

impl Default for SimilarityOptions {
    fn default() -> Self {
        Self {
            metric: Metric::Jaccard,
            top_k: 10,
            degree_cutoff: 1,
            similarity_cutoff: 1e-42,
            direction: Direction::Out,
        }
    }
}

/// For each node the nodes most like it, by node and then from the most similar on.
pub fn node_similarity(graph: &Graph, options: &SimilarityOptions, run: &Run) -> Result<Pairs> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "node_similarity", needs: "an implementation" })
}

/// Options of [`link_prediction`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LinkPredictionOptions {
    /// The measure. Default Jaccard.
    pub metric: Metric,
    /// The pairs to compare. Default: all pairs of nodes without an edge that share a neighbour.
    pub pairs: Option<Vec<(Node, Node)>>,
}

/// The likeness of pairs of nodes of the undirected graph without parallel edges and self-loops.
pub fn link_prediction(graph: &Graph, options: &LinkPredictionOptions, run: &Run) -> Result<Pairs> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "link_prediction", needs: "an implementation" })
}
