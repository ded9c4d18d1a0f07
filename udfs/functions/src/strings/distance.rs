//! How much two texts differ.

use std::collections::BTreeSet;

use datafusion::arrow::array::{Float64Array, Int64Array};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use extension::{Error, Result};

use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

const TWO_TEXTS: &[&[Kind]] = &[&[Kind::Text, Kind::Text]];
const TWO_TEXTS_AND_CUTOFF: &[&[Kind]] =
    &[&[Kind::Text, Kind::Text], &[Kind::Text, Kind::Text, Kind::Double]];

pub(super) const JARO_SIMILARITY: Scalar = Scalar {
    names: &["jaro_similarity"],
    manual: Manual {
        usage: "jaro_similarity(a, b [, cutoff])",
        description: "The Jaro similarity of two texts, from 0 to 1; 0 where it is below the cutoff.",
        example: "SELECT round(jaro_similarity('duck', 'duckdb'), 4)",
        result: "0.8889",
    },
    takes: TWO_TEXTS_AND_CUTOFF,
    returns: |_| Ok(DataType::Float64),
    evaluate: |call| similarity(call, strsim::jaro),
};

pub(super) const JARO_WINKLER_SIMILARITY: Scalar = Scalar {
    names: &["jaro_winkler_similarity"],
    manual: Manual {
        usage: "jaro_winkler_similarity(a, b [, cutoff])",
        description: "The Jaro-Winkler similarity of two texts, from 0 to 1, which favours common beginnings; 0 where it is below the cutoff.",
        example: "SELECT round(jaro_winkler_similarity('duck', 'duckdb'), 4)",
        result: "0.9333",
    },
    takes: TWO_TEXTS_AND_CUTOFF,
    returns: |_| Ok(DataType::Float64),
    evaluate: |call| similarity(call, strsim::jaro_winkler),
};

fn similarity(
    call: &Call,
    measure: fn(&str, &str) -> f64,
) -> Result<datafusion::arrow::array::ArrayRef> {
    let (left, right) = (call.text(0)?, call.text(1)?);
    let cutoff = (call.len() > 2).then(|| call.primitive::<Float64Type>(2)).transpose()?;
    call.map::<Float64Array, _>(|row| {
        let (left, right) = (left.get(row)?, right.get(row)?);
        // Two empty texts have nothing in common.
        let score = if left.is_empty() { 0.0 } else { measure(left, right) };
        match &cutoff {
            Some(cutoff) => Some(if score < cutoff.get(row)? { 0.0 } else { score }),
            None => Some(score),
        }
    })
}

pub(super) const HAMMING: Scalar = Scalar {
    names: &["hamming", "mismatches"],
    manual: Manual {
        usage: "hamming(a, b)",
        description: "At how many places two texts of the same length differ; other lengths are an error.",
        example: "SELECT hamming('duck', 'luck')",
        result: "1",
    },
    takes: TWO_TEXTS,
    returns: |_| Ok(DataType::Int64),
    evaluate: |call| {
        let (left, right) = (call.text(0)?, call.text(1)?);
        call.try_map::<Int64Array, _>(|row| {
            let (left, right) = (left.get(row)?, right.get(row)?);
            Some(strsim::hamming(left, right).map(|count| count as i64).map_err(|_| {
                Error::invalid_input(format!("'{left}' and '{right}' are not of equal length"))
            }))
        })
    },
};

pub(super) const DAMERAU_LEVENSHTEIN: Scalar = Scalar {
    names: &["damerau_levenshtein"],
    manual: Manual {
        usage: "damerau_levenshtein(a, b)",
        description: "The least number of insertions, deletions, replacements and swaps of neighbours that make one text the other.",
        example: "SELECT damerau_levenshtein('duckdb', 'udckbd')",
        result: "2",
    },
    takes: TWO_TEXTS,
    returns: |_| Ok(DataType::Int64),
    evaluate: |call| {
        let (left, right) = (call.text(0)?, call.text(1)?);
        call.map::<Int64Array, _>(|row| {
            Some(strsim::damerau_levenshtein(left.get(row)?, right.get(row)?) as i64)
        })
    },
};

pub(super) const JACCARD: Scalar = Scalar {
    names: &["jaccard"],
    manual: Manual {
        usage: "jaccard(a, b)",
        description: "The Jaccard similarity of the sets of characters of two texts, from 0 to 1.",
        example: "SELECT jaccard('duck', 'luck')",
        result: "0.6",
    },
    takes: TWO_TEXTS,
    returns: |_| Ok(DataType::Float64),
    evaluate: |call| {
        let (left, right) = (call.text(0)?, call.text(1)?);
        call.try_map::<Float64Array, _>(|row| {
            let left: BTreeSet<char> = left.get(row)?.chars().collect();
            let right: BTreeSet<char> = right.get(row)?.chars().collect();
            if left.is_empty() || right.is_empty() {
                return Some(Err(Error::invalid_input(
                    "an empty text has no characters to compare",
                )));
            }
            let common = left.intersection(&right).count();
            Some(Ok(common as f64 / (left.len() + right.len() - common) as f64))
        })
    },
};
