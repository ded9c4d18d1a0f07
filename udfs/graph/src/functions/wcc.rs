//! `wcc`: weakly connected components.

use std::sync::Arc;

use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, option, parameters};
use crate::output::{Values, integer};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "wcc",
        aliases: &["connected_components", "weakly_connected_components"],
        description: "Which nodes are connected when edges are followed both ways. Components are numbered from 0 on by their \
            smallest nodes.",
        parameters: parameters![option(
            "component_label",
            "VARCHAR",
            "'number'",
            "'number', or 'min_node' for the smallest node of the component in the place of its number"
        )],
        positional: 1,
        example: "SELECT * FROM wcc((VALUES (1, 2), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let by_node =
        binder.choice("component_label", false, &[("number", false), ("min_node", true)])?;
    let component = match by_node {
        true => binder.node("component"),
        false => integer("component"),
    };
    Ok(Algorithm::new([binder.node("node"), component], move |context| {
        let found = algorithms::wcc(context.graph, context.run)?;
        Ok(context.output().with(labels(found, by_node)))
    }))
}

/// The components as numbers, or as their smallest nodes.
pub(super) fn labels(found: algorithms::Components, by_node: bool) -> Values {
    match by_node {
        true => {
            let smallest = Arc::new(found.smallest);
            let of = |component: &u32| smallest[*component as usize];
            Values::Nodes(found.component.iter().map(of).collect())
        }
        false => Values::Counts(found.component),
    }
}
