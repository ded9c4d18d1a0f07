//! Functions that belong to no other family.

mod identity;
mod nested;
mod structs;

use crate::alias::{Alias, Of};
use crate::scalar::Scalar;

/// The family, in the order in which its page lists it.
pub(crate) const FUNCTIONS: &[&Scalar] = &[
    &identity::TYPEOF,
    &identity::HASH,
    &identity::IF,
    &identity::CONSTANT_OR_NULL,
    &nested::STRUCT_EXTRACT,
    &nested::STRUCT_KEYS,
    &nested::STRUCT_CONCAT,
    &structs::STRUCT_INSERT,
    &structs::STRUCT_UPDATE,
    &structs::STRUCT_CONTAINS,
    &structs::STRUCT_POSITION,
    &nested::MAP_CONTAINS,
    &nested::MAP_EXTRACT_VALUE,
    &nested::MAP_FROM_ENTRIES,
    &nested::MAP_CONCAT,
];

/// Functions whose result is another each time, or that fail on purpose.
pub(crate) const VOLATILE: &[&Scalar] = &[&identity::ERROR];

/// Names of the same functions elsewhere.
pub(crate) const ALIASES: &[Alias] = &[Alias {
    names: &["gen_random_uuid", "uuidv4"],
    of: Of::Scalar("uuid"),
    usage: "gen_random_uuid()",
    example: "SELECT length(gen_random_uuid())",
    result: "36",
}];
