//! From a configuration to a session, in one place.

use std::sync::Arc;

use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::config::SpillCompression;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use extension::{
    Databases, Error, Extension, PlanRunner, PlanStatement, Registry, Result, StatementPlanner,
    TableVersions,
};
use planner::{Language, Planner};

use crate::config::Config;
use crate::monitor::Monitor;
use crate::runner::Runner;
use crate::session::{SYSTEM_SCHEMA, Session, Shared, runtime};
use crate::{extensions, settings};

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
        let told = Arc::downgrade(&shared);
        language.objects().set_settings(move |options| match told.upgrade() {
            Some(shared) => settings::all(&shared.config.read(), options)
                .into_iter()
                .map(|setting| (setting.name, setting.value))
                .collect(),
            None => vec![],
        });
        let mut registry = Registry::default();
        extensions::register_all(&mut registry)?;
        Monitor { shared: Arc::clone(&shared) }.register(&mut registry)?;
        language.register(&mut registry)?;
        let statement_planner = Arc::new(StatementPlanner::default());
        registry.add_service(Arc::clone(&statement_planner));
        let versions = TableVersions(std::mem::take(&mut registry.table_versions));
        registry.add_service(Arc::new(versions));

        let databases = Arc::new(Databases::default());
        registry.add_service(Arc::clone(&databases));
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
            .with_runtime_env(Arc::new(environment))
            .with_catalog_list(databases);
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
        shared.set_manuals(planner.table_functions(), planner.statements());
        plan_runner.set(Arc::new(Runner::new(Arc::clone(&planner), Arc::clone(&shared))));
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
    // Rows of a sub-query, view or step with ORDER BY stay in that order; the physical optimizer drops
    // the sorts that nobody can see.
    options.sql_parser.enable_subquery_sort_elimination = false;
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
