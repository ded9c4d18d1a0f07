//! Formats whose parser pulls bytes: it works on a thread of its own, and what it makes streams out.

use std::io::{BufRead, Read};

use ::bytes::{Buf, Bytes};
use arrow::array::RecordBatch;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{DataFusionError, Result};
use extension::Error;
use futures::StreamExt;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::Batches;
use super::bytes::Pieces;

/// Pieces and batches that may wait for the other side.
const WAITING: usize = 4;

/// The bytes of a file as they arrive.
pub(crate) struct Arriving {
    pieces: Receiver<Result<Bytes>>,
    current: Bytes,
}

impl Read for Arriving {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let from = self.fill_buf()?;
        let length = from.len().min(into.len());
        into[..length].copy_from_slice(&from[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Arriving {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        while self.current.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.current = piece.map_err(std::io::Error::other)?,
                None => break,
            }
        }
        Ok(&self.current)
    }

    fn consume(&mut self, length: usize) {
        self.current.advance(length);
    }
}

/// Where a parser puts what it made.
pub(crate) struct Made(Sender<Result<RecordBatch>>);

impl Made {
    /// Hands a batch over; an error when nobody wants more.
    pub(crate) fn push(&self, batch: RecordBatch) -> extension::Result<()> {
        self.0.blocking_send(Ok(batch)).map_err(|_| Error::cancelled("the query was cancelled"))
    }
}

/// The batches that `parse` makes of the bytes.
pub(crate) fn parsed(
    mut pieces: Pieces,
    parse: impl FnOnce(Arriving, &Made) -> extension::Result<()> + Send + 'static,
) -> Batches {
    let (give, arriving) = channel(WAITING);
    let (made, batches) = channel(WAITING);
    let reading = SpawnedTask::spawn(async move {
        while let Some(piece) = pieces.next().await {
            if give.send(piece).await.is_err() {
                break;
            }
        }
    });
    // The thread ends by itself: its next piece or batch finds nobody at the other side.
    let parsing = SpawnedTask::spawn_blocking(move || {
        let made = Made(made);
        let arriving = Arriving { pieces: arriving, current: Bytes::new() };
        if let Err(error) = parse(arriving, &made) {
            // Nobody is there to hear it if the query is over.
            let _ = made.0.blocking_send(Err(DataFusionError::from(error)));
        }
    });
    futures::stream::unfold(
        (batches, reading, parsing),
        |(mut batches, reading, parsing)| async move {
            let batch = batches.recv().await?;
            Some((batch, (batches, reading, parsing)))
        },
    )
    .boxed()
}
