//! Dates from text, by a format or the first that fits of several.

use std::collections::HashMap;

use chrono::format::{Item, Parsed, parse};
use chrono::{NaiveDate, NaiveTime};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use extension::{Error, Result};

use super::{micros, strftime};
use crate::manual::Manual;
use crate::scalar::{Call, Given, Kind, Scalar};

const TEXT_AND_FORMATS: &[&[Kind]] = &[&[Kind::Text, Kind::Text], &[Kind::Text, Kind::Texts]];

pub(super) const STRPTIME: Scalar = Scalar {
    names: &["strptime"],
    manual: Manual {
        usage: "strptime(text, format)",
        description: "The timestamp that a text says, read by a format or by the first that fits of a list. What the format leaves out is that of 1900-01-01 00:00:00. With %z the result is in UTC.",
        example: "SELECT strptime('4/15/2023 10:56:00', ['%d/%m/%Y %H:%M:%S', '%m/%d/%Y %H:%M:%S'])",
        result: "2023-04-15T10:56:00",
    },
    takes: TEXT_AND_FORMATS,
    returns,
    evaluate: |call| read(call, true),
};

pub(super) const TRY_STRPTIME: Scalar = Scalar {
    names: &["try_strptime"],
    manual: Manual {
        usage: "try_strptime(text, format)",
        description: "As strptime, but NULL where no format fits.",
        example: "SELECT try_strptime('soon', '%Y-%m-%d') IS NULL",
        result: "true",
    },
    takes: TEXT_AND_FORMATS,
    returns,
    evaluate: |call| read(call, false),
};

/// Text that says its offset from UTC is a moment, other text a time on some wall's clock.
fn returns(given: &Given) -> Result<DataType> {
    let zoned = given.text(1).is_some_and(|format| format.contains("%z"));
    Ok(DataType::Timestamp(TimeUnit::Microsecond, zoned.then(|| "UTC".into())))
}

fn read(call: &Call, strict: bool) -> Result<ArrayRef> {
    let texts = call.text(0)?;
    let mut known: HashMap<String, Vec<Item<'static>>> = HashMap::new();
    let list = matches!(call.raw(1)?.data_type(), DataType::List(_));
    let mut at = |text: &str, formats: &[&str]| -> Result<Option<i64>> {
        let mut why = None;
        for format in formats {
            if !known.contains_key(*format) {
                known.insert((*format).to_string(), strftime::items(format, true)?);
            }
            let items = known.get(*format).map_or(&[][..], Vec::as_slice);
            match read_one(text, items) {
                Ok(at) => return Ok(Some(at)),
                Err(error) => why = Some(error),
            }
        }
        match strict {
            false => Ok(None),
            true => Err(Error::invalid_data(format!(
                "'{text}' cannot be read as '{}': {}",
                formats.join("' or '"),
                why.map(|why| why.to_string()).unwrap_or_default()
            ))
            .with_hint("try_strptime gives NULL instead of an error")),
        }
    };
    let mut values = Vec::with_capacity(call.rows);
    if list {
        let lists = call.list(1)?;
        let formats = lists.array.values();
        let formats = formats.as_string::<i32>();
        for row in 0..call.rows {
            let (Some(text), Some(range)) = (texts.get(row), lists.range(row)) else {
                values.push(None);
                continue;
            };
            let formats: Vec<&str> =
                range.filter(|i| formats.is_valid(*i)).map(|i| formats.value(i)).collect();
            values.push(at(text, &formats)?);
        }
    } else {
        let formats = call.text(1)?;
        for row in 0..call.rows {
            values.push(match (texts.get(row), formats.get(row)) {
                (Some(text), Some(format)) => at(text, &[format])?,
                _ => None,
            });
        }
    }
    let times = TimestampMicrosecondArray::from(values);
    Ok(datafusion::arrow::compute::cast(&times, &call.returns)?)
}

fn read_one(text: &str, items: &[Item<'static>]) -> Result<i64, chrono::ParseError> {
    let mut parsed = Parsed::new();
    parse(&mut parsed, text.trim_end(), items.iter())?;
    if parsed.timestamp().is_none() {
        let no_year = parsed.year().is_none()
            && parsed.year_mod_100().is_none()
            && parsed.isoyear().is_none();
        if no_year {
            parsed.set_year(1900)?;
        }
        let by_week = parsed.isoweek().is_some()
            || parsed.week_from_mon().is_some()
            || parsed.week_from_sun().is_some();
        if parsed.ordinal().is_none() && !by_week {
            if parsed.month().is_none() {
                parsed.set_month(1)?;
            }
            if parsed.day().is_none() {
                parsed.set_day(1)?;
            }
        }
        if parsed.hour_mod_12().is_none() && parsed.hour_div_12().is_none() {
            parsed.set_hour(0)?;
        } else if parsed.hour_div_12().is_none() {
            parsed.set_ampm(false)?;
        }
        if parsed.minute().is_none() {
            parsed.set_minute(0)?;
        }
    }
    let date: NaiveDate = parsed.to_naive_date()?;
    let time: NaiveTime = match parsed.nanosecond() {
        Some(_) if parsed.second().is_none() => {
            parsed.set_second(0)?;
            parsed.to_naive_time()?
        }
        _ => parsed.to_naive_time()?,
    };
    let offset = parsed.offset().map_or(0, i64::from);
    Ok(micros(date.and_time(time)) - offset * 1_000_000)
}
