//! Lists after one another.

use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::functions_nested::concat::array_concat_udf;
use datafusion::logical_expr::ColumnarValue;
use extension::Result;

use crate::alias::{columnar, invoke};
use crate::manual::Manual;
use crate::scalar::{Kind, Scalar};

/// The types that the lists among the arguments are converted to.
fn common(given: &[DataType]) -> Result<Vec<DataType>> {
    let lists: Vec<DataType> = given.iter().filter(|given| !given.is_null()).cloned().collect();
    match lists.is_empty() {
        true => Ok(vec![]),
        false => Ok(array_concat_udf().coerce_types(&lists)?),
    }
}

pub(super) const LIST_CONCAT: Scalar = Scalar {
    names: &["list_concat", "list_cat", "array_concat", "array_cat"],
    manual: Manual {
        usage: "list_concat(lists...)",
        description: "The elements of all lists as one list; a list that is NULL adds none. `||` is NULL where a list is.",
        example: "SELECT list_concat([2, 3], NULL, [4])",
        result: "[2, 3, 4]",
    },
    takes: &[&[Kind::Any, Kind::More]],
    returns: |given| {
        let common = common(given)?;
        match common.is_empty() {
            true => Ok(DataType::Null),
            false => Ok(array_concat_udf().return_type(&common)?),
        }
    },
    evaluate: |call| {
        let mut types = vec![];
        for index in 0..call.len() {
            types.push(call.raw(index)?.data_type().clone());
        }
        let mut common = common(&types)?.into_iter();
        let mut lists = vec![];
        for (index, given) in types.iter().enumerate().filter(|(_, given)| !given.is_null()) {
            let list = columnar(call, index)?;
            lists.push(match common.next() {
                Some(wanted) if wanted != *given => match list {
                    ColumnarValue::Array(list) => ColumnarValue::Array(cast(&list, &wanted)?),
                    ColumnarValue::Scalar(list) => ColumnarValue::Scalar(list.cast_to(&wanted)?),
                },
                _ => list,
            });
        }
        match lists.is_empty() {
            true => Ok(datafusion::arrow::array::new_null_array(&DataType::Null, call.rows)),
            false => invoke(&array_concat_udf(), lists, call, call.returns.clone()),
        }
    },
};
