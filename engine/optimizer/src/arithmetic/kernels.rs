//! Checked arithmetic over arrays: the plain loop first, which compilers turn into vector
//! instructions, and the search for the culprit only if some slot overflowed.

use std::fmt::Display;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray, downcast_integer,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_datafusion_err, internal_err};
use datafusion::logical_expr::{ColumnarValue, Operator};

/// A whole number that says when a result does not fit.
trait Whole: Copy + Display + Default {
    const NAME: &'static str;
    fn add(self, other: Self) -> (Self, bool);
    fn subtract(self, other: Self) -> (Self, bool);
    fn multiply(self, other: Self) -> (Self, bool);
    fn shift_left(self, by: Self) -> (Self, bool);
    fn shift_right(self, by: Self) -> (Self, bool);
}

macro_rules! whole {
    ($($native:ty => $name:literal),*) => {
        $(impl Whole for $native {
            const NAME: &'static str = $name;

            fn add(self, other: Self) -> (Self, bool) {
                self.overflowing_add(other)
            }

            fn subtract(self, other: Self) -> (Self, bool) {
                self.overflowing_sub(other)
            }

            fn multiply(self, other: Self) -> (Self, bool) {
                self.overflowing_mul(other)
            }

            // As in DuckDB: a negative number, a negative distance, and bits that fall out are errors.
            #[allow(unused_comparisons)]
            fn shift_left(self, by: Self) -> (Self, bool) {
                if self < 0 || by < 0 {
                    return (self, true);
                }
                let shifted = u32::try_from(by).ok().and_then(|by| self.checked_shl(by));
                match shifted {
                    Some(shifted) if shifted >= 0 && shifted >> by == self => (shifted, false),
                    _ if self == 0 => (0, false),
                    _ => (self, true),
                }
            }

            fn shift_right(self, by: Self) -> (Self, bool) {
                (u32::try_from(by).ok().and_then(|by| self.checked_shr(by)).unwrap_or(0), false)
            }
        })*
    };
}

whole!(
    i8 => "TINYINT", i16 => "SMALLINT", i32 => "INTEGER", i64 => "BIGINT",
    u8 => "UTINYINT", u16 => "USMALLINT", u32 => "UINTEGER", u64 => "UBIGINT"
);

/// `left operator right` for whole numbers of one type.
pub(super) fn apply(
    operator: Operator,
    left: &ColumnarValue,
    right: &ColumnarValue,
) -> Result<ColumnarValue> {
    let scalars = matches!((left, right), (ColumnarValue::Scalar(_), ColumnarValue::Scalar(_)));
    let (left, right) = (Side::of(left)?, Side::of(right)?);
    let result = run(operator, &left, &right)?;
    match scalars {
        true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?)),
        false => Ok(ColumnarValue::Array(result)),
    }
}

/// An operand: an array, or one value for all rows.
struct Side {
    array: ArrayRef,
    constant: bool,
}

impl Side {
    fn of(value: &ColumnarValue) -> Result<Self> {
        match value {
            ColumnarValue::Array(array) => Ok(Self { array: Arc::clone(array), constant: false }),
            ColumnarValue::Scalar(scalar) => Ok(Self { array: scalar.to_array()?, constant: true }),
        }
    }
}

fn run(operator: Operator, left: &Side, right: &Side) -> Result<ArrayRef> {
    macro_rules! helper {
        ($t:ty) => {{
            let result = match operator {
                Operator::Plus => typed::<$t>(operator, left, right, Whole::add)?,
                Operator::Minus => typed::<$t>(operator, left, right, Whole::subtract)?,
                Operator::Multiply => typed::<$t>(operator, left, right, Whole::multiply)?,
                Operator::BitwiseShiftLeft => {
                    typed::<$t>(operator, left, right, Whole::shift_left)?
                }
                Operator::BitwiseShiftRight => {
                    typed::<$t>(operator, left, right, Whole::shift_right)?
                }
                other => return internal_err!("{other} is not checked"),
            };
            Ok(Arc::new(result))
        }};
    }
    downcast_integer! {
        left.array.data_type() => (helper),
        other => internal_err!("checked arithmetic over {other}"),
    }
}

fn typed<T: ArrowPrimitiveType>(
    operator: Operator,
    left: &Side,
    right: &Side,
    compute: impl Fn(T::Native, T::Native) -> (T::Native, bool) + Copy,
) -> Result<PrimitiveArray<T>>
where
    T::Native: Whole,
{
    let (lefts, rights) = (left.array.as_primitive::<T>(), right.array.as_primitive::<T>());
    let (l, r) = (lefts.values(), rights.values());
    let rows = match (left.constant, right.constant) {
        (true, false) => rights.len(),
        _ => lefts.len(),
    };
    let nothing = |side: &Side| side.constant && side.array.is_null(0);
    if nothing(left) || nothing(right) {
        return Ok(PrimitiveArray::new_null(rows));
    }
    let mut overflow = false;
    let mut check = |(value, flag): (T::Native, bool)| {
        overflow |= flag;
        value
    };
    let values: Vec<T::Native> = match (left.constant, right.constant) {
        (false, false) => l.iter().zip(r.iter()).map(|(l, r)| check(compute(*l, *r))).collect(),
        (false, true) => {
            let r = r[0];
            l.iter().map(|l| check(compute(*l, r))).collect()
        }
        (true, false) => {
            let l = l[0];
            r.iter().map(|r| check(compute(l, *r))).collect()
        }
        (true, true) => vec![check(compute(l[0], r[0]))],
    };
    let nulls = |side: &Side| if side.constant { None } else { side.array.nulls().cloned() };
    let nulls = NullBuffer::union(nulls(left).as_ref(), nulls(right).as_ref());
    if overflow {
        // What lies under a NULL does not count.
        for row in (0..rows).filter(|row| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*row))) {
            let at =
                |side: &Side, values: &[T::Native]| values[if side.constant { 0 } else { row }];
            let (l, r) = (at(left, l), at(right, r));
            if compute(l, r).1 {
                return Err(overflowed(operator, l, r));
            }
        }
    }
    Ok(PrimitiveArray::new(values.into(), nulls))
}

fn overflowed<N: Whole>(operator: Operator, left: N, right: N) -> DataFusionError {
    let what = match operator {
        Operator::Plus => "addition",
        Operator::Minus => "subtraction",
        Operator::Multiply => "multiplication",
        _ => "shift",
    };
    exec_datafusion_err!(
        "out of range: overflow in {what} of {}: {left} {operator} {right}",
        N::NAME
    )
}
