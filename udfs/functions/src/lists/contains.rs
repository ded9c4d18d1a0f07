//! Whether a list has a value.

use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::functions_nested::array_has::array_has_udf;
use datafusion::logical_expr::ColumnarValue;
use datafusion::logical_expr::type_coercion::binary::comparison_coercion;
use extension::{Error, Result, sql_type_name};

use crate::alias::{columnar, invoke};
use crate::manual::Manual;
use crate::scalar::{Kind, Scalar};

/// The type in which elements and the value are compared.
fn common(list: &DataType, value: &DataType) -> Result<DataType> {
    let element = match list {
        DataType::List(element) => element.data_type(),
        _ => &DataType::Null,
    };
    comparison_coercion(element, value).ok_or_else(|| {
        Error::invalid_input(format!(
            "list_contains: {} is not compared with {}",
            sql_type_name(value),
            sql_type_name(list)
        ))
    })
}

pub(super) const LIST_CONTAINS: Scalar = Scalar {
    names: &["list_contains", "array_contains", "list_has", "array_has"],
    manual: Manual {
        usage: "list_contains(list, value)",
        description: "Whether the list has the value. NULL among the elements makes no difference; of a NULL list or value the answer is NULL.",
        example: "SELECT list_contains([1, 2, NULL], 1)",
        result: "true",
    },
    takes: &[&[Kind::List, Kind::Any]],
    returns: |given| {
        if !given[0].is_null() {
            common(&given[0], &given[1])?;
        }
        Ok(DataType::Boolean)
    },
    // DataFusion makes `IN` of a call with a constant list, which is NULL where NULL is an element.
    evaluate: |call| {
        let (list, value) = (columnar(call, 0)?, columnar(call, 1)?);
        if list.data_type().is_null() {
            return Ok(datafusion::arrow::array::new_null_array(&DataType::Boolean, call.rows));
        }
        let wanted = common(&list.data_type(), &value.data_type())?;
        let to = |value: ColumnarValue, wanted: &DataType| -> Result<ColumnarValue> {
            Ok(match value {
                value if value.data_type() == *wanted => value,
                ColumnarValue::Array(array) => ColumnarValue::Array(cast(&array, wanted)?),
                ColumnarValue::Scalar(scalar) => ColumnarValue::Scalar(scalar.cast_to(wanted)?),
            })
        };
        let list = to(list, &DataType::new_list(wanted.clone(), true))?;
        let value = to(value, &wanted)?;
        invoke(&array_has_udf(), vec![list, value], call, DataType::Boolean)
    },
};
