//! `local_clustering_coefficient`: how close to a clique each neighbourhood is.

use algorithms::ClusteringOptions;
use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, parameters};
use crate::output::{Values, double};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "local_clustering_coefficient",
        aliases: &["lcc", "clustering", "clustering_coefficient"],
        description: "The share of the possible edges between the neighbours of each node that there are. In a directed graph an edge there and one back count each (LDBC Graphalytics).",
        parameters: parameters![],
        positional: 1,
        example: "SELECT * FROM local_clustering_coefficient((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    Ok(Algorithm::new([binder.node("node"), double("coefficient")], move |context| {
        let options = ClusteringOptions { directed: None };
        let found = algorithms::local_clustering_coefficient(context.graph, &options, context.run)?;
        Ok(context.output().with(Values::Doubles(found)))
    }))
}
