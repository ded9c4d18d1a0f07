//! `wcc`: weakly connected components.

use extension::{Result, Signature};

use super::components::{COMPONENT_LABEL, algorithm};
use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, parameters};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "wcc",
        aliases: &["connected_components", "weakly_connected_components"],
        description: "Which nodes are connected when edges are followed both ways. Components are numbered from 0 on by their smallest nodes.",
        parameters: parameters![COMPONENT_LABEL],
        positional: 1,
        example: "SELECT * FROM wcc((VALUES (1, 2), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    algorithm(binder, algorithms::wcc)
}
