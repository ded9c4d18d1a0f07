//! Functions of JSON, which is kept as text.

mod construct;
mod describe;
mod extract;
mod group;
mod path;
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
];

/// Functions of a group.
pub(crate) const AGGREGATES: &[&Aggregate] = &[&group::JSON_GROUP_ARRAY, &group::JSON_GROUP_OBJECT];
