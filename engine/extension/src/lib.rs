//! The contract between the engine and its parts.
//!
//! A part (file formats, functions, graph algorithms, permissions, …) is a crate with one value that
//! implements [`Extension`]. The engine holds the one list of parts, asks each to [`register`] what it
//! adds, and moves the filled [`Registry`] into DataFusion once. Parts never import each other: they
//! meet in SQL.
//!
//! To add a part: a folder with a crate, a line in the root `Cargo.toml`, a line in
//! `engine/src/extensions.rs`, and a heading in the architecture page.
//!
//! [`register`]: Extension::register

mod change;
mod databases;
mod dialect;
mod error;
mod facts;
mod function;
mod given;
pub mod option_list;
mod redact;
mod registry;
mod relation;
mod run_plan;
mod snapshot;
mod statement;
mod suggest;
mod types;
mod version;

pub use change::{Change, ChangeNode, StatementOverride, changes_tables};
pub use databases::{
    Attach, Database, DatabaseKind, DatabaseManual, Databases, TEMPORARY_SCHEMA, stem_of,
};
pub use dialect::{ASOF_MARKER, FriendlyDialect, GLOB, marked, named};
pub use error::{Error, ErrorKind, Position, Result};
pub use facts::{
    ColumnFacts, Comments, ConstraintFacts, ConstraintKind, DescribeTable, TableDescribers,
    TableFacts,
};
pub use function::{Arguments, Parameter, ScanFunction, Signature};
pub use given::{FindTable, GivenTables};
pub use redact::{holds_secret, is_secret_key, redact};
pub use registry::{Registry, SystemTable};
pub use relation::{RelationCall, RelationFunction, TableArgument};
pub use run_plan::{PlanProgress, PlanRunner, RunPlan, RunningPlan};
pub use snapshot::SnapshotTable;
pub use statement::{
    Command, ParsedStatement, PlanStatement, StatementParser, StatementPlanner, StatementSyntax,
};
pub use suggest::closest;
pub use types::{
    SQL_TYPE_KEY, parse_sql_type, sql_field_type_name, sql_type_name, with_sql_type_names,
};
pub use version::{TableVersion, TableVersions, VersionOf};

/// One part of the engine: a name, and everything it adds to a session.
pub trait Extension: std::fmt::Debug + Send + Sync {
    /// The part's name, as the architecture page calls it.
    fn name(&self) -> &'static str;

    /// Adds what the part brings to the lists of `registry`.
    fn register(&self, registry: &mut Registry) -> Result<()>;
}
