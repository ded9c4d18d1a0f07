//! `articulation_points`: nodes without which the graph falls apart.

use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, parameters};
use crate::output::{Output, Values};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "articulation_points",
        aliases: &[],
        description: "The nodes of the undirected graph whose removal disconnects some of their neighbours.",
        parameters: parameters![],
        positional: 1,
        example: "SELECT * FROM articulation_points((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    Ok(Algorithm::new([binder.node("node")], move |context| {
        let found = algorithms::articulation_points(context.graph, context.run)?;
        Ok(Output::of_rows(found.len()).with(Values::Nodes(found)))
    }))
}
