//! Lists and structs that are compared by order: NULL within one is greater than any value.

use std::sync::Arc;

use datafusion::arrow::array::{Array, BooleanArray, make_comparator};
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};

/// Whether the operator orders two lists or structs of one type.
pub(crate) fn orders(left: &Expr, op: Operator, right: &Expr, schema: &DFSchema) -> bool {
    let is_order = matches!(op, Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq);
    is_order
        && match (left.get_type(schema), right.get_type(schema)) {
            (Ok(left), Ok(right)) => {
                left == right && matches!(left, DataType::List(_) | DataType::Struct(_))
            }
            _ => false,
        }
}

/// `left operator right`.
pub(crate) fn ordered(left: Expr, operator: Operator, right: Expr) -> Expr {
    let signature = Signature::any(2, Volatility::Immutable);
    ScalarUDF::from(NestedOrder { operator, signature }).call(vec![left, right])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct NestedOrder {
    operator: Operator,
    signature: Signature,
}

impl ScalarUDFImpl for NestedOrder {
    fn name(&self) -> &str {
        match self.operator {
            Operator::Lt => "nested_less",
            Operator::LtEq => "nested_less_or_equal",
            Operator::Gt => "nested_greater",
            _ => "nested_greater_or_equal",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let (left, right) = (&arrays[0], &arrays[1]);
        let nulls_last = SortOptions { descending: false, nulls_first: false };
        let compare = make_comparator(left.as_ref(), right.as_ref(), nulls_last)?;
        let holds: BooleanArray = (0..left.len())
            .map(|row| {
                (left.is_valid(row) && right.is_valid(row)).then(|| {
                    let ordering = compare(row, row);
                    match self.operator {
                        Operator::Lt => ordering.is_lt(),
                        Operator::LtEq => ordering.is_le(),
                        Operator::Gt => ordering.is_gt(),
                        _ => ordering.is_ge(),
                    }
                })
            })
            .collect();
        Ok(ColumnarValue::Array(Arc::new(holds)))
    }
}
