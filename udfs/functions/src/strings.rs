//! Functions of text.

mod bytes;
mod display;
mod distance;
mod format;
mod graphemes;
mod paths;
mod patterns;
mod regex;
mod split;
mod substring;

pub(crate) use substring::SUBSTRING;

use crate::alias::{Alias, Of};
use crate::scalar::Scalar;

/// The family, in the order in which its page lists it.
pub(crate) const FUNCTIONS: &[&Scalar] = &[
    &format::PRINTF,
    &format::FORMAT,
    &substring::SUBSTRING,
    &split::STRING_SPLIT,
    &split::STRING_SPLIT_REGEX,
    &regex::REGEXP_MATCHES,
    &regex::REGEXP_FULL_MATCH,
    &regex::REGEXP_EXTRACT,
    &regex::REGEXP_EXTRACT_ALL,
    &regex::REGEXP_REPLACE,
    &regex::REGEXP_ESCAPE,
    &patterns::LIKE_ESCAPE,
    &patterns::NOT_LIKE_ESCAPE,
    &patterns::ILIKE_ESCAPE,
    &patterns::NOT_ILIKE_ESCAPE,
    &patterns::GLOB_MATCH,
    &distance::JARO_SIMILARITY,
    &distance::JARO_WINKLER_SIMILARITY,
    &distance::HAMMING,
    &distance::DAMERAU_LEVENSHTEIN,
    &distance::JACCARD,
    &graphemes::LEFT_GRAPHEME,
    &graphemes::RIGHT_GRAPHEME,
    &graphemes::SUBSTRING_GRAPHEME,
    &graphemes::LENGTH_GRAPHEME,
    &graphemes::STRIP_ACCENTS,
    &graphemes::NFC_NORMALIZE,
    &graphemes::UNICODE,
    &bytes::ENCODE,
    &bytes::DECODE,
    &bytes::TO_BASE64,
    &bytes::FROM_BASE64,
    &bytes::HEX,
    &bytes::UNHEX,
    &bytes::BIN,
    &bytes::UNBIN,
    &bytes::TO_BASE,
    &bytes::URL_ENCODE,
    &bytes::URL_DECODE,
    &bytes::SHA1,
    &bytes::SHA256,
    &display::BAR,
    &display::FORMAT_BYTES,
    &display::FORMAT_DECIMAL_BYTES,
    &display::PARSE_FORMATTED_BYTES,
    &paths::PARSE_PATH,
    &paths::PARSE_FILENAME,
    &paths::PARSE_DIRNAME,
    &paths::PARSE_DIRPATH,
];

/// Names of the same functions elsewhere.
pub(crate) const ALIASES: &[Alias] = &[
    Alias {
        names: &["lcase"],
        of: Of::Scalar("lower"),
        usage: "lcase(string)",
        example: "SELECT lcase('DuckDB')",
        result: "duckdb",
    },
    Alias {
        names: &["ucase"],
        of: Of::Scalar("upper"),
        usage: "ucase(string)",
        example: "SELECT ucase('DuckDB')",
        result: "DUCKDB",
    },
    Alias {
        names: &["prefix"],
        of: Of::Scalar("starts_with"),
        usage: "prefix(string, start)",
        example: "SELECT prefix('duckling', 'duck')",
        result: "true",
    },
    Alias {
        names: &["suffix"],
        of: Of::Scalar("ends_with"),
        usage: "suffix(string, end)",
        example: "SELECT suffix('duckling', 'ling')",
        result: "true",
    },
    Alias {
        names: &["strlen"],
        of: Of::Scalar("octet_length"),
        usage: "strlen(string)",
        example: "SELECT strlen('ü')",
        result: "2",
    },
    Alias {
        names: &["editdist3"],
        of: Of::Scalar("levenshtein"),
        usage: "editdist3(a, b)",
        example: "SELECT editdist3('kitten', 'sitting')",
        result: "3",
    },
];
