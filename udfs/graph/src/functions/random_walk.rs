//! `random_walk`: walks along random edges.

use algorithms::{Direction, RandomWalkOptions};
use extension::{Parameter, Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, DIRECTION, GraphFunction, SEED, WEIGHT, option, parameters};
use crate::output::{Output, Values, integer, list_of};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "random_walk",
        aliases: &["node2vec_walk"],
        description: "Walks along random edges from each source, plain or with the two factors of node2vec.",
        parameters: parameters![
            Parameter {
                name: "sources",
                type_name: "ANY | ANY[] | TABLE",
                default: Some("all nodes"),
                description: "where walks start"
            },
            option(
                "walk_length",
                "BIGINT",
                "80",
                "the number of nodes of a walk, unless no edge leads on"
            ),
            option("walks_per_node", "BIGINT", "10", "the number of walks from each source"),
            option(
                "in_out_factor",
                "DOUBLE",
                "1.0",
                "more keeps the walk near where it was (node2vec's q)"
            ),
            option(
                "return_factor",
                "DOUBLE",
                "1.0",
                "more keeps the walk from going straight back (node2vec's p)"
            ),
            DIRECTION,
            WEIGHT,
            SEED
        ],
        positional: 1,
        example: "SELECT * FROM random_walk((VALUES (1, 2), (2, 3), (3, 1), (3, 4)), walk_length => 3, walks_per_node => 1)",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let factor = |name: &str| {
        let number = binder.number(name, "a number above 0", |number| number > 0.0)?;
        Ok::<f64, extension::Error>(number.unwrap_or(1.0))
    };
    let (in_out_factor, return_factor) = (factor("in_out_factor")?, factor("return_factor")?);
    let options = RandomWalkOptions {
        sources: None,
        walk_length: binder.count("walk_length", 1)?.unwrap_or(80),
        walks_per_node: binder.count("walks_per_node", 0)?.unwrap_or(10),
        in_out_factor,
        return_factor,
        direction: binder.direction(Direction::Out)?,
        weighted: binder.weight("weight")?,
        seed: binder.seed()?,
    };
    let sources = binder.nodes("sources")?;
    let fields = [integer("walk_id"), list_of("path", &binder.node("node"))];
    Ok(Algorithm::new(fields, move |context| {
        let sources = sources.map(|list| context.nodes(list)).transpose()?;
        let options = RandomWalkOptions { sources, ..options.clone() };
        let found = algorithms::random_walk(context.graph, &options, context.run)?;
        let rows = found.offsets.len().saturating_sub(1);
        Ok(Output::of_rows(rows)
            .with(Values::Integers((1..=rows as i64).collect()))
            .with(Values::NodeLists(found.offsets, found.nodes)))
    }))
}
