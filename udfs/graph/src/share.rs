//! Several functions over the same edges in one query build their graph once.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::datasource::{DefaultTableSource, TableProvider};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{LogicalPlan, TableSource};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;

use crate::build::Slot;
use crate::exec::GraphExec;

/// Finds operators whose graphs are the same.
#[derive(Debug)]
pub(crate) struct ShareGraphs;

impl PhysicalOptimizerRule for ShareGraphs {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        // Each of the graphs in the plan with the number of operators that want it.
        let mut graphs: Vec<(GraphExec, usize)> = vec![];
        plan.apply(|node| {
            if let Some(exec) = node.downcast_ref::<GraphExec>() {
                match graphs.iter_mut().find(|(known, _)| same(known, exec)) {
                    Some((_, users)) => *users += 1,
                    None => graphs.push((exec.clone(), 1)),
                }
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        graphs.retain(|(_, users)| *users > 1);
        if graphs.is_empty() {
            return Ok(plan);
        }
        let slots: Vec<(GraphExec, Arc<Slot>)> =
            graphs.into_iter().map(|(exec, users)| (exec, Slot::new(users))).collect();
        plan.transform_up(|node| {
            let Some(exec) = node.downcast_ref::<GraphExec>() else {
                return Ok(Transformed::no(node));
            };
            match slots.iter().find(|(known, _)| same(known, exec)) {
                Some((_, slot)) => {
                    let sharing: Arc<dyn ExecutionPlan> = Arc::new(exec.sharing(Arc::clone(slot)));
                    Ok(Transformed::yes(sharing))
                }
                None => Ok(Transformed::no(node)),
            }
        })
        .data()
    }

    fn name(&self) -> &str {
        "share_graphs"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether two operators build the same graph.
fn same(a: &GraphExec, b: &GraphExec) -> bool {
    a.call.shape == b.call.shape
        && a.plans == b.plans
        && a.plans.iter().zip(b.plans.iter()).all(|(a, b)| {
            let (a, b) = (sources(a), sources(b));
            // Equal plans may scan different tables of the same name.
            a.is_some() && a == b
        })
}

/// The tables that a plan reads, as addresses in reading order; `None` if it may answer differently each
/// time.
fn sources(plan: &LogicalPlan) -> Option<Vec<*const ()>> {
    let mut found = vec![];
    let mut repeatable = true;
    let walked = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            found.push(address(&scan.source));
        }
        repeatable &= !node.expressions().iter().any(|expr| expr.is_volatile());
        repeatable &= !matches!(node, LogicalPlan::Limit(_));
        Ok(match repeatable {
            true => TreeNodeRecursion::Continue,
            false => TreeNodeRecursion::Stop,
        })
    });
    (walked.is_ok() && repeatable).then_some(found)
}

fn address(source: &Arc<dyn TableSource>) -> *const () {
    let any: &dyn std::any::Any = source.as_ref();
    match any.downcast_ref::<DefaultTableSource>() {
        Some(source) => {
            let provider: &Arc<dyn TableProvider> = &source.table_provider;
            Arc::as_ptr(provider).cast()
        }
        None => Arc::as_ptr(source).cast(),
    }
}
