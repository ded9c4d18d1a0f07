//! Indexes of the keys of a table: which row has a key.

use std::mem::size_of;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::row::{Row, RowConverter, Rows, SortField};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{HashMap, HashSet};
use extension::{Error, Result};

use super::contents::{Contents, RowId};
use super::definition::{Key, TableDefinition};

/// The rows by one key. A key with a NULL in it is not in the index, since it equals no other.
#[derive(Debug)]
pub(crate) struct KeyIndex {
    columns: Vec<usize>,
    converter: RowConverter,
    rows: HashMap<Box<[u8]>, RowId>,
    key_bytes: usize,
}

/// The keys of some rows.
pub(crate) struct Keys {
    rows: Rows,
    present: Vec<bool>,
}

impl Keys {
    /// The key of a row, unless a part of it is NULL.
    pub(crate) fn get(&self, row: usize) -> Option<Row<'_>> {
        self.present[row].then(|| self.rows.row(row))
    }

    pub(crate) fn len(&self) -> usize {
        self.present.len()
    }
}

impl KeyIndex {
    /// The index of the rows of a table.
    pub(crate) fn build(
        key: &Key,
        contents: &Contents,
        definition: &TableDefinition,
    ) -> Result<Self> {
        let fields = key
            .columns
            .iter()
            .map(|column| SortField::new(definition.columns[*column].field.data_type().clone()))
            .collect();
        let mut index = Self {
            columns: key.columns.clone(),
            converter: RowConverter::new(fields)?,
            rows: HashMap::new(),
            key_bytes: 0,
        };
        index.rows.reserve(contents.row_count());
        for chunk in contents.chunks() {
            let keys = index.keys(&chunk.rows)?;
            for (row, id) in chunk.row_ids().enumerate() {
                if let Some(key) = keys.get(row)
                    && index.insert(key.as_ref(), id).is_some()
                {
                    let duplicates = "data contains duplicates on indexed column(s)";
                    return Err(Error::invalid_data(duplicates).with_hint(format!(
                        "the key is {}",
                        text(&index.columns, &chunk.rows, row, definition)?
                    )));
                }
            }
        }
        Ok(index)
    }

    fn insert(&mut self, key: &[u8], id: RowId) -> Option<RowId> {
        let before = self.rows.insert(key.into(), id);
        if before.is_none() {
            self.key_bytes += key.len();
        }
        before
    }

    /// The keys of rows of the table.
    pub(crate) fn keys(&self, rows: &RecordBatch) -> Result<Keys> {
        let columns: Vec<ArrayRef> =
            self.columns.iter().map(|column| rows.column(*column).clone()).collect();
        let present = (0..rows.num_rows())
            .map(|row| columns.iter().all(|column| column.is_valid(row)))
            .collect();
        Ok(Keys { rows: self.converter.convert_columns(&columns)?, present })
    }

    /// The row that has the key.
    pub(crate) fn find(&self, key: Row<'_>) -> Option<RowId> {
        self.rows.get(key.as_ref()).copied()
    }

    /// The first of `added` whose key another row has, when the rows `removed` are gone.
    pub(crate) fn conflict(
        &self,
        removed: &HashSet<RowId>,
        added: &[RecordBatch],
    ) -> Result<Option<(usize, usize)>> {
        let keys: Result<Vec<Keys>> = added.iter().map(|rows| self.keys(rows)).collect();
        let keys = keys?;
        let mut seen: HashSet<&[u8]> = HashSet::new();
        // One new row cannot repeat itself, which spares most inserts the set.
        let several = keys.iter().map(Keys::len).sum::<usize>() > 1;
        for (batch, keys) in keys.iter().enumerate() {
            for row in 0..keys.len() {
                let Some(key) = keys.get(row) else { continue };
                let taken = self.find(key).is_some_and(|id| !removed.contains(&id));
                if taken || several && !seen.insert(key.data()) {
                    return Ok(Some((batch, row)));
                }
            }
        }
        Ok(None)
    }

    /// Follows an edit: `removed` were rows of `before`, and the ids in the chunks `renumbered` and of the
    /// rows `updated` of `after` are new.
    pub(crate) fn follow(
        &mut self,
        removed: &RecordBatch,
        updated: &[RowId],
        updated_rows: Option<&RecordBatch>,
        after: &Contents,
        renumbered: &[u32],
    ) -> Result<()> {
        let keys = self.keys(removed)?;
        for row in 0..keys.len() {
            if let Some(key) = keys.get(row)
                && self.rows.remove(key.as_ref()).is_some()
            {
                self.key_bytes -= key.as_ref().len();
            }
        }
        if let Some(rows) = updated_rows {
            let keys = self.keys(rows)?;
            for (row, id) in updated.iter().enumerate() {
                if let Some(key) = keys.get(row) {
                    self.insert(key.as_ref(), *id);
                }
            }
        }
        for chunk in renumbered.iter().filter_map(|id| after.chunk(*id)) {
            let keys = self.keys(&chunk.rows)?;
            for (row, id) in chunk.row_ids().enumerate() {
                if let Some(key) = keys.get(row) {
                    self.insert(key.as_ref(), id);
                }
            }
        }
        Ok(())
    }

    /// The memory that the index takes, about.
    pub(crate) fn bytes(&self) -> usize {
        const ENTRY: usize = size_of::<(Box<[u8]>, RowId)>() + 1;
        self.key_bytes + self.rows.capacity() * ENTRY
    }
}

/// The key of a row as an error shows it: `id: 1, name: x`.
pub(crate) fn text(
    columns: &[usize],
    rows: &RecordBatch,
    row: usize,
    definition: &TableDefinition,
) -> Result<String> {
    let options = FormatOptions::default().with_null("NULL");
    let parts: Result<Vec<String>> = columns
        .iter()
        .map(|column| {
            let value = ArrayFormatter::try_new(rows.column(*column).as_ref(), &options)?;
            Ok(format!("{}: {}", definition.columns[*column].field.name(), value.value(row)))
        })
        .collect();
    Ok(parts?.join(", "))
}
