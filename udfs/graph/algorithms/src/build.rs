//! From edges to rows, and from the rows to the other views of a graph.
//!
//! Rows are grouped in two steps so that no write misses the cache: edges are first dealt out to buckets
//! of neighbouring nodes, each block of edges into its own part of each bucket, and then each bucket is
//! counted and sorted by itself. Both steps keep the order, so grouping by target and then by source
//! leaves every row sorted without a comparison.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::parallel;
use crate::run::{Memory, Reservation};
use crate::{Adjacency, Edges, Error, Graph, NONE, Node, Result, Run};

/// Edges of a bucket, so that it stays in the second-level cache.
const BUCKET_EDGES: usize = 1 << 15;
/// The most buckets, so that their ends stay in the address cache.
const MAX_BUCKETS: usize = 512;

/// Where edges are read from: blocks of (row, neighbour, weight).
trait Source: Sync {
    /// How many blocks there are.
    fn blocks(&self) -> usize;
    /// Hands each edge of a block to `sink`.
    fn read(&self, block: usize, sink: impl FnMut(Node, Node, f64));
}

/// The columns of an edge list, grouped by target first.
struct Columns<'a> {
    edges: &'a Edges,
    blocks: Vec<Range<usize>>,
    directed: bool,
}

impl Source for Columns<'_> {
    fn blocks(&self) -> usize {
        self.blocks.len()
    }

    fn read(&self, block: usize, mut sink: impl FnMut(Node, Node, f64)) {
        let range = self.blocks[block].clone();
        let sources = &self.edges.source[range.clone()];
        let targets = &self.edges.target[range.clone()];
        let weights = self.edges.weight.as_ref().map(|weights| &weights[range]);
        for (index, (source, target)) in sources.iter().zip(targets).enumerate() {
            let weight = weights.map_or(1.0, |weights| weights[index]);
            sink(*target, *source, weight);
            if !self.directed && source != target {
                sink(*source, *target, weight);
            }
        }
    }
}

/// Rows, grouped by neighbour.
struct Rows<'a> {
    offsets: &'a [usize],
    targets: &'a [Node],
    weights: Option<&'a [f64]>,
    blocks: Vec<Range<usize>>,
}

impl<'a> Rows<'a> {
    fn new(offsets: &'a [usize], targets: &'a [Node], weights: Option<&'a [f64]>) -> Self {
        // Few large blocks: each has a part in each bucket.
        let edges = 1 << 16;
        let mut blocks: Vec<Range<usize>> = Vec::new();
        for block in parallel::blocks(offsets) {
            match blocks.last_mut() {
                Some(last) if offsets[block.end] - offsets[last.start] <= edges * 4 => {
                    last.end = block.end;
                }
                _ => blocks.push(block),
            }
        }
        Self { offsets, targets, weights, blocks }
    }
}

impl Source for Rows<'_> {
    fn blocks(&self) -> usize {
        self.blocks.len()
    }

    fn read(&self, block: usize, mut sink: impl FnMut(Node, Node, f64)) {
        for node in self.blocks[block].clone() {
            let row = self.offsets[node]..self.offsets[node + 1];
            let weights = self.weights.map(|weights| &weights[row.clone()]);
            for (index, target) in self.targets[row].iter().enumerate() {
                sink(*target, node as Node, weights.map_or(1.0, |weights| weights[index]));
            }
        }
    }
}

/// Rows before they belong to a graph.
struct Grouped {
    offsets: Vec<usize>,
    targets: Vec<Node>,
    weights: Option<Vec<f64>>,
    reservation: Reservation,
}

