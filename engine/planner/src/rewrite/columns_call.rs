//! `COLUMNS('regex')`, `COLUMNS(* EXCLUDE (a))`, `COLUMNS(lambda c: …)`, `COLUMNS(['a', 'b'])`: an expression
//! with it stands for one expression a column. `*COLUMNS(…)` hands all columns to the call around it.

use std::cell::RefCell;

use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr,
    LambdaFunction, OrderByKind, SelectItem, Spanned, Visit, WildcardAdditionalOptions,
};
use datafusion::sql::sqlparser::tokenizer::Span;
use extension::{Error, Result, closest};
use regex::Regex;

use super::build::{argument, is_name, is_word, name_of, nested, quoted, text};
use super::columns::{Column, listed, unknown};
use super::operator::constant_text;
use super::walk::{Rewriter, SelectScope};
use super::{change, contains, star, substitute};
use crate::markers::{self, UNPACKED_COLUMNS};
use crate::relations::evaluate;
use crate::script::AtSpan;

/// A column that was chosen: its expression, its name, and what the regular expression's groups matched.
#[derive(Clone)]
struct Chosen {
    expr: Expr,
    name: String,
    groups: Vec<String>,
}

/// Whether an expression stands for more than one.
pub(crate) fn has_columns_call<T: Visit>(node: &T) -> bool {
    contains(node, &|expr| columns_call(expr).is_some())
}

fn columns_call(expr: &Expr) -> Option<&Function> {
    match expr {
        Expr::Function(call) if is_word(&call.name, "columns") && call.over.is_none() => Some(call),
        _ => None,
    }
}

fn unpacked(expr: &Expr) -> Option<&Function> {
    match expr {
        Expr::Function(call) if markers::is(&call.name, UNPACKED_COLUMNS) => Some(call),
        _ => None,
    }
}

pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, scope: &mut SelectScope<'_>) -> Result<()> {
    let is = |expr: &Expr| columns_call(expr).is_some() || unpacked(expr).is_some();
    let keys_have = match &scope.order_by {
        Some(order_by) => contains(&**order_by, &is),
        None => false,
    };
    // A table of FROM may have a function of the name; only the other clauses are looked at.
    let from = std::mem::take(&mut scope.select.from);
    let found = contains(&*scope.select, &is);
    scope.select.from = from;
    if !found && !keys_have {
        return Ok(());
    }
    let columns = scope.columns(rewriter)?.to_vec();
    let mut expander = Expander { rewriter, columns };
    let mut projection = vec![];
    for item in std::mem::take(&mut scope.select.projection) {
        expander.item(item, &mut projection)?;
    }
    scope.select.projection = projection;
    for condition in
        [&mut scope.select.selection, &mut scope.select.having, &mut scope.select.qualify]
    {
        if let Some(expr) = condition.take() {
            *condition = expander.all_of(expr)?;
        }
    }
    if let GroupByExpr::Expressions(keys, _) = &mut scope.select.group_by {
        let mut expanded = vec![];
        for key in std::mem::take(keys) {
            expanded.extend(expander.each(key)?.into_iter().map(|(expr, _)| expr));
        }
        *keys = expanded;
    }
    if let Some(order_by) = scope.order_by.as_deref_mut()
        && let OrderByKind::Expressions(keys) = &mut order_by.kind
    {
        let mut expanded = vec![];
        for key in std::mem::take(keys) {
            for (expr, _) in expander.each(key.expr.clone())? {
                expanded.push(datafusion::sql::sqlparser::ast::OrderByExpr { expr, ..key.clone() });
            }
        }
        *keys = expanded;
    }
    Ok(())
}

struct Expander<'e, 'a> {
    rewriter: &'e Rewriter<'a>,
    columns: Vec<Column>,
}

impl Expander<'_, '_> {
    fn item(&mut self, item: SelectItem, projection: &mut Vec<SelectItem>) -> Result<()> {
        let (expr, alias) = match item {
            SelectItem::UnnamedExpr(expr) => (expr, None),
            SelectItem::ExprWithAlias { expr, alias } => (expr, Some(alias)),
            other => {
                projection.push(other);
                return Ok(());
            }
        };
        for (expr, chosen) in self.each(expr)? {
            projection.push(match (chosen, &alias) {
                (None, None) => SelectItem::UnnamedExpr(expr),
                (None, Some(alias)) => SelectItem::ExprWithAlias { expr, alias: alias.clone() },
                (Some(chosen), Some(alias)) => {
                    let name = with_groups(&name_of(alias), &chosen.groups);
                    SelectItem::ExprWithAlias { expr, alias: quoted(name, alias.span) }
                }
                (Some(chosen), None) => {
                    let span = expr.span();
                    SelectItem::ExprWithAlias { expr, alias: quoted(chosen.name, span) }
                }
            });
        }
        Ok(())
    }

