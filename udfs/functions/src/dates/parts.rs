//! The parts of a date, a time or an interval.

use chrono::{Datelike, NaiveDateTime, Timelike};
use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array};
use datafusion::arrow::datatypes::{
    DataType, IntervalMonthDayNano, Time64MicrosecondType, TimestampMicrosecondType,
};
use extension::{Error, Result, closest};

use super::date_time;
use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

/// A part: its names in `date_part`, and how it is read.
struct Part {
    names: &'static [&'static str],
    of_date: fn(NaiveDateTime) -> f64,
    of_interval: Option<fn(IntervalMonthDayNano) -> f64>,
}

impl Part {
    /// Parts that have decimals.
    fn is_whole(&self) -> bool {
        !matches!(self.names[0], "epoch" | "julian")
    }
}

fn nanos_of_minute(at: NaiveDateTime) -> f64 {
    f64::from(at.second()) * 1e9 + f64::from(at.nanosecond())
}

/// Centuries and millennia begin with the year 1: 2000 is the last year of the 20th century.
fn era_of(year: i32, length: i32) -> f64 {
    f64::from(match year > 0 {
        true => (year - 1) / length + 1,
        false => -((-year) / length + 1),
    })
}

/// The list.
const PARTS: &[Part] = &[
    Part {
        names: &["year", "years", "y", "yr"],
        of_date: |at| f64::from(at.year()),
        of_interval: Some(|i| f64::from(i.months / 12)),
    },
    Part {
        names: &["quarter", "quarters"],
        of_date: |at| f64::from(at.month0() / 3 + 1),
        of_interval: Some(|i| f64::from(i.months % 12 / 3 + 1)),
    },
    Part {
        names: &["month", "months", "mon", "mons"],
        of_date: |at| f64::from(at.month()),
        of_interval: Some(|i| f64::from(i.months % 12)),
    },
    Part {
        names: &["week", "weeks", "w", "weekofyear"],
        of_date: |at| f64::from(at.iso_week().week()),
        of_interval: None,
    },
    Part {
        names: &["day", "days", "d", "dayofmonth"],
        of_date: |at| f64::from(at.day()),
        of_interval: Some(|i| f64::from(i.days)),
    },
    Part {
        names: &["hour", "hours", "h", "hr"],
        of_date: |at| f64::from(at.hour()),
        of_interval: Some(|i| (i.nanoseconds / 3_600_000_000_000) as f64),
    },
    Part {
        names: &["minute", "minutes", "m", "min", "mins"],
        of_date: |at| f64::from(at.minute()),
        of_interval: Some(|i| (i.nanoseconds / 60_000_000_000 % 60) as f64),
    },
    Part {
        names: &["second", "seconds", "s", "sec", "secs"],
        of_date: |at| f64::from(at.second()),
        of_interval: Some(|i| (i.nanoseconds / 1_000_000_000 % 60) as f64),
    },
    Part {
        names: &["millisecond", "milliseconds", "ms", "msec", "msecs"],
        of_date: |at| (nanos_of_minute(at) / 1e6).trunc(),
        of_interval: Some(|i| (i.nanoseconds % 60_000_000_000 / 1_000_000) as f64),
    },
    Part {
        names: &["microsecond", "microseconds", "us", "usec", "usecs"],
        of_date: |at| (nanos_of_minute(at) / 1e3).trunc(),
        of_interval: Some(|i| (i.nanoseconds % 60_000_000_000 / 1_000) as f64),
    },
    Part {
        names: &["nanosecond", "nanoseconds", "ns", "nsec", "nsecs"],
        of_date: nanos_of_minute,
        of_interval: Some(|i| (i.nanoseconds % 60_000_000_000) as f64),
    },
    Part {
        names: &["dayofweek", "dow", "weekday"],
        of_date: |at| f64::from(at.weekday().num_days_from_sunday()),
        of_interval: None,
    },
    Part {
        names: &["isodow"],
        of_date: |at| f64::from(at.weekday().number_from_monday()),
        of_interval: None,
    },
    Part { names: &["dayofyear", "doy"], of_date: |at| f64::from(at.ordinal()), of_interval: None },
    Part { names: &["isoyear"], of_date: |at| f64::from(at.iso_week().year()), of_interval: None },
    Part {
        names: &["yearweek"],
        of_date: |at| {
            let week = at.iso_week();
            let number = week.week() as i32;
            f64::from(week.year() * 100 + if week.year() < 0 { -number } else { number })
        },
        of_interval: None,
    },
    Part {
        names: &["decade", "decades"],
        of_date: |at| f64::from(at.year() / 10),
        of_interval: Some(|i| f64::from(i.months / 120)),
    },
    Part {
        names: &["century", "centuries", "c"],
        of_date: |at| era_of(at.year(), 100),
        of_interval: Some(|i| f64::from(i.months / 1200)),
    },
    Part {
        names: &["millennium", "millennia", "mil"],
        of_date: |at| era_of(at.year(), 1000),
        of_interval: Some(|i| f64::from(i.months / 12000)),
    },
    Part { names: &["era"], of_date: |at| f64::from(u8::from(at.year() > 0)), of_interval: None },
    Part {
        names: &["epoch"],
        of_date: |at| super::micros(at) as f64 / 1e6,
        of_interval: Some(super::epoch::seconds_of),
    },
    Part {
        names: &["julian"],
        of_date: |at| {
            const DAYS_BEFORE_1970: f64 = 2_440_588.0;
            super::micros(at) as f64 / super::DAY as f64 + DAYS_BEFORE_1970
        },
        of_interval: None,
    },
];

