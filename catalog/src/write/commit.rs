//! Every write of files as one step: all files appear together, or none.
//!
//! [`CommitExec`] takes the place of the `DataSinkExec` that DataFusion plans for COPY and INSERT, and
//! looks like it in EXPLAIN. It runs the sink against staged stores, and commits once the sink has
//! ended well; an error, a cancelled query or a dropped stream leaves what was there before.

use std::fmt;
use std::sync::Arc;

use arrow::array::{RecordBatch, UInt64Array};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::file_format::csv::CsvSink;
use datafusion::datasource::file_format::json::JsonSink;
use datafusion::datasource::file_format::parquet::ParquetSink;
use datafusion::datasource::listing::ListingTableUrl;
use datafusion::datasource::physical_plan::{FileSink, FileSinkConfig};
use datafusion::datasource::sink::{DataSink, DataSinkExec};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr_common::sort_expr::OrderingRequirements;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, Distribution, ExecutionPlan,
    InputDistributionRequirements, PlanProperties, ReplaceChildrenOptions, execute_input_stream,
};
use extension::Error;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use super::encoders::EncodedSink;
use super::partition::{self, Layout};
use super::settings::{Existing, Settings};
use super::staged::{self, StagedRegistry, StagedStore, Staging};

/// Wraps every sink that DataFusion planned by itself, such as that of `INSERT INTO`.
#[derive(Debug)]
pub(crate) struct CommitRule;

