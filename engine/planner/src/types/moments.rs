//! Arithmetic of dates, moments and intervals as in DuckDB.
//!
//! A date and an interval make a TIMESTAMP, since an interval may have hours. The difference of two
//! moments is an INTERVAL of days and the time that is left, and an interval can be multiplied.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, IntervalMonthDayNanoArray};
use datafusion::arrow::compute::cast as cast_array;
use datafusion::arrow::datatypes::{
    DataType, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit, TimeUnit,
    TimestampMicrosecondType,
};
use datafusion::common::{DFSchema, Result, exec_datafusion_err};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility, cast,
};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::SessionObjects;

const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);
const MOMENT: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

/// The planner of the operators.
#[derive(Debug)]
pub(crate) struct Moments {
    pub(crate) objects: Arc<SessionObjects>,
}

impl ExprPlanner for Moments {
    fn plan_binary_op(
        &self,
        expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        use BinaryOperator::{Minus, Multiply, Plus};
        if self.objects.semantics.is_datafusion() || !matches!(expr.op, Plus | Minus | Multiply) {
            return Ok(PlannerResult::Original(expr));
        }
        let (Ok(left), Ok(right)) = (expr.left.get_type(schema), expr.right.get_type(schema))
        else {
            return Ok(PlannerResult::Original(expr));
        };
        let RawBinaryExpr { op, left: first, right: second } = expr;
        let function = |operation: Operation, left: Expr, right: Expr| {
            Ok(PlannerResult::Planned(operation.function().call(vec![left, right])))
        };
        let is_interval = |data_type: &DataType| matches!(data_type, DataType::Interval(_));
        match (&op, &left, &right) {
            (Plus | Minus, DataType::Date32, right) if is_interval(right) => {
                let left = cast(first, MOMENT);
                Ok(PlannerResult::Original(RawBinaryExpr { op, left, right: second }))
            }
            (Plus, left, DataType::Date32) if is_interval(left) => {
                let right = cast(second, MOMENT);
                Ok(PlannerResult::Original(RawBinaryExpr { op, left: first, right }))
            }
            (Minus, left, right) if is_moment(left) && is_moment(right) => {
                let (left, right) = (cast(first, MOMENT), cast(second, MOMENT));
                function(Operation::Difference, left, right)
            }
            (Multiply, left, right) if is_interval(left) && right.is_integer() => {
                let (left, right) = (cast(first, INTERVAL), cast(second, DataType::Int64));
                function(Operation::Product, left, right)
            }
            (Multiply, left, right) if left.is_integer() && is_interval(right) => {
                let (left, right) = (cast(first, DataType::Int64), cast(second, INTERVAL));
                function(Operation::ProductFromLeft, left, right)
            }
            _ => Ok(PlannerResult::Original(RawBinaryExpr { op, left: first, right: second })),
        }
    }
}

/// Whether the difference of two of the type is in microseconds; two dates differ by whole days, and
/// nanoseconds are more than an INTERVAL keeps in DuckDB.
fn is_moment(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Timestamp(TimeUnit::Second | TimeUnit::Millisecond | TimeUnit::Microsecond, None)
    )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Operation {
    /// `moment - moment`.
    Difference,
    /// `interval * number`.
    Product,
    /// `number * interval`, whose column has a name of its own.
    ProductFromLeft,
}

impl Operation {
    fn function(self) -> ScalarUDF {
        let signature = Signature::any(2, Volatility::Immutable);
        ScalarUDF::from(Function { operation: self, signature })
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Function {
    operation: Operation,
    signature: Signature,
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        match self.operation {
            Operation::Difference => "moment_difference",
            Operation::Product => "interval_product",
            Operation::ProductFromLeft => "product_of_interval",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(INTERVAL)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let result: ArrayRef = match self.operation {
            Operation::Difference => {
                let left = cast_array(&arrays[0], &MOMENT)?;
                let right = cast_array(&arrays[1], &MOMENT)?;
                let left = left.as_primitive::<TimestampMicrosecondType>();
                let right = right.as_primitive::<TimestampMicrosecondType>();
                let pairs = left.iter().zip(right.iter());
                let values = pairs.map(|pair| both(pair, difference));
                Arc::new(values.collect::<Result<IntervalMonthDayNanoArray>>()?)
            }
            Operation::Product | Operation::ProductFromLeft => {
                let is_first = self.operation == Operation::Product;
                let (interval, times) = if is_first { (0, 1) } else { (1, 0) };
                let left = arrays[interval].as_primitive::<IntervalMonthDayNanoType>();
                let right = arrays[times].as_primitive::<Int64Type>();
                let pairs = left.iter().zip(right.iter());
                let values = pairs.map(|pair| both(pair, product));
                Arc::new(values.collect::<Result<IntervalMonthDayNanoArray>>()?)
            }
        };
        Ok(ColumnarValue::Array(result))
    }
}

/// NULL where either is.
fn both<A, B, T>(
    (left, right): (Option<A>, Option<B>),
    of: fn(A, B) -> Result<T>,
) -> Result<Option<T>> {
    left.zip(right).map(|(left, right)| of(left, right)).transpose()
}

fn difference(left: i64, right: i64) -> Result<IntervalMonthDayNano> {
    const DAY: i64 = 86_400_000_000;
    let micros = left.checked_sub(right).ok_or_else(|| {
        exec_datafusion_err!("out of range: overflow in subtraction of TIMESTAMP")
    })?;
    // Whole days of a 64-bit number of microseconds fit into 32 bits.
    Ok(IntervalMonthDayNano::new(0, (micros / DAY) as i32, micros % DAY * 1_000))
}

fn product(interval: IntervalMonthDayNano, times: i64) -> Result<IntervalMonthDayNano> {
    let small =
        |part: i32| i64::from(part).checked_mul(times).and_then(|part| part.try_into().ok());
    let parts =
        (small(interval.months), small(interval.days), interval.nanoseconds.checked_mul(times));
    match parts {
        (Some(months), Some(days), Some(nanos)) => {
            Ok(IntervalMonthDayNano::new(months, days, nanos))
        }
        _ => Err(exec_datafusion_err!("out of range: overflow in multiplication of INTERVAL")),
    }
}
