//! The list of families.

use crate::aggregates::{self, Aggregate};
use crate::alias::{Alias, Functions};
use crate::dates;
use crate::json;
use crate::lists;
use crate::misc;
use crate::numeric;
use crate::scalar::Scalar;
use crate::strings;

/// A family: what a reference page is about.
pub(crate) struct Family {
    /// Its name, as functions carry it in their documentation.
    pub(crate) name: &'static str,
    /// Functions of one row.
    pub(crate) scalar: &'static [&'static Scalar],
    /// Functions of one row whose result is another each time.
    pub(crate) volatile: &'static [&'static Scalar],
    /// Functions of a group.
    pub(crate) aggregate: &'static [&'static Aggregate],
    /// Other names of DataFusion's functions.
    pub(crate) aliases: &'static [Alias],
}

/// The list, in the order of the reference.
pub(crate) const FAMILIES: &[Family] = &[
    Family {
        name: "aggregates",
        scalar: &[],
        volatile: &[],
        aggregate: aggregates::FUNCTIONS,
        aliases: aggregates::ALIASES,
    },
    Family {
        name: "text",
        scalar: strings::FUNCTIONS,
        volatile: &[],
        aggregate: &[],
        aliases: strings::ALIASES,
    },
    Family {
        name: "dates",
        scalar: dates::FUNCTIONS,
        volatile: &[],
        aggregate: &[],
        aliases: dates::ALIASES,
    },
    Family {
        name: "numbers",
        scalar: numeric::FUNCTIONS,
        volatile: &[],
        aggregate: &[],
        aliases: numeric::ALIASES,
    },
    Family {
        name: "lists",
        scalar: lists::FUNCTIONS,
        volatile: &[],
        aggregate: &[],
        aliases: lists::ALIASES,
    },
    Family {
        name: "json",
        scalar: json::FUNCTIONS,
        volatile: &[],
        aggregate: json::AGGREGATES,
        aliases: &[],
    },
    Family {
        name: "others",
        scalar: misc::FUNCTIONS,
        volatile: misc::VOLATILE,
        aggregate: &[],
        aliases: misc::ALIASES,
    },
];

/// All functions of all families.
pub(crate) fn all() -> extension::Result<Functions> {
    let defaults = Functions::defaults();
    let mut functions = Functions::default();
    for family in FAMILIES {
        for scalar in family.scalar {
            let sql_type = json::result_type(scalar.names);
            functions.scalar.push(scalar.tagged_udf(family.name, sql_type));
        }
        for scalar in family.volatile {
            functions.scalar.push(scalar.volatile_udf(family.name));
        }
        for aggregate in family.aggregate {
            functions.aggregate.push(aggregate.udf(family.name));
        }
        for alias in family.aliases {
            alias.register(family.name, &defaults, &mut functions)?;
        }
    }
    functions.higher_order.push(lists::list_reduce("lists"));
    Ok(functions)
}
