//! Numbers as people like to see them.

use datafusion::arrow::array::UInt64Array;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use extension::{Error, Result};

use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

pub(super) const BAR: Scalar = Scalar {
    names: &["bar"],
    manual: Manual {
        usage: "bar(x, min, max [, width])",
        description: "A bar whose length stands for where x is between min and max; its width at max is 80 characters unless it is given.",
        example: "SELECT bar(5, 0, 20, 8)",
        result: "██      ",
    },
    takes: &[
        &[Kind::Double, Kind::Double, Kind::Double],
        &[Kind::Double, Kind::Double, Kind::Double, Kind::Double],
    ],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let x = call.primitive::<Float64Type>(0)?;
        let (least, most) = (call.primitive::<Float64Type>(1)?, call.primitive::<Float64Type>(2)?);
        let widths = (call.len() > 3).then(|| call.primitive::<Float64Type>(3)).transpose()?;
        call.write_text(|row, out| {
            let (x, least, most) = (x.get(row)?, least.get(row)?, most.get(row)?);
            let width = widths.as_ref().map_or(Some(80.0), |widths| widths.get(row))?;
            Some(bar(x, least, most, width, out))
        })
    },
};

fn bar(x: f64, least: f64, most: f64, width: f64, out: &mut String) -> Result<()> {
    const BLOCKS: [&str; 9] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];
    if !x.is_finite() || !least.is_finite() || !most.is_finite() {
        return Err(Error::invalid_input("the value and its bounds must be finite"));
    }
    if !(1.0..=1000.0).contains(&width) {
        return Err(Error::invalid_input("the width must be between 1 and 1000"));
    }
    let share = match most > least {
        true => ((x - least) / (most - least)).clamp(0.0, 1.0),
        false => 0.0,
    };
    let eighths = (share * width * 8.0) as usize;
    (0..eighths / 8).for_each(|_| out.push_str(BLOCKS[8]));
    let mut used = eighths / 8;
    if !eighths.is_multiple_of(8) {
        out.push_str(BLOCKS[eighths % 8]);
        used += 1;
    }
    (used..width as usize).for_each(|_| out.push(' '));
    Ok(())
}

pub(super) const FORMAT_BYTES: Scalar = Scalar {
    names: &["format_bytes", "formatreadablesize", "formatReadableSize", "pg_size_pretty"],
    manual: Manual {
        usage: "format_bytes(bytes)",
        description: "A number of bytes in units of 1024: KiB, MiB, GiB and so on.",
        example: "SELECT format_bytes(16384)",
        result: "16.0 KiB",
    },
    takes: &[&[Kind::Integer]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| write(call, 1024, &["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]),
};

pub(super) const FORMAT_DECIMAL_BYTES: Scalar = Scalar {
    names: &["formatreadabledecimalsize", "formatReadableDecimalSize"],
    manual: Manual {
        usage: "formatreadabledecimalsize(bytes)",
        description: "A number of bytes in units of 1000: kB, MB, GB and so on.",
        example: "SELECT formatReadableDecimalSize(16000)",
        result: "16.0 kB",
    },
    takes: &[&[Kind::Integer]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| write(call, 1000, &["bytes", "kB", "MB", "GB", "TB", "PB", "EB"]),
};

fn write(call: &Call, base: u64, units: &[&str]) -> Result<datafusion::arrow::array::ArrayRef> {
    let sizes = call.primitive::<Int64Type>(0)?;
    call.write_text(|row, out| {
        use std::fmt::Write;
        let size = sizes.get(row)?;
        let (mut rest, mut unit, mut below) = (size.unsigned_abs(), 0, 0);
        while rest >= base && unit + 1 < units.len() {
            (below, rest) = (rest % base, rest / base);
            unit += 1;
        }
        let sign = if size < 0 { "-" } else { "" };
        // Tenths are cut off, not rounded, as they are there.
        let _ = match unit {
            0 if rest == 1 => write!(out, "{sign}1 byte"),
            0 => write!(out, "{sign}{rest} {}", units[0]),
            _ => write!(out, "{sign}{rest}.{} {}", below * 10 / base, units[unit]),
        };
        Some(Ok(()))
    })
}

pub(super) const PARSE_FORMATTED_BYTES: Scalar = Scalar {
    names: &["parse_formatted_bytes"],
    manual: Manual {
        usage: "parse_formatted_bytes(text)",
        description: "The number of bytes that a text such as '16 KiB' or '1.5 GB' says.",
        example: "SELECT parse_formatted_bytes('16 KiB')",
        result: "16384",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::UInt64),
    evaluate: |call| {
        let texts = call.text(0)?;
        call.try_map::<UInt64Array, _>(|row| {
            let text = texts.get(row)?;
            Some(parse(text).ok_or_else(|| {
                Error::invalid_input(format!("'{text}' is no size such as '16 KiB' or '1.5 GB'"))
            }))
        })
    },
};

fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    let factor: u64 = match text[end..].trim().to_ascii_lowercase().as_str() {
        "" | "b" | "byte" | "bytes" => 1,
        "kb" | "kilobyte" | "kilobytes" => 1000,
        "mb" | "megabyte" | "megabytes" => 1_000_000,
        "gb" | "gigabyte" | "gigabytes" => 1_000_000_000,
        "tb" | "terabyte" | "terabytes" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return None,
    };
    Some((number * factor as f64) as u64)
}
