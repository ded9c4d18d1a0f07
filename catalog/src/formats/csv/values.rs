//! Values of CSV fields: what type a text looks like, and the value of a text of a known type.
//!
//! Sniffing is stricter than parsing: `007` and `+5` are text when nobody asked for a number, because
//! an account or telephone number must not lose its zeros, but are numbers in a column of numbers.

/// What a text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Nothing seen.
    Null,
    Boolean,
    Integer,
    Float,
    Date,
    Time,
    Timestamp,
    TimestampZoned,
    Text,
}

impl Look {
    /// The look of a text that is not NULL.
    pub(crate) fn of(text: &[u8]) -> Self {
        let text = text.trim_ascii();
        let Some(first) = text.first() else {
            return Self::Text;
        };
        if first.is_ascii_digit() || matches!(first, b'-' | b'.') {
            return match text {
                _ if plain_number(text) => match integer(text) {
                    Some(_) => Self::Integer,
                    None => Self::Float,
                },
                _ if is_date(text) => Self::Date,
                _ if is_time(text) => Self::Time,
                _ if is_timestamp(text) => Self::Timestamp,
                _ if is_timestamp_zoned(text) => Self::TimestampZoned,
                _ => Self::Text,
            };
        }
        match text.to_ascii_lowercase().as_slice() {
            b"true" | b"false" | b"t" | b"f" | b"yes" | b"no" => Self::Boolean,
            b"nan" | b"inf" | b"infinity" => Self::Float,
            _ => Self::Text,
        }
    }

    /// The narrowest look that covers both.
    pub(crate) fn join(self, other: Self) -> Self {
        match (self, other) {
            (same, other) if same == other => same,
            (Self::Null, other) | (other, Self::Null) => other,
            (Self::Integer, Self::Float) | (Self::Float, Self::Integer) => Self::Float,
            _ => Self::Text,
        }
    }
}

/// A number without a plus sign and without needless leading zeros.
fn plain_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    match digits {
        [b'0', second, ..] if second.is_ascii_digit() => false,
        [] => false,
        [b'i' | b'I' | b'n' | b'N', ..] => text.starts_with(b"-") && float(text).is_some(),
        _ => float(text).is_some(),
    }
}

/// Whether the text is a date.
pub(crate) fn is_date(text: &[u8]) -> bool {
    date(text).is_some()
}

/// Whether the text is a time of day.
pub(crate) fn is_time(text: &[u8]) -> bool {
    time(text).is_some()
}

/// Whether the text is a date with a time and without a zone.
pub(crate) fn is_timestamp(text: &[u8]) -> bool {
    matches!(parse_timestamp(text), Some((_, None)))
}

fn is_timestamp_zoned(text: &[u8]) -> bool {
    matches!(parse_timestamp(text), Some((_, Some(_))))
}

/// A truth value.
pub(crate) fn boolean(text: &[u8]) -> Option<bool> {
    match text {
        b"true" | b"t" | b"1" | b"yes" | b"True" | b"TRUE" => Some(true),
        b"false" | b"f" | b"0" | b"no" | b"False" | b"FALSE" => Some(false),
        _ => match text.to_ascii_lowercase().as_slice() {
            b"true" | b"t" | b"yes" => Some(true),
            b"false" | b"f" | b"no" => Some(false),
            _ => None,
        },
    }
}

/// A whole number.
#[inline]
pub(crate) fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    // Eighteen digits cannot overflow.
    if digits.is_empty() {
        return None;
    }
    if digits.len() > 18 {
        return std::str::from_utf8(text).ok()?.parse().ok();
    }
    let mut value = 0_i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(if negative { -value } else { value })
}

