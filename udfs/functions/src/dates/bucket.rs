//! `time_bucket`: timestamps rounded down to steps of any width.

use std::sync::Arc;

use chrono::Datelike;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, TimestampMicrosecondArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, IntervalMonthDayNano, TimeUnit, TimestampMicrosecondType,
};
use extension::{Error, Result};

use super::difference::plus_months;
use super::{DAY, date_time, micros};
use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

pub(super) const TIME_BUCKET: Scalar = Scalar {
    names: &["time_bucket"],
    manual: Manual {
        usage: "time_bucket(width, x [, origin_or_offset])",
        description: "The begin of the step of the width in which a date or timestamp lies. Steps are counted from 2000-01-03, a Monday, or 2000-01-01 where the width is in months, unless an origin or an offset is given.",
        example: "SELECT time_bucket(INTERVAL '10 minutes', TIMESTAMP '1992-04-20 15:26:00', INTERVAL '5 minutes')",
        result: "1992-04-20T15:25:00",
    },
    takes: &[
        &[Kind::Interval, Kind::Date],
        &[Kind::Interval, Kind::AnyTimestamp],
        &[Kind::Interval, Kind::Date, Kind::Interval],
        &[Kind::Interval, Kind::Date, Kind::Date],
        &[Kind::Interval, Kind::AnyTimestamp, Kind::Interval],
        &[Kind::Interval, Kind::AnyTimestamp, Kind::AnyTimestamp],
    ],
    returns: |given| Ok(given[1].clone()),
    evaluate: |call| {
        let widths = call.interval(0)?;
        let times = micros_of(call, 1)?;
        let times = times.as_primitive::<TimestampMicrosecondType>();
        let at = |row: usize| if call.is_constant(1) { 0 } else { row };
        let value = |row: usize| times.is_valid(at(row)).then(|| times.value(at(row)));
        let third = match call.len() {
            3 => Some(match call.raw(2)?.data_type() {
                DataType::Interval(_) => Third::Offset(call.interval(2)?),
                _ => Third::Origin(micros_of(call, 2)?, call.is_constant(2)),
            }),
            _ => None,
        };
        let buckets = (0..call.rows).map(|row| {
            let (Some(width), Some(time)) = (widths.get(row), value(row)) else { return Ok(None) };
            let width = Width::new(width)?;
            match &third {
                None => width.bucket(time, width.origin()).map(Some),
                Some(Third::Offset(offsets)) => {
                    let Some(offset) = offsets.get(row) else { return Ok(None) };
                    let shifted = shift(time, offset, -1)?;
                    shift(width.bucket(shifted, width.origin())?, offset, 1).map(Some)
                }
                Some(Third::Origin(origins, constant)) => {
                    let origins = origins.as_primitive::<TimestampMicrosecondType>();
                    let index = if *constant { 0 } else { row };
                    match origins.is_valid(index) {
                        true => width.bucket(time, origins.value(index)).map(Some),
                        false => Ok(None),
                    }
                }
            }
        });
        let buckets = buckets.collect::<Result<TimestampMicrosecondArray>>()?;
        Ok(cast(&buckets, &call.returns)?)
    },
};

enum Third<'a> {
    Offset(crate::scalar::Values<'a, datafusion::arrow::array::IntervalMonthDayNanoArray>),
    Origin(ArrayRef, bool),
}

fn micros_of(call: &Call, index: usize) -> Result<ArrayRef> {
    let array = call.raw(index)?;
    let naive = match array.data_type() {
        DataType::Timestamp(_, Some(zone)) => {
            cast(array, &DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::clone(zone))))?
        }
        _ => cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?,
    };
    let times = naive.as_primitive::<TimestampMicrosecondType>().clone();
    Ok(Arc::new(times.with_timezone_opt(None::<Arc<str>>)))
}

/// The width of a step.
#[derive(Clone, Copy)]
pub(crate) enum Width {
    Months(i64),
    Micros(i64),
}

impl Width {
    pub(crate) fn new(interval: IntervalMonthDayNano) -> Result<Self> {
        let micros = i64::from(interval.days) * DAY + interval.nanoseconds / 1000;
        match (interval.months, micros) {
            (months @ 1.., 0) => Ok(Width::Months(i64::from(months))),
            (0, micros @ 1..) => Ok(Width::Micros(micros)),
            (months, micros) if months != 0 && micros != 0 => {
                Err(Error::invalid_input("a width of months cannot have days or a time as well"))
            }
            _ => Err(Error::invalid_input("the width must be more than 0")),
        }
    }

    /// 2000-01-01 for months, 2000-01-03 otherwise.
    pub(crate) fn origin(self) -> i64 {
        match self {
            Width::Months(_) => 946_684_800_000_000,
            Width::Micros(_) => 946_857_600_000_000,
        }
    }

    /// The begin of the step in which `time` lies.
    pub(crate) fn bucket(self, time: i64, origin: i64) -> Result<i64> {
        let out_of_range = || Error::invalid_data("a step begins out of range");
        match self {
            Width::Micros(width) => {
                let distance = time.checked_sub(origin).ok_or_else(out_of_range)?;
                distance
                    .div_euclid(width)
                    .checked_mul(width)
                    .and_then(|distance| origin.checked_add(distance))
                    .ok_or_else(out_of_range)
            }
            Width::Months(width) => {
                let months =
                    |at: chrono::NaiveDateTime| i64::from(at.year()) * 12 + i64::from(at.month0());
                let origin = months(date_time(origin)?);
                let start = (months(date_time(time)?) - origin).div_euclid(width) * width + origin;
                let year = i32::try_from(start.div_euclid(12)).map_err(|_| out_of_range())?;
                chrono::NaiveDate::from_ymd_opt(year, start.rem_euclid(12) as u32 + 1, 1)
                    .map(|date| micros(date.and_time(chrono::NaiveTime::MIN)))
                    .ok_or_else(out_of_range)
            }
        }
    }

    /// The begin of the next step.
    pub(crate) fn next(self, begin: i64) -> Result<i64> {
        let next = match self {
            Width::Micros(width) => begin.checked_add(width),
            Width::Months(width) => plus_months(date_time(begin)?, width).map(micros),
        };
        next.ok_or_else(|| Error::invalid_data("a step begins out of range"))
    }
}

/// A time some intervals later.
fn shift(time: i64, interval: IntervalMonthDayNano, times: i64) -> Result<i64> {
    let moved = plus_months(date_time(time)?, i64::from(interval.months) * times).map(micros);
    let rest = i64::from(interval.days) * DAY + interval.nanoseconds / 1000;
    moved
        .and_then(|moved| moved.checked_add(rest * times))
        .ok_or_else(|| Error::invalid_data("a timestamp is out of range"))
}
