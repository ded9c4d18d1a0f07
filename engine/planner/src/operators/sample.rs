//! Samples: each row or batch by chance, or a reservoir of a number of rows.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;

use datafusion::arrow::array::{BooleanArray, RecordBatch, UInt32Array};
use datafusion::arrow::compute::{concat_batches, filter_record_batch, take_record_batch};
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, TryStreamExt};

use super::node::Method;

const MILLION: u64 = 1_000_000;

/// The sampled rows of `input`.
pub(super) fn execute(
    input: SendableRecordBatchStream,
    method: &Method,
    seed: Option<u64>,
    partition: usize,
) -> SendableRecordBatchStream {
    let schema = input.schema();
    let mut random = Random::new(seed, partition);
    match *method {
        Method::Bernoulli(millionths) => {
            let sampled = input.map(move |batch| {
                let batch = batch?;
                let chosen: BooleanArray = (0..batch.num_rows())
                    .map(|_| Some(random.below(MILLION) < u64::from(millionths)))
                    .collect();
                Ok(filter_record_batch(&batch, &chosen)?)
            });
            Box::pin(RecordBatchStreamAdapter::new(schema, sampled))
        }
        Method::System(millionths) => {
            // Vectors of this size are in or out as a whole, as in DuckDB.
            const VECTOR: usize = 2048;
            let sampled = input.map(move |batch| {
                let batch = batch?;
                let mut chosen = Vec::with_capacity(batch.num_rows());
                while chosen.len() < batch.num_rows() {
                    let is_in = random.below(MILLION) < u64::from(millionths);
                    let rows = VECTOR.min(batch.num_rows() - chosen.len());
                    chosen.extend(std::iter::repeat_n(is_in, rows));
                }
                Ok(filter_record_batch(&batch, &BooleanArray::from(chosen))?)
            });
            Box::pin(RecordBatchStreamAdapter::new(schema, sampled))
        }
        Method::Rows(rows) => {
            let made = Arc::clone(&schema);
            let sampled = futures::stream::once(async move {
                let mut reservoir = Reservoir::new(Some(rows), random);
                reservoir.fill(input).await?;
                reservoir.choose(&made, rows)
            });
            Box::pin(RecordBatchStreamAdapter::new(schema, sampled))
        }
        Method::Share(millionths) => {
            let made = Arc::clone(&schema);
            let sampled = futures::stream::once(async move {
                let mut reservoir = Reservoir::new(None, random);
                let seen = reservoir.fill(input).await?;
                let rows = (seen as u64 * u64::from(millionths) / MILLION) as usize;
                reservoir.choose(&made, rows)
            });
            Box::pin(RecordBatchStreamAdapter::new(schema, sampled))
        }
    }
}

/// Rows with random keys; the ones with the smallest keys are the sample.
struct Reservoir {
    capacity: Option<usize>,
    random: Random,
    batches: Vec<RecordBatch>,
    keys: Vec<u64>,
}

impl Reservoir {
    fn new(capacity: Option<usize>, random: Random) -> Self {
        Self { capacity, random, batches: vec![], keys: vec![] }
    }

    /// Reads all rows, and says how many there were.
    async fn fill(&mut self, mut input: SendableRecordBatchStream) -> DataFusionResult<usize> {
        let schema = input.schema();
        let mut seen = 0;
        while let Some(batch) = input.try_next().await? {
            seen += batch.num_rows();
            self.keys.extend((0..batch.num_rows()).map(|_| self.random.next()));
            self.batches.push(batch);
            // What can no longer be chosen is dropped from time to time.
            if let Some(capacity) = self.capacity
                && self.keys.len() > 4 * capacity.max(8192)
            {
                let kept = self.choose(&schema, capacity)?;
                let mut keys = self.smallest(capacity);
                keys.sort_unstable();
                self.keys = keys.iter().map(|index| self.keys[*index]).collect();
                self.batches = vec![kept];
            }
        }
        Ok(seen)
    }

    /// The indices of the rows with the smallest keys.
    fn smallest(&self, rows: usize) -> Vec<usize> {
        let mut indices: Vec<usize> = (0..self.keys.len()).collect();
        if rows < indices.len() {
            indices.select_nth_unstable_by_key(rows, |index| self.keys[*index]);
            indices.truncate(rows);
        }
        indices
    }

    /// The rows of the sample, in the order in which they came.
    fn choose(
        &self,
        schema: &datafusion::arrow::datatypes::SchemaRef,
        rows: usize,
    ) -> DataFusionResult<RecordBatch> {
        let all = concat_batches(schema, &self.batches)?;
        let mut indices = self.smallest(rows);
        indices.sort_unstable();
        let indices: UInt32Array = indices.into_iter().map(|index| index as u32).collect();
        Ok(take_record_batch(&all, &indices)?)
    }
}

/// A stream of random numbers (SplitMix64), the same for the same seed.
struct Random(u64);

impl Random {
    fn new(seed: Option<u64>, partition: usize) -> Self {
        let seed = seed.unwrap_or_else(|| RandomState::new().hash_one(partition));
        Self(seed ^ (partition as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}