/// The part of a name.
fn part(name: &str) -> Result<&'static Part> {
    let lower = name.trim_matches(['\'', '"']).to_lowercase();
    PARTS.iter().find(|part| part.names.contains(&lower.as_str())).ok_or_else(|| {
        let names = PARTS.iter().map(|part| part.names[0]);
        let error = Error::invalid_input(format!("'{name}' is no part of a date"));
        match closest(&lower, names.clone()) {
            Some(near) => error.with_hint(format!("did you mean '{near}'?")),
            None => error.with_hint(format!("parts: {}", names.collect::<Vec<_>>().join(", "))),
        }
    })
}

/// The part of the argument at `index`, for each row.
fn read(call: &Call, index: usize, part: &Part) -> Result<ArrayRef> {
    let values: Vec<Option<f64>> = match call.raw(index)?.data_type() {
        DataType::Interval(_) => {
            let Some(of_interval) = part.of_interval else {
                return Err(Error::invalid_input(format!(
                    "an interval has no part '{}'",
                    part.names[0]
                )));
            };
            let intervals = call.interval(index)?;
            (0..call.rows).map(|row| intervals.get(row).map(of_interval)).collect()
        }
        DataType::Time64(_) => {
            let of_day = |name: &str| {
                matches!(
                    name,
                    "hour"
                        | "minute"
                        | "second"
                        | "millisecond"
                        | "microsecond"
                        | "nanosecond"
                        | "epoch"
                )
            };
            if !of_day(part.names[0]) {
                return Err(Error::invalid_input(format!(
                    "a time has no part '{}'",
                    part.names[0]
                )));
            }
            let times = call.primitive::<Time64MicrosecondType>(index)?;
            let of_time = |row| Some(date_time(times.get(row)?).map(part.of_date));
            (0..call.rows).map(|row| of_time(row).transpose()).collect::<Result<_>>()?
        }
        _ => {
            let dates = call.primitive::<TimestampMicrosecondType>(index)?;
            let of_date = |row| Some(date_time(dates.get(row)?).map(part.of_date));
            (0..call.rows).map(|row| of_date(row).transpose()).collect::<Result<_>>()?
        }
    };
    Ok(match part.is_whole() {
        true => {
            let whole = values.into_iter().map(|value| value.map(|value| value as i64));
            std::sync::Arc::new(whole.collect::<Int64Array>())
        }
        false => std::sync::Arc::new(Float64Array::from(values)),
    })
}

/// The part of a date, by name: also what `EXTRACT(part FROM x)` is where DataFusion knows no such part.
pub(crate) const DATE_PART: Scalar = Scalar {
    names: &["extract_part"],
    manual: Manual {
        usage: "extract_part(part, x)",
        description: "The part of a date, time, timestamp or interval, by its constant name. EXTRACT(part FROM x) is this for the parts that date_part does not know: decade, century, millennium, era, yearweek, julian.",
        example: "SELECT EXTRACT(century FROM DATE '1992-09-20')",
        result: "20",
    },
    takes: &[
        &[Kind::Text, Kind::Timestamp],
        &[Kind::Text, Kind::Interval],
        &[Kind::Text, Kind::Time],
    ],
    returns: |given| match given.text(0) {
        Some(name) if !part(name)?.is_whole() => Ok(DataType::Float64),
        _ => Ok(DataType::Int64),
    },
    evaluate: |call| {
        let names = call.text(0)?;
        if !call.is_constant(0) {
            return Err(Error::unsupported("the name of the part must be a constant"));
        }
        match names.get(0) {
            Some(name) => read(call, 1, part(name)?),
            None => Ok(datafusion::arrow::array::new_null_array(&call.returns, call.rows)),
        }
    },
};

const OF_ANY: &[&[Kind]] = &[&[Kind::Timestamp], &[Kind::Interval], &[Kind::Time]];

