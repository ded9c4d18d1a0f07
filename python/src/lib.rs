//! The native module of `import parquetframe`: the engine's `Session` for Python.
//!
//! It converts, lets go of the interpreter's lock and calls the engine; everything that reads well in
//! Python is written in Python, in `parquetframe/`. In reading order: [`session`] (settings, tables,
//! statements), [`frame`] (a planned query), [`stream`] (one run of it, handed over as Arrow's C
//! stream), [`input`] (Python's tables as ours), [`functions`] (Python's functions for SQL), [`values`]
//! (cells as Python objects), [`wait`] (blocking with Ctrl-C), [`progress`] (telling how far it is),
//! [`workflow`] (files of steps) and
//! [`error`] (typed exceptions).

mod error;
mod frame;
mod functions;
mod input;
mod progress;
mod session;
mod stream;
mod values;
mod wait;
mod workflow;

use pyo3::prelude::*;

/// The native module; use `import parquetframe`.
#[pymodule]
mod _rustic {
    #[pymodule_export]
    use super::frame::Frame;
    #[pymodule_export]
    use super::functions::Array;
    #[pymodule_export]
    use super::progress::watch;
    #[pymodule_export]
    use super::session::Session;
    #[pymodule_export]
    use super::shell;
    #[pymodule_export]
    use super::stream::{Batch, Stream};
    #[pymodule_export]
    use super::version;
    #[pymodule_export]
    use super::workflow::{CancellationToken, Workflow};
}

/// What the command `pframe` does with these arguments, the first of which is its name; gives the exit status.
#[pyfunction]
fn shell(py: Python<'_>, arguments: Vec<std::ffi::OsString>) -> u8 {
    py.detach(|| repl::run(arguments))
}

/// The engine's version.
#[pyfunction]
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
