//! How far apart two dates are.

use chrono::{Datelike, NaiveDateTime};
use datafusion::arrow::array::{ArrayRef, Int64Array, IntervalMonthDayNanoArray};
use datafusion::arrow::datatypes::{
    DataType, IntervalMonthDayNano, IntervalUnit, Time64MicrosecondType, TimestampMicrosecondType,
};
use extension::{Error, Result, closest};

use super::{DAY, date_time};
use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

/// A unit of differences.
#[derive(Clone, Copy)]
enum Unit {
    /// So many months.
    Months(i64),
    /// So many microseconds.
    Micros(i64),
    /// ISO years.
    IsoYear,
}

/// The list of units and their names.
const UNITS: &[(&[&str], Unit)] = &[
    (&["year", "years", "y", "yr"], Unit::Months(12)),
    (&["quarter", "quarters"], Unit::Months(3)),
    (&["month", "months", "mon", "mons"], Unit::Months(1)),
    (&["week", "weeks", "w", "weekofyear", "yearweek"], Unit::Micros(7 * DAY)),
    (
        &[
            "day",
            "days",
            "d",
            "dayofmonth",
            "dow",
            "dayofweek",
            "weekday",
            "isodow",
            "doy",
            "dayofyear",
            "julian",
        ],
        Unit::Micros(DAY),
    ),
    (&["hour", "hours", "h", "hr"], Unit::Micros(3_600_000_000)),
    (&["minute", "minutes", "m", "min", "mins"], Unit::Micros(60_000_000)),
    (&["second", "seconds", "s", "sec", "secs", "epoch"], Unit::Micros(1_000_000)),
    (&["millisecond", "milliseconds", "ms", "msec", "msecs"], Unit::Micros(1_000)),
    (&["microsecond", "microseconds", "us", "usec", "usecs"], Unit::Micros(1)),
    (&["decade", "decades"], Unit::Months(120)),
    (&["century", "centuries", "c"], Unit::Months(1200)),
    (&["millennium", "millennia", "mil"], Unit::Months(12000)),
    (&["isoyear"], Unit::IsoYear),
];

fn unit(name: &str) -> Result<Unit> {
    let lower = name.to_lowercase();
    let found = UNITS.iter().find(|(names, _)| names.contains(&lower.as_str()));
    found.map(|(_, unit)| *unit).ok_or_else(|| {
        let error = Error::invalid_input(format!("'{name}' is no unit of time"));
        let names = UNITS.iter().map(|(names, _)| names[0]);
        match closest(&lower, names.clone()) {
            Some(near) => error.with_hint(format!("did you mean '{near}'?")),
            None => error.with_hint(format!("units: {}", names.collect::<Vec<_>>().join(", "))),
        }
    })
}

const PART_AND_TWO: &[&[Kind]] =
    &[&[Kind::Text, Kind::Timestamp, Kind::Timestamp], &[Kind::Text, Kind::Time, Kind::Time]];

pub(super) const DATE_DIFF: Scalar = Scalar {
    names: &["date_diff", "datediff"],
    manual: Manual {
        usage: "date_diff(part, start, end)",
        description: "How many borders of the part lie between two dates: the month changes once from 31 January to 1 February. Weeks are counted whole.",
        example: "SELECT date_diff('month', DATE '1992-09-15', DATE '1992-11-14')",
        result: "2",
    },
    takes: PART_AND_TWO,
    returns: |_| Ok(DataType::Int64),
    evaluate: |call| differences(call, borders),
};

pub(super) const DATE_SUB: Scalar = Scalar {
    names: &["date_sub", "datesub"],
    manual: Manual {
        usage: "date_sub(part, start, end)",
        description: "How many whole parts lie between two dates.",
        example: "SELECT date_sub('month', DATE '1992-09-15', DATE '1992-11-14')",
        result: "1",
    },
    takes: PART_AND_TWO,
    returns: |_| Ok(DataType::Int64),
    evaluate: |call| differences(call, whole),
};

