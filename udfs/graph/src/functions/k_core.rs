//! `k_core`: how deep in dense parts each node lies.

use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, option, parameters};
use crate::output::{Output, Values, integer};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "k_core",
        aliases: &["core_number"],
        description: "The core number of each node: the largest k such that it is in a part of the undirected graph whose nodes all have k neighbours there.",
        parameters: parameters![option(
            "k",
            "BIGINT",
            "NULL",
            "leaves out nodes of a smaller core number"
        )],
        positional: 1,
        example: "SELECT * FROM k_core((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let least = binder.count32("k", 0)?.unwrap_or(0);
    Ok(Algorithm::new([binder.node("node"), integer("core")], move |context| {
        let cores = algorithms::k_core(context.graph, context.run)?;
        let kept = cores.iter().zip(0..).filter(|(core, _)| **core >= least);
        let (cores, nodes): (Vec<u32>, Vec<u32>) = kept.map(|(core, node)| (*core, node)).unzip();
        Ok(Output::of_rows(nodes.len()).with(Values::Nodes(nodes)).with(Values::Counts(cores)))
    }))
}
