//! `scc`: strongly connected components.

use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, option, parameters};
use crate::output::integer;

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "scc",
        aliases: &["strongly_connected_components"],
        description: "Which nodes reach each other along the edges. Components are numbered from 0 on by their smallest nodes.",
        parameters: parameters![option(
            "component_label",
            "VARCHAR",
            "'number'",
            "'number', or 'min_node' for the smallest node of the component in the place of its number"
        )],
        positional: 1,
        example: "SELECT * FROM scc((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
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
        let found = algorithms::scc(context.graph, context.run)?;
        Ok(context.output().with(super::wcc::labels(found, by_node)))
    }))
}
