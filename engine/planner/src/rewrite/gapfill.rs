//! `time_bucket_gapfill(width, time [, start [, finish]])` in GROUP BY, with `locf` and `interpolate` around
//! aggregates: buckets without rows are there all the same, as in TimescaleDB.
//!
//! The grouped query becomes a relation of one row a bucket. Each row is repeated for the empty buckets
//! up to the next one of its group, and the first also for those before it, back to the start. So a row
//! of a gap knows the bucket before it, whose values `locf` repeats, and the one after it, towards which
//! `interpolate` draws its line. Everything is one pass over the groups.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgOperator,
    FunctionArguments, GroupByExpr, Ident, OrderBy, OrderByKind, Query, Select, SelectItem,
    SetExpr, TableFactor, Value, ValueWithSpan,
};
use datafusion::sql::sqlparser::parser::Parser;
use extension::{Error, FriendlyDialect, Result};

use super::build::{self, alone, nested, quoted};
use super::visit::{change, contains};
use super::walk::Rewriter;
use crate::names::text_of;

const GAPFILL: &str = "time_bucket_gapfill";
const LOCF: &str = "locf";
const INTERPOLATE: &str = "interpolate";
const TICK: &str = "gap tick";
const BUCKET: &str = "gap bucket";

pub(super) fn rewrite(
    rewriter: &Rewriter<'_>,
    select: &mut Select,
    order_by: Option<&mut OrderBy>,
) -> Result<()> {
    let is_gapfill = |expr: &Expr| call_of(expr, GAPFILL).is_some();
    if !contains(&select.projection, &is_gapfill) && !contains(&select.group_by, &is_gapfill) {
        return Ok(());
    }
    let is_aggregate = |expr: &Expr| match expr {
        Expr::Function(call) => {
            let functions = rewriter.context.state().aggregate_functions();
            call.over.is_none() && functions.contains_key(&call.name.to_string().to_lowercase())
        }
        _ => false,
    };
    let keys = keys(select, &is_aggregate)?;
    let Some(bucket) = keys.iter().find(|key| is_gapfill(key)).cloned() else {
        return Err(Error::invalid_input(format!("{GAPFILL} must be a key of GROUP BY")));
    };
    let grid = Grid::new(&bucket, select.selection.as_ref())?;
    let others: Vec<Expr> = keys.into_iter().filter(|key| !is_gapfill(key)).collect();
    if others.iter().any(|key| contains(key, &is_gapfill)) {
        return Err(Error::unsupported(format!("{GAPFILL} stands alone in its key of GROUP BY")));
    }

    let mut outer = build::select(vec![], vec![]);
    outer.distinct = select.distinct.take();
    outer.qualify = select.qualify.take();
    outer.named_window = std::mem::take(&mut select.named_window);
    outer.projection = select
        .projection
        .iter()
        .map(|item| match item {
            SelectItem::UnnamedExpr(expr) => {
                let name = match expr {
                    Expr::Identifier(name) => name.clone(),
                    Expr::CompoundIdentifier(parts) => {
                        parts.last().cloned().unwrap_or_else(|| Ident::new(""))
                    }
                    other => Ident::with_quote('"', text_of(other)),
                };
                SelectItem::ExprWithAlias { expr: expr.clone(), alias: name }
            }
            other => other.clone(),
        })
        .collect();

    let mut filler = Filler { keys: &others, values: vec![], is_aggregate: &is_aggregate };
    filler.fill(&mut outer.projection)?;
    filler.fill(&mut outer.qualify)?;
    if let Some(OrderByKind::Expressions(order)) = order_by.map(|order_by| &mut order_by.kind) {
        filler.fill(order)?;
    }
    let values = filler.values;

    // The rows as they are, one a bucket.
    let named = |expr: &Expr, name: String| SelectItem::ExprWithAlias {
        expr: expr.clone(),
        alias: Ident::with_quote('"', name),
    };
    let mut inner = select.clone();
    inner.projection = vec![named(&grid.bucket, BUCKET.to_string())];
    let mut group_by = vec![grid.bucket.clone()];
    for (index, key) in others.iter().enumerate() {
        inner.projection.push(named(key, key_name(index)));
        group_by.push(key.clone());
    }
    inner.group_by = GroupByExpr::Expressions(group_by, vec![]);
    for (index, value) in values.iter().enumerate() {
        inner.projection.push(named(value, format!("gap r{index}")));
    }
    let inner = build::query(SetExpr::Select(Box::new(inner)));
    outer.from = vec![alone(build::derived(grid.over(inner, others.len(), values.len())?, None))];
    *select = outer;
    Ok(())
}

