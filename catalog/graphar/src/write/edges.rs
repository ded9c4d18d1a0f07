//! Writing edges: in the order of their sources, and read back in that of their destinations.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{FieldRef, Int64Type, SchemaRef};
use datafusion::common::JoinType;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr, cast, ident};
use datafusion::prelude::SessionContext;
use extension::{Error, Result};
use futures::TryStreamExt;

use crate::edge::EdgeTable;
use crate::info::{Adjacency, EdgeInfo, End, GraphInfo, Group, Order, VertexInfo, id_field};
use crate::vertex::{ID, VertexTable};

use super::EdgeSource;
use super::encode::{StoredColumn, encode};
use super::options::WriteOptions;
use super::stage::Stage;
use super::vertices::column;

/// Names that no column of a user's has.
const SOURCE_KEY: &str = "_graphArSourceKey";
const DESTINATION_KEY: &str = "_graphArDestinationKey";
const SOURCE_ID: &str = "_graphArSrcIndex";
const DESTINATION_ID: &str = "_graphArDstIndex";

/// The vertices at an end.
pub(super) struct Vertices {
    pub(super) info: Arc<VertexInfo>,
    pub(super) count: u64,
}

/// Writes an edge type, and tells how many edges it has.
pub(super) async fn write(
    source: &EdgeSource,
    rows: DataFrame,
    ends: (Vertices, Vertices),
    stage: &Stage,
    options: &WriteOptions,
    context: &SessionContext,
) -> Result<(EdgeInfo, u64)> {
    let schema: SchemaRef = Arc::new(rows.schema().as_arrow().clone());
    let from = column(&schema, &source.source.0)?;
    let to = column(&schema, &source.destination.0)?;
    let properties: Vec<usize> =
        (0..schema.fields().len()).filter(|index| *index != from && *index != to).collect();
    let columns = properties
        .iter()
        .map(|index| StoredColumn::new(schema.field(*index), options.file_type))
        .collect::<Result<Vec<_>>>()?;
    let info = info(source, &columns, &ends, options);

    // The internal ids of the ends come from the vertices that were just written.
    let key = |vertex: &Vertices, index: usize, name: &str| -> Result<Expr> {
        let key = vertex.info.key_field().ok_or_else(|| Error::internal("vertices have keys"))?;
        let column = ident(schema.field(index).name());
        Ok(cast(column, key.data_type().clone()).alias(name))
    };
    let mut selected = vec![key(&ends.0, from, SOURCE_KEY)?, key(&ends.1, to, DESTINATION_KEY)?];
    selected.extend(properties.iter().map(|index| ident(schema.field(*index).name())));
    let rows = rows.select(selected)?;
    let rows = joined(rows, &ends.0.info, SOURCE_KEY, SOURCE_ID, stage, context)?;
    let rows = joined(rows, &ends.1.info, DESTINATION_KEY, DESTINATION_ID, stage, context)?;
    let order = [SOURCE_ID, DESTINATION_ID].map(|name| ident(name).sort(true, true));
    let sorted = rows.sort(order.to_vec())?;
    let by_source = Order { sorted: true, by: End::Source };
    let count = write_order(&info, by_source, &columns, sorted, &ends, stage).await?;

    let graph = GraphInfo { name: String::new(), vertices: vec![], edges: vec![], missing: vec![] };
    let written =
        EdgeTable::new(stage.root().clone(), &graph, Arc::new(info.clone()), Some(by_source));
    let rows = context.read_table(Arc::new(written))?;
    let mut selected = vec![ident("_src").alias(SOURCE_ID), ident("_dst").alias(DESTINATION_ID)];
    selected.extend(columns.iter().map(|column| ident(column.field.name())));
    let order = [DESTINATION_ID, SOURCE_ID].map(|name| ident(name).sort(true, true));
    let sorted = rows.select(selected)?.sort(order.to_vec())?;
    let by_destination = Order { sorted: true, by: End::Destination };
    write_order(&info, by_destination, &columns, sorted, &ends, stage).await?;
    Ok((info, count))
}

