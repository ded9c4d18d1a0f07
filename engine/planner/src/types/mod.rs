//! The types of SQL, and what values mean where engines differ.
//!
//! DataFusion asks one planner for the meaning of a type's name ([`SqlTypes`]). Types that Arrow has
//! no type of its own for, such as UUID, JSON, ENUM and BIT, are texts or numbers whose field says what
//! they are ([`extension::SQL_TYPE_KEY`]); casts to them check the values ([`casts`]).

pub(crate) mod casts;
mod division;
mod like;
mod literals;
mod moments;
mod names;
mod ordering;
mod semantics;

pub(crate) use casts::{Casts, members};
pub(crate) use division::Division;
pub(crate) use literals::ExactLiterals;
pub(crate) use moments::Moments;
pub(crate) use names::{SqlTypes, plan};
pub use semantics::Semantics;
