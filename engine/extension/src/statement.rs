//! Statements beyond DataFusion's: how a part reads them and what it answers.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{DFParser, Statement as DataFusionStatement};

use crate::Result;

/// The manual of a statement, from which help and the reference pages are made.
#[derive(Debug, Clone, Copy)]
pub struct StatementSyntax {
    /// The words it begins with, such as `CREATE SECRET`.
    pub name: &'static str,
    /// Its grammar, as reference pages write it.
    pub syntax: &'static str,
    /// What it does, in a sentence or two.
    pub description: &'static str,
    /// A statement that runs.
    pub example: &'static str,
}

/// Reads one kind of statement.
pub trait StatementParser: Debug + Send + Sync {
    /// The manual.
    fn syntax(&self) -> &StatementSyntax;

    /// Reads the statement at the parser's position, or returns `None` and leaves the parser where
    /// it was if the statement is of another kind. An error means: ours, but malformed.
    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>>;
}

/// What a [`StatementParser`] read.
#[derive(Debug, Clone)]
pub enum ParsedStatement {
    /// Another spelling of a statement that DataFusion plans, such as `COPY t TO 'f' (FORMAT csv)`.
    DataFusion(Box<DataFusionStatement>),
    /// A statement that acts by itself.
    Command(Arc<dyn Command>),
}

/// A statement that acts by itself, outside the query planner.
#[async_trait]
pub trait Command: Debug + Send + Sync {
    /// Whether it changes tables, files or settings that outlive the statement; such commands are
    /// refused by a read-only session.
    fn writes(&self) -> bool;

    /// Acts and answers with rows, or with `None` where there is nothing to show.
    async fn run(&self, context: &SessionContext) -> Result<Option<RecordBatch>>;
}
