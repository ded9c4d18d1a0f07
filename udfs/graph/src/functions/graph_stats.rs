//! `graph_stats`: figures about the whole graph.

use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, WEIGHT, parameters};
use crate::output::{Output, Values, double, integer, truth};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "graph_stats",
        aliases: &["graph_info"],
        description: "One row of figures about the graph: its size, density, components, degrees and weight.",
        parameters: parameters![WEIGHT],
        positional: 1,
        example: "SELECT * FROM graph_stats((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    binder.weight("weight")?;
    let fields = [
        integer("nodes"),
        integer("edges"),
        truth("directed"),
        integer("self_loops"),
        integer("parallel_edges"),
        double("density"),
        integer("components"),
        integer("largest_component"),
        integer("isolated_nodes"),
        integer("min_degree"),
        integer("max_degree"),
        double("average_degree"),
        double("total_weight"),
    ];
    Ok(Algorithm::new(fields, move |context| {
        let found = algorithms::graph_stats(context.graph, context.run)?;
        let count = |count: usize| Values::Integers(vec![count as i64]);
        let number = |number: f64| Values::Doubles(vec![number]);
        Ok(Output::of_rows(1)
            .with(count(found.nodes))
            .with(count(found.edges))
            .with(Values::Truths(vec![context.graph.is_directed()]))
            .with(count(found.self_loops))
            .with(count(found.parallel_edges))
            .with(number(found.density))
            .with(count(found.components))
            .with(count(found.largest_component))
            .with(count(found.isolated_nodes))
            .with(count(found.min_degree))
            .with(count(found.max_degree))
            .with(number(found.average_degree))
            .with(number(found.total_weight)))
    })
    .sorted_by(0))
}
