//! `k_truss`: how deep in dense parts each edge lies.

use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, option, parameters};
use crate::output::{Output, Values, integer};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "k_truss",
        aliases: &["truss_number"],
        description: "The truss number of each edge of the undirected graph: the largest k such that it is in a part whose edges are each in k - 2 triangles there.",
        parameters: parameters![option(
            "k",
            "BIGINT",
            "2",
            "leaves out edges of a smaller truss number"
        )],
        positional: 1,
        example: "SELECT * FROM k_truss((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let least = binder.count32("k", 0)?.unwrap_or(0);
    let fields = [binder.node("src"), binder.node("dst"), integer("truss")];
    Ok(Algorithm::new(fields, move |context| {
        let found = algorithms::k_truss(context.graph, context.run)?;
        let kept: Vec<bool> = found.truss.iter().map(|truss| *truss >= least).collect();
        let rows = kept.iter().filter(|kept| **kept).count();
        let mut output = Output::of_rows(rows);
        for mut column in
            [Values::Nodes(found.source), Values::Nodes(found.target), Values::Counts(found.truss)]
        {
            column.retain(&kept);
            output = output.with(column);
        }
        Ok(output)
    })
    .sorted_by(2))
}
