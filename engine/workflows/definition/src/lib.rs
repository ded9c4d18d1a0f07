//! Workflow files: from YAML to a checked graph of steps, without an engine.
//!
//! [`read`] turns a file in any of the dialects into one [`Workflow`], with variables settled, and tells
//! all problems at once. The types of steps are a list of values ([`STEP_TYPES`]), each of which writes
//! the SQL that the step means. [`Graph`] finds what needs what, [`select`] chooses among the steps,
//! [`Picture`] draws them. What a run leaves behind is in [`history`].

mod check;
mod graph;
pub mod history;
mod keys;
mod manual;
mod node;
pub mod pandas;
mod picture;
mod problem;
mod quote;
mod reader;
mod select;
mod steps;
mod variables;
mod workflow;

#[cfg(test)]
mod tests;

pub use check::{CHECKS, Check, Severity};
pub use graph::Graph;
pub use keys::{Key as StepKey, Shape};
pub use manual::manual;
pub use node::{Key, Node, Value};
pub use picture::{FORMATS as PICTURE_FORMATS, Picture};
pub use problem::{Position, Problem, closest};
pub use quote::{identifier, literal};
pub use reader::{COMMON as COMMON_KEYS, File, read};
pub use select::{LastRun, NoLastRun, select};
pub use steps::{Column, ColumnKind, Effect, Input, Inputs, STEP_TYPES, StepType};
pub use variables::{ENVIRONMENT_PREFIX, Sources};
pub use workflow::{Condition, Dialect, Name, OnFailure, Pool, Retry, Settings, Step, Workflow};