    /// The conjunction of a condition over each column.
    fn all_of(&mut self, expr: Expr) -> Result<Option<Expr>> {
        let conditions = self.each(expr)?.into_iter().map(|(expr, chosen)| match chosen {
            None => expr,
            Some(_) => nested(expr),
        });
        Ok(conditions.reduce(|left, right| Expr::BinaryOp {
            left: Box::new(left),
            op: BinaryOperator::And,
            right: Box::new(right),
        }))
    }

    /// The expressions that one stands for; the column is `None` where it stands for itself.
    fn each(&mut self, mut expr: Expr) -> Result<Vec<(Expr, Option<Chosen>)>> {
        self.unpack(&mut expr)?;
        let first = RefCell::new(None::<Function>);
        let differs =
            contains(&expr, &|expr| match (columns_call(expr), &mut *first.borrow_mut()) {
                (Some(call), Some(first)) => call.to_string() != first.to_string(),
                (Some(call), none) => {
                    *none = Some(call.clone());
                    false
                }
                (None, _) => false,
            });
        let Some(first) = first.into_inner() else { return Ok(vec![(expr, None)]) };
        if differs {
            return Err(Error::invalid_input(
                "different COLUMNS in one expression cannot be expanded together",
            )
            .at_span(first.name.span()));
        }
        let chosen = self.choose(&first)?;
        chosen
            .into_iter()
            .map(|chosen| {
                let mut expr = expr.clone();
                change(&mut expr, &mut |expr| {
                    if columns_call(expr).is_some() {
                        *expr = chosen.expr.clone();
                    }
                    Ok(())
                })?;
                Ok((expr, Some(chosen)))
            })
            .collect()
    }

    /// Replaces `*COLUMNS(…)` among arguments by the columns.
    fn unpack(&mut self, expr: &mut Expr) -> Result<()> {
        if !contains(expr, &|expr| unpacked(expr).is_some()) {
            return Ok(());
        }
        change(expr, &mut |expr| {
            match expr {
                Expr::Function(call) => {
                    let FunctionArguments::List(list) = &mut call.args else { return Ok(()) };
                    let mut expanded = vec![];
                    for given in std::mem::take(&mut list.args) {
                        match &given {
                            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => {
                                match unpacked(expr) {
                                    None => expanded.push(given),
                                    Some(call) => {
                                        let chosen = self.choose(call)?.into_iter();
                                        expanded.extend(chosen.map(|c| argument(c.expr)));
                                    }
                                }
                            }
                            _ => expanded.push(given),
                        }
                    }
                    list.args = expanded;
                }
                Expr::InList { list, .. } => {
                    let mut expanded = vec![];
                    for element in std::mem::take(list) {
                        match unpacked(&element) {
                            None => expanded.push(element),
                            Some(call) => {
                                let chosen = self.choose(call)?.into_iter();
                                expanded.extend(chosen.map(|chosen| chosen.expr));
                            }
                        }
                    }
                    *list = expanded;
                }
                _ => {}
            }
            Ok(())
        })
    }

    /// The columns that a call chooses.
    fn choose(&self, call: &Function) -> Result<Vec<Chosen>> {
        let span = call.name.span();
        let arguments = match &call.args {
            FunctionArguments::List(list) => list.args.as_slice(),
            _ => &[],
        };
        let unnamed: Option<Vec<&FunctionArgExpr>> = arguments
            .iter()
            .map(|argument| match argument {
                FunctionArg::Unnamed(expr) => Some(expr),
                _ => None,
            })
            .collect();
        let chosen = match unnamed.as_deref() {
            Some([FunctionArgExpr::Expr(Expr::Lambda(lambda))]) => {
                let all = self.star(&FunctionArgExpr::Wildcard, span)?;
                self.filter(all, lambda)?
            }
            Some([FunctionArgExpr::Expr(Expr::Array(list))]) => self.listed(&list.elem, span)?,
            Some([FunctionArgExpr::Expr(pattern)]) => match constant_text(pattern) {
                Some(regex) => self.matching(regex, span)?,
                None => {
                    return Err(Error::invalid_input(
                        "COLUMNS takes a regular expression, a lambda, a list of names or *",
                    )
                    .at_span(span));
                }
            },
            Some([star]) => self.star(star, span)?,
            Some([star, FunctionArgExpr::Expr(Expr::Lambda(lambda))]) => {
                let all = self.star(star, span)?;
                self.filter(all, lambda)?
            }
            _ => {
                return Err(Error::invalid_input("COLUMNS takes one argument").at_span(span));
            }
        };
        match chosen.is_empty() {
            true => Err(Error::invalid_input("COLUMNS chooses no column")
                .with_hint(format!("columns: {}", listed(&self.columns)))
                .at_span(span)),
            false => Ok(chosen),
        }
    }

