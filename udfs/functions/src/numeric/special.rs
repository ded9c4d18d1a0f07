//! Rounding in other ways, signs, infinities and the gamma function.

use datafusion::arrow::array::{ArrayRef, BooleanArray, Float32Array, Float64Array, Int8Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float32Type, Float64Type, Int64Type};
use extension::{Error, Result};

use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

const ONE_NUMBER: &[&[Kind]] = &[&[Kind::Double]];

fn map(call: &Call, of: fn(f64) -> f64) -> Result<ArrayRef> {
    let numbers = call.primitive::<Float64Type>(0)?;
    call.map::<Float64Array, _>(|row| Some(of(numbers.get(row)?)))
}

fn test(call: &Call, of: fn(f64) -> bool) -> Result<ArrayRef> {
    let numbers = call.primitive::<Float64Type>(0)?;
    call.map::<BooleanArray, _>(|row| Some(of(numbers.get(row)?)))
}

pub(super) const EVEN: Scalar = Scalar {
    names: &["even"],
    manual: Manual {
        usage: "even(x)",
        description: "A number rounded away from zero to the next even one.",
        example: "SELECT even(2.9)",
        result: "4.0",
    },
    takes: ONE_NUMBER,
    returns: |_| Ok(DataType::Float64),
    evaluate: |call| map(call, |x| (x.abs() / 2.0).ceil() * 2.0 * if x < 0.0 { -1.0 } else { 1.0 }),
};

pub(super) const ROUND_EVEN: Scalar = Scalar {
    names: &["round_even", "roundbankers"],
    manual: Manual {
        usage: "round_even(x, decimals)",
        description: "A number rounded to so many decimals; what lies half way goes to the even digit.",
        example: "SELECT round_even(2.5::DOUBLE, 0)",
        result: "2.0",
    },
    takes: &[&[Kind::Double, Kind::Integer]],
    returns: |_| Ok(DataType::Float64),
    evaluate: |call| {
        let (numbers, decimals) =
            (call.primitive::<Float64Type>(0)?, call.primitive::<Int64Type>(1)?);
        call.map::<Float64Array, _>(|row| {
            let (x, decimals) = (numbers.get(row)?, decimals.get(row)?);
            let factor = 10f64.powi(decimals.clamp(-400, 400) as i32);
            let rounded = (x * factor).round_ties_even() / factor;
            Some(if rounded.is_finite() { rounded } else { x })
        })
    },
};

pub(super) const SIGN: Scalar = Scalar {
    names: &["sign"],
    manual: Manual {
        usage: "sign(x)",
        description: "-1, 0 or 1, as the number is negative, zero or positive.",
        example: "SELECT sign(-349)",
        result: "-1",
    },
    takes: ONE_NUMBER,
    returns: |_| Ok(DataType::Int8),
    evaluate: |call| {
        let numbers = call.primitive::<Float64Type>(0)?;
        call.map::<Int8Array, _>(|row| {
            let x = numbers.get(row)?;
            Some(i8::from(x > 0.0) - i8::from(x < 0.0))
        })
    },
};

pub(super) const SIGNBIT: Scalar = Scalar {
    names: &["signbit"],
    manual: Manual {
        usage: "signbit(x)",
        description: "Whether a number has a minus sign, be it zero or NaN.",
        example: "SELECT signbit(-1.0)",
        result: "true",
    },
    takes: ONE_NUMBER,
    returns: |_| Ok(DataType::Boolean),
    evaluate: |call| test(call, f64::is_sign_negative),
};

pub(super) const ISFINITE: Scalar = Scalar {
    names: &["isfinite"],
    manual: Manual {
        usage: "isfinite(x)",
        description: "Whether a number is neither infinite nor NaN.",
        example: "SELECT isfinite(5.5)",
        result: "true",
    },
    takes: ONE_NUMBER,
    returns: |_| Ok(DataType::Boolean),
    evaluate: |call| test(call, f64::is_finite),
};

pub(super) const ISINF: Scalar = Scalar {
    names: &["isinf"],
    manual: Manual {
        usage: "isinf(x)",
        description: "Whether a number is infinite.",
        example: "SELECT isinf('Infinity'::DOUBLE)",
        result: "true",
    },
    takes: ONE_NUMBER,
    returns: |_| Ok(DataType::Boolean),
    evaluate: |call| test(call, f64::is_infinite),
};

