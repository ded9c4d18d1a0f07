//! Text to whole numbers: `'2.5'` is 3, as the number it spells would be.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray};
use datafusion::arrow::datatypes::{DataType, Field};
use extension::Result;

use super::{CastRule, arrow_cast, as_strings, is_text, misfit, rounding};

#[derive(Debug)]
pub(super) struct TextToInteger;

impl CastRule for TextToInteger {
    fn claims(&self, from: &Field, to: &Field) -> bool {
        is_text(from.data_type()) && to.data_type().is_integer()
    }

    fn cast(&self, values: &ArrayRef, _from: &Field, to: &Field, safe: bool) -> Result<ArrayRef> {
        let texts = as_strings(values)?;
        let whole = arrow_cast(&texts, to.data_type(), true)?;
        if whole.null_count() == texts.null_count() {
            return Ok(whole);
        }
        // Some text is no whole number as it stands: it may have a fraction, space around it, or another base.
        let plain = texts.as_string::<i32>();
        let texts: ArrayRef = match plain.iter().flatten().any(|text| other_base(text).is_some()) {
            false => texts,
            true => {
                let read = |text: &str| other_base(text).unwrap_or_else(|| text.to_string());
                Arc::new(plain.iter().map(|text| text.map(read)).collect::<StringArray>())
            }
        };
        let whole = arrow_cast(&texts, to.data_type(), true)?;
        let fractions = arrow_cast(&texts, &DataType::Decimal128(38, 10), true)?;
        let rounded = arrow_cast(&rounding::rounded(&fractions)?, to.data_type(), true)?;
        let missing = datafusion::arrow::compute::is_null(&whole)?;
        let merged = datafusion::arrow::compute::kernels::zip::zip(&missing, &rounded, &whole)?;
        if !safe && merged.null_count() > texts.null_count() {
            let failed = (0..texts.len()).find(|row| merged.is_null(*row) && texts.is_valid(*row));
            let texts = texts.as_string::<i32>();
            return Err(misfit(failed.map_or("", |row| texts.value(row)), to));
        }
        Ok(Arc::clone(&merged))
    }
}

/// `0xff`, `0b101` and `1_000` as plain numbers, and `1e3` without its exponent.
fn other_base(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some((digits, exponent)) = text.split_once(['e', 'E'])
        && !text.starts_with("0x")
        && let Ok(places @ 0..=30) = exponent.parse::<usize>()
        && digits.bytes().last().is_some_and(|byte| byte.is_ascii_digit())
        && digits.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some(format!("{digits}{:0<places$}", ""));
    }
    let is_grouped = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if text.contains('_') && text.split('_').all(is_grouped) {
        return Some(text.replace('_', ""));
    }
    let (digits, base) = match text.get(..2)? {
        "0x" | "0X" => (&text[2..], 16),
        "0b" | "0B" => (&text[2..], 2),
        _ => return None,
    };
    let is_digits = digits.chars().all(|digit| digit.is_digit(base));
    is_digits.then(|| u128::from_str_radix(digits, base).ok()).flatten().map(|n| n.to_string())
}

#[cfg(test)]
mod tests {
    use super::other_base;

    #[test]
    fn numbers_of_other_bases_are_read() {
        assert_eq!(other_base("0xff").as_deref(), Some("255"));
        assert_eq!(other_base(" 0b101 ").as_deref(), Some("5"));
        assert_eq!(other_base("0x+1"), None);
        assert_eq!(other_base("1_000").as_deref(), Some("1000"));
        assert_eq!(other_base("-2e3").as_deref(), Some("-2000"));
        assert_eq!(other_base("12"), None);
    }
}
