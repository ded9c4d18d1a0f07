//! The list of families.

use crate::alias::{Alias, Functions};
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
    /// Other names of DataFusion's functions.
    pub(crate) aliases: &'static [Alias],
}

/// The list, in the order of the reference.
pub(crate) const FAMILIES: &[Family] = &[Family {
    name: "text",
    scalar: strings::FUNCTIONS,
    volatile: &[],
    aliases: strings::ALIASES,
}];

/// All functions of all families.
pub(crate) fn all() -> extension::Result<Functions> {
    let defaults = Functions::defaults();
    let mut functions = Functions::default();
    for family in FAMILIES {
        for scalar in family.scalar {
            functions.scalar.push(scalar.udf(family.name));
        }
        for scalar in family.volatile {
            functions.scalar.push(scalar.volatile_udf(family.name));
        }
        for alias in family.aliases {
            alias.register(family.name, &defaults, &mut functions)?;
        }
    }
    Ok(functions)
}
