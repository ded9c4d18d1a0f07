//! The scan of vertices or edges: opens the files of the columns that are wanted, side by side.

use std::fmt::{self, Formatter};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Int64Array, ListBuilder, RecordBatch, RecordBatchOptions,
    StringViewBuilder,
};
use arrow::datatypes::{DataType, Field, FieldRef, SchemaRef};
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Statistics};
use datafusion::datasource::source::DataSource;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::{EquivalenceProperties, LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayFormatType, Partitioning, PhysicalExpr};
use extension::{Error, Result};
use futures::{StreamExt, TryStreamExt};

use crate::chunk::{self, Batches, ChunkRequest, schema_of};
use crate::info::FileType;
use crate::keys::Keys;
use crate::location::Location;
use crate::pieces::{Piece, chunk_of};
use crate::seek::Seek;
use crate::zip::zip;

/// A folder of files that hold columns.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) folder: Location,
    pub(crate) file_type: FileType,
}

/// A column of the table, by what it is made of.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    /// A column of the files of a folder.
    Stored(usize, FieldRef),
    /// The id of the vertex.
    Id,
    /// The names of those columns of the files of a folder that are true.
    Labels(usize, Vec<String>),
    /// The keys of the ids in a column of the files of a folder.
    Key(usize, FieldRef, Arc<Keys>),
}

/// Columns of the files of a folder that are read.
#[derive(Debug, Clone)]
struct Read {
    stored: Stored,
    schema: SchemaRef,
}

/// How a column of the result is made of what was read, by the place there.
#[derive(Debug, Clone)]
enum Made {
    Stored(usize),
    Id,
    Labels(Vec<(usize, String)>),
    Key(usize, Arc<Keys>),
}

/// The chunks that are read.
#[derive(Debug, Clone)]
pub(crate) enum Work {
    /// By partition.
    Known(Arc<Vec<Vec<Piece>>>),
    /// Found out when the scan runs, in one partition.
    Sought(Arc<Seek>),
}

/// The scan.
#[derive(Debug, Clone)]
pub(crate) struct Scan {
    title: String,
    reads: Arc<Vec<Read>>,
    made: Arc<Vec<Made>>,
    schema: SchemaRef,
    work: Work,
    /// The column by which the rows of each partition ascend.
    sorted_by: Option<usize>,
    fetch: Option<usize>,
    /// What is read to count rows where no count says how many there are.
    counted_by: Option<Read>,
    metrics: ExecutionPlanMetricsSet,
}

