//! What DataFusion's planner asks about the session, with the tables of one statement at hand.
//!
//! DataFusion's own context is made anew for each statement that it plans. Rewrites plan many FROM
//! clauses on the way to one statement, so this one reads the catalog once for all of them.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::catalog::TableFunctionArgs;
use datafusion::common::config::ConfigOptions;
use datafusion::common::file_options::file_type::FileType;
use datafusion::common::plan_datafusion_err;
use datafusion::common::{DFSchema, ResolvedTableReference, TableReference};
use datafusion::datasource::cte_worktable::CteWorkTable;
use datafusion::datasource::file_format::format_as_file_type;
use datafusion::datasource::provider_as_source;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SessionState;
use datafusion::logical_expr::planner::{
    ContextProvider, ExprPlanner, RelationPlanner, TypePlanner,
};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::var_provider::{VarType, is_system_variables};
use datafusion::logical_expr::{
    AggregateUDF, Expr, HigherOrderUDF, LogicalPlan, ScalarUDF, TableSource, WindowUDF,
};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::planner::{ParserOptions, SqlToRel};
use extension::Result;

use crate::SessionObjects;
use crate::exclusion::WindowExclusion;
use crate::given::Given;
use crate::string_slice::StringSlices;
use crate::types::SqlTypes;

/// The session and the tables that one statement names.
pub(crate) struct StatementContext<'a> {
    state: &'a SessionState,
    tables: HashMap<ResolvedTableReference, Arc<dyn TableSource>>,
    type_planner: Arc<dyn TypePlanner>,
    /// Ours before those of the session.
    expr_planners: Vec<Arc<dyn ExprPlanner>>,
}

impl<'a> StatementContext<'a> {
    /// Reads the catalog for the tables of `statement`, after those that are `given`. Tables that do
    /// not exist are left out: what plans them says so.
    pub(crate) async fn new(
        statement: &DataFusionStatement,
        state: &'a SessionState,
        given: &Given,
        objects: Arc<SessionObjects>,
    ) -> Result<Self> {
        let mut tables: HashMap<ResolvedTableReference, Arc<dyn TableSource>> = given
            .tables()
            .map(|(name, table)| (name.clone(), provider_as_source(Arc::clone(table))))
            .collect();
        let catalog = &state.config_options().catalog;
        for reference in state.resolve_table_references(statement)? {
            let resolved = reference.resolve(&catalog.default_catalog, &catalog.default_schema);
            if tables.contains_key(&resolved) {
                continue;
            }
            if let Ok(schema) = state.schema_for_ref(resolved.clone())
                && let Some(table) = schema.table(&resolved.table).await?
            {
                tables.insert(resolved, provider_as_source(table));
            }
        }
        // The state hands its planner of types to nobody, and there is one: ours.
        let type_planner = Arc::new(SqlTypes { objects });
        let mut expr_planners: Vec<Arc<dyn ExprPlanner>> =
            vec![Arc::new(StringSlices), Arc::new(WindowExclusion)];
        expr_planners.extend(state.expr_planners().iter().cloned());
        Ok(Self { state, tables, type_planner, expr_planners })
    }

    pub(crate) fn state(&self) -> &SessionState {
        self.state
    }

    /// Plans a statement over these tables.
    pub(crate) fn plan(&self, statement: DataFusionStatement) -> Result<LogicalPlan> {
        let options = ParserOptions::from(&self.state.config_options().sql_parser);
        Ok(SqlToRel::new_with_options(self, options).statement_to_plan(statement)?)
    }
}

impl ContextProvider for StatementContext<'_> {
    fn get_expr_planners(&self) -> &[Arc<dyn ExprPlanner>] {
        &self.expr_planners
    }

    fn get_relation_planners(&self) -> &[Arc<dyn RelationPlanner>] {
        self.state.relation_planners()
    }

    fn get_type_planner(&self) -> Option<Arc<dyn TypePlanner>> {
        Some(Arc::clone(&self.type_planner))
    }

    fn get_table_source(&self, name: TableReference) -> DataFusionResult<Arc<dyn TableSource>> {
        let catalog = &self.state.config_options().catalog;
        let name = name.resolve(&catalog.default_catalog, &catalog.default_schema);
        let found = self.tables.get(&name).cloned();
        found.ok_or_else(|| plan_datafusion_err!("table '{name}' not found"))
    }

    fn get_table_function_source(
        &self,
        name: &str,
        arguments: Vec<Expr>,
    ) -> DataFusionResult<Arc<dyn TableSource>> {
        let Some(function) = self.state.table_functions().get(name) else {
            return Err(plan_datafusion_err!("table function '{name}' not found"));
        };
        let context = SimplifyContext::builder()
            .with_config_options(Arc::clone(self.state.config_options()))
            .with_query_execution_start_time(
                self.state.execution_props().query_execution_start_time,
            )
            .build();
        let simplifier = ExprSimplifier::new(context);
        let schema = DFSchema::empty();
        let arguments = arguments
            .into_iter()
            .map(|argument| simplifier.simplify(simplifier.coerce(argument, &schema)?))
            .collect::<DataFusionResult<Vec<_>>>()?;
        let arguments = TableFunctionArgs::new(&arguments, self.state);
        Ok(provider_as_source(function.create_table_provider_with_args(arguments)?))
    }

    fn create_cte_work_table(
        &self,
        name: &str,
        schema: SchemaRef,
    ) -> DataFusionResult<Arc<dyn TableSource>> {
        Ok(provider_as_source(Arc::new(CteWorkTable::new(name, schema))))
    }

    fn get_function_meta(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        self.state.scalar_functions().get(name).cloned()
    }

    fn get_higher_order_meta(&self, name: &str) -> Option<Arc<HigherOrderUDF>> {
        self.state.higher_order_functions().get(name).cloned()
    }

    fn get_aggregate_meta(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        self.state.aggregate_functions().get(name).cloned()
    }

    fn get_window_meta(&self, name: &str) -> Option<Arc<WindowUDF>> {
        self.state.window_functions().get(name).cloned()
    }

    fn get_variable_type(&self, names: &[String]) -> Option<DataType> {
        if names.is_empty() {
            return None;
        }
        let kind = match is_system_variables(names) {
            true => VarType::System,
            false => VarType::UserDefined,
        };
        let providers = self.state.execution_props().var_providers.as_ref()?;
        providers.get(&kind)?.get_type(names)
    }

    fn options(&self) -> &ConfigOptions {
        self.state.config_options()
    }

    fn udf_names(&self) -> Vec<String> {
        self.state.scalar_functions().keys().cloned().collect()
    }

    fn higher_order_function_names(&self) -> Vec<String> {
        self.state.higher_order_functions().keys().cloned().collect()
    }

    fn udaf_names(&self) -> Vec<String> {
        self.state.aggregate_functions().keys().cloned().collect()
    }

    fn udwf_names(&self) -> Vec<String> {
        self.state.window_functions().keys().cloned().collect()
    }

    fn get_file_type(&self, extension: &str) -> DataFusionResult<Arc<dyn FileType>> {
        let Some(format) = self.state.get_file_format_factory(extension) else {
            return Err(plan_datafusion_err!("there is no file format '{extension}'"));
        };
        Ok(format_as_file_type(format))
    }
}
