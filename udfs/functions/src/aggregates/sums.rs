//! Keeps a few numbers for each group.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::ScalarValue;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};
use extension::Result;

/// How numbers are kept, merged and turned into the result.
pub(crate) struct Sums {
    /// How many numbers there are.
    pub(super) width: usize,
    /// What they are before the first row.
    pub(super) start: &'static [f64],
    /// A row's arguments change them.
    pub(super) add: fn(&mut [f64], &[f64]),
    /// Those of another part of the group change them.
    pub(super) merge: fn(&mut [f64], &[f64]),
    /// The result.
    pub(super) finish: fn(&[f64]) -> Option<f64>,
}

impl std::fmt::Debug for Sums {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sums").field("width", &self.width).finish_non_exhaustive()
    }
}

/// The numbers of all groups, one after the other.
#[derive(Debug)]
struct State {
    sums: &'static Sums,
    numbers: Vec<f64>,
}

impl State {
    fn grow(&mut self, groups: usize) {
        while self.numbers.len() < groups * self.sums.width {
            self.numbers.extend_from_slice(self.sums.start);
        }
    }

    fn update(
        &mut self,
        values: &[ArrayRef],
        group: impl Fn(usize) -> usize,
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let columns = values
            .iter()
            .map(|column| Ok(cast(column, &DataType::Float64)?))
            .collect::<Result<Vec<_>>>()?;
        let columns: Vec<&Float64Array> =
            columns.iter().map(|column| column.as_primitive::<Float64Type>()).collect();
        let rows = columns.first().map_or(0, |column| column.len());
        let width = self.sums.width;
        let mut row_values = vec![0.0; columns.len()];
        for row in 0..rows {
            let passes = filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
            if !passes || columns.iter().any(|column| column.is_null(row)) {
                continue;
            }
            for (value, column) in row_values.iter_mut().zip(&columns) {
                *value = column.value(row);
            }
            let start = group(row) * width;
            (self.sums.add)(&mut self.numbers[start..start + width], &row_values);
        }
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], group: impl Fn(usize) -> usize) {
        let width = self.sums.width;
        let columns: Vec<&Float64Array> =
            states.iter().map(|column| column.as_primitive::<Float64Type>()).collect();
        let rows = columns.first().map_or(0, |column| column.len());
        let mut other = vec![0.0; width];
        for row in 0..rows {
            for (number, column) in other.iter_mut().zip(&columns) {
                *number = column.value(row);
            }
            let start = group(row) * width;
            (self.sums.merge)(&mut self.numbers[start..start + width], &other);
        }
    }

    fn results(&self, numbers: &[f64], returns: &DataType) -> Result<ArrayRef> {
        let results = numbers.chunks(self.sums.width).map(self.sums.finish);
        Ok(cast(&results.collect::<Float64Array>(), returns)?)
    }
}

/// One group.
#[derive(Debug)]
pub(super) struct OneGroup {
    state: State,
    returns: DataType,
}

impl OneGroup {
    pub(super) fn new(sums: &'static Sums, returns: DataType) -> Self {
        Self { state: State { sums, numbers: sums.start.to_vec() }, returns }
    }
}

impl Accumulator for OneGroup {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        Ok(self.state.update(values, |_| 0, None)?)
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        let result = self.state.results(&self.state.numbers, &self.returns)?;
        ScalarValue::try_from_array(&result, 0)
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        Ok(self.state.numbers.iter().map(|number| ScalarValue::Float64(Some(*number))).collect())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        self.state.merge(states, |_| 0);
        Ok(())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.state.numbers.capacity() * size_of::<f64>()
    }
}

/// Many groups.
#[derive(Debug)]
pub(super) struct ManyGroups {
    state: State,
    returns: DataType,
}

impl ManyGroups {
    pub(super) fn new(sums: &'static Sums, returns: DataType) -> Self {
        Self { state: State { sums, numbers: vec![] }, returns }
    }

    fn take(&mut self, emit_to: EmitTo) -> Vec<f64> {
        match emit_to {
            EmitTo::All => std::mem::take(&mut self.state.numbers),
            EmitTo::First(groups) => {
                EmitTo::First(groups * self.state.sums.width).take_needed(&mut self.state.numbers)
            }
        }
    }

    fn columns(&self, numbers: &[f64]) -> Vec<ArrayRef> {
        let width = self.state.sums.width;
        (0..width)
            .map(|index| {
                let column = numbers.iter().skip(index).step_by(width).copied();
                Arc::new(Float64Array::from_iter_values(column)) as ArrayRef
            })
            .collect()
    }
}

impl GroupsAccumulator for ManyGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> DataFusionResult<()> {
        self.state.grow(total_num_groups);
        Ok(self.state.update(values, |row| group_indices[row], opt_filter)?)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> DataFusionResult<ArrayRef> {
        let numbers = self.take(emit_to);
        Ok(self.state.results(&numbers, &self.returns)?)
    }

    fn state(&mut self, emit_to: EmitTo) -> DataFusionResult<Vec<ArrayRef>> {
        let numbers = self.take(emit_to);
        Ok(self.columns(&numbers))
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> DataFusionResult<()> {
        self.state.grow(total_num_groups);
        self.state.merge(values, |row| group_indices[row]);
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> DataFusionResult<Vec<ArrayRef>> {
        let rows = values.first().map_or(0, |column| column.len());
        let mut state = State { sums: self.state.sums, numbers: vec![] };
        state.grow(rows);
        state.update(values, |row| row, opt_filter)?;
        Ok(self.columns(&state.numbers))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.state.numbers.capacity() * size_of::<f64>()
    }
}
