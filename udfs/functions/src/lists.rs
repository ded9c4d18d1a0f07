//! Functions of lists.

mod aggregate;
mod concat;
mod contains;
mod order;
mod reduce;
mod select;
mod vectors;
mod zip;

use crate::alias::{Alias, Of};
use crate::scalar::Scalar;

pub(crate) use reduce::function as list_reduce;

/// The family, in the order in which its page lists it.
pub(crate) const FUNCTIONS: &[&Scalar] = &[
    &aggregate::LIST_AGGREGATE,
    &aggregate::LIST_AVG,
    &aggregate::LIST_COUNT,
    &aggregate::LIST_MIN,
    &aggregate::LIST_MAX,
    &aggregate::LIST_SUM,
    &aggregate::LIST_PRODUCT,
    &aggregate::LIST_MEDIAN,
    &aggregate::LIST_MODE,
    &aggregate::LIST_FIRST,
    &aggregate::LIST_LAST,
    &aggregate::LIST_ANY_VALUE,
    &aggregate::LIST_STRING_AGG,
    &aggregate::LIST_HISTOGRAM,
    &aggregate::LIST_ENTROPY,
    &aggregate::LIST_MAD,
    &aggregate::LIST_SKEWNESS,
    &aggregate::LIST_KURTOSIS,
    &aggregate::LIST_KURTOSIS_POP,
    &aggregate::LIST_SEM,
    &aggregate::LIST_STDDEV_POP,
    &aggregate::LIST_STDDEV_SAMP,
    &aggregate::LIST_VAR_POP,
    &aggregate::LIST_VAR_SAMP,
    &aggregate::LIST_BOOL_AND,
    &aggregate::LIST_BOOL_OR,
    &aggregate::LIST_BIT_AND,
    &aggregate::LIST_BIT_OR,
    &aggregate::LIST_BIT_XOR,
    &aggregate::LIST_APPROX_COUNT_DISTINCT,
    &concat::LIST_CONCAT,
    &contains::LIST_CONTAINS,
    &order::LIST_SORT,
    &order::LIST_REVERSE_SORT,
    &order::LIST_GRADE_UP,
    &order::LIST_UNIQUE,
    &order::LIST_DISTINCT,
    &select::LENGTH,
    &select::LIST_SELECT,
    &select::LIST_WHERE,
    &zip::LIST_ZIP,
    &vectors::COSINE_SIMILARITY,
    &vectors::COSINE_DISTANCE,
    &vectors::INNER_PRODUCT,
    &vectors::NEGATIVE_INNER_PRODUCT,
    &vectors::CROSS_PRODUCT,
];

/// Names of the same functions elsewhere.
pub(crate) const ALIASES: &[Alias] = &[
    Alias {
        names: &["list_value", "list_pack", "array_value"],
        of: Of::Scalar("make_array"),
        usage: "list_value(values...)",
        example: "SELECT list_value(4, 5, 6)",
        result: "[4, 5, 6]",
    },
    Alias {
        names: &["apply", "array_apply", "list_apply"],
        of: Of::HigherOrder("array_transform"),
        usage: "apply(list, x -> expression)",
        example: "SELECT 1",
        result: "1",
    },
    Alias {
        names: &["filter"],
        of: Of::HigherOrder("array_filter"),
        usage: "filter(list, x -> condition)",
        example: "SELECT 1",
        result: "1",
    },
];
