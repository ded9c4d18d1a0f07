//! Seconds and their fractions since 1970.

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{
    DataType, Int64Type, IntervalMonthDayNano, Time64MicrosecondType, TimeUnit,
    TimestampMicrosecondType, TimestampNanosecondType,
};
use extension::{Error, Result};

use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

/// The seconds of an interval, with years of 365.25 and months of 30 days.
pub(super) fn seconds_of(interval: IntervalMonthDayNano) -> f64 {
    let (years, months) = (interval.months / 12, interval.months % 12);
    let days = f64::from(years) * 365.25 + f64::from(months) * 30.0 + f64::from(interval.days);
    days * 86400.0 + interval.nanoseconds as f64 / 1e9
}

pub(super) const EPOCH: Scalar = Scalar {
    names: &["epoch"],
    manual: Manual {
        usage: "epoch(x)",
        description: "The seconds since 1970 of a date or timestamp, since midnight of a time, or in an interval.",
        example: "SELECT epoch(DATE '2022-11-07')",
        result: "1667779200.0",
    },
    takes: &[&[Kind::Timestamp], &[Kind::Interval], &[Kind::Time]],
    returns: |_| Ok(DataType::Float64),
    evaluate: |call| match call.raw(0)?.data_type() {
        DataType::Interval(_) => {
            let intervals = call.interval(0)?;
            call.map::<Float64Array, _>(|row| Some(seconds_of(intervals.get(row)?)))
        }
        DataType::Time64(_) => {
            let times = call.primitive::<Time64MicrosecondType>(0)?;
            call.map::<Float64Array, _>(|row| Some(times.get(row)? as f64 / 1e6))
        }
        _ => {
            let times = call.primitive::<TimestampMicrosecondType>(0)?;
            call.map::<Float64Array, _>(|row| Some(times.get(row)? as f64 / 1e6))
        }
    },
};

const TIMES_OR_NUMBER: &[&[Kind]] =
    &[&[Kind::Timestamp], &[Kind::Interval], &[Kind::Time], &[Kind::Integer]];

pub(super) const EPOCH_MS: Scalar = Scalar {
    names: &["epoch_ms"],
    manual: Manual {
        usage: "epoch_ms(x)",
        description: "The milliseconds since 1970 of a timestamp; or the timestamp of so many milliseconds.",
        example: "SELECT epoch_ms(701222400000)",
        result: "1992-03-22T00:00:00",
    },
    takes: TIMES_OR_NUMBER,
    returns: |given| {
        Ok(match &given[0] {
            DataType::Int64 => DataType::Timestamp(TimeUnit::Microsecond, None),
            _ => DataType::Int64,
        })
    },
    evaluate: |call| match call.raw(0)?.data_type() {
        DataType::Int64 => {
            let millis = call.primitive::<Int64Type>(0)?;
            call.try_map::<TimestampMicrosecondArray, _>(|row| {
                let millis = millis.get(row)?;
                Some(millis.checked_mul(1000).ok_or_else(|| {
                    Error::invalid_data(format!("{millis} milliseconds are out of range"))
                }))
            })
        }
        _ => count(call, 1_000_000),
    },
};

pub(super) const EPOCH_US: Scalar = Scalar {
    names: &["epoch_us"],
    manual: Manual {
        usage: "epoch_us(x)",
        description: "The microseconds since 1970 of a timestamp.",
        example: "SELECT epoch_us(TIMESTAMP '2021-08-03 11:59:44.123456')",
        result: "1627991984123456",
    },
    takes: &[&[Kind::Timestamp], &[Kind::Interval], &[Kind::Time]],
    returns: |_| Ok(DataType::Int64),
    evaluate: |call| count(call, 1_000),
};

pub(super) const EPOCH_NS: Scalar = Scalar {
    names: &["epoch_ns"],
    manual: Manual {
        usage: "epoch_ns(x)",
        description: "The nanoseconds since 1970 of a timestamp.",
        example: "SELECT epoch_ns(TIMESTAMP '2021-08-03 11:59:44.123456')",
        result: "1627991984123456000",
    },
    takes: &[&[Kind::AnyTimestamp], &[Kind::Interval], &[Kind::Time]],
    returns: |_| Ok(DataType::Int64),
    evaluate: |call| match call.raw(0)?.data_type() {
        DataType::Timestamp(_, zone) => {
            let nanos = DataType::Timestamp(TimeUnit::Nanosecond, zone.clone());
            let times = datafusion::arrow::compute::cast(&call.array(0)?, &nanos)?;
            let times =
                datafusion::arrow::array::AsArray::as_primitive::<TimestampNanosecondType>(&times);
            Ok(std::sync::Arc::new(times.reinterpret_cast::<Int64Type>()))
        }
        _ => count(call, 1),
    },
};

/// How many units of so many nanoseconds there are.
fn count(call: &Call, unit: i64) -> Result<ArrayRef> {
    match call.raw(0)?.data_type() {
        DataType::Interval(_) => {
            let intervals = call.interval(0)?;
            call.map::<Int64Array, _>(|row| {
                let interval = intervals.get(row)?;
                let whole = IntervalMonthDayNano { nanoseconds: 0, ..interval };
                Some(
                    seconds_of(whole) as i64 * (1_000_000_000 / unit) + interval.nanoseconds / unit,
                )
            })
        }
        DataType::Time64(_) => {
            let times = call.primitive::<Time64MicrosecondType>(0)?;
            scale(call, unit, |row| times.get(row))
        }
        _ => {
            let times = call.primitive::<TimestampMicrosecondType>(0)?;
            scale(call, unit, |row| times.get(row))
        }
    }
}

fn scale(call: &Call, unit: i64, micros: impl Fn(usize) -> Option<i64>) -> Result<ArrayRef> {
    call.try_map::<Int64Array, _>(|row| {
        let micros = micros(row)?;
        Some(match unit {
            1 => micros
                .checked_mul(1000)
                .ok_or_else(|| Error::invalid_data("the nanoseconds since 1970 are out of range")),
            _ => Ok(micros.div_euclid(unit / 1000)),
        })
    })
}
