//! Rules over plans.
//!
//! Analyzer rules make a plan mean what SQL says; they run after DataFusion has settled the types.
//! Each rule is a file or a folder, and [`Optimizer`] lists them in the order in which they run.

mod arithmetic;
mod dates;
mod equijoins;
mod filter_pushdown;
mod floats;
mod intervals;
mod meanings;
mod nested;
mod never_true;
mod pushdown;
mod set_operations;
mod shared;
mod subqueries;

use std::sync::Arc;

use datafusion::optimizer::{AnalyzerRule, OptimizerRule};
use extension::{Extension, Registry, Result};

/// The optimizer part.
#[derive(Debug)]
pub struct Optimizer;

impl Extension for Optimizer {
    fn name(&self) -> &'static str {
        "optimizer"
    }

    fn register(&self, registry: &mut Registry) -> Result<()> {
        let analyzer_rules: [Arc<dyn AnalyzerRule + Send + Sync>; 5] = [
            Arc::new(meanings::Meanings),
            Arc::new(set_operations::CountedSetOperations),
            Arc::new(subqueries::Subqueries),
            Arc::new(arithmetic::CheckedConstants),
            Arc::new(floats::UnsignedZeros),
        ];
        registry.analyzer_rules.extend(analyzer_rules);
        // One with the name of a rule of DataFusion's takes its place, the others run after them.
        let optimizer_rules: [Arc<dyn OptimizerRule + Send + Sync>; 6] = [
            Arc::new(equijoins::Equijoins),
            Arc::new(never_true::NeverTrue),
            Arc::new(pushdown::PushDownFilters::default()),
            Arc::new(arithmetic::CheckedArithmetic),
            Arc::new(dates::PlainDates),
            Arc::new(shared::SharedSubplans),
        ];
        registry.optimizer_rules.extend(optimizer_rules);
        registry
            .physical_optimizer_rules
            .extend(filter_pushdown::UnambiguousFilterPushdown::phases());
        registry.physical_optimizer_rules.push(Arc::new(shared::OneInput));
        registry.extension_planners.push(Arc::new(shared::SharedPlanner));
        Ok(())
    }
}
