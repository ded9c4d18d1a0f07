//! `file_columns`: the columns of files, with sizes and extremes over all row groups.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{Field, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;
use datafusion::execution::SessionState;
use extension::{Arguments, Result, ScanFunction, Signature, sql_type_name};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::basic::Compression;
use parquet::file::metadata::ParquetMetaData;

use super::{PATH, Values, describe, number, table};

/// The name of a codec, without its level.
pub(super) fn codec(compression: Compression) -> String {
    let text = compression.to_string();
    text.split('(').next().unwrap_or(&text).to_string()
}

#[derive(Debug)]
pub(super) struct FileColumns;

/// What a Parquet file's row groups say of a column, taken together.
#[derive(Default)]
struct Summary {
    least: Option<String>,
    greatest: Option<String>,
    nulls: Option<i64>,
    codecs: Vec<String>,
    encodings: Vec<String>,
    compressed: i64,
    uncompressed: i64,
}

#[async_trait]
impl ScanFunction for FileColumns {
    fn signature(&self) -> &Signature {
        &Signature {
            name: "file_columns",
            aliases: &[],
            description: "One row per column of each file: its type and, for Parquet, extremes, nulls, codecs, encodings and sizes.",
            parameters: PATH,
            positional: 1,
            example: "SELECT * FROM file_columns('tests/data/people.parquet')",
        }
    }

    async fn scan(
        &self,
        arguments: &Arguments,
        state: &SessionState,
    ) -> Result<Arc<dyn TableProvider>> {
        let (mut files, mut names, mut types) = (vec![], vec![], vec![]);
        let (mut least, mut greatest, mut codecs, mut encodings) = (vec![], vec![], vec![], vec![]);
        let (mut nulls, mut compressed, mut uncompressed) = (vec![], vec![], vec![]);
        for (file, reader, description) in describe(arguments, state).await? {
            let metadata = match reader.name() {
                "parquet" => Some(super::parquet::metadata(&file, state).await?),
                _ => None,
            };
            for (index, field) in description.schema.fields().iter().enumerate() {
                files.push(Some(file.handle.name.clone()));
                names.push(Some(field.name().clone()));
                types.push(Some(sql_type_name(field.data_type())));
                let summary = metadata
                    .as_ref()
                    .map(|metadata| summarise(metadata, index, field, &description.schema))
                    .transpose()?;
                let known = summary.is_some();
                let summary = summary.unwrap_or_default();
                least.push(summary.least);
                greatest.push(summary.greatest);
                nulls.push(summary.nulls);
                codecs.push(known.then(|| summary.codecs.join(", ")));
                encodings.push(known.then(|| summary.encodings.join(", ")));
                compressed.push(known.then_some(summary.compressed));
                uncompressed.push(known.then_some(summary.uncompressed));
            }
        }
        table(vec![
            ("file", Values::Text(files)),
            ("column_name", Values::Text(names)),
            ("column_type", Values::Text(types)),
            ("min", Values::Text(least)),
            ("max", Values::Text(greatest)),
            ("null_count", Values::Number(nulls)),
            ("compression", Values::Text(codecs)),
            ("encodings", Values::Text(encodings)),
            ("compressed_bytes", Values::Number(compressed)),
            ("uncompressed_bytes", Values::Number(uncompressed)),
        ])
    }
}

fn summarise(
    metadata: &ParquetMetaData,
    root: usize,
    field: &Field,
    schema: &Schema,
) -> Result<Summary> {
    let mut summary = Summary::default();
    let parquet_schema = metadata.file_metadata().schema_descr();
    for group in metadata.row_groups() {
        for (leaf, column) in group.columns().iter().enumerate() {
            if parquet_schema.get_column_root_idx(leaf) != root {
                continue;
            }
            note(&mut summary.codecs, codec(column.compression()));
            for encoding in column.encodings() {
                note(&mut summary.encodings, encoding.to_string());
            }
            summary.compressed += column.compressed_size();
            summary.uncompressed += column.uncompressed_size();
        }
    }
    // Extremes of nested columns are those of their parts, which say little.
    if field.data_type().is_nested() {
        return Ok(summary);
    }
    let Ok(converter) = StatisticsConverter::try_new(field.name(), schema, parquet_schema) else {
        return Ok(summary);
    };
    let groups = metadata.row_groups();
    summary.least = extreme(&converter.row_group_mins(groups)?, false)?;
    summary.greatest = extreme(&converter.row_group_maxes(groups)?, true)?;
    let counts = converter.row_group_null_counts(groups)?;
    if counts.null_count() == 0 {
        summary.nulls = number(counts.iter().flatten().sum::<u64>());
    }
    Ok(summary)
}

fn note(seen: &mut Vec<String>, name: String) {
    if !seen.contains(&name) {
        seen.push(name);
    }
}

/// The least or greatest of the row groups' extremes, if each has one.
fn extreme(values: &ArrayRef, greatest: bool) -> Result<Option<String>> {
    let mut best: Option<ScalarValue> = None;
    for index in 0..values.len() {
        if values.is_null(index) {
            // A row group without values has no extreme; the others still bound the file's values.
            continue;
        }
        let value = ScalarValue::try_from_array(values, index)?;
        let better = best.as_ref().is_none_or(|best| match value.partial_cmp(best) {
            Some(order) => order.is_gt() == greatest && order.is_ne(),
            None => false,
        });
        if better {
            best = Some(value);
        }
    }
    best.map(|best| {
        let array = best.to_array()?;
        let options = FormatOptions::default();
        let formatter = ArrayFormatter::try_new(array.as_ref(), &options)?;
        Ok(formatter.value(0).to_string())
    })
    .transpose()
}
