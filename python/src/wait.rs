//! Blocking on the engine from Python: without the interpreter's lock, with Ctrl-C, without panics.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use engine::{Error, Result};
use futures::FutureExt;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};

use crate::progress::Watch;

/// How often a waiting thread looks for Ctrl-C.
pub(crate) const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// The threads that all sessions of the process share, and the process that started them.
static RUNTIME: OnceLock<(u32, Runtime)> = OnceLock::new();

/// The shared runtime.
///
/// # Errors
/// When the operating system gives no threads, or when called in a forked child: threads do not
/// survive a fork, so waiting for them would never end.
pub(crate) fn runtime() -> Result<&'static Runtime> {
    let process = std::process::id();
    let (owner, runtime) = match RUNTIME.get() {
        Some(started) => started,
        None => {
            let runtime = Builder::new_multi_thread()
                .enable_all()
                .thread_name("parquetframe")
                .thread_stack_size(engine::STACK_SIZE)
                .build()
                .map_err(|error| Error::from(error).context("cannot start the engine's threads"))?;
            RUNTIME.get_or_init(|| (process, runtime))
        }
    };
    match *owner == process {
        true => Ok(runtime),
        false => Err(Error::unsupported("the engine does not work in a forked process")
            .with_hint("start workers with multiprocessing.get_context('spawn')")),
    }
}

/// Runs a future to its end. The interpreter's lock is free meanwhile, and a signal whose handler
/// raises (Ctrl-C) drops the future, which stops its work, and is handed on.
///
/// A function of Python that the engine calls may run a query, too, and then this is a thread of the
/// runtime: `block_in_place` hands over what else it had to do, which the query may wait for.
///
/// The thread waits by itself instead of by the runtime's timers: those stand still while a query keeps
/// every thread of the runtime busy.
pub(crate) fn wait<T: Send>(
    py: Python<'_>,
    future: impl Future<Output = Result<T>> + Send,
) -> PyResult<Result<T>> {
    wait_watching(py, &mut Watch::new(None), future)
}

/// The same, telling how far the query is.
pub(crate) fn wait_watching<T: Send>(
    py: Python<'_>,
    watch: &mut Watch,
    future: impl Future<Output = Result<T>> + Send,
) -> PyResult<Result<T>> {
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return Ok(Err(error)),
    };
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = std::pin::pin!(AssertUnwindSafe(future).catch_unwind());
    loop {
        let finished = py.detach(|| {
            let _inside = runtime.enter();
            tokio::task::block_in_place(|| {
                let mut context = Context::from_waker(&waker);
                let deadline = Instant::now() + SIGNAL_INTERVAL;
                loop {
                    if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
                        return Some(result);
                    }
                    match deadline.saturating_duration_since(Instant::now()) {
                        Duration::ZERO => return None,
                        left => thread::park_timeout(left),
                    }
                }
            })
        });
        match finished {
            Some(Ok(result)) => return Ok(result),
            Some(Err(panic)) => return Ok(Err(from_panic(panic.as_ref()))),
            None => {
                py.check_signals()?;
                watch.tick(py);
            }
        }
    }
}

/// Wakes a thread that waits for a future.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// A panic is a defect of the engine, which Python should see as an exception like any other.
pub(crate) fn from_panic(panic: &(dyn Any + Send)) -> Error {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    Error::internal(format!("the engine panicked: {message}"))
}
