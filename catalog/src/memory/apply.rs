//! From the rows of a change's input to the edit of the table: conflicts, generated columns, checks, keys.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray, UInt32Array};
use arrow::compute::{concat_batches, filter_record_batch, take, take_record_batch};
use arrow::datatypes::{DataType, Field, Fields, Int32Type, Schema, SchemaRef, UInt64Type};
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, HashSet, TableReference};
use datafusion::execution::memory_pool::MemoryPool;
use datafusion::physical_plan::PhysicalExpr;
use extension::{Error, Result};

use super::contents::{Contents, Edit, RowId, Update};
use super::keys::{self, KeyIndex};
use super::rules::{Rules, holds, nullable, physical_expr};
use super::table::{MemoryTable, WriterState};
use super::write::{Conflict, Operation};

/// What MERGE does with a row, as its query says it.
pub(crate) mod action {
    pub(crate) const INSERT: i32 = 1;
    pub(crate) const UPDATE: i32 = 2;
    pub(crate) const DELETE: i32 = 3;
    pub(crate) const ERROR: i32 = 4;
}

/// The name by which ON CONFLICT calls the row that was to be inserted.
pub(crate) const EXCLUDED: &str = "excluded";

/// The column of MERGE's answer that says what was done with the row.
pub(crate) const MERGE_ACTION: &str = "merge_action";

/// What a statement answers with.
pub(crate) enum Answer {
    Count(usize),
    Rows(Vec<RecordBatch>),
}

/// An operation with its expressions ready.
pub(crate) struct Plan {
    operation: Operation,
    rules: Rules,
    written: Vec<usize>,
    returning: Option<SchemaRef>,
    on_conflict: Option<OnConflict>,
}

/// ON CONFLICT … DO UPDATE.
struct OnConflict {
    /// The columns of the table, then those of `excluded`.
    schema: SchemaRef,
    assignments: Vec<(usize, Arc<dyn PhysicalExpr>)>,
    condition: Option<Arc<dyn PhysicalExpr>>,
}

/// The schema that expressions of ON CONFLICT see, under the name or alias of the table. What was to be
/// inserted may be NULL where the table has none.
pub(crate) fn conflict_schema(table: &MemoryTable, alias: &str) -> Result<DFSchema> {
    let schema = nullable(&table.rows_schema());
    let existing = DFSchema::try_from_qualified_schema(TableReference::bare(alias), &schema)?;
    let excluded = DFSchema::try_from_qualified_schema(TableReference::bare(EXCLUDED), &schema)?;
    Ok(existing.join(&excluded)?)
}

/// Rows that change, worked out and checked.
#[derive(Default)]
struct Changed {
    deleted: Vec<RowId>,
    updated: Vec<RowId>,
    /// The new values of the updated rows, by position of the column.
    columns: Vec<(usize, ArrayRef)>,
    /// The updated rows whole, where something needs them.
    updated_rows: Option<RecordBatch>,
    inserted: Vec<RecordBatch>,
}

/// The edit, which only waits to be made.
pub(crate) struct Worked {
    contents: Contents,
    renumbered: Vec<u32>,
    changed: Changed,
    answer: Answer,
}

impl Plan {
    pub(crate) fn new(
        table: &MemoryTable,
        operation: &Operation,
        rules: Rules,
        returning: Option<SchemaRef>,
        session: &dyn Session,
    ) -> Result<Self> {
        let on_conflict = match operation {
            Operation::Insert {
                conflict: Conflict::Update { assignments, condition, alias, .. },
            } => {
                let df_schema = conflict_schema(table, alias)?;
                let physical = |expr: &datafusion::logical_expr::Expr| {
                    physical_expr(session, expr.clone(), &df_schema)
                };
                let fields: Fields = df_schema
                    .fields()
                    .iter()
                    .map(|field| Arc::new(field.as_ref().clone().with_nullable(true)))
                    .collect();
                Some(OnConflict {
                    assignments: assignments
                        .iter()
                        .map(|(column, expr)| Ok((*column, physical(expr)?)))
                        .collect::<Result<_>>()?,
                    condition: condition.as_ref().map(physical).transpose()?,
                    schema: Arc::new(Schema::new(fields)),
                })
            }
            _ => None,
        };
        Ok(Self {
            operation: operation.clone(),
            rules,
            written: table.definition().written(),
            returning,
            on_conflict,
        })
    }

