//! PageRank: how often a walker who follows edges at random, and now and then jumps, visits each node.

use crate::{Error, Graph, Node, Result, Run, Scores, parallel};

/// What becomes of the rank of nodes without outgoing edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dangling {
    /// It is spread like the jumps, so that the ranks sum to one.
    #[default]
    Redistribute,
    /// It is lost, as in the GAP benchmark's formula.
    Lose,
}

/// Options of [`pagerank`].
#[derive(Debug, Clone, PartialEq)]
pub struct PageRankOptions {
    /// The probability of following an edge. Default 0.85.
    pub damping: f64,
    /// The most iterations to make. Default 100.
    pub max_iterations: u32,
    /// Stops when the ranks of all nodes together changed by no more than this. Default 1e-6.
    pub tolerance: f64,
    /// Exactly this many iterations, whatever the tolerance. Default `None`.
    pub fixed_iterations: Option<u32>,
    /// Where jumps lead, and with which weight; the other nodes are never jumped to. Default: everywhere.
    pub personalization: Option<Vec<(Node, f64)>>,
    /// What becomes of the rank of nodes without outgoing edges. Default: spread like the jumps.
    pub dangling: Dangling,
    /// Follows edges in proportion to their weights, if the graph has any. Default true.
    pub weighted: bool,
}

impl Default for PageRankOptions {
    fn default() -> Self {
        Self {
            damping: 0.85,
            max_iterations: 100,
            tolerance: 1e-6,
            fixed_iterations: None,
            personalization: None,
            dangling: Dangling::Redistribute,
            weighted: true,
        }
    }
}

/// The rank of each node. Parallel edges count each; a weight must not be negative.
pub fn pagerank(graph: &Graph, options: &PageRankOptions, run: &Run) -> Result<Scores> {
    check_options(options)?;
    let incoming = graph.incoming(run)?;
    let nodes = graph.nodes();
    if nodes == 0 {
        return Ok(Scores { scores: Vec::new(), iterations: 0, change: 0.0, converged: true });
    }
    let weighted = options.weighted && graph.is_weighted();
    if weighted {
        graph.outgoing().check_not_negative(run)?;
    }
    let _reservation = run.reserve::<f64>("PageRank", nodes * 6)?;
    run.phase("pagerank", || {
        let jumps = jumps(graph, options)?;
        let jump = |node: usize| jumps.as_ref().map_or(1.0 / nodes as f64, |jumps| jumps[node]);
        let out = graph.outgoing();
        // The share of a node's rank each of its edges carries per unit of weight; 0 marks a dangling node.
        let mut share = vec![0.0_f64; nodes];
        parallel::fill(run, &parallel::blocks(out.offsets()), &mut share, |block, share| {
            for (node, share) in block.zip(share) {
                let weight = match (weighted, out.weights()) {
                    (true, Some(weights)) => weights[out.row(node as Node)].iter().sum(),
                    _ => out.degree(node as Node) as f64,
                };
                *share = if weight > 0.0 { 1.0 / weight } else { 0.0 };
            }
        })?;
        let mut ranks = vec![1.0 / nodes as f64; nodes];
        let mut carried: Vec<f64> = share.iter().map(|share| share / nodes as f64).collect();
        let mut next_carried = vec![0.0; nodes];
        let mut dangling =
            parallel::sum(run, nodes, |node| if share[node] == 0.0 { ranks[node] } else { 0.0 })?;
        let blocks = parallel::blocks(incoming.offsets());
        let (limit, tolerance) = match options.fixed_iterations {
            Some(iterations) => (iterations, f64::NEG_INFINITY),
            None => (options.max_iterations, options.tolerance),
        };
        let mut change = f64::INFINITY;
        let mut iterations = 0;
        while iterations < limit && change > tolerance {
            let spread = match options.dangling {
                Dangling::Redistribute => options.damping * dangling,
                Dangling::Lose => 0.0,
            };
            let jumping = 1.0 - options.damping + spread;
            let sums = parallel::fill_two(
                run,
                &blocks,
                &mut ranks,
                &mut next_carried,
                |block, ranks, next_carried| {
                    let (mut change, mut dangling) = (0.0, 0.0);
                    for ((node, rank), next) in block.zip(ranks).zip(next_carried) {
                        let row = incoming.row(node as Node);
                        let arrived = match (weighted, incoming.weights()) {
                            (true, Some(weights)) => incoming.targets()[row.clone()]
                                .iter()
                                .zip(&weights[row])
                                .map(|(source, weight)| carried[*source as usize] * weight)
                                .sum(),
                            _ => gather(&incoming.targets()[row], &carried),
                        };
                        let new = jumping * jump(node) + options.damping * arrived;
                        change += (new - *rank).abs();
                        *rank = new;
                        *next = new * share[node];
                        if share[node] == 0.0 {
                            dangling += new;
                        }
                    }
                    (change, dangling)
                },
            )?;
            change = sums.iter().map(|sums| sums.0).sum();
            dangling = sums.iter().map(|sums| sums.1).sum();
            std::mem::swap(&mut carried, &mut next_carried);
            iterations += 1;
            run.iteration(iterations, change)?;
        }
        let converged = options.fixed_iterations.is_some() || change <= tolerance;
        Ok(Scores { scores: ranks, iterations, change, converged })
    })
}

/// The sum of the values of `nodes`, in four interleaved sums so that additions need not wait for each
/// other.
#[inline]
fn gather(nodes: &[Node], values: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let mut quads = nodes.chunks_exact(4);
    for quad in &mut quads {
        for (sum, node) in sums.iter_mut().zip(quad) {
            *sum += values[*node as usize];
        }
    }
    let rest: f64 = quads.remainder().iter().map(|node| values[*node as usize]).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// The probability of jumping to each node, unless all are alike.
fn jumps(graph: &Graph, options: &PageRankOptions) -> Result<Option<Vec<f64>>> {
    let Some(personalization) = &options.personalization else { return Ok(None) };
    let mut jumps = vec![0.0; graph.nodes()];
    for (node, weight) in personalization {
        graph.check_node(*node)?;
        jumps[*node as usize] += weight;
    }
    let total: f64 = jumps.iter().sum();
    if total <= 0.0 {
        return Err(Error::InvalidOption {
            option: "personalization",
            reason: "the weights sum to zero".to_owned(),
        });
    }
    jumps.iter_mut().for_each(|jump| *jump /= total);
    Ok(Some(jumps))
}

fn check_options(options: &PageRankOptions) -> Result<()> {
    if !(0.0..=1.0).contains(&options.damping) {
        return Err(Error::InvalidOption {
            option: "damping",
            reason: format!("{} is not between 0 and 1", options.damping),
        });
    }
    if options.tolerance.is_nan() || options.tolerance < 0.0 {
        return Err(Error::InvalidOption {
            option: "tolerance",
            reason: format!("{} is not a positive number", options.tolerance),
        });
    }
    let invalid = |weight: f64| !weight.is_finite() || weight < 0.0;
    if let Some((node, weight)) =
        options.personalization.iter().flatten().find(|(_, weight)| invalid(*weight))
    {
        return Err(Error::InvalidOption {
            option: "personalization",
            reason: format!("node {node} has the weight {weight}"),
        });
    }
    Ok(())
}
