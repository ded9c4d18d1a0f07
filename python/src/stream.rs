//! One run of a query: Arrow's C stream, or batch after batch. Nothing is collected, and letting go of it
//! stops the work.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use engine::Error;
use engine::arrow::array::{ArrayRef, RecordBatch, StructArray};
use engine::arrow::datatypes::{Field, FieldRef, SchemaRef};
use engine::arrow::error::ArrowError;
use futures::StreamExt;
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList, PyTuple};
use pyo3_arrow::error::PyArrowResult;
use pyo3_arrow::ffi::{ArrayReader, to_array_pycapsules, to_schema_pycapsule, to_stream_pycapsule};

use crate::frame::{Batches, Run};
use crate::progress::Watch;
use crate::{error, values, wait};

/// One run of a query.
#[pyclass(module = "parquetframe._rustic", frozen)]
pub(crate) struct Stream {
    reader: Mutex<Slot>,
    /// Signalled when the reader comes back.
    returned: Condvar,
    schema: SchemaRef,
}

/// Where the reader is.
enum Slot {
    Here(Reader),
    /// A thread reads its next batch.
    Away,
    /// It came to its end, or was handed over.
    Gone,
}

impl Stream {
    /// A stream of one run.
    pub(crate) fn new(run: Run, text: Arc<str>) -> Self {
        let Run { schema, batches, watch } = run;
        let reader = Reader { batches: Some(batches), schema: schema.clone(), text, watch };
        Self { reader: Mutex::new(Slot::Here(reader)), returned: Condvar::new(), schema }
    }

    /// Takes the reader, if it is there or will come back.
    fn take(&self, py: Python<'_>) -> PyResult<Option<Reader>> {
        loop {
            // Nothing of Python is touched under the lock, and it is not waited for with the
            // interpreter's lock held.
            let taken = py.detach(|| {
                let mut slot = lock(&self.reader);
                if matches!(*slot, Slot::Away) {
                    (slot, _) = self
                        .returned
                        .wait_timeout(slot, wait::SIGNAL_INTERVAL)
                        .unwrap_or_else(PoisonError::into_inner);
                }
                match std::mem::replace(&mut *slot, Slot::Away) {
                    Slot::Here(reader) => Some(Some(reader)),
                    Slot::Away => None,
                    Slot::Gone => {
                        *slot = Slot::Gone;
                        Some(None)
                    }
                }
            });
            match taken {
                Some(reader) => return Ok(reader),
                None => py.check_signals()?,
            }
        }
    }

    fn put(&self, slot: Slot) {
        *lock(&self.reader) = slot;
        self.returned.notify_all();
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
        let reader = self.take(py)?;
        self.put(Slot::Gone);
        let reader =
            reader.ok_or_else(|| PyRuntimeError::new_err("this stream was handed over already"))?;
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
        let Some(mut reader) = self.take(py)? else { return Ok(None) };
        let batch = reader.read(py);
        self.put(match batch {
            Ok(Some(_)) => Slot::Here(reader),
            _ => Slot::Gone,
        });
        Ok(batch?.map(Batch))
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

    /// The values of each column.
    fn to_lists<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyList>>> {
        self.0.columns().iter().map(|column| values::list_of(py, column.as_ref())).collect()
    }

    /// The rows as tuples.
    fn to_tuples<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        let columns = self.to_lists(py)?;
        (0..self.0.num_rows())
            .map(|row| {
                let cells = columns.iter().map(|column| column.get_item(row));
                PyTuple::new(py, cells.collect::<PyResult<Vec<_>>>()?)
            })
            .collect()
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
    watch: Watch,
}

impl Reader {
    fn read(&mut self, py: Python<'_>) -> PyResult<Option<RecordBatch>> {
        let Some(batches) = &mut self.batches else { return Ok(None) };
        let next = async { batches.next().await.transpose() };
        let next = wait::wait_watching(py, &mut self.watch, next)
            .and_then(|next| next.map_err(|error| error::to_python(py, &error, Some(&self.text))));
        if !matches!(next, Ok(Some(_))) {
            self.batches = None;
            self.watch.end(py);
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
