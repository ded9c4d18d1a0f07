//! Casts that Arrow does otherwise than SQL says, or not at all. [`CASTS`] is the list of them.
//!
//! An analyzer rule puts a function in the place of each cast that an entry of the list claims. The
//! function keeps the field of the target, so that a UUID is still one in the result.

mod bits;
mod blob;
mod enumeration;
mod function;
mod json;
mod moment;
mod nested;
mod numeric_text;
mod rounding;
mod text;
mod unsigned;
mod uuids;
mod variant;

use std::fmt::Debug;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray, StringViewBuilder};
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, Result as DataFusionResult, ScalarValue};
use datafusion::logical_expr::dml::WriteOp;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Cast, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, TryCast, lit,
};
use datafusion::optimizer::AnalyzerRule;
use extension::{Error, Result, SQL_TYPE_KEY};

use super::{like, ordering};
use crate::SessionObjects;

pub(crate) use enumeration::members;

/// The list. The first entry that claims a cast does it.
pub(crate) const CASTS: &[&dyn CastRule] = &[
    &variant::ToVariant,
    &variant::FromVariant,
    &uuids::TextToUuid,
    &json::TextToJson,
    &enumeration::TextToEnum,
    &bits::TextToBits,
    &unsigned::ToUnsigned,
    &nested::TextToNested,
    &blob::TextToBlob,
    &numeric_text::TextToInteger,
    &moment::TextToMoment,
    &rounding::ToInteger,
    &text::ToText,
];

/// One kind of cast.
pub(crate) trait CastRule: Debug + Send + Sync {
    /// Whether a cast between these is of this kind.
    fn claims(&self, from: &Field, to: &Field) -> bool;

    /// The values as `to`. A value that does not fit is NULL if `safe`, and an error otherwise.
    fn cast(&self, values: &ArrayRef, from: &Field, to: &Field, safe: bool) -> Result<ArrayRef>;
}

/// The rule that finds the casts.
#[derive(Debug)]
pub(crate) struct Casts {
    pub(crate) objects: Arc<SessionObjects>,
}

impl AnalyzerRule for Casts {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> DataFusionResult<LogicalPlan> {
        if self.objects.semantics.is_datafusion() {
            return Ok(plan);
        }
        plan.transform_up_with_subqueries(rewrite_plan).map(|transformed| transformed.data)
    }

    fn name(&self) -> &str {
        "sql_casts"
    }
}

fn rewrite_plan(plan: LogicalPlan) -> DataFusionResult<Transformed<LogicalPlan>> {
    let mut schema = merge_schema(&plan.inputs());
    if let LogicalPlan::TableScan(scan) = &plan {
        schema.merge(&datafusion::common::DFSchema::try_from_qualified_schema(
            scan.table_name.clone(),
            &scan.source.schema(),
        )?);
    }
    let plan = into_table(plan)?;
    let names = NamePreserver::new(&plan);
    let transformed = plan.map_expressions(|expr| {
        let name = names.save(&expr);
        let rewritten =
            expr.transform_up(|expr| rewrite(expr, &schema))?.transform_data(|expr| {
                expr.transform_up(|expr| like::with_backslashes(expr, &schema))
            })?;
        Ok(rewritten.update_data(|expr| name.restore(expr)))
    })?;
    let ordered = transformed.transform_data(|plan| ordering::rewrite_plan(plan, &schema))?;
    ordered.map_data(|plan| plan.recompute_schema())
}

/// Rows that go into a table are cast to what its columns say they are.
fn into_table(plan: LogicalPlan) -> DataFusionResult<LogicalPlan> {
    let LogicalPlan::Dml(mut dml) = plan else { return Ok(plan) };
    if !matches!(dml.op, WriteOp::Insert(_)) {
        return Ok(LogicalPlan::Dml(dml));
    }
    let target = dml.target.schema();
    let mut changed = false;
    let columns = dml
        .input
        .schema()
        .iter()
        .zip(target.fields())
        .map(|((qualifier, from), to)| {
            let column = Expr::Column(Column::new(qualifier.cloned(), from.name()));
            match sql_type(to).and_then(|_| function::cast_function(from, to, false)) {
                Some(function) => {
                    changed = true;
                    function.call(vec![column]).alias(from.name())
                }
                None => column,
            }
        })
        .collect::<Vec<_>>();
    if changed && dml.input.schema().fields().len() == target.fields().len() {
        let input = LogicalPlanBuilder::from(dml.input.as_ref().clone());
        dml.input = Arc::new(input.project(columns)?.build()?);
    }
    Ok(LogicalPlan::Dml(dml))
}

