//! `avg`.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, PrimitiveArray,
    UInt64Array,
};
use arrow::compute::prep_null_mask_filter;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, Field, FieldRef, Int64Type, UInt64Type,
};
use datafusion::common::{Result, ScalarValue};
use datafusion::functions_aggregate::average::Avg as Plain;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, Documentation, EmitTo, GroupsAccumulator, ReversedUDAF,
    Signature, Volatility,
};
use datafusion_functions_aggregate_common::aggregate::groups_accumulator::accumulate::accumulate;

use super::sum::{WIDE, argument};
use super::whole::DistinctTotal;

/// See the module.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Avg {
    plain: Plain,
    signature: Signature,
    aliases: Vec<String>,
}

impl Default for Avg {
    fn default() -> Self {
        let plain = Plain::new();
        let aliases = plain.aliases().to_vec();
        Self { plain, signature: Signature::user_defined(Volatility::Immutable), aliases }
    }
}

/// Whether the sum is exact in 128 bits: 10 digits more than the values have are room for more rows than
/// there can be.
fn is_exact(data_type: &DataType) -> bool {
    match data_type {
        DataType::Int64 | DataType::UInt64 => true,
        DataType::Decimal128(precision, _) => *precision <= EXACT_DIGITS,
        _ => false,
    }
}

const EXACT_DIGITS: u8 = 28;

/// The type in which values are added up: as they are where that is exact, otherwise as DOUBLE.
fn added_as(types: &[DataType]) -> Result<DataType> {
    Ok(match argument("avg", types)? {
        DataType::Decimal128(precision, _) if precision > EXACT_DIGITS => DataType::Float64,
        DataType::Decimal256(..) => DataType::Float64,
        other => other,
    })
}

/// What one of the sum is worth.
fn unit(data_type: &DataType) -> f64 {
    match data_type {
        DataType::Decimal128(_, scale) => 10_f64.powi(i32::from(*scale)),
        _ => 1.0,
    }
}

impl AggregateUDFImpl for Avg {
    fn name(&self) -> &str {
        "avg"
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(vec![added_as(types)?])
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match added_as(types)? {
            exact if is_exact(&exact) => Ok(DataType::Float64),
            other => self.plain.return_type(&[other]),
        }
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let data_type = arguments.expr_fields[0].data_type();
        let unit = unit(data_type);
        match (data_type, arguments.is_distinct) {
            (exact, _) if !is_exact(exact) => self.plain.accumulator(arguments),
            (DataType::Int64, false) => Ok(Box::new(Mean::<Int64Type>::new(unit))),
            (DataType::UInt64, false) => Ok(Box::new(Mean::<UInt64Type>::new(unit))),
            (_, false) => Ok(Box::new(Mean::<Decimal128Type>::new(unit))),
            (DataType::Int64, true) => {
                Ok(Box::new(DistinctMean::<Int64Type>::new(&arguments, unit)))
            }
            (DataType::UInt64, true) => {
                Ok(Box::new(DistinctMean::<UInt64Type>::new(&arguments, unit)))
            }
            (_, true) => Ok(Box::new(DistinctMean::<Decimal128Type>::new(&arguments, unit))),
        }
    }

    fn create_sliding_accumulator(
        &self,
        arguments: AccumulatorArgs,
    ) -> Result<Box<dyn Accumulator>> {
        match is_exact(arguments.expr_fields[0].data_type()) {
            true => self.accumulator(arguments),
            false => self.plain.create_sliding_accumulator(arguments),
        }
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let data_type = arguments.input_fields[0].data_type();
        let field = |name: &str, data_type: DataType| {
            Arc::new(Field::new(format_state_name(arguments.name, name), data_type, true))
        };
        match (is_exact(data_type), arguments.is_distinct) {
            (true, false) => Ok(vec![field("count", DataType::UInt64), field("sum", WIDE)]),
            (true, true) => {
                let values = Field::new_list_field(data_type.clone(), true);
                Ok(vec![field("values", DataType::List(Arc::new(values)))])
            }
            _ => self.plain.state_fields(arguments),
        }
    }

    fn groups_accumulator_supported(&self, arguments: AccumulatorArgs) -> bool {
        match is_exact(arguments.expr_fields[0].data_type()) {
            true => !arguments.is_distinct,
            false => self.plain.groups_accumulator_supported(arguments),
        }
    }

    fn create_groups_accumulator(
        &self,
        arguments: AccumulatorArgs,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        let data_type = arguments.expr_fields[0].data_type();
        let unit = unit(data_type);
        match data_type {
            DataType::Int64 => Ok(Box::new(MeanGroups::<Int64Type>::new(unit))),
            DataType::UInt64 => Ok(Box::new(MeanGroups::<UInt64Type>::new(unit))),
            exact if is_exact(exact) => Ok(Box::new(MeanGroups::<Decimal128Type>::new(unit))),
            _ => self.plain.create_groups_accumulator(arguments),
        }
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.plain.documentation()
    }
}

fn mean(sum: i128, count: u64) -> f64 {
    // The whole part is exact before it is rounded once.
    let count = i128::from(count);
    (sum / count) as f64 + (sum % count) as f64 / count as f64
}

