//! Work in blocks whose bounds do not depend on the number of threads, so that neither do sums.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::{Result, Run};

/// The most nodes of a block.
const BLOCK_NODES: usize = 1 << 14;
/// About the most edges of a block, unless one row has more.
const BLOCK_EDGES: usize = 1 << 16;

/// Ranges of nodes with about equally many edges, in order.
pub(crate) fn blocks(offsets: &[usize]) -> Vec<Range<usize>> {
    let nodes = offsets.len() - 1;
    let mut blocks = Vec::with_capacity(nodes / BLOCK_NODES + offsets[nodes] / BLOCK_EDGES + 1);
    let mut start = 0;
    while start < nodes {
        let last = nodes.min(start + BLOCK_NODES);
        let limit = offsets[start] + BLOCK_EDGES;
        let end = start + offsets[start + 1..=last].partition_point(|offset| *offset <= limit);
        let end = end.max(start + 1);
        blocks.push(start..end);
        start = end;
    }
    blocks
}

/// Ranges of equally many items, in order.
pub(crate) fn even_blocks(items: usize, size: usize) -> Vec<Range<usize>> {
    (0..items).step_by(size).map(|start| start..items.min(start + size)).collect()
}

/// Ranges of equally many nodes, in order.
pub(crate) fn node_blocks(nodes: usize) -> Vec<Range<usize>> {
    even_blocks(nodes, BLOCK_NODES)
}

/// What `work` makes of each block, in order.
pub(crate) fn map<T: Send>(
    run: &Run,
    blocks: &[Range<usize>],
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Result<Vec<T>> {
    blocks
        .par_iter()
        .with_max_len(1)
        .map(|block| {
            run.check()?;
            Ok(work(block.clone()))
        })
        .collect()
}

/// Lets `work` fill the part of `values` that belongs to each block; what it returns, in order.
pub(crate) fn fill<V: Send, T: Send>(
    run: &Run,
    blocks: &[Range<usize>],
    values: &mut [V],
    work: impl Fn(Range<usize>, &mut [V]) -> T + Sync,
) -> Result<Vec<T>> {
    let parts = split(values, blocks.iter().map(ExactSizeIterator::len));
    blocks
        .par_iter()
        .zip(parts)
        .with_max_len(1)
        .map(|(block, part)| {
            run.check()?;
            Ok(work(block.clone(), part))
        })
        .collect()
}

/// As [`fill`], with two arrays.
pub(crate) fn fill_two<V: Send, W: Send, T: Send>(
    run: &Run,
    blocks: &[Range<usize>],
    first: &mut [V],
    second: &mut [W],
    work: impl Fn(Range<usize>, &mut [V], &mut [W]) -> T + Sync,
) -> Result<Vec<T>> {
    let first = split(first, blocks.iter().map(ExactSizeIterator::len));
    let second = split(second, blocks.iter().map(ExactSizeIterator::len));
    blocks
        .par_iter()
        .zip(first)
        .zip(second)
        .with_max_len(1)
        .map(|((block, first), second)| {
            run.check()?;
            Ok(work(block.clone(), first, second))
        })
        .collect()
}

/// Consecutive parts of `values` of the given lengths; what is left over belongs to none.
pub(crate) fn split<V>(values: &mut [V], lengths: impl Iterator<Item = usize>) -> Vec<&mut [V]> {
    let mut rest = values;
    lengths
        .map(|length| {
            let (part, after) = std::mem::take(&mut rest).split_at_mut(length);
            rest = after;
            part
        })
        .collect()
}

/// Sums that are the same for any number of threads: each block's on its own, then those in order.
pub(crate) fn sum(run: &Run, nodes: usize, value: impl Fn(usize) -> f64 + Sync) -> Result<f64> {
    let sums = map(run, &node_blocks(nodes), |block| block.map(&value).sum::<f64>())?;
    Ok(sums.into_iter().sum())
}

/// Working memory each thread takes while it needs it and leaves for the next block.
pub(crate) struct Scratch<T, F> {
    free: Mutex<Vec<T>>,
    make: F,
}

impl<T, F: Fn() -> Result<T>> Scratch<T, F> {
    pub(crate) fn new(make: F) -> Self {
        Self { free: Mutex::default(), make }
    }

    /// Runs `work` with working memory nobody else uses.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> Result<R> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scratch = match free {
            Some(scratch) => scratch,
            None => (self.make)()?,
        };
        let result = work(&mut scratch);
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        Ok(result)
    }

    /// All the working memory there is.
    pub(crate) fn into_inner(self) -> Vec<T> {
        self.free.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
