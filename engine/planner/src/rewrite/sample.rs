//! `TABLESAMPLE` of a table and `USING SAMPLE` of all that FROM joins, set apart as relations of their own.

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArguments, Ident, Join, JoinOperator, ObjectName, Select, TableFactor,
    TableSample, TableSampleKind, TableSampleMethod, TableSampleUnit, TableWithJoins,
};
use extension::{Error, Result};

use super::build::{argument, number, text};
use super::join::{nothing, set_apart};
use super::lateral::joined;
use super::walk::{Rewriter, Scope};
use crate::markers::{QUOTE, USING_SAMPLE};

pub(super) fn rewrite(
    _rewriter: &mut Rewriter<'_>,
    select: &mut Select,
    _scope: &Scope,
) -> Result<()> {
    for table in &mut select.from {
        rewrite_tables(table)?;
    }
    let Some(Expr::Function(call)) = select.prewhere.take() else { return Ok(()) };
    let arguments = match call.args {
        FunctionArguments::List(list) => list.args,
        _ => vec![],
    };
    if select.from.is_empty() {
        return Err(Error::invalid_input("a sample needs a FROM"));
    }
    let mut whole = joined(std::mem::take(&mut select.from));
    set_apart(&mut whole, marker(arguments));
    select.from = vec![whole];
    Ok(())
}

fn rewrite_tables(table: &mut TableWithJoins) -> Result<()> {
    rewrite_table(&mut table.relation)?;
    table.joins.iter_mut().try_for_each(|join| rewrite_table(&mut join.relation))
}

fn rewrite_table(table: &mut TableFactor) -> Result<()> {
    let sample = match table {
        TableFactor::Table { sample, .. } | TableFactor::Derived { sample, .. } => sample.take(),
        TableFactor::NestedJoin { table_with_joins, .. } => {
            return rewrite_tables(table_with_joins);
        }
        _ => None,
    };
    let sample = match sample {
        None => return Ok(()),
        Some(
            TableSampleKind::BeforeTableAlias(sample) | TableSampleKind::AfterTableAlias(sample),
        ) => sample,
    };
    let TableSample { name, quantity, seed, bucket, offset, modifier: _ } = *sample;
    let Some(quantity) = quantity.filter(|_| bucket.is_none() && offset.is_none()) else {
        return Err(Error::unsupported("a sample by buckets is not supported"));
    };
    let method = match name {
        Some(TableSampleMethod::Bernoulli) => "bernoulli",
        Some(TableSampleMethod::System) => "system",
        // What the rewrite of the tokens writes for a reservoir.
        Some(TableSampleMethod::Row) => "reservoir",
        Some(TableSampleMethod::Block) | None => {
            return Err(Error::unsupported("this method of a sample is not supported"));
        }
    };
    let unit = match quantity.unit {
        Some(TableSampleUnit::Percent) => "percent",
        _ => "rows",
    };
    let mut arguments = vec![text(method), quantity.value, text(unit)];
    if let Some(seed) = seed {
        arguments.push(number(seed.value.to_string()));
    }
    let relation = std::mem::replace(table, nothing().relation);
    let mut whole = TableWithJoins { relation, joins: vec![] };
    set_apart(&mut whole, marker(arguments.into_iter().map(argument).collect()));
    *table = whole.relation;
    Ok(())
}

/// The operator as a join with what stands before it.
fn marker(args: Vec<datafusion::sql::sqlparser::ast::FunctionArg>) -> Join {
    Join {
        relation: TableFactor::Function {
            lateral: false,
            name: ObjectName::from(vec![Ident::with_quote(QUOTE, USING_SAMPLE)]),
            args,
            with_ordinality: false,
            alias: None,
        },
        global: false,
        join_operator: JoinOperator::OuterApply,
    }
}