impl Scan {
    /// A scan of `wanted` columns, whose fields are those of `schema`, over files in the folders of
    /// `stored`.
    pub(crate) fn new(
        title: String,
        stored: &[Stored],
        wanted: Vec<Wanted>,
        schema: SchemaRef,
        work: Work,
    ) -> Self {
        let mut columns: Vec<(usize, Vec<FieldRef>)> = vec![];
        let mut want = |folder: usize, field: &FieldRef| {
            let index = columns.iter().position(|(known, _)| *known == folder);
            let index = index.unwrap_or_else(|| {
                columns.push((folder, vec![]));
                columns.len() - 1
            });
            let fields = &mut columns[index].1;
            if !fields.iter().any(|known| known.name() == field.name()) {
                fields.push(Arc::clone(field));
            }
        };
        let label = |name: &String| Arc::new(Field::new(name, DataType::Boolean, true));
        for column in &wanted {
            match column {
                Wanted::Stored(folder, field) | Wanted::Key(folder, field, _) => {
                    want(*folder, field);
                }
                Wanted::Labels(folder, names) => {
                    names.iter().for_each(|name| want(*folder, &label(name)));
                }
                Wanted::Id => {}
            }
        }
        let place = |folder: usize, name: &str| {
            let mut before = 0;
            for (known, fields) in &columns {
                if *known == folder {
                    let within = fields.iter().position(|field| field.name() == name);
                    return before + within.unwrap_or_default();
                }
                before += fields.len();
            }
            before
        };
        let made = wanted.into_iter().map(|column| match column {
            Wanted::Stored(folder, field) => Made::Stored(place(folder, field.name())),
            Wanted::Key(folder, field, keys) => Made::Key(place(folder, field.name()), keys),
            Wanted::Labels(folder, names) => {
                Made::Labels(names.into_iter().map(|name| (place(folder, &name), name)).collect())
            }
            Wanted::Id => Made::Id,
        });
        let made = Arc::new(made.collect());
        let reads = columns.iter().map(|(folder, fields)| Read {
            stored: stored[*folder].clone(),
            schema: schema_of(fields),
        });
        Self {
            title,
            reads: Arc::new(reads.collect()),
            made,
            schema,
            work,
            sorted_by: None,
            fetch: None,
            counted_by: None,
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// The same, saying that a column's values ascend in each partition.
    pub(crate) fn sorted_by(mut self, column: Option<usize>) -> Self {
        self.sorted_by = column;
        self
    }

    /// The same, counting the rows of files by a column of a folder where counts are missing.
    pub(crate) fn counted_by(mut self, stored: &Stored, field: &FieldRef) -> Self {
        self.counted_by = Some(Read { stored: stored.clone(), schema: schema_of([field]) });
        self
    }

    /// The same, with as many rows as are asked for.
    pub(crate) fn limited(mut self, fetch: Option<usize>) -> Self {
        self.fetch = fetch;
        self
    }

    fn rows(&self, partition: Option<usize>) -> Precision<usize> {
        let Work::Known(groups) = &self.work else { return Precision::Absent };
        let groups = match partition {
            Some(index) => groups.get(index..=index).unwrap_or_default(),
            None => groups.as_slice(),
        };
        // The limit is one of each partition.
        let most = self.fetch.map_or(u64::MAX, |fetch| fetch as u64);
        let length = |group: &Vec<Piece>| group.iter().map(Piece::length).sum::<Option<u64>>();
        let rows: Option<u64> =
            groups.iter().map(|group| length(group).map(|rows| rows.min(most))).sum();
        match rows.and_then(|rows| usize::try_from(rows).ok()) {
            Some(rows) => Precision::Exact(rows),
            None => Precision::Absent,
        }
    }

    async fn stream(self, partition: usize, context: Arc<TaskContext>) -> Result<Batches> {
        let mut keys: Vec<Option<ArrayRef>> = vec![];
        for made in self.made.iter() {
            keys.push(match made {
                Made::Key(_, keys) => Some(Arc::clone(keys.load(&context).await?)),
                _ => None,
            });
        }
        let pieces = match &self.work {
            Work::Known(groups) => groups.get(partition).cloned().unwrap_or_default(),
            Work::Sought(seek) => seek.pieces(&context).await?,
        };
        let batch_size = context.session_config().batch_size();
        let keys = Arc::new(keys);
        Ok(futures::stream::iter(pieces)
            .then(move |piece| {
                let (scan, keys) = (self.clone(), Arc::clone(&keys));
                async move { scan.piece(piece, keys, batch_size).await }
            })
            .try_flatten()
            .boxed())
    }

    async fn open_file(read: &Read, piece: &Piece, batch_size: usize) -> Result<(String, Batches)> {
        let file = chunk_of(&read.stored.folder, piece);
        let name = file.shown.clone();
        let request = ChunkRequest {
            file,
            file_type: read.stored.file_type,
            schema: Arc::clone(&read.schema),
            rows: piece.rows.clone(),
            batch_size,
        };
        Ok((name, chunk::open(request).await?))
    }

    /// The rows of one piece.
    async fn piece(
        self,
        piece: Piece,
        keys: Arc<Vec<Option<ArrayRef>>>,
        batch_size: usize,
    ) -> Result<Batches> {
        let begin = piece.rows.as_ref().map_or(0, |rows| rows.start);
        let expected = piece.length();
        let first = piece.first + begin;
        let name = match self.reads.first() {
            Some(read) => chunk_of(&read.stored.folder, &piece).shown,
            None => String::new(),
        };
        let stored: Batches = match (self.reads.is_empty(), expected) {
            (true, Some(rows)) => without_columns(rows, batch_size),
            // Where no count says how many rows there are, a file does.
            (true, None) => match self.counted_by.as_ref() {
                Some(read) => Self::open_file(read, &piece, batch_size).await?.1,
                None => without_columns(0, batch_size),
            },
            (false, _) => {
                let files = self.reads.iter().map(|read| Self::open_file(read, &piece, batch_size));
                let files = futures::future::try_join_all(files).await?;
                let schemas: Vec<SchemaRef> =
                    self.reads.iter().map(|read| Arc::clone(&read.schema)).collect();
                zip(files, &schemas)
            }
        };
        let rows = futures::stream::try_unfold((stored, 0_u64), move |(mut stored, seen)| {
            let (scan, keys, name) = (self.clone(), Arc::clone(&keys), name.clone());
            async move {
                let Some(batch) = stored.try_next().await? else {
                    return match expected {
                        Some(rows) if rows != seen => Err(Error::invalid_data(format!(
                            "'{name}' has {seen} of the {rows} rows that the counts promise"
                        ))),
                        _ => Ok(None),
                    };
                };
                let made = scan.make(&batch, &keys, first + seen)?;
                let seen = seen + batch.num_rows() as u64;
                if expected.is_some_and(|rows| seen > rows) {
                    return Err(Error::invalid_data(format!(
                        "'{name}' has more rows than the counts say"
                    )));
                }
                Ok(Some((made, (stored, seen))))
            }
        });
        Ok(rows.boxed())
    }

    /// The columns of the table.
    fn make(
        &self,
        batch: &RecordBatch,
        keys: &[Option<ArrayRef>],
        first: u64,
    ) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        let columns = self.made.iter().zip(keys).map(|(made, loaded)| match (made, loaded) {
            (Made::Stored(index), _) => Ok(Arc::clone(batch.column(*index))),
            (Made::Id, _) => {
                let first = first as i64;
                Ok(Arc::new(Int64Array::from_iter_values(first..first + rows as i64)) as ArrayRef)
            }
            (Made::Labels(names), _) => labels(batch, names),
            (Made::Key(index, keys), Some(loaded)) => {
                let ids = batch.column(*index).as_any().downcast_ref::<Int64Array>();
                keys.gather(loaded, ids.ok_or_else(|| Error::internal("ids are whole numbers"))?)
            }
            (Made::Key(..), None) => Err(Error::internal("keys were not read")),
        });
        let columns = columns.collect::<Result<Vec<ArrayRef>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}

/// The names of the columns that are true in each row.
fn labels(batch: &RecordBatch, names: &[(usize, String)]) -> Result<ArrayRef> {
    let mut lists = ListBuilder::new(StringViewBuilder::new()).with_field(label_field());
    let flags: Vec<Option<&BooleanArray>> =
        names.iter().map(|(index, _)| batch.column(*index).as_any().downcast_ref()).collect();
    for row in 0..batch.num_rows() {
        for (flag, (_, name)) in flags.iter().zip(names) {
            if flag.is_some_and(|flag| flag.is_valid(row) && flag.value(row)) {
                lists.values().append_value(name);
            }
        }
        lists.append(true);
    }
    Ok(Arc::new(lists.finish()))
}

/// The element of a list of labels.
pub(crate) fn label_field() -> FieldRef {
    Arc::new(Field::new("element", DataType::Utf8View, true))
}

/// Rows of nothing, for what only counts them.
fn without_columns(rows: u64, batch_size: usize) -> Batches {
    let size = batch_size.max(1) as u64;
    let schema = schema_of([]);
    let lengths = (0..rows.div_ceil(size)).map(move |index| size.min(rows - index * size));
    futures::stream::iter(lengths.map(move |length| {
        let options = RecordBatchOptions::new().with_row_count(Some(length as usize));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&schema), vec![], &options)?)
    }))
    .boxed()
}