/// Groups the edges of `source` into rows, each in the order the edges are read.
fn group(
    source: &impl Source,
    nodes: usize,
    weighted: bool,
    memory: &Arc<dyn Memory>,
    run: &Run,
) -> Result<Grouped> {
    // How many edges each block has for each bucket, and so where its part of the bucket starts.
    let count: usize = {
        let counts: Result<Vec<usize>> = (0..source.blocks())
            .into_par_iter()
            .with_max_len(1)
            .map(|block| {
                run.check()?;
                let mut edges = 0;
                source.read(block, |_, _, _| edges += 1);
                Ok(edges)
            })
            .collect();
        counts?.into_iter().sum()
    };
    let wanted = (count / BUCKET_EDGES).clamp(1, MAX_BUCKETS).next_power_of_two();
    let shift = usize::BITS - (nodes.div_ceil(wanted)).next_power_of_two().leading_zeros() - 1;
    let buckets = (nodes >> shift) + 1;
    let counts: Vec<Vec<usize>> = (0..source.blocks())
        .into_par_iter()
        .with_max_len(1)
        .map(|block| {
            run.check()?;
            let mut counts = vec![0; buckets];
            source.read(block, |row, _, _| counts[row as usize >> shift] += 1);
            Ok(counts)
        })
        .collect::<Result<_>>()?;

    // Deal the edges out.
    let width = size_of::<u64>() + if weighted { size_of::<f64>() } else { 0 };
    let bytes = count * width;
    let _dealt = Reservation::new(Arc::clone(memory), "edges being grouped", bytes)?;
    let mut pairs = vec![0_u64; count];
    let mut pair_weights = vec![0.0_f64; if weighted { count } else { 0 }];
    let bucket_lengths: Vec<usize> =
        (0..buckets).map(|bucket| counts.iter().map(|counts| counts[bucket]).sum()).collect();
    {
        let lengths =
            || (0..buckets).flat_map(|bucket| counts.iter().map(move |counts| counts[bucket]));
        let parts = deal(parallel::split(&mut pairs, lengths()), counts.len());
        let weight_parts = match weighted {
            true => deal(parallel::split(&mut pair_weights, lengths()), counts.len()),
            false => counts.iter().map(|_| Vec::new()).collect(),
        };
        parts.into_par_iter().zip(weight_parts).enumerate().with_max_len(1).try_for_each(
            |(block, (mut parts, mut weights))| {
                run.check()?;
                let mut next = vec![0_usize; buckets];
                source.read(block, |row, neighbor, weight| {
                    let bucket = row as usize >> shift;
                    let place = next[bucket];
                    next[bucket] += 1;
                    parts[bucket][place] = u64::from(row) << 32 | u64::from(neighbor);
                    if weighted {
                        weights[bucket][place] = weight;
                    }
                });
                Ok(())
            },
        )?;
    }

    // Count and place the edges of each bucket.
    let bytes = Adjacency::bytes(nodes, count, weighted);
    let reservation = Reservation::new(Arc::clone(memory), "the edges", bytes)?;
    let mut offsets = vec![0_usize; nodes + 1];
    let mut targets = vec![0 as Node; count];
    let mut weights = weighted.then(|| vec![0.0_f64; count]);
    offsets[nodes] = count;
    let bucket_nodes = |bucket: usize| nodes.min(bucket << shift)..nodes.min((bucket + 1) << shift);
    let node_lengths = (0..buckets).map(|bucket| bucket_nodes(bucket).len());
    let target_parts = parallel::split(&mut targets, bucket_lengths.iter().copied());
    let weight_parts: Vec<&mut [f64]> = match &mut weights {
        Some(weights) => parallel::split(weights, bucket_lengths.iter().copied()),
        None => (0..buckets).map(|_| Default::default()).collect(),
    };
    let starts: Vec<usize> = bucket_lengths
        .iter()
        .scan(0, |start, length| {
            *start += length;
            Some(*start - length)
        })
        .collect();
    parallel::split(&mut offsets, node_lengths)
        .into_par_iter()
        .zip(target_parts)
        .zip(weight_parts)
        .enumerate()
        .with_max_len(1)
        .try_for_each(|(bucket, ((offsets, targets), weights))| {
            run.check()?;
            let first = bucket << shift;
            let range = starts[bucket]..starts[bucket] + bucket_lengths[bucket];
            let pairs = &pairs[range.clone()];
            for pair in pairs {
                offsets[(pair >> 32) as usize - first] += 1;
            }
            let mut end = 0;
            for offset in offsets.iter_mut() {
                end += *offset;
                *offset = end;
            }
            // From the back, each edge takes the last free place of its row, which leaves the offsets
            // at the start of their rows.
            for (index, pair) in pairs.iter().enumerate().rev() {
                let place = &mut offsets[(pair >> 32) as usize - first];
                *place -= 1;
                targets[*place] = *pair as Node;
                if weighted {
                    weights[*place] = pair_weights[range.start + index];
                }
            }
            for offset in offsets.iter_mut() {
                *offset += range.start;
            }
            Ok(())
        })?;
    Ok(Grouped { offsets, targets, weights, reservation })
}

