//! What a sub-query's result means in the expression that it stands in.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, JoinType, Result, ScalarValue, not_impl_err, plan_err};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::expr::{Exists, InSubquery, SetComparison, SetQuantifier};
use datafusion::logical_expr::{
    Aggregate, AggregateUDF, Distinct, EmptyRelation, Expr, ExprSchemable, LogicalPlan, Operator,
    Projection, Sort, Subquery, binary_expr, lit, not, when,
};

use super::build::{alias, filter, join, project};
use super::domain::Domain;
use super::expressions::{bound, references, replace_references};
use super::unnest::unnest;
use super::{Names, SingleRow, familiar, nodes};

/// The input of a node whose expressions hold sub-queries; it grows by what they need.
pub(super) struct Outer<'a> {
    pub(super) input: LogicalPlan,
    pub(super) place: familiar::Place,
    pub(super) names: &'a Names,
}

/// A sub-query over its domain.
struct Unnested {
    plan: LogicalPlan,
    domain: Domain,
}

impl Outer<'_> {
    /// Joins what the sub-queries in `expr` need to the input, and gives the expression over it.
    pub(super) fn replace(&mut self, expr: Expr) -> Result<Expr> {
        expr.transform_down(|expr| {
            let replaced = match expr {
                Expr::ScalarSubquery(subquery) => self.scalar(subquery)?,
                Expr::Exists(exists) => self.exists(exists)?,
                Expr::InSubquery(membership) => self.membership(membership)?,
                Expr::SetComparison(comparison) => self.comparison(comparison)?,
                other => return Ok(Transformed::no(other)),
            };
            Ok(Transformed::new(replaced, true, TreeNodeRecursion::Jump))
        })
        .data()
    }

    /// As [`replace`](Self::replace), for an expression that becomes part of a join's condition, in
    /// which DataFusion takes no sub-queries.
    fn replace_operand(&mut self, expr: Expr) -> Result<Expr> {
        let place = std::mem::replace(&mut self.place, familiar::Place::Elsewhere);
        let replaced = self.replace(expr);
        self.place = place;
        replaced
    }

    /// Restricts the input to where `conjunct` holds; what is left of it is returned.
    pub(super) fn require(&mut self, conjunct: Expr) -> Result<Option<Expr>> {
        let conjunct = match conjunct {
            Expr::Not(inner) => match *inner {
                Expr::Exists(Exists { subquery, negated }) => {
                    Expr::Exists(Exists { subquery, negated: !negated })
                }
                Expr::InSubquery(InSubquery { expr, subquery, negated }) => {
                    Expr::InSubquery(InSubquery { expr, subquery, negated: !negated })
                }
                other => not(other),
            },
            other => other,
        };
        match conjunct {
            Expr::Exists(Exists { subquery, negated }) => {
                let subquery = self.resolve(rows_of(subquery, self.names)?)?;
                if familiar::is_exists(&subquery, &self.input, familiar::Place::Conjunct)? {
                    return Ok(Some(Expr::Exists(Exists { subquery, negated })));
                }
                let Unnested { plan, domain } = self.unnest(subquery)?;
                let kind = if negated { JoinType::LeftAnti } else { JoinType::LeftSemi };
                self.join(plan, kind, domain.matches())?;
                Ok(None)
            }
            Expr::InSubquery(InSubquery { expr, subquery, negated }) => {
                let expr = self.replace_operand(*expr)?;
                let subquery = self.resolve(subquery)?;
                if familiar::is_membership(&expr, &subquery, negated, &self.input)? {
                    let expr = Box::new(expr);
                    return Ok(Some(Expr::InSubquery(InSubquery { expr, subquery, negated })));
                }
                match negated {
                    false => self.member(expr, subquery)?,
                    true => self.not_member(expr, subquery)?,
                }
                Ok(None)
            }
            other => {
                // A condition without columns would be moved below aggregates, which then answer
                // without rows; as a join it has columns.
                if !other.any_column_refs() && holds_value(&other) {
                    self.place = familiar::Place::Columnless;
                }
                let replaced = self.replace(other).map(Some);
                self.place = familiar::Place::Filter;
                replaced
            }
        }
    }

    /// The sub-query with its own sub-queries resolved.
    fn resolve(&self, subquery: Subquery) -> Result<Subquery> {
        refuse_outer_aggregates(&subquery.subquery)?;
        let plan = nodes::resolve(Arc::unwrap_or_clone(subquery.subquery), self.names)?;
        let outer_ref_columns = plan.all_out_ref_exprs();
        Ok(Subquery { subquery: Arc::new(plan), outer_ref_columns, spans: subquery.spans })
    }

    fn unnest(&self, subquery: Subquery) -> Result<Unnested> {
        let plan = Arc::unwrap_or_clone(subquery.subquery);
        let outer = bound(&references(&plan)?, self.input.schema());
        let domain = Domain::new(&self.input, outer, self.names)?;
        let plan = unnest(plan, &domain, self.names)?;
        Ok(Unnested { plan, domain })
    }

    fn join(&mut self, right: LogicalPlan, kind: JoinType, conditions: Vec<Expr>) -> Result<()> {
        let nothing = LogicalPlan::EmptyRelation(EmptyRelation {
            produce_one_row: false,
            schema: Arc::clone(self.input.schema()),
        });
        let left = std::mem::replace(&mut self.input, nothing);
        self.input = join(left, right, kind, conditions)?;
        Ok(())
    }

    /// Joins a column that says whether a row of `right` matches, and gives that column.
    fn mark(&mut self, right: LogicalPlan, conditions: Vec<Expr>) -> Result<Expr> {
        let name = self.names.fresh("exists");
        // A mark is named after the one relation that all columns of the right side are of.
        let mut renamed = vec![];
        let aliased = alias(right.clone(), &name)?;
        for (before, after) in right.schema().columns().into_iter().zip(aliased.schema().columns())
        {
            renamed.push((before, after));
        }
        let conditions = conditions.into_iter().map(|condition| {
            condition
                .transform(|expr| match &expr {
                    Expr::Column(column) => {
                        Ok(match renamed.iter().find(|(before, _)| before == column) {
                            Some((_, after)) => Transformed::yes(Expr::Column(after.clone())),
                            None => Transformed::no(expr),
                        })
                    }
                    _ => Ok(Transformed::no(expr)),
                })
                .data()
        });
        let conditions = conditions.collect::<Result<Vec<_>>>()?;
        self.join(aliased, JoinType::LeftMark, conditions)?;
        Ok(Expr::Column(Column::new(Some(name), "mark")))
    }

    fn scalar(&mut self, subquery: Subquery) -> Result<Expr> {
        let subquery = self.resolve(subquery)?;
        one_column(&subquery)?;
        if let Some(expr) = row_by_row(&subquery.subquery, &self.input)? {
            return Ok(expr);
        }
        if familiar::is_scalar(&subquery, &self.input, self.place)? {
            return Ok(Expr::ScalarSubquery(subquery));
        }
        let single = at_most_one_row(&subquery.subquery);
        let Unnested { plan, domain } = self.unnest(subquery)?;
        let name = self.names.fresh("value");
        let value = Expr::Column(plan.schema().columns()[0].clone());
        let carried: Vec<Expr> = domain.carried().iter().cloned().map(Expr::Column).collect();
        let plan = match single {
            true => {
                let value = value.alias(name.clone());
                project(plan, std::iter::once(value).chain(carried).collect())?
            }
            false => {
                let only = AggregateUDF::from(SingleRow::default()).call(vec![value]);
                LogicalPlan::Aggregate(Aggregate::try_new(
                    Arc::new(plan),
                    carried,
                    vec![only.alias(name.clone())],
                )?)
            }
        };
        self.join(plan, JoinType::Left, domain.matches())?;
        Ok(Expr::Column(Column::new_unqualified(name)))
    }

    fn exists(&mut self, exists: Exists) -> Result<Expr> {
        let Exists { subquery, negated } = exists;
        let subquery = self.resolve(rows_of(subquery, self.names)?)?;
        if familiar::is_exists(&subquery, &self.input, self.place)? {
            return Ok(Expr::Exists(Exists { subquery, negated }));
        }
        let Unnested { plan, domain } = self.unnest(subquery)?;
        let mark = self.mark(plan, domain.matches())?;
        Ok(if negated { not(mark) } else { mark })
    }

    /// `expr IN (…)` as a condition: only true counts.
    fn member(&mut self, expr: Expr, subquery: Subquery) -> Result<()> {
        let Unnested { plan, domain } = self.unnest(subquery)?;
        let (plan, value) = self.value_of(plan)?;
        let mut conditions = domain.matches();
        conditions.push(expr.eq(value));
        self.join(plan, JoinType::LeftSemi, conditions)
    }

    /// `expr NOT IN (…)` as a condition: no row is equal, none is NULL, and the left side is not NULL
    /// unless there are no rows at all.
    fn not_member(&mut self, expr: Expr, subquery: Subquery) -> Result<()> {
        let Unnested { plan, domain } = self.unnest(subquery)?;
        let (plan, value) = self.value_of(plan)?;
        let value_nullable = value.nullable(plan.schema())?;
        let expr_nullable = expr.nullable(self.input.schema())?;
        if value_nullable {
            let nulls = filter(plan.clone(), vec![value.clone().is_null()])?;
            self.join(nulls, JoinType::LeftAnti, domain.matches())?;
        }
        if expr_nullable {
            // Rows with NULL on the left stay where the sub-query is empty.
            let mut conditions = domain.matches();
            conditions.push(expr.clone().is_null());
            self.join(plan.clone(), JoinType::LeftAnti, conditions)?;
        }
        let mut conditions = domain.matches();
        conditions.push(expr.eq(value));
        self.join(plan, JoinType::LeftAnti, conditions)
    }

    /// `expr [NOT] IN (…)` as a value: true, false or NULL.
    fn membership(&mut self, membership: InSubquery) -> Result<Expr> {
        let InSubquery { expr, subquery, negated } = membership;
        let expr = self.replace_operand(*expr)?;
        let subquery = self.resolve(subquery)?;
        one_column(&subquery)?;
        let Unnested { plan, domain } = self.unnest(subquery)?;
        let (plan, value) = self.value_of(plan)?;
        let value_nullable = value.nullable(plan.schema())?;
        let expr_nullable = expr.nullable(self.input.schema())?;

        let mut conditions = domain.matches();
        conditions.push(expr.clone().eq(value.clone()));
        let equal = self.mark(plan.clone(), conditions)?;
        let member = match value_nullable || expr_nullable {
            false => equal,
            true => {
                let (rows, nulls) = self.counts(plan, value, &domain)?;
                when(equal, lit(true))
                    .when(expr.is_null().and(rows), lit(ScalarValue::Boolean(None)))
                    .when(nulls, lit(ScalarValue::Boolean(None)))
                    .otherwise(lit(false))?
            }
        };
        Ok(if negated { not(member) } else { member })
    }

    /// Whether the sub-query has rows, and whether it has NULLs.
    fn counts(&mut self, plan: LogicalPlan, value: Expr, domain: &Domain) -> Result<(Expr, Expr)> {
        let (rows, values) = (self.names.fresh("rows"), self.names.fresh("values"));
        let carried: Vec<Expr> = domain.carried().iter().cloned().map(Expr::Column).collect();
        let aggregates =
            vec![count(lit(1_i64)).alias(rows.clone()), count(value).alias(values.clone())];
        let plan = LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(plan), carried, aggregates)?);
        let (plan, renamed) = domain.renamed(plan, self.names)?;
        let matches = super::domain::same(domain.outer(), &renamed);
        self.join(plan, JoinType::Left, matches)?;
        let column = |name: String| Expr::Column(Column::new_unqualified(name));
        let has_rows = column(rows.clone()).gt(lit(0_i64));
        Ok((has_rows, column(rows).gt(column(values))))
    }

    /// `expr op ANY|ALL (…)` as a value.
    fn comparison(&mut self, comparison: SetComparison) -> Result<Expr> {
        let SetComparison { expr, subquery, op, quantifier } = comparison;
        match (op, &quantifier) {
            (Operator::Eq, SetQuantifier::Any) => {
                return self.membership(InSubquery { expr, subquery, negated: false });
            }
            (Operator::NotEq, SetQuantifier::All) => {
                return self.membership(InSubquery { expr, subquery, negated: true });
            }
            _ => {}
        }
        let expr = self.replace_operand(*expr)?;
        let subquery = self.resolve(subquery)?;
        one_column(&subquery)?;
        let Unnested { plan, domain } = self.unnest(subquery)?;
        let (plan, value) = self.value_of(plan)?;
        let compared = binary_expr(expr, op, value);
        let (decides, otherwise) = match quantifier {
            SetQuantifier::Any => (compared.clone(), false),
            SetQuantifier::All => (not(compared.clone()), true),
        };
        let mut conditions = domain.matches();
        conditions.push(decides);
        let decided = self.mark(plan.clone(), conditions)?;
        let mut conditions = domain.matches();
        conditions.push(compared.is_null());
        let unknown = self.mark(plan, conditions)?;
        when(decided, lit(!otherwise))
            .when(unknown, lit(ScalarValue::Boolean(None)))
            .otherwise(lit(otherwise))
    }

    /// The sub-query with its value under a name of its own, and that value.
    fn value_of(&self, plan: LogicalPlan) -> Result<(LogicalPlan, Expr)> {
        let name = self.names.fresh("value");
        let columns =
            plan.schema().columns().into_iter().enumerate().map(|(index, column)| match index {
                0 => Expr::Column(column).alias(name.clone()),
                _ => Expr::Column(column),
            });
        let columns = columns.collect();
        Ok((project(plan, columns)?, Expr::Column(Column::new_unqualified(name))))
    }
}

