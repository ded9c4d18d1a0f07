//! What the session's SQL means where engines differ.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;

/// Switches that rules look at while a statement is planned. The engine's settings set them.
#[derive(Debug)]
pub struct Semantics {
    datafusion: AtomicBool,
    integer_division: AtomicBool,
    time_zone: RwLock<String>,
}

impl Default for Semantics {
    fn default() -> Self {
        Self {
            datafusion: AtomicBool::new(false),
            integer_division: AtomicBool::new(false),
            time_zone: RwLock::new("UTC".to_string()),
        }
    }
}

impl Semantics {
    /// Whether types, casts and division are DataFusion's own rather than DuckDB's.
    pub fn is_datafusion(&self) -> bool {
        self.datafusion.load(Ordering::Relaxed)
    }

    /// Leaves types, casts and division to DataFusion, or not.
    pub fn set_datafusion(&self, value: bool) {
        self.datafusion.store(value, Ordering::Relaxed);
    }

    /// Whether `/` of two whole numbers is a whole number.
    pub fn integer_division(&self) -> bool {
        self.integer_division.load(Ordering::Relaxed)
    }

    /// Makes `/` of two whole numbers a whole number, or not.
    pub fn set_integer_division(&self, value: bool) {
        self.integer_division.store(value, Ordering::Relaxed);
    }

    /// The time zone of `TIMESTAMP WITH TIME ZONE`.
    pub(crate) fn time_zone(&self) -> String {
        self.time_zone.read().clone()
    }

    /// Follows the session's time zone, which DataFusion keeps.
    pub(crate) fn set_time_zone(&self, zone: Option<&str>) {
        let zone = zone.unwrap_or("UTC");
        if *self.time_zone.read() != zone {
            *self.time_zone.write() = zone.to_string();
        }
    }
}
