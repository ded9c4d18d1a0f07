//! What Louvain and Leiden share: a level of the graph, moving its nodes between communities, and making
//! each community a node of the next level.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use crate::parallel::{self, Scratch};
use crate::random::Random;
use crate::{Adjacency, Node, Result, Run};

/// An undirected graph whose nodes may stand for many. A row may name its own node, which does not count:
/// edges inside a node are kept apart.
pub(crate) struct Level<'graph> {
    pub(crate) offsets: Cow<'graph, [usize]>,
    pub(crate) targets: Cow<'graph, [Node]>,
    pub(crate) weights: Cow<'graph, [f64]>,
    /// The weight of the edges at each node, those inside it twice.
    pub(crate) strength: Vec<f64>,
    /// The weight of the edges inside each node.
    pub(crate) inside: Vec<f64>,
    /// The sum of the strengths: twice the weight of all edges.
    pub(crate) total: f64,
}

impl<'graph> Level<'graph> {
    /// The level of the graph itself.
    pub(crate) fn of(rows: &'graph Adjacency, run: &Run) -> Result<Self> {
        let nodes = rows.nodes();
        let weights = match rows.weights() {
            Some(weights) => Cow::Borrowed(weights),
            None => Cow::Owned(vec![1.0; rows.len()]),
        };
        let mut inside = vec![0.0; nodes];
        parallel::fill(run, &parallel::blocks(rows.offsets()), &mut inside, |block, inside| {
            for (node, inside) in block.zip(inside) {
                let node = node as Node;
                if let Ok(place) = rows.neighbors(node).binary_search(&node) {
                    *inside = weights[rows.row(node).start + place];
                }
            }
        })?;
        let mut level = Self {
            offsets: Cow::Borrowed(rows.offsets()),
            targets: Cow::Borrowed(rows.targets()),
            weights,
            strength: vec![0.0; nodes],
            inside,
            total: 0.0,
        };
        level.weigh(run)?;
        Ok(level)
    }

    fn weigh(&mut self, run: &Run) -> Result<()> {
        let strength = |node: usize| {
            let edges: f64 = self.edges(node as Node).map(|(_, weight)| weight).sum();
            edges + 2.0 * self.inside[node]
        };
        let mut strengths = vec![0.0; self.nodes()];
        parallel::fill(run, &parallel::blocks(&self.offsets), &mut strengths, |block, places| {
            block.zip(places).for_each(|(node, place)| *place = strength(node));
        })?;
        self.strength = strengths;
        self.total = parallel::sum(run, self.strength.len(), |node| self.strength[node])?;
        Ok(())
    }

    pub(crate) fn nodes(&self) -> usize {
        self.inside.len()
    }

