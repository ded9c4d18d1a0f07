//! Workflows: YAML files whose steps become chained plans, and their runs.
//!
//! [`open`] reads a file (the [definition](workflow_definition) is a crate of its own, without an
//! engine), [`compile`] binds every step through the session's own statement layer into plans and jobs,
//! [`plan`] and [`explain`] show them, [`run`] runs them: jobs in parallel, each as a query of the session,
//! noted in the [`History`]. `RUN WORKFLOW` does the same in SQL.

mod compile;
mod events;
mod explain;
mod fingerprint;
mod history;
mod names;
mod open;
mod run;
mod spool;
mod statements;
mod tables;

use std::sync::Arc;

use extension::{Extension, Registry, Result};

pub use compile::{Compiled, Job, compile};
pub use events::{Cancellation, Event, Listener};
pub use explain::{Planned, explain, lineage, plan};
pub use history::{HISTORY_VARIABLE, History};
pub use open::{Opened, open};
pub use run::{RunOptions, run};
pub use workflow_definition as definition;

/// The workflows part.
#[derive(Debug)]
pub struct Workflows;

impl Extension for Workflows {
    fn name(&self) -> &'static str {
        "workflows"
    }

    fn register(&self, registry: &mut Registry) -> Result<()> {
        registry.add_service(Arc::<statements::Runs>::default());
        registry.statements.push(Arc::new(statements::RunParser));
        registry.statements.push(Arc::new(statements::CancelParser));
        registry.system_tables.push(tables::runs());
        registry.system_tables.push(tables::steps());
        Ok(())
    }
}
