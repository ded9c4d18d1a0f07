//! Functions beyond DataFusion's: what users of DuckDB and PostgreSQL expect to be there.
//!
//! A function is one literal that says its names, its manual, what it takes and how it is computed
//! ([`scalar`]), or another name of a function of DataFusion ([`alias`]). A family is a folder with a
//! list of them, and [`families`] is the list of families.

mod aggregates;
mod alias;
mod dates;
mod exact;
mod families;
mod json;
mod lists;
mod manual;
mod misc;
mod numeric;
mod planner;
mod samples;
mod scalar;
mod strings;

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
        let functions = families::all()?;
        registry.scalar_functions.extend(functions.scalar);
        registry.aggregate_functions.extend(functions.aggregate);
        registry.aggregate_functions.extend(exact::functions());
        registry.higher_order_functions.extend(functions.higher_order);
        registry.expr_planners.push(Arc::new(planner::FunctionPlanner::new()));
        for table in samples::all() {
            registry.scan_functions.push(Arc::new(table));
        }
        Ok(())
    }
}
