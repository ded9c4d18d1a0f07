//! Text to BLOB: `\xAA` is the byte of that number, as DuckDB writes it.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BinaryBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field};
use extension::{Error, Result};

use super::{CastRule, as_strings, is_text};

#[derive(Debug)]
pub(super) struct TextToBlob;

impl CastRule for TextToBlob {
    fn claims(&self, from: &Field, to: &Field) -> bool {
        is_text(from.data_type())
            && matches!(
                to.data_type(),
                DataType::Binary | DataType::LargeBinary | DataType::BinaryView
            )
    }

    fn cast(&self, values: &ArrayRef, _from: &Field, to: &Field, safe: bool) -> Result<ArrayRef> {
        let texts = as_strings(values)?;
        let mut bytes = BinaryBuilder::with_capacity(texts.len(), 0);
        for text in texts.as_string::<i32>() {
            match text.map(decode) {
                Some(Ok(value)) => bytes.append_value(value),
                Some(Err(error)) if !safe => return Err(error),
                _ => bytes.append_null(),
            }
        }
        let bytes: ArrayRef = Arc::new(bytes.finish());
        Ok(cast(&bytes, to.data_type())?)
    }
}

fn decode(text: &str) -> Result<Vec<u8>> {
    let bytes = text.as_bytes();
    if !bytes.contains(&b'\\') {
        return Ok(bytes.to_vec());
    }
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        if *first != b'\\' {
            decoded.push(*first);
            rest = tail;
            continue;
        }
        let digits = tail.strip_prefix(b"x").and_then(|digits| digits.get(..2));
        let byte = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let Some(byte) = byte else {
            return Err(Error::invalid_data(format!("'{text}' cannot be cast to BLOB"))
                .with_hint("a byte is written \\xAA, and a backslash \\x5C"));
        };
        decoded.push(byte);
        rest = &tail[3..];
    }
    Ok(decoded)
}
