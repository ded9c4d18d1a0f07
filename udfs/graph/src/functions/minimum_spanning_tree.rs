//! `minimum_spanning_tree`: the lightest edges that connect what the graph connects.

use algorithms::SpanningTreeOptions;
use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, WEIGHT_IF_THERE, option, parameters};
use crate::output::{Output, double};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "minimum_spanning_tree",
        aliases: &["mst"],
        description: "The edges of least weight that connect all that the undirected graph connects: a tree for each component.",
        parameters: parameters![
            WEIGHT_IF_THERE,
            option("maximum", "BOOLEAN", "false", "the heaviest edges instead")
        ],
        positional: 1,
        example: "SELECT * FROM minimum_spanning_tree((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let options = SpanningTreeOptions {
        maximum: binder.arguments().boolean("maximum")?.unwrap_or(false),
        weighted: binder.weight_if_there("weight", "weight")?,
    };
    let fields = [binder.node("src"), binder.node("dst"), double("weight")];
    Ok(Algorithm::new(fields, move |context| {
        let found = algorithms::minimum_spanning_tree(context.graph, &options, context.run)?;
        Ok(Output::of_pairs(found))
    })
    .sorted_by(2))
}
