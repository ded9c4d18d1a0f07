//! What columns say of other columns is looked at only where it is true.
//!
//! DataFusion keeps with each schema which columns determine others, and leaves out keys of GROUP BY and
//! of ORDER BY, DISTINCTs and joins by it. Two of its claims are false. One key of a GROUP BY that
//! determines others of its columns is said to determine the whole aggregate, though rows of a join may
//! agree in it and differ in the other keys. And a UNIQUE column that may be NULL is said to determine its
//! table, though many rows may be NULL there. The rules that look at such claims are given plans without
//! the false ones.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Dependency, FunctionalDependence, FunctionalDependencies, Result};
use datafusion::logical_expr::{Aggregate, Distinct, Expr, LogicalPlan};
use datafusion::optimizer::eliminate_duplicated_expr::EliminateDuplicatedExpr;
use datafusion::optimizer::eliminate_join::EliminateJoin;
use datafusion::optimizer::optimize_projections::OptimizeProjections;
use datafusion::optimizer::replace_distinct_aggregate::ReplaceDistinctWithAggregate;
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

/// A rule of DataFusion's that looks at dependencies; it takes the rule's place.
#[derive(Debug)]
pub(crate) struct Dependable<R> {
    theirs: R,
    looks_at: fn(&LogicalPlan) -> bool,
}

/// The rules that look at dependencies.
pub(crate) fn rules() -> [Arc<dyn OptimizerRule + Send + Sync>; 4] {
    [
        Arc::new(Dependable {
            theirs: ReplaceDistinctWithAggregate::new(),
            looks_at: |plan| matches!(plan, LogicalPlan::Distinct(Distinct::All(_))),
        }),
        Arc::new(Dependable { theirs: EliminateJoin::new(), looks_at: |_| true }),
        Arc::new(Dependable {
            theirs: EliminateDuplicatedExpr::new(),
            looks_at: |plan| matches!(plan, LogicalPlan::Sort(sort) if sort.expr.len() > 1),
        }),
        Arc::new(Dependable { theirs: OptimizeProjections::new(), looks_at: |_| true }),
    ]
}

impl<R: OptimizerRule> OptimizerRule for Dependable<R> {
    fn name(&self) -> &str {
        self.theirs.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.theirs.apply_order()
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let plan = match (self.looks_at)(&plan) && has_false_claim(&plan)? {
            true => without_false_claims(plan)?,
            false => plan,
        };
        self.theirs.rewrite(plan, config)
    }
}

fn has_false_claim(plan: &LogicalPlan) -> Result<bool> {
    plan.exists(|plan| {
        Ok(match plan {
            LogicalPlan::Aggregate(aggregate) => {
                let claims = aggregate.schema.functional_dependencies();
                !claims.is_empty()
                    && !aggregate.input.schema().functional_dependencies().is_empty()
                    && *claims != of_aggregate(aggregate)
            }
            LogicalPlan::TableScan(_) => claims_of_nulls(plan),
            _ => false,
        })
    })
}

/// The plan with the dependencies that hold, from the inside out.
fn without_false_claims(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up(|plan| match plan {
        LogicalPlan::Aggregate(mut aggregate) => {
            let holds = of_aggregate(&aggregate);
            let schema = aggregate.schema.as_ref().clone();
            aggregate.schema = Arc::new(schema.with_functional_dependencies(holds)?);
            Ok(Transformed::yes(LogicalPlan::Aggregate(aggregate)))
        }
        LogicalPlan::TableScan(mut scan)
            if claims_of_nulls(&LogicalPlan::TableScan(scan.clone())) =>
        {
            let schema = scan.projected_schema.as_ref().clone();
            let claims = schema.functional_dependencies().iter();
            let holds = claims.filter(|claim| !claim.nullable).cloned().collect();
            let holds = FunctionalDependencies::new(holds);
            scan.projected_schema = Arc::new(schema.with_functional_dependencies(holds)?);
            Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
        }
        // These pass on the claims of their inputs, which are others now.
        plan @ (LogicalPlan::Projection(_)
        | LogicalPlan::Join(_)
        | LogicalPlan::Window(_)
        | LogicalPlan::SubqueryAlias(_)) => Ok(Transformed::yes(plan.recompute_schema()?)),
        plan => Ok(Transformed::no(plan)),
    })
    .data()
}

fn claims_of_nulls(scan: &LogicalPlan) -> bool {
    scan.schema().functional_dependencies().iter().any(|claim| claim.nullable)
}

/// What the columns of an aggregate determine.
fn of_aggregate(aggregate: &Aggregate) -> FunctionalDependencies {
    if aggregate.group_expr.iter().any(|key| matches!(key, Expr::GroupingSet(_))) {
        return FunctionalDependencies::empty();
    }
    let input = aggregate.input.schema();
    let names = input.field_names();
    let mut seen = HashSet::new();
    let keys: Vec<Option<usize>> = aggregate
        .group_expr
        .iter()
        .map(|key| key.schema_name().to_string())
        .filter(|name| seen.insert(name.clone()))
        .map(|name| names.iter().position(|field| *field == name))
        .collect();
    let fields = aggregate.schema.fields();
    let everything = || (0..fields.len()).collect::<Vec<_>>();
    let mut dependencies: Vec<FunctionalDependence> = vec![];
    for claim in input.functional_dependencies().iter() {
        let place = |column: &usize| keys.iter().position(|key| key.as_ref() == Some(column));
        let Some(sources) = claim.source_indices.iter().map(place).collect::<Option<Vec<_>>>()
        else {
            continue;
        };
        // Groups are unique in all their keys together, so in those that determine the others.
        let determined = |key: &Option<usize>| {
            key.is_some_and(|column| {
                claim.source_indices.contains(&column) || claim.target_indices.contains(&column)
            })
        };
        if keys.iter().all(determined) {
            dependencies.push(
                FunctionalDependence::new(sources, everything(), claim.nullable)
                    .with_mode(Dependency::Single),
            );
        }
    }
    if dependencies.is_empty() && !keys.is_empty() {
        let sources: Vec<usize> = (0..keys.len()).collect();
        let nullable = sources.iter().any(|index| fields[*index].is_nullable());
        dependencies.push(
            FunctionalDependence::new(sources, everything(), nullable)
                .with_mode(Dependency::Single),
        );
    }
    FunctionalDependencies::new(dependencies)
}
