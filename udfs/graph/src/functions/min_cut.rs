//! `min_cut`: the edges of least capacity without which nothing flows.

use extension::{Result, Signature};

use super::flows::{CAPACITY, SOURCE, TARGET, algorithm};
use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, parameters};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "min_cut",
        aliases: &["minimum_cut"],
        description: "The edges of least capacity together without which nothing flows from the source to the target. Their sum is the greatest flow.",
        parameters: parameters![SOURCE, TARGET, CAPACITY],
        positional: 3,
        example: "SELECT * FROM min_cut((VALUES (1, 2), (2, 3), (3, 1), (3, 4)), 1, 4)",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    algorithm(binder, "capacity", |graph, options, run| {
        Ok(algorithms::min_cut(graph, options, run)?.edges)
    })
}
