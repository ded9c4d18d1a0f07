//! Macros: calls are replaced by what they stand for, before anything else reads the statement.
//!
//! A macro holds syntax, not a plan. So its body is planned where it is called, over the columns that
//! are in scope there, and views and tables keep what the macro meant when they were made.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName,
    Query, Spanned, TableAlias, TableFactor, VisitMut, VisitorMut, visit_expressions,
};
use extension::{Error, Position, Result};

use crate::builtins::built_in_macro;
use crate::script::position;
use crate::walk::walk;

/// A macro: one name, and a body for each number of parameters.
#[derive(Debug, Clone)]
pub(crate) struct Macro {
    pub(crate) name: String,
    pub(crate) variants: Vec<Variant>,
}

/// A body with its parameters.
#[derive(Debug, Clone)]
pub(crate) struct Variant {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Body,
}

/// A parameter, with the value that it has if the call gives none.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) default: Option<Expr>,
}

/// What a macro stands for.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Scalar(Box<Expr>),
    Table(Box<Query>),
}

impl Macro {
    pub(crate) fn is_table(&self) -> bool {
        self.variants.iter().any(|variant| matches!(variant.body, Body::Table(_)))
    }

    /// The statement that makes the macro.
    pub(crate) fn to_sql(&self) -> String {
        let name = datafusion::common::utils::quote_identifier(&self.name);
        let variants: Vec<String> = self.variants.iter().map(Variant::to_sql).collect();
        format!("CREATE MACRO {name}{}", variants.join(", "))
    }

    /// The calls that the macro takes, for messages.
    fn usage(&self) -> String {
        let usage = |variant: &Variant| {
            let parameters: Vec<String> = variant
                .parameters
                .iter()
                .map(|parameter| match &parameter.default {
                    Some(default) => format!("{} := {default}", parameter.name),
                    None => parameter.name.clone(),
                })
                .collect();
            format!("{}({})", self.name, parameters.join(", "))
        };
        self.variants.iter().map(usage).collect::<Vec<_>>().join(", ")
    }

    /// The variant that takes the arguments, and the value of each of its parameters.
    fn bind(&self, arguments: &[FunctionArg]) -> Result<(&Variant, BTreeMap<String, Expr>)> {
        let fits = |variant: &&Variant| variant.bind(arguments).is_some();
        // The variant with the fewest parameters needs the fewest defaults.
        let mut found: Vec<&Variant> = self.variants.iter().filter(fits).collect();
        found.sort_by_key(|variant| variant.parameters.len());
        found.first().and_then(|variant| Some((*variant, variant.bind(arguments)?))).ok_or_else(
            || {
                let written: Vec<String> = arguments.iter().map(ToString::to_string).collect();
                Error::invalid_input(format!(
                    "macro '{}' does not take the arguments ({})",
                    self.name,
                    written.join(", ")
                ))
                .with_hint(format!("it is called as {}", self.usage()))
            },
        )
    }
}

impl Variant {
    /// The parameters and the body as SQL writes them.
    fn to_sql(&self) -> String {
        let parameters: Vec<String> = self
            .parameters
            .iter()
            .map(|parameter| {
                let name = datafusion::common::utils::quote_identifier(&parameter.name);
                match &parameter.default {
                    Some(default) => format!("{name} := {default}"),
                    None => name.into_owned(),
                }
            })
            .collect();
        let parameters = parameters.join(", ");
        match &self.body {
            Body::Scalar(expr) => format!("({parameters}) AS ({expr})"),
            Body::Table(query) => format!("({parameters}) AS TABLE {query}"),
        }
    }

    /// The value of each parameter, or nothing if the arguments do not fit.
    fn bind(&self, arguments: &[FunctionArg]) -> Option<BTreeMap<String, Expr>> {
        let mut values = BTreeMap::new();
        for (index, argument) in arguments.iter().enumerate() {
            let (parameter, value) = match argument {
                FunctionArg::Unnamed(value) => (self.parameters.get(index)?, value),
                FunctionArg::Named { name, arg, .. }
                | FunctionArg::ExprNamed { name: Expr::Identifier(name), arg, .. } => {
                    let is_meant =
                        |parameter: &&Parameter| parameter.name.eq_ignore_ascii_case(&name.value);
                    (self.parameters.iter().find(is_meant)?, arg)
                }
                FunctionArg::ExprNamed { .. } => return None,
            };
            let FunctionArgExpr::Expr(value) = value else { return None };
            if values.insert(parameter.name.to_lowercase(), value.clone()).is_some() {
                return None;
            }
        }
        for parameter in &self.parameters {
            let name = parameter.name.to_lowercase();
            if let Entry::Vacant(missing) = values.entry(name) {
                missing.insert(parameter.default.clone()?);
            }
        }
        Some(values)
    }
}

