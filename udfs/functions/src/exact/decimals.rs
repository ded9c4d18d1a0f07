//! Sums of decimals, group by group: plain additions whose overflow is remembered.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::{DataType, Decimal128Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use datafusion_functions_aggregate_common::aggregate::groups_accumulator::prim_op::PrimitiveGroupsAccumulator;

/// One more than the greatest number of 38 digits.
const LIMIT: i128 = 10_i128.pow(38);
/// A sum that left 128 bits; it stays what it is.
pub(super) const LOST: i128 = i128::MAX;

/// Adds a value; a sum that was lost stays lost, whatever comes after.
pub(super) fn add(sum: &mut i128, value: i128) {
    *sum = match *sum == LOST || value == LOST {
        true => LOST,
        false => sum.checked_add(value).unwrap_or(LOST),
    };
}

/// Fails if a sum does not fit.
pub(super) fn check(sum: i128) -> Result<()> {
    match sum > -LIMIT && sum < LIMIT {
        true => Ok(()),
        false => exec_err!("out of range: overflow in sum of DECIMAL: more than 38 digits"),
    }
}

type Plain = PrimitiveGroupsAccumulator<Decimal128Type, fn(&mut i128, i128)>;

/// The sums.
#[derive(Debug)]
pub(super) struct DecimalGroups {
    plain: Plain,
}

impl DecimalGroups {
    pub(super) fn new(data_type: &DataType) -> Self {
        Self { plain: Plain::new(data_type, add) }
    }
}

impl GroupsAccumulator for DecimalGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.plain.update_batch(values, groups, filter, total)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let sums = self.plain.evaluate(emit_to)?;
        let decimals = sums.as_primitive::<Decimal128Type>();
        let fits = decimals.values().iter().all(|sum| check(*sum).is_ok());
        if !fits {
            for index in (0..decimals.len()).filter(|index| decimals.is_valid(*index)) {
                check(decimals.value(index))?;
            }
        }
        Ok(sums)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.plain.state(emit_to)
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.plain.merge_batch(values, groups, total)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        self.plain.convert_to_state(values, filter)
    }

    fn size(&self) -> usize {
        self.plain.size()
    }
}
