//! The node of a change, and `RETURNING` over the rows that it answers with.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr as LogicalExpr, LogicalPlan};
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, SelectItem, TableAlias, WildcardAdditionalOptions,
};
use extension::{ChangeNode, Error, Result};

use super::query;
use crate::memory::apply::returned_schema;
use crate::memory::relations::{self, Hinted};
use crate::memory::write::{Operation, Write, table_of};

/// A table as a statement names it.
pub(super) struct Target {
    pub(super) name: ObjectName,
    pub(super) reference: TableReference,
    pub(super) alias: Option<TableAlias>,
    pub(super) table: Arc<dyn TableProvider>,
}

/// The statement's plan over the plan of its rows.
pub(super) async fn plan(
    target: Target,
    operation: Operation,
    input: LogicalPlan,
    returning: Option<&[SelectItem]>,
    state: &SessionState,
) -> Result<LogicalPlan> {
    let memory = table_of(&target.table)?;
    let merges = matches!(operation, Operation::Merge { .. });
    let schema = returning.map(|_| returned_schema(memory, &operation));
    let columns: Vec<String> =
        memory.definition().columns.iter().map(|column| column.field.name().clone()).collect();
    let write = Write { table: target.table, operation, returning: schema };
    let schema = write.schema(target.reference)?;
    let node = ChangeNode::plan(Arc::new(write), input, schema);
    let Some(items) = returning else { return Ok(node) };
    let items = items.iter().flat_map(|item| all_columns(item, merges, &columns)).collect();
    let relation = query::alone(relations::factor(target.name, target.alias));
    let query = query::select(items, vec![relation], None, None)?;
    let plan = query::planned(query, Hinted::Plan(node), state).await?;
    check(&plan)?;
    Ok(plan)
}

/// `*` is the columns of the table; what MERGE did is shown when it is named.
fn all_columns(item: &SelectItem, merges: bool, columns: &[String]) -> Vec<SelectItem> {
    match item {
        SelectItem::Wildcard(options) if merges && is_plain(options) => columns
            .iter()
            .map(|name| SelectItem::UnnamedExpr(Expr::Identifier(Ident::with_quote('"', name))))
            .collect(),
        other => vec![other.clone()],
    }
}

fn is_plain(options: &WildcardAdditionalOptions) -> bool {
    options.opt_ilike.is_none()
        && options.opt_exclude.is_none()
        && options.opt_except.is_none()
        && options.opt_replace.is_none()
        && options.opt_rename.is_none()
}

/// RETURNING looks at the changed rows one by one. Anything else could run the change later, or not at
/// all: a join with an empty sub-query does not read its other side.
fn check(plan: &LogicalPlan) -> Result<()> {
    let refused = || {
        Error::unsupported(
            "RETURNING takes expressions over the changed rows, without sub-queries, aggregates and window functions",
        )
    };
    let mut current = plan;
    loop {
        let subquery = |expr: &LogicalExpr| {
            matches!(
                expr,
                LogicalExpr::ScalarSubquery(_)
                    | LogicalExpr::InSubquery(_)
                    | LogicalExpr::Exists(_)
                    | LogicalExpr::SetComparison(_)
            )
        };
        let mut found = false;
        current.apply_expressions(|expr| {
            found |= expr.exists(|expr| Ok(subquery(expr)))?;
            Ok(TreeNodeRecursion::Continue)
        })?;
        if found {
            return Err(refused());
        }
        current = match current {
            LogicalPlan::Projection(projection) => &projection.input,
            LogicalPlan::SubqueryAlias(alias) => &alias.input,
            LogicalPlan::Extension(_) => return Ok(()),
            _ => return Err(refused()),
        };
    }
}

/// An alias without columns.
pub(super) fn alias(name: Ident) -> TableAlias {
    TableAlias { explicit: true, name, columns: vec![], at: None }
}