    /// The edges of a node to others, with their weights.
    #[inline]
    pub(crate) fn edges(&self, node: Node) -> impl Iterator<Item = (Node, f64)> + '_ {
        let row = self.row(node);
        let edges =
            self.targets[row.clone()].iter().copied().zip(self.weights[row].iter().copied());
        edges.filter(move |(target, _)| *target != node)
    }

    #[inline]
    pub(crate) fn row(&self, node: Node) -> Range<usize> {
        self.offsets[node as usize]..self.offsets[node as usize + 1]
    }

    /// How much more of the edges is inside communities than would be by chance.
    pub(crate) fn modularity(&self, community: &[u32], resolution: f64, run: &Run) -> Result<f64> {
        if self.total <= 0.0 {
            return Ok(0.0);
        }
        let within = parallel::map(run, &parallel::blocks(&self.offsets), |block| {
            let mut within = 0.0;
            for node in block {
                within += 2.0 * self.inside[node];
                for (target, weight) in self.edges(node as Node) {
                    if community[target as usize] == community[node] {
                        within += weight;
                    }
                }
            }
            within
        })?;
        let mut strength = vec![0.0; self.nodes()];
        for (node, community) in community.iter().enumerate() {
            strength[*community as usize] += self.strength[node];
        }
        let expected: f64 = strength.iter().map(|strength| (strength / self.total).powi(2)).sum();
        Ok(within.into_iter().sum::<f64>() / self.total - resolution * expected)
    }

    /// The level whose nodes are the communities, which are numbered from zero without gaps.
    pub(crate) fn contract(
        &self,
        community: &[u32],
        count: usize,
        run: &Run,
    ) -> Result<Level<'static>> {
        // The nodes of each community, by counting.
        let mut starts = vec![0_usize; count + 1];
        community.iter().for_each(|community| starts[*community as usize + 1] += 1);
        for place in 0..count {
            starts[place + 1] += starts[place];
        }
        let mut members = vec![0 as Node; community.len()];
        let mut next = starts.clone();
        for (node, community) in community.iter().enumerate() {
            members[next[*community as usize]] = node as Node;
            next[*community as usize] += 1;
        }
        let mut edges = vec![0_usize; count + 1];
        for place in 0..count {
            let nodes = &members[starts[place]..starts[place + 1]];
            edges[place + 1] =
                edges[place] + nodes.iter().map(|node| self.row(*node).len()).sum::<usize>();
        }
        let blocks = parallel::blocks(&edges);
        let scratch = Scratch::new(|| {
            let reservation = run.reserve::<f64>("weights between communities", count)?;
            Ok((Tally::new(count), reservation))
        });
        let parts = parallel::map(run, &blocks, |block| {
            scratch.with(|(tally, _)| {
                let mut part = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
                for own in block {
                    let mut inside = 0.0;
                    for node in &members[starts[own]..starts[own + 1]] {
                        inside += self.inside[*node as usize];
                        for (target, weight) in self.edges(*node) {
                            tally.add(community[target as usize], weight);
                        }
                    }
                    tally.touched.sort_unstable();
                    let before = part.0.len();
                    for other in &tally.touched {
                        let weight = tally.weight[*other as usize];
                        if *other as usize == own {
                            // Every edge inside was met from both ends.
                            inside += weight / 2.0;
                        } else {
                            part.0.push(*other);
                            part.1.push(weight);
                        }
                    }
                    tally.clear();
                    part.2.push(part.0.len() - before);
                    part.3.push(inside);
                }
                part
            })
        })?;
        let mut offsets = Vec::with_capacity(count + 1);
        let (mut targets, mut weights) = (Vec::new(), Vec::new());
        let mut inside = Vec::with_capacity(count);
        let mut end = 0;
        offsets.push(0);
        for part in parts {
            let part = part?;
            for length in part.2 {
                end += length;
                offsets.push(end);
            }
            targets.extend(part.0);
            weights.extend(part.1);
            inside.extend(part.3);
        }
        let mut level = Level {
            offsets: Cow::Owned(offsets),
            targets: Cow::Owned(targets),
            weights: Cow::Owned(weights),
            strength: vec![0.0; count],
            inside,
            total: 0.0,
        };
        level.weigh(run)?;
        Ok(level)
    }
}

/// The weight of edges by community.
pub(crate) struct Tally {
    pub(crate) weight: Vec<f64>,
    pub(crate) touched: Vec<u32>,
    seen: Vec<bool>,
}

impl Tally {
    pub(crate) fn new(communities: usize) -> Self {
        Self { weight: vec![0.0; communities], touched: Vec::new(), seen: vec![false; communities] }
    }

    #[inline]
    pub(crate) fn add(&mut self, community: u32, weight: f64) {
        let place = community as usize;
        if !self.seen[place] {
            self.seen[place] = true;
            self.touched.push(community);
        }
        self.weight[place] += weight;
    }

    pub(crate) fn clear(&mut self) {
        for community in self.touched.drain(..) {
            self.weight[community as usize] = 0.0;
            self.seen[community as usize] = false;
        }
    }
}

/// Nodes looked at together before any of them moves; small against the graph, so that few of them are
/// neighbours.
const BATCH: usize = 1 << 9;
/// Nodes that stay next to each other in the random order, because their rows do.
const TOGETHER: usize = 64;

/// How nodes may move.
pub(crate) struct Moving {
    pub(crate) resolution: f64,
    /// The most sweeps over the nodes.
    pub(crate) sweeps: u32,
    /// A sweep that gains less modularity is the last.
    pub(crate) tolerance: f64,
    pub(crate) seed: u64,
}

