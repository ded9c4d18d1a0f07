//! Tables in the session's memory: their rows, their rules, and the statements that make and change them.
//!
//! A [`table::MemoryTable`] holds its rows as [`contents::Contents`], which readers share and writers
//! replace. A statement such as UPDATE is planned ([`statements`]) as a query over the table with the
//! ids of its rows ([`relations`]) below a node that makes the change; its operator ([`write`]) works the
//! rows out into an edit ([`apply`]), checks it against the table's [`rules`] and [`keys`], and puts the
//! new contents in place of the old, all at once. Writers take turns; a statement that fails or is
//! cancelled changes nothing.

mod apply;
mod buffers;
mod contents;
mod database;
mod definition;
mod facts;
mod keys;
mod names;
mod parse;
mod relations;
mod rules;
mod scan;
mod statements;
mod table;
mod task;
mod write;

use std::sync::Arc;

use extension::Registry;

/// Adds the statements over tables in memory.
pub(crate) fn register(registry: &mut Registry) {
    parse::register(registry);
    registry.table_versions.push(table::version);
    registry.database_kinds.push(Arc::new(database::MemoryDatabase));
    registry.table_describers.push(Arc::new(facts::MemoryTables));
    registry.statement_overrides.push(Arc::new(statements::TableStatements));
}