fn total<T: ArrowPrimitiveType>(values: &PrimitiveArray<T>) -> i128
where
    T::Native: Into<i128>,
{
    values.iter().flatten().fold(0_i128, |sum, value| sum.wrapping_add(value.into()))
}

/// The average of one group.
#[derive(Debug)]
struct Mean<T> {
    sum: i128,
    count: u64,
    unit: f64,
    values: PhantomData<T>,
}

impl<T> Mean<T> {
    fn new(unit: f64) -> Self {
        Self { sum: 0, count: 0, unit, values: PhantomData }
    }
}

impl<T: ArrowPrimitiveType + Debug + Send + Sync> Accumulator for Mean<T>
where
    T::Native: Into<i128>,
{
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let values = values[0].as_primitive::<T>();
        self.sum = self.sum.wrapping_add(total(values));
        self.count += (values.len() - values.null_count()) as u64;
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let values = values[0].as_primitive::<T>();
        self.sum = self.sum.wrapping_sub(total(values));
        self.count -= (values.len() - values.null_count()) as u64;
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64((self.count > 0).then(|| mean(self.sum, self.count) / self.unit)))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let sum = ScalarValue::Decimal128(Some(self.sum), 38, 0);
        Ok(vec![ScalarValue::UInt64(Some(self.count)), sum])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.count += states[0].as_primitive::<UInt64Type>().iter().flatten().sum::<u64>();
        self.sum = self.sum.wrapping_add(total(states[1].as_primitive::<Decimal128Type>()));
        Ok(())
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

/// The average of the distinct values of one group.
#[derive(Debug)]
struct DistinctMean<T: ArrowPrimitiveType> {
    values: DistinctTotal<T>,
    unit: f64,
}

impl<T: ArrowPrimitiveType> DistinctMean<T> {
    fn new(arguments: &AccumulatorArgs, unit: f64) -> Self {
        Self { values: DistinctTotal::new(arguments), unit }
    }
}

impl<T: ArrowPrimitiveType + Debug + Send + Sync> Accumulator for DistinctMean<T>
where
    T::Native: Into<i128>,
{
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.values.update_batch(values)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.values.retract_batch(values)
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let count = self.values.distinct();
        let mean = (count > 0).then(|| mean(self.values.sum(), count) / self.unit);
        Ok(ScalarValue::Float64(mean))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.values.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.values.merge_batch(states)
    }

    fn size(&self) -> usize {
        self.values.size()
    }
}

/// The averages of many groups.
#[derive(Debug)]
struct MeanGroups<T> {
    sums: Vec<i128>,
    counts: Vec<u64>,
    unit: f64,
    values: PhantomData<T>,
}

impl<T> MeanGroups<T> {
    fn new(unit: f64) -> Self {
        Self { sums: vec![], counts: vec![], unit, values: PhantomData }
    }
}

impl<T: ArrowPrimitiveType + Debug + Send + Sync> GroupsAccumulator for MeanGroups<T>
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
        self.sums.resize(total, 0);
        self.counts.resize(total, 0);
        let (sums, counts) = (&mut self.sums, &mut self.counts);
        accumulate(groups, values[0].as_primitive::<T>(), filter, |group, value| {
            sums[group] = sums[group].wrapping_add(value.into());
            counts[group] += 1;
        });
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let sums = emit_to.take_needed(&mut self.sums);
        let counts = emit_to.take_needed(&mut self.counts);
        let means: Float64Array = sums
            .into_iter()
            .zip(counts)
            .map(|(sum, count)| (count > 0).then(|| mean(sum, count) / self.unit))
            .collect();
        Ok(Arc::new(means))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let counts = UInt64Array::from(emit_to.take_needed(&mut self.counts));
        let sums = Decimal128Array::from(emit_to.take_needed(&mut self.sums));
        Ok(vec![Arc::new(counts), Arc::new(sums.with_data_type(WIDE))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.sums.resize(total, 0);
        self.counts.resize(total, 0);
        let (sums, counts) = (&mut self.sums, &mut self.counts);
        accumulate(groups, states[0].as_primitive::<UInt64Type>(), None, |group, count| {
            counts[group] += count;
        });
        accumulate(groups, states[1].as_primitive::<Decimal128Type>(), None, |group, sum| {
            sums[group] = sums[group].wrapping_add(sum);
        });
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let values = values[0].as_primitive::<T>();
        let filter = filter.map(|filter| match filter.null_count() {
            0 => filter.clone(),
            _ => prep_null_mask_filter(filter),
        });
        let counted = |row: usize| {
            values.is_valid(row) && filter.as_ref().is_none_or(|filter| filter.value(row))
        };
        let rows = || 0..values.len();
        let counts: UInt64Array = rows().map(|row| Some(u64::from(counted(row)))).collect();
        let sums: Decimal128Array = rows()
            .map(|row| Some(if counted(row) { values.value(row).into() } else { 0 }))
            .collect();
        Ok(vec![Arc::new(counts), Arc::new(sums.with_data_type(WIDE))])
    }

    fn size(&self) -> usize {
        self.sums.capacity() * size_of::<i128>() + self.counts.capacity() * size_of::<u64>()
    }
}
