//! The distances between all pairs of nodes.

use rayon::prelude::*;

use crate::explore::Exploration;
use crate::parallel::Scratch;
use crate::{
    Direction, Error, Graph, Node, Pairs, Result, Run, ShortestPathAlgorithm, SsspOptions,
    sssp_distances,
};

/// Options of [`all_pairs_shortest_paths`].
#[derive(Debug, Clone, PartialEq)]
pub struct AllPairsOptions {
    /// The sources to start from. Default: all nodes. The result grows with their number times the number of
    /// nodes; a caller that streams asks for some at a time.
    pub sources: Option<Vec<Node>>,
    /// Gives no distance greater than this. Default `None`.
    pub cutoff: Option<f64>,
    /// Which way edges are followed. Default: out.
    pub direction: Direction,
    /// Adds up the weights, if the graph has any, instead of counting edges. Default true.
    pub weighted: bool,
}

impl Default for AllPairsOptions {
    fn default() -> Self {
        Self { sources: None, cutoff: None, direction: Direction::Out, weighted: true }
    }
}

/// The distance from every source to every node it reaches, itself included, in the order of the sources
/// and then of the nodes.
pub fn all_pairs_shortest_paths(
    graph: &Graph,
    options: &AllPairsOptions,
    run: &Run,
) -> Result<Pairs> {
    let rows = graph.rows(options.direction, run)?;
    let weighted = options.weighted && graph.is_weighted();
    let sources = match &options.sources {
        Some(sources) => sources.clone(),
        None => (0..graph.nodes() as Node).collect(),
    };
    graph.check_nodes(&sources)?;
    let negative = match weighted {
        true => graph.outgoing().check_not_negative(run),
        false => Ok(()),
    };
    match negative {
        Err(Error::NegativeWeight { .. }) => return with_negative(graph, options, &sources, run),
        other => other?,
    }
    let cutoff = options.cutoff.unwrap_or(f64::INFINITY);
    run.phase("all_pairs_shortest_paths", || {
        let scratch = Scratch::new(|| {
            let reservation = run.reserve::<[f64; 2]>("distances", graph.nodes())?;
            Ok((Exploration::new(graph.nodes()), reservation))
        });
        let mut pairs = Pairs::default();
        let mut reservations = Vec::new();
        for sources in sources.chunks(1024) {
            let parts = sources.par_iter().with_max_len(1).map(|source| {
                scratch.with(|(exploration, _)| {
                    exploration.explore(&rows, weighted, *source, cutoff, run)?;
                    let mut reached = exploration.order.clone();
                    reached.sort_unstable();
                    let distance = |node: &Node| exploration.distance[*node as usize];
                    let distances: Vec<f64> = reached.iter().map(distance).collect();
                    let reservation = run.reserve::<[u64; 4]>("pairs", reached.len())?;
                    Ok((*source, reached, distances, reservation))
                })?
            });
            for (source, reached, distances, reservation) in parts.collect::<Result<Vec<_>>>()? {
                pairs.source.extend(std::iter::repeat_n(source, reached.len()));
                pairs.target.extend(reached);
                pairs.value.extend(distances);
                reservations.push(reservation);
            }
        }
        Ok(pairs)
    })
}

/// With negative weights, each source by itself.
fn with_negative(
    graph: &Graph,
    options: &AllPairsOptions,
    sources: &[Node],
    run: &Run,
) -> Result<Pairs> {
    let mut pairs = Pairs::default();
    for source in sources {
        let options = SsspOptions {
            sources: vec![*source],
            cutoff: options.cutoff,
            direction: options.direction,
            algorithm: ShortestPathAlgorithm::BellmanFord,
            ..SsspOptions::default()
        };
        let distances = sssp_distances(graph, &options, run)?;
        for (node, distance) in distances.into_iter().enumerate() {
            if distance < f64::INFINITY {
                pairs.push(*source, node as Node, distance);
            }
        }
    }
    Ok(pairs)
}
