//! Dates as text, by a format.

use std::fmt::Write;

use chrono::format::{Item, StrftimeItems};
use datafusion::arrow::datatypes::{DataType, TimestampMicrosecondType};
use extension::{Error, Result};

use super::date_time;
use crate::manual::Manual;
use crate::scalar::{Kind, Scalar};

/// The specifiers that need other words in chrono, for writing and for reading.
const OTHERS: &[(&str, &str, &str)] = &[
    ("%f", "%6f", "%6f"),
    ("%g", "%3f", "%3f"),
    ("%n", "%9f", "%9f"),
    ("%c", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S"),
    ("%x", "%Y-%m-%d", "%Y-%m-%d"),
    ("%X", "%H:%M:%S", "%H:%M:%S"),
    ("%h", "%b", "%b"),
    ("%z", "+00", "%#z"),
    ("%Z", "", ""),
];

/// The specifiers that both know.
const SAME: &str = "aAwudbBmyYHIpMSjUWVG%";

/// A format in chrono's words.
pub(super) fn items(format: &str, reading: bool) -> Result<Vec<Item<'static>>> {
    let mut translated = String::with_capacity(format.len());
    let mut chars = format.chars();
    while let Some(char) = chars.next() {
        if char != '%' {
            translated.push(char);
            continue;
        }
        let unknown = |found: &str| {
            Error::invalid_input(format!("'{found}' in '{format}' is no part of a date format"))
        };
        match chars.next() {
            Some('-') => match chars.next() {
                // Reading takes one digit where two may stand.
                Some(letter) if "dmyHIMSj".contains(letter) => {
                    translated.push('%');
                    if !reading && letter != 'y' {
                        translated.push('-');
                    }
                    translated.push(letter);
                }
                Some(letter) => return Err(unknown(&format!("%-{letter}"))),
                None => return Err(unknown("%-")),
            },
            Some(letter) if SAME.contains(letter) => {
                translated.push('%');
                translated.push(letter);
            }
            Some(letter) => {
                let specifier = format!("%{letter}");
                let (_, writing, reads) = OTHERS
                    .iter()
                    .find(|(name, _, _)| *name == specifier)
                    .ok_or_else(|| unknown(&specifier))?;
                if reading && letter == 'Z' {
                    return Err(Error::unsupported("strptime: %Z, the name of a time zone"));
                }
                // Fractions of fewer digits than the full number are read as well.
                if reading && "fgn".contains(letter) && translated.ends_with('.') {
                    translated.pop();
                    translated.push_str("%.f");
                } else {
                    translated.push_str(if reading { reads } else { writing });
                }
            }
            None => return Err(unknown("%")),
        }
    }
    let items: Vec<Item<'static>> = StrftimeItems::new(&translated).map(Item::to_owned).collect();
    match items.contains(&Item::Error) {
        true => Err(Error::invalid_input(format!("'{format}' is no date format"))),
        false => Ok(items),
    }
}

pub(super) const STRFTIME: Scalar = Scalar {
    names: &["strftime"],
    manual: Manual {
        usage: "strftime(x, format)",
        description: "A date or timestamp as text, with %Y, %m, %d, %H, %M, %S, %f, %j, %a, %B and so on replaced; a hyphen as in %-d leaves out zeros. The format may stand first.",
        example: "SELECT strftime(DATE '1992-01-01', '%a, %-d %B %Y')",
        result: "Wed, 1 January 1992",
    },
    takes: &[&[Kind::Timestamp, Kind::Text], &[Kind::Text, Kind::Timestamp]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let first = matches!(call.raw(0)?.data_type(), DataType::Timestamp(_, _));
        let (date, format) = if first { (0, 1) } else { (1, 0) };
        let dates = call.primitive::<TimestampMicrosecondType>(date)?;
        let formats = call.text(format)?;
        let mut last: Option<(&str, Vec<Item<'static>>)> = None;
        call.write_text(|row, out| {
            let (date, format) = (dates.get(row)?, formats.get(row)?);
            if last.as_ref().is_none_or(|(known, _)| *known != format) {
                match items(format, false) {
                    Ok(items) => last = Some((format, items)),
                    Err(error) => return Some(Err(error)),
                }
            }
            let items = last.as_ref().map_or(&[][..], |(_, items)| items);
            Some(date_time(date).and_then(|at| {
                write!(out, "{}", at.format_with_items(items.iter())).map_err(|_| {
                    Error::invalid_input(format!("'{format}' cannot be written for a timestamp"))
                })
            }))
        })
    },
};
