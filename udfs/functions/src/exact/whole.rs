//! Sums in 128 bits, of one group and of many.

use std::collections::HashMap;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, PrimitiveArray, PrimitiveBuilder,
};
use arrow::compute::prep_null_mask_filter;
use arrow::datatypes::{ArrowPrimitiveType, DataType, Decimal128Type};
use datafusion::common::utils::SingleRowListArrayBuilder;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};
use datafusion_functions_aggregate_common::aggregate::groups_accumulator::accumulate::NullState;

use super::decimals::{LOST, add, check};
use super::sum::WIDE;

/// What becomes of a sum.
#[derive(Debug, Clone, Copy)]
pub(super) enum Finish {
    /// It is the result, a whole number.
    Sum,
    /// It is the result, of this scale.
    Decimal(i8),
}

impl Finish {
    pub(super) fn of(arguments: &AccumulatorArgs) -> Self {
        match arguments.return_field.data_type() {
            DataType::Decimal128(_, scale) => Self::Decimal(*scale),
            _ => Self::Sum,
        }
    }

    fn scale(self) -> i8 {
        match self {
            Self::Sum => 0,
            Self::Decimal(scale) => scale,
        }
    }

    fn value(self, sum: Option<i128>) -> Result<ScalarValue> {
        if let Some(sum) = sum {
            check(sum)?;
        }
        Ok(ScalarValue::Decimal128(sum, 38, self.scale()))
    }
}

fn plus(mut sum: i128, value: i128) -> i128 {
    add(&mut sum, value);
    sum
}

/// The sum of one group; values may be taken back, as window frames do.
#[derive(Debug)]
pub(super) struct Total<T> {
    sum: i128,
    count: u64,
    finish: Finish,
    values: PhantomData<T>,
}

impl<T> Total<T> {
    pub(super) fn new(finish: Finish) -> Self {
        Self { sum: 0, count: 0, finish, values: PhantomData }
    }
}

fn total<T: ArrowPrimitiveType>(values: &PrimitiveArray<T>) -> i128
where
    T::Native: Into<i128>,
{
    match values.null_count() {
        // As many numbers of 64 bits as memory can hold do not leave 128.
        0 if size_of::<T::Native>() <= 8 => {
            values.values().iter().map(|v| (*v).into()).sum::<i128>()
        }
        0 => values.values().iter().fold(0, |sum, value| plus(sum, (*value).into())),
        _ => values.iter().flatten().fold(0, |sum, value| plus(sum, value.into())),
    }
}

impl<T: ArrowPrimitiveType + Debug + Send + Sync> Accumulator for Total<T>
where
    T::Native: Into<i128>,
{
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let values = values[0].as_primitive::<T>();
        self.sum = plus(self.sum, total(values));
        self.count += (values.len() - values.null_count()) as u64;
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let values = values[0].as_primitive::<T>();
        let taken = total(values);
        add(&mut self.sum, if taken == LOST { LOST } else { -taken });
        self.count -= (values.len() - values.null_count()) as u64;
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.finish.value((self.count > 0).then_some(self.sum))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let sum = (self.count > 0).then_some(self.sum);
        Ok(vec![ScalarValue::Decimal128(sum, 38, self.finish.scale())])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let sums = states[0].as_primitive::<Decimal128Type>();
        self.sum = plus(self.sum, total(sums));
        self.count += (sums.len() - sums.null_count()) as u64;
        Ok(())
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

/// The sum of the distinct values of one group, and how often each is in the frame.
#[derive(Debug)]
pub(super) struct DistinctTotal<T: ArrowPrimitiveType> {
    seen: HashMap<i128, (T::Native, u64)>,
    data_type: DataType,
    finish: Finish,
}

impl<T: ArrowPrimitiveType> DistinctTotal<T> {
    pub(super) fn new(arguments: &AccumulatorArgs) -> Self {
        let data_type = arguments.expr_fields[0].data_type().clone();
        Self { seen: HashMap::new(), data_type, finish: Finish::of(arguments) }
    }

    /// How many values there are.
    pub(super) fn distinct(&self) -> u64 {
        self.seen.len() as u64
    }

    /// Their sum.
    pub(super) fn sum(&self) -> i128 {
        self.seen.keys().fold(0, |sum, value| plus(sum, *value))
    }
}

impl<T: ArrowPrimitiveType + Debug + Send + Sync> Accumulator for DistinctTotal<T>
where
    T::Native: Into<i128>,
{
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for value in values[0].as_primitive::<T>().iter().flatten() {
            self.seen.entry(value.into()).or_insert((value, 0)).1 += 1;
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for value in values[0].as_primitive::<T>().iter().flatten() {
            if let Some((_, count)) = self.seen.get_mut(&value.into()) {
                *count -= 1;
                if *count == 0 {
                    self.seen.remove(&value.into());
                }
            }
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.finish.value((!self.seen.is_empty()).then(|| self.sum()))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let mut values = PrimitiveBuilder::<T>::new().with_data_type(self.data_type.clone());
        values.extend(self.seen.values().map(|(value, _)| Some(*value)));
        let values: ArrayRef = Arc::new(values.finish());
        Ok(vec![SingleRowListArrayBuilder::new(values).build_list_scalar()])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for values in states[0].as_list::<i32>().iter().flatten() {
            self.update_batch(&[values])?;
        }
        Ok(())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.seen.capacity() * size_of::<(i128, (T::Native, u64))>()
    }
}

/// The sums of many groups.
#[derive(Debug)]
pub(super) struct WholeGroups<T> {
    sums: Vec<i128>,
    nulls: NullState,
    values: PhantomData<T>,
}

impl<T> Default for WholeGroups<T> {
    fn default() -> Self {
        Self { sums: vec![], nulls: NullState::new(), values: PhantomData }
    }
}

impl<T: ArrowPrimitiveType + Debug + Send + Sync> WholeGroups<T> {
    fn add<V: ArrowPrimitiveType + Send>(
        &mut self,
        values: &ArrayRef,
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) where
        V::Native: Into<i128>,
    {
        self.sums.resize(total, 0);
        let sums = &mut self.sums;
        let values = values.as_primitive::<V>();
        // Of 64 bits each, more values than memory can hold would have to come to fill 128.
        self.nulls.accumulate(groups, values, filter, total, |group, value| {
            sums[group] = sums[group].wrapping_add(value.into());
        });
    }
}

impl<T: ArrowPrimitiveType + Debug + Send + Sync> GroupsAccumulator for WholeGroups<T>
where
    T::Native: Into<i128>,
{
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.add::<T>(&values[0], groups, filter, total);
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let sums = emit_to.take_needed(&mut self.sums);
        let nulls = self.nulls.build(emit_to);
        Ok(Arc::new(Decimal128Array::new(sums.into(), nulls).with_data_type(WIDE)))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.evaluate(emit_to)?])
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.add::<Decimal128Type>(&values[0], groups, None, total);
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let values = values[0].as_primitive::<T>();
        let hidden = filter.map(|filter| match filter.null_count() {
            0 => filter.clone(),
            _ => prep_null_mask_filter(filter),
        });
        let shown = |row: usize| hidden.as_ref().is_none_or(|filter| filter.value(row));
        let sums: Decimal128Array = (0..values.len())
            .map(|row| (values.is_valid(row) && shown(row)).then(|| values.value(row).into()))
            .collect();
        Ok(vec![Arc::new(sums.with_data_type(WIDE))])
    }

    fn size(&self) -> usize {
        self.sums.capacity() * size_of::<i128>() + self.nulls.size()
    }
}
