//! The tables of the TPC benchmarks as table functions: sample data without a network.
//!
//! The rows are those of the standard's generator for the scale factor, made while they are read, in
//! as many parts as the session has threads and the table is worth.

mod tpcds;
mod tpch;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, SessionState, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use extension::{Arguments, Parameter, Result, ScanFunction, Signature};

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// One table: its function and how to make part `part` of `parts`, counted from one.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    signature: Signature,
    schema: fn() -> SchemaRef,
    generate: fn(scale_factor: f64, part: i32, parts: i32) -> Result<Batches>,
    /// How many parts are worth their cost.
    worthwhile_parts: fn(scale_factor: f64) -> f64,
}

/// The list of benchmarks.
pub(crate) fn all() -> impl Iterator<Item = Sample> {
    tpch::TABLES.into_iter().chain(tpcds::TABLES)
}

const PARAMETERS: &[Parameter] = &[Parameter {
    name: "sf",
    type_name: "DOUBLE",
    default: Some("1"),
    description: "scale factor: 1 is about 1 GB of text over all tables",
}];

impl fmt::Debug for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.signature.name)
    }
}

#[async_trait]
impl ScanFunction for Sample {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    async fn scan(
        &self,
        arguments: &Arguments,
        state: &SessionState,
    ) -> Result<Arc<dyn TableProvider>> {
        let scale_factor = arguments.float("sf")?.unwrap_or(1.0);
        if !(scale_factor > 0.0 && scale_factor <= 100_000.0) {
            return Err(arguments.invalid("sf", "more than 0 and at most 100000", scale_factor));
        }
        let worthwhile = (self.worthwhile_parts)(scale_factor).ceil().max(1.0);
        let parts = worthwhile.min(state.config().target_partitions() as f64) as i32;
        let schema = (self.schema)();
        let partitions = (1..=parts)
            .map(|part| {
                Arc::new(Part {
                    table: *self,
                    schema: Arc::clone(&schema),
                    scale_factor,
                    part,
                    parts,
                }) as Arc<dyn PartitionStream>
            })
            .collect();
        Ok(Arc::new(StreamingTable::try_new(schema, partitions)?))
    }
}

/// One part of a table, generated while it is read.
#[derive(Debug)]
struct Part {
    table: Sample,
    schema: SchemaRef,
    scale_factor: f64,
    part: i32,
    parts: i32,
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let schema = Arc::clone(&self.schema);
        match (self.table.generate)(self.scale_factor, self.part, self.parts) {
            Ok(batches) => {
                let batches = batches.map(|batch| batch.map_err(DataFusionError::from));
                Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::iter(batches)))
            }
            Err(error) => {
                let failed = futures::stream::once(async { Err(DataFusionError::from(error)) });
                Box::pin(RecordBatchStreamAdapter::new(schema, failed))
            }
        }
    }
}