    /// What the rows of the input come to. Nothing is changed yet; the caller holds the table's lock.
    pub(crate) fn work_out(&self, table: &MemoryTable, rows: &[RecordBatch]) -> Result<Worked> {
        let contents = table.contents();
        let mut state = table.state().lock();
        let changed = match &self.operation {
            Operation::Insert { conflict } => {
                self.insert(table, &contents, &mut state, rows, conflict)?
            }
            Operation::Update { columns } => {
                let rows = concatenated(rows)?;
                let mut changed = Changed::default();
                if let Some(rows) = rows {
                    let (ids, rows) = last_of_each(&rows)?;
                    let values = rows.columns()[1..].to_vec();
                    self.update(table, &contents, columns, ids, values, &mut changed)?;
                }
                changed
            }
            Operation::Delete => {
                let mut seen = HashSet::new();
                let deleted = rows
                    .iter()
                    .flat_map(|rows| rows.column(0).as_primitive::<UInt64Type>().values().iter())
                    .copied()
                    .filter(|id| seen.insert(*id))
                    .collect();
                Changed { deleted, ..Changed::default() }
            }
            Operation::Merge { columns } => self.merge(table, &contents, columns, rows)?,
        };
        self.check_keys(table, &contents, &mut state, &changed)?;
        let answer = self.answer(table, &contents, &changed)?;
        let edit = Edit {
            deleted: changed.deleted.clone(),
            updated: match changed.updated.is_empty() {
                true => None,
                false => {
                    Some(Update { rows: changed.updated.clone(), columns: changed.columns.clone() })
                }
            },
            inserted: changed.inserted.clone(),
        };
        let edited = contents.edit(&edit)?;
        Ok(Worked { contents: edited.contents, renumbered: edited.renumbered, changed, answer })
    }

    fn insert(
        &self,
        table: &MemoryTable,
        contents: &Contents,
        state: &mut WriterState,
        rows: &[RecordBatch],
        conflict: &Conflict,
    ) -> Result<Changed> {
        let mut inserted = vec![];
        for rows in rows.iter().filter(|rows| rows.num_rows() > 0) {
            inserted.push(self.rules.complete(rows.columns(), &self.written, rows.num_rows())?);
        }
        let mut changed = Changed::default();
        match conflict {
            Conflict::Fail => changed.inserted = inserted,
            Conflict::Skip { key } => {
                let all = 0..table.definition().keys.len();
                let keys: Vec<usize> = all.filter(|at| key.is_none_or(|key| key == *at)).collect();
                for key in &keys {
                    ensure_index(table, contents, state, *key)?;
                }
                let indexes: Vec<&KeyIndex> =
                    keys.iter().filter_map(|key| state.indexes[*key].as_ref()).collect();
                let mut seen: Vec<HashSet<Box<[u8]>>> = vec![HashSet::new(); indexes.len()];
                for rows in inserted {
                    let keys: Result<Vec<_>> =
                        indexes.iter().map(|index| index.keys(&rows)).collect();
                    let keys = keys?;
                    let keep: Vec<bool> = (0..rows.num_rows())
                        .map(|row| {
                            let free = indexes.iter().zip(&keys).zip(&seen).all(
                                |((index, keys), seen)| {
                                    keys.get(row).is_none_or(|key| {
                                        index.find(key).is_none() && !seen.contains(key.as_ref())
                                    })
                                },
                            );
                            if free {
                                for (keys, seen) in keys.iter().zip(&mut seen) {
                                    seen.extend(keys.get(row).map(|key| Box::from(key.as_ref())));
                                }
                            }
                            free
                        })
                        .collect();
                    changed.inserted.push(filter_record_batch(&rows, &BooleanArray::from(keep))?);
                }
            }
            Conflict::Update { key, .. } => {
                self.insert_or_update(table, contents, state, inserted, *key, &mut changed)?;
            }
        }
        // A row that is left out, or only says what to change, need not obey.
        changed.inserted = std::mem::take(&mut changed.inserted)
            .into_iter()
            .map(|rows| self.rules.check(rows))
            .collect::<Result<_>>()?;
        Ok(changed)
    }

