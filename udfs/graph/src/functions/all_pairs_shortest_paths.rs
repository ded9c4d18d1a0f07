//! `all_pairs_shortest_paths`: the distances between all nodes.

use algorithms::{AllPairsOptions, Direction};
use extension::{Parameter, Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, DIRECTION, GraphFunction, WEIGHT, option, parameters};
use crate::output::{Output, double};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "all_pairs_shortest_paths",
        aliases: &["apsp"],
        description: "The length of the shortest path from every node, or from some, to every node that it reaches, itself included.",
        parameters: parameters![
            WEIGHT,
            option("cutoff", "DOUBLE", "NULL", "leaves out pairs further apart than this"),
            Parameter {
                name: "sources",
                type_name: "ANY | ANY[] | TABLE",
                default: Some("all nodes"),
                description: "where paths start"
            },
            DIRECTION
        ],
        positional: 1,
        example: "SELECT * FROM all_pairs_shortest_paths((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let options = AllPairsOptions {
        sources: None,
        cutoff: binder.number("cutoff", "a finite number", |_| true)?,
        direction: binder.direction(Direction::Out)?,
        weighted: binder.weight("weight")?,
    };
    let sources = binder.nodes("sources")?;
    let fields = [binder.node("source"), binder.node("target"), double("distance")];
    Ok(Algorithm::new(fields, move |context| {
        let sources = match sources {
            Some(list) => {
                let mut sources = context.nodes(list)?;
                sources.sort_unstable();
                sources.dedup();
                Some(sources)
            }
            None => None,
        };
        let options = AllPairsOptions { sources, ..options.clone() };
        let found = algorithms::all_pairs_shortest_paths(context.graph, &options, context.run)?;
        Ok(Output::of_pairs(found))
    })
    .sorted_by(2))
}
