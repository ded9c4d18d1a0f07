//! What a job computes from: its optimised plan and the identities of the files that it reads. The same
//! fingerprint means the same rows. Where rows may differ without that — volatile functions, tables that
//! say nothing about their state — it begins with a tilde: a run that goes on where another stopped leaves
//! such a step, a run that skips what has not changed does it again.

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

/// Before a fingerprint that does not promise the same rows.
const UNSURE: char = '~';

/// Whether the same fingerprint means the same rows.
pub(crate) fn is_sure(fingerprint: &str) -> bool {
    !fingerprint.starts_with(UNSURE)
}

/// The fingerprint of a plan, if it can be planned. `spools` are those of the spools that it reads; one of
/// them without a fingerprint leaves none.
pub(crate) async fn of(
    context: &SessionContext,
    plan: &LogicalPlan,
    spools: Vec<Option<String>>,
) -> Option<String> {
    let reads_spools = !spools.is_empty();
    let spools: Vec<String> = spools.into_iter().collect::<Option<_>>()?;
    let state = context.state();
    let optimised = state.optimize(plan).ok()?;
    let physical = state.query_planner().create_physical_plan(&optimised, &state).await.ok()?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    hasher.update(optimised.display_indent_schema().to_string().as_bytes());
    for spool in &spools {
        hasher.update(spool.as_bytes());
    }
    let is_fixed = spools.iter().all(|spool| is_sure(spool)) && !is_volatile(plan);
    let mut sources = vec![];
    let is_known = collect(&physical, reads_spools, &mut sources);
    for source in sources {
        hasher.update(source.as_bytes());
    }
    let digest = hasher.finalize().to_hex().to_string();
    match is_fixed && is_known {
        true => Some(digest),
        false => Some(format!("{UNSURE}{digest}")),
    }
}

/// Collects the identities of the leaves, and says whether each has one.
fn collect(plan: &Arc<dyn ExecutionPlan>, reads_spools: bool, found: &mut Vec<String>) -> bool {
    let children = plan.children();
    if !children.is_empty() {
        let known: Vec<bool> =
            children.into_iter().map(|child| collect(child, reads_spools, found)).collect();
        return known.into_iter().all(|is_known| is_known);
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
            return true;
        }
        // Rows in memory: those of spools have fingerprints, others have none.
        return reads_spools;
    }
    if plan.is::<EmptyExec>() || plan.is::<PlaceholderRowExec>() {
        return true;
    }
    let shown = displayable(plan.as_ref()).one_line().to_string();
    let is_series = shown.starts_with("LazyMemoryExec") && shown.contains("start=");
    let is_known = match plan.name() {
        "StreamingTableExec" => reads_spools,
        // The rows of a part of the plan that stands elsewhere in it.
        "SharedExec" => true,
        _ => is_series,
    };
    found.push(shown);
    is_known
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
