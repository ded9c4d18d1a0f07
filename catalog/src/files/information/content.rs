//! `read_text` and `read_blob`: whole files as values.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Field, Schema};
use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::execution::SessionState;
use extension::{Arguments, Error, Result, ScanFunction, Signature};
use futures::TryStreamExt;

use super::PATH;
use crate::files::listing;
use crate::formats::bytes;

/// Reads whole files.
#[derive(Debug)]
pub(super) struct ReadContent {
    pub(super) signature: Signature,
    /// Whether the content is text.
    pub(super) text: bool,
}

pub(super) const READ_TEXT: ReadContent = ReadContent {
    signature: Signature {
        name: "read_text",
        aliases: &[],
        description: "One row per file: its name, its content as text, its size and when it was changed last.",
        parameters: PATH,
        positional: 1,
        example: "SELECT filename, content FROM read_text('tests/data/*.md')",
    },
    text: true,
};

pub(super) const READ_BLOB: ReadContent = ReadContent {
    signature: Signature {
        name: "read_blob",
        aliases: &[],
        description: "One row per file: its name, its content as bytes, its size and when it was changed last.",
        parameters: PATH,
        positional: 1,
        example: "SELECT filename, size FROM read_blob('tests/data/*.parquet')",
    },
    text: false,
};

#[async_trait]
impl ScanFunction for ReadContent {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    async fn scan(
        &self,
        arguments: &Arguments,
        state: &SessionState,
    ) -> Result<Arc<dyn TableProvider>> {
        let files = listing::list(&arguments.strings("path")?, state).await?;
        let mut contents = Vec::with_capacity(files.len());
        for file in &files {
            let meta = &file.handle.meta;
            let pieces: Vec<_> = bytes::stored(&file.handle.store, &meta.location, 0..meta.size)
                .await?
                .try_collect()
                .await?;
            contents.push(pieces.concat());
        }
        let content: ArrayRef = match self.text {
            true => {
                let texts = files.iter().zip(&contents).map(|(file, content)| {
                    std::str::from_utf8(content).map_err(|_| {
                        let name = &file.handle.name;
                        Error::invalid_data(format!("'{name}' is not text in UTF-8"))
                            .with_hint(format!("read_blob('{name}') reads any bytes"))
                    })
                });
                Arc::new(StringArray::from(texts.collect::<Result<Vec<_>>>()?))
            }
            false => Arc::new(BinaryArray::from_iter_values(&contents)),
        };
        let names = files.iter().map(|file| file.handle.name.as_str());
        let sizes = contents.iter().map(|content| content.len() as i64);
        let changed = files.iter().map(|file| file.handle.meta.last_modified.timestamp_micros());
        let columns: [(&str, ArrayRef); 4] = [
            ("filename", Arc::new(StringArray::from_iter_values(names))),
            ("content", content),
            ("size", Arc::new(Int64Array::from_iter_values(sizes))),
            (
                "last_modified",
                Arc::new(TimestampMicrosecondArray::from_iter_values(changed).with_timezone("UTC")),
            ),
        ];
        let fields: Vec<Field> = columns
            .iter()
            .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
            .collect();
        let schema = Arc::new(Schema::new(fields));
        let arrays = columns.into_iter().map(|(_, array)| array).collect();
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
        Ok(Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))
    }
}
