//! Functions of a group.
//!
//! Four engines carry them: [`collected`] keeps the values of a group, [`counted`] how often each
//! value occurs, [`sums`] a few numbers, and [`ordered`] the value that goes with the least or
//! greatest other one. A function is one literal that names its engine and how that ends.

mod best_n;
mod collected;
mod counted;
mod counters;
mod definition;
mod frequencies;
mod moments;
mod ordered;
mod quantiles;
mod resample;
mod store;
mod sums;
mod totals;

pub(crate) use definition::{Aggregate, Engine};
pub(crate) use store::Groups;

use crate::alias::{Alias, Of};

/// The family, in the order in which its page lists it.
pub(crate) const FUNCTIONS: &[&Aggregate] = &[
    &best_n::MAX_N,
    &best_n::MIN_N,
    &best_n::ARG_MAX_N,
    &best_n::ARG_MIN_N,
    &ordered::ARG_MAX,
    &ordered::ARG_MIN,
    &ordered::ARG_MAX_NULL,
    &ordered::ARG_MIN_NULL,
    &frequencies::MODE,
    &frequencies::HISTOGRAM,
    &frequencies::ENTROPY,
    &frequencies::APPROX_TOP_K,
    &quantiles::MEDIAN,
    &quantiles::QUANTILE_CONT,
    &quantiles::QUANTILE_DISC,
    &quantiles::MAD,
    &totals::COUNT_IF,
    &totals::PRODUCT,
    &totals::FSUM,
    &totals::FAVG,
    &totals::GEOMETRIC_MEAN,
    &totals::WEIGHTED_AVG,
    &moments::SKEWNESS,
    &moments::KURTOSIS,
    &moments::KURTOSIS_POP,
    &moments::SEM,
    &counters::INCREASE,
    &counters::RATE,
    &counters::DELTA,
    &resample::RESAMPLE,
];

/// Names of the same functions elsewhere.
pub(crate) const ALIASES: &[Alias] = &[
    Alias {
        names: &["first", "arbitrary"],
        of: Of::Aggregate("first_value"),
        usage: "first(x [ORDER BY y])",
        example: "SELECT first(x ORDER BY x DESC) FROM (VALUES (1), (3), (2)) t(x)",
        result: "3",
    },
    Alias {
        names: &["last"],
        of: Of::Aggregate("last_value"),
        usage: "last(x [ORDER BY y])",
        example: "SELECT last(x ORDER BY x DESC) FROM (VALUES (1), (3), (2)) t(x)",
        result: "1",
    },
    Alias {
        names: &["list"],
        of: Of::Aggregate("array_agg"),
        usage: "list(x [ORDER BY y])",
        example: "SELECT list(x ORDER BY x DESC) FROM (VALUES (1), (3), (2)) t(x)",
        result: "[3, 2, 1]",
    },
    Alias {
        names: &["approx_count_distinct"],
        of: Of::Aggregate("approx_distinct"),
        usage: "approx_count_distinct(x)",
        example: "SELECT approx_count_distinct(x) FROM (VALUES (1), (3), (3)) t(x)",
        result: "2",
    },
    Alias {
        names: &["group_concat", "listagg"],
        of: Of::Aggregate("string_agg"),
        usage: "group_concat(x, separator)",
        example: "SELECT group_concat(x, '-' ORDER BY x) FROM (VALUES ('b'), ('a')) t(x)",
        result: "a-b",
    },
    Alias {
        names: &["variance"],
        of: Of::Aggregate("var_samp"),
        usage: "variance(x)",
        example: "SELECT variance(x) FROM (VALUES (1), (3)) t(x)",
        result: "2.0",
    },
];

/// The function that a call with a number of values stands for, by its name and how many arguments it
/// has.
pub(crate) fn of_many(name: &str, arguments: usize) -> Option<&'static Aggregate> {
    match (name, arguments) {
        ("max", 2) => Some(&best_n::MAX_N),
        ("min", 2) => Some(&best_n::MIN_N),
        ("arg_max", 3) => Some(&best_n::ARG_MAX_N),
        ("arg_min", 3) => Some(&best_n::ARG_MIN_N),
        _ => None,
    }
}
