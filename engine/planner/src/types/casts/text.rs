//! Values to text as DuckDB writes them: `2024-01-01 10:00:00`, `[1, 2]`, `{'a': 1}`, `1 day 02:00:00`.

use std::fmt::Write;
use std::str::FromStr;

use datafusion::arrow::array::timezone::Tz;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, MapArray, StringViewBuilder, types::ArrowTimestampType,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Field, Float32Type, Float64Type, IntervalMonthDayNanoType, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use datafusion::arrow::temporal_conversions::{as_datetime, as_datetime_with_timezone};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use extension::{Error, Result};

use super::{CastRule, is_text};

#[derive(Debug)]
pub(super) struct ToText;

impl CastRule for ToText {
    fn claims(&self, from: &Field, to: &Field) -> bool {
        is_text(to.data_type()) && is_written_otherwise(from.data_type())
    }

    fn cast(&self, values: &ArrayRef, _from: &Field, to: &Field, _safe: bool) -> Result<ArrayRef> {
        let mut texts = StringViewBuilder::with_capacity(values.len());
        let mut text = String::new();
        for row in 0..values.len() {
            if values.is_null(row) {
                texts.append_null();
                continue;
            }
            text.clear();
            write_value(values.as_ref(), row, &mut text)?;
            texts.append_value(&text);
        }
        Ok(cast(&texts.finish(), to.data_type())?)
    }
}

/// Whether Arrow would write the values in another way.
fn is_written_otherwise(data_type: &DataType) -> bool {
    match data_type {
        DataType::Timestamp(..) | DataType::Interval(_) => true,
        DataType::Float32 | DataType::Float64 => true,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => true,
        other => other.is_nested() && !matches!(other, DataType::Dictionary(..)),
    }
}

fn write_value(values: &dyn Array, row: usize, text: &mut String) -> Result<()> {
    match values.data_type() {
        DataType::Timestamp(unit, zone) => {
            let zone = zone.as_deref();
            match unit {
                TimeUnit::Second => write_moment::<TimestampSecondType>(values, row, zone, text),
                TimeUnit::Millisecond => {
                    write_moment::<TimestampMillisecondType>(values, row, zone, text)
                }
                TimeUnit::Microsecond => {
                    write_moment::<TimestampMicrosecondType>(values, row, zone, text)
                }
                TimeUnit::Nanosecond => {
                    write_moment::<TimestampNanosecondType>(values, row, zone, text)
                }
            }
        }
        DataType::Interval(_) => {
            let unit = DataType::Interval(datafusion::arrow::datatypes::IntervalUnit::MonthDayNano);
            let intervals = cast(&values.slice(row, 1), &unit)?;
            let interval = intervals.as_primitive::<IntervalMonthDayNanoType>().value(0);
            write_interval(interval.months, interval.days, interval.nanoseconds, text);
            Ok(())
        }
        DataType::Float32 => {
            let number = values.as_primitive::<Float32Type>().value(row);
            write_number(number.into(), &format!("{number:e}"), text);
            Ok(())
        }
        DataType::Float64 => {
            let number = values.as_primitive::<Float64Type>().value(row);
            write_number(number, &format!("{number:e}"), text);
            Ok(())
        }
        DataType::Binary => write_bytes(values.as_binary::<i32>().value(row), text),
        DataType::LargeBinary => write_bytes(values.as_binary::<i64>().value(row), text),
        DataType::BinaryView => write_bytes(values.as_binary_view().value(row), text),
        DataType::List(_) => write_list(values.as_list::<i32>().value(row).as_ref(), text),
        DataType::LargeList(_) => write_list(values.as_list::<i64>().value(row).as_ref(), text),
        DataType::FixedSizeList(..) => {
            write_list(values.as_fixed_size_list().value(row).as_ref(), text)
        }
        DataType::Struct(fields) => {
            text.push('{');
            for (index, field) in fields.iter().enumerate() {
                let comma = if index > 0 { ", " } else { "" };
                let name = field.name().replace('\\', "\\\\").replace('\'', "\\'");
                let _ = write!(text, "{comma}'{name}': ");
                write_element(values.as_struct().column(index).as_ref(), row, text)?;
            }
            text.push('}');
            Ok(())
        }
        DataType::Map(..) => {
            let maps: &MapArray = values.as_map();
            let entries = maps.value(row);
            text.push('{');
            for entry in 0..entries.len() {
                text.push_str(if entry > 0 { ", " } else { "" });
                write_element(entries.column(0).as_ref(), entry, text)?;
                text.push('=');
                write_element(entries.column(1).as_ref(), entry, text)?;
            }
            text.push('}');
            Ok(())
        }
        _ => {
            let options = FormatOptions::default();
            let formatter = ArrayFormatter::try_new(values, &options)?;
            write!(text, "{}", formatter.value(row))
                .map_err(|_| Error::invalid_data("a value cannot be written as text"))
        }
    }
}

