//! The session: statements in, queries out.

use std::sync::Arc;

use arrow::datatypes::Schema;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::catalog::{TableFunctionImpl, TableProvider};
use datafusion::common::runtime::SpawnedTask;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::disk_manager::{DiskManager, DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SendableRecordBatchStream, SessionStateBuilder, TaskContext};
use datafusion::logical_expr::{AggregateUDF, ScalarUDF, TableType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::SessionContext;
use extension::{
    Command, Error, ParsedStatement, Result, Signature, StatementSyntax, changes_tables, redact,
    sql_type_name,
};
use futures::StreamExt;
use parking_lot::RwLock;
use planner::{ColumnNames, Planned, Planner, SessionObjects, Statement};

use crate::builder::SessionBuilder;
use crate::config::Config;
use crate::cooperation::cooperative;
use crate::describe::{self, FunctionInfo, TableInfo};
use crate::memory::{QueryPool, session_pool};
use crate::queries::{Queries, QueryInfo, Running};
use crate::query::{Query, interrupted};
use crate::settings::{self, SettingValue};

/// The schema of the engine's own tables.
pub(crate) const SYSTEM_SCHEMA: &str = "system";

/// A session: a catalog, settings, and the queries that run over them. Clones share it.
///
/// A statement's life: the planner reads it, parts first; its files and table functions become
/// tables; DataFusion plans and optimises; the plan runs as a stream of batches that is registered in
/// `system.queries`, charged to the memory pool, and stopped when it is cancelled or dropped.
#[derive(Clone)]
pub struct Session {
    pub(crate) context: SessionContext,
    pub(crate) planner: Arc<Planner>,
    shared: Arc<Shared>,
}

/// What statements and system tables see of their session.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: RwLock<Config>,
    pub(crate) queries: Queries,
    table_functions: RwLock<Vec<(&'static str, Signature)>>,
    statements: RwLock<Vec<StatementSyntax>>,
    /// What the planner keeps between statements.
    objects: Arc<SessionObjects>,
}

impl Shared {
    pub(crate) fn new(config: Config, objects: Arc<SessionObjects>) -> Self {
        config.apply_semantics(&objects.semantics);
        Self {
            objects,
            config: RwLock::new(config),
            queries: Queries::default(),
            table_functions: RwLock::default(),
            statements: RwLock::default(),
        }
    }

    /// The shared state of the session behind `context`.
    pub(crate) fn of(context: &SessionContext) -> Result<Arc<Self>> {
        context
            .state_ref()
            .read()
            .config()
            .get_extension::<Self>()
            .ok_or_else(|| Error::internal("the context belongs to no session"))
    }

    /// The manuals of the table functions, with their families.
    pub(crate) fn table_functions(&self) -> Vec<(&'static str, Signature)> {
        self.table_functions.read().clone()
    }

    pub(crate) fn statements(&self) -> Vec<StatementSyntax> {
        self.statements.read().clone()
    }

    /// What the planner knows once it is made.
    pub(crate) fn set_manuals(
        &self,
        functions: Vec<(&'static str, Signature)>,
        statements: Vec<StatementSyntax>,
    ) {
        *self.table_functions.write() = functions;
        *self.statements.write() = statements;
    }

    /// Changes the configuration and carries the change into DataFusion's.
    pub(crate) fn configure(
        &self,
        context: &SessionContext,
        change: impl FnOnce(&mut Config) -> Result<()>,
    ) -> Result<()> {
        let mut config = self.config.write();
        let mut changed = config.clone();
        change(&mut changed)?;
        let state = context.state_ref();
        let mut state = state.write();
        let options = state.config_mut().options_mut();
        if changed.threads != config.threads {
            options.execution.target_partitions = changed.threads;
        }
        options.catalog.default_catalog.clone_from(&changed.default_catalog);
        options.catalog.default_schema.clone_from(&changed.default_schema);
        if changed.default_null_order != config.default_null_order {
            options.sql_parser.default_null_ordering.clone_from(&changed.default_null_order);
        }
        changed.apply_semantics(&self.objects.semantics);
        for (name, value) in &changed.datafusion[config.datafusion.len()..] {
            options.set(name, value)?;
        }
        let resources = |config: &Config| {
            (config.memory_limit, config.temp_directory.clone(), config.max_temp_directory_size)
        };
        if resources(&changed) != resources(&config) {
            let runtime = runtime(&changed, state.runtime_env().as_ref().clone())?;
            *state = SessionStateBuilder::new_from_existing(state.clone())
                .with_runtime_env(Arc::new(runtime))
                .build();
        }
        *config = changed;
        Ok(())
    }
}

/// `base` with the memory and disk that `config` grants.
pub(crate) fn runtime(config: &Config, base: RuntimeEnv) -> Result<RuntimeEnv> {
    let mut disk = DiskManagerBuilder::default();
    if let Some(folder) = &config.temp_directory {
        std::fs::create_dir_all(folder).map_err(|error| {
            Error::from(error).context(format_args!("temp_directory '{}'", folder.display()))
        })?;
        disk = disk.with_mode(DiskManagerMode::Directories(vec![folder.clone()]));
    }
    if let Some(bytes) = config.max_temp_directory_size {
        disk = disk.with_max_temp_directory_size(bytes as u64);
    }
    // A merge of spilled runs holds a batch of each run. One that took all the memory there is would
    // leave nothing to the other threads and to what the merged rows go to next.
    const BYTES_PER_RUN: usize = 8 << 20;
    let runs = config.memory_limit_bytes() / config.threads / BYTES_PER_RUN;
    disk = disk.with_max_spill_merge_fan_in(runs.clamp(2, 64));
    let disk: DiskManager = disk.build()?;
    Ok(RuntimeEnv {
        memory_pool: session_pool(config.memory_limit_bytes()),
        disk_manager: Arc::new(disk),
        ..base
    })
}

/// Runs a stream in a task of its own, a few batches ahead of whoever fetches them.
///
/// The one who fetches never waits inside an operator, so a query stops at once when it is cancelled,
/// whatever its operators are busy with; and a defect that panics fails the query and nothing else.
fn in_background(mut stream: SendableRecordBatchStream) -> SendableRecordBatchStream {
    const BATCHES_AHEAD: usize = 2;
    let schema = stream.schema();
    let (sender, receiver) = tokio::sync::mpsc::channel(BATCHES_AHEAD);
    let task = SpawnedTask::spawn(async move {
        while let Some(batch) = stream.next().await {
            if sender.send(batch).await.is_err() {
                break;
            }
        }
    });
    let batches = futures::stream::unfold((receiver, Some(task)), async |(mut receiver, task)| {
        if let Some(batch) = receiver.recv().await {
            return Some((batch, (receiver, task)));
        }
        match task?.join().await {
            Err(error) if error.is_panic() => {
                let error = Error::internal(
                    "an operator failed unexpectedly; this is a defect of the engine",
                );
                Some((Err(error.into()), (receiver, None)))
            }
            _ => None,
        }
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, batches))
}

/// The same rows under the names that a user expects.
fn with_names(
    stream: SendableRecordBatchStream,
    names: Option<&ColumnNames>,
) -> SendableRecordBatchStream {
    let Some(names) = names else { return stream };
    let schema = names.apply(&stream.schema());
    let named = Arc::clone(&schema);
    let batches = stream.map(move |batch| {
        let (_, columns, rows) = batch?.into_parts();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&named), columns, &options)?)
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, batches))
}