    /// New rows, or changes of the rows that have their keys. Of several rows with a key the first counts.
    fn insert_or_update(
        &self,
        table: &MemoryTable,
        contents: &Contents,
        state: &mut WriterState,
        inserted: Vec<RecordBatch>,
        key: usize,
        changed: &mut Changed,
    ) -> Result<()> {
        let Some(on_conflict) = &self.on_conflict else {
            return Err(Error::internal("ON CONFLICT has no expressions"));
        };
        ensure_index(table, contents, state, key)?;
        let Some(index) = &state.indexes[key] else {
            return Err(Error::internal("the key has no index"));
        };
        let mut seen: HashSet<Box<[u8]>> = HashSet::new();
        let mut ids: Vec<RowId> = vec![];
        let mut excluded = vec![];
        for rows in inserted {
            let keys = index.keys(&rows)?;
            let mut new = vec![];
            let mut conflicting = vec![];
            for row in 0..rows.num_rows() {
                let Some(key) = keys.get(row) else {
                    new.push(row as u32);
                    continue;
                };
                if !seen.insert(Box::from(key.as_ref())) {
                    continue;
                }
                match index.find(key) {
                    Some(id) => {
                        ids.push(id);
                        conflicting.push(row as u32);
                    }
                    None => new.push(row as u32),
                }
            }
            excluded.push(take_record_batch(&rows, &UInt32Array::from(conflicting))?);
            changed.inserted.push(take_record_batch(&rows, &UInt32Array::from(new))?);
        }
        let Some(excluded) = concatenated(&excluded)? else { return Ok(()) };
        let existing = contents.take(&ids, &table.rows_schema())?;
        let mut columns = existing.columns().to_vec();
        columns.extend(excluded.columns().iter().cloned());
        let mut both = RecordBatch::try_new(Arc::clone(&on_conflict.schema), columns)?;
        if let Some(condition) = &on_conflict.condition {
            let keep = BooleanArray::from(holds(condition, &both)?);
            both = filter_record_batch(&both, &keep)?;
            let mut kept = keep.values().iter();
            ids.retain(|_| kept.next().unwrap_or(false));
        }
        let mut positions = vec![];
        let mut values = vec![];
        for (column, expr) in &on_conflict.assignments {
            positions.push(*column);
            values.push(expr.evaluate(&both)?.into_array(both.num_rows())?);
        }
        self.update(table, contents, &positions, ids, values, changed)
    }

