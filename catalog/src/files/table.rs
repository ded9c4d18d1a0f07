//! The table over files. Its columns are fixed when it is made; its files are listed at each scan.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, DataFusionError, ScalarValue, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, FileSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::LexOrdering;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion_datasource::compute_all_files_statistics;
use extension::{Error, Result, TableVersion};
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectMeta;
use parking_lot::Mutex;
use parquet::arrow::RowNumber;

use super::listing::{self, ListedFile};
use super::options::FileOptions;
use super::{hive, prune, schema};
use crate::formats::{Description, FormatSource, Reader, ScannedFile};

/// Tells which reader reads a file.
#[async_trait]
pub(crate) trait ChooseReader: std::fmt::Debug + Send + Sync {
    /// The reader for a file.
    async fn reader(&self, file: &ListedFile) -> Result<Arc<dyn Reader>>;

    /// Which of the files found in folders are meant.
    fn select(&self, files: Vec<ListedFile>) -> Vec<ListedFile>;
}

/// Files as a table.
#[derive(Debug)]
pub(crate) struct FilesTable {
    paths: Vec<String>,
    options: FileOptions,
    choose: Arc<dyn ChooseReader>,
    /// Columns that are stored in the files.
    file_schema: SchemaRef,
    /// Columns with one value per file.
    partition_columns: Vec<FieldRef>,
    /// All columns: stored ones, those with one value per file, and the row's number.
    schema: SchemaRef,
    /// The file that the columns were first found in.
    first: String,
    by_name: bool,
    known: Mutex<HashMap<String, Known>>,
}

/// A description and the version of the file that it describes.
#[derive(Debug, Clone)]
struct Known {
    meta: ObjectMeta,
    description: Arc<Description>,
}

/// A file that is known.
struct Described {
    file: ListedFile,
    reader: Arc<dyn Reader>,
    description: Arc<Description>,
}

impl FilesTable {
    /// Lists the files, finds out their columns and brings them together.
    pub(crate) async fn resolve(
        paths: Vec<String>,
        options: FileOptions,
        choose: Arc<dyn ChooseReader>,
        state: &dyn Session,
    ) -> Result<Self> {
        let mut table = Self {
            paths,
            options,
            choose,
            file_schema: Arc::new(Schema::empty()),
            partition_columns: vec![],
            schema: Arc::new(Schema::empty()),
            first: String::new(),
            by_name: false,
            known: Mutex::default(),
        };
        let files = table.describe(table.list(state).await?, state).await?;
        table.by_name =
            table.options.union_by_name || files.iter().all(|file| file.reader.unions_by_name());
        let telling = || files.iter().filter(|file| !file.description.blank);
        let named =
            telling().map(|file| (file.file.handle.name.as_str(), &file.description.schema));
        let columns = schema::unify(named, table.by_name)?;
        table.first =
            telling().next().map(|file| file.file.handle.name.clone()).unwrap_or_default();
        let names: Vec<&str> = files.iter().map(|file| file.file.handle.name.as_str()).collect();
        let hive = hive::columns(&names, &table.options)?;
        // A key in the folders takes the place of a column of that name in the files.
        let columns: Vec<Field> = schema::settle(columns)
            .into_iter()
            .filter(|column| !hive.iter().any(|key| key.name() == column.name()))
            .collect();
        if columns.is_empty() && hive.is_empty() {
            let name = names.first().copied().unwrap_or_default();
            return Err(Error::invalid_data(format!(
                "'{name}' is empty, so its columns are unknown"
            ))
            .with_hint("columns => {…} names them, for CSV and JSON"));
        }
        table.set_columns(columns, hive)?;
        Ok(table)
    }

