//! Intervals of so many units.

use datafusion::arrow::array::{ArrayRef, IntervalMonthDayNanoArray};
use datafusion::arrow::datatypes::{
    DataType, Float64Type, Int64Type, IntervalMonthDayNano, IntervalUnit,
};
use extension::{Error, Result};

use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

/// Which part of an interval a unit counts in, and how many of it.
#[derive(Clone, Copy)]
enum Unit {
    Months(i64),
    Days(i64),
    Nanos(i64),
}

macro_rules! maker {
    ($constant:ident, $name:literal, $kind:expr, $unit:expr, $units:literal, $example:literal) => {
        pub(super) const $constant: Scalar = Scalar {
            names: &[$name],
            manual: Manual {
                usage: concat!($name, "(count)"),
                description: concat!("An interval of so many ", $units, "."),
                example: $example,
                result: "true",
            },
            takes: &[&[$kind]],
            returns: |_| Ok(DataType::Interval(IntervalUnit::MonthDayNano)),
            evaluate: |call| make(call, $unit),
        };
    };
}

maker!(
    TO_MILLENNIA,
    "to_millennia",
    Kind::Integer,
    Unit::Months(12000),
    "times 1000 years",
    "SELECT to_millennia(2) = INTERVAL '2000 years'"
);
maker!(
    TO_CENTURIES,
    "to_centuries",
    Kind::Integer,
    Unit::Months(1200),
    "times 100 years",
    "SELECT to_centuries(5) = INTERVAL '500 years'"
);
maker!(
    TO_DECADES,
    "to_decades",
    Kind::Integer,
    Unit::Months(120),
    "times 10 years",
    "SELECT to_decades(5) = INTERVAL '50 years'"
);
maker!(
    TO_YEARS,
    "to_years",
    Kind::Integer,
    Unit::Months(12),
    "years",
    "SELECT to_years(5) = INTERVAL '5 years'"
);
maker!(
    TO_QUARTERS,
    "to_quarters",
    Kind::Integer,
    Unit::Months(3),
    "quarters of a year",
    "SELECT to_quarters(5) = INTERVAL '15 months'"
);
maker!(
    TO_MONTHS,
    "to_months",
    Kind::Integer,
    Unit::Months(1),
    "months",
    "SELECT to_months(5) = INTERVAL '5 months'"
);
maker!(
    TO_WEEKS,
    "to_weeks",
    Kind::Integer,
    Unit::Days(7),
    "weeks",
    "SELECT to_weeks(5) = INTERVAL '35 days'"
);
maker!(
    TO_DAYS,
    "to_days",
    Kind::Integer,
    Unit::Days(1),
    "days",
    "SELECT to_days(5) = INTERVAL '5 days'"
);
maker!(
    TO_HOURS,
    "to_hours",
    Kind::Integer,
    Unit::Nanos(3_600_000_000_000),
    "hours",
    "SELECT to_hours(5) = INTERVAL '5 hours'"
);
maker!(
    TO_MINUTES,
    "to_minutes",
    Kind::Integer,
    Unit::Nanos(60_000_000_000),
    "minutes",
    "SELECT to_minutes(5) = INTERVAL '5 minutes'"
);
maker!(
    TO_SECONDS,
    "to_seconds",
    Kind::Double,
    Unit::Nanos(1_000_000_000),
    "seconds, with decimals",
    "SELECT to_seconds(5.5) = INTERVAL '5.5 seconds'"
);
maker!(
    TO_MILLISECONDS,
    "to_milliseconds",
    Kind::Double,
    Unit::Nanos(1_000_000),
    "milliseconds, with decimals",
    "SELECT to_milliseconds(5500) = INTERVAL '5.5 seconds'"
);
maker!(
    TO_MICROSECONDS,
    "to_microseconds",
    Kind::Integer,
    Unit::Nanos(1_000),
    "microseconds",
    "SELECT to_microseconds(5500000) = INTERVAL '5.5 seconds'"
);

fn make(call: &Call, unit: Unit) -> Result<ArrayRef> {
    if call.raw(0)?.data_type() == &DataType::Float64 {
        let counts = call.primitive::<Float64Type>(0)?;
        return call.try_map::<IntervalMonthDayNanoArray, _>(|row| {
            let count = counts.get(row)?;
            let Unit::Nanos(nanos) = unit else {
                return Some(Err(Error::internal("only times have decimals")));
            };
            let total = (count * nanos as f64).round();
            Some(match total.abs() < i64::MAX as f64 {
                true => Ok(IntervalMonthDayNano::new(0, 0, total as i64)),
                false => Err(out_of_range(count)),
            })
        });
    }
    let counts = call.primitive::<Int64Type>(0)?;
    call.try_map::<IntervalMonthDayNanoArray, _>(|row| {
        let count = counts.get(row)?;
        let small = |per: i64| count.checked_mul(per).and_then(|total| i32::try_from(total).ok());
        let interval = match unit {
            Unit::Months(per) => small(per).map(|months| IntervalMonthDayNano::new(months, 0, 0)),
            Unit::Days(per) => small(per).map(|days| IntervalMonthDayNano::new(0, days, 0)),
            Unit::Nanos(per) => {
                count.checked_mul(per).map(|nanos| IntervalMonthDayNano::new(0, 0, nanos))
            }
        };
        Some(interval.ok_or_else(|| out_of_range(count)))
    })
}

fn out_of_range(count: impl std::fmt::Display) -> Error {
    Error::invalid_input(format!("an interval of {count} is out of range"))
}
