//! Statements that the parts plan in their own way, and EXPLAIN of those.

use std::sync::Arc;

use datafusion::common::format::{ExplainFormat, ExplainStatementOptions};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{ExplainOption, LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::parser::{ExplainStatement, Statement as DataFusionStatement};
use extension::{Error, Result, StatementOverride};

/// The plan of the first override that takes the statement, if there is one.
pub(crate) async fn plan(
    statement: &DataFusionStatement,
    overrides: &[Arc<dyn StatementOverride>],
    state: &SessionState,
) -> Result<Option<LogicalPlan>> {
    let inner = match statement {
        DataFusionStatement::Explain(explain) => &explain.statement,
        other => other,
    };
    for planner in overrides {
        if let Some(plan) = planner.plan(inner, state).await? {
            return match statement {
                DataFusionStatement::Explain(explain) => {
                    self::explain(explain, plan, state).map(Some)
                }
                _ => Ok(Some(plan)),
            };
        }
    }
    Ok(None)
}

/// EXPLAIN of a plan that DataFusion did not make.
fn explain(
    statement: &ExplainStatement,
    plan: LogicalPlan,
    state: &SessionState,
) -> Result<LogicalPlan> {
    let ExplainStatementOptions {
        analyze,
        verbose,
        format,
        analyze_level,
        analyze_categories,
        show_statistics,
    } = statement.options.clone();
    if verbose && format.is_some() {
        return Err(Error::unsupported("EXPLAIN VERBOSE has no FORMAT"));
    }
    let format = match format {
        Some(format) => format,
        None if verbose || analyze => ExplainFormat::Indent,
        None => state.config_options().explain.format.clone(),
    };
    let options = ExplainOption {
        verbose,
        analyze,
        format,
        show_statistics,
        analyze_level,
        analyze_categories,
    };
    Ok(LogicalPlanBuilder::from(plan).explain_option_format(options)?.build()?)
}