/// Replaces every call of a macro in a statement.
pub(crate) fn expand(
    statement: &mut DataFusionStatement,
    macros: &BTreeMap<String, Macro>,
) -> Result<()> {
    match walk(statement, &mut Expander { macros, open: vec![] }) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// Checks a new macro together with the known ones: whatever it calls must come to an end.
pub(crate) fn check(new: &Macro, macros: &BTreeMap<String, Macro>) -> Result<()> {
    let mut macros = macros.clone();
    macros.insert(new.name.to_lowercase(), new.clone());
    for variant in &new.variants {
        let mut expander = Expander { macros: &macros, open: vec![new.name.to_lowercase()] };
        let checked = match variant.body.clone() {
            Body::Scalar(mut expr) => expr.visit(&mut expander),
            Body::Table(mut query) => query.visit(&mut expander),
        };
        match checked {
            ControlFlow::Break(error) if error.message().contains(CALLS_ITSELF) => {
                return Err(error);
            }
            _ => {}
        }
    }
    Ok(())
}

const CALLS_ITSELF: &str = "calls itself";

struct Expander<'a> {
    macros: &'a BTreeMap<String, Macro>,
    /// The macros whose bodies are being expanded, outermost first.
    open: Vec<String>,
}

impl<'a> Expander<'a> {
    /// The macro of a name; what the user made comes before what every session has.
    fn find(&self, name: &ObjectName) -> Option<(String, &'a Macro)> {
        let part = match name.0.as_slice() {
            [part] => part,
            [_, part] if in_pg_catalog(name) => part,
            _ => return None,
        };
        let key = part.as_ident()?.value.to_lowercase();
        let found = self.macros.get(&key).or_else(|| built_in_macro(&key))?;
        Some((key, found))
    }

    /// The body of a macro with the arguments in the places of the parameters.
    fn expanded(&mut self, key: &str, found: &Macro, arguments: &[FunctionArg]) -> Result<Body> {
        if self.open.iter().any(|open| open == key) {
            return Err(Error::invalid_input(format!("macro '{}' {CALLS_ITSELF}", found.name)));
        }
        let mut arguments = arguments.to_vec();
        if let ControlFlow::Break(error) = arguments.visit(self) {
            return Err(error);
        }
        let (variant, values) = found.bind(&arguments)?;
        let mut body = variant.body.clone();
        self.open.push(key.to_string());
        let visited = match &mut body {
            Body::Scalar(expr) => expr.visit(self),
            Body::Table(query) => query.visit(self),
        };
        self.open.pop();
        if let ControlFlow::Break(error) = visited {
            return Err(error);
        }
        let mut substitution = Substitution { values: &values };
        let _ = match &mut body {
            Body::Scalar(expr) => expr.visit(&mut substitution),
            Body::Table(query) => query.visit(&mut substitution),
        };
        Ok(body)
    }

    fn scalar(&mut self, function: &Function) -> Result<Option<Expr>> {
        let Some((key, found)) = self.find(&function.name) else { return Ok(None) };
        let arguments: &[FunctionArg] = match &function.args {
            FunctionArguments::List(list)
                if list.duplicate_treatment.is_none() && list.clauses.is_empty() =>
            {
                &list.args
            }
            FunctionArguments::None => &[],
            _ => return Err(only_arguments(found)),
        };
        if function.over.is_some()
            || function.filter.is_some()
            || function.null_treatment.is_some()
            || !function.within_group.is_empty()
        {
            return Err(only_arguments(found));
        }
        match self.expanded(&key, found, arguments)? {
            Body::Scalar(expr) => Ok(Some(Expr::Nested(expr))),
            Body::Table(_) => Err(Error::invalid_input(format!(
                "macro '{}' stands for a table; it belongs in FROM",
                found.name
            ))),
        }
    }

