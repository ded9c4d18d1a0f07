//! What a query computes several times is computed once.
//!
//! DataFusion puts the plan of a common table expression or a view wherever its name stands, which lets
//! filters and projections into each, and then computes each. [`SharedSubplans`] runs after all rules
//! of that kind: the parts of the plan that are still the same, and that join, aggregate, sort or number
//! rows, become [`SharedNode`]s of one group. Their operators read the rows of one input through a
//! [`queue`](queue::Queue) each.
//!
//! ```text
//! Join                          Join
//! ├─ Aggregate ─ Scan     ─►    ├─ Shared 1 ─ Aggregate ─ Scan
//! └─ Filter                     └─ Filter
//!    └─ Aggregate ─ Scan           └─ Shared 1
//! ```
//!
//! Nothing is shared that calls a volatile function, since two sub-queries that look the same have each
//! their own random numbers.

mod exec;
mod node;
mod queue;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::datasource::DefaultTableSource;
use datafusion::logical_expr::{Expr, LogicalPlan, TableScan};
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

pub(crate) use exec::{OneInput, SharedPlanner};
use node::SharedNode;

/// Finds what is computed several times.
#[derive(Debug, Default)]
pub(crate) struct SharedSubplans;

impl OptimizerRule for SharedSubplans {
    fn name(&self) -> &str {
        "shared_subplans"
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let mut parts = Parts::default();
        parts.add(&plan);
        let repeated: Vec<Vec<&LogicalPlan>> = parts
            .by_digest
            .into_values()
            .filter(|same| same.len() > 1 && same.iter().all(|plan| is_same(plan, same[0])))
            .collect();
        if repeated.is_empty() {
            return Ok(Transformed::no(plan));
        }
        let firsts: Vec<LogicalPlan> = repeated.iter().map(|same| same[0].clone()).collect();
        let groups: Vec<u64> = firsts.iter().map(|_| node::next_group()).collect();
        plan.transform_down(|plan| {
            if may_not_be_inside(&plan) {
                return Ok(Transformed::new(plan, false, TreeNodeRecursion::Jump));
            }
            match firsts.iter().position(|first| *first == plan) {
                Some(at) => {
                    let shared = SharedNode::plan(groups[at], plan);
                    Ok(Transformed::new(shared, true, TreeNodeRecursion::Jump))
                }
                None => Ok(Transformed::no(plan)),
            }
        })
    }
}

/// The parts of a plan that could be shared, by digests of their text.
#[derive(Default)]
struct Parts<'a> {
    by_digest: HashMap<u64, Vec<&'a LogicalPlan>>,
}

/// What is known of a part.
struct Part {
    digest: u64,
    /// Whether it computes the same each time.
    is_pure: bool,
    /// Whether computing it twice costs more than keeping its rows.
    is_dear: bool,
}

impl<'a> Parts<'a> {
    /// Adds the parts of `plan`, inputs first, so that each digest is made of those of the inputs.
    fn add(&mut self, plan: &'a LogicalPlan) -> Part {
        if may_not_be_inside(plan) {
            return Part { digest: 0, is_pure: false, is_dear: false };
        }
        let mut hasher = DefaultHasher::new();
        plan.display().to_string().hash(&mut hasher);
        let (mut is_pure, mut is_dear) = (is_pure(plan), is_dear(plan));
        for input in plan.inputs() {
            let input = self.add(input);
            input.digest.hash(&mut hasher);
            is_pure &= input.is_pure;
            is_dear |= input.is_dear;
        }
        let digest = hasher.finish();
        if is_pure && is_dear {
            self.by_digest.entry(digest).or_default().push(plan);
        }
        Part { digest, is_pure, is_dear }
    }
}

/// A recursion runs its plan many times, each over other rows; what is shared is not shared again.
fn may_not_be_inside(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::RecursiveQuery(_) => true,
        LogicalPlan::Extension(extension) => extension.node.as_any().is::<SharedNode>(),
        _ => false,
    }
}

fn is_pure(plan: &LogicalPlan) -> bool {
    let is_query = !matches!(
        plan,
        LogicalPlan::Dml(_)
            | LogicalPlan::Ddl(_)
            | LogicalPlan::Copy(_)
            | LogicalPlan::Statement(_)
            | LogicalPlan::Explain(_)
            | LogicalPlan::Analyze(_)
            | LogicalPlan::DescribeTable(_)
    );
    let is_fixed = |expr: &Expr| {
        let differs = expr.exists(|expr| {
            let is_query = matches!(
                expr,
                Expr::ScalarSubquery(_)
                    | Expr::Exists(_)
                    | Expr::InSubquery(_)
                    | Expr::SetComparison(_)
                    | Expr::OuterReferenceColumn(..)
            );
            Ok(is_query || expr.is_volatile_node())
        });
        matches!(differs, Ok(false))
    };
    // Nodes of parts may change tables.
    is_query
        && !matches!(plan, LogicalPlan::Extension(_))
        && plan.expressions().iter().all(is_fixed)
}

/// Scans with a filter or a projection are done again where they are read: their rows may be many.
fn is_dear(plan: &LogicalPlan) -> bool {
    matches!(
        plan,
        LogicalPlan::Aggregate(_)
            | LogicalPlan::Join(_)
            | LogicalPlan::Window(_)
            | LogicalPlan::Distinct(_)
            | LogicalPlan::Sort(_)
    )
}

/// Whether two plans are the same, and read the same tables: names alone could stand for two.
fn is_same(left: &LogicalPlan, right: &LogicalPlan) -> bool {
    left == right && scans(left).zip(scans(right)).all(|(left, right)| same_table(left, right))
}

fn scans(plan: &LogicalPlan) -> impl Iterator<Item = &TableScan> {
    let mut front = vec![plan];
    std::iter::from_fn(move || {
        while let Some(plan) = front.pop() {
            front.extend(plan.inputs());
            if let LogicalPlan::TableScan(scan) = plan {
                return Some(scan);
            }
        }
        None
    })
}

fn same_table(left: &TableScan, right: &TableScan) -> bool {
    let provider = |scan: &TableScan| {
        let source = scan.source.downcast_ref::<DefaultTableSource>();
        source.map(|source| Arc::clone(&source.table_provider))
    };
    match (provider(left), provider(right)) {
        (Some(left), Some(right)) => Arc::ptr_eq(&left, &right),
        _ => Arc::ptr_eq(&left.source, &right.source),
    }
}
