//! Settings, tables and statements.

use std::collections::HashMap;

use engine::{Config, TableInfo};
use pyo3::prelude::*;

use crate::error::to_python;
use crate::frame::Frame;
use crate::input;
use crate::wait::{runtime, wait};

/// Tables, settings and queries that belong together.
#[pyclass(module = "parquetframe._rustic", frozen)]
pub(crate) struct Session(engine::Session);

#[pymethods]
impl Session {
    /// A session with these settings over those of the configuration file and the environment.
    #[new]
    fn new(py: Python<'_>, settings: Vec<(String, String)>) -> PyResult<Self> {
        let session = py.detach(|| {
            let _threads = runtime()?.enter();
            let mut config = Config::load(None)?;
            for (name, value) in &settings {
                config.set(name, value)?;
            }
            engine::Session::builder().with_config(config).build()
        });
        session.map(Self).map_err(|error| to_python(py, &error, None))
    }

    /// Plans one statement, over `tables` and those of the session.
    fn sql(
        &self,
        py: Python<'_>,
        query: &str,
        tables: HashMap<String, Bound<'_, PyAny>>,
    ) -> PyResult<Frame> {
        let tables = tables
            .iter()
            .map(|(name, object)| Ok((name.clone(), input::table(name, object)?)))
            .collect::<PyResult<HashMap<_, _>>>()?;
        Frame::new(py, query, self.0.prepare(query, tables))
    }

    /// Gives a table of Python a name.
    fn register(&self, py: Python<'_>, name: &str, table: &Bound<'_, PyAny>) -> PyResult<()> {
        let table = input::table(name, table)?;
        py.detach(|| self.0.register_table(name, table))
            .map_err(|error| to_python(py, &error, None))
    }

    /// Catalog, schema, name and kind of every table and view.
    fn tables(&self, py: Python<'_>) -> PyResult<Vec<(String, String, String, String)>> {
        let tables = wait(py, self.0.tables())?;
        let tables = tables.map_err(|error| to_python(py, &error, None))?;
        Ok(tables
            .into_iter()
            .map(|TableInfo { catalog, schema, name, kind }| {
                (catalog, schema, name, kind.to_string())
            })
            .collect())
    }
}