    /// Adds updates to `changed`.
    fn update(
        &self,
        table: &MemoryTable,
        contents: &Contents,
        positions: &[usize],
        ids: Vec<RowId>,
        values: Vec<ArrayRef>,
        changed: &mut Changed,
    ) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let keyed = table
            .definition()
            .keys
            .iter()
            .any(|key| key.columns.iter().any(|column| positions.contains(column)));
        let mut columns: Vec<(usize, ArrayRef)> = positions.iter().copied().zip(values).collect();
        if keyed || self.returning.is_some() || !self.rules.are_plain() {
            let rows = contents.take(&ids, &table.rows_schema())?;
            let mut all = rows.columns().to_vec();
            for (position, values) in &columns {
                all[*position] = Arc::clone(values);
            }
            let rows = self.rules.check(self.rules.generate(all, ids.len())?)?;
            columns.extend(
                self.rules
                    .generated()
                    .map(|position| (position, Arc::clone(rows.column(position)))),
            );
            changed.updated_rows = Some(rows);
        } else {
            for (position, values) in &columns {
                self.rules.check_column(*position, values)?;
            }
        }
        changed.updated = ids;
        changed.columns = columns;
        Ok(())
    }

    fn merge(
        &self,
        table: &MemoryTable,
        contents: &Contents,
        positions: &[usize],
        rows: &[RecordBatch],
    ) -> Result<Changed> {
        /// The action, the error's text and the row's id stand before the values.
        const VALUES: usize = 3;
        let mut changed = Changed::default();
        let Some(rows) = concatenated(rows)? else { return Ok(changed) };
        let actions = rows.column(0).as_primitive::<Int32Type>();
        let ids = rows.column(2).as_primitive::<UInt64Type>();
        let of = |wanted: i32| {
            let indices = actions.iter().enumerate().filter(|(_, action)| *action == Some(wanted));
            UInt32Array::from_iter_values(indices.map(|(index, _)| index as u32))
        };
        if let Some(row) = of(action::ERROR).values().first() {
            let texts = arrow::compute::cast(rows.column(1), &DataType::Utf8)?;
            let text = texts.as_string::<i32>().value(*row as usize).to_string();
            return Err(Error::invalid_data(text));
        }
        let (updates, deletes) = (of(action::UPDATE), of(action::DELETE));
        let mut seen = HashSet::new();
        for row in updates.values().iter().chain(deletes.values()) {
            if !seen.insert(ids.value(*row as usize)) {
                return Err(Error::invalid_input(
                    "MERGE INTO cannot change the same row more than once: a row of the table matched more than one row of the source",
                )
                .with_hint("make the source's rows distinct, or the condition match one of them"));
            }
        }
        changed.deleted = deletes.values().iter().map(|row| ids.value(*row as usize)).collect();
        if !updates.is_empty() {
            let mut values = vec![];
            for position in positions {
                let at = self.written.iter().position(|written| written == position);
                let at = at.ok_or_else(|| Error::internal("MERGE writes a generated column"))?;
                values.push(take(rows.column(VALUES + at), &updates, None)?);
            }
            let updated = updates.values().iter().map(|row| ids.value(*row as usize)).collect();
            self.update(table, contents, positions, updated, values, &mut changed)?;
        }
        let inserts = of(action::INSERT);
        if !inserts.is_empty() {
            let columns: Vec<ArrayRef> = rows.columns()[VALUES..]
                .iter()
                .map(|column| Ok(take(column, &inserts, None)?))
                .collect::<Result<_>>()?;
            let rows = self.rules.complete(&columns, &self.written, inserts.len())?;
            changed.inserted.push(self.rules.check(rows)?);
        }
        Ok(changed)
    }

    /// Checks the keys of the new rows against all that stay.
    fn check_keys(
        &self,
        table: &MemoryTable,
        contents: &Contents,
        state: &mut WriterState,
        changed: &Changed,
    ) -> Result<()> {
        for (at, key) in table.definition().keys.iter().enumerate() {
            let updated = changed
                .updated_rows
                .iter()
                .filter(|_| changed.columns.iter().any(|(column, _)| key.columns.contains(column)));
            let mut removed: HashSet<RowId> = changed.deleted.iter().copied().collect();
            let mut added: Vec<RecordBatch> = vec![];
            for rows in updated {
                removed.extend(&changed.updated);
                added.push(rows.clone());
            }
            added.extend(changed.inserted.iter().cloned());
            if added.iter().all(|rows| rows.num_rows() == 0) {
                continue;
            }
            ensure_index(table, contents, state, at)?;
            let Some(index) = &state.indexes[at] else { continue };
            if let Some((batch, row)) = index.conflict(&removed, &added)? {
                let text = keys::text(&key.columns, &added[batch], row, table.definition())?;
                let kind = if key.primary { "primary key" } else { "unique" };
                return Err(Error::invalid_data(format!(
                    "duplicate key \"{text}\" violates {kind} constraint"
                ))
                .with_hint("ON CONFLICT says what to do with such rows"));
            }
        }
        Ok(())
    }

    fn answer(
        &self,
        table: &MemoryTable,
        contents: &Contents,
        changed: &Changed,
    ) -> Result<Answer> {
        let Some(schema) = &self.returning else {
            let inserted: usize = changed.inserted.iter().map(RecordBatch::num_rows).sum();
            return Ok(Answer::Count(inserted + changed.updated.len() + changed.deleted.len()));
        };
        let deleted = contents.take(&changed.deleted, &table.rows_schema())?;
        let mut parts: Vec<(&str, &RecordBatch)> = vec![];
        parts.extend(changed.updated_rows.iter().map(|rows| ("UPDATE", rows)));
        parts.push(("DELETE", &deleted));
        parts.extend(changed.inserted.iter().map(|rows| ("INSERT", rows)));
        let rows: Result<Vec<RecordBatch>> = parts
            .into_iter()
            .filter(|(_, rows)| rows.num_rows() > 0)
            .map(|(action, rows)| {
                let mut columns = rows.columns().to_vec();
                if matches!(self.operation, Operation::Merge { .. }) {
                    let actions = std::iter::repeat_n(action, rows.num_rows());
                    columns.push(Arc::new(StringArray::from_iter_values(actions)));
                }
                Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
            })
            .collect();
        Ok(Answer::Rows(rows?))
    }
}