/// Lanczos' approximation with g = 7, good to about fifteen digits: the logarithm of the gamma
/// function's size for positive arguments.
fn ln_gamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        let pi = std::f64::consts::PI;
        return (pi / (pi * x).sin().abs()).ln() - ln_gamma(1.0 - x);
    }
    if x == 1.0 || x == 2.0 {
        return 0.0;
    }
    let x = x - 1.0;
    let mut sum = COEFFICIENTS[0];
    for (index, coefficient) in COEFFICIENTS.iter().enumerate().skip(1) {
        sum += coefficient / (x + index as f64);
    }
    let t = x + 7.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

fn gamma(x: f64) -> f64 {
    if x.fract() == 0.0 && (1.0..=23.0).contains(&x) {
        // Factorials are exact.
        return (1..x as u64).map(|n| n as f64).product();
    }
    let negative = x < 0.0 && (x.floor() as i64).rem_euclid(2) == 1;
    let size = ln_gamma(x).exp();
    if negative { -size } else { size }
}

pub(super) const GAMMA: Scalar = Scalar {
    names: &["gamma"],
    manual: Manual {
        usage: "gamma(x)",
        description: "The gamma function: (x - 1)! for whole numbers.",
        example: "SELECT round(gamma(5.5), 6)",
        result: "52.342778",
    },
    takes: ONE_NUMBER,
    returns: |_| Ok(DataType::Float64),
    evaluate: |call| {
        let numbers = call.primitive::<Float64Type>(0)?;
        call.try_map::<Float64Array, _>(|row| {
            let x = numbers.get(row)?;
            Some(match x {
                0.0 => Ok(f64::INFINITY.copysign(x)),
                _ => pole(x).map_or(Ok(gamma(x)), Err),
            })
        })
    },
};

fn pole(x: f64) -> Option<Error> {
    (x <= 0.0 && x.fract() == 0.0)
        .then(|| Error::invalid_input(format!("the gamma function has no value at {x}")))
}

pub(super) const LGAMMA: Scalar = Scalar {
    names: &["lgamma"],
    manual: Manual {
        usage: "lgamma(x)",
        description: "The natural logarithm of the size of the gamma function.",
        example: "SELECT lgamma(2)",
        result: "0.0",
    },
    takes: ONE_NUMBER,
    returns: |_| Ok(DataType::Float64),
    evaluate: |call| {
        let numbers = call.primitive::<Float64Type>(0)?;
        call.try_map::<Float64Array, _>(|row| {
            let x = numbers.get(row)?;
            Some(pole(x).map_or(Ok(ln_gamma(x)), Err))
        })
    },
};

pub(super) const NEXTAFTER: Scalar = Scalar {
    names: &["nextafter"],
    manual: Manual {
        usage: "nextafter(x, towards)",
        description: "The next number that the type can hold, from x towards the other.",
        example: "SELECT nextafter(1::DOUBLE, 2::DOUBLE) > 1",
        result: "true",
    },
    takes: &[&[Kind::Number, Kind::Number]],
    returns: |given| {
        Ok(match (&given[0], &given[1]) {
            (DataType::Float32, DataType::Float32) => DataType::Float32,
            _ => DataType::Float64,
        })
    },
    evaluate: |call| {
        let (from, to) = (call.array(0)?, call.array(1)?);
        if call.returns == DataType::Float32 {
            let from = datafusion::arrow::array::AsArray::as_primitive::<Float32Type>(&from);
            let to = datafusion::arrow::array::AsArray::as_primitive::<Float32Type>(&to);
            let next = from.iter().zip(to.iter()).map(|(from, to)| {
                let (from, to) = (from?, to?);
                Some(match from.partial_cmp(&to) {
                    Some(std::cmp::Ordering::Less) => from.next_up(),
                    Some(std::cmp::Ordering::Greater) => from.next_down(),
                    _ => to,
                })
            });
            return Ok(std::sync::Arc::new(next.collect::<Float32Array>()));
        }
        let (from, to) = (cast(&from, &DataType::Float64)?, cast(&to, &DataType::Float64)?);
        let from = datafusion::arrow::array::AsArray::as_primitive::<Float64Type>(&from);
        let to = datafusion::arrow::array::AsArray::as_primitive::<Float64Type>(&to);
        let next = from.iter().zip(to.iter()).map(|(from, to)| {
            let (from, to) = (from?, to?);
            Some(match from.partial_cmp(&to) {
                Some(std::cmp::Ordering::Less) => from.next_up(),
                Some(std::cmp::Ordering::Greater) => from.next_down(),
                _ => to,
            })
        });
        Ok(std::sync::Arc::new(next.collect::<Float64Array>()))
    },
};
