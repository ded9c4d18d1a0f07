//! The eight tables of the TPC-H benchmark as table functions: sample data without a network.
//!
//! The rows are those of the standard's generator for the scale factor, made while they are read, in
//! as many parts as the session has threads.

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
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator,
    PartSuppGenerator, RegionGenerator, SupplierGenerator,
};
use tpchgen_arrow::{
    CustomerArrow, LineItemArrow, NationArrow, OrderArrow, PartArrow, PartSuppArrow, RegionArrow,
    SupplierArrow,
};

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// One table: its function and how to make part `part` of `parts`.
#[derive(Clone, Copy)]
pub(crate) struct Tpch {
    signature: Signature,
    schema: fn() -> SchemaRef,
    generate: fn(scale_factor: f64, part: i32, parts: i32) -> Batches,
    /// Rows at scale factor 1, to decide how many parts are worth their cost.
    rows: usize,
}

/// Rows below which another part costs more than it saves.
const ROWS_PER_PART: f64 = 10_000.0;

const PARAMETERS: &[Parameter] = &[Parameter {
    name: "sf",
    type_name: "DOUBLE",
    default: Some("1"),
    description: "scale factor: 1 is about 1 GB of text over all tables",
}];

macro_rules! table {
    ($name:literal, $rows:literal, $generator:ident, $arrow:ident, $description:literal) => {
        Tpch {
            signature: Signature {
                name: $name,
                aliases: &[],
                description: $description,
                parameters: PARAMETERS,
                positional: 1,
                example: concat!("SELECT count(*) FROM ", $name, "(sf => 0.01)"),
            },
            schema: $arrow::schema_ref,
            generate: |scale_factor, part, parts| {
                Box::new($arrow::new($generator::new(scale_factor, part, parts)))
            },
            rows: $rows,
        }
    };
}

/// The list, in the order in which the standard loads them.
pub(crate) const TABLES: [Tpch; 8] = [
    table!("tpch_region", 5, RegionGenerator, RegionArrow, "TPC-H's region table: 5 rows."),
    table!("tpch_nation", 25, NationGenerator, NationArrow, "TPC-H's nation table: 25 rows."),
    table!(
        "tpch_part",
        200_000,
        PartGenerator,
        PartArrow,
        "TPC-H's part table: sf * 200,000 rows."
    ),
    table!(
        "tpch_supplier",
        10_000,
        SupplierGenerator,
        SupplierArrow,
        "TPC-H's supplier table: sf * 10,000 rows."
    ),
    table!(
        "tpch_partsupp",
        800_000,
        PartSuppGenerator,
        PartSuppArrow,
        "TPC-H's partsupp table: sf * 800,000 rows."
    ),
    table!(
        "tpch_customer",
        150_000,
        CustomerGenerator,
        CustomerArrow,
        "TPC-H's customer table: sf * 150,000 rows."
    ),
    table!(
        "tpch_orders",
        1_500_000,
        OrderGenerator,
        OrderArrow,
        "TPC-H's orders table: sf * 1,500,000 rows."
    ),
    table!(
        "tpch_lineitem",
        6_000_000,
        LineItemGenerator,
        LineItemArrow,
        "TPC-H's lineitem table: about sf * 6,000,000 rows."
    ),
];

impl fmt::Debug for Tpch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.signature.name)
    }
}

#[async_trait]
impl ScanFunction for Tpch {
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
        let worthwhile = (self.rows as f64 * scale_factor / ROWS_PER_PART).ceil().max(1.0);
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
    table: Tpch,
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
        let batches = (self.table.generate)(self.scale_factor, self.part, self.parts);
        let batches = batches.map(|batch| batch.map_err(DataFusionError::from));
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            futures::stream::iter(batches),
        ))
    }
}
