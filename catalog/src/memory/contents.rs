//! The rows of a table at one moment: chunks of Arrow batches that are never changed, only replaced.
//!
//! A reader holds the [`Contents`] that it started with, so it sees no later change. A writer makes new
//! contents that share every column which it did not touch.
//!
//! A row's id is `chunk << 32 | offset`. Ids of chunks rise along the table and are never reused, so an
//! id means the same row until its chunk loses rows or is merged with its neighbour.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, UInt64Array,
};
use arrow::compute::{concat_batches, filter_record_batch, interleave};
use arrow::datatypes::{DataType, SchemaRef};
use extension::{Error, Result};

use super::buffers::Buffers;

/// Rows that small batches are gathered to.
const CHUNK_ROWS: usize = 8192;

/// The place of a row.
pub(crate) type RowId = u64;

/// A batch with its number.
#[derive(Debug, Clone)]
pub(crate) struct Chunk {
    pub(crate) id: u32,
    pub(crate) rows: RecordBatch,
}

impl Chunk {
    /// The ids of its rows.
    pub(crate) fn row_ids(&self) -> impl Iterator<Item = RowId> + use<> {
        let first = RowId::from(self.id) << 32;
        first..first + self.rows.num_rows() as RowId
    }
}

/// All rows of a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contents {
    chunks: Vec<Chunk>,
    next_chunk: u32,
}

/// New values of columns for rows that stay.
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) rows: Vec<RowId>,
    /// By position of the column in the table.
    pub(crate) columns: Vec<(usize, ArrayRef)>,
}

/// What a statement does to the rows. No row is in both of the first two lists, nor twice in one.
#[derive(Debug, Default)]
pub(crate) struct Edit {
    pub(crate) deleted: Vec<RowId>,
    pub(crate) updated: Option<Update>,
    pub(crate) inserted: Vec<RecordBatch>,
}

/// Contents after an edit, and the chunks in which ids of rows are new.
pub(crate) struct Edited {
    pub(crate) contents: Contents,
    pub(crate) renumbered: Vec<u32>,
}

fn place(row: RowId) -> (u32, usize) {
    ((row >> 32) as u32, (row & u64::from(u32::MAX)) as usize)
}

impl Contents {
    pub(crate) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    pub(crate) fn batches(&self) -> Vec<RecordBatch> {
        self.chunks.iter().map(|chunk| chunk.rows.clone()).collect()
    }

    /// The batches with the ids of their rows as a last column, as `schema` has them.
    pub(crate) fn batches_with_ids(&self, schema: &SchemaRef) -> Result<Vec<RecordBatch>> {
        self.chunks
            .iter()
            .map(|chunk| {
                let mut columns = chunk.rows.columns().to_vec();
                columns.push(Arc::new(UInt64Array::from_iter_values(chunk.row_ids())));
                Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
            })
            .collect()
    }

