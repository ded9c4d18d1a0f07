//! `katz`: nodes that many walks lead to.

use algorithms::KatzOptions;
use extension::{Result, Signature};

use super::convergence::{ON_NO_CONVERGENCE, TOLERANCE, check, insists};
use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, WEIGHT, option, parameters};
use crate::output::{Values, double};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "katz",
        aliases: &["katz_centrality"],
        description: "Scores by the number of walks that end at each node, longer ones counting less.",
        parameters: parameters![
            option(
                "alpha",
                "DOUBLE",
                "0.1",
                "how much of the score of the nodes that point here counts"
            ),
            option("beta", "DOUBLE", "1.0", "the score that each node has to begin with"),
            option("max_iter", "BIGINT", "1000", "the most iterations"),
            TOLERANCE,
            option("normalized", "BOOLEAN", "true", "makes the squares of the scores sum to 1"),
            WEIGHT,
            ON_NO_CONVERGENCE
        ],
        positional: 1,
        example: "SELECT * FROM katz((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let defaults = KatzOptions::default();
    let options = KatzOptions {
        alpha: binder.number("alpha", "a finite number", |_| true)?.unwrap_or(defaults.alpha),
        beta: binder.number("beta", "a finite number", |_| true)?.unwrap_or(defaults.beta),
        max_iterations: binder.count32("max_iter", 1)?.unwrap_or(defaults.max_iterations),
        tolerance: binder
            .number("tol", "a number above 0", |number| number > 0.0)?
            .unwrap_or(defaults.tolerance),
        normalized: binder.arguments().boolean("normalized")?.unwrap_or(true),
        weighted: binder.weight("weight")?,
    };
    let insists = insists(binder, true)?;
    Ok(Algorithm::new([binder.node("node"), double("score")], move |context| {
        let found = algorithms::katz(context.graph, &options, context.run)?;
        check(
            context,
            (found.converged, found.iterations, found.change),
            insists,
            options.tolerance,
        )?;
        Ok(context.output().with(Values::Doubles(found.scores)))
    }))
}
