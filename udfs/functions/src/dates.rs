//! Functions of dates, times and intervals.

mod arithmetic;
mod bucket;
mod difference;
mod epoch;
mod gapfill;
mod intervals;
mod make;
mod names;
mod parts;
mod strftime;
mod strptime;

use chrono::{DateTime, NaiveDateTime};
use extension::{Error, Result};

use crate::alias::{Alias, Of};
use crate::scalar::Scalar;

pub(crate) use bucket::Width;
pub(crate) use parts::DATE_PART;

/// The family, in the order in which its page lists it.
pub(crate) const FUNCTIONS: &[&Scalar] = &[
    &parts::DATE_PART,
    &parts::YEAR,
    &parts::QUARTER,
    &parts::MONTH,
    &parts::WEEK,
    &parts::DAY,
    &parts::HOUR,
    &parts::MINUTE,
    &parts::SECOND,
    &parts::MILLISECOND,
    &parts::MICROSECOND,
    &parts::NANOSECOND,
    &parts::DAYOFWEEK,
    &parts::ISODOW,
    &parts::DAYOFYEAR,
    &parts::ISOYEAR,
    &parts::YEARWEEK,
    &parts::DECADE,
    &parts::CENTURY,
    &parts::MILLENNIUM,
    &parts::ERA,
    &parts::JULIAN,
    &names::DAYNAME,
    &names::MONTHNAME,
    &names::LAST_DAY,
    &names::DAYS_IN_MONTH,
    &difference::DATE_DIFF,
    &difference::DATE_SUB,
    &difference::AGE,
    &arithmetic::DATE_ADD,
    &bucket::TIME_BUCKET,
    &gapfill::TIME_BUCKET_GAPFILL,
    &gapfill::LOCF,
    &gapfill::INTERPOLATE,
    &strftime::STRFTIME,
    &strptime::STRPTIME,
    &strptime::TRY_STRPTIME,
    &epoch::EPOCH,
    &epoch::EPOCH_MS,
    &epoch::EPOCH_US,
    &epoch::EPOCH_NS,
    &make::MAKE_TIME,
    &make::MAKE_TIMESTAMP,
    &make::MAKE_TIMESTAMP_MS,
    &make::MAKE_TIMESTAMP_NS,
    &intervals::TO_MILLENNIA,
    &intervals::TO_CENTURIES,
    &intervals::TO_DECADES,
    &intervals::TO_YEARS,
    &intervals::TO_QUARTERS,
    &intervals::TO_MONTHS,
    &intervals::TO_WEEKS,
    &intervals::TO_DAYS,
    &intervals::TO_HOURS,
    &intervals::TO_MINUTES,
    &intervals::TO_SECONDS,
    &intervals::TO_MILLISECONDS,
    &intervals::TO_MICROSECONDS,
];

/// Names of the same functions elsewhere.
pub(crate) const ALIASES: &[Alias] = &[Alias {
    names: &["get_current_timestamp", "transaction_timestamp"],
    of: Of::Scalar("now"),
    usage: "get_current_timestamp()",
    example: "SELECT get_current_timestamp() = now()",
    result: "true",
}];

/// Microseconds of a day.
pub(crate) const DAY: i64 = 86_400_000_000;

/// The date and time of so many microseconds since 1970.
pub(crate) fn date_time(micros: i64) -> Result<NaiveDateTime> {
    DateTime::from_timestamp_micros(micros)
        .map(|at| at.naive_utc())
        .ok_or_else(|| Error::invalid_data("a timestamp is out of range"))
}

/// Microseconds since 1970.
pub(crate) fn micros(at: NaiveDateTime) -> i64 {
    at.and_utc().timestamp_micros()
}