/// The rows with the internal id of one end.
fn joined(
    rows: DataFrame,
    vertex: &Arc<VertexInfo>,
    key: &str,
    id: &str,
    stage: &Stage,
    context: &SessionContext,
) -> Result<DataFrame> {
    let name = vertex.key_field().map(|field| field.name().clone()).unwrap_or_default();
    let table = VertexTable::new(stage.root().clone(), Arc::clone(vertex));
    let theirs = format!("{key}OfVertex");
    let ids = context
        .read_table(Arc::new(table))?
        .select(vec![ident(name).alias(&theirs), ident(ID).alias(id)])?;
    Ok(rows
        .join(ids, JoinType::Left, &[key], &[&theirs], None)?
        .drop_columns(&[theirs.as_str()])?)
}

fn info(
    source: &EdgeSource,
    columns: &[StoredColumn],
    ends: &(Vertices, Vertices),
    options: &WriteOptions,
) -> EdgeInfo {
    let adjacency = |by| {
        let order = Order { sorted: true, by };
        Adjacency { order, prefix: format!("{order}/"), file_type: options.file_type }
    };
    let fields: Vec<FieldRef> = columns.iter().map(|column| Arc::clone(&column.field)).collect();
    let group = Group { prefix: "properties/".to_string(), file_type: options.file_type, fields };
    let mut info = EdgeInfo {
        source: source.source.1.clone(),
        edge: source.name.clone(),
        destination: source.destination.1.clone(),
        chunk_size: options.edge_chunk_size,
        source_chunk_size: ends.0.info.chunk_size,
        destination_chunk_size: ends.1.info.chunk_size,
        directed: source.directed,
        prefix: String::new(),
        adjacencies: vec![adjacency(End::Source), adjacency(End::Destination)],
        groups: if columns.is_empty() { vec![] } else { vec![group] },
    };
    info.prefix = format!("edge/{}/", info.name());
    info
}

/// Writes sorted edges in one order.
async fn write_order(
    info: &EdgeInfo,
    order: Order,
    columns: &[StoredColumn],
    rows: DataFrame,
    ends: &(Vertices, Vertices),
    stage: &Stage,
) -> Result<u64> {
    let aligned = match order.by {
        End::Source => &ends.0,
        End::Destination => &ends.1,
    };
    let part_size = info.part_size(order.by);
    let mut writer = Writer {
        info,
        columns,
        stage,
        folder: format!("{}{order}/", info.prefix),
        part_size,
        part: 0,
        chunk: 0,
        offsets: vec![],
        waiting: vec![],
        rows: 0,
        edges: 0,
        total: 0,
    };
    let mut stream = rows.execute_stream().await?;
    let schema = stream.schema();
    let place = |name: &str| {
        let index = schema.fields().iter().position(|field| field.name() == name);
        index.ok_or_else(|| Error::internal(format!("the edges have no column {name}")))
    };
    let aligned_by = place(order.by.stored_column())?;
    while let Some(batch) = stream.try_next().await? {
        check_ends(&batch, info)?;
        let ids = batch.column(aligned_by).as_primitive_opt::<Int64Type>();
        let ids = ids.ok_or_else(|| Error::internal("ids are whole numbers"))?;
        let mut at = 0;
        while at < ids.len() {
            let part = ids.value(at) as u64 / part_size;
            while writer.part < part {
                writer.finish_part(&schema).await?;
            }
            let last = (part + 1) * part_size;
            let within = ids.values()[at..].partition_point(|id| (*id as u64) < last);
            writer.add(&schema, batch.slice(at, within), &ids.values()[at..at + within]).await?;
            at += within;
        }
    }
    // Vertices behind the last edge have parts too.
    let parts = aligned.count.div_ceil(part_size);
    while writer.part < parts {
        writer.finish_part(&schema).await?;
    }
    let path = format!("{}vertex_count", writer.folder);
    stage.put(&path, (aligned.count as i64).to_le_bytes().to_vec()).await?;
    Ok(writer.total)
}

/// Every edge has both ends.
fn check_ends(batch: &RecordBatch, info: &EdgeInfo) -> Result<()> {
    let ends = [
        (SOURCE_ID, SOURCE_KEY, "source", &info.source),
        (DESTINATION_ID, DESTINATION_KEY, "destination", &info.destination),
    ];
    for (id, key, what, vertex) in ends {
        let Some(ids) = batch.column_by_name(id).filter(|ids| ids.null_count() > 0) else {
            continue;
        };
        let row = (0..ids.len()).find(|row| ids.is_null(*row)).unwrap_or_default();
        let keys = batch.column_by_name(key).filter(|keys| keys.is_valid(row));
        return Err(Error::invalid_data(match keys {
            Some(keys) => format!(
                "an edge has the {what} {}, which is the key of no '{vertex}'",
                arrow::util::display::array_value_to_string(keys, row)?
            ),
            None => format!("an edge has no {what}: the column is NULL"),
        }));
    }
    Ok(())
}

