//! Communities by label propagation: each node takes the label most of its neighbours have.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::parallel::{self, Scratch};
use crate::random::Random;
use crate::{Adjacency, Direction, Error, Graph, Node, Result, Run};

/// When a node sees the new labels of its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LabelPropagationMode {
    /// In the next iteration; of equally frequent labels the smallest is taken (LDBC Graphalytics).
    #[default]
    Synchronous,
    /// At once; nodes come in a random order.
    Asynchronous,
}

/// Options of [`label_propagation`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelPropagationOptions {
    /// The most iterations to make. Default 10.
    pub max_iterations: u32,
    /// When a node sees the new labels of its neighbours. Default: in the next iteration.
    pub mode: LabelPropagationMode,
    /// The label each node begins with. Default: its number.
    pub labels: Option<Vec<u32>>,
    /// Neighbours count by the weight of the edge, if the graph has any. Default true.
    pub weighted: bool,
    /// The random order of the asynchronous mode. Default 42.
    pub seed: u64,
}

impl Default for LabelPropagationOptions {
    fn default() -> Self {
        Self {
            max_iterations: 10,
            mode: LabelPropagationMode::Synchronous,
            labels: None,
            weighted: true,
            seed: 42,
        }
    }
}

/// The label of each node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// The label of each node: the number of a node, or one of the labels given.
    pub label: Vec<u32>,
    /// How many iterations were made.
    pub iterations: u32,
    /// Whether the last iteration changed no label.
    pub converged: bool,
}

/// Spreads labels along the edges, both ways; an edge there and back counts twice.
pub fn label_propagation(
    graph: &Graph,
    options: &LabelPropagationOptions,
    run: &Run,
) -> Result<Labels> {
    let rows = graph.rows(Direction::Both, run)?;
    let nodes = graph.nodes();
    let weighted = options.weighted && graph.is_weighted();
    if weighted {
        graph.outgoing().check_not_negative(run)?;
    }
    // Labels are worked with by their rank, which keeps their order and lets them index an array.
    let (mut label, names) = match &options.labels {
        None => ((0..nodes as u32).collect::<Vec<_>>(), None),
        Some(labels) if labels.len() != nodes => {
            return Err(Error::InvalidOption {
                option: "labels",
                reason: format!("there are {} labels for {nodes} nodes", labels.len()),
            });
        }
        Some(labels) => {
            let mut names = labels.clone();
            names.sort_unstable();
            names.dedup();
            let rank = |label: &u32| names.partition_point(|name| name < label) as u32;
            (labels.iter().map(rank).collect(), Some(names))
        }
    };
    let _reservation = run.reserve::<u32>("label propagation", nodes * 4)?;
    run.phase("label_propagation", || {
        let (iterations, converged) = match options.mode {
            LabelPropagationMode::Synchronous => {
                synchronous(&rows, weighted, options, &mut label, run)?
            }
            LabelPropagationMode::Asynchronous => {
                asynchronous(&rows, weighted, options, &mut label, run)?
            }
        };
        if let Some(names) = names {
            label.iter_mut().for_each(|label| *label = names[*label as usize]);
        }
        Ok(Labels { label, iterations, converged })
    })
}

/// How often each label was seen at the neighbours of a node.
struct Counter {
    seen: Vec<f64>,
    row: Vec<u32>,
}

/// Up to this many neighbours, sorting their labels is quicker than counting in an array.
const FEW_NEIGHBORS: usize = 24;

