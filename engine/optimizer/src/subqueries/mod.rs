//! Sub-queries of every shape, as joins.
//!
//! DataFusion turns the sub-queries of the usual shapes into joins well, answers some others wrongly
//! (`NOT IN` with NULLs, mark joins that know no NULL), and refuses the rest. This rule leaves it the
//! first ([`familiar`]) and does all others itself, by the dependent join of Neumann and Kemper
//! ("Unnesting Arbitrary Queries", 2015):
//!
//! 1. The *domain* of a sub-query is the set of distinct values, NULL among them, that the columns it
//!    refers to take outside ([`domain`]).
//! 2. The sub-query is run once for the whole domain: the domain joins its leaves, and every operator
//!    above carries the columns of the domain along ([`unnest`]).
//! 3. The result joins the outer query on the columns of the domain, as the expression demands: a left
//!    join for a value, a mark or semi join for `EXISTS`, and for `IN` a mark that tells NULL from
//!    false ([`predicates`]).
//!
//! Sub-queries are taken from the inside out. A reference past the nearest query stays a reference,
//! and is resolved when its own level is reached, by which time it stands in an ordinary join.

mod build;
mod domain;
mod expressions;
mod familiar;
mod join_conditions;
mod nodes;
mod predicates;
mod single_row;
mod unnest;

use std::cell::Cell;

use datafusion::common::config::ConfigOptions;
use datafusion::common::{Result, not_impl_err};
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::AnalyzerRule;

pub(crate) use single_row::SingleRow;

/// Turns sub-queries that DataFusion answers wrongly or not at all into joins.
#[derive(Debug, Default)]
pub(crate) struct Subqueries;

impl AnalyzerRule for Subqueries {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        if !expressions::has_subqueries(&plan)? {
            return Ok(plan);
        }
        predicates::refuse_outer_aggregates(&plan)?;
        let names = Names::default();
        let resolved = nodes::resolve(plan.clone(), &names)?;
        if expressions::references(&resolved)?.is_empty() {
            return Ok(resolved);
        }
        // DataFusion's planner marks a lateral relation only if it refers outside by itself, not by a
        // sub-query of its own. What is left unbound says that there is such a one.
        names.unmarked_laterals.set(true);
        let resolved = nodes::resolve(plan, &names)?;
        match expressions::references(&resolved)?.as_slice() {
            [] => Ok(resolved),
            [column, ..] => not_impl_err!("a reference to {column} of an outer query from here"),
        }
    }

    fn name(&self) -> &str {
        "subqueries"
    }
}

/// Names that are used once in a query, for columns and relations that no user wrote.
#[derive(Debug, Default)]
struct Names {
    next: Cell<usize>,
    /// Whether a join's right side is lateral if it refers to the left one.
    unmarked_laterals: Cell<bool>,
}

impl Names {
    fn fresh(&self, kind: &str) -> String {
        self.next.set(self.next.get() + 1);
        format!("__{kind}_{}", self.next.get())
    }
}
