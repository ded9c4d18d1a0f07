//! Writing vertices: sorted by their keys, which numbers them from 0, in chunks.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Field, FieldRef, SchemaRef};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr, ident};
use extension::{Error, Result, closest, sql_type_name};
use futures::TryStreamExt;

use crate::info::{FileType, Group, VertexInfo, id_field};

use super::VertexSource;
use super::encode::{StoredColumn, encode};
use super::options::WriteOptions;
use super::stage::Stage;

/// The column of the ids in the files.
const INDEX: &str = "_graphArVertexIndex";

/// Writes a vertex type, and tells how many vertices it has.
pub(super) async fn write(
    source: &VertexSource,
    rows: DataFrame,
    stage: &Stage,
    options: &WriteOptions,
) -> Result<(VertexInfo, u64)> {
    let (rows, labels) = match &source.labels {
        Some(labels) => labels_last(rows, labels).await?,
        None => (rows, vec![]),
    };
    let schema: SchemaRef = Arc::new(rows.schema().as_arrow().clone());
    let key = column(&schema, &source.key)?;
    let properties = schema.fields().len() - usize::from(source.labels.is_some());
    let columns = schema
        .fields()
        .iter()
        .take(properties)
        .map(|field| StoredColumn::new(field, options.file_type))
        .collect::<Result<Vec<_>>>()?;
    let name = schema.field(key).name().clone();
    if key >= columns.len() {
        return Err(Error::invalid_input(format!("'{name}' is the key and cannot be the labels")));
    }
    let mut info = info(source, &columns, key, options);
    info.labels = labels;
    let sorted = rows.sort(vec![ident(name).sort(true, true)])?;
    let mut stream = sorted.execute_stream().await?;
    let mut chunks = Chunks { info: &info, columns: &columns, key, stage, last: None, next: 0 };
    let mut waiting: Vec<RecordBatch> = vec![];
    let mut rows = 0;
    while let Some(mut batch) = stream.try_next().await? {
        while rows + batch.num_rows() as u64 >= options.chunk_size {
            let wanted = (options.chunk_size - rows) as usize;
            waiting.push(batch.slice(0, wanted));
            batch = batch.slice(wanted, batch.num_rows() - wanted);
            chunks.write(&stream.schema(), std::mem::take(&mut waiting)).await?;
            rows = 0;
        }
        rows += batch.num_rows() as u64;
        waiting.push(batch);
    }
    if rows > 0 {
        chunks.write(&stream.schema(), waiting).await?;
    }
    let count = chunks.next;
    let path = format!("{}vertex_count", info.prefix);
    stage.put(&path, (count as i64).to_le_bytes().to_vec()).await?;
    Ok((info, count))
}

/// The rows with the column of labels behind the others, and all labels that it holds.
async fn labels_last(rows: DataFrame, labels: &str) -> Result<(DataFrame, Vec<String>)> {
    let schema: SchemaRef = Arc::new(rows.schema().as_arrow().clone());
    let place = column(&schema, labels)?;
    let field = schema.field(place);
    let is_list = match field.data_type() {
        DataType::List(element) | DataType::LargeList(element) => element.data_type().is_string(),
        _ => false,
    };
    if !is_list {
        return Err(Error::invalid_input(format!(
            "the labels '{}' must be VARCHAR[], not {}",
            field.name(),
            sql_type_name(field.data_type())
        )));
    }
    let others = (0..schema.fields().len()).filter(|index| *index != place);
    let order = others.chain([place]).map(|index| ident(schema.field(index).name()));
    let name = field.name().as_str();
    let found = rows.clone().select(vec![ident(name)])?.unnest_columns(&[name])?.distinct()?;
    let mut names = vec![];
    for batch in found.collect().await? {
        let texts = cast(batch.column(0), &DataType::Utf8)?;
        names.extend(texts.as_string::<i32>().iter().flatten().map(str::to_string));
    }
    names.sort();
    Ok((rows.select(order.collect::<Vec<Expr>>())?, names))
}

/// For each label which of the lists hold it.
fn flags(lists: &ArrayRef, labels: &[String]) -> Result<Vec<(FieldRef, ArrayRef)>> {
    let element = Arc::new(Field::new_list_field(DataType::Utf8, true));
    let lists = cast(lists, &DataType::List(element))?;
    let lists = lists.as_list::<i32>();
    let texts = lists.values().as_string::<i32>();
    let offsets = lists.value_offsets();
    let of_row = |row: usize| match lists.is_valid(row) {
        true => offsets[row] as usize..offsets[row + 1] as usize,
        false => 0..0,
    };
    let holds = |row: usize, label: &str| {
        of_row(row).any(|place| texts.is_valid(place) && texts.value(place) == label)
    };
    Ok(labels
        .iter()
        .map(|label| {
            let flags: BooleanArray = (0..lists.len()).map(|row| Some(holds(row, label))).collect();
            let field = Arc::new(Field::new(label, DataType::Boolean, false));
            (field, Arc::new(flags) as ArrayRef)
        })
        .collect())
}

