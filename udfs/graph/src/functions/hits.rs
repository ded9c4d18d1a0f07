//! `hits`: hubs and authorities.

use algorithms::HitsOptions;
use extension::{Result, Signature};

use super::convergence::{ON_NO_CONVERGENCE, check, insists};
use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, WEIGHT, option, parameters};
use crate::output::{Values, double};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "hits",
        aliases: &[],
        description: "How good a hub each node is, pointing to good authorities, and how good an authority, good hubs pointing to it.",
        parameters: parameters![
            option("max_iter", "BIGINT", "100", "the most iterations"),
            option("tol", "DOUBLE", "1e-8", "ends when the hub scores together changed by less"),
            option("normalized", "BOOLEAN", "true", "makes the scores sum to 1"),
            WEIGHT,
            ON_NO_CONVERGENCE
        ],
        positional: 1,
        example: "SELECT * FROM hits((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let defaults = HitsOptions::default();
    let options = HitsOptions {
        max_iterations: binder.count32("max_iter", 1)?.unwrap_or(defaults.max_iterations),
        tolerance: binder
            .number("tol", "a number above 0", |number| number > 0.0)?
            .unwrap_or(defaults.tolerance),
        normalized: binder.arguments().boolean("normalized")?.unwrap_or(true),
        weighted: binder.weight("weight")?,
    };
    let insists = insists(binder, true)?;
    let fields = [binder.node("node"), double("hub"), double("authority")];
    Ok(Algorithm::new(fields, move |context| {
        let found = algorithms::hits(context.graph, &options, context.run)?;
        check(
            context,
            (found.converged, found.iterations, found.change),
            insists,
            options.tolerance,
        )?;
        Ok(context.output().with(Values::Doubles(found.hub)).with(Values::Doubles(found.authority)))
    }))
}
