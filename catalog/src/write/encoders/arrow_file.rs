//! Arrow IPC files.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
use arrow::ipc::{CompressionType, MetadataVersion};
use datafusion::common::Result;

use super::{Encoding, FileEncoder};
use crate::write::settings::unknown;

/// The encoding with the compression of its buffers.
pub(crate) fn encoding(compression: &str) -> Result<Encoding> {
    let compression = match compression {
        "uncompressed" => None,
        "lz4" => Some(CompressionType::LZ4_FRAME),
        "zstd" => Some(CompressionType::ZSTD),
        other => return Err(unknown("compression", other)),
    };
    let options = IpcWriteOptions::try_new(64, false, MetadataVersion::V5)?
        .try_with_compression(compression)?;
    Ok(Encoding::Files(Arc::new(move |schema| {
        let writer = FileWriter::try_new_with_options(vec![], schema, options.clone())?;
        Ok(Box::new(ArrowEncoder { writer }) as Box<dyn FileEncoder>)
    })))
}

struct ArrowEncoder {
    writer: FileWriter<Vec<u8>>,
}

impl FileEncoder for ArrowEncoder {
    fn encode(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        self.writer.write(batch)?;
        out.append(self.writer.get_mut());
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.writer.finish()?;
        out.append(self.writer.get_mut());
        Ok(())
    }
}
