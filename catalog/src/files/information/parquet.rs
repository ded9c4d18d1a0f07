//! What Parquet footers say, as they say it.

use std::sync::Arc;

use ::parquet::basic::LogicalType;
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::file::statistics::Statistics;
use ::parquet::schema::types::Type;
use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::execution::SessionState;
use extension::{Arguments, Result, ScanFunction, Signature};

use super::{PATH, Values, number, table};
use crate::files::listing::{self, ListedFile};

/// The footer of a file.
pub(super) async fn metadata(
    file: &ListedFile,
    state: &SessionState,
) -> Result<Arc<ParquetMetaData>> {
    let cache = state.runtime_env().cache_manager.get_file_metadata_cache();
    DFParquetMetadata::new(file.handle.store.as_ref(), &file.handle.meta)
        .with_file_metadata_cache(Some(cache))
        .fetch_metadata()
        .await
        .map_err(|error| {
            extension::Error::from(error).context(format_args!("'{}'", file.handle.name))
        })
}

/// A minimum or maximum as text.
fn extreme(statistics: &Statistics, greatest: bool) -> Option<String> {
    macro_rules! pick {
        ($values:expr, $show:expr) => {
            (if greatest { $values.max_opt() } else { $values.min_opt() }).map($show)
        };
    }
    match statistics {
        Statistics::Boolean(values) => pick!(values, ToString::to_string),
        Statistics::Int32(values) => pick!(values, ToString::to_string),
        Statistics::Int64(values) => pick!(values, ToString::to_string),
        Statistics::Int96(_) => None,
        Statistics::Float(values) => pick!(values, ToString::to_string),
        Statistics::Double(values) => pick!(values, ToString::to_string),
        Statistics::ByteArray(values) => {
            pick!(values, |bytes| String::from_utf8_lossy(bytes.data()).into_owned())
        }
        Statistics::FixedLenByteArray(values) => {
            pick!(values, |bytes| bytes.data().iter().map(|byte| format!("{byte:02x}")).collect())
        }
    }
}

#[derive(Debug)]
pub(super) struct ParquetMetadata;

#[async_trait]
impl ScanFunction for ParquetMetadata {
    fn signature(&self) -> &Signature {
        &Signature {
            name: "parquet_metadata",
            aliases: &[],
            description: "One row per column of each row group of Parquet files, as the footers say it.",
            parameters: PATH,
            positional: 1,
            example: "SELECT path_in_schema, compression, total_compressed_size FROM parquet_metadata('tests/data/people.parquet')",
        }
    }

    async fn scan(
        &self,
        arguments: &Arguments,
        state: &SessionState,
    ) -> Result<Arc<dyn TableProvider>> {
        let (mut files, mut paths, mut types) = (vec![], vec![], vec![]);
        let (mut least, mut greatest, mut codecs, mut encodings) = (vec![], vec![], vec![], vec![]);
        let mut numbers: [Vec<Option<i64>>; 9] = Default::default();
        for file in listing::list(&arguments.strings("path")?, state).await? {
            let metadata = metadata(&file, state).await?;
            for (group_index, group) in metadata.row_groups().iter().enumerate() {
                for (column_index, column) in group.columns().iter().enumerate() {
                    let statistics = column.statistics();
                    files.push(Some(file.handle.name.clone()));
                    paths.push(Some(column.column_path().parts().join(".")));
                    types.push(Some(column.column_type().to_string()));
                    least.push(statistics.and_then(|statistics| extreme(statistics, false)));
                    greatest.push(statistics.and_then(|statistics| extreme(statistics, true)));
                    codecs.push(Some(super::columns::codec(column.compression())));
                    let used: Vec<String> =
                        column.encodings().map(|encoding| encoding.to_string()).collect();
                    encodings.push(Some(used.join(", ")));
                    let row = [
                        number(group_index),
                        Some(group.num_rows()),
                        Some(group.total_byte_size()),
                        number(column_index),
                        Some(column.num_values()),
                        statistics.and_then(Statistics::null_count_opt).and_then(number),
                        statistics.and_then(Statistics::distinct_count_opt).and_then(number),
                        Some(column.compressed_size()),
                        Some(column.uncompressed_size()),
                    ];
                    numbers.iter_mut().zip(row).for_each(|(values, value)| values.push(value));
                }
            }
        }
        let [groups, rows, bytes, columns, values, nulls, distinct, compressed, uncompressed] =
            numbers;
        table(vec![
            ("file_name", Values::Text(files)),
            ("row_group_id", Values::Number(groups)),
            ("row_group_num_rows", Values::Number(rows)),
            ("row_group_bytes", Values::Number(bytes)),
            ("column_id", Values::Number(columns)),
            ("path_in_schema", Values::Text(paths)),
            ("type", Values::Text(types)),
            ("num_values", Values::Number(values)),
            ("stats_min", Values::Text(least)),
            ("stats_max", Values::Text(greatest)),
            ("stats_null_count", Values::Number(nulls)),
            ("stats_distinct_count", Values::Number(distinct)),
            ("compression", Values::Text(codecs)),
            ("encodings", Values::Text(encodings)),
            ("total_compressed_size", Values::Number(compressed)),
            ("total_uncompressed_size", Values::Number(uncompressed)),
        ])
    }
}

#[derive(Debug)]
pub(super) struct ParquetSchema;

#[async_trait]
impl ScanFunction for ParquetSchema {
    fn signature(&self) -> &Signature {
        &Signature {
            name: "parquet_schema",
            aliases: &[],
            description: "The schema tree of Parquet files, one row per node from the root down.",
            parameters: PATH,
            positional: 1,
            example: "SELECT name, type, repetition_type FROM parquet_schema('tests/data/people.parquet')",
        }
    }

    async fn scan(
        &self,
        arguments: &Arguments,
        state: &SessionState,
    ) -> Result<Arc<dyn TableProvider>> {
        let mut rows = Rows::default();
        for file in listing::list(&arguments.strings("path")?, state).await? {
            let metadata = metadata(&file, state).await?;
            rows.add(&file.handle.name, metadata.file_metadata().schema());
        }
        table(vec![
            ("file_name", Values::Text(rows.files)),
            ("name", Values::Text(rows.names)),
            ("type", Values::Text(rows.types)),
            ("repetition_type", Values::Text(rows.repetitions)),
            ("num_children", Values::Number(rows.children)),
            ("logical_type", Values::Text(rows.logical)),
        ])
    }
}

#[derive(Default)]
struct Rows {
    files: Vec<Option<String>>,
    names: Vec<Option<String>>,
    types: Vec<Option<String>>,
    repetitions: Vec<Option<String>>,
    children: Vec<Option<i64>>,
    logical: Vec<Option<String>>,
}

impl Rows {
    fn add(&mut self, file: &str, node: &Type) {
        let about = node.get_basic_info();
        self.files.push(Some(file.to_string()));
        self.names.push(Some(about.name().to_string()));
        self.types.push(node.is_primitive().then(|| node.get_physical_type().to_string()));
        self.repetitions.push(about.has_repetition().then(|| about.repetition().to_string()));
        let children = if node.is_group() { node.get_fields() } else { &[] };
        self.children.push(node.is_group().then(|| number(children.len())).flatten());
        self.logical.push(about.logical_type_ref().map(logical_name));
        for child in children {
            self.add(file, child);
        }
    }
}

/// The name of a logical type without its parameters.
fn logical_name(logical: &LogicalType) -> String {
    let text = format!("{logical:?}");
    let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
    text[..end].to_uppercase()
}
