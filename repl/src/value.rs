//! Values as text, the way DuckDB prints them: shared by every format that shows rows.

mod nested;

use std::fmt::Write;
use std::str::FromStr;

use chrono::{DateTime, Offset, TimeZone};
use engine::arrow::array::timezone::Tz;
use engine::arrow::array::types::*;
use engine::arrow::array::{Array, AsArray, downcast_dictionary_array, downcast_run_array};
use engine::arrow::datatypes::{DataType, IntervalUnit, TimeUnit};

pub(crate) use nested::{Notation, write_nested};

/// Follows dictionaries, run-length encodings and unions down to the value itself; `None` for NULL.
pub(crate) fn resolve(array: &dyn Array, row: usize) -> Option<(&dyn Array, usize)> {
    if matches!(array.data_type(), DataType::Null) || array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Dictionary(_, _) => downcast_dictionary_array!(
            array => {
                let key = array.key(row)?;
                resolve(array.values().as_ref(), key)
            }
            _ => None
        ),
        DataType::RunEndEncoded(_, _) => downcast_run_array!(
            array => {
                let physical = array.get_physical_index(row);
                resolve(array.values().as_ref(), physical)
            },
            _ => None
        ),
        DataType::Union(_, _) => {
            let union = array.as_union();
            resolve(union.child(union.type_id(row)).as_ref(), union.value_offset(row))
        }
        _ => Some((array, row)),
    }
}

/// Appends a value as people read it; NULL is `null`.
pub(crate) fn write_value(out: &mut String, array: &dyn Array, row: usize, null: &str) {
    match resolve(array, row) {
        Some((array, row)) => write_present(out, array, row),
        None => out.push_str(null),
    }
}

/// Whether values of the type line up on the right.
pub(crate) fn is_numeric(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_numeric(values),
        DataType::RunEndEncoded(_, values) => is_numeric(values.data_type()),
        other => other.is_numeric(),
    }
}

/// Writing into a `String` cannot fail.
macro_rules! put {
    ($out:expr, $($argument:tt)*) => {{
        let _ = write!($out, $($argument)*);
    }};
}

fn write_present(out: &mut String, array: &dyn Array, row: usize) {
    use DataType as T;
    macro_rules! number {
        ($type:ty) => {
            put!(out, "{}", array.as_primitive::<$type>().value(row))
        };
    }
    macro_rules! decimal {
        ($type:ty) => {
            out.push_str(&array.as_primitive::<$type>().value_as_string(row))
        };
    }
    match array.data_type() {
        T::Null => out.push_str("NULL"),
        T::Boolean => put!(out, "{}", array.as_boolean().value(row)),
        T::Int8 => number!(Int8Type),
        T::Int16 => number!(Int16Type),
        T::Int32 => number!(Int32Type),
        T::Int64 => number!(Int64Type),
        T::UInt8 => number!(UInt8Type),
        T::UInt16 => number!(UInt16Type),
        T::UInt32 => number!(UInt32Type),
        T::UInt64 => number!(UInt64Type),
        T::Float16 => write_float(
            out,
            &format!("{:e}", array.as_primitive::<Float16Type>().value(row).to_f32()),
        ),
        T::Float32 => {
            write_float(out, &format!("{:e}", array.as_primitive::<Float32Type>().value(row)))
        }
        T::Float64 => {
            write_float(out, &format!("{:e}", array.as_primitive::<Float64Type>().value(row)))
        }
        T::Decimal32(_, _) => decimal!(Decimal32Type),
        T::Decimal64(_, _) => decimal!(Decimal64Type),
        T::Decimal128(_, _) => decimal!(Decimal128Type),
        T::Decimal256(_, _) => decimal!(Decimal256Type),
        T::Utf8 => out.push_str(array.as_string::<i32>().value(row)),
        T::LargeUtf8 => out.push_str(array.as_string::<i64>().value(row)),
        T::Utf8View => out.push_str(array.as_string_view().value(row)),
        T::Binary => write_blob(out, array.as_binary::<i32>().value(row)),
        T::LargeBinary => write_blob(out, array.as_binary::<i64>().value(row)),
        T::BinaryView => write_blob(out, array.as_binary_view().value(row)),
        T::FixedSizeBinary(_) => write_blob(out, array.as_fixed_size_binary().value(row)),
        T::Date32 => write_date(out, i64::from(array.as_primitive::<Date32Type>().value(row))),
        T::Date64 => {
            write_date(out, array.as_primitive::<Date64Type>().value(row).div_euclid(86_400_000))
        }
        T::Time32(_) | T::Time64(_) => write_time(out, time_nanoseconds(array, row)),
        T::Timestamp(unit, zone) => {
            write_timestamp(out, timestamp_ticks(array, row, *unit), *unit, zone.as_deref())
        }
        T::Interval(unit) => {
            let (months, days, nanoseconds) = interval_parts(array, row, *unit);
            write_interval(out, months, days, nanoseconds);
        }
        T::Duration(unit) => {
            let ticks = match unit {
                TimeUnit::Second => array.as_primitive::<DurationSecondType>().value(row),
                TimeUnit::Millisecond => array.as_primitive::<DurationMillisecondType>().value(row),
                TimeUnit::Microsecond => array.as_primitive::<DurationMicrosecondType>().value(row),
                TimeUnit::Nanosecond => array.as_primitive::<DurationNanosecondType>().value(row),
            };
            write_interval(out, 0, 0, i128::from(ticks) * i128::from(nanoseconds_per(*unit)));
        }
        _ => {
            if !write_nested::<Text>(out, array, row) {
                put!(out, "<{}>", engine::sql_type_name(array.data_type()));
            }
        }
    }
}

