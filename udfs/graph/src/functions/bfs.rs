//! `bfs`: how many edges away each node is.

use algorithms::{BfsOptions, Direction, NONE};
use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, DIRECTION, GraphFunction, nodes_parameter, option, parameters};
use crate::output::{Values, integer, nullable};
use crate::search::{Found, INCLUDE_UNREACHABLE, MULTI, search};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "bfs",
        aliases: &["breadth_first_search"],
        description: "How many edges away each node is from the nearest of the sources, and the node before it on the way.",
        parameters: parameters![
            nodes_parameter(
                "source",
                "where the search starts: a node, a list of nodes, or a query of nodes"
            ),
            option("max_depth", "BIGINT", "NULL", "goes no further than this many edges"),
            DIRECTION,
            INCLUDE_UNREACHABLE,
            MULTI,
        ],
        positional: 2,
        example: "SELECT * FROM bfs((VALUES ('a', 'b'), ('b', 'c')), 'a')",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let options = BfsOptions {
        sources: vec![],
        max_depth: binder.count32("max_depth", 0)?,
        direction: binder.direction(Direction::Out)?,
    };
    let fields = vec![
        binder.node("node"),
        nullable(integer("distance")),
        nullable(binder.node("predecessor")),
    ];
    search(binder, fields, move |context, sources| {
        let options = BfsOptions { sources, ..options.clone() };
        let found = algorithms::bfs(context.graph, &options, context.run)?;
        let reached = found.distance.iter().map(|distance| *distance != NONE).collect();
        Ok(Found {
            reached,
            columns: vec![Values::Counts(found.distance), Values::Nodes(found.predecessor)],
        })
    })
}
