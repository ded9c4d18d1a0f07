//! A running query: a stream of batches that can be watched and stopped.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use extension::{Error, Result};
use futures::{Stream, StreamExt, TryStreamExt};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::progress::ProgressHandle;
use crate::queries::Running;
use crate::session::Started;

/// The rows of a statement, fetched as they are made. Dropping it stops the work.
pub struct Query {
    entry: Running,
    schema: SchemaRef,
    /// Gone once it ended, so that its memory is free even if the `Query` lives on.
    stream: Option<SendableRecordBatchStream>,
    cancelled: Pin<Box<WaitForCancellationFutureOwned>>,
    progress: ProgressHandle,
}

/// Stops a query from another task.
#[derive(Debug, Clone)]
pub struct CancelHandle(CancellationToken);

impl CancelHandle {
    /// Asks the query to stop; its stream then yields an error of kind `Cancelled`.
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

impl Query {
    /// The query whose start was tried.
    pub(crate) fn started(running: Running, started: Result<Started>) -> Result<Self> {
        match started {
            Ok((stream, plan)) => Ok(Self::new(running, stream, plan)),
            Err(error) => {
                running.finish(Some(&error));
                Err(error)
            }
        }
    }

    fn new(
        entry: Running,
        stream: SendableRecordBatchStream,
        plan: Option<Arc<dyn ExecutionPlan>>,
    ) -> Self {
        Self {
            cancelled: Box::pin(entry.cancellation.clone().cancelled_owned()),
            schema: stream.schema(),
            stream: Some(stream),
            progress: ProgressHandle::new(plan),
            entry,
        }
    }

    /// The id in `system.queries`.
    pub fn id(&self) -> &str {
        self.entry.id()
    }

    /// The columns; none where there is nothing to show.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Watches the query from another task.
    pub fn progress(&self) -> ProgressHandle {
        self.progress.clone()
    }

    /// Stops the query from another task.
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle(self.entry.cancellation.clone())
    }

    /// Fetches all rows.
    pub async fn collect(self) -> Result<Vec<RecordBatch>> {
        self.try_collect().await
    }

    fn end(&mut self, error: Option<&Error>) {
        self.stream = None;
        self.entry.finish(error);
    }
}

/// The error of a query that was stopped.
pub(crate) fn interrupted() -> Error {
    Error::cancelled("the query was cancelled")
}

impl Stream for Query {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.stream.is_none() {
            return Poll::Ready(None);
        }
        if self.cancelled.as_mut().poll(context).is_ready() {
            let error = interrupted();
            self.end(Some(&error));
            return Poll::Ready(Some(Err(error)));
        }
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(None);
        };
        match ready!(stream.poll_next_unpin(context)) {
            Some(Ok(batch)) => {
                self.entry.add_rows(batch.num_rows());
                Poll::Ready(Some(Ok(batch)))
            }
            Some(Err(error)) => {
                let error = Error::from(error);
                self.end(Some(&error));
                Poll::Ready(Some(Err(error)))
            }
            None => {
                self.end(None);
                Poll::Ready(None)
            }
        }
    }
}

impl std::fmt::Debug for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Query")
            .field("id", &self.id())
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}
