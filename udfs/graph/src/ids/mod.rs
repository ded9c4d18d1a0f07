//! Node identifiers of any type, and the numbers that the kernels know nodes by.
//!
//! Nodes are numbered in the order of their identifiers, so that results do not depend on which partition
//! was read first and come out sorted. Whole numbers, dates and times are compacted as integers
//! ([`integers`]), everything else as bytes ([`bytes`]); neither keeps more than one copy.

mod bytes;
mod integers;

use std::ops::Range;

use algorithms::{NONE, Node};
use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use extension::Result;

pub(crate) use bytes::{ByteTable, Interner};
pub(crate) use integers::{IntegerColumn, is_integer};

/// The distinct identifiers of integer columns, and the numbers that they get.
pub(crate) use integers::compact as integer_ids;

/// The identifiers of a graph's nodes, by number.
#[derive(Debug)]
pub(crate) enum Ids {
    /// Integers, or what is stored as one.
    Integers(integers::IntegerIds),
    /// Everything else.
    Bytes(ByteTable),
}

impl Ids {
    /// How many nodes there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Integers(ids) => ids.len(),
            Self::Bytes(ids) => ids.len(),
        }
    }

    /// The identifiers of a range of nodes.
    pub(crate) fn range(&self, nodes: Range<usize>) -> Result<ArrayRef> {
        match self {
            Self::Integers(ids) => ids.of(nodes.map(|node| Some(node as Node))),
            Self::Bytes(ids) => ids.of(nodes.map(|node| Some(node as Node))),
        }
    }

    /// The identifiers of some nodes; NULL for [`NONE`].
    pub(crate) fn take(&self, nodes: &[Node]) -> Result<ArrayRef> {
        let nodes = nodes.iter().map(|node| (*node != NONE).then_some(*node));
        match self {
            Self::Integers(ids) => ids.of(nodes),
            Self::Bytes(ids) => ids.of(nodes),
        }
    }

    /// The numbers of the nodes with these identifiers, which are of the graph's type; `None` where there
    /// is no such node.
    pub(crate) fn find(&self, ids: &ArrayRef) -> Result<Vec<Option<Node>>> {
        match self {
            Self::Integers(known) => known.find(ids),
            Self::Bytes(known) => known.find(ids),
        }
    }

    /// How many bytes the identifiers take.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Integers(ids) => ids.bytes(),
            Self::Bytes(ids) => ids.bytes(),
        }
    }

    /// A node's identifier as a person reads it: texts in quotes.
    pub(crate) fn display(&self, node: Node) -> String {
        match self.take(&[node]) {
            Ok(array) => display(&array, 0),
            Err(_) => format!("number {node}"),
        }
    }
}

/// A value of a column of identifiers as a person reads it.
pub(crate) fn display(array: &ArrayRef, row: usize) -> String {
    let options = FormatOptions::new().with_null("NULL");
    let text = match ArrayFormatter::try_new(array, &options) {
        Ok(formatter) => formatter.value(row).to_string(),
        Err(_) => format!("in row {row}"),
    };
    match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View if array.is_valid(row) => {
            format!("'{text}'")
        }
        _ => text,
    }
}