    pub(crate) fn row_count(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.rows.num_rows()).sum()
    }

    pub(crate) fn bytes(&self) -> usize {
        let mut buffers = Buffers::default();
        self.chunks.iter().map(|chunk| buffers.add(&chunk.rows)).sum()
    }

    pub(crate) fn chunk(&self, id: u32) -> Option<&Chunk> {
        self.chunks.get(self.position(id)?)
    }

    fn position(&self, id: u32) -> Option<usize> {
        self.chunks.binary_search_by_key(&id, |chunk| chunk.id).ok()
    }

    /// The rows, in the order asked for.
    pub(crate) fn take(&self, rows: &[RowId], schema: &SchemaRef) -> Result<RecordBatch> {
        let mut places = Vec::with_capacity(rows.len());
        for row in rows {
            let (chunk, offset) = place(*row);
            let position = self.position(chunk).ok_or_else(|| lost(*row))?;
            places.push((position, offset));
        }
        let columns = (0..schema.fields().len()).map(|index| {
            if self.chunks.is_empty() || places.is_empty() {
                return Ok(arrow::array::new_empty_array(schema.field(index).data_type()));
            }
            let arrays: Vec<&dyn Array> =
                self.chunks.iter().map(|chunk| chunk.rows.column(index).as_ref()).collect();
            Ok(interleave(&arrays, &places)?)
        });
        let columns: Result<Vec<ArrayRef>> = columns.collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns?, &options)?)
    }

    /// The contents after an edit.
    pub(crate) fn edit(&self, edit: &Edit) -> Result<Edited> {
        let mut edited = Edited { contents: self.clone(), renumbered: vec![] };
        if let Some(update) = &edit.updated {
            edited.contents.update(update)?;
        }
        for (id, offsets) in by_chunk(&edit.deleted) {
            edited.contents.delete(id, &offsets)?;
            edited.renumbered.push(id);
        }
        edited.contents.chunks.retain(|chunk| chunk.rows.num_rows() > 0);
        for rows in &edit.inserted {
            edited.contents.append(rows, &mut edited.renumbered)?;
        }
        Ok(edited)
    }

    fn update(&mut self, update: &Update) -> Result<()> {
        let mut sources: BTreeMap<u32, Vec<(usize, usize)>> = BTreeMap::new();
        for (source, row) in update.rows.iter().enumerate() {
            let (chunk, offset) = place(*row);
            sources.entry(chunk).or_default().push((offset, source));
        }
        for (id, replaced) in sources {
            let position = self.position(id).ok_or_else(|| lost(RowId::from(id) << 32))?;
            let rows = &self.chunks[position].rows;
            // Array 0 is the old column and array 1 the new values.
            let mut picks: Vec<(usize, usize)> =
                (0..rows.num_rows()).map(|offset| (0, offset)).collect();
            for (offset, source) in replaced {
                picks[offset] = (1, source);
            }
            let mut columns = rows.columns().to_vec();
            for (index, values) in &update.columns {
                columns[*index] = interleave(&[columns[*index].as_ref(), values.as_ref()], &picks)?;
            }
            // A column of texts that is put together keeps the texts of both its sources.
            self.chunks[position].rows = compacted(&RecordBatch::try_new(rows.schema(), columns)?)?;
        }
        Ok(())
    }

    fn delete(&mut self, id: u32, offsets: &[usize]) -> Result<()> {
        let position = self.position(id).ok_or_else(|| lost(RowId::from(id) << 32))?;
        let rows = &self.chunks[position].rows;
        let mut keep = vec![true; rows.num_rows()];
        for offset in offsets {
            keep[*offset] = false;
        }
        self.chunks[position].rows =
            compacted(&filter_record_batch(rows, &BooleanArray::from(keep))?)?;
        Ok(())
    }

    /// Adds rows. Small chunks at the end are merged, each row about as often as the logarithm of their
    /// number, so that a table filled row by row is neither many batches nor copied over and over.
    fn append(&mut self, rows: &RecordBatch, renumbered: &mut Vec<u32>) -> Result<()> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        let schema = rows.schema();
        let mut merged = vec![rows.clone()];
        let mut count = rows.num_rows();
        while let Some(last) = self.chunks.last() {
            let last_count = last.rows.num_rows();
            if last_count + count > CHUNK_ROWS || last_count > 2 * count {
                break;
            }
            count += last_count;
            merged.extend(self.chunks.pop().map(|chunk| chunk.rows));
        }
        merged.reverse();
        let rows = match merged.len() {
            1 => compacted(rows)?,
            _ => compacted(&concat_batches(&schema, &merged)?)?,
        };
        let id = self.next_chunk;
        self.next_chunk = id.checked_add(1).ok_or_else(|| {
            Error::unsupported("the table was changed too often; copy it into a new one")
        })?;
        self.chunks.push(Chunk { id, rows });
        renumbered.push(id);
        Ok(())
    }
}

fn by_chunk(rows: &[RowId]) -> BTreeMap<u32, Vec<usize>> {
    let mut chunks: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for row in rows {
        let (chunk, offset) = place(*row);
        chunks.entry(chunk).or_default().push(offset);
    }
    chunks
}

fn lost(row: RowId) -> Error {
    Error::internal(format!("row {row} is not in the table"))
}

/// The rows without text that no row refers to: a view into a file's page keeps the whole page alive.
fn compacted(rows: &RecordBatch) -> Result<RecordBatch> {
    const WORTH_IT: usize = 1 << 16;
    let columns = rows.columns().iter().map(|column| match column.data_type() {
        DataType::Utf8View => {
            let views = column.as_string_view();
            let held: usize = views.data_buffers().iter().map(|buffer| buffer.len()).sum();
            match held > WORTH_IT && held > 2 * views.total_buffer_bytes_used() {
                true => Arc::new(views.gc()) as ArrayRef,
                false => Arc::clone(column),
            }
        }
        DataType::BinaryView => {
            let views = column.as_binary_view();
            let held: usize = views.data_buffers().iter().map(|buffer| buffer.len()).sum();
            match held > WORTH_IT && held > 2 * views.total_buffer_bytes_used() {
                true => Arc::new(views.gc()) as ArrayRef,
                false => Arc::clone(column),
            }
        }
        _ => Arc::clone(column),
    });
    Ok(RecordBatch::try_new(rows.schema(), columns.collect())?)
}
