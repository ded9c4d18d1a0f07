//! What a job computes from: its optimised plan and the identities of the files that it reads. The same
//! fingerprint means the same rows. A plan whose rows may differ without that — volatile functions, tables
//! that say nothing about their state — has none and is always run.

use std::path::Path;
use std::sync::Arc;

use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::displayable;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::placeholder_row::PlaceholderRowExec;
use datafusion::prelude::SessionContext;

use crate::compile::is_volatile;

/// The fingerprint of a plan, if it has one. `spools` are those of the spools that it reads; one of them
/// without a fingerprint leaves none.
pub(crate) async fn of(
    context: &SessionContext,
    plan: &LogicalPlan,
    spools: Vec<Option<String>>,
) -> Option<String> {
    if is_volatile(plan) {
        return None;
    }
    let reads_spools = !spools.is_empty();
    let spools: Vec<String> = spools.into_iter().collect::<Option<_>>()?;
    let state = context.state();
    let optimised = state.optimize(plan).ok()?;
    let physical = state.query_planner().create_physical_plan(&optimised, &state).await.ok()?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    hasher.update(optimised.display_indent_schema().to_string().as_bytes());
    for spool in spools {
        hasher.update(spool.as_bytes());
    }
    let mut sources = vec![];
    collect(&physical, reads_spools, &mut sources)?;
    for source in sources {
        hasher.update(source.as_bytes());
    }
    Some(hasher.finalize().to_hex().to_string())
}

/// The identities of the leaves; `None` if one has none.
fn collect(
    plan: &Arc<dyn ExecutionPlan>,
    reads_spools: bool,
    found: &mut Vec<String>,
) -> Option<()> {
    let children = plan.children();
    if !children.is_empty() {
        return children.into_iter().try_for_each(|child| collect(child, reads_spools, found));
    }
    if let Some(source) = plan.downcast_ref::<DataSourceExec>() {
        if let Some(config) = source.data_source().downcast_ref::<FileScanConfig>() {
            for file in config.file_groups.iter().flat_map(|group| group.iter()) {
                let meta = &file.object_meta;
                found.push(format!(
                    "{}{} {} {} {:?}",
                    config.object_store_url,
                    meta.location,
                    meta.size,
                    meta.last_modified,
                    meta.e_tag
                ));
            }
            return Some(());
        }
        // Rows in memory: those of spools have fingerprints, others have none.
        return reads_spools.then_some(());
    }
    if plan.is::<EmptyExec>() || plan.is::<PlaceholderRowExec>() {
        return Some(());
    }
    let shown = displayable(plan.as_ref()).one_line().to_string();
    match shown.starts_with("StreamingTableExec") && reads_spools {
        true => Some(()),
        false => None,
    }
}

/// What is known of a local file or folder, to notice a change from outside; `None` if there is none, or
/// if it is not local.
pub(crate) fn of_output(path: &str) -> Option<String> {
    if path.contains("://") {
        return None;
    }
    let metadata = Path::new(path).metadata().ok()?;
    let modified = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    let size = if metadata.is_file() { metadata.len() } else { 0 };
    Some(format!("{size}@{}", modified.as_nanos()))
}
