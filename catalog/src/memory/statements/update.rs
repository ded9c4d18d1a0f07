//! `UPDATE … SET … [FROM …] [WHERE …] [RETURNING …]`.

use std::sync::Arc;

use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::ast::{TableFactor, Update, UpdateTableFromKind, With};
use extension::{Error, Result};

use super::query::{self, alone, assignments, item, memory, row_id, value_name, with_types};
use super::returning::{self, Target};
use crate::memory::names;
use crate::memory::relations::{self, Hinted};
use crate::memory::write::Operation;

pub(super) async fn plan(
    update: &Update,
    with: Option<&With>,
    state: &SessionState,
) -> Result<Option<LogicalPlan>> {
    let TableFactor::Table { name, alias, .. } = &update.table.relation else { return Ok(None) };
    let Some(found) = names::find(name, state).await? else { return Ok(None) };
    let Some(table) = memory(&found.table) else { return Ok(None) };
    let clauses = [
        ("a join of the table", !update.table.joins.is_empty()),
        ("OR", update.or.is_some()),
        ("OUTPUT", update.output.is_some()),
    ];
    if let Some((clause, _)) = clauses.into_iter().find(|(_, given)| *given) {
        return Err(Error::unsupported(format!("{clause} in UPDATE is not supported"))
            .with_hint("UPDATE t SET … FROM other WHERE … reads other tables"));
    }
    let definition = table.definition();
    let assignments = assignments(&update.assignments, definition)?;
    let mut items = vec![row_id()];
    items.extend(assignments.iter().map(|(index, value)| item(value.clone(), &value_name(*index))));
    let mut from = vec![alone(relations::factor(found.name.clone(), alias.clone()))];
    match &update.from {
        Some(UpdateTableFromKind::AfterSet(tables) | UpdateTableFromKind::BeforeSet(tables)) => {
            from.extend(tables.iter().cloned());
        }
        None => {}
    }
    let mut query = query::select(items, from, update.selection.clone(), with)?;
    query::limit(&mut query, &update.order_by, update.limit.as_ref());
    let rows = query::planned(query, Hinted::Target(Arc::clone(&found.table)), state).await?;
    let columns: Vec<usize> = assignments.into_iter().map(|(index, _)| index).collect();
    let rows = with_types(rows, 1, &columns, definition)?;
    let target = Target {
        name: found.name,
        reference: found.reference,
        alias: alias.clone(),
        table: Arc::clone(&found.table),
    };
    let operation = Operation::Update { columns };
    returning::plan(target, operation, rows, update.returning.as_deref(), state).await.map(Some)
}