struct Writer<'a> {
    info: &'a EdgeInfo,
    columns: &'a [StoredColumn],
    stage: &'a Stage,
    folder: String,
    part_size: u64,
    /// The part that is being written, and the next chunk of it.
    part: u64,
    chunk: u64,
    /// How many edges each vertex of the part has.
    offsets: Vec<i64>,
    /// Rows that fill no chunk yet.
    waiting: Vec<RecordBatch>,
    rows: u64,
    /// Edges of the part, and of all parts.
    edges: u64,
    total: u64,
}

impl Writer<'_> {
    /// Adds rows of the part.
    async fn add(&mut self, schema: &SchemaRef, mut rows: RecordBatch, ids: &[i64]) -> Result<()> {
        self.offsets.resize(self.part_size as usize, 0);
        let first = (self.part * self.part_size) as i64;
        ids.iter().for_each(|id| self.offsets[(id - first) as usize] += 1);
        self.edges += rows.num_rows() as u64;
        while self.rows + rows.num_rows() as u64 >= self.info.chunk_size {
            let wanted = (self.info.chunk_size - self.rows) as usize;
            self.waiting.push(rows.slice(0, wanted));
            rows = rows.slice(wanted, rows.num_rows() - wanted);
            self.write_chunk(schema).await?;
        }
        if rows.num_rows() > 0 {
            self.rows += rows.num_rows() as u64;
            self.waiting.push(rows);
        }
        Ok(())
    }

    async fn write_chunk(&mut self, schema: &SchemaRef) -> Result<()> {
        let batch = concat_batches(schema, &std::mem::take(&mut self.waiting))?;
        self.rows = 0;
        let by_name = |name: &str| {
            let column = batch.column_by_name(name).cloned();
            column.ok_or_else(|| Error::internal(format!("the edges lost the column {name}")))
        };
        let ends = [SOURCE_ID, DESTINATION_ID]
            .into_iter()
            .map(|name| Ok((id_field(name), by_name(name)?)))
            .collect::<Result<Vec<_>>>()?;
        let (part, chunk) = (self.part, self.chunk);
        let path = format!("{}adj_list/part{part}/chunk{chunk}", self.folder);
        let file_type = self.info.adjacencies[0].file_type;
        self.stage.put(&path, encode(ends, file_type)?).await?;
        for group in &self.info.groups {
            let properties = self
                .columns
                .iter()
                .map(|column| {
                    let values = by_name(column.field.name())?;
                    Ok((Arc::clone(&column.field), column.store(&values)?))
                })
                .collect::<Result<Vec<_>>>()?;
            let path = format!("{}{}part{part}/chunk{chunk}", self.folder, group.prefix);
            self.stage.put(&path, encode(properties, group.file_type)?).await?;
        }
        self.chunk += 1;
        Ok(())
    }

    /// Writes what is left of the part, its offsets and its count, and goes on to the next.
    async fn finish_part(&mut self, schema: &SchemaRef) -> Result<()> {
        if self.rows > 0 {
            self.write_chunk(schema).await?;
        }
        let mut counts = std::mem::take(&mut self.offsets);
        counts.resize(self.part_size as usize, 0);
        let mut sum = 0;
        let mut offsets = Vec::with_capacity(counts.len() + 1);
        offsets.push(0);
        offsets.extend(counts.into_iter().map(|count| {
            sum += count;
            sum
        }));
        let part = self.part;
        let offsets: ArrayRef = Arc::new(Int64Array::from(offsets));
        let file_type = self.info.adjacencies[0].file_type;
        let bytes = encode(vec![(id_field("_graphArOffset"), offsets)], file_type)?;
        self.stage.put(&format!("{}offset/chunk{part}", self.folder), bytes).await?;
        let count = (self.edges as i64).to_le_bytes().to_vec();
        self.stage.put(&format!("{}edge_count{part}", self.folder), count).await?;
        self.total += self.edges;
        self.edges = 0;
        self.chunk = 0;
        self.part += 1;
        Ok(())
    }
}
