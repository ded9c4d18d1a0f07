//! Distributes rows over the files of a folder: by the values of the partition columns, or in turn.
//!
//! Unlike DataFusion's distributor this one writes NULL as `__HIVE_DEFAULT_PARTITION__`, takes columns
//! of any type that has a text, gathers rows before it hands them on, and bounds how many files are
//! open: beyond that the least recently used is closed, and further rows of it go to a new file.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::{BatchCoalescer, cast, take_record_batch};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::row::{RowConverter, SortField};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::file_format::write::demux::DemuxedStreamReceiver;
use datafusion::execution::SendableRecordBatchStream;
use extension::{Error, sql_type_name};
use futures::StreamExt;
use object_store::path::Path;
use tokio::sync::mpsc::{self, Receiver, Sender, UnboundedSender};

/// The folder of rows whose partition column is NULL, as Hive names it.
pub(crate) const NULL_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";
/// How many files are written at once.
const MOST_OPEN: usize = 100;
/// How many rows are gathered for a file before they are handed on.
const GATHERED_ROWS: usize = 8192;
/// How many batches may wait for a file's writer.
const WAITING_BATCHES: usize = 2;

/// Where rows go.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// The folder.
    pub(crate) folder: Path,
    /// The partition columns; none means that files take turns.
    pub(crate) partition_by: Vec<String>,
    /// Whether the partition columns stay in the files.
    pub(crate) keep_columns: bool,
    /// The names of files, with `{i}` and `{uuid}`.
    pub(crate) pattern: String,
    /// The extension, without the dot.
    pub(crate) extension: String,
    /// How many files take turns.
    pub(crate) files: usize,
}

impl Layout {
    fn path(&self, folder: &Path, number: usize) -> Path {
        let name = self
            .pattern
            .replace("{i}", &number.to_string())
            .replace("{uuidv4}", &uuid::Uuid::new_v4().to_string())
            .replace("{uuidv7}", &uuid::Uuid::now_v7().to_string())
            .replace("{uuid}", &uuid::Uuid::new_v4().to_string());
        let name = match self.extension.is_empty() {
            true => name,
            false => format!("{name}.{}", self.extension),
        };
        folder.clone().join(name)
    }
}

type FileSender = UnboundedSender<(Path, Receiver<RecordBatch>)>;

/// Starts to distribute `data`.
pub(crate) fn start(
    layout: Layout,
    data: SendableRecordBatchStream,
) -> (SpawnedTask<Result<()>>, DemuxedStreamReceiver) {
    let (files, receiver) = mpsc::unbounded_channel();
    let task = SpawnedTask::spawn(async move {
        match layout.partition_by.is_empty() {
            true => in_turn(&layout, data, &files).await,
            false => by_value(&layout, data, &files).await,
        }
    });
    (task, receiver)
}

/// Opens files until there are enough, then gives each batch to the next one. There is always one
/// file, so that an empty result keeps its columns.
async fn in_turn(
    layout: &Layout,
    mut data: SendableRecordBatchStream,
    files: &FileSender,
) -> Result<()> {
    let mut open: Vec<Sender<RecordBatch>> = vec![];
    let mut next = 0;
    while let Some(batch) = data.next().await.transpose()? {
        if next == open.len() {
            open.push(open_file(files, layout.path(&layout.folder, next))?);
        }
        send(&open[next], batch).await?;
        next = (next + 1) % layout.files.max(1);
    }
    if open.is_empty() {
        let file = open_file(files, layout.path(&layout.folder, 0))?;
        send(&file, RecordBatch::new_empty(data.schema())).await?;
    }
    Ok(())
}

fn open_file(files: &FileSender, path: Path) -> Result<Sender<RecordBatch>> {
    let (sender, receiver) = mpsc::channel(WAITING_BATCHES);
    files.send((path, receiver)).map_err(|_| stopped())?;
    Ok(sender)
}

async fn send(file: &Sender<RecordBatch>, batch: RecordBatch) -> Result<()> {
    file.send(batch).await.map_err(|_| stopped())
}

/// The writer has failed; its own error is reported instead of this one.
fn stopped() -> DataFusionError {
    Error::io("the writer has stopped").into()
}

/// One combination of values.
struct Partition {
    folder: Path,
    /// How many files it has had.
    files: usize,
    open: Option<OpenPartition>,
}

struct OpenPartition {
    sender: Sender<RecordBatch>,
    gathered: BatchCoalescer,
    last_used: u64,
}

