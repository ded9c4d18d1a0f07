//! Telling Python how far long queries are, while it waits for them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use engine::ProgressHandle;
use pyo3::prelude::*;

/// Queries shorter than this are not told of.
const PATIENCE: Duration = Duration::from_millis(500);

/// Who is told: a function of a number for the query, rows, bytes, the share that is done or `None`, seconds,
/// and whether it is over.
static REPORTER: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

/// Tells `reporter` how far queries are that Python waits for, or with `None` nobody.
#[pyfunction]
pub(crate) fn watch(reporter: Option<Py<PyAny>>) {
    let before = {
        let mut current = REPORTER.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *current, reporter)
    };
    // Dropped only now: what Python does then may come back here.
    drop(before);
}

/// A run that is waited for.
pub(crate) struct Watch {
    handle: Option<ProgressHandle>,
    number: u64,
    shown: bool,
}

impl Watch {
    /// Watches a run, or what answered at once.
    pub(crate) fn new(handle: Option<ProgressHandle>) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        Self { handle, number: NUMBERS.fetch_add(1, Ordering::Relaxed), shown: false }
    }

    /// Called every now and then.
    pub(crate) fn tick(&mut self, py: Python<'_>) {
        self.tell(py, false);
    }

    /// Called when no more is waited for.
    pub(crate) fn end(&mut self, py: Python<'_>) {
        if self.shown {
            self.tell(py, true);
            self.shown = false;
        }
    }

    fn tell(&mut self, py: Python<'_>, over: bool) {
        let Some(handle) = &self.handle else { return };
        let reporter = {
            let current = REPORTER.lock().unwrap_or_else(PoisonError::into_inner);
            current.as_ref().map(|reporter| reporter.clone_ref(py))
        };
        let Some(reporter) = reporter else { return };
        let progress = handle.snapshot();
        if progress.elapsed < PATIENCE {
            return;
        }
        self.shown = true;
        let seconds = progress.elapsed.as_secs_f64();
        let arguments =
            (self.number, progress.rows, progress.bytes, progress.fraction, seconds, over);
        // A reporter that fails is told of on stderr, and the query goes on.
        if let Err(error) = reporter.bind(py).call1(arguments) {
            error.write_unraisable(py, None);
        }
    }
}
