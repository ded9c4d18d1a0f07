//! `dfs`: the order in which a depth-first search meets the nodes.

use algorithms::{DfsOptions, Direction, NONE};
use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, DIRECTION, GraphFunction, nodes_parameter, option, parameters};
use crate::output::{Values, integer, nullable};
use crate::search::{Found, INCLUDE_UNREACHABLE, MULTI, search};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "dfs",
        aliases: &["depth_first_search"],
        description: "The order in which a depth-first search from the sources meets the nodes, smaller neighbours first.",
        parameters: parameters![
            nodes_parameter(
                "source",
                "where the search starts: a node, a list of nodes, or a query of nodes"
            ),
            option("max_depth", "BIGINT", "NULL", "goes no deeper than this many edges"),
            DIRECTION,
            INCLUDE_UNREACHABLE,
            MULTI
        ],
        positional: 2,
        example: "SELECT * FROM dfs((VALUES (1, 2), (2, 3), (3, 1), (3, 4)), 1)",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let options = DfsOptions {
        sources: vec![],
        max_depth: binder.count32("max_depth", 0)?,
        direction: binder.direction(Direction::Out)?,
    };
    let fields = vec![
        binder.node("node"),
        nullable(integer("order")),
        nullable(integer("depth")),
        nullable(binder.node("predecessor")),
    ];
    search(binder, fields, move |context, sources| {
        let options = DfsOptions { sources, ..options.clone() };
        let found = algorithms::dfs(context.graph, &options, context.run)?;
        let reached = found.order.iter().map(|order| *order != NONE).collect();
        Ok(Found {
            reached,
            columns: vec![
                Values::Counts(found.order),
                Values::Counts(found.depth),
                Values::Nodes(found.predecessor),
            ],
        })
    })
}
