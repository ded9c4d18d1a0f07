//! Compressed adjacency arrays: for each node, where its row of neighbours starts.
//!
//! ```text
//! offsets  0     2  3        6     one more than there are nodes
//! targets  1  4  0  2  2  3        the neighbours of node 0, then of node 1, …; each row sorted
//! weights  …                       aligned with the targets, when the edges have weights
//! ```

use crate::run::Reservation;
use crate::{Error, Node, Result, Run};

/// The rows of neighbours of all nodes. Rows are sorted by neighbour; parallel edges stand next to each
/// other, the lightest first.
#[derive(Debug)]
pub struct Adjacency {
    offsets: Vec<usize>,
    targets: Vec<Node>,
    weights: Option<Vec<f64>>,
    /// The memory of the arrays, given back with them.
    _reservation: Reservation,
}

impl Adjacency {
    /// Arrays whose rows are sorted and whose targets are below the number of rows.
    pub(crate) fn new(
        offsets: Vec<usize>,
        targets: Vec<Node>,
        weights: Option<Vec<f64>>,
        reservation: Reservation,
    ) -> Self {
        debug_assert_eq!(offsets.last(), Some(&targets.len()));
        Self { offsets, targets, weights, _reservation: reservation }
    }

    /// The number of bytes arrays of this size take.
    pub(crate) fn bytes(nodes: usize, edges: usize, weighted: bool) -> usize {
        (nodes + 1) * size_of::<usize>()
            + edges * (size_of::<Node>() + if weighted { size_of::<f64>() } else { 0 })
    }

    /// How many rows there are.
    pub fn nodes(&self) -> usize {
        self.offsets.len() - 1
    }

    /// How many neighbours all rows have together.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether no row has a neighbour.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// Where each row starts, and where the last one ends.
    pub fn offsets(&self) -> &[usize] {
        &self.offsets
    }

    /// The neighbours of all nodes, row after row.
    pub fn targets(&self) -> &[Node] {
        &self.targets
    }

    /// The weights, aligned with the targets.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// The positions of the row of `node`.
    #[inline]
    pub fn row(&self, node: Node) -> std::ops::Range<usize> {
        self.offsets[node as usize]..self.offsets[node as usize + 1]
    }

    /// How many neighbours `node` has, parallel edges counted each.
    #[inline]
    pub fn degree(&self, node: Node) -> usize {
        self.offsets[node as usize + 1] - self.offsets[node as usize]
    }

    /// The neighbours of `node`, sorted.
    #[inline]
    pub fn neighbors(&self, node: Node) -> &[Node] {
        &self.targets[self.row(node)]
    }

    /// The neighbours of `node` with the weights of the edges, 1 when there are none or they are not wanted.
    #[inline]
    pub fn weighted_neighbors(
        &self,
        node: Node,
        weighted: bool,
    ) -> impl Iterator<Item = (Node, f64)> + '_ {
        let row = self.row(node);
        let weights = match weighted {
            true => self.weights.as_ref().map(|weights| &weights[row.clone()]),
            false => None,
        };
        self.targets[row]
            .iter()
            .enumerate()
            .map(move |(index, target)| (*target, weights.map_or(1.0, |weights| weights[index])))
    }

    /// An error that names the first negative weight, if there is one.
    pub(crate) fn check_not_negative(&self, run: &Run) -> Result<()> {
        let Some(weights) = &self.weights else { return Ok(()) };
        for (chunk, values) in weights.chunks(1 << 16).enumerate() {
            run.check()?;
            if let Some(index) = values.iter().position(|weight| *weight < 0.0) {
                let position = (chunk << 16) + index;
                let source = self.offsets.partition_point(|offset| *offset <= position) - 1;
                return Err(Error::NegativeWeight {
                    source_node: source as Node,
                    target: self.targets[position],
                    weight: weights[position],
                });
            }
        }
        Ok(())
    }
}
