//! What the functions that iterate share: what happens when the result has not settled.

use algorithms::Error as KernelError;
use extension::{Parameter, Result};

use crate::bind::Binder;
use crate::errors::Failure;
use crate::function::{Context, option};

pub(super) const ON_NO_CONVERGENCE: Parameter = option(
    "on_no_convergence",
    "VARCHAR",
    "'error'",
    "'error' fails if max_iter is reached first; 'warn' answers with what was reached, and EXPLAIN ANALYZE shows not_converged=1",
);
pub(super) const TOLERANCE: Parameter = option(
    "tol",
    "DOUBLE",
    "1e-6",
    "ends when the scores together changed by less than this for each node",
);

/// Whether it is an error that the scores have not settled.
pub(super) fn insists(binder: &Binder<'_>, default: bool) -> Result<bool> {
    binder.choice("on_no_convergence", default, &[("error", true), ("warn", false)])
}

/// Notes that the scores have not settled, which is an error for those who insist. What was found is
/// whether they have, the number of iterations, and how much the last of them changed.
pub(super) fn check(
    context: &Context<'_>,
    (converged, iterations, change): (bool, u32, f64),
    insists: bool,
    tolerance: f64,
) -> Result<(), Failure> {
    match converged {
        true => Ok(()),
        false if insists => Err(KernelError::NotConverged { iterations, change, tolerance }.into()),
        false => {
            context.figures.not_converged.add(1);
            Ok(())
        }
    }
}
