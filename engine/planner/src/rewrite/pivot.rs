//! PIVOT, of the standard and of DuckDB's statement, is one filtered aggregate a value.
//!
//! Where no values are given they are asked for: the walk ends, the query runs, and the statement is
//! rewritten again with the answer at hand.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType as SqlType, Distinct, Expr, ExprWithAlias, FunctionArg,
    FunctionArgExpr, GroupByExpr, Ident, ObjectName, OrderBy, OrderByExpr, OrderByKind,
    OrderByOptions, PivotValueSource, Query, Select, SelectItem, SetExpr, TableAlias, TableFactor,
    TableWithJoins, Value, ValueWithSpan, With,
};
use datafusion::sql::sqlparser::tokenizer::Span;
use extension::{Error, Result};

use super::build::{
    self, alone, arguments_of, derived, function, is_name, last_ident, nested, number, quoted, text,
};
use super::columns::Column;
use super::walk::{Rewriter, Scope, Use};
use super::{change, contains};
use crate::markers::{self, PIVOT, PIVOT_FOR, PIVOT_GROUP, UNPIVOT};

/// Whether a table function is a statement's pivot or unpivot.
pub(crate) fn is_statement(name: &ObjectName) -> bool {
    markers::is(name, PIVOT) || markers::is(name, UNPIVOT)
}

/// A column whose values become columns.
struct On {
    expr: Expr,
    values: Vec<(Expr, String)>,
}

struct Pivot {
    source: Vec<TableWithJoins>,
    on: Vec<On>,
    aggregates: Vec<(Expr, Option<Ident>)>,
    groups: Option<Vec<SelectItem>>,
    alias: Option<TableAlias>,
}