/// From parts ordered by bucket and then by block, the parts of each block.
fn deal<T>(parts: Vec<&mut [T]>, blocks: usize) -> Vec<Vec<&mut [T]>> {
    let mut dealt: Vec<Vec<&mut [T]>> = (0..blocks).map(|_| Vec::new()).collect();
    for (index, part) in parts.into_iter().enumerate() {
        dealt[index % blocks].push(part);
    }
    dealt
}

/// Rows with the neighbours of `grouped` as rows: sorted.
fn flip(grouped: Grouped, nodes: usize, memory: &Arc<dyn Memory>, run: &Run) -> Result<Adjacency> {
    let rows = Rows::new(&grouped.offsets, &grouped.targets, grouped.weights.as_deref());
    let mut flipped = group(&rows, nodes, grouped.weights.is_some(), memory, run)?;
    drop(grouped);
    sort_parallel_weights(&mut flipped, run)?;
    Ok(finish(flipped))
}

fn finish(rows: Grouped) -> Adjacency {
    Adjacency::new(rows.offsets, rows.targets, rows.weights, rows.reservation)
}

/// Sorts the weights of parallel edges, whose order is otherwise that of the input and so not always the
/// same.
fn sort_parallel_weights(rows: &mut Grouped, run: &Run) -> Result<()> {
    let Some(weights) = &mut rows.weights else { return Ok(()) };
    let (offsets, targets) = (&rows.offsets, &rows.targets);
    let blocks = parallel::blocks(offsets);
    let edge_blocks: Vec<Range<usize>> =
        blocks.iter().map(|block| offsets[block.start]..offsets[block.end]).collect();
    let parts = parallel::split(weights, edge_blocks.iter().map(ExactSizeIterator::len));
    blocks.par_iter().zip(parts).with_max_len(1).try_for_each(|(block, weights)| {
        run.check()?;
        let first = offsets[block.start];
        for node in block.clone() {
            let row = offsets[node]..offsets[node + 1];
            let weights = &mut weights[row.start - first..row.end - first];
            let mut start = 0;
            for run in targets[row].chunk_by(|a, b| a == b) {
                if run.len() > 1 {
                    weights[start..start + run.len()].sort_unstable_by(f64::total_cmp);
                }
                start += run.len();
            }
        }
        Ok(())
    })
}

/// The rows of outgoing edges, or of both directions when the graph is undirected.
pub(crate) fn from_edges(
    edges: Edges,
    nodes: usize,
    directed: bool,
    run: &Run,
) -> Result<Adjacency> {
    if nodes >= NONE as usize {
        return Err(Error::TooManyNodes { nodes });
    }
    let (sources, targets) = (edges.source.len(), edges.target.len());
    let weights = edges.weight.as_ref().map_or(sources, Vec::len);
    if sources != targets || sources != weights {
        return Err(Error::UnequalColumns { sources, targets, weights });
    }
    // A source such as GraphAr has its edges in order, and needs no grouping.
    if directed && edges.source.is_sorted() {
        if let Some(node) = edges.source.last().filter(|node| **node as usize >= nodes) {
            return Err(Error::MissingNode { node: *node, nodes });
        }
        let offsets = offsets_of_sorted(&edges.source, nodes, run)?;
        return from_rows(offsets, edges.target, edges.weight, run);
    }
    let blocks = parallel::even_blocks(sources, 1 << 18);
    validate(&edges, &blocks, nodes, run)?;
    let weighted = edges.weight.is_some();
    let memory = run.memory();
    let columns = Columns { edges: &edges, blocks, directed };
    let grouped = group(&columns, nodes, weighted, memory, run)?;
    drop(edges);
    flip(grouped, nodes, memory, run)
}

/// Where the row of each node starts among sources that ascend.
fn offsets_of_sorted(sources: &[Node], nodes: usize, run: &Run) -> Result<Vec<usize>> {
    let mut offsets = vec![sources.len(); nodes + 1];
    parallel::fill(run, &parallel::node_blocks(nodes), &mut offsets[..nodes], |block, offsets| {
        let mut next = sources.partition_point(|source| (*source as usize) < block.start);
        for (node, offset) in block.zip(offsets) {
            while sources.get(next).is_some_and(|source| (*source as usize) < node) {
                next += 1;
            }
            *offset = next;
        }
    })?;
    Ok(offsets)
}

