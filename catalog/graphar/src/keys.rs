//! The primary keys of a vertex type, by internal id: what an edge table shows as `src` and `dst`.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, Scalar, new_empty_array};
use arrow::compute::{TakeOptions, concat, take};
use arrow::datatypes::FieldRef;
use datafusion::common::ScalarValue;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use extension::{Error, Result};
use futures::TryStreamExt;
use tokio::sync::OnceCell;

use crate::chunk::{self, ChunkRequest, schema_of};
use crate::info::VertexInfo;
use crate::location::Location;
use crate::pieces::{chunk_of, vertex_pieces};

/// The keys of a vertex type, read when they are first needed and kept as long as the scan's plan.
pub(crate) struct Keys {
    root: Location,
    vertex: Arc<VertexInfo>,
    loaded: OnceCell<Loaded>,
}

struct Loaded {
    values: ArrayRef,
    /// The account of the values' memory.
    _memory: MemoryReservation,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.vertex.name)
    }
}

impl Keys {
    pub(crate) fn new(root: Location, vertex: Arc<VertexInfo>) -> Self {
        Self { root, vertex, loaded: OnceCell::new() }
    }

    /// All keys.
    pub(crate) async fn load(&self, context: &TaskContext) -> Result<&ArrayRef> {
        Ok(&self.loaded.get_or_try_init(|| self.read(context)).await?.values)
    }

    async fn read(&self, context: &TaskContext) -> Result<Loaded> {
        let Some((group, property)) = self.vertex.key else {
            return Err(Error::internal("a vertex type without a key was asked for keys"));
        };
        let group = &self.vertex.groups[group];
        let field = &group.fields[property];
        let memory = MemoryConsumer::new(format!("keys of {}", self.vertex.name))
            .register(context.memory_pool());
        let folder = self.root.join(&self.vertex.prefix).join(&group.prefix);
        let mut parts: Vec<ArrayRef> = vec![];
        for piece in vertex_pieces(&self.root, &self.vertex).await? {
            let request = ChunkRequest {
                file: chunk_of(&folder, &piece),
                file_type: group.file_type,
                schema: schema_of([field]),
                rows: None,
                batch_size: context.session_config().batch_size(),
            };
            let mut batches = chunk::open(request).await?;
            while let Some(batch) = batches.try_next().await? {
                // Once for the part, once for what the parts are put together to.
                memory.try_grow(2 * batch.get_array_memory_size())?;
                parts.push(Arc::clone(batch.column(0)));
            }
        }
        let arrays: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
        let values = match arrays.is_empty() {
            true => new_empty_array(field.data_type()),
            false => concat(&arrays)?,
        };
        memory.try_resize(values.get_array_memory_size())?;
        Ok(Loaded { values, _memory: memory })
    }

    /// The keys of ids.
    pub(crate) fn gather(&self, keys: &ArrayRef, ids: &Int64Array) -> Result<ArrayRef> {
        let length = keys.len() as i64;
        if let Some(wrong) = ids.values().iter().find(|id| !(0..length).contains(*id)) {
            return Err(Error::invalid_data(format!(
                "an edge refers to the vertex {wrong} of type '{}', which has {length} vertices",
                self.vertex.name
            )));
        }
        Ok(take(keys, ids, Some(TakeOptions { check_bounds: false }))?)
    }

    /// The ids of vertices with one of some keys, ascending.
    pub(crate) fn find(&self, keys: &ArrayRef, wanted: &[ScalarValue]) -> Result<Vec<u64>> {
        let mut ids = vec![];
        for value in wanted {
            let value = Scalar::new(value.to_array()?);
            let same = arrow::compute::kernels::cmp::eq(keys, &value)?;
            let found = same.iter().enumerate().filter(|(_, same)| *same == Some(true));
            ids.extend(found.map(|(id, _)| id as u64));
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }
}

/// The field that an edge table shows for an end.
pub(crate) fn shown_as(key: &FieldRef, name: &str) -> FieldRef {
    Arc::new(key.as_ref().clone().with_name(name))
}
