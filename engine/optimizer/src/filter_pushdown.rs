//! Filters are pushed into scans only where columns have names of their own.
//!
//! DataFusion's physical rule finds the column of a filter in an input by its name alone. Where a join
//! below has two columns of the name, as every self-join has, it may take the wrong one and drop rows
//! that belong to the answer. The logical rules, which know columns by their relation, have moved the
//! filters down before; what is lost here is pruning by what a join or a top-k learns as it runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::filter_pushdown::FilterPushdown;
use datafusion::physical_plan::ExecutionPlan;

/// The operators whose filters are pushed down.
const SOURCES: [&str; 4] = ["FilterExec", "HashJoinExec", "SortExec", "AggregateExec"];

/// One phase of DataFusion's rule, which it takes the place of.
#[derive(Debug)]
pub(crate) struct UnambiguousFilterPushdown {
    theirs: FilterPushdown,
}

impl UnambiguousFilterPushdown {
    /// Both phases.
    pub(crate) fn phases() -> [Arc<dyn PhysicalOptimizerRule + Send + Sync>; 2] {
        [FilterPushdown::new(), FilterPushdown::new_post_optimization()]
            .map(|theirs| Arc::new(Self { theirs }) as _)
    }
}

impl PhysicalOptimizerRule for UnambiguousFilterPushdown {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match is_ambiguous(&plan)? {
            true => Ok(plan),
            false => self.theirs.optimize(plan, config),
        }
    }

    fn name(&self) -> &str {
        self.theirs.name()
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether a filter may name a column of which an operator below has two.
fn is_ambiguous(plan: &Arc<dyn ExecutionPlan>) -> Result<bool> {
    // Few plans have two columns of one name at all.
    if !plan.exists(|node| Ok(!repeated(&node.schema()).is_empty()))? {
        return Ok(false);
    }
    plan.exists(|node| {
        if !SOURCES.contains(&node.name()) {
            return Ok(false);
        }
        let mut names = BTreeSet::new();
        node.apply_expressions(&mut |expr| {
            expr.apply(|expr| {
                if let Some(column) = expr.downcast_ref::<Column>() {
                    names.insert(column.name().to_string());
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })?;
        node.exists(|below| Ok(repeated(&below.schema()).iter().any(|name| names.contains(name))))
    })
}

fn repeated(schema: &Schema) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let repeated = schema.fields().iter().filter(|field| !seen.insert(field.name().as_str()));
    repeated.map(|field| field.name().clone()).collect()
}
