//! Files that hold columns of the same rows, read side by side.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};
use extension::{Error, Result};
use futures::{StreamExt, TryStreamExt};

use crate::chunk::Batches;

/// One of the files.
struct Side {
    name: String,
    batches: Batches,
    /// What was read and is not given out.
    waiting: VecDeque<RecordBatch>,
}

impl Side {
    /// How many rows of the next batch are there; none at the end.
    async fn fill(&mut self) -> Result<usize> {
        loop {
            match self.waiting.front() {
                Some(batch) if batch.num_rows() > 0 => return Ok(batch.num_rows()),
                Some(_) => drop(self.waiting.pop_front()),
                None => match self.batches.try_next().await? {
                    Some(batch) => self.waiting.push_back(batch),
                    None => return Ok(0),
                },
            }
        }
    }

    fn take(&mut self, rows: usize) -> Vec<ArrayRef> {
        let Some(batch) = self.waiting.pop_front() else { return vec![] };
        if batch.num_rows() > rows {
            self.waiting.push_front(batch.slice(rows, batch.num_rows() - rows));
        }
        batch.slice(0, rows).columns().to_vec()
    }
}

/// The columns of all files in one batch after the other. Files of unequal length are an error.
pub(crate) fn zip(files: Vec<(String, Batches)>, schemas: &[SchemaRef]) -> Batches {
    let fields = schemas.iter().flat_map(|schema| schema.fields().iter().cloned());
    // Groups may repeat a name, so what follows knows columns by their place.
    let fields: Vec<_> = fields
        .enumerate()
        .map(|(index, field)| Arc::new(field.as_ref().clone().with_name(index.to_string())))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let sides: Vec<Side> = files
        .into_iter()
        .map(|(name, batches)| Side { name, batches, waiting: VecDeque::new() })
        .collect();
    futures::stream::try_unfold((sides, schema), |(mut sides, schema)| async move {
        let mut lengths = vec![];
        for side in &mut sides {
            lengths.push(side.fill().await?);
        }
        let rows = lengths.iter().copied().min().unwrap_or(0);
        if rows == 0 {
            let ended = lengths.iter().position(|length| *length == 0);
            let longer = lengths.iter().position(|length| *length > 0);
            return match (ended, longer) {
                (Some(ended), Some(longer)) => Err(Error::invalid_data(format!(
                    "'{}' has fewer rows than '{}'",
                    sides[ended].name, sides[longer].name
                ))),
                _ => Ok(None),
            };
        }
        let columns = sides.iter_mut().flat_map(|side| side.take(rows)).collect();
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
        Ok(Some((batch, (sides, schema))))
    })
    .boxed()
}
