//! Limits that another query tells, or that are a share of the rows.

use std::collections::VecDeque;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{ScalarValue, exec_datafusion_err, exec_err};
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, TryStreamExt};

use super::positional::whole;

/// The rows of `input` within the limit; NULL limits nothing.
pub(super) fn execute(
    input: SendableRecordBatchStream,
    amount: SendableRecordBatchStream,
    offset: SendableRecordBatchStream,
    is_percent: bool,
) -> SendableRecordBatchStream {
    let schema = input.schema();
    let batches = futures::stream::once(async move {
        let amount = number(amount).await?;
        let offset = number(offset).await?.unwrap_or(0.0) as usize;
        let (input, take): (SendableRecordBatchStream, usize) = match (amount, is_percent) {
            (None, _) => (input, usize::MAX),
            (Some(amount), false) => (input, amount as usize),
            (Some(share), true) => {
                if !(0.0..=100.0).contains(&share) {
                    return exec_err!("LIMIT {share}% is not between 0% and 100%");
                }
                let schema = input.schema();
                let all: VecDeque<RecordBatch> = input.try_collect().await?;
                let rows: usize = all.iter().map(RecordBatch::num_rows).sum();
                let take = (rows as f64 * share / 100.0) as usize;
                let again = futures::stream::iter(all.into_iter().map(Ok));
                (Box::pin(RecordBatchStreamAdapter::new(schema, again)), take)
            }
        };
        Ok(window(input, offset, take))
    })
    .try_flatten();
    Box::pin(RecordBatchStreamAdapter::new(schema, batches))
}

/// The rows from `skip` on, `take` at most.
fn window(
    input: SendableRecordBatchStream,
    skip: usize,
    take: usize,
) -> impl futures::Stream<Item = DataFusionResult<RecordBatch>> {
    futures::stream::try_unfold((input, skip, take), |(mut input, mut skip, mut take)| async move {
        while take > 0 {
            let Some(batch) = input.next().await.transpose()? else { break };
            let skipped = skip.min(batch.num_rows());
            skip -= skipped;
            let rows = take.min(batch.num_rows() - skipped);
            if rows > 0 {
                take -= rows;
                return Ok(Some((batch.slice(skipped, rows), (input, skip, take))));
            }
        }
        Ok(None)
    })
}

/// The one value of a query; NULL and no row are nothing.
async fn number(stream: SendableRecordBatchStream) -> DataFusionResult<Option<f64>> {
    let batch = whole(stream).await?;
    if batch.num_rows() > 1 {
        return exec_err!("a query in LIMIT or OFFSET has more than one row");
    }
    if batch.num_rows() == 0 || batch.num_columns() == 0 {
        return Ok(None);
    }
    // A column of the type NULL has no bits that say so, but its values do.
    let value = ScalarValue::try_from_array(batch.column(0), 0)?;
    if value.is_null() {
        return Ok(None);
    }
    let value = value.cast_to(&DataType::Float64)?;
    match value {
        ScalarValue::Float64(Some(number)) if number >= 0.0 => Ok(Some(number)),
        other => Err(exec_datafusion_err!("LIMIT and OFFSET cannot be {other}")),
    }
}
