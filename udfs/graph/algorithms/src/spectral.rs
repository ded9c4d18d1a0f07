//! Eigenvector and Katz centrality, hubs and authorities: centralities by repeated multiplication.

use crate::{Adjacency, Error, Graph, Node, Result, Run, Scores, parallel};

/// Options of [`eigenvector`].
#[derive(Debug, Clone, PartialEq)]
pub struct EigenvectorOptions {
    /// The most iterations to make. Default 100.
    pub max_iterations: u32,
    /// Stops when the scores together changed by less than this times the number of nodes. Default 1e-6.
    pub tolerance: f64,
    /// Edges count by their weight, if the graph has any. Default true.
    pub weighted: bool,
}

impl Default for EigenvectorOptions {
    fn default() -> Self {
        Self { max_iterations: 100, tolerance: 1e-6, weighted: true }
    }
}

/// Scores in proportion to the sum of the scores of the nodes that point here; their squares sum to one.
pub fn eigenvector(graph: &Graph, options: &EigenvectorOptions, run: &Run) -> Result<Scores> {
    let nodes = graph.nodes();
    let incoming = graph.incoming(run)?;
    let _reservation = run.reserve::<f64>("eigenvector centrality", nodes * 2)?;
    run.phase("eigenvector", || {
        let mut scores = vec![1.0 / nodes.max(1) as f64; nodes];
        let mut next = vec![0.0; nodes];
        let tolerance = options.tolerance * nodes as f64;
        for iteration in 1..=options.max_iterations {
            // The scores themselves are added, which keeps the iteration from swinging between two states.
            multiply(incoming, options.weighted, &scores, &mut next, run, |node, sum| {
                scores[node] + sum
            })?;
            normalize(&mut next, run)?;
            let change = difference(&scores, &next, run)?;
            std::mem::swap(&mut scores, &mut next);
            run.iteration(iteration, change)?;
            if change < tolerance || nodes == 0 {
                return Ok(Scores { scores, iterations: iteration, change, converged: true });
            }
        }
        let change = difference(&scores, &next, run)?;
        Ok(Scores { scores, iterations: options.max_iterations, change, converged: nodes == 0 })
    })
}

/// For each node `finish` of the weighted sum of the values of the nodes in its row.
fn multiply(
    rows: &Adjacency,
    weighted: bool,
    values: &[f64],
    sums: &mut [f64],
    run: &Run,
    finish: impl Fn(usize, f64) -> f64 + Sync,
) -> Result<()> {
    parallel::fill(run, &parallel::blocks(rows.offsets()), sums, |block, sums| {
        for (node, place) in block.zip(sums) {
            let mut sum = 0.0;
            for (target, weight) in rows.weighted_neighbors(node as Node, weighted) {
                sum += values[target as usize] * weight;
            }
            *place = finish(node, sum);
        }
    })?;
    Ok(())
}

/// Makes the squares of the values sum to one, if they are not all zero.
fn normalize(values: &mut [f64], run: &Run) -> Result<()> {
    let squares = parallel::sum(run, values.len(), |node| values[node] * values[node])?;
    scale(values, squares.sqrt(), run)
}

/// Divides the values, unless by zero.
fn scale(values: &mut [f64], by: f64, run: &Run) -> Result<()> {
    if by != 0.0 {
        let blocks = parallel::node_blocks(values.len());
        parallel::fill(run, &blocks, values, |_, values| {
            values.iter_mut().for_each(|value| *value /= by);
        })?;
    }
    Ok(())
}

fn difference(first: &[f64], second: &[f64], run: &Run) -> Result<f64> {
    parallel::sum(run, first.len(), |node| (first[node] - second[node]).abs())
}

/// Options of [`katz`].
#[derive(Debug, Clone, PartialEq)]
pub struct KatzOptions {
    /// How much of the score of the nodes that point here counts. Default 0.1.
    pub alpha: f64,
    /// The score every node has to begin with. Default 1.
    pub beta: f64,
    /// The most iterations to make. Default 1000.
    pub max_iterations: u32,
    /// Stops when the scores together changed by less than this times the number of nodes. Default 1e-6.
    pub tolerance: f64,
    /// Makes the squares of the scores sum to one. Default true.
    pub normalized: bool,
    /// Edges count by their weight, if the graph has any. Default true.
    pub weighted: bool,
}