/// Moves nodes to the neighbouring communities where modularity gains most, until none gains. The nodes of
/// a batch are looked at by all threads and then moved one after the other, so that the result does not
/// depend on the number of threads. Gives the modularity gained.
pub(crate) fn move_nodes(
    level: &Level<'_>,
    community: &mut [u32],
    moving: &Moving,
    run: &Run,
) -> Result<f64> {
    let nodes = level.nodes();
    if level.total <= 0.0 {
        return Ok(0.0);
    }
    let mut strength = vec![0.0; nodes];
    for node in 0..nodes {
        strength[community[node] as usize] += level.strength[node];
    }
    let scratch = Scratch::new(|| {
        let reservation = run.reserve::<[f64; 2]>("weights to communities", nodes)?;
        Ok((Tally::new(nodes), reservation))
    });
    let mut gained = 0.0;
    let mut active = vec![true; nodes];
    // The batch in which a node last left each community.
    let mut left = vec![0_u32; nodes];
    let mut batches = 0;
    for sweep in 0..moving.sweeps {
        let mut groups: Vec<usize> = (0..nodes.div_ceil(TOGETHER)).collect();
        Random::new(moving.seed, u64::from(sweep)).shuffle(&mut groups);
        let mut queue: Vec<Node> = Vec::with_capacity(nodes);
        for group in groups {
            let group = group * TOGETHER..nodes.min((group + 1) * TOGETHER);
            queue.extend(group.map(|node| node as Node).filter(|node| active[*node as usize]));
        }
        let before = gained;
        // On a small level batches are smaller too, or all nodes would move at once.
        let batch = BATCH.min(nodes / 128).max(1);
        for batch in queue.chunks(batch) {
            batches += 1;
            let look = |part: &[Node]| {
                run.check()?;
                scratch.with(|(tally, _)| {
                    let best = |node: &Node| {
                        best_community(level, community, &strength, moving, tally, *node)
                    };
                    part.iter().map(best).collect::<Vec<_>>()
                })
            };
            let wanted: Vec<Vec<Wanted>> = match batch.len() < 128 {
                true => vec![look(batch)?],
                false => batch.par_chunks(64).map(look).collect::<Result<_>>()?,
            };
            for (node, wanted) in batch.iter().zip(wanted.into_iter().flatten()) {
                let place = *node as usize;
                active[place] = false;
                let (old, new) = (community[place], wanted.community);
                if old == new {
                    continue;
                }
                // Whom the node wanted to join may have gone, perhaps to where the node is now.
                if left[new as usize] == batches {
                    active[place] = true;
                    continue;
                }
                // Others of the batch may have moved in before.
                let expected = |strength: f64| moving.resolution * level.strength[place] * strength;
                let gain = wanted.weight
                    - (expected(strength[new as usize])
                        - expected(strength[old as usize] - level.strength[place]))
                        / level.total;
                if gain <= 0.0 {
                    active[place] = true;
                    continue;
                }
                gained += 2.0 * gain / level.total;
                strength[old as usize] -= level.strength[place];
                strength[new as usize] += level.strength[place];
                left[old as usize] = batches;
                community[place] = new;
                for target in &level.targets[level.row(*node)] {
                    if community[*target as usize] != new {
                        active[*target as usize] = true;
                    }
                }
            }
        }
        run.iteration(sweep + 1, gained - before)?;
        if gained - before < moving.tolerance {
            break;
        }
    }
    Ok(gained)
}

/// Where a node would go.
struct Wanted {
    community: u32,
    /// The weight of its edges there, less that of its edges to where it is.
    weight: f64,
}

fn best_community(
    level: &Level<'_>,
    community: &[u32],
    strength: &[f64],
    moving: &Moving,
    tally: &mut Tally,
    node: Node,
) -> Wanted {
    let own = community[node as usize];
    for (target, weight) in level.edges(node) {
        tally.add(community[target as usize], weight);
    }
    let own_strength = level.strength[node as usize];
    let factor = moving.resolution * own_strength / level.total;
    let here = tally.weight[own as usize];
    let mut best = (here - factor * (strength[own as usize] - own_strength), own);
    for other in &tally.touched {
        if *other == own {
            continue;
        }
        let gain = tally.weight[*other as usize] - factor * strength[*other as usize];
        if gain > best.0 + 1e-12 || (gain > best.0 - 1e-12 && best.1 != own && *other < best.1) {
            best = (gain, *other);
        }
    }
    let weight = tally.weight[best.1 as usize] - here;
    tally.clear();
    Wanted { community: best.1, weight }
}

/// Numbers communities without gaps by their smallest nodes; how many there are.
pub(crate) fn renumber(community: &mut [u32]) -> usize {
    let mut number = vec![u32::MAX; community.len()];
    let mut count = 0;
    for community in community.iter_mut() {
        let number = &mut number[*community as usize];
        if *number == u32::MAX {
            *number = count;
            count += 1;
        }
        *community = *number;
    }
    count as usize
}