impl DataSource for Scan {
    fn open(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> DataFusionResult<SendableRecordBatchStream> {
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let scan = self.clone();
        let rows = futures::stream::once(async move { scan.stream(partition, context).await })
            .try_flatten()
            .map_err(DataFusionError::from)
            .map(move |batch| {
                let batch = batch?;
                metrics.record_output(batch.num_rows());
                Ok(batch)
            });
        let rows = cut(rows.boxed(), self.fetch);
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), rows)))
    }

    fn fmt_as(&self, style: DisplayFormatType, f: &mut Formatter<'_>) -> fmt::Result {
        let files: Vec<String> = self
            .reads
            .iter()
            .map(|read| {
                format!("{}.{}", read.stored.folder.file_name(), read.stored.file_type.name())
            })
            .collect();
        match style {
            DisplayFormatType::Default | DisplayFormatType::Verbose => {
                write!(f, "graphar={}, read=[{}]", self.title, files.join(", "))?;
                match &self.work {
                    Work::Known(groups) => {
                        let chunks: usize = groups.iter().map(Vec::len).sum();
                        write!(f, ", chunks={chunks}, partitions={}", groups.len())?;
                    }
                    Work::Sought(seek) => write!(f, ", seek=[{seek}]")?,
                }
                if let Some(column) = self.sorted_by {
                    write!(f, ", sorted_by={}", self.schema.field(column).name())?;
                }
                match self.fetch {
                    Some(fetch) => write!(f, ", fetch={fetch}"),
                    None => Ok(()),
                }
            }
            DisplayFormatType::TreeRender => {
                writeln!(f, "graphar={}", self.title)?;
                writeln!(f, "read={}", files.join(", "))
            }
        }
    }

    fn output_partitioning(&self) -> Partitioning {
        Partitioning::UnknownPartitioning(match &self.work {
            Work::Known(groups) => groups.len(),
            Work::Sought(_) => 1,
        })
    }

    fn eq_properties(&self) -> EquivalenceProperties {
        let ordering = self.sorted_by.and_then(|index| {
            let column = Arc::new(Column::new(self.schema.field(index).name(), index));
            LexOrdering::new([PhysicalSortExpr::new_default(column)])
        });
        EquivalenceProperties::new_with_orderings(Arc::clone(&self.schema), ordering)
    }

    fn partition_statistics(&self, partition: Option<usize>) -> DataFusionResult<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.schema);
        statistics.num_rows = self.rows(partition);
        Ok(Arc::new(statistics))
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn DataSource>> {
        Some(Arc::new(self.clone().limited(limit)))
    }

    fn fetch(&self) -> Option<usize> {
        self.fetch
    }

    fn metrics(&self) -> ExecutionPlanMetricsSet {
        self.metrics.clone()
    }

    fn try_swapping_with_projection(
        &self,
        _projection: &ProjectionExprs,
    ) -> DataFusionResult<Option<Arc<dyn DataSource>>> {
        Ok(None)
    }

    fn apply_expressions(
        &self,
        _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DataFusionResult<TreeNodeRecursion>,
    ) -> DataFusionResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }
}

