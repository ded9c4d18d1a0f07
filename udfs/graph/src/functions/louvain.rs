//! `louvain`: communities of high modularity.

use algorithms::LouvainOptions;
use extension::{Result, Signature};

use super::communities::{Common, LEVELS, MAX_LEVELS, RESOLUTION, algorithm};
use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, SEED, WEIGHT, option, parameters};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "louvain",
        aliases: &[],
        description: "Communities by the Louvain method: nodes move to where the modularity of the undirected graph gains most, level by level.",
        parameters: parameters![
            RESOLUTION,
            MAX_LEVELS,
            option("max_iter", "BIGINT", "30", "the most sweeps over the nodes in a level"),
            option("tol", "DOUBLE", "1e-5", "ends when a sweep or level gains less modularity"),
            LEVELS,
            WEIGHT,
            SEED
        ],
        positional: 1,
        example: "SELECT * FROM louvain((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let LouvainOptions { resolution, max_levels, max_iterations, tolerance, .. } =
        LouvainOptions::default();
    let common = Common { resolution, max_levels, tolerance }.given(binder)?;
    let options = LouvainOptions {
        resolution: common.resolution,
        max_levels: common.max_levels,
        max_iterations: binder.count32("max_iter", 1)?.unwrap_or(max_iterations),
        tolerance: common.tolerance,
        weighted: binder.weight("weight")?,
        seed: binder.seed()?,
    };
    algorithm(binder, move |graph, run| algorithms::louvain(graph, &options, run))
}
