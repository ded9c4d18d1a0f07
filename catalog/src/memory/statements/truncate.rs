//! `TRUNCATE`.

use std::sync::Arc;

use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::ast::{CascadeOption, Truncate, TruncateIdentityOption};
use extension::{Error, Result};

use super::query::{self, alone, memory, row_id};
use super::returning::{self, Target};
use crate::memory::names;
use crate::memory::relations::{self, Hinted};
use crate::memory::write::Operation;

pub(super) async fn plan(truncate: &Truncate, state: &SessionState) -> Result<Option<LogicalPlan>> {
    let [target] = truncate.table_names.as_slice() else {
        return Err(Error::unsupported("TRUNCATE empties one table at a time"));
    };
    let Some(found) = names::find(&target.name, state).await? else {
        return Err(names::unknown(&target.name, state));
    };
    if memory(&found.table).is_none() {
        return Ok(None);
    }
    let clauses = [
        ("PARTITION", truncate.partitions.is_some()),
        ("ON CLUSTER", truncate.on_cluster.is_some()),
        ("CASCADE", truncate.cascade == Some(CascadeOption::Cascade)),
        ("RESTART IDENTITY", truncate.identity == Some(TruncateIdentityOption::Restart)),
    ];
    if let Some((clause, _)) = clauses.into_iter().find(|(_, given)| *given) {
        return Err(Error::unsupported(format!("{clause} in TRUNCATE is not supported")));
    }
    let from = vec![alone(relations::factor(found.name.clone(), None))];
    let query = query::select(vec![row_id()], from, None, None)?;
    let rows = query::planned(query, Hinted::Target(Arc::clone(&found.table)), state).await?;
    let target = Target {
        name: found.name,
        reference: found.reference,
        alias: None,
        table: Arc::clone(&found.table),
    };
    returning::plan(target, Operation::Delete, rows, None, state).await.map(Some)
}
