//! `biconnected_components`: edges that lie on a common cycle.

use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, parameters};
use crate::output::{Output, Values, integer};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "biconnected_components",
        aliases: &[],
        description: "Which edges of the undirected graph lie on a common cycle. Components are numbered from 0 on by their first edges.",
        parameters: parameters![],
        positional: 1,
        example: "SELECT * FROM biconnected_components((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let fields = [binder.node("src"), binder.node("dst"), integer("component")];
    Ok(Algorithm::new(fields, move |context| {
        let found = algorithms::biconnected_components(context.graph, context.run)?;
        Ok(Output::of_rows(found.source.len())
            .with(Values::Nodes(found.source))
            .with(Values::Nodes(found.target))
            .with(Values::Counts(found.component)))
    })
    .sorted_by(2))
}