    fn set_columns(&mut self, columns: Vec<Field>, hive: Vec<Field>) -> Result<()> {
        let filename =
            self.options.filename.iter().map(|name| Field::new(name, DataType::Utf8, false));
        self.partition_columns = filename.chain(hive).map(Arc::new).collect();
        let row_number = self
            .options
            .row_number
            .iter()
            .map(|name| Arc::new(Field::new(name, DataType::Int64, false)));
        let added: Vec<FieldRef> =
            self.partition_columns.iter().cloned().chain(row_number).collect();
        for (index, column) in added.iter().enumerate() {
            let taken = columns.iter().any(|stored| stored.name() == column.name())
                || added[..index].iter().any(|other| other.name() == column.name());
            if taken {
                return Err(Error::invalid_input(format!(
                    "'{}' has a column '{}' already",
                    self.first,
                    column.name()
                ))
                .with_hint("filename => 'another_name' names that column"));
            }
        }
        self.file_schema = Arc::new(Schema::new(columns));
        let all: Vec<FieldRef> = self.file_schema.fields().iter().cloned().chain(added).collect();
        self.schema = Arc::new(Schema::new(all));
        Ok(())
    }

    async fn list(&self, state: &dyn Session) -> Result<Vec<ListedFile>> {
        let files = self.choose.select(listing::list(&self.paths, state).await?);
        match files.is_empty() {
            true => Err(Error::not_found(format!(
                "'{}' holds no files to read",
                self.paths.join("', '")
            ))),
            false => Ok(files),
        }
    }

    async fn describe(
        &self,
        files: Vec<ListedFile>,
        state: &dyn Session,
    ) -> Result<Vec<Described>> {
        let concurrency = state.config_options().execution.meta_fetch_concurrency.get();
        futures::stream::iter(files)
            .map(|file| async move {
                let reader = self.choose.reader(&file).await?;
                let name = &file.handle.name;
                let known = self.known.lock().get(name).cloned();
                let description = match known.filter(|known| known.meta == file.handle.meta) {
                    Some(known) => known.description,
                    None => {
                        let found = reader.describe(&file.handle, state).await.map_err(
                            |error| match error.message().contains(name.as_str()) {
                                true => error,
                                false => error.context(format_args!("'{name}'")),
                            },
                        )?;
                        let description = Arc::new(found);
                        let meta = file.handle.meta.clone();
                        let known = Known { meta, description: Arc::clone(&description) };
                        self.known.lock().insert(name.clone(), known);
                        description
                    }
                };
                Ok(Described { file, reader, description })
            })
            .boxed()
            .buffered(concurrency)
            .try_collect()
            .await
    }

    /// A file's values of the columns that have one per file.
    fn partition_values(&self, file: &ListedFile) -> Result<Vec<ScalarValue>> {
        let name = &file.handle.name;
        let has_filename = usize::from(self.options.filename.is_some());
        let mut values = vec![];
        if has_filename == 1 {
            values.push(ScalarValue::Utf8(Some(name.clone())));
        }
        let hive = self.partition_columns[has_filename..].iter().map(AsRef::as_ref);
        values.extend(hive::values_of(name, hive)?);
        Ok(values)
    }

    /// Checks files that came after the table was made.
    fn check(&self, file: &Described) -> Result<()> {
        if self.by_name || file.description.blank {
            return Ok(());
        }
        let hive = |name: &str| self.partition_columns.iter().any(|column| column.name() == name);
        let stored: Vec<Field> = file
            .description
            .schema
            .fields()
            .iter()
            .filter(|field| !hive(field.name()))
            .map(|field| field.as_ref().clone())
            .collect();
        let columns: Vec<Field> =
            self.file_schema.fields().iter().map(|field| field.as_ref().clone()).collect();
        schema::check(&file.file.handle.name, &Schema::new(stored), &self.first, &columns)
    }

