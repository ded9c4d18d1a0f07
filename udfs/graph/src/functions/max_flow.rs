//! `max_flow`: the greatest flow from one node to another.

use extension::{Result, Signature};

use super::flows::{CAPACITY, SOURCE, TARGET, algorithm};
use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, parameters};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "max_flow",
        aliases: &["maximum_flow"],
        description: "How much flows along each edge in a greatest flow from the source to the target. What leaves the source is the value of the flow.",
        parameters: parameters![SOURCE, TARGET, CAPACITY],
        positional: 3,
        example: "SELECT * FROM max_flow((VALUES (1, 2), (2, 3), (3, 1), (3, 4)), 1, 4)",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    algorithm(binder, "flow", |graph, options, run| {
        Ok(algorithms::max_flow(graph, options, run)?.edges)
    })
}
