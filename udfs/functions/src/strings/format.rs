//! `printf` and `format`: values put into a template.

use std::fmt::Write;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use extension::{Error, Result};

use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

const TEMPLATE_AND_VALUES: &[&[Kind]] = &[&[Kind::Text], &[Kind::Text, Kind::Any, Kind::More]];

pub(super) const PRINTF: Scalar = Scalar {
    names: &["printf"],
    manual: Manual {
        usage: "printf(template, values...)",
        description: "A template with values in the places of %s, %d, %5.2f, %x and so on, as in C; %,d separates thousands.",
        example: "SELECT printf('%s is %05.2f', 'pi', 3.14159)",
        result: "pi is 03.14",
    },
    takes: TEMPLATE_AND_VALUES,
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| fill(call, parse_printf),
};

pub(super) const FORMAT: Scalar = Scalar {
    names: &["format"],
    manual: Manual {
        usage: "format(template, values...)",
        description: "A template with values in the places of {}, {0}, {:>8}, {:.2f}, {:,} and so on, as in fmt and Python.",
        example: "SELECT format('{1}: {0:,}', 1234567, 'n')",
        result: "n: 1,234,567",
    },
    takes: TEMPLATE_AND_VALUES,
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| fill(call, parse_braces),
};

/// A piece of a template.
enum Piece {
    Literal(String),
    Place(Place),
}

/// Where a value goes and how it is written.
#[derive(Default)]
struct Place {
    argument: usize,
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    zero: bool,
    width: usize,
    thousands: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

fn fill(call: &Call, parse: fn(&str) -> Result<Vec<Piece>>) -> Result<ArrayRef> {
    let templates = call.text(0)?;
    let columns = (1..call.len())
        .map(|index| Values::new(call.raw(index)?, call.is_constant(index)))
        .collect::<Result<Vec<_>>>()?;
    let mut parsed: Option<(&str, Vec<Piece>)> = None;
    call.write_text(|row, out| {
        let template = templates.get(row)?;
        if columns.iter().any(|column| column.is_null(row)) {
            return None;
        }
        if parsed.as_ref().is_none_or(|(last, _)| *last != template) {
            match parse(template) {
                Ok(pieces) => parsed = Some((template, pieces)),
                Err(error) => return Some(Err(error)),
            }
        }
        let pieces = parsed.as_ref().map_or(&[][..], |(_, pieces)| pieces);
        Some(pieces.iter().try_for_each(|piece| match piece {
            Piece::Literal(text) => {
                out.push_str(text);
                Ok(())
            }
            Piece::Place(place) => {
                let column = columns.get(place.argument).ok_or_else(|| {
                    Error::invalid_input(format!(
                        "'{template}' asks for value {}, but {} are given",
                        place.argument + 1,
                        columns.len()
                    ))
                })?;
                place.write(column, row, out)
            }
        }))
    })
}

/// The values of one argument.
struct Values {
    values: Kinds,
    constant: bool,
}

enum Kinds {
    Whole(ArrayRef),
    Float(ArrayRef),
    Other(ArrayRef),
}

impl Values {
    fn new(array: &ArrayRef, constant: bool) -> Result<Self> {
        use datafusion::arrow::compute::cast;
        let values = match array.data_type() {
            DataType::UInt64 => Kinds::Other(array.clone()),
            data_type if data_type.is_integer() => Kinds::Whole(cast(array, &DataType::Int64)?),
            DataType::Boolean => Kinds::Other(array.clone()),
            data_type if data_type.is_numeric() => Kinds::Float(cast(array, &DataType::Float64)?),
            _ => Kinds::Other(array.clone()),
        };
        Ok(Self { values, constant })
    }

    fn array(&self) -> &ArrayRef {
        match &self.values {
            Kinds::Whole(array) | Kinds::Float(array) | Kinds::Other(array) => array,
        }
    }

    fn index(&self, row: usize) -> usize {
        if self.constant { 0 } else { row }
    }

