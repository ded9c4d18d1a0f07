//! What Parquet footers say of whole files: `parquet_file_metadata` and `parquet_kv_metadata`.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use datafusion::execution::SessionState;
use extension::{Arguments, Result, ScanFunction, Signature};

use super::parquet::metadata;
use super::{PATH, Values, number, table};
use crate::files::listing;

#[derive(Debug)]
pub(super) struct ParquetFileMetadata;

#[async_trait]
impl ScanFunction for ParquetFileMetadata {
    fn signature(&self) -> &Signature {
        &Signature {
            name: "parquet_file_metadata",
            aliases: &[],
            description: "One row per Parquet file: who wrote it, its rows and row groups, and the version of the format.",
            parameters: PATH,
            positional: 1,
            example: "SELECT num_rows, num_row_groups FROM parquet_file_metadata('tests/data/people.parquet')",
        }
    }

    async fn scan(
        &self,
        arguments: &Arguments,
        state: &SessionState,
    ) -> Result<Arc<dyn TableProvider>> {
        let (mut files, mut created) = (vec![], vec![]);
        let (mut rows, mut groups, mut versions, mut sizes) = (vec![], vec![], vec![], vec![]);
        for file in listing::list(&arguments.strings("path")?, state).await? {
            let metadata = metadata(&file, state).await?;
            let about = metadata.file_metadata();
            files.push(Some(file.handle.name.clone()));
            created.push(about.created_by().map(str::to_string));
            rows.push(Some(about.num_rows()));
            groups.push(number(metadata.num_row_groups()));
            versions.push(Some(i64::from(about.version())));
            sizes.push(number(file.handle.meta.size));
        }
        table(vec![
            ("file_name", Values::Text(files)),
            ("created_by", Values::Text(created)),
            ("num_rows", Values::Number(rows)),
            ("num_row_groups", Values::Number(groups)),
            ("format_version", Values::Number(versions)),
            ("file_size_bytes", Values::Number(sizes)),
        ])
    }
}

#[derive(Debug)]
pub(super) struct ParquetKeyValueMetadata;

#[async_trait]
impl ScanFunction for ParquetKeyValueMetadata {
    fn signature(&self) -> &Signature {
        &Signature {
            name: "parquet_kv_metadata",
            aliases: &[],
            description: "One row per key that the footers of Parquet files carry, with its value.",
            parameters: PATH,
            positional: 1,
            example: "SELECT key FROM parquet_kv_metadata('tests/data/people.parquet')",
        }
    }

    async fn scan(
        &self,
        arguments: &Arguments,
        state: &SessionState,
    ) -> Result<Arc<dyn TableProvider>> {
        let (mut files, mut keys, mut values) = (vec![], vec![], vec![]);
        for file in listing::list(&arguments.strings("path")?, state).await? {
            let metadata = metadata(&file, state).await?;
            for entry in metadata.file_metadata().key_value_metadata().into_iter().flatten() {
                files.push(Some(file.handle.name.clone()));
                keys.push(Some(entry.key.clone()));
                values.push(entry.value.clone());
            }
        }
        table(vec![
            ("file_name", Values::Text(files)),
            ("key", Values::Text(keys)),
            ("value", Values::Text(values)),
        ])
    }
}