    async fn plan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let listed = self.list(state).await?;
        let values =
            listed.iter().map(|file| self.partition_values(file)).collect::<Result<Vec<_>>>()?;
        let kept = prune::kept(&values, &self.partition_columns, filters, state)?;
        let left: Vec<(ListedFile, Vec<ScalarValue>)> = listed
            .into_iter()
            .zip(values)
            .zip(kept)
            .filter_map(|(file, kept)| kept.then_some(file))
            .collect();
        let (listed, values): (Vec<_>, Vec<_>) = left.into_iter().unzip();
        let files = self.describe(listed, state).await?;
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        let projection = projection.unwrap_or(&all);
        let mut groups: Vec<ScanGroup> = vec![];
        for (file, values) in files.into_iter().zip(values) {
            self.check(&file)?;
            // An empty file has no rows, and perhaps not what a reader needs to find that out.
            if file.description.blank {
                continue;
            }
            let same = |group: &&mut ScanGroup| {
                group.store_url == file.file.store_url && Arc::ptr_eq(&group.reader, &file.reader)
            };
            let group = match groups.iter_mut().find(same) {
                Some(group) => group,
                None => {
                    groups.push(ScanGroup {
                        store_url: file.file.store_url.clone(),
                        reader: Arc::clone(&file.reader),
                        files: vec![],
                    });
                    // Just pushed.
                    let Some(group) = groups.last_mut() else { continue };
                    group
                }
            };
            group.files.push((file, values));
        }
        let filtered =
            filters.iter().any(|filter| !prune::decides(filter, &self.partition_columns));
        let mut plans = vec![];
        for group in groups {
            plans.push(self.plan_group(group, state, projection, limit, filtered).await?);
        }
        match plans.len() {
            0 => Ok(Arc::new(EmptyExec::new(Arc::new(self.schema.project(projection)?)))),
            1 => Ok(plans.remove(0)),
            _ => Ok(UnionExec::try_new(plans)?),
        }
    }

    async fn plan_group(
        &self,
        group: ScanGroup,
        state: &dyn Session,
        projection: &[usize],
        limit: Option<usize>,
        filtered: bool,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let ScanGroup { store_url, reader, files } = group;
        let store = state.runtime_env().object_store(&store_url)?;
        let stored = self.file_schema.fields().len();
        let partitions = self.partition_columns.len();
        let row_number = self.options.row_number.as_ref();

        // A source of its own numbers rows in a last, virtual column; others in their last stored one.
        let mut native_schema = TableSchema::builder(Arc::clone(&self.file_schema))
            .with_table_partition_cols(self.partition_columns.clone());
        if let Some(name) = row_number {
            let field = Field::new(name, DataType::Int64, false).with_extension_type(RowNumber);
            native_schema = native_schema.with_virtual_columns(vec![Arc::new(field)]);
        }
        let native = reader.native_source(native_schema.build(), &store, state);
        let is_native = native.is_some();
        let scanned = |file: &Described| ScannedFile {
            description: Arc::clone(&file.description),
            name: file.file.handle.name.as_str().into(),
        };
        let source: Arc<dyn FileSource> = match native {
            Some(source) => source,
            None => {
                let number =
                    row_number.map(|name| Arc::new(Field::new(name, DataType::Int64, false)));
                let fields: Vec<FieldRef> =
                    self.file_schema.fields().iter().cloned().chain(number).collect();
                let schema = TableSchema::builder(Arc::new(Schema::new(fields)))
                    .with_table_partition_cols(self.partition_columns.clone())
                    .build();
                let splits = files.iter().all(|(file, _)| reader.splits(&scanned(file)));
                Arc::new(FormatSource::new(
                    Arc::clone(&reader),
                    schema,
                    row_number.map(|_| stored),
                    splits,
                ))
            }
        };
        let projection: Vec<usize> = projection
            .iter()
            .map(|index| match *index {
                index if is_native || index < stored || row_number.is_none() => index,
                index if index == stored + partitions => stored,
                index => index + 1,
            })
            .collect();

        let collect = state.config().collect_statistics();
        let concurrency = state.config_options().execution.meta_fetch_concurrency.get();
        let reader = &reader;
        let partitioned: Vec<PartitionedFile> = futures::stream::iter(files)
            .map(|(file, values)| async move {
                let (statistics, ordering) = self.statistics(reader, &file, state).await?;
                let mut partitioned = PartitionedFile::new_from_meta(file.file.handle.meta.clone());
                partitioned.partition_values = values;
                let statistics = match row_number.is_some() && !is_native {
                    true => with_unknown(statistics),
                    false => statistics,
                };
                partitioned = partitioned.with_statistics(statistics).with_ordering(ordering);
                if row_number.is_some() && is_native {
                    partitioned.statistics = partitioned.statistics.map(with_unknown);
                }
                let name: Arc<str> = file.file.handle.name.as_str().into();
                Ok::<_, Error>(
                    partitioned.with_extension(ScannedFile { description: file.description, name }),
                )
            })
            .boxed()
            .buffered(concurrency)
            .try_collect()
            .await?;
        let (partitioned, cut) = match filtered {
            false => enough(partitioned, limit),
            true => (partitioned, false),
        };
        let ordering = common_ordering(&partitioned);
        let target = state.config().target_partitions();
        let groups = FileGroup::new(partitioned).split_files(target);
        let table_schema = Arc::clone(source.table_schema().table_schema());
        let (groups, statistics) =
            compute_all_files_statistics(groups, table_schema, collect, cut)?;
        let config = FileScanConfigBuilder::new(store_url, source)
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(Some(projection))?
            .with_limit(limit)
            .with_output_ordering(ordering.into_iter().collect())
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    /// What is known of a file's rows, in terms of the table's stored columns.
    async fn statistics(
        &self,
        reader: &Arc<dyn Reader>,
        file: &Described,
        state: &dyn Session,
    ) -> Result<(Arc<Statistics>, Option<LexOrdering>)> {
        let own = reader
            .statistics(&file.file.handle, &file.description, &self.file_schema, state)
            .await
            .map_err(|error| error.context(format_args!("'{}'", file.file.handle.name)))?;
        Ok(own.unwrap_or_else(|| {
            let mut statistics = Statistics::new_unknown(&self.file_schema);
            statistics.num_rows = file.description.statistics.num_rows;
            statistics.total_byte_size = file.description.statistics.total_byte_size;
            (Arc::new(statistics), None)
        }))
    }
}

