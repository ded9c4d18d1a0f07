//! `triangle_count`: the triangles each node is in.

use algorithms::TriangleOptions;
use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, option, parameters};
use crate::output::{Values, integer};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "triangle_count",
        aliases: &["triangles"],
        description: "How many triangles of the undirected graph each node is in.",
        parameters: parameters![option(
            "max_degree",
            "BIGINT",
            "NULL",
            "leaves out nodes with more neighbours than this"
        )],
        positional: 1,
        example: "SELECT * FROM triangle_count((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let options = TriangleOptions { max_degree: binder.count("max_degree", 0)? };
    Ok(Algorithm::new([binder.node("node"), integer("triangles")], move |context| {
        let found = algorithms::triangle_count(context.graph, &options, context.run)?;
        let counts = found.triangles.into_iter().map(|count| count as i64).collect();
        Ok(context.output().with(Values::Integers(counts)))
    }))
}