/// The rows of a statement to come, and their plan if DataFusion made one.
pub(crate) type Started = (SendableRecordBatchStream, Option<Arc<dyn ExecutionPlan>>);

impl Session {
    pub(crate) fn from_parts(
        context: SessionContext,
        planner: Arc<Planner>,
        shared: Arc<Shared>,
    ) -> Self {
        Self { context, planner, shared }
    }

    /// Configures a session before it is made.
    pub fn builder() -> SessionBuilder {
        SessionBuilder::default()
    }

    /// A session in memory with the default configuration.
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// Splits a script at `;`, by its tokens. Positions are those of the script.
    ///
    /// # Errors
    /// A string, quoted name or comment that is not closed.
    pub fn statements(&self, script: &str) -> Result<Vec<Statement>> {
        planner::split(script)
    }

    /// Whether a shell should run `text`: it ends with `;` and nothing is open.
    pub fn is_complete(&self, text: &str) -> bool {
        planner::is_complete(text)
    }

    /// Plans and starts the one statement in `text`.
    ///
    /// # Errors
    /// As [`run`](Self::run), and if there is no statement or more than one.
    pub async fn sql(&self, text: &str) -> Result<Query> {
        self.run(&self.only_statement(text)?).await
    }

    /// The one statement in `text`.
    pub(crate) fn only_statement(&self, text: &str) -> Result<Statement> {
        match self.statements(text)?.as_slice() {
            [statement] => Ok(statement.clone()),
            [] => Err(Error::syntax("there is no statement in the text")),
            [_, second, ..] => Err(Error::syntax("one statement was expected, but there are more")
                .at(second.position)
                .with_hint("run them one by one")),
        }
    }

