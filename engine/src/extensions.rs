//! The list of parts.

use extension::{Extension, Registry, Result};

/// Registers every part, in this order. Where two parts add to the same list, the earlier stands first.
pub(crate) fn register_all(registry: &mut Registry) -> Result<()> {
    let parts: [&dyn Extension; 6] = [
        &graphar::GraphAr,
        &catalog::Catalog,
        &functions::Functions,
        &graph::Graphs,
        &optimizer::Optimizer,
        &workflows::Workflows,
    ];
    parts.iter().try_for_each(|part| part.register(registry))
}
