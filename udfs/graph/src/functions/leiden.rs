//! `leiden`: communities of high modularity that hang together.

use algorithms::LeidenOptions;
use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, SEED, WEIGHT, option, parameters};
use crate::output::{Values, integer};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "leiden",
        aliases: &[],
        description: "Communities by the Leiden method: as Louvain, but each community is connected.",
        parameters: parameters![
            option("resolution", "DOUBLE", "1.0", "more makes smaller communities"),
            option("max_levels", "BIGINT", "10", "the most levels"),
            option("theta", "DOUBLE", "0.01", "the randomness of the refinement"),
            option("tol", "DOUBLE", "1e-4", "ends when a level gains less modularity"),
            option(
                "levels",
                "BOOLEAN",
                "false",
                "whether there is a row for each level, the column level numbering them from 1"
            ),
            WEIGHT,
            SEED
        ],
        positional: 1,
        example: "SELECT * FROM leiden((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let defaults = LeidenOptions::default();
    let options = LeidenOptions {
        resolution: binder
            .number("resolution", "a number above 0", |number| number > 0.0)?
            .unwrap_or(defaults.resolution),
        max_levels: binder.count32("max_levels", 1)?.unwrap_or(defaults.max_levels),
        theta: binder
            .number("theta", "a number above 0", |number| number > 0.0)?
            .unwrap_or(defaults.theta),
        tolerance: binder
            .number("tol", "a number from 0 on", |number| number >= 0.0)?
            .unwrap_or(defaults.tolerance),
        weighted: binder.weight("weight")?,
        seed: binder.seed()?,
    };
    let levels = binder.arguments().boolean("levels")?.unwrap_or(false);
    let mut fields = vec![binder.node("node"), integer("community")];
    if levels {
        fields.insert(1, integer("level"));
    }
    let sorted_by = fields.len() - 1;
    Ok(Algorithm::new(fields, move |context| {
        let found = algorithms::leiden(context.graph, &options, context.run)?;
        Ok(match levels {
            true => super::louvain::by_level(&found.levels, context.graph.nodes()),
            false => context.output().with(Values::Counts(found.community)),
        })
    })
    .sorted_by(sorted_by))
}