/// An error if an end of an edge is no node or a weight no number.
fn validate(edges: &Edges, blocks: &[Range<usize>], nodes: usize, run: &Run) -> Result<()> {
    let checks = parallel::map(run, blocks, |block| {
        for column in [&edges.source, &edges.target] {
            let greatest = column[block.clone()].iter().copied().fold(0, Node::max);
            if greatest as usize >= nodes {
                return Err(Error::MissingNode { node: greatest, nodes });
            }
        }
        if let Some(weights) = &edges.weight
            && let Some(index) =
                weights[block.clone()].iter().position(|weight| !weight.is_finite())
        {
            let index = block.start + index;
            return Err(Error::InvalidWeight {
                source_node: edges.source[index],
                target: edges.target[index],
                weight: weights[index],
            });
        }
        Ok(())
    })?;
    checks.into_iter().collect()
}

/// The graph of ready rows.
pub(crate) fn from_rows(
    offsets: Vec<usize>,
    targets: Vec<Node>,
    weights: Option<Vec<f64>>,
    run: &Run,
) -> Result<Adjacency> {
    let invalid = |reason: &str| Error::InvalidAdjacency { reason: reason.to_owned() };
    let nodes = offsets.len().checked_sub(1).ok_or_else(|| invalid("there are no offsets"))?;
    if nodes >= NONE as usize {
        return Err(Error::TooManyNodes { nodes });
    }
    if offsets[0] != 0 || offsets[nodes] != targets.len() || !offsets.is_sorted() {
        return Err(invalid("the offsets do not ascend from zero to the number of targets"));
    }
    if weights.as_ref().is_some_and(|weights| weights.len() != targets.len()) {
        return Err(invalid("there are not as many weights as targets"));
    }
    let blocks = parallel::blocks(&offsets);
    let row = |node: usize| &targets[offsets[node]..offsets[node + 1]];
    let sorted: Vec<Result<bool>> = parallel::map(run, &blocks, |block| {
        let mut sorted = true;
        for node in block {
            for target in row(node) {
                if *target as usize >= nodes {
                    return Err(Error::MissingNode { node: *target, nodes });
                }
            }
            sorted &= row(node).is_sorted();
            let weights =
                weights.as_ref().map(|weights| &weights[offsets[node]..offsets[node + 1]]);
            if let Some(index) = weights.and_then(|row| row.iter().position(|w| !w.is_finite())) {
                return Err(Error::InvalidWeight {
                    source_node: node as Node,
                    target: row(node)[index],
                    weight: weights.map_or(f64::NAN, |row| row[index]),
                });
            }
        }
        Ok(sorted)
    })?;
    let sorted = sorted.into_iter().try_fold(true, |all, block| Ok(all & block?))?;
    let memory = run.memory();
    let bytes = Adjacency::bytes(nodes, targets.len(), weights.is_some());
    let reservation = Reservation::new(Arc::clone(memory), "the edges", bytes)?;
    let mut rows = Grouped { offsets, targets, weights, reservation };
    if sorted {
        sort_parallel_weights(&mut rows, run)?;
        return Ok(finish(rows));
    }
    // Grouped by target and again by source, rows come out sorted.
    let source = Rows::new(&rows.offsets, &rows.targets, rows.weights.as_deref());
    let grouped = group(&source, nodes, rows.weights.is_some(), memory, run)?;
    drop(rows);
    flip(grouped, nodes, memory, run)
}

/// The rows of incoming edges.
pub(crate) fn transpose(graph: &Graph, memory: &Arc<dyn Memory>, run: &Run) -> Result<Adjacency> {
    let out = graph.outgoing();
    let rows = Rows::new(out.offsets(), out.targets(), out.weights());
    Ok(finish(group(&rows, graph.nodes(), graph.is_weighted(), memory, run)?))
}

/// Hands the neighbours of a node in both directions to `sink`, in order; those of two sorted rows.
fn merge_rows(first: &[Node], second: &[Node], mut sink: impl FnMut(Node, bool, usize)) {
    let (mut i, mut j) = (0, 0);
    while i < first.len() && j < second.len() {
        if first[i] <= second[j] {
            sink(first[i], true, i);
            i += 1;
        } else {
            sink(second[j], false, j);
            j += 1;
        }
    }
    for (index, target) in first.iter().enumerate().skip(i) {
        sink(*target, true, index);
    }
    for (index, target) in second.iter().enumerate().skip(j) {
        sink(*target, false, index);
    }
}

