//! `topological_sort`: an order in which every edge leads onwards.

use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, parameters};
use crate::output::{Values, integer};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "topological_sort",
        aliases: &[],
        description: "The place of each node in an order in which every edge leads onwards, and the number of edges of the longest path to it. Of nodes that could come next the smallest does.",
        parameters: parameters![],
        positional: 1,
        example: "SELECT * FROM topological_sort((VALUES ('shirt', 'tie'), ('tie', 'jacket')))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let fields = [binder.node("node"), integer("order"), integer("generation")];
    Ok(Algorithm::new(fields, move |context| {
        let found = algorithms::topological_sort(context.graph, context.run)?;
        Ok(context
            .output()
            .with(Values::Counts(found.position))
            .with(Values::Counts(found.generation)))
    }))
}
