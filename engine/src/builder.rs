//! From a configuration to a session, in one place.

use std::sync::Arc;

use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::config::SpillCompression;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use extension::{Error, Extension, PlanRunner, PlanStatement, Registry, Result, StatementPlanner};
use planner::{Language, Planner};

use crate::config::Config;
use crate::extensions;
use crate::monitor::Monitor;
use crate::runner::Runner;
use crate::session::{SYSTEM_SCHEMA, Session, Shared, runtime};

/// Makes a [`Session`].
///
/// ```
/// use parquetframe_engine::Session;
/// let session = Session::builder().with_setting("threads", "1").unwrap().build().unwrap();
/// assert_eq!(session.config().threads, 1);
/// ```
#[derive(Debug, Clone, Default)]
pub struct SessionBuilder {
    config: Config,
}

impl SessionBuilder {
    /// Starts from a configuration, such as [`Config::load`] returns.
    #[must_use]
    pub fn with_config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Sets one setting, as `SET` does.
    pub fn with_setting(mut self, name: &str, value: &str) -> Result<Self> {
        self.config.set(name, value)?;
        Ok(self)
    }

    /// Makes the session.
    ///
    /// # Errors
    /// Settings that do not exist or do not fit.
    pub fn build(self) -> Result<Session> {
        let Self { config } = self;
        let language = Language::default();
        let shared = Arc::new(Shared::new(config.clone(), language.objects()));
        let mut registry = Registry::default();
        extensions::register_all(&mut registry)?;
        Monitor { shared: Arc::clone(&shared) }.register(&mut registry)?;
        language.register(&mut registry)?;
        let statement_planner = Arc::new(StatementPlanner::default());
        registry.add_service(Arc::clone(&statement_planner));
        let plan_runner = Arc::new(PlanRunner::default());
        registry.add_service(Arc::clone(&plan_runner));

        let session_config = registry.install_services(session_config(&config)?);
        let mut environment = RuntimeEnvBuilder::new();
        if let Some(stores) = registry.object_stores.take() {
            environment = environment.with_object_store_registry(stores);
        }
        let environment = runtime(&config, environment.build()?)?;
        let builder = SessionStateBuilder::new_with_default_features()
            .with_config(session_config)
            .with_runtime_env(Arc::new(environment));
        let state = registry.install(builder)?.build();
        let context = SessionContext::new_with_state(state);

        let system = MemorySchemaProvider::new();
        for table in registry.system_tables.drain(..) {
            system.register_table(table.name.to_string(), table.provider)?;
        }
        context
            .catalog(&config.default_catalog)
            .ok_or_else(|| Error::internal("the default catalog is missing"))?
            .register_schema(SYSTEM_SCHEMA, Arc::new(system))?;

        let planner = Arc::new(Planner::new(&mut registry, language.objects()));
        statement_planner.set(Arc::clone(&planner) as Arc<dyn PlanStatement>);
        plan_runner.set(Arc::new(Runner::new(Arc::clone(&planner), Arc::clone(&shared))));
        let mut signatures: Vec<_> =
            planner.scan_functions().values().map(|function| *function.signature()).collect();
        signatures.sort_by_key(|signature| signature.name);
        signatures.dedup_by_key(|signature| signature.name);
        shared.set_manuals(signatures, planner.statements());
        Ok(Session::from_parts(context, planner, shared))
    }
}

fn session_config(config: &Config) -> Result<SessionConfig> {
    let mut session = SessionConfig::new()
        .with_information_schema(true)
        .with_create_default_catalog_and_schema(true)
        .with_default_catalog_and_schema(&config.default_catalog, &config.default_schema)
        .with_target_partitions(config.threads);
    let options = session.options_mut();
    // Errors point into the text.
    options.sql_parser.collect_spans = true;
    // What a check of DataFusion's finds are expressions that may be NULL by one account and may not
    // by another; the plans are right.
    options.execution.skip_physical_aggregate_schema_check = true;
    options.sql_parser.default_null_ordering.clone_from(&config.default_null_order);
    // Spilled data is written once and read once; LZ4 costs less than the disk does.
    options.execution.spill_compression = SpillCompression::Lz4Frame;
    for (name, value) in &config.datafusion {
        options.set(name, value)?;
    }
    Ok(session)
}
