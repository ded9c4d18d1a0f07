//! Parts of texts by position.

use datafusion::arrow::datatypes::{DataType, Int64Type};

use crate::manual::Manual;
use crate::scalar::{Kind, Scalar};

pub(crate) const SUBSTRING: Scalar = Scalar {
    names: &["substr", "substring"],
    manual: Manual {
        usage: "substr(string, start [, length])",
        description: "The characters of a text from a position on, which counts from 1, or from the end if it is negative; a negative length takes those before it.",
        example: "SELECT substr('Hello', -3, 2)",
        result: "ll",
    },
    takes: &[&[Kind::Text, Kind::Integer], &[Kind::Text, Kind::Integer, Kind::Integer]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let (texts, starts) = (call.text(0)?, call.primitive::<Int64Type>(1)?);
        let lengths = (call.len() > 2).then(|| call.primitive::<Int64Type>(2)).transpose()?;
        call.write_text(|row, out| {
            let (text, start) = (texts.get(row)?, starts.get(row)?);
            let length = match &lengths {
                Some(lengths) => lengths.get(row)?,
                None => i64::MAX,
            };
            out.push_str(part(text, start, length));
            Some(Ok(()))
        })
    },
};

fn part(text: &str, start: i64, length: i64) -> &str {
    let is_ascii = text.is_ascii();
    // Characters are counted only where the end matters or a byte is not one.
    let from = match start {
        1.. => start - 1,
        0 => -1,
        _ if is_ascii => (text.len() as i64).saturating_add(start),
        _ => (text.chars().count() as i64).saturating_add(start),
    };
    let to = from.saturating_add(length);
    let (from, to) = (from.min(to).max(0) as usize, from.max(to).max(0) as usize);
    if is_ascii {
        return text.get(from.min(text.len())..to.min(text.len())).unwrap_or_default();
    }
    let byte =
        |character: usize| text.char_indices().nth(character).map_or(text.len(), |(byte, _)| byte);
    text.get(byte(from)..byte(to)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn positions_count_from_either_end() {
        assert_eq!(part("hello", -3, 2), "ll");
        assert_eq!(part("hello", 0, 2), "h");
        assert_eq!(part("hello", 4, -2), "el");
        assert_eq!(part("grün", -1, i64::MAX), "n");
        assert_eq!(part("grün", 3, 1), "ü");
        assert_eq!(part("", 1, 1), "");
        assert_eq!(part("a", i64::MIN, i64::MAX), "");
    }
}