fn row_weights(rows: &Adjacency, node: Node) -> Option<&[f64]> {
    rows.weights().map(|weights| &weights[rows.row(node)])
}

/// The undirected rows without self-loops, parallel edges and weights.
pub(crate) fn simple(graph: &Graph, memory: &Arc<dyn Memory>, run: &Run) -> Result<Adjacency> {
    undirected(graph, memory, run, false, false)
}

/// The undirected rows with the sums of the weights of parallel edges.
pub(crate) fn merged(graph: &Graph, memory: &Arc<dyn Memory>, run: &Run) -> Result<Adjacency> {
    undirected(graph, memory, run, true, true)
}

/// The undirected rows with the numbers of parallel edges as weights.
pub(crate) fn counted(graph: &Graph, memory: &Arc<dyn Memory>, run: &Run) -> Result<Adjacency> {
    undirected(graph, memory, run, true, false)
}

/// The undirected rows where each neighbour stands once; with weights, self-loops are kept, and
/// parallel edges are summed up or counted.
fn undirected(
    graph: &Graph,
    memory: &Arc<dyn Memory>,
    run: &Run,
    weighted: bool,
    sums: bool,
) -> Result<Adjacency> {
    let nodes = graph.nodes();
    let out = graph.outgoing();
    let back = match graph.is_directed() {
        true => Some(graph.incoming(run)?),
        false => None,
    };
    let back_row = |node: Node| back.map_or(&[][..], |back| back.neighbors(node));
    let blocks = match back {
        Some(back) => parallel::blocks(
            &out.offsets().iter().zip(back.offsets()).map(|(a, b)| a + b).collect::<Vec<_>>(),
        ),
        None => parallel::blocks(out.offsets()),
    };
    let reservation = Reservation::new(
        Arc::clone(memory),
        "undirected edges",
        Adjacency::bytes(nodes, 0, false),
    )?;
    let mut offsets = vec![0_usize; nodes + 1];
    parallel::fill(run, &blocks, &mut offsets[..nodes], |block, counts| {
        for (node, count) in block.zip(counts) {
            let node = node as Node;
            let mut last = NONE;
            merge_rows(out.neighbors(node), back_row(node), |target, _, _| {
                *count += usize::from(target != last && (weighted || target != node));
                last = target;
            });
        }
    })?;
    let mut total = 0;
    for offset in &mut offsets {
        total += *offset;
        *offset = total - *offset;
    }
    let mut reservation = reservation;
    let width = size_of::<Node>() + if weighted { size_of::<f64>() } else { 0 };
    reservation.grow("undirected edges", total * width)?;
    let mut targets = vec![0 as Node; total];
    let mut weights = vec![0.0_f64; if weighted { total } else { 0 }];
    let lengths = || blocks.iter().map(|block| offsets[block.end] - offsets[block.start]);
    let weight_parts = match weighted {
        true => parallel::split(&mut weights, lengths()),
        false => blocks.iter().map(|_| Default::default()).collect(),
    };
    parallel::split(&mut targets, lengths())
        .into_par_iter()
        .zip(weight_parts)
        .zip(&blocks)
        .with_max_len(1)
        .try_for_each(|((targets, weights), block)| {
            run.check()?;
            let mut next = 0;
            for node in block.clone() {
                let node = node as Node;
                let (out_weights, back_weights) = match sums {
                    true => (row_weights(out, node), back.and_then(|back| row_weights(back, node))),
                    false => (None, None),
                };
                let mut last = NONE;
                merge_rows(out.neighbors(node), back_row(node), |target, outgoing, index| {
                    // A self-loop stands in both rows of a directed graph and counts once.
                    if target == node && (!weighted || !outgoing) {
                        return;
                    }
                    if target != last {
                        targets[next] = target;
                        next += 1;
                        last = target;
                    }
                    if weighted {
                        let row = if outgoing { out_weights } else { back_weights };
                        weights[next - 1] += row.map_or(1.0, |weights| weights[index]);
                    }
                });
            }
            Ok(())
        })?;
    Ok(Adjacency::new(offsets, targets, weighted.then_some(weights), reservation))
}
