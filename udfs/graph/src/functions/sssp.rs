//! `sssp`: the shortest paths from some nodes to all others.

use algorithms::{Direction, ShortestPathAlgorithm, SsspOptions};
use extension::{Parameter, Result, Signature};

use crate::bind::Binder;
use crate::function::{
    Algorithm, DIRECTION, GraphFunction, WEIGHT_IF_THERE, nodes_parameter, option, parameters,
};
use crate::output::{Values, double, nullable};
use crate::search::{Found, INCLUDE_UNREACHABLE, MULTI, search};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "sssp",
        aliases: &["shortest_paths", "dijkstra"],
        description: "The length of the shortest path to each node from the nearest of the sources, and the node before it on that path.",
        parameters: parameters![
            nodes_parameter(
                "source",
                "where paths start: a node, a list of nodes, or a query of nodes"
            ),
            WEIGHT_IF_THERE,
            Parameter {
                name: "target",
                type_name: "ANY",
                default: Some("NULL"),
                description: "ends when the distance of this node is known; those further away are left out"
            },
            option("cutoff", "DOUBLE", "NULL", "leaves out nodes further away than this"),
            option("delta", "DOUBLE", "from the weights", "the width of a step of delta stepping"),
            option(
                "algorithm",
                "VARCHAR",
                "'auto'",
                "'auto', 'dijkstra', 'delta_stepping', or 'bellman_ford', which allows negative weights"
            ),
            DIRECTION,
            INCLUDE_UNREACHABLE,
            MULTI
        ],
        positional: 2,
        example: "SELECT * FROM sssp((SELECT * FROM (VALUES ('a', 'b', 2.5), ('b', 'c', 1.0)) AS roads(src, dst, km)), 'a', weight => 'km')",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    use ShortestPathAlgorithm as A;
    let options = SsspOptions {
        sources: vec![],
        target: None,
        cutoff: binder.number("cutoff", "a finite number", |_| true)?,
        delta: binder.number("delta", "a number above 0", |number| number > 0.0)?,
        algorithm: binder.choice(
            "algorithm",
            A::Auto,
            &[
                ("auto", A::Auto),
                ("dijkstra", A::Dijkstra),
                ("delta_stepping", A::DeltaStepping),
                ("bellman_ford", A::BellmanFord),
            ],
        )?,
        direction: binder.direction(Direction::Out)?,
        weighted: binder.weight_if_there("weight", "weight")?,
    };
    let target = binder.nodes("target")?;
    let fields = vec![
        binder.node("node"),
        nullable(double("distance")),
        nullable(binder.node("predecessor")),
    ];
    search(binder, fields, move |context, sources| {
        let target = target.map(|list| context.node(list)).transpose()?;
        let options = SsspOptions { sources, target, ..options.clone() };
        let found = algorithms::sssp(context.graph, &options, context.run)?;
        let reached = found.distance.iter().map(|distance| distance.is_finite()).collect();
        Ok(Found {
            reached,
            columns: vec![Values::Distances(found.distance), Values::Nodes(found.predecessor)],
        })
    })
}
