//! Keeps the values of each group.

use std::collections::VecDeque;

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, new_empty_array};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute;
use datafusion::arrow::datatypes::DataType;
use extension::Result;

use super::store::Store;

/// Rows as they came, without those in which a value is NULL.
#[derive(Debug)]
pub(super) struct Collected {
    types: Vec<DataType>,
    batches: VecDeque<(Vec<ArrayRef>, Vec<usize>)>,
    bytes: usize,
    /// How many of the columns, from the first on, may be NULL; rows with others NULL do not count.
    nullable: usize,
}

impl Collected {
    pub(super) fn new(types: Vec<DataType>) -> Self {
        Self { types, batches: VecDeque::new(), bytes: 0, nullable: 0 }
    }

    /// So many of the columns may be NULL.
    pub(super) fn with_nulls(types: Vec<DataType>, nullable: usize) -> Self {
        Self { nullable, ..Self::new(types) }
    }

    fn without_nulls(&self, columns: &[ArrayRef]) -> Result<(Vec<ArrayRef>, Option<BooleanArray>)> {
        let columns = &columns[..self.types.len().min(columns.len())];
        let mut nulls: Option<NullBuffer> = None;
        for (index, column) in columns.iter().enumerate() {
            if index >= self.nullable {
                nulls = NullBuffer::union(nulls.as_ref(), column.logical_nulls().as_ref());
            }
        }
        match nulls.filter(|nulls| nulls.null_count() > 0) {
            None => Ok((columns.to_vec(), None)),
            Some(nulls) => {
                let valid = BooleanArray::new(nulls.into_inner(), None);
                let columns = columns
                    .iter()
                    .map(|column| Ok(compute::filter(column, &valid)?))
                    .collect::<Result<_>>()?;
                Ok((columns, Some(valid)))
            }
        }
    }

    fn bytes_of(columns: &[ArrayRef]) -> usize {
        columns
            .iter()
            .map(|column| column.to_data().get_slice_memory_size().unwrap_or_default())
            .sum::<usize>()
            + columns.first().map_or(0, |column| column.len() * size_of::<usize>())
    }
}

impl Store for Collected {
    fn update(&mut self, columns: &[ArrayRef], groups: &[usize]) -> Result<()> {
        let (columns, valid) = self.without_nulls(columns)?;
        let groups = match valid {
            None => groups.to_vec(),
            Some(valid) => {
                (0..groups.len()).filter(|row| valid.value(*row)).map(|row| groups[row]).collect()
            }
        };
        if !groups.is_empty() {
            self.bytes += Self::bytes_of(&columns);
            self.batches.push_back((columns, groups));
        }
        Ok(())
    }

    fn merge(&mut self, columns: &[ArrayRef], groups: &[usize]) -> Result<()> {
        if !groups.is_empty() {
            self.bytes += Self::bytes_of(columns);
            self.batches.push_back((columns.to_vec(), groups.to_vec()));
        }
        Ok(())
    }

    fn retract(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let (columns, _) = self.without_nulls(columns)?;
        let mut count = columns.first().map_or(0, |column| column.len());
        while count > 0 {
            let Some((mut columns, mut groups)) = self.batches.pop_front() else { break };
            self.bytes -= Self::bytes_of(&columns).min(self.bytes);
            let gone = count.min(groups.len());
            count -= gone;
            if gone < groups.len() {
                groups.drain(..gone);
                for column in &mut columns {
                    *column = column.slice(gone, groups.len());
                }
                self.bytes += Self::bytes_of(&columns);
                self.batches.push_front((columns, groups));
            }
        }
        Ok(())
    }

    fn take(&mut self) -> Result<(Vec<ArrayRef>, Vec<usize>)> {
        self.bytes = 0;
        let batches = std::mem::take(&mut self.batches);
        if batches.is_empty() {
            return Ok((self.empty(), vec![]));
        }
        let mut columns = Vec::with_capacity(self.types.len());
        for index in 0..self.types.len() {
            let parts: Vec<&dyn Array> =
                batches.iter().map(|(columns, _)| columns[index].as_ref()).collect();
            columns.push(compute::concat(&parts)?);
        }
        Ok((columns, batches.into_iter().flat_map(|(_, groups)| groups).collect()))
    }

    fn empty(&self) -> Vec<ArrayRef> {
        self.types.iter().map(new_empty_array).collect()
    }

    fn size(&self) -> usize {
        self.bytes
    }
}