/// The schema of the rows that RETURNING sees.
pub(crate) fn returned_schema(table: &MemoryTable, operation: &Operation) -> SchemaRef {
    let schema = table.rows_schema();
    match operation {
        Operation::Merge { .. } => {
            let mut fields = schema.fields().to_vec();
            fields.push(Arc::new(Field::new(MERGE_ACTION, DataType::Utf8, false)));
            Arc::new(Schema::new(fields))
        }
        _ => schema,
    }
}

impl Worked {
    /// Makes the edit.
    pub(crate) fn commit(self, table: &MemoryTable, pool: &Arc<dyn MemoryPool>) -> Result<Answer> {
        let mut state = table.state().lock();
        let before = table.contents();
        let mut gone = self.changed.deleted.clone();
        gone.extend(&self.changed.updated);
        let followed = self.follow(table, &before, &gone, &mut state).and_then(|()| {
            let indexes: usize = state.indexes.iter().flatten().map(KeyIndex::bytes).sum();
            let bytes = self.contents.bytes() + indexes;
            state.reserve(pool, &table.name().table, bytes)
        });
        if let Err(error) = followed {
            // The indexes are those of rows that will not be.
            state.indexes.iter_mut().for_each(|index| *index = None);
            return Err(error);
        }
        table.set_contents(self.contents);
        Ok(self.answer)
    }

    /// Brings the indexes up to date with the edit.
    fn follow(
        &self,
        table: &MemoryTable,
        before: &Contents,
        gone: &[RowId],
        state: &mut WriterState,
    ) -> Result<()> {
        let changed = &self.changed;
        for (index, key) in state.indexes.iter_mut().zip(&table.definition().keys) {
            let Some(index) = index else { continue };
            let touched = changed.columns.iter().any(|(column, _)| key.columns.contains(column));
            let gone = if touched { gone } else { &changed.deleted };
            let removed = before.take(gone, &table.rows_schema())?;
            let updated = changed.updated_rows.as_ref().filter(|_| touched);
            index.follow(&removed, &changed.updated, updated, &self.contents, &self.renumbered)?;
        }
        Ok(())
    }
}

/// Makes the index of a key if it is not there.
fn ensure_index(
    table: &MemoryTable,
    contents: &Contents,
    state: &mut WriterState,
    key: usize,
) -> Result<()> {
    if state.indexes[key].is_none() {
        let definition = table.definition();
        state.indexes[key] = Some(KeyIndex::build(&definition.keys[key], contents, definition)?);
    }
    Ok(())
}

/// All rows as one batch, or none.
fn concatenated(rows: &[RecordBatch]) -> Result<Option<RecordBatch>> {
    let Some(first) = rows.first() else { return Ok(None) };
    let all = match rows.len() {
        1 => first.clone(),
        _ => concat_batches(&first.schema(), rows)?,
    };
    Ok((all.num_rows() > 0).then_some(all))
}

/// The ids in the first column, each once, with the rows that came last for them.
fn last_of_each(rows: &RecordBatch) -> Result<(Vec<RowId>, RecordBatch)> {
    let ids = rows.column(0).as_primitive::<UInt64Type>();
    let mut seen = HashSet::new();
    let mut keep = vec![false; ids.len()];
    for row in (0..ids.len()).rev() {
        keep[row] = seen.insert(ids.value(row));
    }
    let keep = BooleanArray::from(keep);
    let rows = match keep.true_count() == ids.len() {
        true => rows.clone(),
        false => filter_record_batch(rows, &keep)?,
    };
    let ids = rows.column(0).as_primitive::<UInt64Type>().values().to_vec();
    Ok((ids, rows))
}
