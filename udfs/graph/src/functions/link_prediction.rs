//! `link_prediction`: pairs of nodes that an edge may soon connect.

use algorithms::LinkPredictionOptions;
use extension::{Parameter, Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, option, parameters};
use crate::output::{Output, double};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "link_prediction",
        aliases: &[],
        description: "How alike the neighbours of pairs of nodes of the undirected graph are: of the given pairs, or of all that share a neighbour and have no edge.",
        parameters: parameters![
            option(
                "metric",
                "VARCHAR",
                "'jaccard'",
                "'jaccard', 'overlap', 'cosine', 'common_neighbors', 'adamic_adar', 'resource_allocation' or 'preferential_attachment'"
            ),
            Parameter {
                name: "pairs",
                type_name: "TABLE",
                default: Some("pairs that share a neighbour and have no edge"),
                description: "the pairs, by the first two columns"
            }
        ],
        positional: 1,
        example: "SELECT * FROM link_prediction((VALUES (1, 2), (2, 3)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let metric = super::node_similarity::metric(binder)?;
    let pairs = binder.pairs("pairs")?;
    let fields = [binder.node("node1"), binder.node("node2"), double("similarity")];
    Ok(Algorithm::new(fields, move |context| {
        let pairs = pairs.map(|list| context.pairs(list)).transpose()?;
        let options = LinkPredictionOptions { metric, pairs };
        let found = algorithms::link_prediction(context.graph, &options, context.run)?;
        Ok(Output::of_pairs(found))
    })
    .sorted_by(0))
}
