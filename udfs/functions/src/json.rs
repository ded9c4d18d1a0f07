//! Functions of JSON, which is kept as text.

mod change;
mod construct;
mod describe;
mod each;
mod extract;
mod group;
mod path;
mod transform;
mod value;

use crate::aggregates::Aggregate;
use crate::scalar::Scalar;

pub(crate) use extract::{JSON_EXTRACT, JSON_EXTRACT_STRING};

/// The family, in the order in which its page lists it.
pub(crate) const FUNCTIONS: &[&Scalar] = &[
    &extract::JSON_EXTRACT,
    &extract::JSON_EXTRACT_STRING,
    &extract::JSON_VALUE,
    &extract::JSON_EXISTS,
    &describe::JSON_TYPE,
    &describe::JSON_KEYS,
    &describe::JSON_ARRAY_LENGTH,
    &describe::JSON_CONTAINS,
    &describe::JSON_STRUCTURE,
    &describe::JSON_VALID,
    &construct::JSON_OBJECT,
    &construct::JSON_ARRAY,
    &construct::TO_JSON,
    &construct::JSON,
    &construct::JSON_PRETTY,
    &construct::JSON_MERGE_PATCH,
    &change::JSON_MERGE_PATCH_DIFF,
    &change::JSON_DEEP_MERGE,
    &change::JSON_SET,
    &change::JSON_INSERT,
    &change::JSON_REPLACE,
    &change::JSON_REMOVE,
    &change::JSON_STRIP_NULLS,
    &change::JSON_NORMALIZE,
    &transform::JSON_TRANSFORM,
    &transform::JSON_TRANSFORM_STRICT,
    &each::JSON_EACH_ROWS,
    &each::JSON_TREE_ROWS,
];

/// The functions whose text is JSON.
const JSON_RESULTS: &[&str] = &[
    "json_extract",
    "json_object",
    "json_array",
    "to_json",
    "json",
    "json_merge_patch",
    "json_merge_patch_diff",
    "json_deep_merge",
    "json_set",
    "json_insert",
    "json_replace",
    "json_remove",
    "json_strip_nulls",
    "json_normalize",
    "json_structure",
    "json_group_array",
    "json_group_object",
];

/// The SQL type of a function's text, where it is not VARCHAR.
pub(crate) fn result_type(names: &[&str]) -> Option<&'static str> {
    names.iter().any(|name| JSON_RESULTS.contains(name)).then_some("JSON")
}

/// Functions of a group.
pub(crate) const AGGREGATES: &[&Aggregate] = &[&group::JSON_GROUP_ARRAY, &group::JSON_GROUP_OBJECT];
