//! What a graph is made of: the plans of its inputs, and the versions of the tables and files in them.

use std::any::Any;
use std::sync::{Arc, Weak};

use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::DefaultTableSource;
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use extension::{TableVersion, TableVersions};

/// What a graph is made of at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Fingerprint {
    /// The plans and the files.
    text: String,
    /// The contents of the tables in memory.
    contents: Vec<Weak<dyn Any + Send + Sync>>,
}

impl Fingerprint {
    /// What the plans read now; `None` if they read what nothing is known about, or answer differently
    /// each time.
    pub(crate) fn of(
        plans: &[LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
    ) -> Option<Self> {
        let versions = session.config().get_extension::<TableVersions>()?;
        let mut found = Self { text: String::new(), contents: vec![] };
        for plan in plans {
            found.text.push_str(&plan.display_indent_schema().to_string());
            let mut known = true;
            plan.apply_with_subqueries(|node| {
                known &= !node.expressions().iter().any(|expr| expr.is_volatile());
                known &= !matches!(node, LogicalPlan::Extension(_));
                if let LogicalPlan::TableScan(scan) = node {
                    let source: &dyn Any = scan.source.as_ref();
                    let version = source
                        .downcast_ref::<DefaultTableSource>()
                        .and_then(|source| versions.of(source.table_provider.as_ref()));
                    match version {
                        Some(TableVersion::Contents(contents)) => found.contents.push(contents),
                        Some(TableVersion::Files) => {}
                        None => known = false,
                    }
                }
                Ok(TreeNodeRecursion::Continue)
            })
            .ok()?;
            if !known {
                return None;
            }
        }
        for input in inputs {
            files(input, &mut found.text);
        }
        Some(found)
    }

    /// Whether both are of the same contents.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.text == other.text
            && self.contents.len() == other.contents.len()
            && self.contents.iter().zip(&other.contents).all(|(a, b)| a.ptr_eq(b))
    }
}

/// Names the files that a plan reads, with their sizes and times.
fn files(plan: &Arc<dyn ExecutionPlan>, text: &mut String) {
    if let Some(scan) = plan
        .downcast_ref::<DataSourceExec>()
        .and_then(|exec| exec.data_source().downcast_ref::<FileScanConfig>())
    {
        let mut names: Vec<String> = scan
            .file_groups
            .iter()
            .flat_map(|group| group.iter())
            .map(|file| {
                let meta = &file.object_meta;
                format!(
                    "{}{} {} {} {:?}",
                    scan.object_store_url, meta.location, meta.size, meta.last_modified, meta.e_tag
                )
            })
            .collect();
        // The same file may be read in ranges, as many as there are threads.
        names.sort();
        names.dedup();
        for name in names {
            text.push('\n');
            text.push_str(&name);
        }
    }
    plan.children().into_iter().for_each(|child| files(child, text));
}