    fn is_null(&self, row: usize) -> bool {
        let array = self.array();
        array.data_type() == &DataType::Null || array.is_null(self.index(row))
    }
}

impl Place {
    fn write(&self, column: &Values, row: usize, out: &mut String) -> Result<()> {
        let row = column.index(row);
        let mut text = String::new();
        let (mut negative, mut number) = (false, true);
        match &column.values {
            Kinds::Whole(array) => {
                let value = array.as_primitive::<Int64Type>().value(row);
                let magnitude = value.unsigned_abs();
                negative = value < 0;
                match self.kind {
                    None | Some('d' | 'i' | 'u' | 'n') => {
                        let _ = write!(text, "{magnitude}");
                    }
                    Some('x') => self.based(&mut text, "0x", format_args!("{magnitude:x}")),
                    Some('X') => self.based(&mut text, "0X", format_args!("{magnitude:X}")),
                    Some('o') => self.based(&mut text, "0", format_args!("{magnitude:o}")),
                    Some('b' | 'B') => self.based(&mut text, "0b", format_args!("{magnitude:b}")),
                    Some('c') => {
                        negative = false;
                        number = false;
                        let char = u32::try_from(value).ok().and_then(char::from_u32);
                        text.push(char.ok_or_else(|| {
                            Error::invalid_input(format!("{value} is no character"))
                        })?);
                    }
                    Some(kind) => return Err(unfit(kind, "a whole number")),
                }
            }
            Kinds::Float(array) => {
                let value = array.as_primitive::<Float64Type>().value(row);
                negative = value.is_sign_negative() && !value.is_nan();
                self.float(value.abs(), &mut text)?;
            }
            Kinds::Other(array) => {
                number = false;
                if let Some(kind) = self.kind.filter(|kind| *kind != 's') {
                    return Err(unfit(kind, "a text"));
                }
                let options = FormatOptions::new().with_null("NULL");
                let formatter = ArrayFormatter::try_new(array.as_ref(), &options)?;
                let _ = write!(text, "{}", formatter.value(row));
                if let Some(precision) = self.precision {
                    let end = text.char_indices().nth(precision).map_or(text.len(), |(at, _)| at);
                    text.truncate(end);
                }
            }
        }
        if number && let Some(separator) = self.thousands {
            text = separated(&text, separator);
        }
        let sign = match (number, negative, self.sign) {
            (true, true, _) => "-",
            (true, false, Some('+')) => "+",
            (true, false, Some(' ')) => " ",
            _ => "",
        };
        let length = text.chars().count() + sign.len();
        let missing = self.width.saturating_sub(length);
        let zeros = number && self.zero && self.align.is_none();
        let (before, after) = match self.align.unwrap_or(if number { '>' } else { '<' }) {
            '<' => (0, missing),
            '^' => (missing / 2, missing - missing / 2),
            _ => (missing, 0),
        };
        let filler = self.fill.unwrap_or(' ');
        if !zeros {
            out.extend(std::iter::repeat_n(filler, before));
        }
        out.push_str(sign);
        if zeros {
            out.extend(std::iter::repeat_n('0', missing));
        }
        out.push_str(&text);
        if !zeros {
            out.extend(std::iter::repeat_n(filler, after));
        }
        Ok(())
    }

    fn based(&self, text: &mut String, prefix: &str, digits: std::fmt::Arguments<'_>) {
        if self.alternate {
            text.push_str(prefix);
        }
        let _ = text.write_fmt(digits);
    }