pub(super) fn rewrite(
    rewriter: &mut Rewriter<'_>,
    select: &mut Select,
    scope: &Scope,
) -> Result<()> {
    for table in &mut select.from {
        tables(table, &mut |factor| {
            if let Some(pivot) = read(rewriter, factor, scope)? {
                *factor = spell_out(rewriter, pivot, scope)?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Visits the relations of FROM, innermost first.
pub(super) fn tables(
    table: &mut TableWithJoins,
    act: &mut impl FnMut(&mut TableFactor) -> Result<()>,
) -> Result<()> {
    fn factor(
        relation: &mut TableFactor,
        act: &mut impl FnMut(&mut TableFactor) -> Result<()>,
    ) -> Result<()> {
        match relation {
            TableFactor::NestedJoin { table_with_joins, .. } => tables(table_with_joins, act)?,
            TableFactor::Pivot { table, .. } | TableFactor::Unpivot { table, .. } => {
                factor(table, act)?;
            }
            _ => {}
        }
        act(relation)
    }
    factor(&mut table.relation, act)?;
    table.joins.iter_mut().try_for_each(|join| factor(&mut join.relation, act))
}

/// The sub-query at `index` among a marker's arguments; `None` for NULL.
pub(super) fn sub_query(arguments: &[FunctionArg], index: usize) -> Option<&Query> {
    match arguments.get(index)? {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Subquery(query))) => Some(query),
        _ => None,
    }
}

/// The select list at `index` among a marker's arguments.
pub(super) fn items(arguments: &[FunctionArg], index: usize) -> Option<Vec<SelectItem>> {
    match sub_query(arguments, index)?.body.as_ref() {
        SetExpr::Select(select) => Some(select.projection.clone()),
        _ => None,
    }
}

/// The rewritten source of a statement as a FROM clause.
pub(super) fn source(
    rewriter: &mut Rewriter<'_>,
    arguments: &[FunctionArg],
    scope: &Scope,
) -> Result<Vec<TableWithJoins>> {
    let mut query =
        sub_query(arguments, 0).cloned().ok_or_else(|| Error::internal("a pivot has no source"))?;
    rewriter.query(&mut query, scope, Use::Relation)?;
    Ok(vec![alone(derived(query, None))])
}

fn read(rewriter: &mut Rewriter<'_>, factor: &TableFactor, scope: &Scope) -> Result<Option<Pivot>> {
    match factor {
        TableFactor::Table { name, args: Some(call), alias, .. } if markers::is(name, PIVOT) => {
            let source = source(rewriter, &call.args, scope)?;
            let mut on = vec![];
            for item in items(&call.args, 1).unwrap_or_default() {
                on.push(on_item(rewriter, item, &source, scope)?);
            }
            let using = items(&call.args, 2).unwrap_or_default();
            let aggregates = using.into_iter().map(aggregate).collect::<Result<Vec<_>>>()?;
            let groups = items(&call.args, 3);
            Ok(Some(Pivot { source, on, aggregates, groups, alias: alias.clone() }))
        }
        TableFactor::Pivot {
            table,
            aggregate_functions,
            value_column,
            value_source,
            alias,
            ..
        } => {
            let source = vec![alone(table.as_ref().clone())];
            let mut on = vec![standard_on(rewriter, value_column, value_source, &source, scope)?];
            let mut aggregates = vec![];
            let mut groups = None;
            for ExprWithAlias { expr, alias } in aggregate_functions {
                match expr {
                    Expr::Function(call) if markers::is(&call.name, PIVOT_FOR) => {
                        let arguments = arguments_of(call).unwrap_or_default();
                        for argument in arguments {
                            let item = SelectItem::UnnamedExpr(argument.clone());
                            on.push(on_item(rewriter, item, &source, scope)?);
                        }
                    }
                    Expr::Function(call) if markers::is(&call.name, PIVOT_GROUP) => {
                        let arguments = arguments_of(call).unwrap_or_default();
                        let items = arguments.into_iter().cloned().map(SelectItem::UnnamedExpr);
                        groups = Some(items.collect());
                    }
                    _ => aggregates.push((expr.clone(), alias.clone())),
                }
            }
            Ok(Some(Pivot { source, on, aggregates, groups, alias: alias.clone() }))
        }
        _ => Ok(None),
    }
}

fn aggregate(item: SelectItem) -> Result<(Expr, Option<Ident>)> {
    match item {
        SelectItem::UnnamedExpr(expr) => Ok((expr, None)),
        SelectItem::ExprWithAlias { expr, alias } => Ok((expr, Some(alias))),
        other => Err(Error::invalid_input(format!("'{other}' in USING is no aggregate"))),
    }
}

fn on_item(
    rewriter: &mut Rewriter<'_>,
    item: SelectItem,
    source: &[TableWithJoins],
    scope: &Scope,
) -> Result<On> {
    let SelectItem::UnnamedExpr(expr) = item else {
        return Err(Error::invalid_input(format!("'{item}' in ON of PIVOT is no expression")));
    };
    match expr {
        Expr::InList { expr, list, negated: false } => {
            let values = list.into_iter().map(|value| (value.clone(), label(&value))).collect();
            Ok(On { expr: *expr, values })
        }
        Expr::InSubquery { expr, subquery, negated: false } => {
            let values = rewriter.ask(*subquery, scope)?;
            Ok(On { values: values.into_iter().filter_map(value).collect(), expr: *expr })
        }
        expr => Ok(On { values: distinct(rewriter, &expr, source, scope)?, expr }),
    }
}

fn standard_on(
    rewriter: &mut Rewriter<'_>,
    columns: &[Expr],
    values: &PivotValueSource,
    source: &[TableWithJoins],
    scope: &Scope,
) -> Result<On> {
    let [column] = columns else {
        return Err(Error::unsupported("PIVOT over a list of columns is not supported")
            .with_hint("write FOR a IN (…) b IN (…)"));
    };
    let values = match values {
        PivotValueSource::List(list) => list
            .iter()
            .map(|ExprWithAlias { expr, alias }| {
                let name = alias.as_ref().map_or_else(|| label(expr), |alias| alias.value.clone());
                (expr.clone(), name)
            })
            .collect(),
        PivotValueSource::Any(_) => distinct(rewriter, column, source, scope)?,
        PivotValueSource::Subquery(query) => {
            let answered = rewriter.ask(query.as_ref().clone(), scope)?;
            answered.into_iter().filter_map(value).collect()
        }
    };
    Ok(On { expr: column.clone(), values })
}

/// The name of the column that a constant becomes.
fn label(value: &Expr) -> String {
    match value {
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => text.clone(),
        other => other.to_string(),
    }
}

/// A value that was asked for, as a constant, and its name.
fn value(value: ScalarValue) -> Option<(Expr, String)> {
    if value.is_null() {
        return None;
    }
    let name = match value.cast_to(&DataType::Utf8) {
        Ok(ScalarValue::Utf8(Some(text))) => text,
        _ => value.to_string(),
    };
    let data_type = value.data_type();
    let constant = match &data_type {
        DataType::Boolean => Expr::Value(Value::Boolean(name == "true").into()),
        data_type if data_type.is_integer() && !name.starts_with('-') => number(&name),
        _ => text(name.clone()),
    };
    Some((constant, name))
}

/// The values of an expression over the source, in their order.
fn distinct(
    rewriter: &mut Rewriter<'_>,
    expr: &Expr,
    source: &[TableWithJoins],
    scope: &Scope,
) -> Result<Vec<(Expr, String)>> {
    let mut select = build::select(vec![SelectItem::UnnamedExpr(expr.clone())], source.to_vec());
    select.distinct = Some(Distinct::Distinct);
    let mut query = build::query(SetExpr::Select(Box::new(select)));
    query.order_by = Some(OrderBy {
        kind: OrderByKind::Expressions(vec![OrderByExpr {
            expr: number(1),
            options: OrderByOptions::default(),
            with_fill: None,
        }]),
        interpolate: None,
    });
    Ok(rewriter.ask(query, scope)?.into_iter().filter_map(value).collect())
}

impl Rewriter<'_> {
    /// The values of a query's first column. Where they are not known yet, the walk ends with the
    /// question.
    fn ask(&mut self, mut query: Query, scope: &Scope) -> Result<Vec<ScalarValue>> {
        if !scope.ctes.is_empty() && query.with.is_none() {
            query.with = Some(With {
                with_token: AttachedToken::empty(),
                recursive: scope.recursive,
                cte_tables: scope.ctes.clone(),
            });
        }
        let key = query.to_string();
        match self.answers.get(&key) {
            Some(values) => Ok(values.clone()),
            None => {
                self.asks = Some((key, Box::new(query)));
                Err(Error::internal("the values of a pivot are not known yet"))
            }
        }
    }
}

fn spell_out(rewriter: &mut Rewriter<'_>, pivot: Pivot, scope: &Scope) -> Result<TableFactor> {
    let Pivot { source, on, mut aggregates, groups, alias } = pivot;
    if aggregates.is_empty() {
        let all = FunctionArg::Unnamed(FunctionArgExpr::Wildcard);
        let count = function(ObjectName::from(vec![Ident::new("count")]), vec![all]);
        aggregates.push((Expr::Function(count), None));
    }
    let groups = match groups {
        Some(groups) => groups,
        None => rewriter
            .columns(&source, scope)?
            .into_iter()
            .filter(|column| {
                !on.iter().any(|on| mentions(&on.expr, column))
                    && !aggregates.iter().any(|(expr, _)| mentions(expr, column))
            })
            .map(|column| SelectItem::UnnamedExpr(column.expr(Span::empty())))
            .collect(),
    };
    let keys = groups
        .iter()
        .filter_map(|item| match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                Some(expr.clone())
            }
            _ => None,
        })
        .collect();
    // Every combination of the values, with the condition that chooses its rows.
    let mut combinations: Vec<(Option<Expr>, String)> = vec![(None, String::new())];
    for On { expr, values } in &on {
        let mut longer = vec![];
        for (condition, name) in &combinations {
            for (value, label) in values {
                let is_value = equals(expr, value);
                let condition = match condition {
                    None => is_value,
                    Some(condition) => and(condition.clone(), is_value),
                };
                let name = match name.is_empty() {
                    true => label.clone(),
                    false => format!("{name}_{label}"),
                };
                longer.push((Some(condition), name));
            }
        }
        combinations = longer;
    }
    let mut projection = groups;
    for (condition, name) in combinations {
        for (expr, alias) in &aggregates {
            let mut filtered = expr.clone();
            if let Some(condition) = &condition {
                filter(rewriter, &mut filtered, condition)?;
            }
            let name = match (alias, aggregates.len(), name.is_empty()) {
                (Some(alias), _, true) => alias.value.clone(),
                (Some(alias), ..) => format!("{name}_{}", alias.value),
                (None, 1, false) => name.clone(),
                (None, _, _) => format!("{name}_{}", aggregate_name(expr)),
            };
            projection.push(SelectItem::ExprWithAlias {
                expr: filtered,
                alias: quoted(name, Span::empty()),
            });
        }
    }
    let mut select = build::select(projection, source);
    select.group_by = GroupByExpr::Expressions(keys, vec![]);
    Ok(derived(build::query(SetExpr::Select(Box::new(select))), alias))
}

