//! What files are, without their rows: `file_info`, `file_columns`, `glob`, whole contents and Parquet's
//! footers.

mod columns;
mod content;
mod parquet;
mod parquet_footer;

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema};
use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use datafusion::common::stats::Precision;
use datafusion::datasource::MemTable;
use datafusion::execution::SessionState;
use extension::{Arguments, Parameter, Result, ScanFunction, Signature};

use super::functions::ByFile;
use super::listing::{self, ListedFile};
use super::options;
use super::table::ChooseReader;
use crate::formats::{Description, Reader};

/// The functions, ready to call.
pub(crate) fn all() -> Vec<Arc<dyn ScanFunction>> {
    vec![
        Arc::new(FileInfo),
        Arc::new(columns::FileColumns),
        Arc::new(Glob),
        Arc::new(content::READ_TEXT),
        Arc::new(content::READ_BLOB),
        Arc::new(parquet::ParquetMetadata),
        Arc::new(parquet::ParquetSchema),
        Arc::new(parquet_footer::ParquetFileMetadata),
        Arc::new(parquet_footer::ParquetKeyValueMetadata),
    ]
}

const PATH: &[Parameter] = &[options::PATH];

/// A column of a result.
enum Values {
    Text(Vec<Option<String>>),
    Number(Vec<Option<i64>>),
}

/// A table of these columns.
fn table(columns: Vec<(&str, Values)>) -> Result<Arc<dyn TableProvider>> {
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns
        .into_iter()
        .map(|(name, values)| {
            let array: ArrayRef = match values {
                Values::Text(values) => Arc::new(StringArray::from(values)),
                Values::Number(values) => Arc::new(Int64Array::from(values)),
            };
            (Field::new(name, array.data_type().clone(), true), array)
        })
        .unzip();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
    Ok(Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))
}

fn number(value: impl TryInto<i64>) -> Option<i64> {
    value.try_into().ok()
}

/// Lists the files of a call and describes each.
async fn describe(
    arguments: &Arguments,
    state: &SessionState,
) -> Result<Vec<(ListedFile, Arc<dyn Reader>, Description)>> {
    let choose = ByFile::new(arguments);
    let files = choose.select(listing::list(&arguments.strings("path")?, state).await?);
    let mut described = Vec::with_capacity(files.len());
    for file in files {
        let reader = choose.reader(&file).await?;
        let name = &file.handle.name;
        let description =
            reader.describe(&file.handle, state).await.map_err(|error| {
                match error.message().contains(name.as_str()) {
                    true => error,
                    false => error.context(format_args!("'{name}'")),
                }
            })?;
        described.push((file, reader, description));
    }
    Ok(described)
}

#[derive(Debug)]
struct FileInfo;

#[async_trait]
impl ScanFunction for FileInfo {
    fn signature(&self) -> &Signature {
        &Signature {
            name: "file_info",
            aliases: &[],
            description: "One row per file: its format and size, and its rows and row groups where the format says them.",
            parameters: PATH,
            positional: 1,
            example: "SELECT * FROM file_info('tests/data/people.*')",
        }
    }

    async fn scan(
        &self,
        arguments: &Arguments,
        state: &SessionState,
    ) -> Result<Arc<dyn TableProvider>> {
        let (mut files, mut formats, mut created) = (vec![], vec![], vec![]);
        let (mut sizes, mut rows, mut groups, mut columns) = (vec![], vec![], vec![], vec![]);
        for (file, reader, description) in describe(arguments, state).await? {
            files.push(Some(file.handle.name.clone()));
            formats.push(Some(reader.name().to_string()));
            sizes.push(number(file.handle.meta.size));
            columns.push(number(description.schema.fields().len()));
            if reader.name() == "parquet" {
                let metadata = parquet::metadata(&file, state).await?;
                let about = metadata.file_metadata();
                rows.push(Some(about.num_rows()));
                groups.push(number(metadata.num_row_groups()));
                created.push(about.created_by().map(str::to_string));
            } else {
                rows.push(match description.statistics.num_rows {
                    Precision::Exact(rows) => number(rows),
                    _ => None,
                });
                groups.push(None);
                created.push(None);
            }
        }
        table(vec![
            ("file", Values::Text(files)),
            ("format", Values::Text(formats)),
            ("size_bytes", Values::Number(sizes)),
            ("rows", Values::Number(rows)),
            ("row_groups", Values::Number(groups)),
            ("columns", Values::Number(columns)),
            ("created_by", Values::Text(created)),
        ])
    }
}

#[derive(Debug)]
struct Glob;

#[async_trait]
impl ScanFunction for Glob {
    fn signature(&self) -> &Signature {
        &Signature {
            name: "glob",
            aliases: &[],
            description: "The files that a path or pattern stands for, one per row; none is no error.",
            parameters: PATH,
            positional: 1,
            example: "SELECT file FROM glob('tests/data/*.csv')",
        }
    }

    async fn scan(
        &self,
        arguments: &Arguments,
        state: &SessionState,
    ) -> Result<Arc<dyn TableProvider>> {
        let files = match listing::list(&arguments.strings("path")?, state).await {
            Err(error) if error.kind() == extension::ErrorKind::NotFound => vec![],
            files => files?,
        };
        let names = files.into_iter().map(|file| Some(file.handle.name)).collect();
        table(vec![("file", Values::Text(names))])
    }
}