/// A number from its shortest form with an exponent: `1e20` becomes `1e+20`, and `1.5e2` becomes `150.0`.
fn write_number(number: f64, scientific: &str, text: &mut String) {
    if number.is_nan() {
        text.push_str("nan");
        return;
    }
    let Some((digits, exponent)) = scientific.split_once('e') else {
        // Infinity has no exponent.
        text.push_str(scientific);
        return;
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        let _ = write!(text, "{digits}e{sign}{:02}", exponent.abs());
        return;
    }
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits),
    };
    text.push_str(sign);
    let (first, rest) = digits.split_once('.').unwrap_or((digits, ""));
    if exponent < 0 {
        let zeros = exponent.unsigned_abs() as usize - 1;
        let _ = write!(text, "0.{:0<zeros$}{first}{rest}", "");
        return;
    }
    let places = exponent.unsigned_abs() as usize;
    match rest.get(places..) {
        Some(after) if !after.is_empty() => {
            let _ = write!(text, "{first}{}.{after}", &rest[..places]);
        }
        _ => {
            let _ = write!(text, "{first}{rest:0<places$}.0");
        }
    }
}

fn write_list(values: &dyn Array, text: &mut String) -> Result<()> {
    text.push('[');
    for row in 0..values.len() {
        text.push_str(if row > 0 { ", " } else { "" });
        write_element(values, row, text)?;
    }
    text.push(']');
    Ok(())
}

/// A value within another: quoted where it would be read otherwise.
fn write_element(values: &dyn Array, row: usize, text: &mut String) -> Result<()> {
    if values.is_null(row) {
        text.push_str("NULL");
        return Ok(());
    }
    if values.data_type().is_nested() {
        return write_value(values, row, text);
    }
    let mut value = String::new();
    write_value(values, row, &mut value)?;
    let special = |character: char| {
        matches!(character, '"' | '\'' | '(' | ')' | ',' | ':' | '=' | '[' | ']' | '{' | '}' | '\\')
    };
    let quotes = value.is_empty()
        || value.eq_ignore_ascii_case("null")
        || value.starts_with(char::is_whitespace)
        || value.ends_with(char::is_whitespace)
        || value.contains(special);
    match quotes {
        true => {
            let escaped = value.replace('\\', "\\\\").replace('\'', "\\'");
            let _ = write!(text, "'{escaped}'");
        }
        false => text.push_str(&value),
    }
    Ok(())
}

fn write_moment<T: ArrowTimestampType>(
    values: &dyn Array,
    row: usize,
    zone: Option<&str>,
    text: &mut String,
) -> Result<()> {
    let value = values.as_primitive::<T>().value(row);
    let outside = || Error::invalid_data(format!("timestamp {value} is outside of the calendar"));
    match zone {
        None => {
            let moment = as_datetime::<T>(value).ok_or_else(outside)?;
            let _ = write!(text, "{}", moment.format("%Y-%m-%d %H:%M:%S"));
            write_fraction(moment.and_utc().timestamp_subsec_nanos(), text);
        }
        Some(zone) => {
            let zone = Tz::from_str(zone)?;
            let moment = as_datetime_with_timezone::<T>(value, zone).ok_or_else(outside)?;
            let _ = write!(text, "{}", moment.format("%Y-%m-%d %H:%M:%S"));
            write_fraction(moment.timestamp_subsec_nanos(), text);
            let offset = moment.format("%:z").to_string();
            text.push_str(offset.strip_suffix(":00").unwrap_or(&offset));
        }
    }
    Ok(())
}

/// The part of a second behind the point, as short as it can be.
fn write_fraction(nanoseconds: u32, text: &mut String) {
    if nanoseconds > 0 {
        let digits = format!("{nanoseconds:09}");
        let _ = write!(text, ".{}", digits.trim_end_matches('0'));
    }
}

fn write_interval(months: i32, days: i32, nanoseconds: i64, text: &mut String) {
    let mut parts: Vec<String> = vec![];
    let mut part = |number: i32, unit: &str| {
        if number != 0 {
            let plural = if number.abs() == 1 { "" } else { "s" };
            parts.push(format!("{number} {unit}{plural}"));
        }
    };
    part(months / 12, "year");
    part(months % 12, "month");
    part(days, "day");
    if nanoseconds != 0 || parts.is_empty() {
        const SECOND: u64 = 1_000_000_000;
        let sign = if nanoseconds < 0 { "-" } else { "" };
        let nanoseconds = nanoseconds.unsigned_abs();
        let seconds = nanoseconds / SECOND;
        let mut time =
            format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        write_fraction((nanoseconds % SECOND) as u32, &mut time);
        parts.push(time);
    }
    text.push_str(&parts.join(" "));
}

fn write_bytes(bytes: &[u8], text: &mut String) -> Result<()> {
    for byte in bytes {
        match byte {
            b'\\' | b'\'' | b'"' => {
                let _ = write!(text, "\\x{byte:02X}");
            }
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => {
                let _ = write!(text, "\\x{byte:02X}");
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::write_interval;

    #[test]
    fn intervals_read_as_duckdb_writes_them() {
        let text = |months, days, nanoseconds| {
            let mut text = String::new();
            write_interval(months, days, nanoseconds, &mut text);
            text
        };
        assert_eq!(text(0, 1, 7_200_000_000_000), "1 day 02:00:00");
        assert_eq!(text(14, 0, 0), "1 year 2 months");
        assert_eq!(text(0, 0, 0), "00:00:00");
        assert_eq!(text(0, 0, -1_500_000_000), "-00:00:01.5");
    }
}
