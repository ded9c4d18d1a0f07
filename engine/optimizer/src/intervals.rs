//! Intervals by their length: months of 30 days and days of 24 hours, as in DuckDB and PostgreSQL.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Decimal128Array, IntervalMonthDayNanoArray};
use datafusion::arrow::datatypes::{
    DataType, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit,
};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The length of an interval, by which it is compared.
pub(crate) fn length(interval: Expr) -> Expr {
    ScalarUDF::from(IntervalLength::default()).call(vec![interval])
}

/// The one interval that stands for all of its length.
pub(crate) fn canonical(interval: Expr) -> Expr {
    ScalarUDF::from(CanonicalInterval::default()).call(vec![interval])
}

const DAY: i128 = 86_400_000_000_000;

fn length_of(interval: IntervalMonthDayNano) -> i128 {
    let days = i128::from(interval.months) * 30 + i128::from(interval.days);
    days * DAY + i128::from(interval.nanoseconds)
}

/// The length of an interval in nanoseconds.
#[derive(Debug, PartialEq, Eq, Hash)]
struct IntervalLength {
    signature: Signature,
}

impl Default for IntervalLength {
    fn default() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

const LENGTH: DataType = DataType::Decimal128(38, 0);

impl ScalarUDFImpl for IntervalLength {
    fn name(&self) -> &str {
        "interval_length"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments {
            [DataType::Interval(IntervalUnit::MonthDayNano)] => Ok(LENGTH),
            other => plan_err!("interval_length takes an interval, not {other:?}"),
        }
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let intervals = arguments.args[0].to_array(arguments.number_rows)?;
        let lengths: Decimal128Array = intervals
            .as_primitive::<IntervalMonthDayNanoType>()
            .iter()
            .map(|interval| interval.map(length_of))
            .collect();
        let lengths: ArrayRef = Arc::new(lengths.with_data_type(LENGTH));
        Ok(ColumnarValue::Array(lengths))
    }
}

/// An interval of the same length whose parts are as few as they can be: months, then days, then the rest.
#[derive(Debug, PartialEq, Eq, Hash)]
struct CanonicalInterval {
    signature: Signature,
}

impl Default for CanonicalInterval {
    fn default() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for CanonicalInterval {
    fn name(&self) -> &str {
        "canonical_interval"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Interval(IntervalUnit::MonthDayNano))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let intervals = arguments.args[0].to_array(arguments.number_rows)?;
        let parts = |interval: IntervalMonthDayNano| {
            let length = length_of(interval);
            let (months, rest) = (length / (30 * DAY), length % (30 * DAY));
            Some(IntervalMonthDayNano {
                months: i32::try_from(months).ok()?,
                days: i32::try_from(rest / DAY).ok()?,
                nanoseconds: i64::try_from(rest % DAY).ok()?,
            })
        };
        let canonical: IntervalMonthDayNanoArray = intervals
            .as_primitive::<IntervalMonthDayNanoType>()
            .iter()
            // One that is longer than months can say stays as it is.
            .map(|interval| interval.map(|interval| parts(interval).unwrap_or(interval)))
            .collect();
        Ok(ColumnarValue::Array(Arc::new(canonical)))
    }
}
