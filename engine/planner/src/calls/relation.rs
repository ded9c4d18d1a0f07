//! The plan of a call, from the plans of its table arguments and the values of the others.

use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SessionState;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Query, Spanned, TableFactor,
};
use extension::{Arguments, Error, RelationCall, RelationFunction, Result, TableArgument};

use super::{RelationFunctions, parameter, parts};
use crate::relations::evaluate;
use crate::script::position;

/// Plans the calls of one statement.
#[derive(Debug)]
pub(crate) struct CallRelations {
    pub(crate) functions: Arc<RelationFunctions>,
    /// The session, for the values of arguments.
    pub(crate) state: SessionState,
}

impl RelationPlanner for CallRelations {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> DataFusionResult<RelationPlanning> {
        let TableFactor::Table { name, alias, args: Some(call), .. } = &relation else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let Some(function) = self.functions.get(name) else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let start = name.span().start;
        let plan = self.plan(function.as_ref(), &call.args, context).map_err(|error| {
            match error.position().is_none() && start.line > 0 {
                true => error.at(position(start)),
                false => error,
            }
        })?;
        // Without an alias the columns may be qualified by the function's name.
        let plan = match alias {
            Some(_) => plan,
            None => {
                let written = name.0.last().and_then(|part| part.as_ident());
                let name = written.map_or(function.signature().name, |ident| ident.value.as_str());
                LogicalPlanBuilder::from(plan).alias(name.to_lowercase())?.build()?
            }
        };
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, alias.clone()))))
    }
}

impl CallRelations {
    fn plan(
        &self,
        function: &dyn RelationFunction,
        call: &[FunctionArg],
        context: &mut dyn RelationPlannerContext,
    ) -> Result<LogicalPlan> {
        let signature = function.signature();
        let (mut positional, mut named, mut tables) = (vec![], vec![], vec![]);
        for (index, argument) in call.iter().enumerate() {
            if let FunctionArg::ExprNamed { name, .. } = argument
                && !matches!(name, Expr::Identifier(_))
            {
                let message = format!("{}: '{name}' is not a parameter name", signature.name);
                return Err(Error::syntax(message));
            }
            let (name, value) = parts(argument);
            let FunctionArgExpr::Expr(expr) = value else {
                let message = format!("{}: '{value}' is not a value", signature.name);
                return Err(Error::invalid_input(message));
            };
            let known = parameter(signature, index, name);
            let value = match (query_of(expr), known) {
                (Some(query), Some(known)) if known.may_be_table() => {
                    let text = query.to_string();
                    let plan = context.plan(TableFactor::Derived {
                        lateral: false,
                        subquery: Box::new(query.clone()),
                        alias: None,
                        sample: None,
                    })?;
                    tables.push((known.name, TableArgument { plan, text: text.clone() }));
                    ScalarValue::from(text)
                }
                (_, Some(known)) if known.is_table() => {
                    return Err(Error::invalid_input(format!(
                        "{}: argument '{}' must be a table, not '{expr}'",
                        signature.name, known.name
                    ))
                    .with_hint("tables: a name, 'file.parquet', TABLE(name) or (SELECT …)"));
                }
                // What belongs to no parameter is refused below, whatever its value.
                (_, None) => ScalarValue::Null,
                (None, Some(_)) => {
                    evaluate(expr, signature.name, &self.state).map_err(|error| {
                        not_constant(error, expr, known.is_some_and(|p| p.may_be_table()))
                    })?
                }
                (Some(_), Some(known)) => {
                    return Err(Error::invalid_input(format!(
                        "{}: parameter '{}' must be a constant ({}), not a query",
                        signature.name, known.name, known.type_name
                    )));
                }
            };
            match name {
                Some(name) => named.push((name.value.clone(), value)),
                None if named.is_empty() => positional.push(value),
                None => {
                    return Err(Error::invalid_input(format!(
                        "{}: a positional argument follows a named one",
                        signature.name
                    )));
                }
            }
        }
        let arguments = Arguments::new(signature, positional, named)?;
        function.plan(&RelationCall { arguments, tables, state: &self.state })
    }
}

fn query_of(expr: &Expr) -> Option<&Query> {
    match expr {
        Expr::Subquery(query) => Some(query),
        Expr::Nested(inner) => query_of(inner),
        _ => None,
    }
}

/// A column in the place of a constant is most often meant as a join.
fn not_constant(error: Error, expr: &Expr, may_be_table: bool) -> Error {
    match (expr, may_be_table) {
        (Expr::Identifier(_) | Expr::CompoundIdentifier(_), true) => {
            error.with_hint(format!("for values of a column write a query: (SELECT {expr} FROM …)"))
        }
        _ => error,
    }
}
