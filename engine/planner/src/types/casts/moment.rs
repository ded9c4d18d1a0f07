//! Text to dates, times and timestamps that Arrow does not read: `2024-1-1`, `2024/01/31`, `2024-01-31 10:20`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray};
use datafusion::arrow::datatypes::{DataType, Field};
use extension::Result;

use super::{CastRule, arrow_cast, as_strings, is_text, misfit};

#[derive(Debug)]
pub(super) struct TextToMoment;

impl CastRule for TextToMoment {
    fn claims(&self, from: &Field, to: &Field) -> bool {
        let is_moment = matches!(
            to.data_type(),
            DataType::Date32 | DataType::Time64(_) | DataType::Timestamp(..)
        );
        is_text(from.data_type()) && is_moment
    }

    fn cast(&self, values: &ArrayRef, _from: &Field, to: &Field, safe: bool) -> Result<ArrayRef> {
        let texts = match to.data_type() {
            // The time is what the clock there showed; where that was is not asked.
            DataType::Timestamp(_, None) => without_zones(as_strings(values)?),
            _ => as_strings(values)?,
        };
        let read = arrow_cast(&texts, to.data_type(), true)?;
        if read.null_count() == texts.null_count() {
            return Ok(read);
        }
        // Some are written in another way.
        let is_time = matches!(to.data_type(), DataType::Time64(_));
        let plain = texts.as_string::<i32>();
        let rewritten = |text: &str| match is_time {
            true => time(text.trim()).unwrap_or_else(|| text.to_string()),
            false => moment(text.trim()).unwrap_or_else(|| text.to_string()),
        };
        let rewritten: ArrayRef =
            Arc::new(plain.iter().map(|text| text.map(rewritten)).collect::<StringArray>());
        let read = arrow_cast(&rewritten, to.data_type(), true)?;
        if !safe && read.null_count() > texts.null_count() {
            let failed = (0..plain.len()).find(|row| read.is_null(*row) && plain.is_valid(*row));
            return Err(misfit(failed.map_or("", |row| plain.value(row)), to));
        }
        Ok(read)
    }
}

fn without_zones(texts: ArrayRef) -> ArrayRef {
    let plain = texts.as_string::<i32>();
    match plain.iter().flatten().any(|text| clock_without_zone(text).is_some()) {
        false => texts,
        true => Arc::new(
            plain
                .iter()
                .map(|text| text.map(|text| clock_without_zone(text).unwrap_or(text)))
                .collect::<StringArray>(),
        ),
    }
}

/// The text before the zone, if it has one.
pub(super) fn clock_without_zone(text: &str) -> Option<&str> {
    let time = text.find([' ', 'T'])?;
    let zone = text.get(time + 1..)?.find(['+', '-', 'Z', 'z'])?;
    Some(text[..time + 1 + zone].trim_end())
}

/// `2024-1-2 3:04+01` as `2024-01-02T03:04:00+01`, and a date alone as `2024-01-02`.
fn moment(text: &str) -> Option<String> {
    let end = text.find([' ', 'T']).unwrap_or(text.len());
    let (date, rest) = text.split_at(end);
    let separator = if date.contains('/') { '/' } else { '-' };
    let mut parts = date.split(separator);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if parts.next().is_some() || !is_number(year, 4) || !is_number(month, 2) || !is_number(day, 2) {
        return None;
    }
    let date = format!("{year:0>4}-{month:0>2}-{day:0>2}");
    let rest = rest.trim_start_matches(['T', ' ']).trim_end();
    if rest.is_empty() {
        return Some(date);
    }
    let end = rest.find(['Z', 'z', '+', '-', ' ']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(end);
    Some(format!("{date}T{}{}", time(clock)?, zone.trim()))
}

/// `1:2` as `01:02:00`.
fn time(text: &str) -> Option<String> {
    let (clock, fraction) = match text.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (text, None),
    };
    let mut parts = clock.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next().unwrap_or("0"));
    let is_number =
        |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || !is_number(hours) || !is_number(minutes) || !is_number(seconds) {
        return None;
    }
    let fraction = fraction.map(|fraction| format!(".{fraction}")).unwrap_or_default();
    Some(format!("{hours:0>2}:{minutes:0>2}:{seconds:0>2}{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::{clock_without_zone, moment, time};

    #[test]
    fn short_forms_are_filled_up() {
        assert_eq!(moment("2024-1-2").as_deref(), Some("2024-01-02"));
        assert_eq!(moment("2024/1/2 3:04").as_deref(), Some("2024-01-02T03:04:00"));
        assert_eq!(moment("2024-01-02T03:04Z").as_deref(), Some("2024-01-02T03:04:00Z"));
        assert_eq!(clock_without_zone("2024-01-02 03:04+01"), Some("2024-01-02 03:04"));
        assert_eq!(clock_without_zone("2024-01-02 03:04"), None);
        assert_eq!(moment("24:00"), None);
        assert_eq!(time("1:2:3.5").as_deref(), Some("01:02:03.5"));
    }
}
