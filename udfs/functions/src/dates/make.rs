//! Dates and times from their parts.

use chrono::{NaiveDate, NaiveTime};
use datafusion::arrow::array::{
    ArrayRef, Time64MicrosecondArray, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit};
use extension::{Error, Result};

use super::micros;
use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

/// A time of day in microseconds.
fn time(hour: i64, minute: i64, second: f64) -> Result<i64> {
    let wrong = || Error::invalid_input(format!("there is no time {hour}:{minute}:{second}"));
    let (whole, fraction) = (second.floor(), second - second.floor());
    let time = NaiveTime::from_hms_micro_opt(
        u32::try_from(hour).map_err(|_| wrong())?,
        u32::try_from(minute).map_err(|_| wrong())?,
        if (0.0..60.0).contains(&second) { whole as u32 } else { return Err(wrong()) },
        ((fraction * 1e6).round() as u32).min(999_999),
    );
    let since = time.ok_or_else(wrong)?.signed_duration_since(NaiveTime::MIN);
    since.num_microseconds().ok_or_else(wrong)
}

pub(super) const MAKE_TIME: Scalar = Scalar {
    names: &["make_time"],
    manual: Manual {
        usage: "make_time(hour, minute, seconds)",
        description: "The time of these parts; seconds may have decimals.",
        example: "SELECT make_time(13, 34, 27.123456)",
        result: "13:34:27.123456",
    },
    takes: &[&[Kind::Integer, Kind::Integer, Kind::Double]],
    returns: |_| Ok(DataType::Time64(TimeUnit::Microsecond)),
    evaluate: |call| {
        let (hours, minutes) = (call.primitive::<Int64Type>(0)?, call.primitive::<Int64Type>(1)?);
        let seconds = call.primitive::<Float64Type>(2)?;
        call.try_map::<Time64MicrosecondArray, _>(|row| {
            Some(time(hours.get(row)?, minutes.get(row)?, seconds.get(row)?))
        })
    },
};

pub(super) const MAKE_TIMESTAMP: Scalar = Scalar {
    names: &["make_timestamp"],
    manual: Manual {
        usage: "make_timestamp(year [, month, day, hour, minute, seconds])",
        description: "The timestamp of these parts; seconds may have decimals. With one argument, the timestamp of so many microseconds since 1970.",
        example: "SELECT make_timestamp(1992, 9, 20, 13, 34, 27.5)",
        result: "1992-09-20T13:34:27.500",
    },
    takes: &[
        &[Kind::Integer],
        &[Kind::Integer, Kind::Integer, Kind::Integer, Kind::Integer, Kind::Integer, Kind::Double],
    ],
    returns: |_| Ok(DataType::Timestamp(TimeUnit::Microsecond, None)),
    evaluate: |call| {
        if call.len() == 1 {
            return scaled(call, 1);
        }
        let [years, months, days, hours, minutes] =
            [0, 1, 2, 3, 4].map(|index| call.primitive::<Int64Type>(index));
        let (years, months, days, hours, minutes) = (years?, months?, days?, hours?, minutes?);
        let seconds = call.primitive::<Float64Type>(5)?;
        call.try_map::<TimestampMicrosecondArray, _>(|row| {
            let (year, month, day) = (years.get(row)?, months.get(row)?, days.get(row)?);
            let date = i32::try_from(year)
                .ok()
                .zip(u32::try_from(month).ok())
                .zip(u32::try_from(day).ok())
                .and_then(|((year, month), day)| NaiveDate::from_ymd_opt(year, month, day))
                .ok_or_else(|| {
                    Error::invalid_input(format!("there is no date {year}-{month}-{day}"))
                });
            let time = time(hours.get(row)?, minutes.get(row)?, seconds.get(row)?);
            Some(date.and_then(|date| Ok(micros(date.and_time(NaiveTime::MIN)) + time?)))
        })
    },
};

fn scaled(call: &Call, factor: i64) -> Result<ArrayRef> {
    let counts = call.primitive::<Int64Type>(0)?;
    call.try_map::<TimestampMicrosecondArray, _>(|row| {
        let count = counts.get(row)?;
        Some(
            count.checked_mul(factor).ok_or_else(|| {
                Error::invalid_input(format!("a timestamp of {count} is out of range"))
            }),
        )
    })
}

pub(super) const MAKE_TIMESTAMP_MS: Scalar = Scalar {
    names: &["make_timestamp_ms"],
    manual: Manual {
        usage: "make_timestamp_ms(milliseconds)",
        description: "The timestamp of so many milliseconds since 1970.",
        example: "SELECT make_timestamp_ms(1667810584123)",
        result: "2022-11-07T08:43:04.123",
    },
    takes: &[&[Kind::Integer]],
    returns: |_| Ok(DataType::Timestamp(TimeUnit::Microsecond, None)),
    evaluate: |call| scaled(call, 1000),
};

pub(super) const MAKE_TIMESTAMP_NS: Scalar = Scalar {
    names: &["make_timestamp_ns"],
    manual: Manual {
        usage: "make_timestamp_ns(nanoseconds)",
        description: "The timestamp of so many nanoseconds since 1970.",
        example: "SELECT make_timestamp_ns(1667810584123456789)",
        result: "2022-11-07T08:43:04.123456789",
    },
    takes: &[&[Kind::Integer]],
    returns: |_| Ok(DataType::Timestamp(TimeUnit::Nanosecond, None)),
    evaluate: |call| {
        let counts = call.primitive::<Int64Type>(0)?;
        call.map::<TimestampNanosecondArray, _>(|row| counts.get(row))
    },
};
