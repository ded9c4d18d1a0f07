//! The lists that parts fill and the engine empties into DataFusion.

use std::sync::Arc;

use datafusion::catalog::{TableProvider, TableProviderFactory};
use datafusion::datasource::file_format::FileFormatFactory;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::object_store::ObjectStoreRegistry;
use datafusion::logical_expr::planner::{ExprPlanner, RelationPlanner, TypePlanner};
use datafusion::logical_expr::{AggregateUDF, HigherOrderUDF, ScalarUDF, WindowUDF};
use datafusion::optimizer::{AnalyzerRule, Optimizer, OptimizerRule};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_planner::ExtensionPlanner;
use datafusion::prelude::SessionConfig;

use crate::change::PartsPlanner;
use crate::{
    Comments, DatabaseKind, DescribeTable, RelationFunction, Result, ScanFunction,
    StatementOverride, StatementParser, TableDescribers, VersionOf,
};

/// A table of the `system` schema.
#[derive(Debug, Clone)]
pub struct SystemTable {
    /// The name after `system.`.
    pub name: &'static str,
    /// What a row is, in one sentence.
    pub description: &'static str,
    /// The rows, made anew at each scan.
    pub provider: Arc<dyn TableProvider>,
}

/// What the parts add to a session. Public lists: a part pushes, the engine moves them out once.
#[derive(Default)]
pub struct Registry {
    /// Functions of one row.
    pub scalar_functions: Vec<Arc<ScalarUDF>>,
    /// Functions that take lambdas.
    pub higher_order_functions: Vec<Arc<HigherOrderUDF>>,
    /// Functions of a group.
    pub aggregate_functions: Vec<Arc<AggregateUDF>>,
    /// Functions of a window.
    pub window_functions: Vec<Arc<WindowUDF>>,
    /// Table functions with constant arguments.
    pub scan_functions: Vec<Arc<dyn ScanFunction>>,
    /// Table functions that take tables.
    pub relation_functions: Vec<Arc<dyn RelationFunction>>,
    /// Statements beyond DataFusion's, tried in this order before its parser.
    pub statements: Vec<Arc<dyn StatementParser>>,
    /// Planners of DataFusion's statements for the parts' own tables, tried in this order.
    pub statement_overrides: Vec<Arc<dyn StatementOverride>>,
    /// Operators and literals.
    pub expr_planners: Vec<Arc<dyn ExprPlanner>>,
    /// SQL names of types. DataFusion asks one planner alone, so at most one part brings it.
    pub type_planner: Option<Arc<dyn TypePlanner>>,
    /// Relations in FROM.
    pub relation_planners: Vec<Arc<dyn RelationPlanner>>,
    /// Physical plans of own logical nodes.
    pub extension_planners: Vec<Arc<dyn ExtensionPlanner + Send + Sync>>,
    /// Rules that make a plan valid.
    pub analyzer_rules: Vec<Arc<dyn AnalyzerRule + Send + Sync>>,
    /// Rules that make a plan faster, after DataFusion's, or in the place of one of the same name.
    pub optimizer_rules: Vec<Arc<dyn OptimizerRule + Send + Sync>>,
    /// Rules over physical plans, after DataFusion's, or in the place of one of the same name.
    pub physical_optimizer_rules: Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>>,
    /// Formats that `COPY … TO` and `CREATE EXTERNAL TABLE` know.
    pub file_formats: Vec<Arc<dyn FileFormatFactory>>,
    /// Makers of tables for `CREATE EXTERNAL TABLE … STORED AS <name>`.
    pub table_factories: Vec<(String, Arc<dyn TableProviderFactory>)>,
    /// What tells whether tables have changed.
    pub table_versions: Vec<VersionOf>,
    /// What `ATTACH … (TYPE kind)` knows, in the order in which a target without a TYPE is shown to them.
    pub database_kinds: Vec<Arc<dyn DatabaseKind>>,
    /// Tables of the `system` schema.
    pub system_tables: Vec<SystemTable>,
    /// What the parts know of their own tables: defaults, rules, numbers of rows.
    pub table_describers: Vec<Arc<dyn DescribeTable>>,
    /// URL to object store. At most one part brings it.
    pub object_stores: Option<Arc<dyn ObjectStoreRegistry>>,
    services: Vec<Box<dyn FnOnce(SessionConfig) -> SessionConfig + Send>>,
}

