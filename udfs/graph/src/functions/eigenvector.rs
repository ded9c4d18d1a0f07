//! `eigenvector`: nodes that important nodes point to.

use algorithms::EigenvectorOptions;
use extension::{Result, Signature};

use super::convergence::{ON_NO_CONVERGENCE, TOLERANCE, check, insists};
use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, WEIGHT, option, parameters};
use crate::output::{Values, double};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "eigenvector",
        aliases: &["eigenvector_centrality"],
        description: "Scores in proportion to the sum of the scores of the nodes that point to each node; their squares sum to 1.",
        parameters: parameters![
            option("max_iter", "BIGINT", "100", "the most iterations"),
            TOLERANCE,
            WEIGHT,
            ON_NO_CONVERGENCE
        ],
        positional: 1,
        example: "SELECT * FROM eigenvector((VALUES (1, 2), (2, 3), (3, 1), (3, 4)), directed => false)",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let defaults = EigenvectorOptions::default();
    let options = EigenvectorOptions {
        max_iterations: binder.count32("max_iter", 1)?.unwrap_or(defaults.max_iterations),
        tolerance: binder
            .number("tol", "a number above 0", |number| number > 0.0)?
            .unwrap_or(defaults.tolerance),
        weighted: binder.weight("weight")?,
    };
    let insists = insists(binder, true)?;
    Ok(Algorithm::new([binder.node("node"), double("score")], move |context| {
        let found = algorithms::eigenvector(context.graph, &options, context.run)?;
        check(
            context,
            (found.converged, found.iterations, found.change),
            insists,
            options.tolerance,
        )?;
        Ok(context.output().with(Values::Doubles(found.scores)))
    }))
}
