//! What the engines that keep values have in common: values by group in, one result per group out.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};
use extension::{Error, Result};

/// The values of groups one after the other, and where each group ends.
pub(crate) struct Groups<'a> {
    /// The columns of values.
    pub(crate) columns: &'a [ArrayRef],
    /// One more than there are groups: group `i` is from `offsets[i]` to `offsets[i + 1]`.
    pub(crate) offsets: &'a [usize],
    /// The constant arguments.
    pub(crate) constants: &'a [ScalarValue],
    /// The type of the result.
    pub(crate) returns: &'a DataType,
}

impl Groups<'_> {
    /// Where each group's values stand.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        self.offsets.windows(2).map(|ends| ends[0]..ends[1])
    }
}

/// One result per group.
pub(crate) type Finish = fn(&Groups) -> Result<ArrayRef>;

/// Keeps values by group.
pub(super) trait Store: Send + Sync + std::fmt::Debug {
    /// Adds rows, each to its group; `groups` is as long as the columns.
    fn update(&mut self, columns: &[ArrayRef], groups: &[usize]) -> Result<()>;

    /// Adds what another store took out.
    fn merge(&mut self, columns: &[ArrayRef], groups: &[usize]) -> Result<()>;

    /// Takes the rows out that were added first; there is one group.
    fn retract(&mut self, columns: &[ArrayRef]) -> Result<()>;

    /// Takes everything out: the columns and the group of each row.
    fn take(&mut self) -> Result<(Vec<ArrayRef>, Vec<usize>)>;

    /// The columns of a state without rows.
    fn empty(&self) -> Vec<ArrayRef>;

    /// The bytes it holds.
    fn size(&self) -> usize;
}

/// Rows by group: the columns in the order of groups, and where each group ends.
fn by_group(
    columns: &[ArrayRef],
    groups: &[usize],
    count: usize,
) -> Result<(Vec<ArrayRef>, Vec<usize>)> {
    let mut offsets = vec![0usize; count + 1];
    for group in groups {
        offsets[group + 1] += 1;
    }
    for index in 1..offsets.len() {
        offsets[index] += offsets[index - 1];
    }
    if count <= 1 || groups.is_sorted() {
        return Ok((columns.to_vec(), offsets));
    }
    let mut next = offsets.clone();
    let mut order = vec![0u64; groups.len()];
    for (row, group) in groups.iter().enumerate() {
        order[next[*group]] = row as u64;
        next[*group] += 1;
    }
    let order = datafusion::arrow::array::UInt64Array::from(order);
    let columns = columns
        .iter()
        .map(|column| Ok(compute::take(column, &order, None)?))
        .collect::<Result<_>>()?;
    Ok((columns, offsets))
}

fn lists(columns: Vec<ArrayRef>, offsets: &[usize]) -> Result<Vec<ArrayRef>> {
    let ends =
        offsets.iter().map(|end| i32::try_from(*end)).collect::<Result<Vec<i32>, _>>().map_err(
            |_| Error::resources_exhausted("a group has too many values to be handed on"),
        )?;
    columns
        .into_iter()
        .map(|values| {
            let element = Arc::new(Field::new_list_field(values.data_type().clone(), true));
            let offsets = OffsetBuffer::new(ends.clone().into());
            Ok(Arc::new(ListArray::try_new(element, offsets, values, None)?) as ArrayRef)
        })
        .collect()
}

/// The elements of state lists, and the group of each.
fn elements(states: &[ArrayRef], groups: &[usize]) -> Result<(Vec<ArrayRef>, Vec<usize>)> {
    let mut columns = Vec::with_capacity(states.len());
    let mut of_elements = vec![];
    for (index, state) in states.iter().enumerate() {
        let list = state
            .as_list_opt::<i32>()
            .ok_or_else(|| Error::internal("the state of an aggregate is a list"))?;
        let offsets = list.value_offsets();
        let (start, end) = (offsets[0] as usize, offsets[list.len()] as usize);
        columns.push(list.values().slice(start, end - start));
        if index == 0 {
            for (row, group) in groups.iter().enumerate() {
                let length = (offsets[row + 1] - offsets[row]) as usize;
                of_elements.extend(std::iter::repeat_n(*group, length));
            }
        }
    }
    Ok((columns, of_elements))
}

/// One group.
#[derive(Debug)]
pub(super) struct Single {
    store: Box<dyn Store>,
    finish: Finish,
    constants: Vec<ScalarValue>,
    returns: DataType,
}

impl Single {
    pub(super) fn new(
        store: Box<dyn Store>,
        finish: Finish,
        constants: Vec<ScalarValue>,
        returns: DataType,
    ) -> Self {
        Self { store, finish, constants, returns }
    }
}

