//! Apache GraphAr: folders of vertices and edges as tables, both ways.
//!
//! A graph is described by YAML files ([`yaml`] as written, [`info`] as understood, [`open`] from one to
//! the other) and stored in chunks: vertices by their internal id, edges in parts by one of their ends.
//! A [`vertex`] or [`edge`] table lists the [`pieces`] of chunks that a query needs, and the scan
//! ([`source`]) opens for each only the files of the columns that are wanted ([`chunk`]) and reads them
//! side by side ([`mod@zip`]). Edges know their ends by internal ids; [`keys`] turns them into primary keys,
//! and [`seek`] finds the edges of a vertex by the offsets. [`write`] makes such folders.

mod catalog;
mod chunk;
mod edge;
mod function;
mod info;
mod keys;
mod kind;
mod legacy;
mod location;
mod names;
mod open;
mod pieces;
mod seek;
mod source;
mod types;
mod vertex;
mod write;
mod yaml;
mod zip;

use std::sync::Arc;

use extension::{Extension, Registry, Result};

/// The part.
#[derive(Debug)]
pub struct GraphAr;

impl Extension for GraphAr {
    fn name(&self) -> &'static str {
        "graphar"
    }

    fn register(&self, registry: &mut Registry) -> Result<()> {
        registry.database_kinds.push(Arc::new(kind::GraphArDatabase));
        registry.scan_functions.push(Arc::new(function::ReadGraphAr));
        registry.statements.push(Arc::new(write::CopyGraphParser));
        Ok(())
    }
}
