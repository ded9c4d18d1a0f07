//! The engine's errors as Python exceptions, whose classes are in `parquetframe/errors.py`.

use engine::{Error, ErrorKind};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// The exception for an error, which shows the place in `text` if the error knows it.
pub(crate) fn to_python(py: Python<'_>, error: &Error, text: Option<&str>) -> PyErr {
    match exception(py, error, text) {
        Ok(exception) => PyErr::from_value(exception),
        Err(other) => other,
    }
}

fn exception<'py>(
    py: Python<'py>,
    error: &Error,
    text: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    static ENGINE_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let class = ENGINE_ERROR.import(py, "parquetframe.errors", "ParquetFrameError")?;
    let position = error.position().map(|position| (position.line, position.column));
    class.call_method1(
        "_from_engine",
        (name(error.kind()), error.message(), error.hint(), position, text),
    )
}

/// The name of the exception's class.
fn name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Syntax => "SqlSyntaxError",
        ErrorKind::NotFound => "NotFoundError",
        ErrorKind::AlreadyExists => "AlreadyExistsError",
        ErrorKind::InvalidInput => "InvalidInputError",
        ErrorKind::InvalidData => "InvalidDataError",
        ErrorKind::Unsupported => "UnsupportedError",
        ErrorKind::PermissionDenied => "PermissionDeniedError",
        ErrorKind::ResourcesExhausted => "ResourcesExhaustedError",
        ErrorKind::Cancelled => "CancelledError",
        ErrorKind::Io => "InputOutputError",
        ErrorKind::Internal => "InternalError",
    }
}