/// The columns that a scan of a table reads, and their schema.
pub(crate) fn projected(
    schema: &SchemaRef,
    projection: Option<&Vec<usize>>,
) -> Result<(Vec<usize>, SchemaRef)> {
    let columns = projection.cloned().unwrap_or_else(|| (0..schema.fields().len()).collect());
    let schema = Arc::new(schema.project(&columns)?);
    Ok((columns, schema))
}

/// Which filters help to choose chunks; none makes filtering the rows needless.
pub(crate) fn pushdown(
    filters: &[&Expr],
    helps: impl Fn(&Expr) -> bool,
) -> Vec<TableProviderFilterPushDown> {
    let kind = |filter: &&Expr| match helps(filter) {
        true => TableProviderFilterPushDown::Inexact,
        false => TableProviderFilterPushDown::Unsupported,
    };
    filters.iter().map(kind).collect()
}

/// At most as many rows as are asked for.
fn cut(
    batches: futures::stream::BoxStream<'static, DataFusionResult<RecordBatch>>,
    fetch: Option<usize>,
) -> futures::stream::BoxStream<'static, DataFusionResult<RecordBatch>> {
    let Some(fetch) = fetch else { return batches };
    futures::stream::try_unfold((batches, fetch), |(mut batches, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let Some(batch) = batches.try_next().await? else { return Ok(None) };
        let rows = batch.num_rows().min(left);
        Ok(Some((batch.slice(0, rows), (batches, left - rows))))
    })
    .boxed()
}
