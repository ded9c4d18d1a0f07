//! `harmonic`: how near each node is to the others, unreachable ones included.

use algorithms::{Direction, HarmonicOptions};
use extension::{Parameter, Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, DIRECTION, GraphFunction, WEIGHT, option, parameters};
use crate::output::{Values, double};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "harmonic",
        aliases: &["harmonic_centrality"],
        description: "The sum of the inverses of the distances of each node from the others.",
        parameters: parameters![
            Parameter { name: "distance", ..WEIGHT },
            Parameter {
                default: Some("'in'"),
                description: "whose distances count: 'in' from the other nodes (as NetworkX does), 'out' to them, or 'both'",
                ..DIRECTION
            },
            option("normalized", "BOOLEAN", "false", "divides by the number of other nodes")
        ],
        positional: 1,
        example: "SELECT * FROM harmonic((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let options = HarmonicOptions {
        direction: binder.direction(Direction::In)?,
        normalized: binder.arguments().boolean("normalized")?.unwrap_or(false),
        weighted: binder.weight("distance")?,
    };
    Ok(Algorithm::new([binder.node("node"), double("score")], move |context| {
        let scores = algorithms::harmonic(context.graph, &options, context.run)?;
        Ok(context.output().with(Values::Doubles(scores)))
    }))
}
