//! `longest_path`: the longest path to each node of an acyclic graph.

use algorithms::LongestPathOptions;
use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, WEIGHT_IF_THERE, parameters};
use crate::output::{Values, double, nullable};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "longest_path",
        aliases: &["dag_longest_path"],
        description: "The length of the longest path to each node of a graph without cycles, from wherever it starts, and the node before it on that path.",
        parameters: parameters![WEIGHT_IF_THERE],
        positional: 1,
        example: "SELECT * FROM longest_path((VALUES (1, 2), (2, 3), (1, 3)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let options = LongestPathOptions { weighted: binder.weight_if_there("weight", "weight")? };
    let fields = [binder.node("node"), double("distance"), nullable(binder.node("predecessor"))];
    Ok(Algorithm::new(fields, move |context| {
        let found = algorithms::longest_path(context.graph, &options, context.run)?;
        Ok(context
            .output()
            .with(Values::Doubles(found.distance))
            .with(Values::Nodes(found.predecessor)))
    }))
}