impl Registry {
    /// Makes `service` reachable from everything that sees the session, by its type:
    /// `config.get_extension::<T>()`.
    pub fn add_service<T: Send + Sync + 'static>(&mut self, service: Arc<T>) {
        self.services.push(Box::new(move |config| config.with_extension(service)));
    }

    /// Moves the services into `config`.
    pub fn install_services(&mut self, config: SessionConfig) -> SessionConfig {
        let describers = TableDescribers::new(std::mem::take(&mut self.table_describers));
        let config = config
            .with_extension(Arc::new(describers))
            .with_extension(Arc::new(Comments::default()));
        self.services.drain(..).fold(config, |config, install| install(config))
    }

    /// Adds the lists that DataFusion's builder understands to its defaults.
    ///
    /// Most `with_*` setters of the builder replace what is there, so everything is appended here, in
    /// the one place that knows.
    pub fn install(&mut self, mut builder: SessionStateBuilder) -> Result<SessionStateBuilder> {
        builder.scalar_functions().get_or_insert_default().append(&mut self.scalar_functions);
        let higher_order = builder.higher_order_functions().get_or_insert_default();
        higher_order.append(&mut self.higher_order_functions);
        builder.aggregate_functions().get_or_insert_default().append(&mut self.aggregate_functions);
        builder.window_functions().get_or_insert_default().append(&mut self.window_functions);
        // The first planner that knows an expression plans it, so ours stand before DataFusion's.
        builder.expr_planners().get_or_insert_default().splice(0..0, self.expr_planners.drain(..));
        builder.relation_planners().get_or_insert_default().append(&mut self.relation_planners);
        if let Some(types) = self.type_planner.take() {
            builder = builder.with_type_planner(types);
        }
        // The first format of a name wins in DataFusion, so ours take the place of its own.
        let formats = builder.file_formats().get_or_insert_default();
        formats.retain(|theirs| {
            self.file_formats
                .iter()
                .all(|ours| !ours.get_ext().eq_ignore_ascii_case(&theirs.get_ext()))
        });
        formats.append(&mut self.file_formats);
        for (name, factory) in self.table_factories.drain(..) {
            builder = builder.with_table_factory(name, factory);
        }
        let planners = std::mem::take(&mut self.extension_planners);
        builder = builder.with_query_planner(Arc::new(PartsPlanner::new(planners)));
        for rule in self.analyzer_rules.drain(..) {
            builder = builder.with_analyzer_rule(rule);
        }
        // A rule with the name of one of DataFusion's takes its place.
        let mut rules = Optimizer::new().rules;
        for rule in self.optimizer_rules.drain(..) {
            match rules.iter_mut().find(|theirs| theirs.name() == rule.name()) {
                Some(theirs) => *theirs = rule,
                None => rules.push(rule),
            }
        }
        builder = builder.with_optimizer_rules(rules);
        let mut rules = PhysicalOptimizer::new().rules;
        for rule in self.physical_optimizer_rules.drain(..) {
            match rules.iter_mut().find(|theirs| theirs.name() == rule.name()) {
                Some(theirs) => *theirs = rule,
                None => rules.push(rule),
            }
        }
        Ok(builder.with_physical_optimizer_rules(rules))
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("scan_functions", &self.scan_functions)
            .field("statements", &self.statements)
            .field("system_tables", &self.system_tables)
            .finish_non_exhaustive()
    }
}
