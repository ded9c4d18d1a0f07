//! `sum`.

use std::sync::Arc;

use arrow::datatypes::{
    DECIMAL128_MAX_PRECISION, DataType, Decimal128Type, Field, FieldRef, Int64Type, UInt64Type,
};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::functions_aggregate::sum::Sum as Plain;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, Documentation, GroupsAccumulator, ReversedUDAF, Signature,
    Volatility,
};

use super::decimals::DecimalGroups;
use super::whole::{DistinctTotal, Finish, Total, WholeGroups};

/// The type of sums of whole numbers.
pub(super) const WIDE: DataType = DataType::Decimal128(DECIMAL128_MAX_PRECISION, 0);

/// See the module.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Sum {
    plain: Plain,
    signature: Signature,
}

impl Default for Sum {
    fn default() -> Self {
        let signature = Signature::user_defined(Volatility::Immutable);
        Self { plain: Plain::new(), signature }
    }
}

/// The type in which values are added up.
pub(super) fn argument(function: &str, types: &[DataType]) -> Result<DataType> {
    let [data_type] = types else {
        return plan_err!("{function} takes one argument, not {}", types.len());
    };
    Ok(match data_type {
        DataType::Null | DataType::Boolean => DataType::Int64,
        signed if signed.is_signed_integer() => DataType::Int64,
        unsigned if unsigned.is_unsigned_integer() => DataType::UInt64,
        float if float.is_floating() => DataType::Float64,
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            DataType::Decimal128(*precision, *scale)
        }
        DataType::Decimal128(..)
        | DataType::Decimal256(..)
        | DataType::Duration(_)
        | DataType::Interval(_) => data_type.clone(),
        DataType::Dictionary(_, value) => argument(function, &[value.as_ref().clone()])?,
        other => return plan_err!("{function} adds up numbers and durations, not {other}"),
    })
}

impl AggregateUDFImpl for Sum {
    fn name(&self) -> &str {
        "sum"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(vec![argument("sum", types)?])
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match argument("sum", types)? {
            DataType::Int64 | DataType::UInt64 => Ok(WIDE),
            DataType::Decimal128(_, scale) => {
                Ok(DataType::Decimal128(DECIMAL128_MAX_PRECISION, scale))
            }
            other => self.plain.return_type(&[other]),
        }
    }

    fn default_value(&self, data_type: &DataType) -> Result<ScalarValue> {
        self.plain.default_value(data_type)
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let distinct = arguments.is_distinct;
        match arguments.expr_fields[0].data_type() {
            DataType::Int64 if distinct => {
                Ok(Box::new(DistinctTotal::<Int64Type>::new(&arguments)))
            }
            DataType::UInt64 if distinct => {
                Ok(Box::new(DistinctTotal::<UInt64Type>::new(&arguments)))
            }
            DataType::Decimal128(..) if distinct => {
                Ok(Box::new(DistinctTotal::<Decimal128Type>::new(&arguments)))
            }
            DataType::Int64 => Ok(Box::new(Total::<Int64Type>::new(Finish::Sum))),
            DataType::UInt64 => Ok(Box::new(Total::<UInt64Type>::new(Finish::Sum))),
            DataType::Decimal128(..) => {
                Ok(Box::new(Total::<Decimal128Type>::new(Finish::of(&arguments))))
            }
            _ => self.plain.accumulator(arguments),
        }
    }

    fn create_sliding_accumulator(
        &self,
        arguments: AccumulatorArgs,
    ) -> Result<Box<dyn Accumulator>> {
        match arguments.expr_fields[0].data_type() {
            // Both can take values back.
            DataType::Int64 | DataType::UInt64 | DataType::Decimal128(..) => {
                self.accumulator(arguments)
            }
            _ => self.plain.create_sliding_accumulator(arguments),
        }
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let data_type = arguments.input_fields[0].data_type();
        let ours =
            matches!(data_type, DataType::Int64 | DataType::UInt64 | DataType::Decimal128(..));
        match (ours, arguments.is_distinct) {
            (true, true) => {
                let values = Field::new_list_field(data_type.clone(), true);
                let name = format_state_name(arguments.name, "values");
                Ok(vec![Arc::new(Field::new_list(name, values, false))])
            }
            (true, false) => {
                let name = format_state_name(arguments.name, "sum");
                Ok(vec![Arc::new(Field::new(name, arguments.return_type().clone(), true))])
            }
            _ => self.plain.state_fields(arguments),
        }
    }

    fn groups_accumulator_supported(&self, arguments: AccumulatorArgs) -> bool {
        !arguments.is_distinct
    }

    fn create_groups_accumulator(
        &self,
        arguments: AccumulatorArgs,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        match arguments.expr_fields[0].data_type() {
            DataType::Int64 => Ok(Box::new(WholeGroups::<Int64Type>::default())),
            DataType::UInt64 => Ok(Box::new(WholeGroups::<UInt64Type>::default())),
            DataType::Decimal128(..) => {
                Ok(Box::new(DecimalGroups::new(arguments.return_field.data_type())))
            }
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
