//! The dependent join, pushed down: a sub-query that is run once for all values of its domain.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column, NullEquality, Result, not_impl_err};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams, WindowFunction};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{
    Aggregate, Distinct, DistinctOn, Expr, ExprFunctionExt, JoinType, Limit, LogicalPlan, Operator,
    Projection, Sort, SortExpr, SubqueryAlias, Union, Unnest, Values, Window, binary_expr, cast,
    lit,
};

use super::build::{filter, join, project, with_columns};
use super::domain::{Domain, columns_of, same};
use super::expressions::{named_as, references, replace_references};
use super::{Names, join_conditions};

/// `plan` over all rows of `domain`: its own columns, then those of the domain. A row belongs to the
/// run of the sub-query with its values of the domain's columns.
pub(super) fn unnest(plan: LogicalPlan, domain: &Domain, names: &Names) -> Result<LogicalPlan> {
    if domain.outer().is_empty() {
        return Ok(plan);
    }
    Unnesting { domain, names }.carry(plan)
}

/// One sub-query on its way.
pub(super) struct Unnesting<'a> {
    pub(super) domain: &'a Domain,
    pub(super) names: &'a Names,
}

impl Unnesting<'_> {
    /// Whether a plan depends on the domain.
    pub(super) fn depends(&self, plan: &LogicalPlan) -> Result<bool> {
        Ok(references(plan)?.iter().any(|column| self.domain.outer().contains(column)))
    }

    /// Outer references become columns of the domain.
    pub(super) fn localise(&self, expr: Expr) -> Result<Expr> {
        replace_references(expr, |column| self.domain.of(column))
    }

    fn localise_all(&self, exprs: Vec<Expr>) -> Result<Vec<Expr>> {
        // Names of output columns must not change with what they are computed from.
        let named = |expr: Expr| {
            let before = expr.clone();
            Ok(named_as(self.localise(expr)?, &before))
        };
        exprs.into_iter().map(named).collect()
    }

    fn localise_sorts(&self, sorts: Vec<SortExpr>) -> Result<Vec<SortExpr>> {
        let local = |sort: SortExpr| Ok(sort.clone().with_expr(self.localise(sort.expr)?));
        sorts.into_iter().map(local).collect()
    }

    pub(super) fn carried(&self) -> Vec<Expr> {
        self.domain.carried().iter().cloned().map(Expr::Column).collect()
    }

    /// The columns that the unnested form of a plan with the columns `columns` has.
    fn with_carried(&self, mut columns: Vec<Column>) -> Vec<Column> {
        columns.extend(self.domain.carried().iter().cloned());
        columns
    }

    /// See [`unnest`].
    pub(super) fn carry(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        if !self.depends(&plan)? {
            return join(plan, self.domain.relation(), JoinType::Inner, vec![]);
        }
        let columns = self.with_carried(columns_of(&plan));
        let carried = self.carry_node(plan)?;
        with_columns(carried, &columns)
    }

    fn carry_owned(&self, plan: Arc<LogicalPlan>) -> Result<LogicalPlan> {
        self.carry(Arc::unwrap_or_clone(plan))
    }

    fn carry_node(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        match plan {
            LogicalPlan::Subquery(subquery) => self.carry_owned(subquery.subquery),
            LogicalPlan::Projection(Projection { expr, input, .. }) => {
                let mut exprs = self.localise_all(expr)?;
                exprs.extend(self.carried());
                project(self.carry_owned(input)?, exprs)
            }
            LogicalPlan::Filter(node) => {
                let predicate = self.localise(node.predicate)?;
                filter(self.carry_owned(node.input)?, vec![predicate])
            }
            LogicalPlan::SubqueryAlias(SubqueryAlias { input, alias, .. }) => {
                let inner = Arc::new(self.carry_owned(input)?);
                let aliased =
                    LogicalPlan::SubqueryAlias(SubqueryAlias::try_new(inner, alias.clone())?);
                let columns = columns_of(&aliased);
                let own = columns.len() - self.domain.carried().len();
                let named = columns.into_iter().enumerate().map(|(index, column)| {
                    let name = column.name.clone();
                    match index < own {
                        true => Expr::Column(column),
                        false => Expr::Column(column).alias(name),
                    }
                });
                project(aliased, named.collect())
            }
            LogicalPlan::Aggregate(node) => self.carry_aggregate(node),
            LogicalPlan::Join(node) => join_conditions::carry(self, node),
            LogicalPlan::Union(Union { inputs, .. }) => {
                let inputs: Result<Vec<_>> = inputs
                    .into_iter()
                    .map(|input| Ok(Arc::new(self.carry_owned(input)?)))
                    .collect();
                Ok(LogicalPlan::Union(Union::try_new_with_loose_types(inputs?)?))
            }
            LogicalPlan::Distinct(Distinct::All(input)) => {
                Ok(LogicalPlan::Distinct(Distinct::All(Arc::new(self.carry_owned(input)?))))
            }
            LogicalPlan::Distinct(Distinct::On(node)) => self.carry_distinct_on(node),
            LogicalPlan::Sort(Sort { expr, input, fetch: None }) => {
                let expr = self.localise_sorts(expr)?;
                let input = Arc::new(self.carry_owned(input)?);
                Ok(LogicalPlan::Sort(Sort { expr, input, fetch: None }))
            }
            LogicalPlan::Limit(node) => self.carry_limit(node),
            LogicalPlan::Window(node) => self.carry_window(node),
            LogicalPlan::Unnest(node) => {
                let input = Arc::new(self.carry_owned(node.input)?);
                Ok(LogicalPlan::Unnest(Unnest::try_new(input, node.exec_columns, node.options)?))
            }
            LogicalPlan::Values(Values { values, schema }) => {
                let rows = values.into_iter().map(|row| {
                    let named = row
                        .into_iter()
                        .zip(schema.fields())
                        .map(|(expr, field)| Ok(self.localise(expr)?.alias(field.name().clone())));
                    let mut exprs = named.collect::<Result<Vec<_>>>()?;
                    exprs.extend(self.carried());
                    Ok(Arc::new(project(self.domain.relation(), exprs)?))
                });
                let rows = rows.collect::<Result<Vec<_>>>()?;
                match <[_; 1]>::try_from(rows) {
                    Ok([only]) => Ok(Arc::unwrap_or_clone(only)),
                    Err(rows) => Ok(LogicalPlan::Union(Union::try_new_with_loose_types(rows)?)),
                }
            }
            other => {
                let kind = match other {
                    LogicalPlan::RecursiveQuery(_) => "WITH RECURSIVE",
                    LogicalPlan::TableScan(_) => "a table",
                    _ => "this relation",
                };
                not_impl_err!("{kind} that refers to columns of an outer query")
            }
        }
    }

    fn carry_aggregate(&self, node: Aggregate) -> Result<LogicalPlan> {
        let Aggregate { input, group_expr, aggr_expr, .. } = node;
        if group_expr.iter().any(|expr| matches!(expr, Expr::GroupingSet(_))) {
            return not_impl_err!("GROUPING SETS, ROLLUP or CUBE in a correlated sub-query");
        }
        let input = self.carry_owned(input)?;
        if !group_expr.is_empty() {
            let mut groups = self.localise_all(group_expr)?;
            groups.extend(self.carried());
            let aggregates = self.localise_all(aggr_expr)?;
            return Ok(LogicalPlan::Aggregate(Aggregate::try_new(
                Arc::new(input),
                groups,
                aggregates,
            )?));
        }
        // Without GROUP BY there is a row even where there is no input: for values of the domain that
        // have none, the aggregates see one row that their filters hide.
        let (input, renamed) = self.domain.renamed(input, self.names)?;
        let present = Column::new_unqualified(self.names.fresh("present"));
        let mut columns: Vec<Expr> = columns_of(&input).into_iter().map(Expr::Column).collect();
        columns.push(lit(true).alias(present.name.clone()));
        let input = project(input, columns)?;
        let input = join(
            self.domain.relation(),
            input,
            JoinType::Left,
            same(self.domain.carried(), &renamed),
        )?;
        let filtered = |expr: Expr| {
            let before = expr.clone();
            let expr = only_where(self.localise(expr)?, &Expr::Column(present.clone()))?;
            Ok(named_as(expr, &before))
        };
        let aggregates = aggr_expr.into_iter().map(filtered).collect::<Result<Vec<_>>>()?;
        Ok(LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(input), self.carried(), aggregates)?))
    }

    fn carry_distinct_on(&self, node: DistinctOn) -> Result<LogicalPlan> {
        let input = Arc::new(self.carry_owned(node.input)?);
        let carried = self.carried();
        let first = |own: Vec<Expr>| carried.iter().cloned().chain(own).collect::<Vec<_>>();
        let mut selected = self.localise_all(node.select_expr)?;
        selected.extend(carried.iter().cloned());
        let on = first(node.on_expr.into_iter().map(|e| self.localise(e)).collect::<Result<_>>()?);
        let sort = match node.sort_expr {
            Some(own) => {
                let mut sorts: Vec<SortExpr> =
                    carried.iter().map(|column| column.clone().sort(true, false)).collect();
                sorts.extend(self.localise_sorts(own)?);
                Some(sorts)
            }
            None => None,
        };
        let node = DistinctOn::try_new(on, selected, sort, input)?;
        Ok(LogicalPlan::Distinct(Distinct::On(node)))
    }

    /// A limit holds for each run: rows are numbered within their values of the domain.
    fn carry_limit(&self, node: Limit) -> Result<LogicalPlan> {
        let Limit { skip, fetch, input } = node;
        let columns = self.with_carried(columns_of(&input));
        // The order is found below what computes or renames columns row by row, where a limit does
        // the same.
        match Arc::unwrap_or_clone(input) {
            LogicalPlan::Projection(Projection { expr, input, schema, .. }) => {
                let limit = Arc::new(LogicalPlan::Limit(Limit { skip, fetch, input }));
                let node = Projection::try_new_with_schema(expr, limit, schema)?;
                self.carry(LogicalPlan::Projection(node))
            }
            LogicalPlan::SubqueryAlias(SubqueryAlias { input, alias, .. }) => {
                let limit = Arc::new(LogicalPlan::Limit(Limit { skip, fetch, input }));
                self.carry(LogicalPlan::SubqueryAlias(SubqueryAlias::try_new(limit, alias)?))
            }
            LogicalPlan::Sort(Sort { expr, input, fetch: None }) => {
                let order = self.localise_sorts(expr)?;
                self.number(self.carry_owned(input)?, order, skip, fetch, &columns)
            }
            other => self.number(self.carry(other)?, vec![], skip, fetch, &columns),
        }
    }

    fn number(
        &self,
        input: LogicalPlan,
        order: Vec<SortExpr>,
        skip: Option<Box<Expr>>,
        fetch: Option<Box<Expr>>,
        columns: &[Column],
    ) -> Result<LogicalPlan> {
        let name = self.names.fresh("row");
        let mut numbered = row_number().partition_by(self.carried());
        if !order.is_empty() {
            numbered = numbered.order_by(order);
        }
        let window = Window::try_new(vec![numbered.build()?.alias(name.clone())], Arc::new(input))?;
        let row = || cast(Expr::Column(Column::new_unqualified(name.clone())), DataType::Int64);
        let mut conditions = vec![];
        let skip = skip.map(|skip| self.localise(*skip)).transpose()?.map(zero_if_null);
        let fetch = fetch.map(|fetch| self.localise(*fetch)).transpose()?;
        if let Some(fetch) = fetch {
            let last = match &skip {
                Some(skip) => skip.clone() + fetch.clone(),
                None => fetch.clone(),
            };
            // LIMIT NULL is no limit.
            conditions.push(fetch.is_null().or(row().lt_eq(last)));
        }
        if let Some(skip) = skip {
            conditions.push(row().gt(skip));
        }
        with_columns(filter(LogicalPlan::Window(window), conditions)?, columns)
    }

    fn carry_window(&self, node: Window) -> Result<LogicalPlan> {
        let Window { input, window_expr, .. } = node;
        let input = self.carry_owned(input)?;
        let partitioned = |expr: Expr| {
            let before = expr.clone();
            let carried = self.carried();
            let expr = self.localise(expr)?.transform(|expr| match expr {
                Expr::WindowFunction(mut window) => {
                    window.params.partition_by.extend(carried.iter().cloned());
                    Ok(Transformed::yes(Expr::WindowFunction(Box::new(WindowFunction {
                        fun: window.fun,
                        params: window.params,
                    }))))
                }
                other => Ok(Transformed::no(other)),
            });
            Ok(named_as(expr.data()?, &before))
        };
        let exprs = window_expr.into_iter().map(partitioned).collect::<Result<Vec<_>>>()?;
        Ok(LogicalPlan::Window(Window::try_new(exprs, Arc::new(input))?))
    }
}

fn zero_if_null(expr: Expr) -> Expr {
    coalesce(vec![expr, lit(0_i64)])
}

/// The aggregates of an expression over the rows where `condition` holds.
fn only_where(expr: Expr, condition: &Expr) -> Result<Expr> {
    expr.transform(|expr| match expr {
        Expr::AggregateFunction(AggregateFunction { func, params }) => {
            let AggregateFunctionParams { args, distinct, filter, order_by, null_treatment } =
                params;
            let filter = conjunction(filter.map(|own| *own).into_iter().chain([condition.clone()]));
            let params = AggregateFunctionParams {
                args,
                distinct,
                filter: filter.map(Box::new),
                order_by,
                null_treatment,
            };
            Ok(Transformed::yes(Expr::AggregateFunction(AggregateFunction { func, params })))
        }
        other => Ok(Transformed::no(other)),
    })
    .data()
}

/// How a join of the sub-query itself compares keys.
pub(super) fn compare(left: Expr, right: Expr, nulls: NullEquality) -> Expr {
    match nulls {
        NullEquality::NullEqualsNothing => left.eq(right),
        NullEquality::NullEqualsNull => binary_expr(left, Operator::IsNotDistinctFrom, right),
    }
}
