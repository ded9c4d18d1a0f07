//! Communities by the Louvain method: nodes move to where modularity gains most, level by level.

use crate::modularity::{Level, Moving, move_nodes, renumber};
use crate::{Error, Graph, Result, Run};

/// Options of [`louvain`].
#[derive(Debug, Clone, PartialEq)]
pub struct LouvainOptions {
    /// More makes smaller communities. Default 1.
    pub resolution: f64,
    /// The most levels to make. Default 10.
    pub max_levels: u32,
    /// The most sweeps over the nodes in a level. Default 30.
    pub max_iterations: u32,
    /// A sweep or level that gains less modularity is the last. Default 1e-5.
    pub tolerance: f64,
    /// Edges count by their weight, if the graph has any. Default true.
    pub weighted: bool,
    /// The random order nodes are visited in. Default 42.
    pub seed: u64,
}

impl Default for LouvainOptions {
    fn default() -> Self {
        Self {
            resolution: 1.0,
            max_levels: 10,
            max_iterations: 30,
            tolerance: 1e-5,
            weighted: true,
            seed: 42,
        }
    }
}

/// Which community each node is in.
#[derive(Debug, Clone, PartialEq)]
pub struct Communities {
    /// The community of each node; communities are numbered by their smallest nodes.
    pub community: Vec<u32>,
    /// How many communities there are.
    pub count: usize,
    /// The modularity of the communities.
    pub modularity: f64,
    /// The community of each node at each level, numbered likewise; the last are those of `community`.
    pub levels: Vec<Vec<u32>>,
}

/// Communities of high modularity in the undirected graph.
pub fn louvain(graph: &Graph, options: &LouvainOptions, run: &Run) -> Result<Communities> {
    check_positive("resolution", options.resolution)?;
    let merged = graph.merged(options.weighted, run)?;
    merged.check_not_negative(run)?;
    let nodes = graph.nodes();
    let _reservation = run.reserve::<u64>("communities", nodes * 8 + merged.len() * 2)?;
    run.phase("louvain", || {
        let first = Level::of(merged, run)?;
        let mut level = None;
        let mut community: Vec<u32> = (0..nodes as u32).collect();
        let mut count = nodes;
        let mut levels: Vec<Vec<u32>> = Vec::new();
        for number in 0..options.max_levels {
            let current = level.as_ref().unwrap_or(&first);
            let mut moved: Vec<u32> = (0..current.nodes() as u32).collect();
            let moving = Moving {
                resolution: options.resolution,
                sweeps: options.max_iterations,
                tolerance: options.tolerance,
                seed: options.seed.wrapping_add(u64::from(number)),
            };
            let gained = move_nodes(current, &mut moved, &moving, run)?;
            let left = renumber(&mut moved);
            if left == current.nodes() {
                break;
            }
            community.iter_mut().for_each(|community| *community = moved[*community as usize]);
            count = left;
            levels.push(community.clone());
            if gained < options.tolerance {
                break;
            }
            level = Some(current.contract(&moved, left, run)?);
        }
        if levels.is_empty() {
            levels.push(community.clone());
        }
        let modularity = first.modularity(&community, options.resolution, run)?;
        Ok(Communities { community, count, modularity, levels })
    })
}

pub(crate) fn check_positive(option: &'static str, value: f64) -> Result<()> {
    match value > 0.0 && value.is_finite() {
        true => Ok(()),
        false => Err(Error::InvalidOption {
            option,
            reason: format!("{value} is not a positive number"),
        }),
    }
}