/// The place of a column, in any case.
pub(super) fn column(schema: &SchemaRef, name: &str) -> Result<usize> {
    let fields = schema.fields();
    let exact = fields.iter().position(|field| field.name() == name);
    let found =
        exact.or_else(|| fields.iter().position(|field| field.name().eq_ignore_ascii_case(name)));
    found.ok_or_else(|| {
        let names = || fields.iter().map(|field| field.name().as_str());
        let error = Error::not_found(format!("column '{name}' does not exist"));
        match closest(name, names()) {
            Some(near) => error.with_hint(format!("did you mean '{near}'?")),
            None => error.with_hint(format!("columns: {}", names().collect::<Vec<_>>().join(", "))),
        }
    })
}

/// The description: the key is stored by itself, so that edges can be read with the keys of their ends
/// and without the rest.
fn info(
    source: &VertexSource,
    columns: &[StoredColumn],
    key: usize,
    options: &WriteOptions,
) -> VertexInfo {
    let field = |index: usize| Arc::clone(&columns[index].field);
    let others: Vec<FieldRef> =
        (0..columns.len()).filter(|index| *index != key).map(field).collect();
    let key_field = Arc::new(columns[key].field.as_ref().clone().with_nullable(false));
    let group = |prefix: &str, fields: Vec<FieldRef>| Group {
        prefix: prefix.to_string(),
        file_type: options.file_type,
        fields,
    };
    let mut groups = vec![group("key/", vec![key_field])];
    if !others.is_empty() {
        groups.push(group("properties/", others));
    }
    VertexInfo {
        name: source.name.clone(),
        chunk_size: options.chunk_size,
        prefix: format!("vertex/{}/", source.name),
        groups,
        labels: vec![],
        key: Some((0, 0)),
    }
}

struct Chunks<'a> {
    info: &'a VertexInfo,
    columns: &'a [StoredColumn],
    key: usize,
    stage: &'a Stage,
    /// The last key of the chunk before.
    last: Option<ArrayRef>,
    /// The next id.
    next: u64,
}

impl Chunks<'_> {
    async fn write(&mut self, schema: &SchemaRef, rows: Vec<RecordBatch>) -> Result<()> {
        let batch = concat_batches(schema, &rows)?;
        drop(rows);
        self.check_keys(batch.column(self.key))?;
        let chunk = self.next / self.info.chunk_size;
        let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(
            (self.next..self.next + batch.num_rows() as u64).map(|id| id as i64),
        ));
        let stored = self
            .columns
            .iter()
            .zip(batch.columns())
            .map(|(column, values)| column.store(values))
            .collect::<Result<Vec<_>>>()?;
        for group in &self.info.groups {
            let mut columns = vec![(id_field(INDEX), Arc::clone(&ids))];
            for field in &group.fields {
                let index =
                    self.columns.iter().position(|column| column.field.name() == field.name());
                if let Some(index) = index {
                    columns.push((Arc::clone(field), Arc::clone(&stored[index])));
                }
            }
            let path = format!("{}{}chunk{chunk}", self.info.prefix, group.prefix);
            self.stage.put(&path, encode(columns, group.file_type)?).await?;
        }
        if !self.info.labels.is_empty() {
            let flags = flags(batch.column(batch.num_columns() - 1), &self.info.labels)?;
            let path = format!("{}labels/chunk{chunk}", self.info.prefix);
            self.stage.put(&path, encode(flags, FileType::Parquet)?).await?;
        }
        self.next += batch.num_rows() as u64;
        Ok(())
    }

    /// The keys are sorted, so equal ones stand side by side.
    fn check_keys(&mut self, keys: &ArrayRef) -> Result<()> {
        let name = self.columns[self.key].field.name();
        if keys.null_count() > 0 {
            return Err(Error::invalid_data(format!("the key '{name}' is NULL in a vertex")));
        }
        let twice = |keys: &ArrayRef, at: usize| -> Result<()> {
            let value = arrow::util::display::array_value_to_string(keys, at)?;
            Err(Error::invalid_data(format!("the key '{name}' has the value {value} twice")))
        };
        if let Some(last) = &self.last {
            let first = keys.slice(0, 1);
            if last.as_ref() == first.as_ref() {
                return twice(keys, 0);
            }
        }
        let length = keys.len();
        if length > 1 {
            let same = arrow::compute::kernels::cmp::eq(
                &keys.slice(0, length - 1),
                &keys.slice(1, length - 1),
            )?;
            if let Some(at) = same.iter().position(|same| same == Some(true)) {
                return twice(keys, at);
            }
        }
        self.last = Some(keys.slice(length - 1, 1));
        Ok(())
    }
}
