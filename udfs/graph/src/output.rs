//! What algorithms answer with: columns of typed values, made Arrow arrays batch by batch.

use std::ops::Range;
use std::sync::Arc;

use algorithms::{NONE, Node, Pairs};
use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef};
use extension::Result;

use crate::ids::Ids;

/// A column of a result.
#[derive(Debug)]
pub(crate) enum Values {
    /// All nodes, in order.
    AllNodes,
    /// Nodes; [`NONE`] is NULL.
    Nodes(Vec<Node>),
    /// Whole numbers; [`NONE`] is NULL.
    Counts(Vec<u32>),
    /// Whole numbers.
    Integers(Vec<i64>),
    /// Numbers.
    Doubles(Vec<f64>),
    /// Numbers; infinity is NULL.
    Distances(Vec<f64>),
    /// Truth values.
    Truths(Vec<bool>),
    /// Lists of nodes: where each starts, and where the last one ends.
    NodeLists(Vec<usize>, Vec<Node>),
    /// Lists of numbers.
    DoubleLists(Vec<usize>, Vec<f64>),
}

impl Values {
    fn bytes(&self) -> usize {
        match self {
            Self::AllNodes => 0,
            Self::Nodes(values) | Self::Counts(values) => values.len() * 4,
            Self::Integers(values) => values.len() * 8,
            Self::Doubles(values) | Self::Distances(values) => values.len() * 8,
            Self::Truths(values) => values.len(),
            Self::NodeLists(offsets, values) => offsets.len() * 8 + values.len() * 4,
            Self::DoubleLists(offsets, values) => (offsets.len() + values.len()) * 8,
        }
    }

    /// Keeps the rows that are marked; lists are never among the columns of a search.
    pub(crate) fn retain(&mut self, kept: &[bool]) {
        fn keep<T>(values: &mut Vec<T>, kept: &[bool]) {
            let mut marks = kept.iter();
            values.retain(|_| marks.next().copied().unwrap_or(true));
        }
        match self {
            Self::AllNodes | Self::NodeLists(..) | Self::DoubleLists(..) => {}
            Self::Nodes(values) | Self::Counts(values) => keep(values, kept),
            Self::Integers(values) => keep(values, kept),
            Self::Doubles(values) | Self::Distances(values) => keep(values, kept),
            Self::Truths(values) => keep(values, kept),
        }
    }

    /// Adds the rows of a column of the same kind.
    fn append(&mut self, other: Self) {
        match (self, other) {
            (Self::Nodes(values), Self::Nodes(more))
            | (Self::Counts(values), Self::Counts(more)) => values.extend(more),
            (Self::Integers(values), Self::Integers(more)) => values.extend(more),
            (Self::Doubles(values), Self::Doubles(more))
            | (Self::Distances(values), Self::Distances(more)) => values.extend(more),
            _ => debug_assert!(false, "columns of different kinds"),
        }
    }

    fn array(&self, rows: Range<usize>, ids: &Ids) -> Result<ArrayRef> {
        Ok(match self {
            Self::AllNodes => ids.range(rows)?,
            Self::Nodes(nodes) => ids.take(&nodes[rows])?,
            Self::Counts(counts) => {
                let counts = counts[rows].iter();
                let counts = counts.map(|count| (*count != NONE).then_some(i64::from(*count)));
                Arc::new(counts.collect::<Int64Array>())
            }
            Self::Integers(values) => {
                Arc::new(Int64Array::from_iter_values(values[rows].iter().copied()))
            }
            Self::Doubles(values) => {
                Arc::new(Float64Array::from_iter_values(values[rows].iter().copied()))
            }
            Self::Distances(values) => {
                let values = values[rows].iter();
                let values = values.map(|value| value.is_finite().then_some(*value));
                Arc::new(values.collect::<Float64Array>())
            }
            Self::Truths(values) => Arc::new(BooleanArray::from(values[rows].to_vec())),
            Self::NodeLists(offsets, nodes) => {
                list(offsets, rows, |range| ids.take(&nodes[range]))?
            }
            Self::DoubleLists(offsets, values) => list(offsets, rows, |range| {
                Ok(Arc::new(Float64Array::from_iter_values(values[range].iter().copied()))
                    as ArrayRef)
            })?,
        })
    }
}

fn list(
    offsets: &[usize],
    rows: Range<usize>,
    values: impl FnOnce(Range<usize>) -> Result<ArrayRef>,
) -> Result<ArrayRef> {
    let range = offsets[rows.start]..offsets[rows.end];
    let values = values(range)?;
    let lengths = rows.map(|row| offsets[row + 1] - offsets[row]);
    let field = Arc::new(Field::new_list_field(values.data_type().clone(), true));
    Ok(Arc::new(ListArray::new(field, OffsetBuffer::from_lengths(lengths), values, None)))
}

/// The rows of a result.
#[derive(Debug)]
pub(crate) struct Output {
    rows: usize,
    columns: Vec<Values>,
}

impl Output {
    /// A row for each node of a graph.
    pub(crate) fn of_nodes(nodes: usize) -> Self {
        Self { rows: nodes, columns: vec![Values::AllNodes] }
    }

    /// That many rows, without columns so far.
    pub(crate) fn of_rows(rows: usize) -> Self {
        Self { rows, columns: vec![] }
    }

    /// Pairs of nodes with a number each.
    pub(crate) fn of_pairs(pairs: Pairs) -> Self {
        Self::of_rows(pairs.len())
            .with(Values::Nodes(pairs.source))
            .with(Values::Nodes(pairs.target))
            .with(Values::Doubles(pairs.value))
    }

    /// A further column.
    pub(crate) fn with(mut self, values: Values) -> Self {
        self.columns.push(values);
        self
    }

    /// A further column before the others.
    pub(crate) fn prepend(&mut self, values: Values) {
        self.columns.insert(0, values);
    }

    /// Adds the rows of a result with the same columns.
    pub(crate) fn append(&mut self, other: Self) {
        self.rows += other.rows;
        for (column, more) in self.columns.iter_mut().zip(other.columns) {
            column.append(more);
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn bytes(&self) -> usize {
        self.columns.iter().map(Values::bytes).sum()
    }

    /// Some of the rows, as arrays.
    pub(crate) fn arrays(&self, rows: Range<usize>, ids: &Ids) -> Result<Vec<ArrayRef>> {
        self.columns.iter().map(|column| column.array(rows.clone(), ids)).collect()
    }
}

/// A column of numbers.
pub(crate) fn double(name: &str) -> FieldRef {
    Arc::new(Field::new(name, DataType::Float64, false))
}

/// A column of whole numbers.
pub(crate) fn integer(name: &str) -> FieldRef {
    Arc::new(Field::new(name, DataType::Int64, false))
}

/// A column of truth values.
pub(crate) fn truth(name: &str) -> FieldRef {
    Arc::new(Field::new(name, DataType::Boolean, false))
}

/// A column that may be NULL.
pub(crate) fn nullable(field: FieldRef) -> FieldRef {
    Arc::new(field.as_ref().clone().with_nullable(true))
}

/// A column of lists.
pub(crate) fn list_of(name: &str, element: &Field) -> FieldRef {
    let element = Field::new_list_field(element.data_type().clone(), true);
    Arc::new(Field::new(name, DataType::List(Arc::new(element)), false))
}
