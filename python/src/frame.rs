//! A planned query, or what a statement answered.

use std::pin::Pin;
use std::sync::Arc;

use engine::arrow::array::RecordBatch;
use engine::arrow::datatypes::SchemaRef;
use engine::datafusion::catalog::TableProvider;
use engine::datafusion::datasource::MemTable;
use engine::{Error, Prepared, Result, sql_type_name};
use futures::{StreamExt, TryStreamExt};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_arrow::error::PyArrowResult;
use pyo3_arrow::ffi::to_schema_pycapsule;

use crate::error::to_python;
use crate::progress::Watch;
use crate::stream::Stream;
use crate::values;
use crate::wait::{wait, wait_watching};

/// The rows of one run.
pub(crate) type Batches = Pin<Box<dyn futures::Stream<Item = Result<RecordBatch>> + Send>>;

/// One run: its columns, its rows to come, and how far it is.
pub(crate) struct Run {
    pub(crate) schema: SchemaRef,
    pub(crate) batches: Batches,
    pub(crate) watch: Watch,
}

/// A planned query, or what a statement answered.
#[pyclass(module = "parquetframe._rustic", frozen)]
pub(crate) struct Frame {
    text: Arc<str>,
    schema: SchemaRef,
    rows: Rows,
}

enum Rows {
    /// A query, which runs each time its rows are wanted.
    Query(Prepared),
    /// The answer of a statement that ran already.
    Answer(Vec<RecordBatch>),
}

impl Frame {
    /// Plans a statement, and runs it if it is no query.
    pub(crate) fn new(
        py: Python<'_>,
        text: &str,
        prepared: impl Future<Output = Result<Prepared>> + Send,
    ) -> PyResult<Self> {
        let made = wait(py, async {
            let prepared = prepared.await?;
            if prepared.is_query() {
                return Ok((prepared.schema(), Rows::Query(prepared)));
            }
            let query = prepared.run().await?;
            Ok((query.schema(), Rows::Answer(query.collect().await?)))
        })?;
        let (schema, rows) = made.map_err(|error| to_python(py, &error, Some(text)))?;
        Ok(Self { text: text.into(), schema, rows })
    }

    /// The frame as a table that queries read from.
    pub(crate) fn view(&self, py: Python<'_>) -> PyResult<Arc<dyn TableProvider>> {
        let view = match &self.rows {
            Rows::Query(prepared) => prepared.view(),
            Rows::Answer(batches) => {
                MemTable::try_new(Arc::clone(&self.schema), vec![batches.clone()])
                    .map(|table| Arc::new(table) as Arc<dyn TableProvider>)
                    .map_err(Error::from)
            }
        };
        self.or_raise(py, view)
    }

    /// Starts a run.
    fn run(&self, py: Python<'_>) -> PyResult<Run> {
        match &self.rows {
            Rows::Query(prepared) => self.start(py, prepared),
            Rows::Answer(batches) => Ok(Run {
                schema: self.schema.clone(),
                batches: Box::pin(futures::stream::iter(batches.clone()).map(Ok)),
                watch: Watch::new(None),
            }),
        }
    }

    fn start(&self, py: Python<'_>, prepared: &Prepared) -> PyResult<Run> {
        let query = self.or_raise(py, wait(py, prepared.run())?)?;
        let watch = Watch::new(Some(query.progress()));
        Ok(Run { schema: query.schema(), batches: Box::pin(query), watch })
    }

    fn or_raise<T>(&self, py: Python<'_>, result: Result<T>) -> PyResult<T> {
        result.map_err(|error| to_python(py, &error, Some(&self.text)))
    }
}

#[pymethods]
impl Frame {
    /// Names and SQL types.
    fn columns(&self) -> Vec<(String, String)> {
        self.schema
            .fields()
            .iter()
            .map(|field| (field.name().clone(), sql_type_name(field.data_type())))
            .collect()
    }

    /// Arrow's types of the columns, as text.
    fn arrow_types(&self) -> Vec<String> {
        self.schema.fields().iter().map(|field| field.data_type().to_string()).collect()
    }

    /// Starts a run.
    fn stream(&self, py: Python<'_>) -> PyResult<Stream> {
        Ok(Stream::new(self.run(py)?, self.text.clone()))
    }

    /// Runs to the end: all rows, for libraries that would take them one by one where no signal is
    /// seen and no typed exception passes.
    fn collect(&self, py: Python<'_>) -> PyResult<Self> {
        let Run { schema, batches, mut watch } = self.run(py)?;
        let collected = wait_watching(py, &mut watch, batches.try_collect());
        watch.end(py);
        let batches = self.or_raise(py, collected?)?;
        Ok(Self { text: self.text.clone(), schema, rows: Rows::Answer(batches) })
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyArrowResult<Bound<'py, PyCapsule>> {
        to_schema_pycapsule(py, self.schema.as_ref())
    }

    /// The first rows as text, and whether there are more.
    fn preview(&self, py: Python<'_>, rows: usize) -> PyResult<(Vec<Vec<Option<String>>>, bool)> {
        let Run { mut batches, mut watch, .. } = self.run(py)?;
        let texts = wait_watching(py, &mut watch, first_rows(&mut batches, rows + 1));
        watch.end(py);
        let mut texts = self.or_raise(py, texts?)?;
        let more = texts.len() > rows;
        texts.truncate(rows);
        Ok((texts, more))
    }

    /// The plan as text.
    fn explain(&self, py: Python<'_>, analyze: bool) -> PyResult<String> {
        let Rows::Query(prepared) = &self.rows else {
            return self
                .or_raise(py, Err(Error::unsupported("only a query has a plan to explain")));
        };
        let explanation = self.or_raise(py, prepared.explain(analyze))?;
        let mut batches = self.start(py, &explanation)?.batches;
        let rows = wait(py, first_rows(&mut batches, usize::MAX))?;
        // Each row is a stage of planning and its plan.
        let plans = self
            .or_raise(py, rows)?
            .into_iter()
            .map(|row| row.into_iter().flatten().collect::<Vec<_>>().join("\n"));
        Ok(plans.collect::<Vec<_>>().join("\n"))
    }
}

/// At most so many rows, as text.
async fn first_rows(batches: &mut Batches, most: usize) -> Result<Vec<Vec<Option<String>>>> {
    let mut texts = vec![];
    while texts.len() < most
        && let Some(batch) = batches.next().await.transpose()?
    {
        let wanted = batch.num_rows().min(most - texts.len());
        texts.extend(values::texts(&batch.slice(0, wanted))?);
    }
    Ok(texts)
}