    /// Plans and starts a statement. Its rows come from the returned stream.
    ///
    /// # Errors
    /// Whatever is wrong with the statement, with its position in the script where it is known.
    pub async fn run(&self, statement: &Statement) -> Result<Query> {
        let running = self.begin(&statement.text);
        let started = self.until_cancelled(&running, self.start(statement, &running)).await;
        Query::started(running, started)
    }

    /// Registers a query that is about to start.
    pub(crate) fn begin(&self, text: &str) -> Running {
        self.shared.queries.start(redact(text).into_owned())
    }

    /// Starts a query's work, which may take long before its first row.
    pub(crate) async fn until_cancelled(
        &self,
        running: &Running,
        work: impl Future<Output = Result<Started>>,
    ) -> Result<Started> {
        tokio::select! {
            biased;
            () = running.cancellation.cancelled() => Err(interrupted()),
            started = work => started,
        }
    }

    async fn start(&self, statement: &Statement, running: &Running) -> Result<Started> {
        let state = self.context.state();
        match self.planner.parse(statement, &state)? {
            ParsedStatement::Command(command) => self.act(command.as_ref()).await,
            ParsedStatement::DataFusion(parsed) => {
                let planned = self.planner.plan(*parsed, &state).await?;
                self.execute(planned.written_as(&statement.text), running).await
            }
        }
    }

    pub(crate) async fn act(&self, command: &dyn Command) -> Result<Started> {
        if command.writes() {
            self.check_writable()?;
        }
        let batch = command.run(&self.context).await?;
        let batch = batch.unwrap_or_else(|| RecordBatch::new_empty(Arc::new(Schema::empty())));
        let rows = futures::stream::iter([Ok(batch.clone())]);
        Ok((Box::pin(RecordBatchStreamAdapter::new(batch.schema(), rows)), None))
    }