fn key_name(index: usize) -> String {
    format!("gap k{index}")
}

/// The keys of GROUP BY, with what positions and names of the select list stand for.
fn keys(select: &Select, is_aggregate: &dyn Fn(&Expr) -> bool) -> Result<Vec<Expr>> {
    let items: Vec<(Option<&Ident>, &Expr)> = select
        .projection
        .iter()
        .filter_map(|item| match item {
            SelectItem::UnnamedExpr(expr) => Some((None, expr)),
            SelectItem::ExprWithAlias { expr, alias } => Some((Some(alias), expr)),
            _ => None,
        })
        .collect();
    if items.len() < select.projection.len() {
        return Err(Error::unsupported(format!("* beside {GAPFILL} is not supported")));
    }
    let keys = match &select.group_by {
        GroupByExpr::All(_) => {
            let keys = items.iter().filter(|(_, expr)| !contains(*expr, is_aggregate));
            return Ok(keys.map(|(_, expr)| (*expr).clone()).collect());
        }
        GroupByExpr::Expressions(keys, modifiers) if modifiers.is_empty() => keys,
        GroupByExpr::Expressions(..) => {
            return Err(Error::unsupported(format!("{GAPFILL} with a modifier of GROUP BY")));
        }
    };
    let resolved = keys.iter().map(|key| match key {
        Expr::Value(ValueWithSpan { value: Value::Number(position, _), .. }) => {
            let index = position.parse::<usize>().ok().and_then(|position| position.checked_sub(1));
            index.and_then(|index| items.get(index)).map(|(_, expr)| (*expr).clone()).ok_or_else(
                || Error::invalid_input(format!("GROUP BY position {position} is out of range")),
            )
        }
        Expr::Identifier(name) => {
            let is_meant = |alias: &Ident| alias.value.eq_ignore_ascii_case(&name.value);
            let item = items.iter().find(|(alias, _)| alias.is_some_and(is_meant));
            Ok(item.map_or_else(|| key.clone(), |(_, expr)| (*expr).clone()))
        }
        Expr::GroupingSets(_) | Expr::Rollup(_) | Expr::Cube(_) => {
            Err(Error::unsupported(format!("{GAPFILL} with grouping sets is not supported")))
        }
        other => Ok(other.clone()),
    });
    resolved.collect()
}

/// The call of the function, if the expression is one.
fn call_of<'e>(expr: &'e Expr, name: &str) -> Option<&'e Function> {
    match expr {
        Expr::Function(call) if call.name.to_string().eq_ignore_ascii_case(name) => Some(call),
        Expr::Nested(inner) => call_of(inner, name),
        _ => None,
    }
}

/// The arguments of a call by their places, and those by their names.
type CallArguments = (Vec<Expr>, Vec<(String, Expr)>);

/// The arguments of a call by position, and the named ones.
fn arguments(call: &Function) -> Result<CallArguments> {
    let FunctionArguments::List(list) = &call.args else { return Ok((vec![], vec![])) };
    let (mut plain, mut named) = (vec![], vec![]);
    for argument in &list.args {
        match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => plain.push(expr.clone()),
            FunctionArg::Named { name, arg: FunctionArgExpr::Expr(expr), operator }
                if *operator != FunctionArgOperator::Equals =>
            {
                named.push((name.value.to_lowercase(), expr.clone()));
            }
            other => {
                return Err(Error::invalid_input(format!("{}: '{other}' is no value", call.name)));
            }
        }
    }
    Ok((plain, named))
}

