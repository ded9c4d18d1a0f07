//! `shortest_path`: the shortest paths between two nodes.

use algorithms::{Direction, Path, ShortestPathOptions};
use arrow::datatypes::FieldRef;
use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{
    Algorithm, DIRECTION, GraphFunction, WEIGHT, nodes_parameter, option, parameters,
};
use crate::output::{Output, Values, double, integer, list_of};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "shortest_path",
        aliases: &["yens", "k_shortest_paths"],
        description: "The shortest path from one node to another, or the k shortest ones without repeated nodes, shortest first. No rows if the target cannot be reached.",
        parameters: parameters![
            nodes_parameter("source", "where the path starts"),
            nodes_parameter("target", "where the path ends"),
            WEIGHT,
            option("k", "BIGINT", "1", "how many paths at most"),
            DIRECTION
        ],
        positional: 3,
        example: "SELECT * FROM shortest_path((VALUES (1, 2), (2, 3), (3, 1), (3, 4)), 1, 4)",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let options = ShortestPathOptions {
        count: binder.count("k", 1)?.unwrap_or(1),
        direction: binder.direction(Direction::Out)?,
        weighted: binder.weight("weight")?,
        ..Default::default()
    };
    let (source, target) = (binder.required_nodes("source")?, binder.required_nodes("target")?);
    let fields = columns(binder);
    Ok(Algorithm::new(fields, move |context| {
        let options = ShortestPathOptions {
            source: context.node(source)?,
            target: context.node(target)?,
            ..options.clone()
        };
        Ok(rows(algorithms::shortest_path(context.graph, &options, context.run)?))
    }))
}

/// The columns of paths.
pub(super) fn columns(binder: &Binder<'_>) -> Vec<FieldRef> {
    vec![
        integer("path_id"),
        double("cost"),
        list_of("path", &binder.node("node")),
        list_of("costs", &double("cost")),
    ]
}

/// The rows of paths.
pub(super) fn rows(paths: Vec<Path>) -> Output {
    let mut offsets = vec![0];
    let (mut nodes, mut costs, mut totals) = (vec![], vec![], vec![]);
    for path in paths {
        totals.push(path.cost());
        nodes.extend(path.nodes);
        costs.extend(path.costs);
        offsets.push(nodes.len());
    }
    Output::of_rows(totals.len())
        .with(Values::Integers((1..=totals.len() as i64).collect()))
        .with(Values::Doubles(totals))
        .with(Values::NodeLists(offsets.clone(), nodes))
        .with(Values::DoubleLists(offsets, costs))
}
