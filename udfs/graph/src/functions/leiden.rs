//! `leiden`: communities of high modularity that hang together.

use algorithms::LeidenOptions;
use extension::{Result, Signature};

use super::communities::{Common, LEVELS, MAX_LEVELS, RESOLUTION, algorithm};
use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, SEED, WEIGHT, option, parameters};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "leiden",
        aliases: &[],
        description: "Communities by the Leiden method: as Louvain, but each community is connected.",
        parameters: parameters![
            RESOLUTION,
            MAX_LEVELS,
            option(
                "n_iterations",
                "BIGINT",
                "2",
                "the most rounds over all levels, each beginning with the communities of the one before"
            ),
            option("theta", "DOUBLE", "0.01", "the randomness of the refinement"),
            option("tol", "DOUBLE", "1e-4", "ends when a level or round gains less modularity"),
            LEVELS,
            WEIGHT,
            SEED
        ],
        positional: 1,
        example: "SELECT * FROM leiden((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let LeidenOptions { resolution, max_levels, rounds, theta, tolerance, .. } =
        LeidenOptions::default();
    let common = Common { resolution, max_levels, tolerance }.given(binder)?;
    let given = binder.number("theta", "a number above 0", |number| number > 0.0)?;
    let options = LeidenOptions {
        resolution: common.resolution,
        max_levels: common.max_levels,
        rounds: binder.count32("n_iterations", 1)?.unwrap_or(rounds),
        theta: given.unwrap_or(theta),
        tolerance: common.tolerance,
        weighted: binder.weight("weight")?,
        seed: binder.seed()?,
    };
    algorithm(binder, move |graph, run| algorithms::leiden(graph, &options, run))
}
