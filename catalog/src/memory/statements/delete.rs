//! `DELETE FROM … [USING …] [WHERE …] [RETURNING …]`.

use std::sync::Arc;

use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::ast::{Delete, FromTable, TableFactor, With};
use extension::{Error, Result};

use super::query::{self, alone, memory, row_id};
use super::returning::{self, Target};
use crate::memory::names;
use crate::memory::relations::{self, Hinted};
use crate::memory::write::Operation;

pub(super) async fn plan(
    delete: &Delete,
    with: Option<&With>,
    state: &SessionState,
) -> Result<Option<LogicalPlan>> {
    let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
    let [table] = tables.as_slice() else { return Ok(None) };
    let TableFactor::Table { name, alias, .. } = &table.relation else { return Ok(None) };
    let Some(found) = names::find(name, state).await? else { return Ok(None) };
    if memory(&found.table).is_none() {
        return Ok(None);
    }
    let clauses = [
        ("a join of the table", !table.joins.is_empty() || !delete.tables.is_empty()),
        ("OUTPUT", delete.output.is_some()),
    ];
    if let Some((clause, _)) = clauses.into_iter().find(|(_, given)| *given) {
        return Err(Error::unsupported(format!("{clause} in DELETE is not supported"))
            .with_hint("DELETE FROM t USING other WHERE … reads other tables"));
    }
    let mut from = vec![alone(relations::factor(found.name.clone(), alias.clone()))];
    from.extend(delete.using.iter().flatten().cloned());
    let mut query = query::select(vec![row_id()], from, delete.selection.clone(), with)?;
    query::limit(&mut query, &delete.order_by, delete.limit.as_ref());
    let rows = query::planned(query, Hinted::Target(Arc::clone(&found.table)), state).await?;
    let target = Target {
        name: found.name,
        reference: found.reference,
        alias: alias.clone(),
        table: Arc::clone(&found.table),
    };
    let returning = delete.returning.as_deref();
    returning::plan(target, Operation::Delete, rows, returning, state).await.map(Some)
}
