//! How alike nodes are by the neighbours they share.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::parallel::Scratch;
use crate::{Adjacency, Direction, Graph, Node, Pairs, Result, Run};

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
    // Each neighbour counts once.
    let rows = match (graph.is_directed(), options.direction) {
        (false, _) | (true, Direction::Both) => vec![graph.simple(run)?],
        (true, direction) => graph.rows(direction, run)?,
    };
    let rows = rows[0];
    let back = match (graph.is_directed(), options.direction) {
        (false, _) | (true, Direction::Both) => rows,
        (true, Direction::Out) => graph.incoming(run)?,
        (true, Direction::In) => graph.outgoing(),
    };
    let nodes = graph.nodes();
    let _reservation = run.reserve::<u32>("similarities", nodes * 2)?;
    run.phase("node_similarity", || {
        let neighborhoods = Neighborhoods::new(rows, back, options.metric, run)?;
        let scratch = Scratch::new(|| {
            let reservation = run.reserve::<[f64; 3]>("similarities of a thread", nodes)?;
            Ok((Shared::new(nodes), reservation))
        });
        let parts: Vec<Vec<(Node, Node, f64)>> = (0..nodes.div_ceil(64))
            .into_par_iter()
            .with_max_len(1)
            .map(|part| {
                scratch.with(|(shared, _)| {
                    let mut pairs = Vec::new();
                    for node in part * 64..nodes.min((part + 1) * 64) {
                        let node = node as Node;
                        if neighborhoods.degree[node as usize] < options.degree_cutoff.max(1) as u32
                        {
                            continue;
                        }
                        run.check()?;
                        neighborhoods.most_similar(node, options, shared, run)?;
                        pairs.extend(
                            shared.found.iter().map(|(score, other)| (node, *other, *score)),
                        );
                    }
                    Ok(pairs)
                })?
            })
            .collect::<Result<_>>()?;
        let mut pairs = Pairs::default();
        for (node, other, score) in parts.into_iter().flatten() {
            pairs.push(node, other, score);
        }
        Ok(pairs)
    })
}

/// The sets of neighbours that are compared.
struct Neighborhoods<'a> {
    rows: &'a Adjacency,
    back: &'a Adjacency,
    metric: Metric,
    /// The number of different neighbours of each node.
    degree: Vec<u32>,
    /// What each node counts when it is shared.
    weight: Vec<f64>,
}

/// What nodes share with one node.
struct Shared {
    weight: Vec<f64>,
    touched: Vec<Node>,
    seen: Vec<bool>,
    found: Vec<(f64, Node)>,
}

impl Shared {
    fn new(nodes: usize) -> Self {
        Self {
            weight: vec![0.0; nodes],
            touched: Vec::new(),
            seen: vec![false; nodes],
            found: Vec::new(),
        }
    }
}

impl<'a> Neighborhoods<'a> {
    fn new(rows: &'a Adjacency, back: &'a Adjacency, metric: Metric, run: &Run) -> Result<Self> {
        let distinct = |rows: &Adjacency| -> Vec<u32> {
            (0..rows.nodes())
                .into_par_iter()
                .map(|node| rows.neighbors(node as Node).chunk_by(|a, b| a == b).count() as u32)
                .collect()
        };
        let degree = distinct(rows);
        run.check()?;
        let weight = match metric {
            Metric::AdamicAdar | Metric::ResourceAllocation => {
                let shared = if std::ptr::eq(rows, back) { degree.clone() } else { distinct(back) };
                shared.into_iter().map(|degree| metric.weight(f64::from(degree))).collect()
            }
            _ => Vec::new(),
        };
        Ok(Self { rows, back, metric, degree, weight })
    }

    /// Leaves in `shared` the nodes most similar to `node`.
    fn most_similar(
        &self,
        node: Node,
        options: &SimilarityOptions,
        shared: &mut Shared,
        run: &Run,
    ) -> Result<()> {
        let mut steps = 0;
        for middles in self.rows.neighbors(node).chunk_by(|a, b| a == b) {
            let weight = self.weight.get(middles[0] as usize).copied().unwrap_or(1.0);
            let others = self.back.neighbors(middles[0]);
            steps += others.len();
            if steps > 1 << 16 {
                steps = 0;
                run.check()?;
            }
            for others in others.chunk_by(|a, b| a == b) {
                let other = others[0] as usize;
                if !shared.seen[other] {
                    shared.seen[other] = true;
                    shared.touched.push(others[0]);
                }
                shared.weight[other] += weight;
            }
        }
        shared.found.clear();
        for other in shared.touched.drain(..) {
            let place = other as usize;
            let common = std::mem::take(&mut shared.weight[place]);
            shared.seen[place] = false;
            if other == node || self.degree[place] < options.degree_cutoff as u32 {
                continue;
            }
            let degrees = (f64::from(self.degree[node as usize]), f64::from(self.degree[place]));
            let score = self.metric.score(common, degrees);
            if score >= options.similarity_cutoff {
                shared.found.push((score, other));
            }
        }
        let order = |a: &(f64, Node), b: &(f64, Node)| -> Ordering {
            b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
        };
        if options.top_k < shared.found.len() {
            if options.top_k > 0 {
                shared.found.select_nth_unstable_by(options.top_k - 1, order);
            }
            shared.found.truncate(options.top_k);
        }
        shared.found.sort_unstable_by(order);
        Ok(())
    }
}

