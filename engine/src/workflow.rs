//! Workflows, as the faces speak of them: reading files, and planning and running them on a session.

use std::sync::Arc;

pub use workflows::definition;
pub use workflows::{
    Cancellation, Compiled, Event, HISTORY_VARIABLE, History, Job, Listener, Opened, Planned,
    RunOptions, lineage, open, plan,
};

use definition::Workflow;
use definition::history::RunRecord;
use extension::{Error, Result};

use crate::session::Session;

impl Session {
    /// Plans every step of a workflow.
    ///
    /// # Errors
    /// All that is wrong with the steps, each with its place in the file.
    pub async fn compile_workflow(&self, workflow: Workflow) -> Result<Compiled, Vec<Error>> {
        workflows::compile(&self.context, workflow).await
    }

    /// Runs a workflow and tells what became of it; a step that fails is no error of the run.
    ///
    /// # Errors
    /// A read-only session, and a history that cannot be written.
    pub async fn run_workflow(
        &self,
        compiled: Arc<Compiled>,
        options: RunOptions,
    ) -> Result<RunRecord> {
        self.check_writable()?;
        workflows::run(&self.context, compiled, options).await
    }

    /// The optimised plan of a step, down to the files.
    ///
    /// # Errors
    /// A plan that cannot be optimised.
    pub fn explain_workflow(&self, compiled: &Compiled, step: usize) -> Result<String> {
        workflows::explain(&self.context, compiled, step)
    }
}
