//! The sqllogictest runner.
//!
//! [`options`] reads the command line, [`connection`] puts a session behind the runner's database
//! trait, [`sources`] finds what there is to run, [`ours`] runs our tree and [`datafusion_suite`]
//! DataFusion's.

pub(crate) mod connection;
pub(crate) mod datafusion_suite;
pub(crate) mod options;
pub(crate) mod ours;
pub(crate) mod sources;

pub(crate) use options::Options;

/// What a run came to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Total {
    pub passed: usize,
    pub failed: usize,
}
