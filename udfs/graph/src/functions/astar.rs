//! `astar`: the shortest path between two places on Earth, searched towards the target.

use algorithms::{Coordinates, Direction, ShortestPathOptions};
use extension::{Result, Signature};

use super::shortest_path::{columns, rows};
use crate::bind::Binder;
use crate::function::{
    Algorithm, DIRECTION, GraphFunction, WEIGHT_IF_THERE, nodes_parameter, option, parameters,
};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "astar",
        aliases: &["a_star"],
        description: "The shortest path from one node to another, searched towards the target by the great-circle distance. The table of nodes says where nodes lie; no edge may weigh less than that distance.",
        parameters: parameters![
            nodes_parameter("source", "where the path starts"),
            nodes_parameter("target", "where the path ends"),
            WEIGHT_IF_THERE,
            option("latitude", "VARCHAR", "'latitude'", "the column of nodes with degrees north"),
            option("longitude", "VARCHAR", "'longitude'", "the column of nodes with degrees east"),
            option(
                "radius",
                "DOUBLE",
                "6371.0",
                "the radius of Earth in the unit of the weights; 6371 for kilometres"
            ),
            DIRECTION
        ],
        positional: 3,
        example: "SELECT * FROM astar((SELECT * FROM (VALUES (1, 2, 60.0), (2, 3, 200.0)) AS e(src, dst, weight)), 1, 3, nodes => (SELECT * FROM (VALUES (1, 48.0, 11.0), (2, 48.5, 11.0), (3, 49.0, 9.0)) AS n(id, latitude, longitude)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let name = |parameter: &'static str| {
        Ok::<_, extension::Error>(
            binder.arguments().string(parameter)?.unwrap_or_else(|| parameter.to_string()),
        )
    };
    let (latitude, longitude) = (name("latitude")?, name("longitude")?);
    let radius =
        binder.number("radius", "a number above 0", |number| number > 0.0)?.unwrap_or(6371.0);
    let latitude = binder.node_column("latitude", &latitude)?;
    let longitude = binder.node_column("longitude", &longitude)?;
    let options = ShortestPathOptions {
        direction: binder.direction(Direction::Out)?,
        weighted: binder.weight_if_there("weight", "weight")?,
        ..Default::default()
    };
    let (source, target) = (binder.required_nodes("source")?, binder.required_nodes("target")?);
    let fields = columns(binder);
    Ok(Algorithm::new(fields, move |context| {
        let coordinates = Coordinates {
            latitude: context.node_values(latitude, "latitude")?.to_vec(),
            longitude: context.node_values(longitude, "longitude")?.to_vec(),
            radius,
        };
        let options = ShortestPathOptions {
            source: context.node(source)?,
            target: context.node(target)?,
            coordinates: Some(coordinates),
            ..options.clone()
        };
        Ok(rows(algorithms::shortest_path(context.graph, &options, context.run)?))
    }))
}
