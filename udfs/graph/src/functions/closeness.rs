//! `closeness`: how near each node is to the others.

use algorithms::{ClosenessOptions, Direction};
use extension::{Parameter, Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, DIRECTION, GraphFunction, WEIGHT, option, parameters};
use crate::output::{Values, double};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "closeness",
        aliases: &["closeness_centrality"],
        description: "The inverse of the mean distance of each node from those that reach it.",
        parameters: parameters![
            option(
                "wf_improved",
                "BOOLEAN",
                "true",
                "scales by the share of the nodes that are reached"
            ),
            Parameter { name: "distance", ..WEIGHT },
            Parameter {
                default: Some("'in'"),
                description: "whose distances count: 'in' from the other nodes (as NetworkX does), 'out' to them, or 'both'",
                ..DIRECTION
            }
        ],
        positional: 1,
        example: "SELECT * FROM closeness((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let options = ClosenessOptions {
        wf_improved: binder.arguments().boolean("wf_improved")?.unwrap_or(true),
        direction: binder.direction(Direction::In)?,
        weighted: binder.weight("distance")?,
    };
    Ok(Algorithm::new([binder.node("node"), double("score")], move |context| {
        let scores = algorithms::closeness(context.graph, &options, context.run)?;
        Ok(context.output().with(Values::Doubles(scores)))
    }))
}
