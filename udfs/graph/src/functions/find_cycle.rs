//! `find_cycle`: a cycle, if there is one.

use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, parameters};
use crate::output::{Output, Values, integer};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "find_cycle",
        aliases: &["cycle"],
        description: "The nodes of a cycle in its order, each once; no rows if there is none.",
        parameters: parameters![],
        positional: 1,
        example: "SELECT * FROM find_cycle((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    Ok(Algorithm::new([integer("position"), binder.node("node")], move |context| {
        let found = algorithms::find_cycle(context.graph, context.run)?.unwrap_or_default();
        Ok(Output::of_rows(found.len())
            .with(Values::Integers((1..=found.len() as i64).collect()))
            .with(Values::Nodes(found)))
    }))
}
