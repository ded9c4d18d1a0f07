//! Bytes and numbers as text, and back.

use std::fmt::Write;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use datafusion::arrow::array::{ArrayRef, BinaryBuilder};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::functions::crypto;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF};
use extension::{Error, Result};

use crate::alias;
use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

const TEXT_BYTES_OR_NUMBER: &[&[Kind]] = &[&[Kind::Text], &[Kind::Blob], &[Kind::Integer]];

/// Bytes for each row: `write` appends a row's bytes, or returns `None` for NULL.
fn write_bytes(
    call: &Call,
    mut write: impl FnMut(usize, &mut Vec<u8>) -> Option<Result<()>>,
) -> Result<ArrayRef> {
    let mut bytes = BinaryBuilder::with_capacity(call.rows, call.rows * 8);
    let mut buffer = vec![];
    for row in 0..call.rows {
        buffer.clear();
        match write(row, &mut buffer) {
            Some(written) => {
                written?;
                bytes.append_value(&buffer);
            }
            None => bytes.append_null(),
        }
    }
    Ok(Arc::new(bytes.finish()))
}

/// DataFusion's function of bytes and a format.
fn of_bytes(function: &Arc<ScalarUDF>, call: &Call) -> Result<ArrayRef> {
    let bytes = datafusion::arrow::compute::cast(&call.array(0)?, &DataType::Binary)?;
    let arguments = vec![ColumnarValue::Array(bytes), alias::columnar(call, 1)?];
    alias::invoke(function, arguments, call, call.returns.clone())
}

pub(super) const ENCODE: Scalar = Scalar {
    names: &["encode"],
    manual: Manual {
        usage: "encode(string [, format])",
        description: "The bytes of a text in UTF-8; with a format, bytes as text: base64, base64pad or hex.",
        example: "SELECT encode('my_string_with_ü')::VARCHAR = 'my_string_with_ü'",
        result: "true",
    },
    takes: &[&[Kind::Text], &[Kind::Text, Kind::Text], &[Kind::Blob, Kind::Text]],
    returns: |types| Ok(if types.len() == 1 { DataType::Binary } else { DataType::Utf8 }),
    evaluate: |call| {
        if call.len() == 2 {
            return of_bytes(&datafusion::functions::encoding::encode(), call);
        }
        let texts = call.text(0)?;
        write_bytes(call, |row, out| {
            out.extend_from_slice(texts.get(row)?.as_bytes());
            Some(Ok(()))
        })
    },
};

pub(super) const DECODE: Scalar = Scalar {
    names: &["decode"],
    manual: Manual {
        usage: "decode(bytes [, format])",
        description: "The text whose UTF-8 the bytes are; with a format, the bytes that a text stands for: base64, base64pad or hex.",
        example: "SELECT decode(encode('ü'))",
        result: "ü",
    },
    takes: &[&[Kind::Blob], &[Kind::Text, Kind::Text], &[Kind::Blob, Kind::Text]],
    returns: |types| Ok(if types.len() == 1 { DataType::Utf8 } else { DataType::Binary }),
    evaluate: |call| {
        if call.len() == 2 {
            return of_bytes(&datafusion::functions::encoding::decode(), call);
        }
        let bytes = call.bytes(0)?;
        call.write_text(|row, out| {
            let text = std::str::from_utf8(bytes.get(row)?);
            Some(
                text.map(|text| out.push_str(text)).map_err(|error| {
                    Error::invalid_data(format!("the bytes are not UTF-8: {error}"))
                }),
            )
        })
    },
};

pub(super) const TO_BASE64: Scalar = Scalar {
    names: &["to_base64", "base64"],
    manual: Manual {
        usage: "to_base64(bytes)",
        description: "Bytes, or the UTF-8 of a text, in base64.",
        example: "SELECT to_base64('A')",
        result: "QQ==",
    },
    takes: &[&[Kind::Text], &[Kind::Blob]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let bytes = call.bytes(0)?;
        call.write_text(|row, out| {
            STANDARD.encode_string(bytes.get(row)?, out);
            Some(Ok(()))
        })
    },
};

pub(super) const FROM_BASE64: Scalar =
    Scalar {
        names: &["from_base64"],
        manual: Manual {
            usage: "from_base64(text)",
            description: "The bytes that a text in base64 stands for.",
            example: "SELECT decode(from_base64('QQ=='))",
            result: "A",
        },
        takes: &[&[Kind::Text]],
        returns: |_| Ok(DataType::Binary),
        evaluate: |call| {
            let texts = call.text(0)?;
            write_bytes(call, |row, out| {
                let text = texts.get(row)?;
                Some(STANDARD.decode_vec(text, out).map_err(|error| {
                    Error::invalid_data(format!("'{text}' is not base64: {error}"))
                }))
            })
        },
    };