impl Accumulator for Single {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        let rows = values.first().map_or(0, |column| column.len());
        Ok(self.store.update(values, &vec![0; rows])?)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        Ok(self.store.retract(values)?)
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        let (columns, groups) = self.store.take()?;
        let result = (self.finish)(&Groups {
            columns: &columns,
            offsets: &[0, groups.len()],
            constants: &self.constants,
            returns: &self.returns,
        })?;
        // A window asks again and again while rows come and go.
        self.store.merge(&columns, &groups)?;
        ScalarValue::try_from_array(&result, 0)
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        let (columns, groups) = self.store.take()?;
        let states = lists(columns, &[0, groups.len()])?;
        states.iter().map(|state| ScalarValue::try_from_array(state, 0)).collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        let rows = states.first().map_or(0, |state| state.len());
        let (columns, groups) = elements(states, &vec![0; rows])?;
        Ok(self.store.merge(&columns, &groups)?)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.store.size()
    }
}

/// Many groups.
#[derive(Debug)]
pub(super) struct Grouped {
    store: Box<dyn Store>,
    finish: Finish,
    constants: Vec<ScalarValue>,
    returns: DataType,
    /// How many groups there are.
    count: usize,
}

impl Grouped {
    pub(super) fn new(
        store: Box<dyn Store>,
        finish: Finish,
        constants: Vec<ScalarValue>,
        returns: DataType,
    ) -> Self {
        Self { store, finish, constants, returns, count: 0 }
    }

    /// The values of the groups that are emitted; the others stay, renumbered.
    fn emit(&mut self, emit_to: EmitTo) -> Result<(Vec<ArrayRef>, Vec<usize>)> {
        let (columns, groups) = self.store.take()?;
        let EmitTo::First(first) = emit_to else {
            let count = std::mem::take(&mut self.count);
            return by_group(&columns, &groups, count);
        };
        self.count -= first;
        let emitted = BooleanArray::from_iter(groups.iter().map(|group| Some(*group < first)));
        let others = compute::not(&emitted)?;
        let filter = |columns: &[ArrayRef], mask| {
            columns.iter().map(|c| Ok(compute::filter(c, mask)?)).collect::<Result<Vec<_>>>()
        };
        let rest: Vec<usize> =
            groups.iter().filter(|group| **group >= first).map(|group| group - first).collect();
        self.store.merge(&filter(&columns, &others)?, &rest)?;
        let kept: Vec<usize> = groups.into_iter().filter(|group| *group < first).collect();
        by_group(&filter(&columns, &emitted)?, &kept, first)
    }
}

/// The rows that a filter lets through, and their groups.
fn filtered(
    values: &[ArrayRef],
    groups: &[usize],
    filter: &BooleanArray,
) -> Result<(Vec<ArrayRef>, Vec<usize>)> {
    let columns = values
        .iter()
        .map(|column| Ok(compute::filter(column, filter)?))
        .collect::<Result<Vec<_>>>()?;
    let passes = |row: &usize| filter.is_valid(*row) && filter.value(*row);
    let groups = (0..groups.len()).filter(passes).map(|row| groups[row]).collect();
    Ok((columns, groups))
}

impl GroupsAccumulator for Grouped {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> DataFusionResult<()> {
        self.count = total_num_groups;
        match opt_filter {
            Some(filter) => {
                let (columns, groups) = filtered(values, group_indices, filter)?;
                self.store.update(&columns, &groups)?;
            }
            None => self.store.update(values, group_indices)?,
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> DataFusionResult<ArrayRef> {
        let (columns, offsets) = self.emit(emit_to)?;
        Ok((self.finish)(&Groups {
            columns: &columns,
            offsets: &offsets,
            constants: &self.constants,
            returns: &self.returns,
        })?)
    }

    fn state(&mut self, emit_to: EmitTo) -> DataFusionResult<Vec<ArrayRef>> {
        let (columns, offsets) = self.emit(emit_to)?;
        Ok(lists(columns, &offsets)?)
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> DataFusionResult<()> {
        self.count = total_num_groups;
        let (columns, groups) = elements(values, group_indices)?;
        Ok(self.store.merge(&columns, &groups)?)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> DataFusionResult<Vec<ArrayRef>> {
        let rows = values.first().map_or(0, |column| column.len());
        let groups: Vec<usize> = (0..rows).collect();
        let (columns, groups) = match opt_filter {
            Some(filter) => filtered(values, &groups, filter)?,
            None => (values.to_vec(), groups),
        };
        let width = self.store.empty().len();
        let mut columns = columns;
        if width > columns.len() {
            // Counts of one each.
            let ones = datafusion::arrow::array::UInt64Array::from(vec![1; groups.len()]);
            columns.truncate(width - 1);
            columns.push(Arc::new(ones));
        } else {
            columns.truncate(width);
        }
        let (columns, offsets) = by_group(&columns, &groups, rows)?;
        Ok(lists(columns, &offsets)?)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.store.size()
    }
}
