//! One run of a query: Arrow's C stream, or batch after batch. Nothing is collected, and letting go of it
//! stops the work.

use std::sync::{Arc, Mutex, PoisonError};

use engine::Error;
use engine::arrow::array::{ArrayRef, RecordBatch, StructArray};
use engine::arrow::datatypes::{Field, FieldRef, SchemaRef};
use engine::arrow::error::ArrowError;
use futures::StreamExt;
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyTuple};
use pyo3_arrow::error::PyArrowResult;
use pyo3_arrow::ffi::{ArrayReader, to_array_pycapsules, to_schema_pycapsule, to_stream_pycapsule};

use crate::frame::Batches;
use crate::{error, values, wait};

/// One run of a query.
#[pyclass(module = "parquetframe._rustic", frozen)]
pub(crate) struct Stream {
    reader: Mutex<Option<Reader>>,
    schema: SchemaRef,
}

impl Stream {
    /// A stream of one run.
    pub(crate) fn new(batches: Batches, schema: SchemaRef, text: Arc<str>) -> Self {
        let reader = Reader { batches: Some(batches), schema: schema.clone(), text };
        Self { reader: Mutex::new(Some(reader)), schema }
    }
}

#[pymethods]
impl Stream {
    /// The stream as a capsule; it can be taken once.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyArrowResult<Bound<'py, PyCapsule>> {
        let reader = lock(&self.reader)
            .take()
            .ok_or_else(|| PyRuntimeError::new_err("this stream was handed over already"))?;
        to_stream_pycapsule(py, Box::new(reader), requested_schema)
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyArrowResult<Bound<'py, PyCapsule>> {
        to_schema_pycapsule(py, self.schema.as_ref())
    }

    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Batch>> {
        // The reader is taken out while it works, so that no lock is held while another thread may
        // want the interpreter.
        let Some(mut reader) = lock(&self.reader).take() else { return Ok(None) };
        let batch = reader.read(py)?;
        if batch.is_some() {
            *lock(&self.reader) = Some(reader);
        }
        Ok(batch.map(Batch))
    }
}

/// A part of a result: some rows of each column.
#[pyclass(module = "parquetframe._rustic", frozen)]
pub(crate) struct Batch(pub(crate) RecordBatch);

#[pymethods]
impl Batch {
    fn __len__(&self) -> usize {
        self.0.num_rows()
    }

    fn __repr__(&self) -> String {
        format!("Batch({} rows, {} columns)", self.0.num_rows(), self.0.num_columns())
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyArrowResult<Bound<'py, PyTuple>> {
        let field = struct_field(&self.0.schema());
        to_array_pycapsules(py, field, struct_array(self.0.clone()).as_ref(), requested_schema)
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyArrowResult<Bound<'py, PyCapsule>> {
        to_schema_pycapsule(py, self.0.schema().as_ref())
    }

    /// The rows as dictionaries.
    fn to_dicts<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        values::rows(py, &self.0)
    }
}

/// The producer's end of a stream.
struct Reader {
    /// `None` after the end or an error.
    batches: Option<Batches>,
    schema: SchemaRef,
    text: Arc<str>,
}

impl Reader {
    fn read(&mut self, py: Python<'_>) -> PyResult<Option<RecordBatch>> {
        let Some(batches) = &mut self.batches else { return Ok(None) };
        let next = wait::wait(py, async { batches.next().await.transpose() })
            .and_then(|next| next.map_err(|error| error::to_python(py, &error, Some(&self.text))));
        if !matches!(next, Ok(Some(_))) {
            self.batches = None;
        }
        next
    }

    /// The error for the consumer. Arrow's C interface carries only a message.
    fn fail(py: Python<'_>, failure: &PyErr) -> ArrowError {
        if failure.is_instance_of::<PyKeyboardInterrupt>(py) {
            // The consumer will turn our message into an exception of its own; the signal is raised
            // again so that Ctrl-C is not lost on the way.
            let _best_effort =
                py.import("_thread").and_then(|thread| thread.call_method0("interrupt_main"));
        }
        let message = failure.value(py).to_string();
        let message = if message.is_empty() { "interrupted".to_string() } else { message };
        ArrowError::ExternalError(Box::new(Error::io(message)))
    }
}

impl Iterator for Reader {
    type Item = Result<ArrayRef, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Called by C code on any thread. An interpreter that is shutting down ends the stream.
        Python::try_attach(|py| match self.read(py) {
            Ok(batch) => batch.map(|batch| Ok(struct_array(batch))),
            Err(failure) => Some(Err(Self::fail(py, &failure))),
        })
        .flatten()
    }
}

impl ArrayReader for Reader {
    fn field(&self) -> FieldRef {
        struct_field(&self.schema)
    }
}

fn struct_field(schema: &SchemaRef) -> FieldRef {
    Field::new_struct("", schema.fields().clone(), false)
        .with_metadata(schema.metadata().clone())
        .into()
}

/// A batch as the struct array that Arrow's C interface knows tables as.
fn struct_array(batch: RecordBatch) -> ArrayRef {
    match batch.num_columns() {
        0 => Arc::new(StructArray::new_empty_fields(batch.num_rows(), None)),
        _ => Arc::new(StructArray::from(batch)),
    }
}

/// What a panicking thread left is still whole: it is only replaced, never changed in place.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