pub(super) const HEX: Scalar = Scalar {
    names: &["hex"],
    manual: Manual {
        usage: "hex(value)",
        description: "Bytes, the UTF-8 of a text, or a whole number in hexadecimal digits.",
        example: "SELECT hex('abc') || ' ' || hex(255)",
        result: "616263 FF",
    },
    takes: TEXT_BYTES_OR_NUMBER,
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| digits(call, 16),
};

pub(super) const BIN: Scalar = Scalar {
    names: &["bin", "to_binary"],
    manual: Manual {
        usage: "bin(value)",
        description: "Bytes, the UTF-8 of a text, or a whole number in binary digits.",
        example: "SELECT bin(42)",
        result: "101010",
    },
    takes: TEXT_BYTES_OR_NUMBER,
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| digits(call, 2),
};

fn digits(call: &Call, base: u32) -> Result<ArrayRef> {
    if call.raw(0)?.data_type() == &DataType::Int64 {
        let numbers = call.primitive::<Int64Type>(0)?;
        return call.write_text(|row, out| {
            let number = numbers.get(row)?;
            let _ = match base {
                16 => write!(out, "{number:X}"),
                _ => write!(out, "{number:b}"),
            };
            Some(Ok(()))
        });
    }
    let bytes = call.bytes(0)?;
    call.write_text(|row, out| {
        for byte in bytes.get(row)? {
            let _ = match base {
                16 => write!(out, "{byte:02X}"),
                _ => write!(out, "{byte:08b}"),
            };
        }
        Some(Ok(()))
    })
}

pub(super) const UNHEX: Scalar = Scalar {
    names: &["unhex", "from_hex"],
    manual: Manual {
        usage: "unhex(text)",
        description: "The bytes that hexadecimal digits stand for.",
        example: "SELECT decode(unhex('616263'))",
        result: "abc",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Binary),
    evaluate: |call| from_digits(call, 4, "hexadecimal"),
};

pub(super) const UNBIN: Scalar = Scalar {
    names: &["unbin", "from_binary"],
    manual: Manual {
        usage: "unbin(text)",
        description: "The bytes that binary digits stand for.",
        example: "SELECT decode(unbin('01000001'))",
        result: "A",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Binary),
    evaluate: |call| from_digits(call, 1, "binary"),
};

/// Bytes of digits that are so many bits each; what is missing to the first byte is 0.
fn from_digits(call: &Call, bits: usize, name: &str) -> Result<ArrayRef> {
    let texts = call.text(0)?;
    write_bytes(call, |row, out| {
        let text = texts.get(row)?;
        let per_byte = 8 / bits;
        let first = text.len() % per_byte;
        let mut byte = 0u8;
        for (index, digit) in text.chars().enumerate() {
            let Some(value) = digit.to_digit(1 << bits) else {
                return Some(Err(Error::invalid_data(format!(
                    "'{text}' holds '{digit}', which is no {name} digit"
                ))));
            };
            byte = (byte << (bits % 8)) | value as u8;
            if (index + 1) % per_byte == first % per_byte {
                out.push(byte);
                byte = 0;
            }
        }
        Some(Ok(()))
    })
}

pub(super) const TO_BASE: Scalar = Scalar {
    names: &["to_base"],
    manual: Manual {
        usage: "to_base(number, base [, min_length])",
        description: "A whole number, not negative, in digits of a base from 2 to 36, with zeros in front up to the length.",
        example: "SELECT to_base(255, 36, 4)",
        result: "0073",
    },
    takes: &[&[Kind::Integer, Kind::Integer], &[Kind::Integer, Kind::Integer, Kind::Integer]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let (numbers, bases) = (call.primitive::<Int64Type>(0)?, call.primitive::<Int64Type>(1)?);
        let lengths = (call.len() > 2).then(|| call.primitive::<Int64Type>(2)).transpose()?;
        let mut reversed = vec![];
        call.write_text(|row, out| {
            let (number, base) = (numbers.get(row)?, bases.get(row)?);
            let length = lengths.as_ref().map_or(Some(0), |lengths| lengths.get(row))?;
            let Ok(mut rest) = u64::try_from(number) else {
                return Some(Err(Error::invalid_input(format!("{number} is negative"))));
            };
            if !(2..=36).contains(&base) {
                return Some(Err(Error::invalid_input(format!(
                    "the base must be from 2 to 36, not {base}"
                ))));
            }
            if !(0..=64).contains(&length) {
                return Some(Err(Error::invalid_input(format!(
                    "the length must be from 0 to 64, not {length}"
                ))));
            }
            reversed.clear();
            loop {
                reversed.push(char::from_digit((rest % base as u64) as u32, base as u32));
                rest /= base as u64;
                if rest == 0 {
                    break;
                }
            }
            (reversed.len()..length as usize).for_each(|_| out.push('0'));
            out.extend(reversed.iter().rev().flatten().map(char::to_ascii_uppercase));
            Some(Ok(()))
        })
    },
};

