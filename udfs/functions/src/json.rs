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

/// Functions of a group.
pub(crate) const AGGREGATES: &[&Aggregate] = &[&group::JSON_GROUP_ARRAY, &group::JSON_GROUP_OBJECT];