    fn star(&self, star: &FunctionArgExpr, span: Span) -> Result<Vec<Chosen>> {
        let none = WildcardAdditionalOptions::default();
        let (relation, options) = match star {
            FunctionArgExpr::QualifiedWildcard(name) => (Some(name), &none),
            FunctionArgExpr::WildcardWithOptions(options) => (None, options),
            _ => (None, &none),
        };
        let expanded = star::expand(&self.columns, relation, options).map_err(|error| {
            if error.position().is_some() { error } else { error.at_span(span) }
        })?;
        Ok(expanded
            .0
            .into_iter()
            .map(|(_, expr, name)| Chosen { expr, name, groups: vec![] })
            .collect())
    }

    /// The columns of a list of names, in the order of the table.
    fn listed(&self, names: &[Expr], span: Span) -> Result<Vec<Chosen>> {
        let mut idents = vec![];
        for name in names {
            let text = constant_text(name).ok_or_else(|| {
                Error::invalid_input("COLUMNS takes a list of names in single quotes")
                    .at_span(name.span())
            })?;
            let ident = quoted(text, name.span());
            if !self.columns.iter().any(|column| is_name(&ident, &column.name)) {
                return Err(unknown("COLUMNS", &ident, &self.columns));
            }
            idents.push(ident);
        }
        let is_listed = |column: &&Column| idents.iter().any(|ident| is_name(ident, &column.name));
        let chosen = self.columns.iter().filter(is_listed).map(|column| Chosen {
            expr: column.expr(span),
            name: column.name.clone(),
            groups: vec![],
        });
        Ok(chosen.collect())
    }

    fn matching(&self, pattern: &str, span: Span) -> Result<Vec<Chosen>> {
        let regex = Regex::new(pattern).map_err(|error| {
            Error::invalid_input(format!("the regular expression of COLUMNS: {error}"))
                .at_span(span)
        })?;
        let chosen: Vec<Chosen> = self
            .columns
            .iter()
            .filter_map(|column| {
                let found = regex.captures(&column.name)?;
                let groups = found
                    .iter()
                    .map(|group| group.map_or("", |group| group.as_str()).to_string())
                    .collect();
                Some(Chosen { expr: column.expr(span), name: column.name.clone(), groups })
            })
            .collect();
        if chosen.is_empty() {
            let error = Error::invalid_input(format!("no column matches the pattern '{pattern}'"))
                .at_span(span);
            let near = closest(pattern, self.columns.iter().map(|column| column.name.as_str()));
            return Err(match near {
                Some(near) => error.with_hint(format!("did you mean '{near}'?")),
                None => error.with_hint(format!("columns: {}", listed(&self.columns))),
            });
        }
        Ok(chosen)
    }

    fn filter(&self, all: Vec<Chosen>, lambda: &LambdaFunction) -> Result<Vec<Chosen>> {
        let mut chosen = vec![];
        for column in all {
            let body = substitute::parameter(lambda, &text(column.name.clone()))?;
            match evaluate(&body, "COLUMNS", self.rewriter.context.state())? {
                ScalarValue::Boolean(Some(true)) => chosen.push(column),
                ScalarValue::Boolean(_) | ScalarValue::Null => {}
                _ => {
                    return Err(Error::invalid_input("the lambda of COLUMNS is no condition")
                        .at_span(lambda.body.span()));
                }
            }
        }
        Ok(chosen)
    }
}

/// `\1` in an alias is what the first group of the regular expression matched, `\0` all that it did.
fn with_groups(alias: &str, groups: &[String]) -> String {
    let mut name = String::new();
    let mut signs = alias.chars().peekable();
    while let Some(sign) = signs.next() {
        let digit = match sign {
            '\\' => signs.peek().and_then(|sign| sign.to_digit(10)),
            _ => None,
        };
        match digit {
            Some(digit) => {
                signs.next();
                name.push_str(groups.get(digit as usize).map_or("", String::as_str));
            }
            None => name.push(sign),
        }
    }
    name
}