pub(super) const URL_ENCODE: Scalar = Scalar {
    names: &["url_encode"],
    manual: Manual {
        usage: "url_encode(string)",
        description: "A text for use in a URL: what is neither letter, digit nor one of -_.~ becomes % and two digits.",
        example: "SELECT url_encode('a b&c')",
        result: "a%20b%26c",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let texts = call.text(0)?;
        call.write_text(|row, out| {
            for byte in texts.get(row)?.bytes() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                        out.push(char::from(byte));
                    }
                    _ => {
                        let _ = write!(out, "%{byte:02X}");
                    }
                }
            }
            Some(Ok(()))
        })
    },
};

pub(super) const URL_DECODE: Scalar = Scalar {
    names: &["url_decode"],
    manual: Manual {
        usage: "url_decode(string)",
        description: "The text that stands in a URL with % and two digits for some bytes.",
        example: "SELECT url_decode('a%20b%26c')",
        result: "a b&c",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let texts = call.text(0)?;
        let mut bytes = vec![];
        call.write_text(|row, out| {
            let text = texts.get(row)?;
            bytes.clear();
            let mut rest = text.as_bytes();
            while let [first, tail @ ..] = rest {
                let digit = |at: usize| tail.get(at).and_then(|b| char::from(*b).to_digit(16));
                match (first, digit(0), digit(1)) {
                    (b'%', Some(high), Some(low)) => {
                        bytes.push((high * 16 + low) as u8);
                        rest = &tail[2..];
                    }
                    _ => {
                        bytes.push(*first);
                        rest = tail;
                    }
                }
            }
            let decoded = std::str::from_utf8(&bytes);
            Some(
                decoded
                    .map(|text| out.push_str(text))
                    .map_err(|_| Error::invalid_data(format!("'{text}' does not decode to UTF-8"))),
            )
        })
    },
};

pub(super) const SHA1: Scalar = Scalar {
    names: &["sha1"],
    manual: Manual {
        usage: "sha1(value)",
        description: "The SHA-1 hash of bytes or of the UTF-8 of a text, in hexadecimal digits.",
        example: "SELECT sha1('hello')",
        result: "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
    },
    takes: &[&[Kind::Text], &[Kind::Blob]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        use sha1::Digest;
        let values = call.bytes(0)?;
        call.write_text(|row, out| {
            for byte in sha1::Sha1::digest(values.get(row)?) {
                let _ = write!(out, "{byte:02x}");
            }
            Some(Ok(()))
        })
    },
};

pub(super) const SHA256: Scalar = Scalar {
    names: &["sha256"],
    manual: Manual {
        usage: "sha256(value)",
        description: "The SHA-256 hash of bytes or of the UTF-8 of a text, in hexadecimal digits.",
        example: "SELECT left(sha256('🦆'), 12)",
        result: "d7a5c5e0d1d9",
    },
    takes: &[&[Kind::Text], &[Kind::Blob]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let hashes = alias::invoke(
            &crypto::sha256(),
            vec![ColumnarValue::Array(call.array(0)?)],
            call,
            DataType::Binary,
        )?;
        let hashes = datafusion::arrow::compute::cast(&hashes, &DataType::Binary)?;
        let hashes = datafusion::arrow::array::AsArray::as_binary::<i32>(&hashes);
        call.write_text(|row, out| {
            use datafusion::arrow::array::Array;
            if hashes.is_null(row) {
                return None;
            }
            for byte in hashes.value(row) {
                let _ = write!(out, "{byte:02x}");
            }
            Some(Ok(()))
        })
    },
};
