//! Settings, tables and statements.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use engine::{Config, Error, FindTable, GivenTables, TableInfo};
use pyo3::prelude::*;

use crate::error::to_python;
use crate::frame::Frame;
use crate::functions;
use crate::input;
use crate::wait::{runtime, wait};
use crate::workflow::Workflow;

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

    /// Plans one statement, over `tables` and those of the session. `find` is called with the name of a
    /// table that neither knows, and gives an object or `None`; `parameters` are expressions by the names
    /// or numbers of the statement's parameters.
    fn sql(
        &self,
        py: Python<'_>,
        query: &str,
        tables: HashMap<String, Bound<'_, PyAny>>,
        find: Option<Py<PyAny>>,
        parameters: BTreeMap<String, String>,
    ) -> PyResult<Frame> {
        let tables = tables
            .iter()
            .map(|(name, object)| Ok((name.clone(), input::table(name, object)?)))
            .collect::<PyResult<HashMap<_, _>>>()?;
        let given = GivenTables { tables, otherwise: find.map(replacement) };
        Frame::new(py, query, self.0.prepare(query, given, &parameters))
    }

    /// Gives a function of Python a name in SQL.
    #[pyo3(signature = (name, kind, parameters, returns, volatile, object))]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the Python side")]
    fn register_function(
        &self,
        py: Python<'_>,
        name: &str,
        kind: &str,
        parameters: Vec<String>,
        returns: &str,
        volatile: bool,
        object: Py<PyAny>,
    ) -> PyResult<()> {
        functions::register(&self.0, name, kind, &parameters, returns, volatile, object)
            .map_err(|error| to_python(py, &error, None))
    }

    /// Gives a table of Python a name.
    fn register(&self, py: Python<'_>, name: &str, table: &Bound<'_, PyAny>) -> PyResult<()> {
        let table = input::table(name, table)?;
        py.detach(|| self.0.register_table(name, table))
            .map_err(|error| to_python(py, &error, None))
    }

    /// Reads and plans the workflow in a file or in a text.
    fn workflow(
        &self,
        py: Python<'_>,
        path: Option<&str>,
        text: Option<&str>,
        variables: Vec<(String, String)>,
    ) -> PyResult<Workflow> {
        Workflow::new(py, &self.0, path, text, variables)
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

/// The objects of a Python program as tables that statements find by name.
fn replacement(find: Py<PyAny>) -> FindTable {
    Arc::new(move |name| {
        let found = Python::try_attach(|py| {
            let object = find.bind(py).call1((name,))?;
            match object.is_none() {
                true => Ok(None),
                false => input::table(name, &object).map(Some),
            }
        });
        match found {
            Some(Ok(found)) => Ok(found),
            Some(Err(error)) => {
                let message = Python::attach(|py| error.value(py).to_string());
                Err(Error::invalid_input(message))
            }
            None => Err(Error::cancelled("the interpreter is shutting down")),
        }
    })
}