impl PhysicalOptimizerRule for CommitRule {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_down(|plan| {
            // A sink that writes no files, such as that of a table in memory, is not changed by it.
            Ok(match plan.is::<DataSinkExec>() {
                true => Transformed::yes(CommitExec::wrap(plan, Settings::of_insert())),
                false => Transformed::no(plan),
            })
        })
        .data()
    }

    fn name(&self) -> &str {
        "atomic_write"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// A sink whose files appear together.
#[derive(Clone)]
pub(crate) struct CommitExec {
    /// The plan of the sink, kept as DataFusion made it.
    inner: DataSinkExec,
    settings: Arc<Settings>,
}

impl CommitExec {
    /// The plan if it is a sink, wrapped; any other plan as it is.
    pub(crate) fn wrap(plan: Arc<dyn ExecutionPlan>, settings: Settings) -> Arc<dyn ExecutionPlan> {
        match plan.downcast_ref::<DataSinkExec>() {
            Some(sink) => Arc::new(Self { inner: sink.clone(), settings: Arc::new(settings) }),
            None => plan,
        }
    }
}

impl fmt::Debug for CommitExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl DisplayAs for CommitExec {
    fn fmt_as(&self, t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_as(t, f)
    }
}

impl ExecutionPlan for CommitExec {
    fn name(&self) -> &'static str {
        "DataSinkExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.inner.properties()
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        self.inner.benefits_from_input_partitioning()
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        self.input_distribution_requirements().into_per_child()
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        self.inner.input_distribution_requirements()
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        self.inner.required_input_ordering()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        self.inner.maintains_input_order()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.inner.children()
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let inner = Arc::new(self.inner.clone()).replace_children(children, options)?;
        Ok(Self::wrap(inner, self.settings.as_ref().clone()))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        self.replace_children(children, options)
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.inner.apply_expressions(f)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        if partition != 0 {
            return Err(Error::internal(format!("a sink has no partition {partition}")).into());
        }
        let data = execute_input_stream(
            Arc::clone(self.inner.input()),
            Arc::clone(self.inner.sink().schema()),
            0,
            Arc::clone(&context),
        )?;
        let schema = self.schema();
        let count_schema = Arc::clone(&schema);
        let (inner, settings) = (self.inner.clone(), Arc::clone(&self.settings));
        let stream = futures::stream::once(async move {
            let rows = write(inner.sink(), &settings, data, &context).await?;
            let counts = Arc::new(UInt64Array::from(vec![rows]));
            Ok(RecordBatch::try_new(count_schema, vec![counts])?)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.inner.metrics()
    }
}

/// The sink as one of files, if it is of a kind we know.
fn file_sink(sink: &dyn DataSink) -> Option<&dyn FileSink> {
    None.or_else(|| sink.downcast_ref::<ParquetSink>().map(|sink| sink as &dyn FileSink))
        .or_else(|| sink.downcast_ref::<EncodedSink>().map(|sink| sink as &dyn FileSink))
        .or_else(|| sink.downcast_ref::<CsvSink>().map(|sink| sink as &dyn FileSink))
        .or_else(|| sink.downcast_ref::<JsonSink>().map(|sink| sink as &dyn FileSink))
}

/// Runs the sink and commits.
async fn write(
    sink: &dyn DataSink,
    settings: &Settings,
    data: SendableRecordBatchStream,
    context: &Arc<TaskContext>,
) -> Result<u64> {
    let staging = Arc::new(Staging::default());
    let file_sink = file_sink(sink);
    let mut old_files = vec![];
    let mut target = None;
    if let Some(file_sink) = file_sink {
        let config = file_sink.config();
        let store = context.runtime_env().object_store(&config.object_store_url)?;
        old_files = existing_files(config, settings, &*store).await?;
        target = Some((store, old_files.clone()));
    }

    let staged_context = Arc::new(staged_context(context, &staging));
    let written = match file_sink {
        Some(file_sink) if is_folder(file_sink.config(), settings) => {
            let config = file_sink.config();
            let store = context.runtime_env().object_store(&config.object_store_url)?;
            let store = Arc::new(StagedStore::new(store, Arc::clone(&staging)));
            let (task, files) = partition::start(layout(config, settings, context), data);
            file_sink.spawn_writer_tasks_and_join(&staged_context, task, files, store).await
        }
        _ => sink.write_all(data, &staged_context).await,
    };
    drop(staged_context);
    let rows = match (written, staging.take_error()) {
        (Ok(rows), None) => rows,
        (Err(error), None) => {
            staging.abort().await;
            return Err(error);
        }
        (_, Some(error)) => {
            staging.abort().await;
            return Err(explained(error));
        }
    };

    let replace = settings.existing == Existing::Replace;
    let local = file_sink.is_some_and(|sink| is_local(sink.config()));
    let runtime = context.runtime_env();
    // The commit is not given up half way when the query is cancelled meanwhile.
    let commit = tokio::spawn(async move {
        let new_files = staging.locations();
        staging.commit(|location| old_files.contains(location)).await.map_err(explained)?;
        if let (true, Some((store, old_files))) = (replace, target) {
            for location in old_files.iter().filter(|location| !new_files.contains(location)) {
                match store.delete(location).await {
                    Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(explained(error)),
                }
                if local {
                    remove_empty_folders(location, &new_files);
                }
            }
        }
        let caches = &runtime.cache_manager;
        let metadata = caches.get_file_metadata_cache();
        for location in &new_files {
            metadata.remove(location);
        }
        if let Some(cache) = caches.get_list_files_cache() {
            cache.clear();
        }
        if let Some(cache) = caches.get_file_statistic_cache() {
            cache.clear();
        }
        Ok(())
    });
    commit.await.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))??;
    Ok(rows)
}

/// The error of a store in our words.
fn explained(error: object_store::Error) -> DataFusionError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(current) = cause {
        if let Some(io) = current.downcast_ref::<std::io::Error>() {
            let ours = match io.kind() {
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                    Error::resources_exhausted(format!("the disk is full: {error}"))
                        .with_hint("nothing was changed; free space or write elsewhere")
                }
                std::io::ErrorKind::PermissionDenied => Error::permission_denied(error.to_string()),
                _ => break,
            };
            return ours.into();
        }
        cause = current.source();
    }
    DataFusionError::ObjectStore(Box::new(error))
}