/// The buckets that must be there.
struct Grid {
    width: Expr,
    bucket: Expr,
    start: Option<Expr>,
    /// The last moment that has a bucket.
    last: Option<Expr>,
}

impl Grid {
    fn new(call: &Expr, condition: Option<&Expr>) -> Result<Self> {
        let usage =
            || Error::invalid_input(format!("usage: {GAPFILL}(width, time [, start [, finish]])"));
        let (plain, named) = arguments(call_of(call, GAPFILL).ok_or_else(usage)?)?;
        let mut plain = plain.into_iter();
        let (Some(width), Some(time)) = (plain.next(), plain.next()) else { return Err(usage()) };
        let width = match &width {
            Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(_), .. }) => {
                parse(&format!("CAST({width} AS INTERVAL)"))?
            }
            _ => width,
        };
        let (mut start, mut finish) = (plain.next(), plain.next());
        if plain.next().is_some() {
            return Err(usage());
        }
        for (name, value) in named {
            match name.as_str() {
                "start" => start = Some(value),
                "finish" => finish = Some(value),
                other => {
                    return Err(Error::unsupported(format!(
                        "{GAPFILL}: argument '{other}' is not supported"
                    )));
                }
            }
        }
        let mut last = finish.map(|finish| before(&moment(finish))).transpose()?;
        let bounds = Bounds::of(condition, &time)?;
        if start.is_none() {
            start = bounds.start;
        }
        if last.is_none() {
            last = bounds.last;
        }
        let bucket = parse(&format!("time_bucket({width}, {time}) + INTERVAL '0 seconds'"))?;
        Ok(Self { width, bucket, start: start.map(moment), last })
    }

    /// The rows of all buckets over those that are there.
    fn over(&self, rows: Query, keys: usize, values: usize) -> Result<Query> {
        let width = &self.width;
        let first = match &self.start {
            None => format!("\"{BUCKET}\""),
            Some(start) => format!(
                "CASE WHEN \"gap row\" = 1 THEN least(\"{BUCKET}\", time_bucket({width}, {start}) + INTERVAL '0 seconds') ELSE \"{BUCKET}\" END"
            ),
        };
        let end = match &self.last {
            None => format!("\"{BUCKET}\""),
            Some(last) => format!("greatest(\"{BUCKET}\", {last})"),
        };
        let partition: Vec<String> =
            (0..keys).map(|index| format!("\"{}\"", key_name(index))).collect();
        let partition = match partition.is_empty() {
            true => String::new(),
            false => format!("PARTITION BY {}", partition.join(", ")),
        };
        let window = format!("OVER ({partition} ORDER BY \"{BUCKET}\")");
        let next: String = (0..values)
            .map(|index| format!(", lead(\"gap r{index}\") {window} AS \"gap n{index}\""))
            .collect();
        let sql = format!(
            "SELECT *, unnest(generate_series(\
               CASE WHEN \"{BUCKET}\" IS NULL THEN CAST(error('{GAPFILL}: the time must not be NULL') AS TIMESTAMP) ELSE {first} END, \
               CASE WHEN \"gap next\" IS NULL THEN {end} ELSE \"gap next\" - INTERVAL '1 microsecond' END, \
               {width})) AS \"{TICK}\" \
             FROM (SELECT *, lead(\"{BUCKET}\") {window} AS \"gap next\", row_number() {window} AS \"gap row\"{next} FROM gaps) AS gap"
        );
        let mut query = *Parser::new(&FriendlyDialect)
            .try_with_sql(&sql)
            .and_then(|mut parser| parser.parse_query())
            .map_err(|error| Error::internal(format!("{GAPFILL}: {error}")))?;
        // The place of the rows is the innermost table.
        let SetExpr::Select(select) = query.body.as_mut() else { return Ok(query) };
        if let Some(TableFactor::Derived { subquery, .. }) =
            select.from.first_mut().map(|table| &mut table.relation)
            && let SetExpr::Select(windows) = subquery.body.as_mut()
        {
            windows.from = vec![alone(build::derived(rows, None))];
        }
        Ok(query)
    }
}