/// The notation of DuckDB's shell.
struct Text;

impl Notation for Text {
    const SEPARATOR: &str = ", ";
    const MAP: &str = "{";
    const KEY: &str = "=";

    fn name(out: &mut String, name: &str) {
        put!(out, "'{}': ", name.replace('\'', "\\'"));
    }

    /// Text that could be misread is quoted.
    fn value(out: &mut String, array: &dyn Array, row: usize) {
        let Some((array, row)) = resolve(array, row) else {
            return out.push_str("NULL");
        };
        let mut text = String::new();
        write_present(&mut text, array, row);
        let ambiguous = !array.data_type().is_nested()
            && (text.is_empty()
                || text.eq_ignore_ascii_case("null")
                || text.starts_with(char::is_whitespace)
                || text.ends_with(char::is_whitespace)
                || text.contains(['\'', '"', '\\', ',', ':', '=', '(', ')', '[', ']', '{', '}']));
        match ambiguous {
            true => put!(out, "'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
            false => out.push_str(&text),
        }
    }
}

/// Lays out the shortest digits of a float (given as `1.5e-7`) with a point for ordinary sizes and an
/// exponent beyond 16 digits.
fn write_float(out: &mut String, scientific: &str) {
    let (sign, magnitude) = match scientific.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", scientific),
    };
    out.push_str(sign);
    let Some((mantissa, exponent)) = magnitude.split_once('e') else {
        return out.push_str(&magnitude.to_lowercase());
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    match exponent {
        0..16 => {
            let point = exponent as usize + 1;
            match digits.len() <= point {
                true => put!(out, "{digits:0<point$}.0"),
                false => put!(out, "{}.{}", &digits[..point], &digits[point..]),
            }
        }
        -4..0 => put!(out, "0.{}{digits}", "0".repeat((-exponent - 1) as usize)),
        _ => put!(out, "{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()),
    }
}

fn write_blob(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        match byte {
            b'\\' | b'\'' | b'"' => put!(out, "\\x{byte:02X}"),
            32..=126 => out.push(char::from(*byte)),
            _ => put!(out, "\\x{byte:02X}"),
        }
    }
}

/// A day since 1970-01-01 in the proleptic Gregorian calendar, over the whole range of the type.
fn write_date(out: &mut String, day: i64) {
    // Years begin in March, so that the leap day is the last one of a year.
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    match year {
        1.. => put!(out, "{year:04}-{month:02}-{day_of_month:02}"),
        _ => put!(out, "{:04}-{month:02}-{day_of_month:02} (BC)", 1 - year),
    }
}

fn write_time(out: &mut String, nanoseconds: i64) {
    let seconds = nanoseconds.div_euclid(1_000_000_000);
    put!(out, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    write_fraction(out, nanoseconds.rem_euclid(1_000_000_000));
}

/// The part of a second, without zeros at its end.
fn write_fraction(out: &mut String, nanoseconds: i64) {
    if nanoseconds != 0 {
        let digits = format!("{nanoseconds:09}");
        put!(out, ".{}", digits.trim_end_matches('0'));
    }
}

fn nanoseconds_per(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

fn time_nanoseconds(array: &dyn Array, row: usize) -> i64 {
    match array.data_type() {
        DataType::Time32(TimeUnit::Second) => {
            i64::from(array.as_primitive::<Time32SecondType>().value(row)) * 1_000_000_000
        }
        DataType::Time32(_) => {
            i64::from(array.as_primitive::<Time32MillisecondType>().value(row)) * 1_000_000
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            array.as_primitive::<Time64MicrosecondType>().value(row).saturating_mul(1_000)
        }
        _ => array.as_primitive::<Time64NanosecondType>().value(row),
    }
}

fn timestamp_ticks(array: &dyn Array, row: usize, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => array.as_primitive::<TimestampSecondType>().value(row),
        TimeUnit::Millisecond => array.as_primitive::<TimestampMillisecondType>().value(row),
        TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().value(row),
        TimeUnit::Nanosecond => array.as_primitive::<TimestampNanosecondType>().value(row),
    }
}

fn write_timestamp(out: &mut String, ticks: i64, unit: TimeUnit, zone: Option<&str>) {
    let per_second = 1_000_000_000 / nanoseconds_per(unit);
    let utc = ticks.div_euclid(per_second);
    let fraction = ticks.rem_euclid(per_second) * nanoseconds_per(unit);
    // The offset of a zone depends on the instant; a zone nobody knows is shown as UTC.
    let offset = zone.map(|zone| {
        let instant = DateTime::from_timestamp(utc, 0);
        match (Tz::from_str(zone), instant) {
            (Ok(zone), Some(instant)) => i64::from(
                zone.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc(),
            ),
            _ => 0,
        }
    });
    let local = utc.saturating_add(offset.unwrap_or_default());
    write_date(out, local.div_euclid(86_400));
    out.push(' ');
    write_time(out, local.rem_euclid(86_400) * 1_000_000_000 + fraction);
    if let Some(offset) = offset {
        let sign = if offset < 0 { '-' } else { '+' };
        let offset = offset.abs();
        put!(out, "{sign}{:02}", offset / 3600);
        if offset % 3600 != 0 {
            put!(out, ":{:02}", offset / 60 % 60);
        }
        if offset % 60 != 0 {
            put!(out, ":{:02}", offset % 60);
        }
    }
}

fn interval_parts(array: &dyn Array, row: usize, unit: IntervalUnit) -> (i32, i32, i128) {
    match unit {
        IntervalUnit::YearMonth => (array.as_primitive::<IntervalYearMonthType>().value(row), 0, 0),
        IntervalUnit::DayTime => {
            let value = array.as_primitive::<IntervalDayTimeType>().value(row);
            (0, value.days, i128::from(value.milliseconds) * 1_000_000)
        }
        IntervalUnit::MonthDayNano => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            (value.months, value.days, i128::from(value.nanoseconds))
        }
    }
}

fn write_interval(out: &mut String, months: i32, days: i32, nanoseconds: i128) {
    let start = out.len();
    for (count, unit) in [(months / 12, "year"), (months % 12, "month"), (days, "day")] {
        if count != 0 {
            let separator = if out.len() > start { " " } else { "" };
            put!(out, "{separator}{count} {unit}{}", if count == 1 { "" } else { "s" });
        }
    }
    if nanoseconds != 0 || out.len() == start {
        if out.len() > start {
            out.push(' ');
        }
        if nanoseconds < 0 {
            out.push('-');
        }
        let magnitude = nanoseconds.unsigned_abs();
        let seconds = magnitude / 1_000_000_000;
        put!(out, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        write_fraction(out, (magnitude % 1_000_000_000) as i64);
    }
}

#[cfg(test)]
mod tests;