macro_rules! part_function {
    ($constant:ident, $names:expr, $usage:literal, $description:literal, $example:literal, $result:literal) => {
        pub(super) const $constant: Scalar = Scalar {
            names: $names,
            manual: Manual {
                usage: $usage,
                description: $description,
                example: $example,
                result: $result,
            },
            takes: OF_ANY,
            returns: |_| {
                Ok(if part($names[0])?.is_whole() { DataType::Int64 } else { DataType::Float64 })
            },
            evaluate: |call| read(call, 0, part($names[0])?),
        };
    };
}

part_function!(YEAR, &["year"], "year(x)", "The year.", "SELECT year(DATE '1992-09-20')", "1992");
part_function!(
    QUARTER,
    &["quarter"],
    "quarter(x)",
    "The quarter of the year, from 1 to 4.",
    "SELECT quarter(DATE '1992-09-20')",
    "3"
);
part_function!(
    MONTH,
    &["month"],
    "month(x)",
    "The month, from 1 to 12.",
    "SELECT month(DATE '1992-09-20')",
    "9"
);
part_function!(
    WEEK,
    &["week", "weekofyear"],
    "week(x)",
    "The ISO week of the year, from 1 to 53.",
    "SELECT week(DATE '2021-01-01')",
    "53"
);
part_function!(
    DAY,
    &["day", "dayofmonth"],
    "day(x)",
    "The day of the month.",
    "SELECT day(DATE '1992-09-20')",
    "20"
);
part_function!(
    HOUR,
    &["hour"],
    "hour(x)",
    "The hour, from 0 to 23.",
    "SELECT hour(TIMESTAMP '2021-08-03 11:59:44')",
    "11"
);
part_function!(
    MINUTE,
    &["minute"],
    "minute(x)",
    "The minute, from 0 to 59.",
    "SELECT minute(TIMESTAMP '2021-08-03 11:59:44')",
    "59"
);
part_function!(
    SECOND,
    &["second"],
    "second(x)",
    "The second, from 0 to 59.",
    "SELECT second(TIMESTAMP '2021-08-03 11:59:44')",
    "44"
);
part_function!(
    MILLISECOND,
    &["millisecond"],
    "millisecond(x)",
    "The milliseconds of the minute, seconds included.",
    "SELECT millisecond(TIMESTAMP '2021-08-03 11:59:44.123456')",
    "44123"
);
part_function!(
    MICROSECOND,
    &["microsecond"],
    "microsecond(x)",
    "The microseconds of the minute, seconds included.",
    "SELECT microsecond(TIMESTAMP '2021-08-03 11:59:44.123456')",
    "44123456"
);
part_function!(
    NANOSECOND,
    &["nanosecond"],
    "nanosecond(x)",
    "The nanoseconds of the minute, seconds included.",
    "SELECT nanosecond(TIMESTAMP '2021-08-03 11:59:44.123456')",
    "44123456000"
);
part_function!(
    DAYOFWEEK,
    &["dayofweek", "weekday"],
    "dayofweek(x)",
    "The day of the week: Sunday is 0, Saturday 6.",
    "SELECT dayofweek(DATE '1992-02-15')",
    "6"
);
part_function!(
    ISODOW,
    &["isodow"],
    "isodow(x)",
    "The ISO day of the week: Monday is 1, Sunday 7.",
    "SELECT isodow(DATE '1992-02-16')",
    "7"
);
part_function!(
    DAYOFYEAR,
    &["dayofyear"],
    "dayofyear(x)",
    "The day of the year, from 1 to 366.",
    "SELECT dayofyear(DATE '1992-02-15')",
    "46"
);
part_function!(
    ISOYEAR,
    &["isoyear"],
    "isoyear(x)",
    "The year to which the ISO week belongs.",
    "SELECT isoyear(DATE '2022-01-01')",
    "2021"
);
part_function!(
    YEARWEEK,
    &["yearweek"],
    "yearweek(x)",
    "The ISO year and week as one number.",
    "SELECT yearweek(DATE '1992-02-15')",
    "199207"
);
part_function!(
    DECADE,
    &["decade"],
    "decade(x)",
    "The year divided by ten.",
    "SELECT decade(DATE '1992-02-15')",
    "199"
);
part_function!(
    CENTURY,
    &["century"],
    "century(x)",
    "The century.",
    "SELECT century(DATE '1992-02-15')",
    "20"
);
part_function!(
    MILLENNIUM,
    &["millennium"],
    "millennium(x)",
    "The millennium.",
    "SELECT millennium(DATE '1992-02-15')",
    "2"
);
part_function!(
    ERA,
    &["era"],
    "era(x)",
    "1 for years after Christ, 0 for those before.",
    "SELECT era(DATE '1992-02-15')",
    "1"
);
part_function!(
    JULIAN,
    &["julian"],
    "julian(x)",
    "The Julian day number, with the time as its decimals.",
    "SELECT julian(DATE '1992-09-20')",
    "2448886.0"
);
