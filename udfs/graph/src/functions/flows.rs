//! What `max_flow` and `min_cut` share: a source, a target, capacities, and edges with a number each.

use algorithms::{Error as KernelError, FlowOptions, Graph, Pairs, Run};
use extension::{Parameter, Result};

use crate::bind::Binder;
use crate::function::{Algorithm, WEIGHT, nodes_parameter};
use crate::output::{Output, double};

pub(super) const SOURCE: Parameter = nodes_parameter("source", "where the flow starts");
pub(super) const TARGET: Parameter = nodes_parameter("target", "where the flow ends");
pub(super) const CAPACITY: Parameter = Parameter {
    name: "capacity",
    default: Some("'capacity' if there is such a column, else 1"),
    description: "the column of edges that says how much an edge can carry",
    ..WEIGHT
};

/// The algorithm that answers with the edges that `find` finds, and the column `value` for each.
pub(super) fn algorithm(
    binder: &mut Binder<'_>,
    value: &str,
    find: fn(&Graph, &FlowOptions, &Run) -> Result<Pairs, KernelError>,
) -> Result<Algorithm> {
    let weighted = binder.weight_if_there("capacity", "capacity")?;
    let (source, target) = (binder.required_nodes("source")?, binder.required_nodes("target")?);
    let fields = [binder.node("src"), binder.node("dst"), double(value)];
    Ok(Algorithm::new(fields, move |context| {
        let options =
            FlowOptions { source: context.node(source)?, sink: context.node(target)?, weighted };
        Ok(Output::of_pairs(find(context.graph, &options, context.run)?))
    })
    .sorted_by(0))
}
