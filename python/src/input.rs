//! Python's tables as ours: anything that speaks Arrow's C interface.

use std::sync::{Arc, Mutex, PoisonError};

use engine::arrow::array::{RecordBatch, RecordBatchReader};
use engine::arrow::datatypes::SchemaRef;
use engine::datafusion::catalog::TableProvider;
use engine::datafusion::catalog::streaming::StreamingTable;
use engine::datafusion::common::DataFusionError;
use engine::datafusion::datasource::MemTable;
use engine::datafusion::execution::TaskContext;
use engine::datafusion::physical_plan::SendableRecordBatchStream;
use engine::datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use engine::datafusion::physical_plan::streaming::PartitionStream;
use engine::{Error, Result};
use pyo3::prelude::*;
use pyo3_arrow::input::AnyRecordBatch;

use crate::error::to_python;
use crate::frame::Frame;

/// Rows of one slice of a table in memory: libraries hand over columns of millions of rows in one piece,
/// and slices are what the engine's threads share.
const SLICE_ROWS: usize = 1 << 16;

/// What only tables in memory can say about themselves, in the words of pyarrow, Polars and pandas.
const KNOWS_ITS_SIZE: &[&str] = &["nbytes", "estimated_size", "memory_usage", "__arrow_c_array__"];

/// Parts of Arrow's messages about columns where tables were expected.
const ONE_COLUMN: &[&str] = &["Unexpected data type", "Unable to interpret C data struct"];

/// What readers have, which give their rows once.
const READS_ONCE: &str = "read_next_batch";

/// The table that a Python object is. One in memory shares its memory with us; a frame is read
/// as part of the query that asks; from any other the rows stream when a query asks for them.
pub(crate) fn table(name: &str, object: &Bound<'_, PyAny>) -> PyResult<Arc<dyn TableProvider>> {
    let py = object.py();
    if let Ok(frame) = object.cast::<Frame>() {
        return frame.get().view(py);
    }
    if !object.hasattr("__arrow_c_stream__")? && !object.hasattr("__arrow_c_array__")? {
        let error = Error::invalid_input(format!("'{name}' is of type {}, which is no table", type_name(object)))
            .with_hint("give a pandas or Polars DataFrame, a pyarrow Table, or anything with __arrow_c_stream__");
        return Err(to_python(py, &error, None));
    }
    let reader = open(name, object)?;
    let schema = reader.schema();
    let mut in_memory = false;
    for attribute in KNOWS_ITS_SIZE {
        in_memory |= object.hasattr(attribute)?;
    }
    let table: Result<Arc<dyn TableProvider>> = match in_memory {
        true => py.detach(|| in_slices(schema, reader)),
        false => {
            let source = PythonSource {
                name: name.to_string(),
                object: object.clone().unbind(),
                once: object.hasattr(READS_ONCE)?,
                opened: Mutex::new(Some(reader)),
            };
            let stream = PythonStream { schema: schema.clone(), source: Arc::new(source) };
            StreamingTable::try_new(schema, vec![Arc::new(stream)])
                .map(|table| Arc::new(table) as Arc<dyn TableProvider>)
                .map_err(Error::from)
        }
    };
    table.map_err(|error| to_python(py, &error.context(format!("'{name}'")), None))
}

type Reader = Box<dyn RecordBatchReader + Send>;

fn open(name: &str, object: &Bound<'_, PyAny>) -> PyResult<Reader> {
    let rows: PyResult<AnyRecordBatch> = object.extract();
    rows.and_then(AnyRecordBatch::into_reader).map_err(|cause| {
        let py = object.py();
        // An error of the object itself, such as a missing package, says more than we could.
        if !cause.is_instance_of::<pyo3::exceptions::PyValueError>(py) {
            return cause;
        }
        let why = cause.value(py).to_string();
        // What Arrow says of an array, which is one column and no table.
        let column = ONE_COLUMN.iter().any(|words| why.contains(words));
        let error = match column {
            true => Error::invalid_input(format!(
                "'{name}' is of type {}, which has no columns",
                type_name(object)
            ))
            .with_hint("give a table or a DataFrame, not a single column"),
            false => Error::invalid_input(format!("'{name}': {why}")),
        };
        let error = to_python(py, &error, None);
        error.set_cause(py, Some(cause));
        error
    })
}

fn in_slices(schema: SchemaRef, reader: Reader) -> Result<Arc<dyn TableProvider>> {
    let mut slices: Vec<RecordBatch> = Vec::new();
    for batch in reader {
        let batch = batch?;
        slices.extend(
            (0..batch.num_rows())
                .step_by(SLICE_ROWS)
                .map(|start| batch.slice(start, SLICE_ROWS.min(batch.num_rows() - start))),
        );
    }
    Ok(Arc::new(MemTable::try_new(schema, vec![slices])?))
}

/// An object whose rows are read when a query runs.
struct PythonSource {
    name: String,
    object: Py<PyAny>,
    once: bool,
    /// The stream that told us the schema, for the first query.
    opened: Mutex<Option<Reader>>,
}

/// The source as DataFusion takes it.
struct PythonStream {
    schema: SchemaRef,
    source: Arc<PythonSource>,
}

impl PythonSource {
    fn open(&self) -> Result<Reader> {
        if let Some(reader) = self.opened.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Ok(reader);
        }
        if self.once {
            return Err(Error::invalid_input(format!(
                "'{}' was read already, and it gives its rows once",
                self.name
            ))
            .with_hint("read it into a table first, such as with read_all()"));
        }
        Python::try_attach(|py| {
            open(&self.name, self.object.bind(py))
                .map_err(|error| Error::io(format!("'{}': {}", self.name, error.value(py))))
        })
        .unwrap_or_else(|| Err(Error::cancelled("the interpreter is shutting down")))
    }
}

impl std::fmt::Debug for PythonStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PythonStream").field("name", &self.source.name).finish_non_exhaustive()
    }
}

impl PartitionStream for PythonStream {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut builder = RecordBatchReceiverStreamBuilder::new(self.schema.clone(), 2);
        let sender = builder.tx();
        let source = Arc::clone(&self.source);
        // Python may take its time, for the stream to begin and for each batch, so this is no work for
        // the threads on which queries run.
        builder.spawn_blocking(move || {
            for batch in source.open()? {
                if sender.blocking_send(batch.map_err(DataFusionError::from)).is_err() {
                    break;
                }
            }
            Ok(())
        });
        builder.build()
    }
}

fn type_name(object: &Bound<'_, PyAny>) -> String {
    object
        .get_type()
        .fully_qualified_name()
        .map_or_else(|_| "unknown".to_string(), |name| name.to_string())
}
