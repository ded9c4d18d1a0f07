//! The one form that every dialect of workflow files becomes.

use std::time::Duration;

use crate::check::Check;
use crate::node::Node;
use crate::problem::{Position, Problem};
use crate::steps::StepType;

/// A workflow: named steps, in the order of the file.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// The name; the file's name where the file gives none.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// How the file is written.
    pub dialect: Dialect,
    /// How it runs.
    pub settings: Settings,
    /// The steps.
    pub steps: Vec<Step>,
    /// Values of variables with their names, secrets hidden.
    pub variables: Vec<(String, String)>,
    /// Texts that must not be shown.
    pub secrets: Vec<String>,
    /// What the author should know although nothing is wrong.
    pub warnings: Vec<Problem>,
}

/// The ways to write a workflow file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `steps:` with `type: read`; a dataset's name may be given again.
    Steps,
    /// `pipeline:` with `operation: read_csv`.
    Pipeline,
    /// `version: pf/v1` with dotted types.
    Versioned,
}

/// How a workflow runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// How many steps run at once.
    pub max_parallel: Option<usize>,
    /// What steps do that say nothing else.
    pub retry: Retry,
    /// What happens when a step fails that says nothing else.
    pub on_failure: OnFailure,
}

/// How often a step is tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// Tries in all.
    pub attempts: u32,
    /// Waits before the second, third, … try; the last is doubled from then on.
    pub backoff: Vec<Duration>,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 1, backoff: vec![Duration::from_millis(100)] }
    }
}

impl Retry {
    /// The wait after try number `attempt`, which counts from 1.
    pub fn wait(&self, attempt: u32) -> Duration {
        const LONGEST: Duration = Duration::from_secs(60);
        let index = attempt.saturating_sub(1) as usize;
        match (self.backoff.get(index), self.backoff.last()) {
            (Some(wait), _) => *wait,
            (None, Some(last)) => {
                let doublings = (index + 1 - self.backoff.len()).min(16) as u32;
                (*last * 2_u32.pow(doublings)).min(LONGEST.max(*last))
            }
            (None, None) => Duration::ZERO,
        }
    }
}

/// What a failed step means to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// Steps that need it are skipped, the others run, and the run has failed.
    #[default]
    Skip,
    /// Nothing new is started, and the run has failed.
    Stop,
    /// Steps that need it are skipped, the others run, and the run has not failed.
    Ignore,
}

/// What a step spends most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pool {
    /// Nothing in particular.
    #[default]
    Any,
    /// Processor time: as many at once as there are threads.
    Cpu,
    /// Files: twice as many at once.
    Io,
    /// The network: four times as many at once.
    Network,
    /// Memory: one at a time.
    Memory,
}

impl Pool {
    /// The word in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "default",
            Self::Cpu => "cpu_bound",
            Self::Io => "io_bound",
            Self::Network => "network_bound",
            Self::Memory => "memory_bound",
        }
    }
}

/// A name and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Where it stands.
    pub position: Position,
}

/// A condition on whether a step runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// As written, variables replaced.
    pub text: String,
    /// Its value.
    pub holds: bool,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name, unique in the file.
    pub name: String,
    /// Where it begins in the file.
    pub position: Position,
    /// What it does.
    pub step_type: &'static StepType,
    /// The type as the file spells it.
    pub spelled: String,
    /// The name of its rows; several steps may share it in the dialect `steps`.
    pub output: String,
    /// Datasets it reads, besides those that its SQL names.
    pub inputs: Vec<Name>,
    /// Steps or datasets that must come before.
    pub depends_on: Vec<Name>,
    /// What is particular to its type, by the names of the type's keys.
    pub parameters: Vec<(&'static str, Node)>,
    /// Whether it runs at all.
    pub when: Option<Condition>,
    /// How often it is tried.
    pub retry: Retry,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// What it spends most.
    pub pool: Pool,
    /// Words for `--select tag:`.
    pub tags: Vec<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What must hold for its rows.
    pub checks: Vec<Check>,
    /// What its failure means.
    pub on_failure: OnFailure,
    /// Whether it has retries, a time limit or a meaning of failure of its own, so that it must run by itself.
    pub boundary: bool,
    /// Whether its rows are kept for the steps that read them; `None` to decide.
    pub cache: Option<bool>,
}

impl Step {
    /// The value of one of the type's keys.
    pub fn parameter(&self, key: &str) -> Option<&Node> {
        self.parameters.iter().find(|(name, _)| *name == key).map(|(_, node)| node)
    }

    /// A key's value as text.
    pub fn text(&self, key: &str) -> Option<String> {
        self.parameter(key).and_then(Node::scalar)
    }

    /// A key's value as a list of texts.
    pub fn texts(&self, key: &str) -> Vec<String> {
        self.parameter(key)
            .map(|node| node.items().iter().filter_map(Node::scalar).collect())
            .unwrap_or_default()
    }

    /// A problem with the step.
    pub fn problem(&self, message: impl std::fmt::Display) -> Problem {
        Problem::new(self.position, format!("step '{}': {message}", self.name))
    }

    /// A problem with the value of a key.
    pub fn problem_at(&self, key: &str, message: impl std::fmt::Display) -> Problem {
        let position = self.parameter(key).map_or(self.position, |node| node.position);
        Problem::new(position, format!("step '{}': {message}", self.name))
    }
}