impl Default for KatzOptions {
    fn default() -> Self {
        Self {
            alpha: 0.1,
            beta: 1.0,
            max_iterations: 1000,
            tolerance: 1e-6,
            normalized: true,
            weighted: true,
        }
    }
}

/// Scores by the number of walks that end here, longer ones counting less.
pub fn katz(graph: &Graph, options: &KatzOptions, run: &Run) -> Result<Scores> {
    if !options.alpha.is_finite() || !options.beta.is_finite() {
        return Err(Error::InvalidOption {
            option: if options.alpha.is_finite() { "beta" } else { "alpha" },
            reason: "it is not a finite number".to_owned(),
        });
    }
    let nodes = graph.nodes();
    let incoming = graph.incoming(run)?;
    let _reservation = run.reserve::<f64>("Katz centrality", nodes * 2)?;
    run.phase("katz", || {
        let mut scores = vec![0.0; nodes];
        let mut next = vec![0.0; nodes];
        let tolerance = options.tolerance * nodes as f64;
        let (mut change, mut iterations, mut converged) = (f64::INFINITY, 0, nodes == 0);
        while iterations < options.max_iterations && !converged {
            iterations += 1;
            multiply(incoming, options.weighted, &scores, &mut next, run, |_, sum| {
                options.alpha * sum + options.beta
            })?;
            change = difference(&scores, &next, run)?;
            std::mem::swap(&mut scores, &mut next);
            run.iteration(iterations, change)?;
            converged = change < tolerance;
            // With too large an alpha the scores grow without end.
            if !change.is_finite() {
                break;
            }
        }
        if options.normalized {
            normalize(&mut scores, run)?;
        }
        Ok(Scores { scores, iterations, change, converged })
    })
}

/// Options of [`hits`].
#[derive(Debug, Clone, PartialEq)]
pub struct HitsOptions {
    /// The most iterations to make. Default 100.
    pub max_iterations: u32,
    /// Stops when the hub scores together changed by less than this. Default 1e-8.
    pub tolerance: f64,
    /// Makes the scores sum to one, else the greatest is one. Default true.
    pub normalized: bool,
    /// Edges count by their weight, if the graph has any. Default true.
    pub weighted: bool,
}

impl Default for HitsOptions {
    fn default() -> Self {
        Self { max_iterations: 100, tolerance: 1e-8, normalized: true, weighted: true }
    }
}

/// Hubs and authorities.
#[derive(Debug, Clone, PartialEq)]
pub struct Hits {
    /// How good the nodes are that each node points to.
    pub hub: Vec<f64>,
    /// How good the nodes are that point to each node.
    pub authority: Vec<f64>,
    /// How many iterations were made.
    pub iterations: u32,
    /// The change of the last of them.
    pub change: f64,
    /// Whether that was within the tolerance.
    pub converged: bool,
}

/// Scores nodes as hubs, which point to good authorities, and as authorities, which good hubs point to.
pub fn hits(graph: &Graph, options: &HitsOptions, run: &Run) -> Result<Hits> {
    let nodes = graph.nodes();
    let (outgoing, incoming) = (graph.outgoing(), graph.incoming(run)?);
    let _reservation = run.reserve::<f64>("hubs and authorities", nodes * 3)?;
    run.phase("hits", || {
        let mut hub = vec![1.0 / nodes.max(1) as f64; nodes];
        let mut authority = vec![0.0; nodes];
        let mut next = vec![0.0; nodes];
        let (mut change, mut iterations, mut converged) = (f64::INFINITY, 0, nodes == 0);
        while iterations < options.max_iterations && !converged {
            iterations += 1;
            multiply(incoming, options.weighted, &hub, &mut authority, run, |_, sum| sum)?;
            multiply(outgoing, options.weighted, &authority, &mut next, run, |_, sum| sum)?;
            let total = parallel::sum(run, nodes, |node| next[node])?;
            scale(&mut next, total, run)?;
            change = difference(&hub, &next, run)?;
            std::mem::swap(&mut hub, &mut next);
            run.iteration(iterations, change)?;
            converged = change < options.tolerance;
        }
        let total = parallel::sum(run, nodes, |node| authority[node])?;
        if options.normalized {
            scale(&mut authority, total, run)?;
        } else {
            // Without a scale of their own, the greatest scores are one.
            for scores in [&mut hub, &mut authority] {
                let greatest = scores.iter().copied().fold(0.0, f64::max);
                scale(scores, greatest, run)?;
            }
        }
        Ok(Hits { hub, authority, iterations, change, converged })
    })
}
