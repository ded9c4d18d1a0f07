//! `louvain`: communities of high modularity.

use algorithms::LouvainOptions;
use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, SEED, WEIGHT, option, parameters};
use crate::output::{Output, Values, integer};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "louvain",
        aliases: &[],
        description: "Communities by the Louvain method: nodes move to where the modularity of the undirected graph gains most, level by level.",
        parameters: parameters![
            option("resolution", "DOUBLE", "1.0", "more makes smaller communities"),
            option("max_levels", "BIGINT", "10", "the most levels"),
            option("max_iter", "BIGINT", "10", "the most sweeps over the nodes in a level"),
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
        example: "SELECT * FROM louvain((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let defaults = LouvainOptions::default();
    let options = LouvainOptions {
        resolution: binder
            .number("resolution", "a number above 0", |number| number > 0.0)?
            .unwrap_or(defaults.resolution),
        max_levels: binder.count32("max_levels", 1)?.unwrap_or(defaults.max_levels),
        max_iterations: binder.count32("max_iter", 1)?.unwrap_or(defaults.max_iterations),
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
        let found = algorithms::louvain(context.graph, &options, context.run)?;
        Ok(match levels {
            true => by_level(&found.levels, context.graph.nodes()),
            false => context.output().with(Values::Counts(found.community)),
        })
    })
    .sorted_by(sorted_by))
}

/// A row for each node and level.
pub(super) fn by_level(levels: &[Vec<u32>], nodes: usize) -> Output {
    let rows = nodes * levels.len();
    let (mut node, mut level) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let mut community = Vec::with_capacity(rows);
    for index in 0..nodes {
        for (number, communities) in levels.iter().enumerate() {
            node.push(index as u32);
            level.push(number as i64 + 1);
            community.push(communities[index]);
        }
    }
    Output::of_rows(rows)
        .with(Values::Nodes(node))
        .with(Values::Integers(level))
        .with(Values::Counts(community))
}