/// A text that stands for a moment.
fn moment(expr: Expr) -> Expr {
    match &expr {
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(_), .. }) => {
            parse(&format!("CAST({expr} AS TIMESTAMP)")).unwrap_or(expr)
        }
        _ => nested(expr),
    }
}

/// The last moment before another.
fn before(moment: &Expr) -> Result<Expr> {
    parse(&format!("({moment} - INTERVAL '1 microsecond')"))
}

/// What WHERE says of the time.
#[derive(Default)]
struct Bounds {
    start: Option<Expr>,
    last: Option<Expr>,
}

impl Bounds {
    fn of(condition: Option<&Expr>, time: &Expr) -> Result<Self> {
        let mut bounds = Self::default();
        if let Some(condition) = condition {
            bounds.look(condition, time)?;
        }
        Ok(bounds)
    }

    fn look(&mut self, condition: &Expr, time: &Expr) -> Result<()> {
        let is_fixed = |expr: &Expr| {
            !contains(expr, &|expr| {
                matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
            })
        };
        match condition {
            Expr::Nested(inner) => self.look(inner, time)?,
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                self.look(left, time)?;
                self.look(right, time)?;
            }
            Expr::Between { expr, negated: false, low, high }
                if expr.as_ref() == time && is_fixed(low) && is_fixed(high) =>
            {
                self.start = Some(low.as_ref().clone());
                self.last = Some(moment(high.as_ref().clone()));
            }
            Expr::BinaryOp { left, op, right } => {
                use BinaryOperator as O;
                let (bound, op) = match () {
                    () if left.as_ref() == time && is_fixed(right) => (right, op.clone()),
                    () if right.as_ref() == time && is_fixed(left) => match op {
                        O::Lt => (left, O::Gt),
                        O::LtEq => (left, O::GtEq),
                        O::Gt => (left, O::Lt),
                        O::GtEq => (left, O::LtEq),
                        _ => return Ok(()),
                    },
                    () => return Ok(()),
                };
                let bound = bound.as_ref().clone();
                match op {
                    O::Gt | O::GtEq => self.start = Some(bound),
                    O::LtEq => self.last = Some(moment(bound)),
                    O::Lt => self.last = Some(before(&moment(bound))?),
                    _ => {}
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Puts what a bucket's row has in the places of keys, aggregates and the functions that fill.
struct Filler<'f> {
    keys: &'f [Expr],
    /// The aggregates.
    values: Vec<Expr>,
    is_aggregate: &'f dyn Fn(&Expr) -> bool,
}

impl Filler<'_> {
    fn fill<T: datafusion::sql::sqlparser::ast::VisitMut>(&mut self, node: &mut T) -> Result<()> {
        change(node, &mut |expr| self.replace(expr))?;
        // What no function filled is there in the buckets that have rows.
        change(node, &mut |expr| {
            if let Some(index) = value_index(expr) {
                *expr = parse(&format!(
                    "CASE WHEN \"{TICK}\" = \"{BUCKET}\" THEN \"gap r{index}\" END"
                ))?;
            }
            Ok(())
        })
    }

    fn replace(&mut self, expr: &mut Expr) -> Result<()> {
        if let Some(index) = self.keys.iter().position(|key| key == expr) {
            *expr = column(&key_name(index));
            return Ok(());
        }
        if call_of(expr, GAPFILL).is_some() {
            *expr = column(TICK);
            return Ok(());
        }
        if (self.is_aggregate)(expr) {
            let known = self.values.iter().position(|value| value == expr);
            let index = known.unwrap_or_else(|| {
                self.values.push(expr.clone());
                self.values.len() - 1
            });
            *expr = column(&format!("gap v{index}"));
            return Ok(());
        }
        if let Some(call) = call_of(expr, LOCF) {
            let (plain, named) = arguments(call)?;
            *expr = self.locf(plain, named)?;
        } else if let Some(call) = call_of(expr, INTERPOLATE) {
            let (plain, named) = arguments(call)?;
            let ([value], []) = (plain.as_slice(), named.as_slice()) else {
                return Err(Error::unsupported(format!(
                    "{INTERPOLATE} takes one value: those beyond the ends are not looked up"
                )));
            };
            let (own, next) = (read(value, 'r')?, read(value, 'n')?);
            *expr = parse(&format!(
                "CASE WHEN \"{TICK}\" = \"{BUCKET}\" THEN CAST({own} AS DOUBLE) \
                 WHEN \"{TICK}\" > \"{BUCKET}\" THEN {own} + (CAST({next} AS DOUBLE) - {own}) \
                 * (epoch(\"{TICK}\") - epoch(\"{BUCKET}\")) / (epoch(\"gap next\") - epoch(\"{BUCKET}\")) END"
            ))?;
        }
        Ok(())
    }

    fn locf(&self, plain: Vec<Expr>, named: Vec<(String, Expr)>) -> Result<Expr> {
        let mut plain = plain.into_iter();
        let (Some(value), mut previous) = (plain.next(), plain.next()) else {
            return Err(Error::invalid_input(format!("{LOCF} takes a value")));
        };
        let mut treat_null_as_missing = plain.next();
        for (name, given) in named {
            match name.as_str() {
                "prev" => previous = Some(given),
                "treat_null_as_missing" => treat_null_as_missing = Some(given),
                other => {
                    return Err(Error::invalid_input(format!("{LOCF} has no argument '{other}'")));
                }
            }
        }
        let skips_null = match &treat_null_as_missing {
            None => false,
            Some(Expr::Value(ValueWithSpan { value: Value::Boolean(flag), .. })) => *flag,
            Some(other) => {
                return Err(Error::invalid_input(format!(
                    "{LOCF}: treat_null_as_missing is true or false, not {other}"
                )));
            }
        };
        let own = read(&value, 'r')?;
        let carried = match skips_null {
            false => format!("CASE WHEN \"{TICK}\" >= \"{BUCKET}\" THEN {own} END"),
            true => {
                let keys: Vec<String> =
                    (0..self.keys.len()).map(|index| format!("\"{}\"", key_name(index))).collect();
                let partition = match keys.is_empty() {
                    true => String::new(),
                    false => format!("PARTITION BY {}", keys.join(", ")),
                };
                format!(
                    "last_value(CASE WHEN \"{TICK}\" = \"{BUCKET}\" THEN {own} END) IGNORE NULLS \
                     OVER ({partition} ORDER BY \"{TICK}\" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
                )
            }
        };
        match previous {
            None => parse(&carried),
            Some(previous) => parse(&format!(
                "CASE WHEN \"{TICK}\" < \"{BUCKET}\" THEN {previous} ELSE {carried} END"
            )),
        }
    }
}

/// The number of a value that nothing has filled yet.
fn value_index(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Identifier(name) if name.quote_style.is_some() => {
            name.value.strip_prefix("gap v")?.parse().ok()
        }
        _ => None,
    }
}

/// An expression over the values of the row before a gap (`r`) or after it (`n`).
fn read(expr: &Expr, which: char) -> Result<Expr> {
    let mut expr = expr.clone();
    change(&mut expr, &mut |expr| {
        if let Some(index) = value_index(expr) {
            *expr = column(&format!("gap {which}{index}"));
        }
        Ok(())
    })?;
    Ok(nested(expr))
}

fn column(name: &str) -> Expr {
    Expr::Identifier(quoted(name, datafusion::sql::sqlparser::tokenizer::Span::empty()))
}

fn parse(sql: &str) -> Result<Expr> {
    Parser::new(&FriendlyDialect)
        .try_with_sql(sql)
        .and_then(|mut parser| parser.parse_expr())
        .map_err(|error| Error::internal(format!("{GAPFILL}: {error}")))
}
