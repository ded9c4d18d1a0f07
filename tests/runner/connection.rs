//! A session behind sqllogictest's database trait.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::prelude::SessionContext;
use datafusion_sqllogictest::{DFColumnType, DFOutput, convert_batches, convert_schema_to_types};
use engine::Session;
use futures::FutureExt;
use sqllogictest::{AsyncDB, DBOutput};

/// The longest a record may take; one that hangs is a failure of its own and not of the run.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// What answers the queries of a file.
#[derive(Clone)]
pub(crate) enum Engine {
    /// A session of ours.
    Ours(Session),
    /// DataFusion as it comes, to know what the suite's records do there.
    DataFusion(SessionContext),
}

/// One database connection of a test file.
pub(crate) struct Connection {
    engine: Engine,
    /// Texts that stand for another in the file and differ from run to run: (in the file, in truth).
    names: Vec<(&'static str, String)>,
    /// Whether values print as DataFusion's Spark tests want them.
    spark: bool,
}

/// An error as the file sees it.
#[derive(Debug, Clone)]
pub(crate) struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl Connection {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, names: Vec::new(), spark: false }
    }

    /// Lets the file write `name` where the run means `value`, in statements and in results.
    pub(crate) fn with_name(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.names.push((name, value.into()));
        self
    }

    pub(crate) fn with_spark_values(mut self, spark: bool) -> Self {
        self.spark = spark;
        self
    }

    async fn answer(&self, sql: &str) -> Result<(SchemaRef, Vec<RecordBatch>), String> {
        match &self.engine {
            Engine::Ours(session) => {
                let query = session.sql(sql).await.map_err(|error| error.to_string())?;
                let schema = query.schema();
                let batches = query.collect().await.map_err(|error| error.to_string())?;
                Ok((schema, batches))
            }
            Engine::DataFusion(context) => plain(context, sql)
                .await
                .map_err(|error| format!("DataFusion error: {}", error.strip_backtrace())),
        }
    }

    fn with_names_of_file(&self, text: String) -> String {
        self.names.iter().fold(text, |text, (name, value)| match text.contains(value.as_str()) {
            true => text.replace(value.as_str(), name),
            false => text,
        })
    }
}

async fn plain(
    context: &SessionContext,
    sql: &str,
) -> datafusion::common::Result<(SchemaRef, Vec<RecordBatch>)> {
    let frame = context.sql(sql).await?;
    let task = std::sync::Arc::new(frame.task_ctx());
    let plan = frame.create_physical_plan().await?;
    let schema = plan.schema();
    Ok((schema, datafusion::physical_plan::collect(plan, task).await?))
}

/// The type of sums of whole numbers.
const HUGEINT: DataType = DataType::Decimal128(38, 0);

#[async_trait]
impl AsyncDB for Connection {
    type Error = Failure;
    type ColumnType = DFColumnType;

    async fn run(&mut self, sql: &str) -> Result<DFOutput, Failure> {
        let sql =
            self.names.iter().fold(sql.to_string(), |sql, (name, value)| sql.replace(name, value));
        // A panic is a defect of the engine: it fails its record and lets the file go on.
        let answer = AssertUnwindSafe(self.answer(&sql)).catch_unwind();
        let answer = match tokio::time::timeout(TIME_LIMIT, answer).await {
            Err(_) => Err(format!("no answer after {} seconds", TIME_LIMIT.as_secs())),
            Ok(Err(_)) => Err("the engine panicked".to_string()),
            Ok(Ok(answer)) => answer,
        };
        let (schema, batches) = answer.map_err(|text| Failure(self.with_names_of_file(text)))?;
        let mut types = convert_schema_to_types(schema.fields());
        // A HUGEINT is a whole number.
        for (letter, field) in types.iter_mut().zip(schema.fields()) {
            if *field.data_type() == HUGEINT {
                *letter = DFColumnType::Integer;
            }
        }
        let rows = convert_batches(&schema, batches, self.spark)
            .map_err(|error| Failure(error.to_string()))?;
        if rows.is_empty() && types.is_empty() {
            return Ok(DBOutput::StatementComplete(0));
        }
        let rows = match self.names.is_empty() {
            true => rows,
            false => rows
                .into_iter()
                .map(|row| row.into_iter().map(|cell| self.with_names_of_file(cell)).collect())
                .collect(),
        };
        Ok(DBOutput::Rows { types, rows })
    }

    async fn shutdown(&mut self) {}

    async fn sleep(duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
