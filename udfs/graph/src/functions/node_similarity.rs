//! `node_similarity`: nodes with similar neighbours.

use algorithms::{Direction, Metric, SimilarityOptions};
use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, DIRECTION, GraphFunction, option, parameters};
use crate::output::{Output, double};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "node_similarity",
        aliases: &["similarity"],
        description: "For each node the nodes that share most of its neighbours, most similar first.",
        parameters: parameters![
            option(
                "metric",
                "VARCHAR",
                "'jaccard'",
                "'jaccard', 'overlap', 'cosine', 'common_neighbors', 'adamic_adar', 'resource_allocation' or 'preferential_attachment'"
            ),
            option("top_k", "BIGINT", "10", "how many nodes for each"),
            option("degree_cutoff", "BIGINT", "1", "leaves out nodes with fewer neighbours"),
            option(
                "similarity_cutoff",
                "DOUBLE",
                "1e-42",
                "leaves out pairs that are less similar"
            ),
            DIRECTION
        ],
        positional: 1,
        example: "SELECT * FROM node_similarity((VALUES (1, 10), (2, 10), (2, 11)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let defaults = SimilarityOptions::default();
    let options = SimilarityOptions {
        metric: metric(binder)?,
        top_k: binder.count("top_k", 1)?.unwrap_or(defaults.top_k),
        degree_cutoff: binder.count("degree_cutoff", 0)?.unwrap_or(defaults.degree_cutoff),
        similarity_cutoff: binder
            .number("similarity_cutoff", "a finite number", |_| true)?
            .unwrap_or(defaults.similarity_cutoff),
        direction: binder.direction(Direction::Out)?,
    };
    let fields = [binder.node("node1"), binder.node("node2"), double("similarity")];
    Ok(Algorithm::new(fields, move |context| {
        let found = algorithms::node_similarity(context.graph, &options, context.run)?;
        Ok(Output::of_pairs(found))
    }))
}

/// The measure of likeness that a call names.
pub(super) fn metric(binder: &Binder<'_>) -> Result<Metric> {
    binder.choice(
        "metric",
        Metric::Jaccard,
        &[
            ("jaccard", Metric::Jaccard),
            ("overlap", Metric::Overlap),
            ("cosine", Metric::Cosine),
            ("common_neighbors", Metric::CommonNeighbors),
            ("adamic_adar", Metric::AdamicAdar),
            ("resource_allocation", Metric::ResourceAllocation),
            ("preferential_attachment", Metric::PreferentialAttachment),
        ],
    )
}
