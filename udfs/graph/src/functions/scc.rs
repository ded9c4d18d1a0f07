//! `scc`: strongly connected components.

use extension::{Result, Signature};

use super::components::{COMPONENT_LABEL, algorithm};
use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, parameters};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "scc",
        aliases: &["strongly_connected_components"],
        description: "Which nodes reach each other along the edges. Components are numbered from 0 on by their smallest nodes.",
        parameters: parameters![COMPONENT_LABEL],
        positional: 1,
        example: "SELECT * FROM scc((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    algorithm(binder, algorithms::scc)
}
