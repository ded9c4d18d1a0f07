//! Options and results several algorithms share.

use crate::Node;

/// Which way edges are followed. In an undirected graph there is only one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// From source to target.
    #[default]
    Out,
    /// From target to source.
    In,
    /// Both ways.
    Both,
}

/// A score for each node, reached by iteration.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// The score of each node.
    pub scores: Vec<f64>,
    /// How many iterations were made.
    pub iterations: u32,
    /// How much the last of them changed the scores together.
    pub change: f64,
    /// Whether that was within the tolerance, or as many iterations were made as were asked for.
    pub converged: bool,
}

/// Pairs of nodes with a value each: a weight, a distance, a similarity.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pairs {
    /// The first node of each pair.
    pub source: Vec<Node>,
    /// The second node of each pair.
    pub target: Vec<Node>,
    /// The value of each pair.
    pub value: Vec<f64>,
}

impl Pairs {
    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.source.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.source.is_empty()
    }

    pub(crate) fn push(&mut self, source: Node, target: Node, value: f64) {
        self.source.push(source);
        self.target.push(target);
        self.value.push(value);
    }
}
