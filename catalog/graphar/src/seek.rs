//! Edges of some vertices alone: the offsets tell which rows those are.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::Int64Array;
use arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Expr, Operator};
use extension::{Error, Result};
use futures::TryStreamExt;

use crate::chunk::{self, ChunkRequest, schema_of};
use crate::info::{Adjacency, EdgeInfo};
use crate::keys::Keys;
use crate::location::Location;
use crate::pieces::{Part, Piece};

/// More vertices than these are found by reading everything.
pub(crate) const MOST_VERTICES: usize = 64;

const OFFSET: &str = "_graphArOffset";

/// The vertices whose edges are wanted.
#[derive(Debug, Clone)]
pub(crate) enum Vertices {
    /// By internal id.
    Ids(Vec<u64>),
    /// By primary key.
    Keys(Arc<Keys>, Vec<ScalarValue>),
}

/// A search by offsets.
#[derive(Debug)]
pub(crate) struct Seek {
    pub(crate) column: String,
    pub(crate) vertices: Vertices,
    pub(crate) edge: Arc<EdgeInfo>,
    pub(crate) adjacency: Adjacency,
    /// The folder of the edges in their order.
    pub(crate) folder: Location,
    pub(crate) parts: Vec<Part>,
}

impl fmt::Display for Seek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in (", self.column)?;
        let mut separator = "";
        let mut write = |value: &dyn fmt::Display| {
            let written = write!(f, "{separator}{value}");
            separator = ", ";
            written
        };
        match &self.vertices {
            Vertices::Ids(ids) => ids.iter().try_for_each(|id| write(id))?,
            Vertices::Keys(_, keys) => keys.iter().try_for_each(|key| write(key))?,
        }
        f.write_str(")")
    }
}

impl Seek {
    /// The pieces with the edges of the vertices, in the order of the vertices.
    pub(crate) async fn pieces(&self, context: &TaskContext) -> Result<Vec<Piece>> {
        let ids = match &self.vertices {
            Vertices::Ids(ids) => ids.clone(),
            Vertices::Keys(keys, wanted) => keys.find(keys.load(context).await?, wanted)?,
        };
        let size = self.edge.part_size(self.adjacency.order.by);
        let mut pieces = vec![];
        for id in ids {
            let Some(part) = self.parts.iter().find(|part| part.index == id / size) else {
                continue;
            };
            if part.edges == Some(0) {
                continue;
            }
            if let Some(rows) = self.offsets(part, id % size).await? {
                pieces.extend(part.rows(&rows, self.edge.chunk_size));
            }
        }
        Ok(pieces)
    }

    /// The rows of a part with the edges of its vertex at a place.
    async fn offsets(&self, part: &Part, place: u64) -> Result<Option<Range<u64>>> {
        let file = self.folder.join(&format!("offset/chunk{}", part.index));
        let name = file.shown.clone();
        let field = Arc::new(Field::new(OFFSET, DataType::Int64, false));
        let request = ChunkRequest {
            file,
            file_type: self.adjacency.file_type,
            schema: schema_of([&field]),
            rows: Some(place..place + 2),
            batch_size: 2,
        };
        let batches: Vec<_> = chunk::open(request).await?.try_collect().await?;
        let mut offsets = vec![];
        for batch in &batches {
            let column = batch.column(0).as_any().downcast_ref::<Int64Array>();
            offsets.extend(column.into_iter().flat_map(|column| column.values().iter().copied()));
        }
        let wrong = || Error::invalid_data(format!("'{name}' holds offsets that do not ascend"));
        let bound = |offset: i64| u64::try_from(offset).map_err(|_| wrong());
        match offsets.as_slice() {
            // The vertex has a number beyond the last one of the part.
            [] => Ok(None),
            [start] => match part.edges {
                Some(edges) if bound(*start)? <= edges => Ok(Some(bound(*start)?..edges)),
                _ => Ok(None),
            },
            [start, end, ..] if start <= end => Ok(Some(bound(*start)?..bound(*end)?)),
            _ => Err(wrong()),
        }
    }
}

/// The column and the values of a filter `column = value` or `column IN (value, …)`.
pub(crate) fn equals(filter: &Expr) -> Option<(&str, Vec<&ScalarValue>)> {
    let column = |expr: &Expr| -> bool { matches!(expr, Expr::Column(_)) };
    let literal = |expr: &Expr| -> bool { matches!(expr, Expr::Literal(..)) };
    match filter {
        Expr::BinaryExpr(binary) if binary.op == Operator::Eq => {
            let (left, right) = match column(&binary.left) && literal(&binary.right) {
                true => (binary.left.as_ref(), binary.right.as_ref()),
                false => (binary.right.as_ref(), binary.left.as_ref()),
            };
            match (left, right) {
                (Expr::Column(column), Expr::Literal(value, _)) => {
                    Some((column.name.as_str(), vec![value]))
                }
                _ => None,
            }
        }
        Expr::InList(list) if !list.negated => {
            let Expr::Column(column) = list.expr.as_ref() else { return None };
            let values = list.list.iter().map(|item| match item {
                Expr::Literal(value, _) => Some(value),
                _ => None,
            });
            Some((column.name.as_str(), values.collect::<Option<Vec<_>>>()?))
        }
        // DataFusion writes short lists as `a = 1 OR a = 2`.
        Expr::BinaryExpr(binary) if binary.op == Operator::Or => {
            let (left, mut values) = equals(&binary.left)?;
            let (right, more) = equals(&binary.right)?;
            values.extend(more);
            (left == right).then_some((left, values))
        }
        _ => None,
    }
}
