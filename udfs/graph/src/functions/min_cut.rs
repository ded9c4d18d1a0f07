//! `min_cut`: the edges of least capacity without which nothing flows.

use algorithms::FlowOptions;
use extension::{Parameter, Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, WEIGHT, nodes_parameter, parameters};
use crate::output::{Output, double};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "min_cut",
        aliases: &["minimum_cut"],
        description: "The edges of least capacity together without which nothing flows from the source to the target. Their sum is the greatest flow.",
        parameters: parameters![
            nodes_parameter("source", "where the flow starts"),
            nodes_parameter("target", "where the flow ends"),
            Parameter {
                name: "capacity",
                default: Some("'capacity' if there is such a column, else 1"),
                description: "the column of edges that says how much an edge can carry",
                ..WEIGHT
            }
        ],
        positional: 3,
        example: "SELECT * FROM min_cut((VALUES (1, 2), (2, 3), (3, 1), (3, 4)), 1, 4)",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let weighted = binder.weight_if_there("capacity", "capacity")?;
    let (source, target) = (binder.required_nodes("source")?, binder.required_nodes("target")?);
    let fields = [binder.node("src"), binder.node("dst"), double("capacity")];
    Ok(Algorithm::new(fields, move |context| {
        let options =
            FlowOptions { source: context.node(source)?, sink: context.node(target)?, weighted };
        let found = algorithms::min_cut(context.graph, &options, context.run)?;
        Ok(Output::of_pairs(found.edges))
    })
    .sorted_by(0))
}
