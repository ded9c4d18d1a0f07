//! Functions: one package a family.

mod tpch;

use std::sync::Arc;

use extension::{Extension, Registry, Result};

/// The functions part.
#[derive(Debug)]
pub struct Functions;

impl Extension for Functions {
    fn name(&self) -> &'static str {
        "functions"
    }

    fn register(&self, registry: &mut Registry) -> Result<()> {
        for table in tpch::TABLES {
            registry.scan_functions.push(Arc::new(table));
        }
        Ok(())
    }
}
