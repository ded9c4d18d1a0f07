//! The checked operators as functions.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::type_coercion::binary::BinaryTypeCoercer;
use datafusion::logical_expr::{
    ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use super::{decimals, kernels};

/// The operators that are checked, and the names of their functions in plans.
const OPERATORS: [(Operator, &str); 5] = [
    (Operator::Plus, "checked_add"),
    (Operator::Minus, "checked_subtract"),
    (Operator::Multiply, "checked_multiply"),
    (Operator::BitwiseShiftLeft, "checked_shift_left"),
    (Operator::BitwiseShiftRight, "checked_shift_right"),
];

static FUNCTIONS: LazyLock<Vec<(Operator, Arc<ScalarUDF>)>> = LazyLock::new(|| {
    OPERATORS
        .iter()
        .map(|(operator, name)| {
            let signature = Signature::any(2, Volatility::Immutable);
            let function = Checked { operator: *operator, name, signature };
            (*operator, Arc::new(ScalarUDF::from(function)))
        })
        .collect()
});

/// The name of an operator's checked form, if it has one.
pub(super) fn name(operator: Operator) -> Option<&'static str> {
    OPERATORS.iter().find(|(known, _)| *known == operator).map(|(_, name)| *name)
}

/// `left operator right`, checked; both sides are of one type of whole numbers, or decimals.
pub(super) fn checked(operator: Operator, left: Expr, right: Expr) -> Expr {
    match FUNCTIONS.iter().find(|(known, _)| *known == operator) {
        Some((_, function)) => function.call(vec![left, right]),
        None => datafusion::logical_expr::binary_expr(left, operator, right),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    operator: Operator,
    name: &'static str,
    signature: Signature,
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Columns keep the names that they have with the plain operator.
    fn schema_name(&self, arguments: &[Expr]) -> Result<String> {
        let side = |expr: &Expr| match expr {
            Expr::BinaryExpr(_) => format!("({})", expr.schema_name()),
            _ => expr.schema_name().to_string(),
        };
        Ok(format!("{} {} {}", side(&arguments[0]), self.operator, side(&arguments[1])))
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments {
            [left, right] if left == right && left.is_integer() => Ok(left.clone()),
            [left, right] if left.is_decimal() && right.is_decimal() => {
                BinaryTypeCoercer::new(left, &self.operator, right).get_result_type()
            }
            other => plan_err!("{} takes two whole numbers of one type, not {other:?}", self.name),
        }
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (left, right) = (&arguments.args[0], &arguments.args[1]);
        match left.data_type().is_decimal() {
            true => decimals::apply(self.operator, left, right),
            false => kernels::apply(self.operator, left, right),
        }
    }

    fn output_ordering(&self, input: &[ExprProperties]) -> Result<SortProperties> {
        let (left, right) = (&input[0].sort_properties, &input[1].sort_properties);
        Ok(match self.operator {
            Operator::Plus => left.add(right),
            Operator::Minus => left.sub(right),
            _ => SortProperties::Unordered,
        })
    }
}
