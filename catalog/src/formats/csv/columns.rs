//! Fields to columns of their types.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, PrimitiveBuilder, StringArray, StringBuilder, StringViewBuilder,
};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, Time64MicrosecondType, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow::util::display::FormatOptions;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::options::CsvOptions;
use super::scanner::Dialect;
use super::values;

/// The place of a field in the buffer; a field that is not there starts at [`MISSING`].
pub(crate) type Span = (u32, u32);

/// The start of a field that a short record lacks.
pub(crate) const MISSING: u32 = u32::MAX;

/// A row whose field is not a value of the column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadRow(pub usize);

/// Rows that are left out because of a bad value.
#[derive(Debug, Default)]
pub(crate) struct Rejected {
    /// The rows, in no order.
    pub rows: Vec<usize>,
}

/// The fields of one column in a buffer.
#[derive(Clone, Copy)]
pub(crate) struct Cells<'a> {
    pub buffer: &'a [u8],
    /// The fields of all columns, row by row.
    pub spans: &'a [Span],
    /// How many columns there are.
    pub width: usize,
    /// Which this is.
    pub column: usize,
}

impl<'a> Cells<'a> {
    fn rows(&self) -> impl Iterator<Item = Option<&'a [u8]>> {
        let buffer = self.buffer;
        self.spans.iter().skip(self.column).step_by(self.width).map(move |(start, end)| {
            (*start != MISSING).then(|| &buffer[*start as usize..*end as usize])
        })
    }

    fn len(&self) -> usize {
        self.spans.len() / self.width
    }
}

/// Turns fields into values.
pub(crate) struct Converter<'a> {
    pub dialect: Dialect,
    pub options: &'a CsvOptions,
}