impl Metric {
    /// What a shared neighbour with `degree` neighbours counts.
    fn weight(self, degree: f64) -> f64 {
        match self {
            // A node with one neighbour is shared by nobody else.
            Self::AdamicAdar if degree > 1.0 => 1.0 / degree.ln(),
            Self::ResourceAllocation if degree > 0.0 => 1.0 / degree,
            Self::AdamicAdar | Self::ResourceAllocation => 0.0,
            _ => 1.0,
        }
    }

    /// The likeness of two nodes with these numbers of neighbours, of which they share so many.
    fn score(self, common: f64, degrees: (f64, f64)) -> f64 {
        let share = |of: f64| if of > 0.0 { common / of } else { 0.0 };
        match self {
            Self::Jaccard => share(degrees.0 + degrees.1 - common),
            Self::Overlap => share(degrees.0.min(degrees.1)),
            Self::Cosine => share((degrees.0 * degrees.1).sqrt()),
            Self::CommonNeighbors | Self::AdamicAdar | Self::ResourceAllocation => common,
            Self::PreferentialAttachment => degrees.0 * degrees.1,
        }
    }
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
    let simple = graph.simple(run)?;
    let Some(pairs) = &options.pairs else { return unlinked(simple, options.metric, run) };
    for (first, second) in pairs {
        graph.check_nodes(&[*first, *second])?;
    }
    let _reservation = run.reserve::<[f64; 2]>("similarities", pairs.len())?;
    run.phase("link_prediction", || {
        let neighborhoods = Neighborhoods::new(simple, simple, options.metric, run)?;
        let value = pairs
            .par_iter()
            .map(|(first, second)| {
                run.check()?;
                Ok(neighborhoods.score(*first, *second))
            })
            .collect::<Result<Vec<f64>>>()?;
        let (source, target) = pairs.iter().copied().unzip();
        Ok(Pairs { source, target, value })
    })
}

impl Neighborhoods<'_> {
    fn score(&self, first: Node, second: Node) -> f64 {
        let (mut a, mut b) = (self.rows.neighbors(first), self.rows.neighbors(second));
        let mut common = 0.0;
        while let ([x, after_x @ ..], [y, after_y @ ..]) = (a, b) {
            match x.cmp(y) {
                Ordering::Less => a = after_x,
                Ordering::Greater => b = after_y,
                Ordering::Equal => {
                    common += self.weight.get(*x as usize).copied().unwrap_or(1.0);
                    (a, b) = (after_x, after_y);
                }
            }
        }
        let degree = |node: Node| f64::from(self.degree[node as usize]);
        self.metric.score(common, (degree(first), degree(second)))
    }
}

/// All pairs of nodes that share a neighbour but no edge, the smaller node first.
fn unlinked(simple: &Adjacency, metric: Metric, run: &Run) -> Result<Pairs> {
    let nodes = simple.nodes();
    run.phase("link_prediction", || {
        let neighborhoods = Neighborhoods::new(simple, simple, metric, run)?;
        let options = SimilarityOptions {
            metric,
            top_k: usize::MAX,
            similarity_cutoff: f64::NEG_INFINITY,
            ..SimilarityOptions::default()
        };
        let scratch = Scratch::new(|| {
            let reservation = run.reserve::<[f64; 3]>("similarities of a thread", nodes)?;
            Ok((Shared::new(nodes), reservation))
        });
        let parts = (0..nodes as Node).into_par_iter().with_max_len(64).map(|node| {
            run.check()?;
            scratch.with(|(shared, _)| {
                neighborhoods.most_similar(node, &options, shared, run)?;
                let linked = simple.neighbors(node);
                let mut pairs: Vec<(Node, f64)> = shared
                    .found
                    .iter()
                    .filter(|(_, other)| *other > node && linked.binary_search(other).is_err())
                    .map(|(score, other)| (*other, *score))
                    .collect();
                pairs.sort_unstable_by_key(|pair| pair.0);
                let reservation = run.reserve::<[f64; 2]>("similarities", pairs.len())?;
                Ok((pairs, reservation))
            })?
        });
        let parts: Vec<_> = parts.collect::<Result<_>>()?;
        let mut pairs = Pairs::default();
        for (node, (part, _)) in parts.iter().enumerate() {
            for (other, score) in part {
                pairs.push(node as Node, *other, *score);
            }
        }
        Ok(pairs)
    })
}
