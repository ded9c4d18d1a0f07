//! `SUMMARIZE table | query`: one row a column with its extremes, counts and quantiles.
//!
//! It is one aggregation over the rows, turned on its side. In FROM it is `(SUMMARIZE t)`.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion::common::{Column, ScalarValue};
use datafusion::functions_aggregate::expr_fn::{
    approx_distinct, approx_percentile_cont, avg, count, max, min, stddev,
};
use datafusion::functions_nested::expr_fn::make_array;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast, col, lit, when};
use datafusion::scalar::ScalarValue as Scalar;
use datafusion::sql::parser::DFParser;
use extension::{ParsedStatement, Result, StatementSyntax, TableDescribers, sql_field_type_name};

use super::{BuiltIn, Reader, StatementRelation, call_on, query, query_or_table, take_words};

/// The statement and the relation.
#[derive(Debug)]
pub(crate) struct Summarize;

impl BuiltIn for Summarize {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "SUMMARIZE",
            syntax: "SUMMARIZE table | query",
            description: "One row for each column of a table, file or query: type, least and greatest value, number \
                of distinct values (approximate), average, standard deviation, quartiles (approximate), number of \
                rows and share of NULLs. In FROM it goes in parentheses.",
            example: "SUMMARIZE SELECT * FROM 'tests/data/people.csv'",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        _reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        match take_words(&mut parser.parser, &["SUMMARIZE"]) {
            true => query(call_on(self, query_or_table(&mut parser.parser)?)?),
            false => Ok(None),
        }
    }
}

/// The columns of the answer that are computed, after the name and the type.
const FIGURES: [&str; 10] =
    ["min", "max", "approx_unique", "avg", "std", "q25", "q50", "q75", "count", "null_percentage"];

impl StatementRelation for Summarize {
    fn name(&self) -> &'static str {
        "summarize"
    }

    fn plan(&self, input: LogicalPlan, _describers: &TableDescribers) -> Result<LogicalPlan> {
        let schema = Arc::clone(input.schema());
        let columns: Vec<(Expr, &Field)> = schema
            .iter()
            .map(|(qualifier, field)| {
                (Expr::Column(Column::new(qualifier.cloned(), field.name())), field.as_ref())
            })
            .collect();
        let alias = |figure: &str, index: usize| format!("{figure}:{index}");
        let mut aggregates = vec![count(lit(1_i64)).alias("rows")];
        for (index, (column, field)) in columns.iter().enumerate() {
            for (figure, expr) in aggregates_of(column, field) {
                aggregates.push(expr.alias(alias(figure, index)));
            }
        }
        let names = texts(columns.iter().map(|(_, field)| field.name().clone()));
        let types = texts(columns.iter().map(|(_, field)| sql_field_type_name(field)));
        let mut lists = vec![names.alias("column_name"), types.alias("column_type")];
        for figure in FIGURES {
            let values = columns
                .iter()
                .enumerate()
                .map(|(index, (_, field))| {
                    figure_of(figure, field, |figure| {
                        Expr::Column(Column::new_unqualified(alias(figure, index)))
                    })
                })
                .collect();
            lists.push(make_array(values).alias(figure));
        }
        let wanted: Vec<Column> = ["column_name", "column_type"]
            .iter()
            .chain(&FIGURES)
            .map(|name| Column::new_unqualified(*name))
            .collect();
        Ok(LogicalPlanBuilder::from(input)
            .aggregate(Vec::<Expr>::new(), aggregates)?
            .project(lists)?
            .unnest_columns_with_options(wanted, Default::default())?
            .build()?)
    }
}

/// What is computed over a column, by name.
fn aggregates_of(column: &Expr, field: &Field) -> Vec<(&'static str, Expr)> {
    let mut found = vec![("non_null", count(column.clone()))];
    if is_ordered(field.data_type()) {
        found.push(("min", min(column.clone())));
        found.push(("max", max(column.clone())));
    }
    if !field.data_type().is_null() {
        found.push(("unique", approx_distinct(distinguished(column, field.data_type()))));
    }
    if let Some(number) = as_number(column, field.data_type()) {
        let quantile =
            |share: f64| approx_percentile_cont(number.clone().sort(true, false), lit(share), None);
        found.push(("avg", avg(cast(number.clone(), DataType::Float64))));
        if field.data_type().is_numeric() {
            found.push(("std", stddev(cast(column.clone(), DataType::Float64))));
        }
        found.push(("q25", quantile(0.25)));
        found.push(("q50", quantile(0.5)));
        found.push(("q75", quantile(0.75)));
    }
    found
}

