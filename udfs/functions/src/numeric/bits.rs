//! Functions of the bits of whole numbers.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int8Array, Int64Array};
use datafusion::arrow::datatypes::{
    DataType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use extension::Error;

use crate::manual::Manual;
use crate::scalar::{Kind, Scalar};

pub(super) const XOR: Scalar = Scalar {
    names: &["xor"],
    manual: Manual {
        usage: "xor(a, b)",
        description: "The bits that only one of two whole numbers has.",
        example: "SELECT xor(17, 5)",
        result: "20",
    },
    takes: &[&[Kind::Integer, Kind::Integer]],
    returns: |_| Ok(DataType::Int64),
    evaluate: |call| {
        let (left, right) = (call.primitive::<Int64Type>(0)?, call.primitive::<Int64Type>(1)?);
        call.map::<Int64Array, _>(|row| Some(left.get(row)? ^ right.get(row)?))
    },
};

pub(super) const BIT_COUNT: Scalar = Scalar {
    names: &["bit_count"],
    manual: Manual {
        usage: "bit_count(x)",
        description: "How many bits of a whole number are set, in as many bits as its type has.",
        example: "SELECT bit_count(31)",
        result: "5",
    },
    takes: &[&[Kind::Number]],
    returns: |given| match given[0].is_integer() {
        true => Ok(DataType::Int8),
        false => Err(Error::invalid_input("bit_count takes a whole number")),
    },
    evaluate: |call| {
        let array = call.array(0)?;
        macro_rules! count {
            ($type:ty) => {
                array
                    .as_primitive::<$type>()
                    .iter()
                    .map(|value| value.map(|value| value.count_ones() as i8))
                    .collect::<Int8Array>()
            };
        }
        let counts = match array.data_type() {
            DataType::Int8 => count!(Int8Type),
            DataType::Int16 => count!(Int16Type),
            DataType::Int32 => count!(Int32Type),
            DataType::Int64 => count!(Int64Type),
            DataType::UInt8 => count!(UInt8Type),
            DataType::UInt16 => count!(UInt16Type),
            DataType::UInt32 => count!(UInt32Type),
            DataType::UInt64 => count!(UInt64Type),
            other => return Err(Error::internal(format!("bit_count of {other}"))),
        };
        Ok(std::sync::Arc::new(counts) as ArrayRef)
    },
};
