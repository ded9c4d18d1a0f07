//! Names of days and months, and the ends of months.

use chrono::{Datelike, NaiveDate};
use datafusion::arrow::array::{Date32Array, Int64Array};
use datafusion::arrow::datatypes::{DataType, TimestampMicrosecondType};
use extension::Error;

use super::date_time;
use crate::manual::Manual;
use crate::scalar::{Kind, Scalar};

pub(super) const DAYNAME: Scalar = Scalar {
    names: &["dayname"],
    manual: Manual {
        usage: "dayname(date)",
        description: "The English name of the day of the week.",
        example: "SELECT dayname(DATE '1992-03-22')",
        result: "Sunday",
    },
    takes: &[&[Kind::Timestamp]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        const NAMES: [&str; 7] =
            ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        let dates = call.primitive::<TimestampMicrosecondType>(0)?;
        call.write_text(|row, out| {
            let at = date_time(dates.get(row)?);
            Some(at.map(|at| out.push_str(NAMES[at.weekday().num_days_from_monday() as usize])))
        })
    },
};

pub(super) const MONTHNAME: Scalar = Scalar {
    names: &["monthname"],
    manual: Manual {
        usage: "monthname(date)",
        description: "The English name of the month.",
        example: "SELECT monthname(DATE '1992-09-20')",
        result: "September",
    },
    takes: &[&[Kind::Timestamp]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        const NAMES: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let dates = call.primitive::<TimestampMicrosecondType>(0)?;
        call.write_text(|row, out| {
            let at = date_time(dates.get(row)?);
            Some(at.map(|at| out.push_str(NAMES[at.month0() as usize])))
        })
    },
};

/// The last day of the month of a date.
fn last_day(date: NaiveDate) -> Option<NaiveDate> {
    date.with_day(1)?.checked_add_months(chrono::Months::new(1))?.pred_opt()
}

pub(super) const LAST_DAY: Scalar = Scalar {
    names: &["last_day"],
    manual: Manual {
        usage: "last_day(date)",
        description: "The last day of the month of a date.",
        example: "SELECT last_day(DATE '1992-02-10')",
        result: "1992-02-29",
    },
    takes: &[&[Kind::Timestamp]],
    returns: |_| Ok(DataType::Date32),
    evaluate: |call| {
        let dates = call.primitive::<TimestampMicrosecondType>(0)?;
        call.try_map::<Date32Array, _>(|row| {
            let at = dates.get(row)?;
            Some(date_time(at).and_then(|at| {
                let last = last_day(at.date());
                let last = last.ok_or_else(|| Error::invalid_data("a date is out of range"))?;
                Ok(last.num_days_from_ce() - 719_163)
            }))
        })
    },
};

pub(super) const DAYS_IN_MONTH: Scalar = Scalar {
    names: &["days_in_month"],
    manual: Manual {
        usage: "days_in_month(date)",
        description: "How many days the month of a date has.",
        example: "SELECT days_in_month(DATE '1992-02-10')",
        result: "29",
    },
    takes: &[&[Kind::Timestamp]],
    returns: |_| Ok(DataType::Int64),
    evaluate: |call| {
        let dates = call.primitive::<TimestampMicrosecondType>(0)?;
        call.try_map::<Int64Array, _>(|row| {
            let at = dates.get(row)?;
            Some(date_time(at).and_then(|at| {
                let last = last_day(at.date());
                last.map(|last| i64::from(last.day()))
                    .ok_or_else(|| Error::invalid_data("a date is out of range"))
            }))
        })
    },
};
