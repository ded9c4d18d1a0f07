//! Functions: one package a family.

mod exact;
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
        registry.aggregate_functions.extend(exact::functions());
        for table in tpch::TABLES {
            registry.scan_functions.push(Arc::new(table));
        }
        Ok(())
    }
}
