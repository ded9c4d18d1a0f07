//! What a value is.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray, UInt64Array};
use datafusion::arrow::compute::{cast, kernels::zip::zip, prep_null_mask_filter};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::hash_utils::{RandomState, create_hashes};
use datafusion::logical_expr::type_coercion::binary::type_union_resolution;
use extension::{Error, sql_type_name};

use crate::manual::Manual;
use crate::scalar::{Kind, Scalar};

pub(super) const TYPEOF: Scalar = Scalar {
    names: &["typeof", "pg_typeof"],
    manual: Manual {
        usage: "typeof(x)",
        description: "The SQL name of the type of an expression.",
        example: "SELECT typeof('abc')",
        result: "VARCHAR",
    },
    takes: &[&[Kind::Any]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let name = sql_type_name(call.raw(0)?.data_type());
        Ok(Arc::new(StringArray::from_iter_values(std::iter::repeat_n(name, call.rows))))
    },
};

pub(super) const HASH: Scalar = Scalar {
    names: &["hash"],
    manual: Manual {
        usage: "hash(values...)",
        description: "A number that is the same for the same values, within one version of the engine.",
        example: "SELECT hash('🦆') = hash('🦆') AND hash('🦆') <> hash('🪿')",
        result: "true",
    },
    takes: &[&[Kind::Any, Kind::More]],
    returns: |_| Ok(DataType::UInt64),
    evaluate: |call| {
        let columns = (0..call.len())
            .map(|index| call.array(index))
            .collect::<extension::Result<Vec<_>>>()?;
        let mut hashes = vec![0; call.rows];
        create_hashes(&columns, &RandomState::with_seed(0), &mut hashes)?;
        Ok(Arc::new(UInt64Array::from(hashes)))
    },
};

pub(super) const IF: Scalar = Scalar {
    names: &["if"],
    manual: Manual {
        usage: "if(condition, then, otherwise)",
        description: "The second argument where the condition is true, and the third elsewhere. Both are computed for all rows; CASE is not.",
        example: "SELECT if(2 > 1, 'yes', 'no')",
        result: "yes",
    },
    takes: &[&[Kind::Boolean, Kind::Any, Kind::Any]],
    returns: |given| {
        type_union_resolution(&given[1..]).ok_or_else(|| {
            Error::invalid_input(format!(
                "{} and {} have no common type",
                sql_type_name(&given[1]),
                sql_type_name(&given[2])
            ))
        })
    },
    evaluate: |call| {
        let condition = call.array(0)?;
        let condition = condition.as_boolean();
        let condition = match condition.null_count() {
            0 => condition.clone(),
            _ => prep_null_mask_filter(condition),
        };
        let then = cast(&call.array(1)?, &call.returns)?;
        let otherwise = cast(&call.array(2)?, &call.returns)?;
        Ok(zip(&condition, &then, &otherwise)?)
    },
};

pub(super) const CONSTANT_OR_NULL: Scalar = Scalar {
    names: &["constant_or_null"],
    manual: Manual {
        usage: "constant_or_null(x, others...)",
        description: "The first argument, or NULL where another is NULL.",
        example: "SELECT constant_or_null(42, NULL) IS NULL",
        result: "true",
    },
    takes: &[&[Kind::Any, Kind::Any, Kind::More]],
    returns: |given| Ok(given[0].clone()),
    evaluate: |call| {
        let mut nulls: Option<datafusion::arrow::buffer::NullBuffer> = None;
        for index in 1..call.len() {
            let others = call.array(index)?.logical_nulls();
            nulls = datafusion::arrow::buffer::NullBuffer::union(nulls.as_ref(), others.as_ref());
        }
        let value = call.array(0)?;
        Ok(match nulls {
            None => value,
            Some(nulls) => {
                let missing = datafusion::arrow::array::BooleanArray::new(!nulls.inner(), None);
                datafusion::arrow::compute::nullif(&value, &missing)?
            }
        })
    },
};

pub(super) const ERROR: Scalar = Scalar {
    names: &["error"],
    manual: Manual {
        usage: "error(message)",
        description: "Fails with the message, for a row for which it is not NULL.",
        example: "SELECT CASE WHEN 1 = 1 THEN 'fine' ELSE error('broken') END",
        result: "fine",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let messages = call.text(0)?;
        for row in 0..call.rows {
            if let Some(message) = messages.get(row) {
                return Err(Error::invalid_data(message));
            }
        }
        Ok(datafusion::arrow::array::new_null_array(&call.returns, call.rows) as ArrayRef)
    },
};