impl Converter<'_> {
    /// The text of a field, without quotes; `None` is NULL.
    pub(crate) fn text<'t>(
        &self,
        raw: &'t [u8],
        is_text: bool,
        scratch: &'t mut Vec<u8>,
    ) -> Option<&'t [u8]> {
        let nulls = &self.options.nulls;
        if raw.is_empty() {
            return (is_text && !nulls.empty).then_some(raw);
        }
        let Some(quote) = self.dialect.quote.filter(|quote| raw[0] == *quote || raw[0] == b' ')
        else {
            return (!nulls.texts.iter().any(|null| null == raw)).then_some(raw);
        };
        let trimmed = raw.trim_ascii();
        if trimmed.first() != Some(&quote) || trimmed.len() < 2 {
            return (!nulls.texts.iter().any(|null| null == raw)).then_some(raw);
        }
        let inner = &trimmed[1..trimmed.len() - 1];
        let inner = match self.dialect.escape.filter(|escape| inner.contains(escape)) {
            None => inner,
            Some(escape) => {
                scratch.clear();
                let mut bytes = inner.iter();
                while let Some(byte) = bytes.next() {
                    let literal = if *byte == escape { bytes.next().unwrap_or(byte) } else { byte };
                    scratch.push(*literal);
                }
                scratch.as_slice()
            }
        };
        if inner.is_empty() && (!is_text || (nulls.empty && nulls.quoted)) {
            return None;
        }
        let is_null = nulls.quoted && nulls.texts.iter().any(|null| null == inner);
        (!is_null).then_some(inner)
    }

    /// The column; rows with bad values are put in `rejected` if there is one, else the first is the
    /// error.
    pub(crate) fn column(
        &self,
        cells: Cells<'_>,
        data_type: &DataType,
        rejected: &mut Option<Rejected>,
    ) -> Result<ArrayRef, BadRow> {
        use DataType as T;
        let comma = self.options.decimal_comma;
        let plain_dates = self.options.date_format.is_none();
        let plain_timestamps = self.options.timestamp_format.is_none();
        match data_type {
            T::Boolean => self.booleans(cells, rejected),
            T::Int64 => self.primitive::<Int64Type>(cells, data_type, rejected, values::integer),
            T::Int32 => self.integers::<Int32Type>(cells, data_type, rejected),
            T::Int16 => self.integers::<Int16Type>(cells, data_type, rejected),
            T::Int8 => self.integers::<Int8Type>(cells, data_type, rejected),
            T::UInt8 => self.integers::<UInt8Type>(cells, data_type, rejected),
            T::UInt16 => self.integers::<UInt16Type>(cells, data_type, rejected),
            T::UInt32 => self.integers::<UInt32Type>(cells, data_type, rejected),
            T::UInt64 => self.primitive::<UInt64Type>(cells, data_type, rejected, |text| {
                std::str::from_utf8(text).ok()?.parse().ok()
            }),
            T::Float64 if comma => {
                self.primitive::<Float64Type>(cells, data_type, rejected, |text| {
                    values::float(&with_point(text))
                })
            }
            T::Float64 => self.primitive::<Float64Type>(cells, data_type, rejected, values::float),
            T::Float32 => self.primitive::<Float32Type>(cells, data_type, rejected, |text| {
                let point;
                let text = if comma {
                    point = with_point(text);
                    &point
                } else {
                    text
                };
                std::str::from_utf8(text).ok()?.parse().ok()
            }),
            T::Date32 if plain_dates => {
                self.primitive::<Date32Type>(cells, data_type, rejected, values::date)
            }
            T::Date32 => self.primitive::<Date32Type>(cells, data_type, rejected, |text| {
                self.formatted_date(text)
            }),
            T::Time64(TimeUnit::Microsecond) => {
                self.primitive::<Time64MicrosecondType>(cells, data_type, rejected, values::time)
            }
            T::Timestamp(unit, zone) => {
                let parse = |text: &[u8]| match zone {
                    _ if !plain_timestamps => self.formatted_timestamp(text),
                    Some(_) => values::timestamp_zoned(text),
                    None => values::timestamp(text),
                };
                match unit {
                    TimeUnit::Microsecond => self
                        .primitive::<TimestampMicrosecondType>(cells, data_type, rejected, parse),
                    TimeUnit::Second => {
                        self.primitive::<TimestampSecondType>(cells, data_type, rejected, |text| {
                            parse(text).map(|micros| micros.div_euclid(1_000_000))
                        })
                    }
                    TimeUnit::Millisecond => self.primitive::<TimestampMillisecondType>(
                        cells,
                        data_type,
                        rejected,
                        |text| parse(text).map(|micros| micros.div_euclid(1_000)),
                    ),
                    TimeUnit::Nanosecond => self.primitive::<TimestampNanosecondType>(
                        cells,
                        data_type,
                        rejected,
                        |text| parse(text)?.checked_mul(1_000),
                    ),
                }
            }
            T::Utf8View => self.texts(cells, rejected),
            other => self.cast(cells, other, rejected),
        }
    }

    fn primitive<T: ArrowPrimitiveType>(
        &self,
        cells: Cells<'_>,
        data_type: &DataType,
        rejected: &mut Option<Rejected>,
        parse: impl Fn(&[u8]) -> Option<T::Native>,
    ) -> Result<ArrayRef, BadRow> {
        let mut builder =
            PrimitiveBuilder::<T>::with_capacity(cells.len()).with_data_type(data_type.clone());
        let mut scratch = vec![];
        for (row, raw) in cells.rows().enumerate() {
            // Most fields are plain values.
            if let Some(raw) = raw
                && self.options.nulls.texts.is_empty()
                && let Some(value) = parse(raw)
            {
                builder.append_value(value);
                continue;
            }
            match raw.and_then(|raw| self.text(raw, false, &mut scratch)) {
                None => builder.append_null(),
                Some(text) => match parse(text.trim_ascii()) {
                    Some(value) => builder.append_value(value),
                    None => {
                        reject(rejected, row)?;
                        builder.append_null();
                    }
                },
            }
        }
        Ok(Arc::new(builder.finish()))
    }

    fn integers<T: ArrowPrimitiveType>(
        &self,
        cells: Cells<'_>,
        data_type: &DataType,
        rejected: &mut Option<Rejected>,
    ) -> Result<ArrayRef, BadRow>
    where
        T::Native: TryFrom<i64>,
    {
        self.primitive::<T>(cells, data_type, rejected, |text| {
            values::integer(text)?.try_into().ok()
        })
    }

    fn booleans(
        &self,
        cells: Cells<'_>,
        rejected: &mut Option<Rejected>,
    ) -> Result<ArrayRef, BadRow> {
        let mut builder = BooleanBuilder::with_capacity(cells.len());
        let mut scratch = vec![];
        for (row, raw) in cells.rows().enumerate() {
            match raw.and_then(|raw| self.text(raw, false, &mut scratch)) {
                None => builder.append_null(),
                Some(text) => match values::boolean(text.trim_ascii()) {
                    Some(value) => builder.append_value(value),
                    None => {
                        reject(rejected, row)?;
                        builder.append_null();
                    }
                },
            }
        }
        Ok(Arc::new(builder.finish()))
    }

    fn texts(&self, cells: Cells<'_>, rejected: &mut Option<Rejected>) -> Result<ArrayRef, BadRow> {
        let mut builder = StringViewBuilder::with_capacity(cells.len());
        let mut scratch = vec![];
        for (row, raw) in cells.rows().enumerate() {
            match raw.and_then(|raw| self.text(raw, true, &mut scratch)) {
                None => builder.append_null(),
                Some(text) => match std::str::from_utf8(text) {
                    Ok(text) => builder.append_value(text),
                    Err(_) => {
                        reject(rejected, row)?;
                        builder.append_null();
                    }
                },
            }
        }
        Ok(Arc::new(builder.finish()))
    }

    /// Types that are rare in CSV go by way of text.
    fn cast(
        &self,
        cells: Cells<'_>,
        data_type: &DataType,
        rejected: &mut Option<Rejected>,
    ) -> Result<ArrayRef, BadRow> {
        let is_text = matches!(data_type, DataType::Utf8 | DataType::LargeUtf8);
        let mut builder = StringBuilder::with_capacity(cells.len(), cells.len() * 8);
        let mut scratch = vec![];
        for (row, raw) in cells.rows().enumerate() {
            let text = raw.and_then(|raw| self.text(raw, is_text, &mut scratch));
            match text.map(std::str::from_utf8) {
                None => builder.append_null(),
                Some(Ok(text)) if is_text => builder.append_value(text),
                Some(Ok(text)) if self.options.decimal_comma && data_type.is_decimal() => {
                    builder.append_value(text.trim().replace(',', "."));
                }
                Some(Ok(text)) => builder.append_value(text.trim()),
                Some(Err(_)) => {
                    reject(rejected, row)?;
                    builder.append_null();
                }
            }
        }
        let texts: StringArray = builder.finish();
        let options = CastOptions { safe: true, format_options: FormatOptions::default() };
        let values = cast_with_options(&texts, data_type, &options).map_err(|_| BadRow(0))?;
        use arrow::array::Array;
        for row in 0..texts.len() {
            if values.is_null(row) && texts.is_valid(row) {
                reject(rejected, row)?;
            }
        }
        Ok(values)
    }

    /// A date in the format of one's own.
    pub(crate) fn formatted_date(&self, text: &[u8]) -> Option<i32> {
        let format = self.options.date_format.as_deref()?;
        let date = NaiveDate::parse_from_str(std::str::from_utf8(text).ok()?, format).ok()?;
        i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).ok()
    }

    /// A timestamp in the format of one's own, in microseconds.
    pub(crate) fn formatted_timestamp(&self, text: &[u8]) -> Option<i64> {
        let format = self.options.timestamp_format.as_deref()?;
        let text = std::str::from_utf8(text).ok()?;
        if let Ok(zoned) = chrono::DateTime::parse_from_str(text, format) {
            return Some(zoned.timestamp_micros());
        }
        let at = NaiveDateTime::parse_from_str(text, format).ok().or_else(|| {
            // A format without a time of day means midnight.
            Some(NaiveDate::parse_from_str(text, format).ok()?.and_time(NaiveTime::default()))
        })?;
        Some(at.and_utc().timestamp_micros())
    }
}

fn reject(rejected: &mut Option<Rejected>, row: usize) -> Result<(), BadRow> {
    match rejected {
        Some(rejected) => {
            rejected.rows.push(row);
            Ok(())
        }
        None => Err(BadRow(row)),
    }
}

/// The same number with a decimal point instead of a comma.
pub(crate) fn with_point(text: &[u8]) -> Vec<u8> {
    text.iter().map(|byte| if *byte == b',' { b'.' } else { *byte }).collect()
}
