//! The functions, one file each.

mod bfs;
mod pagerank;
mod wcc;

use crate::function::GraphFunction;

/// All functions, by name.
pub(crate) const FUNCTIONS: [&GraphFunction; 3] =
    [&bfs::FUNCTION, &pagerank::FUNCTION, &wcc::FUNCTION];
