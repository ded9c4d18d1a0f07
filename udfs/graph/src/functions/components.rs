//! What `wcc` and `scc` share: components by number, or by their smallest nodes.

use algorithms::{Components, Error as KernelError, Graph, Run};
use extension::{Parameter, Result};

use crate::bind::Binder;
use crate::function::{Algorithm, option};
use crate::output::{Values, integer};

pub(super) const COMPONENT_LABEL: Parameter = option(
    "component_label",
    "VARCHAR",
    "'number'",
    "'number', or 'min_node' for the smallest node of the component in the place of its number",
);

/// The algorithm that answers with the components that `find` finds.
pub(super) fn algorithm(
    binder: &Binder<'_>,
    find: fn(&Graph, &Run) -> Result<Components, KernelError>,
) -> Result<Algorithm> {
    let by_node =
        binder.choice("component_label", false, &[("number", false), ("min_node", true)])?;
    let component = match by_node {
        true => binder.node("component"),
        false => integer("component"),
    };
    Ok(Algorithm::new([binder.node("node"), component], move |context| {
        let found = find(context.graph, context.run)?;
        let smallest = |component: &u32| found.smallest[*component as usize];
        Ok(context.output().with(match by_node {
            true => Values::Nodes(found.component.iter().map(smallest).collect()),
            false => Values::Counts(found.component),
        }))
    }))
}