fn differences(call: &Call, difference: fn(Unit, i64, i64) -> Result<i64>) -> Result<ArrayRef> {
    let units = call.text(0)?;
    let times: Box<dyn Fn(usize, usize) -> Option<i64>> = match call.raw(1)?.data_type() {
        DataType::Time64(_) => {
            let (start, end) = (
                call.primitive::<Time64MicrosecondType>(1)?,
                call.primitive::<Time64MicrosecondType>(2)?,
            );
            Box::new(move |which, row| if which == 0 { start.get(row) } else { end.get(row) })
        }
        _ => {
            let (start, end) = (
                call.primitive::<TimestampMicrosecondType>(1)?,
                call.primitive::<TimestampMicrosecondType>(2)?,
            );
            Box::new(move |which, row| if which == 0 { start.get(row) } else { end.get(row) })
        }
    };
    let mut last: Option<(&str, Unit)> = None;
    call.try_map::<Int64Array, _>(|row| {
        let (name, start, end) = (units.get(row)?, times(0, row)?, times(1, row)?);
        let unit = match last {
            Some((known, unit)) if known == name => unit,
            _ => match unit(name) {
                Ok(unit) => unit,
                Err(error) => return Some(Err(error)),
            },
        };
        last = Some((name, unit));
        Some(difference(unit, start, end))
    })
}

/// Months since the year 0.
fn months(at: NaiveDateTime) -> i64 {
    i64::from(at.year()) * 12 + i64::from(at.month0())
}

fn borders(unit: Unit, start: i64, end: i64) -> Result<i64> {
    Ok(match unit {
        Unit::Months(length) => {
            let (start, end) = (months(date_time(start)?), months(date_time(end)?));
            end.div_euclid(length) - start.div_euclid(length)
        }
        Unit::IsoYear => {
            i64::from(date_time(end)?.iso_week().year())
                - i64::from(date_time(start)?.iso_week().year())
        }
        Unit::Micros(length) if length == 7 * DAY => {
            (end.div_euclid(DAY) - start.div_euclid(DAY)) / 7
        }
        Unit::Micros(length) => end.div_euclid(length) - start.div_euclid(length),
    })
}

/// A date so many months later, on the last day of its month if there is no such day.
pub(super) fn plus_months(at: NaiveDateTime, months: i64) -> Option<NaiveDateTime> {
    let count = chrono::Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    if months < 0 { at.checked_sub_months(count) } else { at.checked_add_months(count) }
}

fn whole_months(start: NaiveDateTime, end: NaiveDateTime) -> i64 {
    let estimate = months(end) - months(start);
    let beyond = |count| plus_months(start, count).is_none_or(|at| at > end);
    // The last day of a month stands for all days that the month does not have.
    if start > end {
        return -whole_months(end, start);
    }
    if estimate > 0 && beyond(estimate) { estimate - 1 } else { estimate }
}

fn whole(unit: Unit, start: i64, end: i64) -> Result<i64> {
    Ok(match unit {
        Unit::Months(length) => whole_months(date_time(start)?, date_time(end)?) / length,
        Unit::IsoYear => whole_months(date_time(start)?, date_time(end)?) / 12,
        Unit::Micros(length) => {
            end.checked_sub(start)
                .ok_or_else(|| Error::invalid_data("the difference of two dates is out of range"))?
                / length
        }
    })
}

pub(super) const AGE: Scalar = Scalar {
    names: &["age"],
    manual: Manual {
        usage: "age(end, start)",
        description: "The interval between two dates in years, months, days and time.",
        example: "SELECT age(TIMESTAMP '2001-04-10', TIMESTAMP '1992-09-20') = INTERVAL '8 years 6 months 20 days'",
        result: "true",
    },
    takes: &[&[Kind::Timestamp, Kind::Timestamp]],
    returns: |_| Ok(DataType::Interval(IntervalUnit::MonthDayNano)),
    evaluate: |call| {
        let (end, start) = (
            call.primitive::<TimestampMicrosecondType>(0)?,
            call.primitive::<TimestampMicrosecondType>(1)?,
        );
        call.try_map::<IntervalMonthDayNanoArray, _>(|row| {
            Some(age(end.get(row)?, start.get(row)?))
        })
    },
};

fn age(end: i64, start: i64) -> Result<IntervalMonthDayNano> {
    if end < start {
        let age = age(start, end)?;
        return Ok(IntervalMonthDayNano::new(-age.months, -age.days, -age.nanoseconds));
    }
    let (later, earlier) = (date_time(end)?, date_time(start)?);
    let mut months = months(later) - months(earlier);
    let mut days = i64::from(later.day()) - i64::from(earlier.day());
    let mut time = end.rem_euclid(DAY) - start.rem_euclid(DAY);
    if time < 0 {
        time += DAY;
        days -= 1;
    }
    if days < 0 {
        let first = earlier.date().with_day(1);
        let next = first.and_then(|first| first.checked_add_months(chrono::Months::new(1)));
        let length = first.zip(next).map_or(30, |(first, next)| (next - first).num_days());
        days += length;
        months -= 1;
    }
    Ok(IntervalMonthDayNano::new(months as i32, days as i32, time * 1000))
}
