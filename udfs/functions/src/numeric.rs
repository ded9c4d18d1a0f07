//! Functions of numbers.

mod arithmetic;
mod bits;
mod special;

use crate::alias::{Alias, Of};
use crate::scalar::Scalar;

/// The family, in the order in which its page lists it.
pub(crate) const FUNCTIONS: &[&Scalar] = &[
    &arithmetic::ADD,
    &arithmetic::SUBTRACT,
    &arithmetic::MULTIPLY,
    &arithmetic::DIVIDE,
    &arithmetic::MOD,
    &arithmetic::FDIV,
    &arithmetic::FMOD,
    &special::EVEN,
    &special::ROUND_EVEN,
    &special::SIGN,
    &special::SIGNBIT,
    &special::ISFINITE,
    &special::ISINF,
    &special::GAMMA,
    &special::LGAMMA,
    &special::NEXTAFTER,
    &bits::XOR,
    &bits::BIT_COUNT,
];

/// Names of the same functions elsewhere.
pub(crate) const ALIASES: &[Alias] = &[
    Alias {
        names: &["ceiling"],
        of: Of::Scalar("ceil"),
        usage: "ceiling(x)",
        example: "SELECT ceiling(1.5::DOUBLE)",
        result: "2.0",
    },
    Alias {
        names: &["greatest_common_divisor"],
        of: Of::Scalar("gcd"),
        usage: "greatest_common_divisor(a, b)",
        example: "SELECT greatest_common_divisor(12, 18)",
        result: "6",
    },
    Alias {
        names: &["least_common_multiple"],
        of: Of::Scalar("lcm"),
        usage: "least_common_multiple(a, b)",
        example: "SELECT least_common_multiple(12, 18)",
        result: "36",
    },
];