/// In `(SELECT max(outer.a) FROM …)` the aggregate is one of the outer query, says the standard.
/// Where `EXISTS` does not look at it, it still makes one group of the outer query's rows.
pub(super) fn refuse_outer_aggregates(plan: &LogicalPlan) -> Result<()> {
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Aggregate(node) = node {
            for aggregate in &node.aggr_expr {
                aggregate.apply(|expr| match expr {
                    Expr::AggregateFunction(call)
                        if call.params.args.iter().any(Expr::contains_outer)
                            && !call.params.args.iter().any(Expr::any_column_refs)
                            && !call
                                .params
                                .filter
                                .iter()
                                .any(|filter| filter.any_column_refs()) =>
                    {
                        not_impl_err!(
                            "an aggregate over columns of an outer query alone: {expr}; \
                             compute it in the outer query"
                        )
                    }
                    _ => Ok(TreeNodeRecursion::Continue),
                })?;
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}

/// Whether a sub-query of an expression stands for a value.
fn holds_value(expr: &Expr) -> bool {
    expr.exists(|expr| Ok(matches!(expr, Expr::ScalarSubquery(_)))).unwrap_or(true)
}

/// What `EXISTS` asks about: which columns there are makes no difference, nor does how often or in
/// which order rows come.
fn rows_of(subquery: Subquery, names: &Names) -> Result<Subquery> {
    let Subquery { mut subquery, outer_ref_columns, spans } = subquery;
    loop {
        subquery = match subquery.as_ref() {
            LogicalPlan::Projection(node)
                if !matches!(node.input.as_ref(), LogicalPlan::EmptyRelation(_)) =>
            {
                Arc::clone(&node.input)
            }
            LogicalPlan::Distinct(Distinct::All(input)) => Arc::clone(input),
            LogicalPlan::Sort(Sort { input, fetch: None, .. }) => Arc::clone(input),
            _ => break,
        };
    }
    let marker = vec![lit(true).alias(names.fresh("row"))];
    let subquery = Arc::new(project(Arc::unwrap_or_clone(subquery), marker)?);
    Ok(Subquery { subquery, outer_ref_columns, spans })
}

fn one_column(subquery: &Subquery) -> Result<()> {
    match subquery.subquery.schema().fields().len() {
        1 => Ok(()),
        count => plan_err!("a sub-query used as an expression returns {count} columns, expected 1"),
    }
}

/// The expression of a sub-query without FROM, `(SELECT outer.a + 1)`.
fn row_by_row(plan: &LogicalPlan, input: &LogicalPlan) -> Result<Option<Expr>> {
    let LogicalPlan::Projection(Projection { expr, input: from, .. }) = plan else {
        return Ok(None);
    };
    let LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: true, .. }) = from.as_ref()
    else {
        return Ok(None);
    };
    let is_outer =
        |column: &Column| input.schema().has_column(column).then(|| Expr::Column(column.clone()));
    let expr = expr[0].clone().unalias();
    match expr.contains_outer() && !super::expressions::holds_subquery(&expr) {
        true => replace_references(expr, is_outer).map(Some),
        false => Ok(None),
    }
}

/// Whether a sub-query has at most one row for each row outside.
fn at_most_one_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(node) => at_most_one_row(&node.input),
        LogicalPlan::SubqueryAlias(node) => at_most_one_row(&node.input),
        LogicalPlan::Filter(node) => at_most_one_row(&node.input),
        LogicalPlan::Sort(node) => at_most_one_row(&node.input),
        LogicalPlan::Window(node) => at_most_one_row(&node.input),
        LogicalPlan::EmptyRelation(_) => true,
        LogicalPlan::Aggregate(node) => node.group_expr.is_empty(),
        LogicalPlan::Values(node) => node.values.len() <= 1,
        LogicalPlan::Limit(node) => {
            matches!(node.fetch.as_deref(), Some(Expr::Literal(ScalarValue::Int64(Some(..=1)), _)))
                || at_most_one_row(&node.input)
        }
        _ => false,
    }
}