async fn by_value(
    layout: &Layout,
    mut data: SendableRecordBatchStream,
    files: &FileSender,
) -> Result<()> {
    let schema = data.schema();
    let columns = partition_columns(&schema, &layout.partition_by)?;
    let kept: Vec<usize> = (0..schema.fields().len())
        .filter(|index| layout.keep_columns || !columns.contains(index))
        .collect();
    let file_schema = Arc::new(schema.project(&kept)?);
    let converter = RowConverter::new(
        columns
            .iter()
            .map(|index| SortField::new(plain_type(schema.field(*index).data_type())))
            .collect(),
    )?;
    let mut partitions: Vec<Partition> = vec![];
    let mut known: HashMap<Box<[u8]>, usize> = HashMap::new();
    let mut taken_folders: HashSet<Path> = HashSet::new();
    let mut open_count = 0;
    let mut clock = 0;

    while let Some(batch) = data.next().await.transpose()? {
        clock += 1;
        let keys: Vec<ArrayRef> =
            columns.iter().map(|index| plain(batch.column(*index))).collect::<Result<_>>()?;
        let rows = converter.convert_columns(&keys)?;
        let mut groups: Vec<(usize, Vec<u32>)> = vec![];
        let mut group_of: HashMap<usize, usize> = HashMap::new();
        for (index, row) in rows.iter().enumerate() {
            let partition = match known.get(row.data()) {
                Some(partition) => *partition,
                None => {
                    let mut folder = layout.folder.clone();
                    for (name, key) in layout.partition_by.iter().zip(&keys) {
                        folder = folder.join(format!("{name}={}", text_of(key, index)?));
                    }
                    // Values that are written alike, such as NULL and its folder's name, may not
                    // share files under the same names.
                    let files = usize::from(!taken_folders.insert(folder.clone())) * 1_000_000;
                    partitions.push(Partition { folder, files, open: None });
                    known.insert(row.data().into(), partitions.len() - 1);
                    partitions.len() - 1
                }
            };
            let group = *group_of.entry(partition).or_insert_with(|| {
                groups.push((partition, vec![]));
                groups.len() - 1
            });
            groups[group].1.push(index as u32);
        }
        let batch = batch.project(&kept)?;
        for (partition, indices) in groups {
            if partitions[partition].open.is_none() {
                if open_count >= MOST_OPEN {
                    close_oldest(&mut partitions).await?;
                    open_count -= 1;
                }
                let partition = &mut partitions[partition];
                let sender = open_file(files, layout.path(&partition.folder, partition.files))?;
                partition.files += 1;
                open_count += 1;
                let gathered = BatchCoalescer::new(Arc::clone(&file_schema), GATHERED_ROWS);
                partition.open = Some(OpenPartition { sender, gathered, last_used: clock });
            }
            if let Some(open) = &mut partitions[partition].open {
                open.last_used = clock;
                let rows = match indices.len() == batch.num_rows() {
                    true => batch.clone(),
                    false => take_record_batch(&batch, &UInt32Array::from(indices))?,
                };
                open.gathered.push_batch(rows)?;
                while let Some(full) = open.gathered.next_completed_batch() {
                    send(&open.sender, full).await?;
                }
            }
        }
    }
    for partition in &mut partitions {
        if let Some(open) = partition.open.take() {
            close(open).await?;
        }
    }
    Ok(())
}

async fn close_oldest(partitions: &mut [Partition]) -> Result<()> {
    let oldest = partitions
        .iter_mut()
        .filter(|partition| partition.open.is_some())
        .min_by_key(|partition| partition.open.as_ref().map(|open| open.last_used));
    match oldest.and_then(|partition| partition.open.take()) {
        Some(open) => close(open).await,
        None => Ok(()),
    }
}

async fn close(mut open: OpenPartition) -> Result<()> {
    open.gathered.finish_buffered_batch()?;
    while let Some(rest) = open.gathered.next_completed_batch() {
        send(&open.sender, rest).await?;
    }
    Ok(())
}

/// The places of the partition columns.
fn partition_columns(schema: &Schema, names: &[String]) -> Result<Vec<usize>> {
    let columns: Vec<usize> =
        names.iter().map(|name| schema.index_of(name)).collect::<Result<_, _>>()?;
    for index in &columns {
        let field = schema.field(*index);
        if field.data_type().is_nested()
            || matches!(
                field.data_type(),
                DataType::Binary | DataType::LargeBinary | DataType::BinaryView
            )
        {
            return Err(Error::unsupported(format!(
                "column '{}' of type {} cannot be a partition column",
                field.name(),
                sql_type_name(field.data_type())
            ))
            .with_hint("partition by columns of numbers, texts, dates or truth values")
            .into());
        }
    }
    if columns.len() >= schema.fields().len() {
        return Err(Error::invalid_input(
            "no column is left for the files beside the partition columns",
        )
        .with_hint("add WRITE_PARTITION_COLUMNS true to keep them")
        .into());
    }
    Ok(columns)
}

/// The type of the values, without dictionary.
fn plain_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(_, values) => values.as_ref().clone(),
        DataType::RunEndEncoded(_, values) => values.data_type().clone(),
        other => other.clone(),
    }
}

fn plain(column: &ArrayRef) -> Result<ArrayRef> {
    let data_type = plain_type(column.data_type());
    match data_type == *column.data_type() {
        true => Ok(Arc::clone(column)),
        false => Ok(cast(column, &data_type)?),
    }
}

/// The text of a value in a folder's name.
fn text_of(column: &ArrayRef, index: usize) -> Result<String> {
    if column.is_null(index) || *column.data_type() == DataType::Null {
        return Ok(NULL_PARTITION.to_string());
    }
    let options = FormatOptions::default()
        .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"))
        .with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.f%:z"));
    Ok(ArrayFormatter::try_new(column, &options)?.value(index).try_to_string()?)
}

/// The schema of the files, which is that of the rows without the partition columns.
pub(crate) fn file_schema(schema: &SchemaRef, partition_by: &[String], keep: bool) -> SchemaRef {
    let fields: Vec<_> = schema
        .fields()
        .iter()
        .filter(|field| keep || !partition_by.contains(field.name()))
        .cloned()
        .collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}
