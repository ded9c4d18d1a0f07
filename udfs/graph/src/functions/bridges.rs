//! `bridges`: edges without which the graph falls apart.

use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, parameters};
use crate::output::{Output, Values};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "bridges",
        aliases: &[],
        description: "The edges of the undirected graph whose removal disconnects their ends.",
        parameters: parameters![],
        positional: 1,
        example: "SELECT * FROM bridges((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    Ok(Algorithm::new([binder.node("src"), binder.node("dst")], move |context| {
        let found = algorithms::bridges(context.graph, context.run)?;
        let (sources, targets) = found.into_iter().unzip::<_, _, Vec<_>, Vec<_>>();
        Ok(Output::of_rows(sources.len()).with(Values::Nodes(sources)).with(Values::Nodes(targets)))
    })
    .sorted_by(2))
}
