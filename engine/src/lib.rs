//! The engine: the list of parts, and the [`Session`] made of them.
//!
//! ```
//! # async fn example() -> parquetframe_engine::Result<()> {
//! use parquetframe_engine::Session;
//!
//! let session = Session::new()?;
//! let batches = session.sql("SELECT 40 + 2 AS answer").await?.collect().await?;
//! assert_eq!(batches[0].num_rows(), 1);
//! # Ok(()) }
//! # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
//! ```
//!
//! A face (shell, Python, server) speaks [`Session`], [`Query`] and [`Error`], and no part by name.

mod builder;
mod config;
mod cooperation;
mod describe;
mod extensions;
mod memory;
mod monitor;
mod prepared;
mod progress;
mod queries;
mod query;
mod runner;
mod session;
mod settings;
mod spill_pool;
mod stoppable;
mod use_schema;
pub mod workflow;

pub use arrow;
pub use datafusion;
pub use extension::{
    Error, ErrorKind, Position, Result, Signature, StatementSyntax, closest, holds_secret,
    parse_sql_type, sql_type_name,
};
pub use planner::{FindTable, GivenTables, Statement};

pub use builder::SessionBuilder;
pub use config::{Config, SqlSemantics};
pub use describe::{FunctionInfo, TableInfo};

pub use prepared::Prepared;
pub use progress::{Progress, ProgressHandle};
pub use queries::{QueryInfo, QueryState};
pub use query::{CancelHandle, Query};
pub use session::Session;
pub use settings::SettingValue;