    fn float(&self, value: f64, text: &mut String) -> Result<()> {
        if !value.is_finite() {
            text.push_str(if value.is_nan() { "nan" } else { "inf" });
            return Ok(());
        }
        let _ = match (self.kind, self.precision) {
            (Some('f' | 'F'), precision) => write!(text, "{value:.*}", precision.unwrap_or(6)),
            (Some('e'), precision) => {
                scientific(value, precision.unwrap_or(6), 'e', text);
                Ok(())
            }
            (Some('E'), precision) => {
                scientific(value, precision.unwrap_or(6), 'E', text);
                Ok(())
            }
            (Some('%'), precision) => {
                write!(text, "{:.*}%", precision.unwrap_or(6), value * 100.0)
            }
            (Some('g' | 'G') | None, Some(precision)) => {
                general(value, precision.max(1), text);
                Ok(())
            }
            (Some('g' | 'G'), None) => {
                general(value, 6, text);
                Ok(())
            }
            (None, None) => {
                shortest(value, text);
                Ok(())
            }
            (Some(kind), _) => return Err(unfit(kind, "a number with decimals")),
        };
        Ok(())
    }
}

fn unfit(kind: char, value: &str) -> Error {
    Error::invalid_input(format!("'{kind}' cannot write {value}"))
}

/// The shortest text that reads back as the number.
fn shortest(value: f64, text: &mut String) {
    if value != 0.0 && !(1e-4..1e16).contains(&value) {
        let written = format!("{value:e}");
        let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
        let _ = write!(text, "{digits}e{}", signed(exponent));
    } else {
        let _ = write!(text, "{value:?}");
    }
}

fn scientific(value: f64, precision: usize, letter: char, text: &mut String) {
    let written = format!("{value:.precision$e}");
    let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let _ = write!(text, "{digits}{letter}{}", signed(exponent));
}

/// An exponent with its sign and at least two digits, as C writes it.
fn signed(exponent: &str) -> String {
    match exponent.strip_prefix('-') {
        Some(digits) => format!("-{digits:0>2}"),
        None => format!("+{exponent:0>2}"),
    }
}

/// C's `%g`: so many digits, in whichever notation is shorter, without zeros at the end.
fn general(value: f64, digits: usize, text: &mut String) {
    let exponent = if value == 0.0 { 0 } else { value.log10().floor() as i32 };
    let start = text.len();
    if exponent < -4 || exponent >= digits as i32 {
        scientific(value, digits - 1, 'e', text);
        if let Some(at) = text[start..].find('e') {
            let exponent = text.split_off(start + at);
            trim_zeros(text, start);
            text.push_str(&exponent);
        }
    } else {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        let _ = write!(text, "{value:.decimals$}");
        trim_zeros(text, start);
    }
}

fn trim_zeros(text: &mut String, start: usize) {
    if text[start..].contains('.') {
        let end = text.trim_end_matches('0').trim_end_matches('.').len();
        text.truncate(end);
    }
}

/// A number with a separator between every three digits before the point.
fn separated(text: &str, separator: char) -> String {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let mut out = String::with_capacity(text.len() + end / 3);
    for (index, digit) in text[..end].chars().enumerate() {
        if index > 0 && (end - index).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out.push_str(&text[end..]);
    out
}

fn malformed(template: &str, why: &str) -> Error {
    Error::invalid_input(format!("'{template}' is no template: {why}"))
}

fn parse_printf(template: &str) -> Result<Vec<Piece>> {
    let mut pieces = vec![];
    let mut literal = String::new();
    let mut chars = template.chars().peekable();
    let mut next = 0;
    while let Some(char) = chars.next() {
        if char != '%' {
            literal.push(char);
            continue;
        }
        if chars.next_if_eq(&'%').is_some() {
            literal.push('%');
            continue;
        }
        let mut place = Place { align: None, ..Place::default() };
        let mut left = false;
        while let Some(flag) =
            chars.next_if(|c| matches!(c, '-' | '+' | ' ' | '#' | '0' | ',' | '\'' | '_'))
        {
            match flag {
                '-' => left = true,
                '#' => place.alternate = true,
                '0' => place.zero = true,
                ',' | '\'' => place.thousands = Some(','),
                '_' => place.thousands = Some('_'),
                sign => place.sign = Some(sign),
            }
        }
        let mut width = number(&mut chars);
        if let Some(position) = width.filter(|_| chars.next_if_eq(&'$').is_some()) {
            next = position.saturating_sub(1);
            width = number(&mut chars);
        }
        place.width = width.unwrap_or(0);
        place.align = Some(if left { '<' } else { '>' }).filter(|_| left || !place.zero);
        if chars.next_if_eq(&'.').is_some() {
            place.precision = Some(number(&mut chars).unwrap_or(0));
        }
        while chars.next_if(|c| matches!(c, 'l' | 'h' | 'z' | 'j' | 't')).is_some() {}
        place.kind = Some(chars.next().ok_or_else(|| malformed(template, "a % has no end"))?);
        place.argument = next;
        next += 1;
        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        pieces.push(Piece::Place(place));
    }
    pieces.push(Piece::Literal(literal));
    Ok(pieces)
}

fn number(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<usize> {
    let mut number = None;
    while let Some(digit) = chars.peek().and_then(|char| char.to_digit(10)) {
        chars.next();
        // Widths beyond this are no widths.
        number = Some((number.unwrap_or(0) * 10 + digit as usize).min(1 << 16));
    }
    number
}

fn parse_braces(template: &str) -> Result<Vec<Piece>> {
    let mut pieces = vec![];
    let mut literal = String::new();
    let mut chars = template.chars().peekable();
    let mut next = 0;
    while let Some(char) = chars.next() {
        match char {
            '{' if chars.next_if_eq(&'{').is_some() => literal.push('{'),
            '}' if chars.next_if_eq(&'}').is_some() => literal.push('}'),
            '}' => return Err(malformed(template, "a } has no {")),
            '{' => {
                let argument = match number(&mut chars) {
                    Some(argument) => argument,
                    None => {
                        next += 1;
                        next - 1
                    }
                };
                let mut place = Place { argument, ..Place::default() };
                if chars.next_if_eq(&':').is_some() {
                    specification(&mut chars, &mut place);
                }
                if chars.next() != Some('}') {
                    return Err(malformed(template, "a { has no } where one should stand"));
                }
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                pieces.push(Piece::Place(place));
            }
            other => literal.push(other),
        }
    }
    pieces.push(Piece::Literal(literal));
    Ok(pieces)
}

fn specification(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, place: &mut Place) {
    let is_align = |char: &char| matches!(char, '<' | '>' | '^' | '=');
    let mut ahead = chars.clone();
    if let (Some(fill), Some(align)) = (ahead.next(), ahead.next())
        && is_align(&align)
    {
        (place.fill, place.align) = (Some(fill), Some(align));
        *chars = ahead;
    } else if let Some(align) = chars.next_if(is_align) {
        place.align = Some(align);
    }
    if let Some(sign) = chars.next_if(|char| matches!(char, '+' | '-' | ' ')) {
        place.sign = Some(sign);
    }
    place.alternate = chars.next_if_eq(&'#').is_some();
    place.zero = chars.next_if_eq(&'0').is_some();
    place.width = number(chars).unwrap_or(0);
    if let Some(separator) = chars.next_if(|char| matches!(char, ',' | '_' | '\'')) {
        place.thousands = Some(separator);
    } else if chars.next_if_eq(&'t').is_some() {
        place.thousands = chars.next();
    }
    if chars.next_if_eq(&'.').is_some() {
        place.precision = Some(number(chars).unwrap_or(0));
    }
    place.kind = chars.next_if(|char| *char != '}');
}