    pub(crate) async fn execute(&self, planned: Planned, running: &Running) -> Result<Started> {
        let Planned { plan, names } = planned;
        if self.shared.config.read().read_only {
            let reads = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false);
            if reads.verify_plan(&plan).is_err() || changes_tables(&plan) {
                self.check_writable()?;
            }
        }
        // A change is made before anybody asks for its rows, so that the next statement sees it.
        let acts = changes_tables(&plan);
        // DataFusion's own statements without rows act here; a query is only wrapped.
        let frame = self.context.execute_logical_plan(plan).await?;
        let task = self.task(frame.task_ctx(), running);
        let plan = cooperative(frame.create_physical_plan().await?, &running.cancellation)?;
        let mut stream = execute_stream(Arc::clone(&plan), Arc::new(task))?;
        if acts {
            let schema = stream.schema();
            let mut batches = vec![];
            while let Some(batch) = stream.next().await {
                batches.push(Ok(batch?));
            }
            stream =
                Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::iter(batches)));
        }
        Ok((with_names(in_background(stream), names.as_ref()), Some(plan)))
    }

    pub(crate) fn check_writable(&self) -> Result<()> {
        match self.shared.config.read().read_only {
            true => Err(Error::permission_denied("the session is read-only")),
            false => Ok(()),
        }
    }

    /// The context in which a query's operators run: the session's, with the query's own account.
    fn task(&self, task: TaskContext, running: &Running) -> TaskContext {
        let runtime = task.runtime_env();
        let pool = QueryPool::new(Arc::clone(&runtime.memory_pool), Arc::clone(&running.account));
        task.with_runtime(Arc::new(RuntimeEnv {
            memory_pool: Arc::new(pool),
            ..runtime.as_ref().clone()
        }))
    }

    /// Sets a setting, as `SET name = value` does.
    pub fn set(&self, name: &str, value: &str) -> Result<()> {
        self.shared.configure(&self.context, |config| config.set(name, value))
    }

    /// The configuration now.
    pub fn config(&self) -> Config {
        self.shared.config.read().clone()
    }

    /// Every setting with its value.
    pub fn settings(&self) -> Vec<SettingValue> {
        let state = self.context.state();
        settings::all(&self.shared.config.read(), state.config_options())
    }

    /// Every function that SQL may call.
    pub fn functions(&self) -> Vec<FunctionInfo> {
        describe::functions(&self.context.state(), &self.shared.table_functions())
    }

    /// The statements that the engine adds to DataFusion's.
    pub fn statement_syntaxes(&self) -> Vec<StatementSyntax> {
        self.shared.statements()
    }

    /// Every table and view.
    pub async fn tables(&self) -> Result<Vec<TableInfo>> {
        let mut tables = vec![];
        for catalog in self.context.catalog_names() {
            let Some(provider) = self.context.catalog(&catalog) else { continue };
            for schema in provider.schema_names() {
                let Some(tables_of) = provider.schema(&schema) else { continue };
                for name in tables_of.table_names() {
                    let kind = match tables_of.table_type(&name).await? {
                        _ if schema == SYSTEM_SCHEMA => "system",
                        Some(TableType::View) => "view",
                        _ => "table",
                    };
                    tables.push(TableInfo {
                        catalog: catalog.clone(),
                        schema: schema.clone(),
                        name,
                        kind,
                    });
                }
            }
        }
        tables.sort();
        Ok(tables)
    }

    /// The columns of a table: names and SQL types.
    pub async fn columns(&self, table: &str) -> Result<Vec<(String, String)>> {
        let provider = self.context.table_provider(table).await?;
        let schema = provider.schema();
        Ok(schema
            .fields()
            .iter()
            .map(|field| (field.name().clone(), sql_type_name(field.data_type())))
            .collect())
    }

    /// The queries that run and the last ones that ran, oldest first.
    pub fn queries(&self) -> Vec<QueryInfo> {
        self.shared.queries.list()
    }

    /// Stops a query; false if none of that id is running.
    pub fn cancel(&self, id: &str) -> bool {
        self.shared.queries.cancel(id)
    }

    /// Stops every running query.
    pub fn cancel_all(&self) {
        self.shared.queries.cancel_all();
    }

    /// Makes `table` known under `name`, replacing what had the name.
    pub fn register_table(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<()> {
        let name = datafusion::common::TableReference::bare(name);
        self.context.deregister_table(name.clone())?;
        self.context.register_table(name, table)?;
        Ok(())
    }

    /// Makes a function of one row known to SQL, replacing what had its name.
    pub fn register_scalar_function(&self, function: ScalarUDF) {
        self.context.register_udf(function);
    }

    /// Makes a function of a group of rows known to SQL, replacing what had its name.
    pub fn register_aggregate_function(&self, function: AggregateUDF) {
        self.context.register_udaf(function);
    }

    /// Makes a function that stands for a table known to SQL, replacing what had its name.
    pub fn register_table_function(&self, name: &str, function: Arc<dyn TableFunctionImpl>) {
        self.context.register_udtf(name, function);
    }

    /// DataFusion's context underneath, for embedding and tests. What runs on it directly passes
    /// neither our statements nor the query registry.
    pub fn context(&self) -> &SessionContext {
        &self.context
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("id", &self.context.session_id()).finish_non_exhaustive()
    }
}
