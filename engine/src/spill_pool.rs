//! The pool behind all queries of a session.

use std::fmt;

use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::memory_pool::{
    MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation, human_readable_size,
};
use parking_lot::Mutex;

/// The share of the free memory that operators able to spill leave to those that are not.
const HEADROOM: f64 = 0.25;

/// Operators that can spill share what is left by the others evenly.
///
/// Unlike DataFusion's pool of the same idea it keeps a share from those that can spill: a merge of
/// what was spilled cannot spill itself, and would find the memory full of sorts that still could.
#[derive(Debug)]
pub(crate) struct SpillPool {
    limit: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// How many consumers can spill.
    spillers: usize,
    /// Bytes of those that can spill.
    spillable: usize,
    /// Bytes of the others.
    unspillable: usize,
}

impl SpillPool {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, held: Mutex::default() }
    }

    /// Bytes that all consumers able to spill may hold together.
    fn for_spillers(&self, held: &Held) -> usize {
        (self.limit.saturating_sub(held.unspillable) as f64 * (1.0 - HEADROOM)) as usize
    }
}

fn can_spill(reservation: &MemoryReservation) -> bool {
    reservation.consumer().can_spill()
}

impl fmt::Display for SpillPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "memory_limit of {}", human_readable_size(self.limit))
    }
}

impl MemoryPool for SpillPool {
    fn name(&self) -> &str {
        "spill"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.held.lock().spillers += usize::from(consumer.can_spill());
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.held.lock().spillers -= usize::from(consumer.can_spill());
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        let mut held = self.held.lock();
        match can_spill(reservation) {
            true => held.spillable += additional,
            false => held.unspillable += additional,
        }
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        let mut held = self.held.lock();
        match can_spill(reservation) {
            true => held.spillable -= shrink,
            false => held.unspillable -= shrink,
        }
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> DataFusionResult<()> {
        let mut held = self.held.lock();
        let available = match can_spill(reservation) {
            true => {
                (self.for_spillers(&held) / held.spillers.max(1)).saturating_sub(reservation.size())
            }
            false => self.limit.saturating_sub(held.unspillable + held.spillable),
        };
        if additional > available {
            return Err(DataFusionError::ResourcesExhausted(format!(
                "{} needs {} more, and {} of the memory_limit of {} are left to it",
                reservation.consumer().name(),
                human_readable_size(additional),
                human_readable_size(available),
                human_readable_size(self.limit),
            )));
        }
        match can_spill(reservation) {
            true => held.spillable += additional,
            false => held.unspillable += additional,
        }
        Ok(())
    }

    fn reserved(&self) -> usize {
        let held = self.held.lock();
        held.spillable + held.unspillable
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.limit)
    }
}
