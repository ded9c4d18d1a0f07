//! What `louvain` and `leiden` share: communities, and those of every level if they are wanted.

use algorithms::{Communities, Error as KernelError, Graph, Run};
use extension::{Parameter, Result};

use crate::bind::Binder;
use crate::function::{Algorithm, option};
use crate::output::{Output, Values, integer};

pub(super) const RESOLUTION: Parameter =
    option("resolution", "DOUBLE", "1.0", "more makes smaller communities");
pub(super) const MAX_LEVELS: Parameter =
    option("max_levels", "BIGINT", "10", "the most levels that communities are joined over");
pub(super) const LEVELS: Parameter = option(
    "levels",
    "BOOLEAN",
    "false",
    "whether there is a row for each level, the column level numbering them from 1",
);

/// The resolution, the number of levels and the tolerance, which both take.
pub(super) struct Common {
    pub(super) resolution: f64,
    pub(super) max_levels: u32,
    pub(super) tolerance: f64,
}

impl Common {
    /// What was given, and otherwise the defaults.
    pub(super) fn given(self, binder: &Binder<'_>) -> Result<Self> {
        let above = |number: f64| number > 0.0;
        let resolution = binder.number("resolution", "a number above 0", above)?;
        let tolerance = binder.number("tol", "a number from 0 on", |number| number >= 0.0)?;
        Ok(Self {
            resolution: resolution.unwrap_or(self.resolution),
            max_levels: binder.count32("max_levels", 1)?.unwrap_or(self.max_levels),
            tolerance: tolerance.unwrap_or(self.tolerance),
        })
    }
}

/// The algorithm that answers with what `find` finds.
pub(super) fn algorithm(
    binder: &Binder<'_>,
    find: impl Fn(&Graph, &Run) -> Result<Communities, KernelError> + Send + Sync + 'static,
) -> Result<Algorithm> {
    let levels = binder.arguments().boolean("levels")?.unwrap_or(false);
    let mut fields = vec![binder.node("node"), integer("community")];
    if levels {
        fields.insert(1, integer("level"));
    }
    let sorted_by = fields.len() - 1;
    Ok(Algorithm::new(fields, move |context| {
        let found = find(context.graph, context.run)?;
        Ok(match levels {
            true => by_level(&found.levels, context.graph.nodes()),
            false => context.output().with(Values::Counts(found.community)),
        })
    })
    .sorted_by(sorted_by))
}

/// A row for each node and level.
fn by_level(levels: &[Vec<u32>], nodes: usize) -> Output {
    let rows = nodes * levels.len();
    let (mut node, mut level) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let mut community = Vec::with_capacity(rows);
    for index in 0..nodes {
        for (number, communities) in levels.iter().enumerate() {
            node.push(index as u32);
            level.push(number as i64 + 1);
            community.push(communities[index]);
        }
    }
    Output::of_rows(rows)
        .with(Values::Nodes(node))
        .with(Values::Integers(level))
        .with(Values::Counts(community))
}