    fn table(&mut self, factor: &TableFactor) -> Result<Option<TableFactor>> {
        let (name, arguments, alias, sample, more) = match factor {
            TableFactor::Table {
                name, args: Some(call), alias, sample, with_ordinality, ..
            } => (name, &call.args, alias, sample, *with_ordinality || call.settings.is_some()),
            // `LATERAL macro(…)`.
            TableFactor::Function { name, args, alias, with_ordinality, .. } => {
                (name, args, alias, &None, *with_ordinality)
            }
            _ => return Ok(None),
        };
        let Some((key, found)) = self.find(name) else { return Ok(None) };
        if more {
            return Err(only_arguments(found));
        }
        match self.expanded(&key, found, arguments)? {
            Body::Table(subquery) => Ok(Some(TableFactor::Derived {
                // Columns of the relations before it may be arguments, as in DuckDB.
                lateral: reads_columns(arguments),
                subquery,
                // Its columns must not be taken for those of the relations before it.
                alias: match reads_columns(arguments) {
                    true => alias.clone().or_else(|| alias_of(name)),
                    false => alias.clone(),
                },
                sample: sample.clone(),
            })),
            Body::Scalar(_) => Err(Error::invalid_input(format!(
                "macro '{}' stands for a value and not for a table",
                found.name
            ))),
        }
    }
}

/// The name of a table function as that of its table.
fn alias_of(name: &ObjectName) -> Option<TableAlias> {
    let name = name.0.last()?.as_ident()?.clone();
    Some(TableAlias { explicit: false, name, columns: vec![], at: None })
}

/// Whether a column stands in the arguments.
fn reads_columns(arguments: &[FunctionArg]) -> bool {
    let column = |expr: &Expr| match expr {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    arguments.iter().any(|argument| match argument {
        FunctionArg::Named { arg, .. }
        | FunctionArg::ExprNamed { arg, .. }
        | FunctionArg::Unnamed(arg) => visit_expressions(arg, column).is_break(),
    })
}

/// Whether a name begins with the schema of PostgreSQL's catalog.
fn in_pg_catalog(name: &ObjectName) -> bool {
    let schema = name.0.first().and_then(|part| part.as_ident());
    schema.is_some_and(|schema| schema.value.eq_ignore_ascii_case("pg_catalog"))
}

fn only_arguments(found: &Macro) -> Error {
    Error::invalid_input(format!(
        "'{}' is a macro and takes arguments alone: no DISTINCT, ORDER BY, FILTER or OVER",
        found.name
    ))
}

fn at(error: Error, spanned: &impl Spanned) -> Error {
    let start = spanned.span().start;
    match error.position().is_some() || start.line == 0 {
        true => error,
        false => {
            let Position { line, column } = position(start);
            error.at(Position { line, column })
        }
    }
}

impl VisitorMut for Expander<'_> {
    type Break = Error;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        let Expr::Function(function) = expr else { return ControlFlow::Continue(()) };
        match self.scalar(function) {
            // Clients of PostgreSQL write its schema before the names of functions.
            Ok(None) => {
                if function.name.0.len() == 2 && in_pg_catalog(&function.name) {
                    function.name.0.remove(0);
                }
            }
            Ok(Some(expanded)) => *expr = expanded,
            Err(error) => return ControlFlow::Break(at(error, &function.name)),
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Error> {
        match self.table(factor) {
            Ok(None) => {}
            Ok(Some(expanded)) => *factor = expanded,
            Err(error) => return ControlFlow::Break(at(error, factor)),
        }
        ControlFlow::Continue(())
    }
}

/// Puts arguments in the places of parameters.
struct Substitution<'a> {
    values: &'a BTreeMap<String, Expr>,
}

impl Substitution<'_> {
    fn value(&self, name: &Ident) -> Option<Expr> {
        let value = self.values.get(&name.value.to_lowercase())?;
        Some(match value {
            Expr::Value(_) | Expr::Identifier(_) | Expr::CompoundIdentifier(_) => value.clone(),
            other => Expr::Nested(Box::new(other.clone())),
        })
    }
}

impl VisitorMut for Substitution<'_> {
    type Break = ();

    // On the way out, so that the arguments themselves are left alone.
    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(name) => {
                if let Some(value) = self.value(name) {
                    *expr = value;
                }
            }
            Expr::CompoundIdentifier(parts) => {
                if let Some((first, fields)) = parts.split_first()
                    && let Some(root) = self.value(first)
                {
                    let access_chain = fields
                        .iter()
                        .map(|field| AccessExpr::Dot(Expr::Identifier(field.clone())))
                        .collect();
                    *expr = Expr::CompoundFieldAccess { root: Box::new(root), access_chain };
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