fn rewrite(
    expr: Expr,
    schema: &datafusion::common::DFSchema,
) -> DataFusionResult<Transformed<Expr>> {
    let (inner, target, safe) = match &expr {
        Expr::Cast(Cast { expr, field }) => (expr, field, false),
        Expr::TryCast(TryCast { expr, field }) => (expr, field, true),
        _ => return Ok(Transformed::no(expr)),
    };
    let (_, source) = inner.to_field(schema)?;
    // A number as it is written is a decimal to the reader, and rounds like one.
    if let Expr::Literal(ScalarValue::Float64(Some(value)), _) = inner.as_ref()
        && target.data_type().is_integer()
    {
        let rounded = Box::new(lit(value.round()));
        return Ok(Transformed::yes(match safe {
            true => Expr::TryCast(TryCast::new_from_field(rounded, Arc::clone(target))),
            false => Expr::Cast(Cast::new_from_field(rounded, Arc::clone(target))),
        }));
    }
    // What Arrow reads stays a cast, which rules that look for constants know.
    if let Expr::Literal(value, _) = inner.as_ref()
        && moment::TextToMoment.claims(&source, target)
        && value
            .try_as_str()
            .flatten()
            .is_none_or(|text| moment::clock_without_zone(text).is_none())
        && value.cast_to(target.data_type()).is_ok()
    {
        return Ok(Transformed::no(expr));
    }
    match function::cast_function(&source, target, safe) {
        Some(function) => Ok(Transformed::yes(function.call(vec![inner.as_ref().clone()]))),
        None => Ok(Transformed::no(expr)),
    }
}

/// Whether the type is of texts.
fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// What the field says that its values are, beyond their Arrow type.
fn sql_type(field: &Field) -> Option<&str> {
    field.metadata().get(SQL_TYPE_KEY).map(String::as_str)
}

/// The error for a value that does not fit.
fn misfit(value: &str, to: &Field) -> Error {
    Error::invalid_data(format!(
        "'{value}' cannot be cast to {}",
        extension::sql_field_type_name(to)
    ))
}

/// Casts texts one by one.
fn texts(
    values: &ArrayRef,
    to: &Field,
    safe: bool,
    convert: impl Fn(&str) -> Result<Option<String>>,
) -> Result<ArrayRef> {
    let texts = as_strings(values)?;
    let mut converted = StringViewBuilder::with_capacity(texts.len());
    for text in texts.as_string::<i32>() {
        let value = match text.map(&convert).transpose() {
            Ok(value) => value.flatten(),
            Err(_) if safe => None,
            Err(error) => return Err(error),
        };
        match (text, value) {
            (_, Some(value)) => converted.append_value(value),
            (Some(text), None) if !safe => return Err(misfit(text, to)),
            _ => converted.append_null(),
        }
    }
    Ok(cast(&converted.finish(), to.data_type())?)
}

/// Texts of any width as `Utf8`.
fn as_strings(values: &ArrayRef) -> Result<ArrayRef> {
    Ok(match values.data_type() {
        DataType::Utf8 => Arc::clone(values),
        DataType::Null => Arc::new(StringArray::new_null(values.len())),
        _ => cast(values, &DataType::Utf8)?,
    })
}

/// Arrow's own cast.
fn arrow_cast(values: &ArrayRef, to: &DataType, safe: bool) -> Result<ArrayRef> {
    let options = CastOptions { safe, ..Default::default() };
    Ok(cast_with_options(values, to, &options)?)
}

/// Casts by the first rule that claims the cast, or by Arrow's.
fn convert(values: &ArrayRef, from: &Field, to: &Field, safe: bool) -> Result<ArrayRef> {
    match CASTS.iter().find(|rule| rule.claims(from, to)) {
        Some(rule) => rule.cast(values, from, to, safe),
        None => arrow_cast(values, to.data_type(), safe),
    }
}
