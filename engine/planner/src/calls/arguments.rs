//! Table arguments become queries: `edges`, `'edges'`, `'edges.parquet'`, `TABLE(edges)` and
//! `read_csv('e.csv')` are `(SELECT * FROM …)`.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::common::TableReference;
use datafusion::execution::SessionState;
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgOperator,
    FunctionArguments, Ident, ObjectName, ObjectNamePart, Query, Spanned, TableFactor,
    TableFunctionArgs, Value, ValueWithSpan, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Span;
use extension::{Error, Parameter, RelationFunction, Result};

use super::{RelationFunctions, parameter, parts};
use crate::rewrite::{name_of, select_all_from, values_query};
use crate::script::position;
use crate::walk::walk;

/// Makes queries of the table arguments of all calls in a statement.
pub(crate) fn rewrite(
    statement: &mut DataFusionStatement,
    functions: &RelationFunctions,
    state: &SessionState,
) -> Result<()> {
    let mut named = CommonTables::default();
    let _ = walk(statement, &mut named);
    match walk(statement, &mut Arguments { functions, state, common: named.names }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(*error),
    }
}

/// The names of all common table expressions of a statement.
#[derive(Default)]
struct CommonTables {
    names: BTreeSet<String>,
}

impl VisitorMut for CommonTables {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.names.insert(name_of(&table.alias.name));
        }
        ControlFlow::Continue(())
    }
}

struct Arguments<'a> {
    functions: &'a RelationFunctions,
    state: &'a SessionState,
    common: BTreeSet<String>,
}

impl VisitorMut for Arguments<'_> {
    type Break = Box<Error>;

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Box<Error>> {
        as_table(factor, self.functions);
        if let TableFactor::Table { name, alias, args: Some(call), .. } = factor
            && let Some(function) = self.functions.get(name)
        {
            match function.query(&call.args) {
                Ok(None) => {}
                Ok(Some(query)) => {
                    *factor = TableFactor::Derived {
                        lateral: false,
                        subquery: Box::new(query),
                        alias: alias.clone(),
                        sample: None,
                    };
                    return ControlFlow::Continue(());
                }
                Err(error) => {
                    let start = name.span().start;
                    return ControlFlow::Break(Box::new(match start.line {
                        0 => error,
                        _ => error.at(position(start)),
                    }));
                }
            }
        }
        if let TableFactor::Table { name, args: Some(call), .. } = factor
            && let Some(function) = self.functions.get(name)
        {
            self.call(call, function.as_ref());
        }
        ControlFlow::Continue(())
    }
}

/// `LATERAL f(…)` and `TABLE(f(…))` as the plain call that they are when `f` is one of the functions.
fn as_table(factor: &mut TableFactor, functions: &RelationFunctions) {
    let (name, args, alias) = match factor {
        TableFactor::Function { name, args, with_ordinality: false, alias, .. } => {
            (&*name, &*args, &*alias)
        }
        TableFactor::TableFunction {
            expr: Expr::Function(Function { name, args: FunctionArguments::List(list), .. }),
            alias,
        } => (&*name, &list.args, &*alias),
        _ => return,
    };
    if functions.get(name).is_none() {
        return;
    }
    *factor = TableFactor::Table {
        name: name.clone(),
        alias: alias.clone(),
        args: Some(TableFunctionArgs { args: args.clone(), settings: None }),
        with_hints: vec![],
        version: None,
        with_ordinality: false,
        partitions: vec![],
        json_path: None,
        sample: None,
        index_hints: vec![],
    };
}

