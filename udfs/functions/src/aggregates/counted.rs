//! Keeps how often each value occurs in each group.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt64Array, new_empty_array};
use datafusion::arrow::compute;
use datafusion::arrow::datatypes::{DataType, Field, Schema, UInt64Type};
use datafusion::logical_expr::EmitTo;
use datafusion::physical_plan::aggregates::group_values::{GroupValues, new_group_values};
use datafusion::physical_plan::aggregates::order::GroupOrdering;
use extension::Result;
use parking_lot::Mutex;

use super::store::Store;

/// Pairs of group and value, each with its count, in the order in which they were first seen.
pub(super) struct Counted {
    types: Vec<DataType>,
    /// Never locked: the lock is what makes it fit to be shared.
    pairs: Mutex<Box<dyn GroupValues>>,
    counts: Vec<u64>,
    /// The number of each row's pair; kept for its memory.
    ids: Vec<usize>,
}

impl std::fmt::Debug for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Counted").field("types", &self.types).finish_non_exhaustive()
    }
}

fn pairs(value: &DataType) -> Result<Box<dyn GroupValues>> {
    let schema = Arc::new(Schema::new(vec![
        Field::new("group", DataType::UInt64, false),
        Field::new("value", value.clone(), true),
    ]));
    Ok(new_group_values(schema, &GroupOrdering::None)?)
}

impl Counted {
    pub(super) fn new(types: Vec<DataType>) -> Result<Self> {
        let pairs = Mutex::new(pairs(types.first().unwrap_or(&DataType::Null))?);
        Ok(Self { types, pairs, counts: vec![], ids: vec![] })
    }

    /// Numbers the pairs of the rows whose value is not NULL.
    fn intern(&mut self, values: &ArrayRef, groups: &[usize]) -> Result<Option<UInt64Array>> {
        let groups = UInt64Array::from_iter_values(groups.iter().map(|group| *group as u64));
        let valid = values
            .logical_nulls()
            .filter(|nulls| nulls.null_count() > 0)
            .map(|nulls| datafusion::arrow::array::BooleanArray::new(nulls.into_inner(), None));
        let (groups, values): (ArrayRef, ArrayRef) = match &valid {
            Some(valid) => (compute::filter(&groups, valid)?, compute::filter(values, valid)?),
            None => (Arc::new(groups), Arc::clone(values)),
        };
        self.ids.clear();
        let pairs = self.pairs.get_mut();
        pairs.intern(&[groups, values], &mut self.ids)?;
        self.counts.resize(pairs.len(), 0);
        Ok(valid.map(|valid| {
            let rows = (0..valid.len()).filter(|row| valid.value(*row)).map(|row| row as u64);
            UInt64Array::from_iter_values(rows)
        }))
    }
}

impl Store for Counted {
    fn update(&mut self, columns: &[ArrayRef], groups: &[usize]) -> Result<()> {
        self.intern(&columns[0], groups)?;
        for id in &self.ids {
            self.counts[*id] += 1;
        }
        Ok(())
    }

    fn merge(&mut self, columns: &[ArrayRef], groups: &[usize]) -> Result<()> {
        let rows = self.intern(&columns[0], groups)?;
        let counts = columns[1].as_primitive::<UInt64Type>();
        for (index, id) in self.ids.iter().enumerate() {
            let row = rows.as_ref().map_or(index, |rows| rows.value(index) as usize);
            self.counts[*id] += counts.value(row);
        }
        Ok(())
    }

    fn retract(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let rows = columns[0].len();
        self.intern(&columns[0], &vec![0; rows])?;
        for id in &self.ids {
            self.counts[*id] = self.counts[*id].saturating_sub(1);
        }
        Ok(())
    }

    fn take(&mut self) -> Result<(Vec<ArrayRef>, Vec<usize>)> {
        if self.counts.is_empty() {
            return Ok((self.empty(), vec![]));
        }
        let mut pairs = self.pairs.get_mut().emit(EmitTo::All)?;
        let counts: ArrayRef = Arc::new(UInt64Array::from(std::mem::take(&mut self.counts)));
        *self.pairs.get_mut() = self::pairs(&self.types[0])?;
        let values = pairs.pop().unwrap_or_else(|| new_empty_array(&self.types[0]));
        let groups = pairs.pop().unwrap_or_else(|| new_empty_array(&DataType::UInt64));
        let mut columns = vec![groups, values, counts];
        let present = |counts: &ArrayRef| {
            counts.as_primitive::<UInt64Type>().values().iter().all(|count| *count > 0)
        };
        if !present(&columns[2]) {
            let zero = UInt64Array::new_scalar(0);
            let keep = compute::kernels::cmp::gt(&columns[2], &zero)?;
            for column in &mut columns {
                *column = compute::filter(column, &keep)?;
            }
        }
        let groups = columns.remove(0);
        let groups =
            groups.as_primitive::<UInt64Type>().values().iter().map(|group| *group as usize);
        let groups = groups.collect();
        // The interner may hand values back in another encoding of the same type.
        if columns[0].data_type() != &self.types[0] {
            columns[0] = compute::cast(&columns[0], &self.types[0])?;
        }
        Ok((columns, groups))
    }

    fn empty(&self) -> Vec<ArrayRef> {
        vec![
            new_empty_array(self.types.first().unwrap_or(&DataType::Null)),
            new_empty_array(&DataType::UInt64),
        ]
    }

    fn size(&self) -> usize {
        self.pairs.lock().size()
            + self.counts.capacity() * size_of::<u64>()
            + self.ids.capacity() * size_of::<usize>()
    }
}