impl Counter {
    /// The most frequent label at the neighbours of `node`, of several the smallest; its own if it has no
    /// neighbours.
    fn label(&mut self, rows: &[&Adjacency], weighted: bool, node: Node, label: &[u32]) -> u32 {
        let own = label[node as usize];
        let degree: usize = rows.iter().map(|rows| rows.degree(node)).sum();
        match degree {
            0 => return own,
            1 if !weighted => {
                let neighbor = rows.iter().find_map(|rows| rows.neighbors(node).first());
                return neighbor.map_or(own, |neighbor| label[*neighbor as usize]);
            }
            _ => {}
        }
        let mut best = (f64::NEG_INFINITY, own);
        let mut consider = |count: f64, label: u32| {
            if count > best.0 || (count == best.0 && label < best.1) {
                best = (count, label);
            }
        };
        if degree <= FEW_NEIGHBORS && !weighted {
            self.row.clear();
            for rows in rows {
                self.row.extend(rows.neighbors(node).iter().map(|target| label[*target as usize]));
            }
            self.row.sort_unstable();
            for run in self.row.chunk_by(|a, b| a == b) {
                consider(run.len() as f64, run[0]);
            }
            return best.1;
        }
        for rows in rows {
            for (target, weight) in rows.weighted_neighbors(node, weighted) {
                self.seen[label[target as usize] as usize] += weight;
            }
        }
        for rows in rows {
            for target in rows.neighbors(node) {
                let label = label[*target as usize];
                let seen = &mut self.seen[label as usize];
                // A label that was considered before is zero by now. One of weight zero only counts when
                // there is nothing else.
                consider(*seen, label);
                *seen = 0.0;
            }
        }
        best.1
    }
}

fn synchronous(
    rows: &[&Adjacency],
    weighted: bool,
    options: &LabelPropagationOptions,
    label: &mut Vec<u32>,
    run: &Run,
) -> Result<(u32, bool)> {
    let nodes = label.len();
    let scratch = Scratch::new(|| {
        let reservation = run.reserve::<f64>("label counts of a thread", nodes)?;
        Ok((Counter { seen: vec![0.0; nodes], row: Vec::new() }, reservation))
    });
    let mut next = label.clone();
    // Whether a neighbour changed, so that the node's label may.
    let mut active: Vec<AtomicBool> = Vec::new();
    let blocks = parallel::blocks(rows[0].offsets());
    for iteration in 0..options.max_iterations {
        let changed = parallel::fill(run, &blocks, &mut next, |block, next| {
            scratch.with(|(counter, _)| {
                let mut changed = 0;
                for (node, next) in block.zip(next) {
                    if active.get(node).is_some_and(|active| !active.load(Ordering::Relaxed)) {
                        *next = label[node];
                        continue;
                    }
                    *next = counter.label(rows, weighted, node as Node, label);
                    changed += usize::from(*next != label[node]);
                }
                changed
            })
        })?;
        let changed: usize = changed.into_iter().sum::<Result<usize>>()?;
        std::mem::swap(label, &mut next);
        run.iteration(iteration + 1, changed as f64)?;
        if changed == 0 {
            return Ok((iteration + 1, true));
        }
        active.clear();
        if changed < nodes / 8 {
            active.resize_with(nodes, AtomicBool::default);
            parallel::map(run, &blocks, |block| {
                for node in block.filter(|node| label[*node] != next[*node]) {
                    for rows in rows {
                        for target in rows.neighbors(node as Node) {
                            active[*target as usize].store(true, Ordering::Relaxed);
                        }
                    }
                }
            })?;
        }
    }
    Ok((options.max_iterations, nodes == 0))
}

fn asynchronous(
    rows: &[&Adjacency],
    weighted: bool,
    options: &LabelPropagationOptions,
    label: &mut [u32],
    run: &Run,
) -> Result<(u32, bool)> {
    let nodes = label.len();
    let _reservation = run.reserve::<f64>("label counts", nodes)?;
    let mut counter = Counter { seen: vec![0.0; nodes], row: Vec::new() };
    let mut order: Vec<Node> = (0..nodes as Node).collect();
    for iteration in 0..options.max_iterations {
        Random::new(options.seed, u64::from(iteration)).shuffle(&mut order);
        let mut changed = 0;
        for (index, node) in order.iter().enumerate() {
            if index % 1024 == 0 {
                run.check()?;
            }
            let new = counter.label(rows, weighted, *node, label);
            changed += usize::from(new != label[*node as usize]);
            label[*node as usize] = new;
        }
        run.iteration(iteration + 1, changed as f64)?;
        if changed == 0 {
            return Ok((iteration + 1, true));
        }
    }
    Ok((options.max_iterations, nodes == 0))
}
