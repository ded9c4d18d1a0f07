//! `eigenvector`: nodes that important nodes point to.

use algorithms::EigenvectorOptions;
use extension::{Result, Signature};

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
            option(
                "tol",
                "DOUBLE",
                "1e-6",
                "ends when the scores together changed by less than this for each node"
            ),
            WEIGHT,
            option(
                "on_no_convergence",
                "VARCHAR",
                "'error'",
                "'error', or 'warn' to answer with what was reached"
            )
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
    let insist = binder.choice("on_no_convergence", true, &[("error", true), ("warn", false)])?;
    Ok(Algorithm::new([binder.node("node"), double("score")], move |context| {
        let found = algorithms::eigenvector(context.graph, &options, context.run)?;
        super::converged(
            found.converged || !insist,
            found.iterations,
            found.change,
            options.tolerance,
        )?;
        Ok(context.output().with(Values::Doubles(found.scores)))
    }))
}