impl Arguments<'_> {
    fn call(&self, call: &mut TableFunctionArgs, function: &dyn RelationFunction) {
        let signature = *function.signature();
        let mut further = vec![];
        for (index, argument) in call.args.iter_mut().enumerate() {
            as_named(argument);
            let (name, value) = match argument {
                FunctionArg::Named { name, arg, .. }
                | FunctionArg::ExprNamed { name: Expr::Identifier(name), arg, .. } => {
                    (Some(&*name), arg)
                }
                FunctionArg::ExprNamed { .. } => continue,
                FunctionArg::Unnamed(arg) => (None, arg),
            };
            let Some(known) = parameter(&signature, index, name) else { continue };
            let FunctionArgExpr::Expr(expr) = value else { continue };
            if known.is_table()
                && let Some(object) = self.object_name(expr)
                && let Some(arguments) = function.object(&object)
            {
                // The table takes the name's place, and the other arguments follow all others.
                let is_own = |argument: &FunctionArg| {
                    let name = parts(argument).0;
                    name.is_some_and(|name| name.value.eq_ignore_ascii_case(known.name))
                };
                let (own, others): (Vec<_>, Vec<_>) = arguments.into_iter().partition(is_own);
                if let Some(own) = own.first() {
                    *value = parts(own).1.clone();
                }
                further.extend(others);
                continue;
            }
            if let Some(query) = self.query(expr, known) {
                *expr = Expr::Subquery(Box::new(query));
            }
        }
        // What the user said comes before what the object says.
        let given: Vec<String> = call
            .args
            .iter()
            .filter_map(|argument| parts(argument).0)
            .map(|name| name.value.to_lowercase())
            .collect();
        let is_new = |argument: &FunctionArg| {
            parts(argument).0.is_none_or(|name| !given.contains(&name.value.to_lowercase()))
        };
        call.args.extend(further.into_iter().filter(is_new));
    }

    /// The name that stands in the place of a table, if no table has it.
    fn object_name(&self, expr: &Expr) -> Option<String> {
        let name = match expr {
            Expr::Identifier(ident) => name_of(ident),
            Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => {
                text.clone()
            }
            _ => return None,
        };
        let is_table =
            self.common.contains(&name) || self.table_exists(&TableReference::bare(name.as_str()));
        (!is_table).then_some(name)
    }

    fn table_exists(&self, reference: &TableReference) -> bool {
        self.state
            .schema_for_ref(reference.clone())
            .is_ok_and(|schema| schema.table_exist(reference.table()))
    }

    /// The query that an argument stands for, if it stands for a table and is no query yet.
    fn query(&self, expr: &Expr, parameter: &Parameter) -> Option<Query> {
        if parameter.may_be_table()
            && let Some(rows) = values_of(expr)
        {
            return Some(values_query(rows));
        }
        match expr {
            Expr::Nested(inner) => self.query(inner, parameter),
            Expr::Function(call) => match table_of(call) {
                Some(inner) if parameter.may_be_table() => self.table(inner),
                None if parameter.is_table() => {
                    let FunctionArguments::List(list) = &call.args else { return None };
                    let arguments = TableFunctionArgs { args: list.args.clone(), settings: None };
                    Some(select_all_from(call.name.clone(), Some(arguments)))
                }
                _ => None,
            },
            other if parameter.is_table() => self.table(other),
            _ => None,
        }
    }

    /// `SELECT * FROM` the table that an expression names.
    fn table(&self, expr: &Expr) -> Option<Query> {
        let name = match expr {
            Expr::Nested(inner) => return self.table(inner),
            Expr::Subquery(query) => return Some(query.as_ref().clone()),
            Expr::Identifier(ident) => ObjectName::from(vec![ident.clone()]),
            Expr::CompoundIdentifier(parts) => ObjectName::from(parts.clone()),
            Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), span }) => {
                self.named(text, *span)
            }
            Expr::Array(_) => {
                let files = FunctionArg::Unnamed(FunctionArgExpr::Expr(expr.clone()));
                let arguments = TableFunctionArgs { args: vec![files], settings: None };
                let read = ObjectName::from(vec![Ident::new("read_files")]);
                return Some(select_all_from(read, Some(arguments)));
            }
            _ => return None,
        };
        Some(select_all_from(name, None))
    }

    /// A string that names a table, and otherwise a file.
    fn named(&self, text: &str, span: Span) -> ObjectName {
        let exact =
            |part: &str| ObjectNamePart::Identifier(Ident::with_quote_and_span('"', span, part));
        if self.common.contains(text) || self.table_exists(&TableReference::bare(text)) {
            return ObjectName(vec![exact(text)]);
        }
        let reference = TableReference::parse_str(text);
        if reference.schema().is_some() && self.table_exists(&reference) {
            let parts = [reference.catalog(), reference.schema(), Some(reference.table())];
            return ObjectName(parts.into_iter().flatten().map(exact).collect());
        }
        ObjectName::from(vec![Ident::with_quote_and_span('\'', span, text)])
    }
}

/// DuckDB's older spelling of named arguments, `damping = 0.9`, in the newer one.
fn as_named(argument: &mut FunctionArg) {
    let FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::BinaryOp {
        left,
        op: BinaryOperator::Eq,
        right,
    })) = argument
    else {
        return;
    };
    let Expr::Identifier(name) = left.as_ref() else { return };
    *argument = FunctionArg::Named {
        name: name.clone(),
        arg: FunctionArgExpr::Expr(right.as_ref().clone()),
        operator: FunctionArgOperator::RightArrow,
    };
}

/// The rows of `(VALUES (1, 2), (3, 4))`, which the parser reads as a tuple that begins with a call.
fn values_of(expr: &Expr) -> Option<Vec<Vec<Expr>>> {
    let first = |expr: &Expr| match expr {
        Expr::Function(call) if call.name.to_string().eq_ignore_ascii_case("values") => {
            let FunctionArguments::List(list) = &call.args else { return None };
            list.args.iter().map(value_of).collect::<Option<Vec<Expr>>>()
        }
        _ => None,
    };
    match expr {
        Expr::Nested(inner) => Some(vec![first(inner)?]),
        Expr::Tuple(items) => {
            let (head, rest) = items.split_first()?;
            let mut rows = vec![first(head)?];
            for row in rest {
                rows.push(match row {
                    Expr::Tuple(values) => values.clone(),
                    Expr::Nested(value) => vec![value.as_ref().clone()],
                    _ => return None,
                });
            }
            Some(rows)
        }
        _ => None,
    }
}

fn value_of(argument: &FunctionArg) -> Option<Expr> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
        _ => None,
    }
}

/// What `TABLE(x)` names.
fn table_of(call: &Function) -> Option<&Expr> {
    let [part] = call.name.0.as_slice() else { return None };
    let FunctionArguments::List(list) = &call.args else { return None };
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(inner))] = list.args.as_slice() else {
        return None;
    };
    part.as_ident().is_some_and(|ident| ident.value.eq_ignore_ascii_case("table")).then_some(inner)
}