fn is_folder(config: &FileSinkConfig, settings: &Settings) -> bool {
    // DataFusion names files by itself where nothing else was asked.
    let asked = *settings != Settings::of_insert();
    !config.table_partition_cols.is_empty()
        || asked && !settings.single_file && settings.pattern != "{uuid}"
}

fn layout(config: &FileSinkConfig, settings: &Settings, context: &TaskContext) -> Layout {
    Layout {
        folder: config.table_paths[0].prefix().clone(),
        partition_by: config.table_partition_cols.iter().map(|(name, _)| name.clone()).collect(),
        keep_columns: config.keep_partition_by_columns,
        pattern: settings.pattern.clone(),
        extension: settings.extension.clone().unwrap_or_else(|| config.file_extension.clone()),
        files: context.session_config().target_partitions(),
    }
}

/// The files below the target folder; fails if there may be none.
async fn existing_files(
    config: &FileSinkConfig,
    settings: &Settings,
    store: &dyn ObjectStore,
) -> Result<Vec<Path>> {
    let url = &config.table_paths[0];
    let shown = &config.original_url;
    if settings.single_file {
        if is_local_folder(config, url) {
            return Err(Error::invalid_input(format!("'{shown}' is a folder"))
                .with_hint(
                    "name a file in it, or end the path with '/' to write several files into it",
                )
                .into());
        }
        return Ok(vec![]);
    }
    if settings.existing == Existing::Append {
        return Ok(vec![]);
    }
    if is_local(config) && local_path(url).is_some_and(|path| path.is_file()) {
        return Err(Error::already_exists(format!("'{shown}' is a file, not a folder")).into());
    }
    let files = staged::list(store, url.prefix()).await?;
    match (files.is_empty(), settings.existing) {
        (false, Existing::Fail) => Err(Error::already_exists(format!("the folder '{shown}' is not empty"))
            .with_hint("add OVERWRITE to replace its files, APPEND to add to them, or OVERWRITE_OR_IGNORE to write over files of the same name")
            .into()),
        _ => Ok(files),
    }
}

fn is_local(config: &FileSinkConfig) -> bool {
    config.object_store_url.as_str().starts_with("file:")
}

fn local_path(url: &ListingTableUrl) -> Option<std::path::PathBuf> {
    url::Url::parse(url.as_str()).ok()?.to_file_path().ok()
}

fn is_local_folder(config: &FileSinkConfig, url: &ListingTableUrl) -> bool {
    is_local(config) && local_path(url).is_some_and(|path| path.is_dir())
}

/// Removes the folders that a deleted file leaves empty. A folder that is not empty stays.
fn remove_empty_folders(deleted: &Path, kept: &std::collections::HashSet<Path>) {
    let mut parts: Vec<String> = deleted.parts().map(|part| part.as_ref().to_string()).collect();
    while parts.pop().is_some() && parts.last().is_some_and(|part| part.contains('=')) {
        let folder = Path::from_iter(parts.iter().map(String::as_str));
        if kept.iter().any(|path| path.prefix_matches(&folder)) {
            return;
        }
        let local = std::path::PathBuf::from(format!("/{folder}"));
        if std::fs::remove_dir(local).is_err() {
            return;
        }
    }
}

/// The context of the sink: the same but for its stores, which are staged.
fn staged_context(context: &TaskContext, staging: &Arc<Staging>) -> TaskContext {
    let mut runtime = context.runtime_env().as_ref().clone();
    runtime.object_store_registry = Arc::new(StagedRegistry::new(
        Arc::clone(&runtime.object_store_registry),
        Arc::clone(staging),
    ));
    TaskContext::new(
        context.task_id(),
        context.session_id(),
        context.session_config().clone(),
        context.scalar_functions().clone(),
        context.higher_order_functions().clone(),
        context.aggregate_functions().clone(),
        context.window_functions().clone(),
        Arc::new(runtime),
    )
}