/// A figure of the answer from what was computed.
fn figure_of(figure: &str, field: &Field, computed: impl Fn(&'static str) -> Expr) -> Expr {
    let data_type = field.data_type();
    let nothing = || lit(ScalarValue::Utf8(None));
    let text = |expr: Expr| cast(expr, DataType::Utf8);
    let numeric = data_type.is_numeric();
    let quantified = numeric || is_temporal(data_type);
    let quantile = |name: &'static str| match quantified {
        true => text(from_number(computed(name), data_type)),
        false => nothing(),
    };
    match figure {
        "min" if is_ordered(data_type) => text(computed("min")),
        "max" if is_ordered(data_type) => text(computed("max")),
        "approx_unique" => match !data_type.is_null() {
            true => cast(computed("unique"), DataType::Int64),
            false => lit(ScalarValue::Int64(None)),
        },
        "avg" if numeric => text(cast(computed("avg"), DataType::Float64)),
        "avg" if is_temporal(data_type) => {
            let moment = match data_type {
                DataType::Date32 => DataType::Timestamp(TimeUnit::Second, None),
                other => other.clone(),
            };
            let scale = if matches!(data_type, DataType::Date32) { 86_400.0 } else { 1.0 };
            text(from_number(cast(computed("avg") * lit(scale), DataType::Int64), &moment))
        }
        "std" if numeric => text(computed("std")),
        "q25" => quantile("q25"),
        "q50" => quantile("q50"),
        "q75" => quantile("q75"),
        "count" => col("rows"),
        "null_percentage" => {
            let share = (col("rows") - computed("non_null")) * lit(100.0_f64) / col("rows");
            let percentage = DataType::Decimal128(9, 2);
            when(col("rows").gt(lit(0_i64)), cast(share, percentage.clone()))
                .otherwise(lit(Scalar::Decimal128(None, 9, 2)))
                .unwrap_or_else(|_| lit(Scalar::Decimal128(None, 9, 2)))
        }
        _ => nothing(),
    }
}

fn is_temporal(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Date32 | DataType::Timestamp(..))
}

/// Whether `min` and `max` take the type.
fn is_ordered(data_type: &DataType) -> bool {
    !data_type.is_nested()
        && !matches!(data_type, DataType::Null | DataType::Interval(_) | DataType::Duration(_))
}

/// A column as something that `approx_distinct` takes: texts tell the other values apart as well.
fn distinguished(column: &Expr, data_type: &DataType) -> Expr {
    match data_type.is_integer() || is_temporal(data_type) || data_type.is_string() {
        true => column.clone(),
        false => cast(column.clone(), DataType::Utf8),
    }
}

/// A column as a number that has an order and a middle.
fn as_number(column: &Expr, data_type: &DataType) -> Option<Expr> {
    match data_type {
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => Some(cast(column.clone(), DataType::Float64)),
        numeric if numeric.is_numeric() => Some(column.clone()),
        DataType::Date32 => Some(cast(cast(column.clone(), DataType::Int32), DataType::Int64)),
        DataType::Timestamp(..) => Some(cast(column.clone(), DataType::Int64)),
        _ => None,
    }
}

/// The inverse of [`as_number`].
fn from_number(number: Expr, data_type: &DataType) -> Expr {
    match data_type {
        DataType::Date32 => cast(cast(number, DataType::Int32), DataType::Date32),
        other => cast(number, other.clone()),
    }
}

fn texts(values: impl Iterator<Item = String>) -> Expr {
    let values: ArrayRef = Arc::new(StringArray::from_iter_values(values));
    let list =
        datafusion::common::utils::SingleRowListArrayBuilder::new(values).build_list_scalar();
    lit(list)
}
