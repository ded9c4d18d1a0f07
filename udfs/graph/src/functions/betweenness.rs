//! `betweenness`: on how many shortest paths each node lies.

use algorithms::BetweennessOptions;
use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, SEED, WEIGHT, option, parameters};
use crate::output::{Values, double};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "betweenness",
        aliases: &["betweenness_centrality"],
        description: "The share of the shortest paths between other nodes that each node lies on.",
        parameters: parameters![
            option(
                "k",
                "BIGINT",
                "all nodes",
                "estimates from the paths that start at so many nodes, chosen at random"
            ),
            option(
                "normalized",
                "BOOLEAN",
                "true",
                "divides by the number of pairs of other nodes"
            ),
            WEIGHT,
            option("endpoints", "BOOLEAN", "false", "counts the ends of a path as on it"),
            SEED
        ],
        positional: 1,
        example: "SELECT * FROM betweenness((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let options = BetweennessOptions {
        samples: binder.count("k", 1)?,
        normalized: binder.arguments().boolean("normalized")?.unwrap_or(true),
        endpoints: binder.arguments().boolean("endpoints")?.unwrap_or(false),
        weighted: binder.weight("weight")?,
        seed: binder.seed()?,
    };
    Ok(Algorithm::new([binder.node("node"), double("score")], move |context| {
        let scores = algorithms::betweenness(context.graph, &options, context.run)?;
        Ok(context.output().with(Values::Doubles(scores)))
    }))
}