/// DuckDB's name of an aggregate without an alias.
fn aggregate_name(expr: &Expr) -> String {
    match expr.to_string() {
        name if name.eq_ignore_ascii_case("count(*)") => "count_star()".to_string(),
        name => name,
    }
}

/// Whether an expression names a column.
pub(super) fn mentions(expr: &Expr, column: &Column) -> bool {
    contains(expr, &|expr| match expr {
        Expr::Identifier(ident) => is_name(ident, &column.name),
        Expr::CompoundIdentifier(parts) => {
            parts.last().is_some_and(|ident| is_name(ident, &column.name))
                || parts.first().is_some_and(|ident| is_name(ident, &column.name))
        }
        _ => false,
    })
}

/// `expr = value`; a value that was asked for and is neither a number nor a text is compared as text.
fn equals(expr: &Expr, value: &Expr) -> Expr {
    let left = match value {
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(_), .. }) => Expr::Cast {
            kind: CastKind::Cast,
            expr: Box::new(expr.clone()),
            data_type: SqlType::Varchar(None),
            array: false,
            format: None,
        },
        _ => nested(expr.clone()),
    };
    Expr::BinaryOp {
        left: Box::new(left),
        op: BinaryOperator::Eq,
        right: Box::new(nested(value.clone())),
    }
}

fn and(left: Expr, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op: BinaryOperator::And, right: Box::new(right) }
}

/// Adds a filter to the aggregates of an expression.
fn filter(rewriter: &Rewriter<'_>, expr: &mut Expr, condition: &Expr) -> Result<()> {
    let mut found = false;
    change(expr, &mut |expr| {
        if let Expr::Function(call) = expr
            && let Some(name) = last_ident(&call.name)
            && rewriter
                .context
                .state()
                .aggregate_functions()
                .contains_key(&name.value.to_lowercase())
        {
            let condition = match call.filter.take() {
                None => condition.clone(),
                Some(filter) => and(nested(*filter), condition.clone()),
            };
            call.filter = Some(Box::new(condition));
            found = true;
        }
        Ok(())
    })?;
    match found {
        true => Ok(()),
        false => Err(Error::invalid_input(format!("'{expr}' in PIVOT is no aggregate"))),
    }
}