/// Files that one scan can read.
struct ScanGroup {
    store_url: ObjectStoreUrl,
    reader: Arc<dyn Reader>,
    files: Vec<(Described, Vec<ScalarValue>)>,
}

/// Adds a column of which nothing is known.
fn with_unknown(statistics: Arc<Statistics>) -> Arc<Statistics> {
    let mut statistics = Arc::unwrap_or_clone(statistics);
    statistics.column_statistics.push(ColumnStatistics::new_unknown());
    Arc::new(statistics)
}

/// The first files that hold `limit` rows for certain, and whether others were left out.
fn enough(files: Vec<PartitionedFile>, limit: Option<usize>) -> (Vec<PartitionedFile>, bool) {
    let Some(limit) = limit else {
        return (files, false);
    };
    let mut rows = 0;
    let mut kept = 0;
    for file in &files {
        if kept > 0 && rows >= limit {
            break;
        }
        kept += 1;
        match file.statistics.as_ref().map(|statistics| statistics.num_rows) {
            Some(Precision::Exact(more)) => rows += more,
            _ => return (files, false),
        }
    }
    let cut = kept < files.len();
    let mut files = files;
    files.truncate(kept);
    (files, cut)
}

/// The order that all files say they have.
fn common_ordering(files: &[PartitionedFile]) -> Option<LexOrdering> {
    let first = files.first()?.ordering.clone()?;
    files.iter().all(|file| file.ordering.as_ref() == Some(&first)).then_some(first)
}

#[async_trait]
impl TableProvider for FilesTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        Ok(self.plan(state, projection, filters, limit).await?)
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        Ok(filters
            .iter()
            .map(|filter| match prune::decides(filter, &self.partition_columns) {
                true => TableProviderFilterPushDown::Exact,
                false => TableProviderFilterPushDown::Inexact,
            })
            .collect())
    }
}

/// The version of a table over files, which are listed at each scan.
pub(crate) fn version(table: &dyn TableProvider) -> Option<TableVersion> {
    (table as &dyn std::any::Any).is::<FilesTable>().then_some(TableVersion::Files)
}