const POWERS_OF_TEN: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// A floating-point number.
#[inline]
pub(crate) fn float(text: &[u8]) -> Option<f64> {
    // Up to fifteen digits with a small scale are exact as one division of exact numbers.
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let mut mantissa = 0_u64;
    let mut point = None;
    if !digits.is_empty() && digits.len() <= 16 {
        let mut plain = true;
        for (index, byte) in digits.iter().enumerate() {
            let digit = byte.wrapping_sub(b'0');
            if digit <= 9 {
                mantissa = mantissa * 10 + u64::from(digit);
            } else if *byte == b'.' && point.is_none() && digits.len() > 1 {
                point = Some(index);
            } else {
                plain = false;
                break;
            }
        }
        if plain && mantissa < (1 << 53) {
            let scale = point.map_or(0, |index| digits.len() - index - 1);
            let value = mantissa as f64 / POWERS_OF_TEN[scale];
            return Some(if negative { -value } else { value });
        }
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Days from 1970-01-01 for a day of the proleptic Gregorian calendar.
fn days(year: i32, month: u32, day: u32) -> Option<i32> {
    const LENGTHS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = *LENGTHS.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    let length = if month == 2 && leap { 29 } else { length };
    if day == 0 || day > length {
        return None;
    }
    // Years begin in March, so that the leap day is the last.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let month_from_march = (i32::try_from(month).ok()? + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + i32::try_from(day).ok()? - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Takes `least..=most` digits off the front.
fn digits<'a>(text: &mut &'a [u8], least: usize, most: usize) -> Option<u32> {
    let bytes: &'a [u8] = text;
    let count = bytes.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    if count < least {
        return None;
    }
    *text = &bytes[count..];
    Some(bytes[..count].iter().fold(0, |value, byte| value * 10 + u32::from(byte - b'0')))
}

fn take(text: &mut &[u8], byte: u8) -> Option<()> {
    *text = text.strip_prefix(&[byte])?;
    Some(())
}

fn take_date(text: &mut &[u8]) -> Option<i32> {
    let year = i32::try_from(digits(text, 4, 4)?).ok()?;
    let separator = *text.first()?;
    if !matches!(separator, b'-' | b'/') {
        return None;
    }
    take(text, separator)?;
    let month = digits(text, 1, 2)?;
    take(text, separator)?;
    days(year, month, digits(text, 1, 2)?)
}

/// Microseconds of the day.
fn take_time(text: &mut &[u8]) -> Option<i64> {
    let hour = digits(text, 1, 2)?;
    take(text, b':')?;
    let minute = digits(text, 2, 2)?;
    let mut second = 0;
    let mut micros = 0;
    if text.first() == Some(&b':') {
        take(text, b':')?;
        second = digits(text, 2, 2)?;
        if text.first() == Some(&b'.') {
            take(text, b'.')?;
            let mut place = 100_000;
            let mut seen = 0;
            while let Some(digit) = text.first().filter(|byte| byte.is_ascii_digit()) {
                micros += i64::from(digit - b'0') * place;
                place /= 10;
                seen += 1;
                *text = &text[1..];
            }
            if seen == 0 || seen > 9 {
                return None;
            }
        }
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some((i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second)) * 1_000_000 + micros)
}

/// Days since 1970-01-01: `2024-01-31` or `2024/1/31`.
#[inline]
pub(crate) fn date(mut text: &[u8]) -> Option<i32> {
    let days = take_date(&mut text)?;
    text.is_empty().then_some(days)
}

/// Microseconds since midnight: `10:00`, `10:00:00.5`.
pub(crate) fn time(mut text: &[u8]) -> Option<i64> {
    let micros = take_time(&mut text)?;
    text.is_empty().then_some(micros)
}

/// Microseconds since 1970-01-01, and the zone's offset in seconds if one is written.
fn parse_timestamp(mut text: &[u8]) -> Option<(i64, Option<i64>)> {
    let days = take_date(&mut text)?;
    if !matches!(text.first(), Some(b' ' | b'T')) {
        return None;
    }
    text = &text[1..];
    let micros = take_time(&mut text)?;
    let at = i64::from(days) * 86_400_000_000 + micros;
    let text = text.trim_ascii_start();
    let (sign, mut zone) = match text {
        [] => return Some((at, None)),
        b"Z" | b"z" | b"UTC" => return Some((at, Some(0))),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let hours = digits(&mut zone, 2, 2)?;
    let zone = zone.strip_prefix(b":").unwrap_or(zone);
    let mut rest = zone;
    let minutes = if zone.is_empty() { 0 } else { digits(&mut rest, 2, 2)? };
    let offset = sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60);
    rest.is_empty().then_some((at, Some(offset)))
}

/// A timestamp without a zone, in microseconds; a date alone is its midnight.
pub(crate) fn timestamp(text: &[u8]) -> Option<i64> {
    match parse_timestamp(text) {
        Some((at, None)) => Some(at),
        Some((at, Some(0))) => Some(at),
        Some(_) => None,
        None => date(text).map(|days| i64::from(days) * 86_400_000_000),
    }
}

/// A point in time, in microseconds of UTC; without a zone it is meant in UTC.
pub(crate) fn timestamp_zoned(text: &[u8]) -> Option<i64> {
    match parse_timestamp(text) {
        Some((at, offset)) => Some(at - offset.unwrap_or(0) * 1_000_000),
        None => date(text).map(|days| i64::from(days) * 86_400_000_000),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[test]
    fn looks() {
        use Look::*;
        for (text, look) in [
            ("1", Integer),
            ("-1", Integer),
            ("0", Integer),
            ("-0", Integer),
            (" 7 ", Integer),
            ("9223372036854775807", Integer),
            ("9223372036854775808", Float),
            ("1.5", Float),
            (".5", Float),
            ("5.", Float),
            ("1e5", Float),
            ("2E-3", Float),
            ("-inf", Float),
            ("nan", Float),
            ("007", Text),
            ("+5", Text),
            ("00.5", Text),
            ("1_000", Text),
            ("1,5", Text),
            ("-", Text),
            (".", Text),
            ("", Text),
            ("e5", Text),
            ("true", Boolean),
            ("F", Boolean),
            ("yes", Boolean),
            ("y", Text),
            ("on", Text),
            ("2024-01-02", Date),
            ("2024/1/2", Date),
            ("2024-02-29", Date),
            ("2023-02-29", Text),
            ("2024-13-01", Text),
            ("01/02/2024", Text),
            ("20240102", Integer),
            ("10:00", Time),
            ("10:00:00.123", Time),
            ("25:00", Text),
            ("2024-01-02 10:00:00", Timestamp),
            ("2024-01-02T10:00", Timestamp),
            ("2024-01-02T10:00:00Z", TimestampZoned),
            ("2024-01-02 10:00:00+02", TimestampZoned),
            ("2024-01-02 10:00:00 +02:30", TimestampZoned),
            ("2024-01-02x", Text),
        ] {
            assert_eq!(Look::of(text.as_bytes()), look, "{text:?}");
        }
    }

    #[test]
    fn numbers() {
        for (text, value) in [
            ("0", Some(0)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("+5", Some(5)),
            ("-", None),
            ("", None),
            ("1a", None),
            ("007", Some(7)),
        ] {
            assert_eq!(integer(text.as_bytes()), value, "{text:?}");
        }
        for text in [
            "0.1",
            "123456.789",
            "-0.0",
            "1e300",
            "0.30000000000000004",
            "9007199254740993",
            "123456789012345.6",
            ".25",
            "5.",
            "1e-7",
            "17976931348623157",
        ] {
            let expected: f64 = text.parse().unwrap();
            assert_eq!(
                float(text.as_bytes()).map(f64::to_bits),
                Some(expected.to_bits()),
                "{text}"
            );
        }
        for text in ["", "-", ".", "1.2.3", "1,5", "abc", "1e"] {
            assert_eq!(float(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn days_agree_with_chrono() {
        let epoch = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
        for day in (-800_000..2_900_000).step_by(17) {
            let text = (epoch + chrono::Duration::days(day)).format("%Y-%m-%d").to_string();
            if text.len() == 10 {
                assert_eq!(date(text.as_bytes()).map(i64::from), Some(day), "{text}");
            }
        }
    }

    #[test]
    fn points_in_time() {
        let base = 1_704_189_600_000_000; // 2024-01-02 10:00:00
        for (text, plain, zoned) in [
            ("2024-01-02 10:00:00", Some(base), Some(base)),
            ("2024-01-02T10:00:00.5", Some(base + 500_000), Some(base + 500_000)),
            ("2024-01-02 10:00:00.123456789", Some(base + 123_456), Some(base + 123_456)),
            ("2024-01-02T10:00:00Z", Some(base), Some(base)),
            ("2024-01-02 12:00:00+02", None, Some(base)),
            ("2024-01-02 04:30:00-05:30", None, Some(base)),
            ("2024-01-02", Some(base - 36_000_000_000), Some(base - 36_000_000_000)),
            ("2024-01-02 10", None, None),
            ("2024-01-02 10:00:00.", None, None),
        ] {
            assert_eq!(timestamp(text.as_bytes()), plain, "{text}");
            assert_eq!(timestamp_zoned(text.as_bytes()), zoned, "{text}");
        }
    }
}
