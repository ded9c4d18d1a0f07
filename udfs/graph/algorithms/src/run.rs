//! The circumstances of one run: who can stop it, on which threads it works, whose memory it uses and who
//! is told how it goes.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rayon::ThreadPool;

use crate::{Error, Result};

/// An account from which memory is drawn before it is allocated.
pub trait Memory: fmt::Debug + Send + Sync {
    /// Draws `bytes`, or says why not.
    fn try_grow(&self, bytes: usize) -> Result<(), String>;
    /// Gives back `bytes` drawn earlier.
    fn shrink(&self, bytes: usize);
}

/// Who is told how a run goes.
pub trait Progress: fmt::Debug + Send + Sync {
    /// A phase has ended.
    fn phase(&self, name: &'static str, elapsed: Duration);
    /// An iteration (a level of a search, a round, a sweep) has ended; `change` is what is compared with the
    /// tolerance, or the number of nodes that changed.
    fn iteration(&self, number: u32, change: f64);
}

/// An account without a limit, and nobody who listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unlimited;

impl Memory for Unlimited {
    fn try_grow(&self, _bytes: usize) -> Result<(), String> {
        Ok(())
    }

    fn shrink(&self, _bytes: usize) {}
}

impl Progress for Unlimited {
    fn phase(&self, _name: &'static str, _elapsed: Duration) {}

    fn iteration(&self, _number: u32, _change: f64) {}
}

/// The circumstances of one run. The default cannot be cancelled, works on rayon's global threads and has
/// all the memory it wants.
#[derive(Debug, Clone)]
pub struct Run {
    cancelled: Arc<AtomicBool>,
    pool: Option<Arc<ThreadPool>>,
    memory: Arc<dyn Memory>,
    progress: Arc<dyn Progress>,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            cancelled: Arc::default(),
            pool: None,
            memory: Arc::new(Unlimited),
            progress: Arc::new(Unlimited),
        }
    }
}

impl Run {
    /// This run, stopped soon after `cancelled` becomes true.
    #[must_use]
    pub fn with_cancel(mut self, cancelled: Arc<AtomicBool>) -> Self {
        self.cancelled = cancelled;
        self
    }

    /// This run, on the threads of `pool`.
    #[must_use]
    pub fn with_pool(mut self, pool: Arc<ThreadPool>) -> Self {
        self.pool = Some(pool);
        self
    }

    /// This run, with memory drawn from `memory`.
    #[must_use]
    pub fn with_memory(mut self, memory: Arc<dyn Memory>) -> Self {
        self.memory = memory;
        self
    }

    /// This run, with `progress` told how it goes.
    #[must_use]
    pub fn with_progress(mut self, progress: Arc<dyn Progress>) -> Self {
        self.progress = progress;
        self
    }

    /// The account memory is drawn from.
    pub fn memory(&self) -> &Arc<dyn Memory> {
        &self.memory
    }

    /// An error if the run was cancelled. Kernels call it at least every 64 Ki edges or 16 Ki nodes.
    #[inline]
    pub fn check(&self) -> Result<()> {
        match self.cancelled.load(Ordering::Relaxed) {
            true => Err(Error::Cancelled),
            false => Ok(()),
        }
    }

    /// Runs `work` on this run's threads and reports it as the phase `name`.
    pub(crate) fn phase<T: Send>(
        &self,
        name: &'static str,
        work: impl FnOnce() -> Result<T> + Send,
    ) -> Result<T> {
        self.check()?;
        let start = Instant::now();
        let result = match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        };
        self.progress.phase(name, start.elapsed());
        result
    }

    /// Reports an iteration, and stops when cancelled.
    pub(crate) fn iteration(&self, number: u32, change: f64) -> Result<()> {
        self.progress.iteration(number, change);
        self.check()
    }

    /// Draws memory for `count` values of type `T` until the reservation is dropped.
    pub(crate) fn reserve<T>(&self, what: &'static str, count: usize) -> Result<Reservation> {
        Reservation::new(Arc::clone(&self.memory), what, count.saturating_mul(size_of::<T>()))
    }
}

/// Memory drawn from an account and given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    memory: Arc<dyn Memory>,
    bytes: usize,
}

impl Reservation {
    pub(crate) fn new(memory: Arc<dyn Memory>, what: &'static str, bytes: usize) -> Result<Self> {
        match memory.try_grow(bytes) {
            Ok(()) => Ok(Self { memory, bytes }),
            Err(reason) => Err(Error::Memory { what, bytes, reason }),
        }
    }

    /// Draws `bytes` more.
    pub(crate) fn grow(&mut self, what: &'static str, bytes: usize) -> Result<()> {
        match self.memory.try_grow(bytes) {
            Ok(()) => {
                self.bytes += bytes;
                Ok(())
            }
            Err(reason) => Err(Error::Memory { what, bytes, reason }),
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.memory.shrink(self.bytes);
    }
}
