//! DataFusion's functions under the names that DuckDB and PostgreSQL know them by.
//!
//! An alias is a function of its own in the lists and in its manual, and becomes the original when the
//! query is optimised, so that everything the optimizer knows of the original holds for it. The
//! original itself is left alone.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, Documentation, Expr,
    GroupsAccumulator, HigherOrderUDF, ReturnFieldArgs, ReversedUDAF, ScalarFunctionArgs,
    ScalarUDF, ScalarUDFImpl, Signature,
};
use extension::{Error, Result};

use crate::manual::{self, Manual};
use crate::scalar::Call;

/// Other names of a function of DataFusion.
pub(crate) struct Alias {
    /// The name, and others.
    pub(crate) names: &'static [&'static str],
    /// The original.
    pub(crate) of: Of,
    /// How it is called by this name.
    pub(crate) usage: &'static str,
    /// A query.
    pub(crate) example: &'static str,
    /// What it answers.
    pub(crate) result: &'static str,
}

/// What kind of function an alias stands for, and its name.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of {
    Scalar(&'static str),
    Aggregate(&'static str),
    HigherOrder(&'static str),
}

/// Functions by kind.
#[derive(Default)]
pub(crate) struct Functions {
    pub(crate) scalar: Vec<Arc<ScalarUDF>>,
    pub(crate) aggregate: Vec<Arc<AggregateUDF>>,
    pub(crate) higher_order: Vec<Arc<HigherOrderUDF>>,
}

impl Functions {
    /// Those that DataFusion has by itself.
    pub(crate) fn defaults() -> Self {
        let mut scalar = datafusion::functions::all_default_functions();
        scalar.extend(datafusion::functions_nested::all_default_nested_functions());
        Self {
            scalar,
            aggregate: datafusion::functions_aggregate::all_default_aggregate_functions(),
            higher_order: datafusion::functions_nested::all_default_higher_order_functions(),
        }
    }

    fn scalar(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        let known = |f: &&Arc<ScalarUDF>| f.name() == name || f.aliases().iter().any(|a| a == name);
        self.scalar.iter().find(known).cloned()
    }

    fn aggregate(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        let known =
            |f: &&Arc<AggregateUDF>| f.name() == name || f.aliases().iter().any(|a| a == name);
        self.aggregate.iter().find(known).cloned()
    }

    fn higher_order(&self, name: &str) -> Option<Arc<HigherOrderUDF>> {
        let known =
            |f: &&Arc<HigherOrderUDF>| f.name() == name || f.aliases().iter().any(|a| a == name);
        self.higher_order.iter().find(known).cloned()
    }
}

impl Alias {
    /// Adds the alias to `to`, of the original in `from`.
    pub(crate) fn register(
        &'static self,
        family: &'static str,
        from: &Functions,
        to: &mut Functions,
    ) -> Result<()> {
        let missing = |name| Error::internal(format!("there is no function '{name}'"));
        match self.of {
            Of::Scalar(name) => {
                let of = from.scalar(name).ok_or_else(|| missing(name))?;
                let documentation = self.documentation(family, of.documentation());
                let (name, aliases) = manual::split_names(self.names);
                to.scalar.push(Arc::new(ScalarUDF::new_from_impl(RenamedScalar {
                    name,
                    aliases,
                    of,
                    documentation,
                })));
            }
            Of::Aggregate(name) => {
                let of = from.aggregate(name).ok_or_else(|| missing(name))?;
                let documentation = self.documentation(family, of.documentation());
                let (name, aliases) = manual::split_names(self.names);
                to.aggregate.push(Arc::new(AggregateUDF::new_from_impl(RenamedAggregate {
                    name,
                    aliases,
                    of,
                    documentation,
                })));
            }
            Of::HigherOrder(name) => {
                // These cannot be wrapped under another name; the original is known by more names.
                let of = from.higher_order(name).ok_or_else(|| missing(name))?;
                let position = to.higher_order.iter().position(|known| known.name() == of.name());
                let known = position.map(|position| to.higher_order.remove(position));
                let of = known.unwrap_or(of).as_ref().clone();
                to.higher_order.push(Arc::new(of.with_aliases(self.names.iter().copied())));
            }
        }
        Ok(())
    }

    fn documentation(&self, family: &'static str, of: Option<&Documentation>) -> Documentation {
        let of_name = match self.of {
            Of::Scalar(name) | Of::Aggregate(name) | Of::HigherOrder(name) => name,
        };
        let described = of.map(|of| of.description.trim()).unwrap_or_default();
        let first = described.split_inclusive(". ").next().unwrap_or(described).trim();
        let manual = Manual {
            usage: self.usage,
            description: "",
            example: self.example,
            result: self.result,
        };
        let mut documentation = manual.documentation(family, &[]);
        documentation.description = format!("{first} The same as `{of_name}`.");
        documentation.arguments = of.and_then(|of| of.arguments.clone());
        documentation
    }
}

#[derive(Debug)]
struct RenamedScalar {
    name: &'static str,
    aliases: Vec<String>,
    of: Arc<ScalarUDF>,
    documentation: Documentation,
}

impl PartialEq for RenamedScalar {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for RenamedScalar {}

impl Hash for RenamedScalar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for RenamedScalar {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        self.of.signature()
    }

    fn coerce_types(&self, given: &[DataType]) -> DataFusionResult<Vec<DataType>> {
        self.of.coerce_types(given)
    }

    fn return_type(&self, types: &[DataType]) -> DataFusionResult<DataType> {
        self.of.return_type(types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> DataFusionResult<FieldRef> {
        self.of.return_field_from_args(args)
    }

    fn simplify(
        &self,
        args: Vec<Expr>,
        _info: &SimplifyContext,
    ) -> DataFusionResult<ExprSimplifyResult> {
        Ok(ExprSimplifyResult::Simplified(self.of.call(args)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        self.of.invoke_with_args(args)
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

#[derive(Debug)]
struct RenamedAggregate {
    name: &'static str,
    aliases: Vec<String>,
    of: Arc<AggregateUDF>,
    documentation: Documentation,
}

impl PartialEq for RenamedAggregate {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.of == other.of
    }
}

impl Eq for RenamedAggregate {}

impl Hash for RenamedAggregate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl AggregateUDFImpl for RenamedAggregate {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        self.of.signature()
    }

    fn coerce_types(&self, given: &[DataType]) -> DataFusionResult<Vec<DataType>> {
        self.of.coerce_types(given)
    }

    fn return_type(&self, types: &[DataType]) -> DataFusionResult<DataType> {
        self.of.return_type(types)
    }

    fn return_field(&self, fields: &[FieldRef]) -> DataFusionResult<FieldRef> {
        self.of.return_field(fields)
    }

    fn is_nullable(&self) -> bool {
        self.of.is_nullable()
    }

    fn accumulator(&self, args: AccumulatorArgs) -> DataFusionResult<Box<dyn Accumulator>> {
        self.of.accumulator(args)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DataFusionResult<Vec<FieldRef>> {
        self.of.state_fields(args)
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        self.of.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs,
    ) -> DataFusionResult<Box<dyn GroupsAccumulator>> {
        self.of.create_groups_accumulator(args)
    }

    fn create_sliding_accumulator(
        &self,
        args: AccumulatorArgs,
    ) -> DataFusionResult<Box<dyn Accumulator>> {
        self.of.create_sliding_accumulator(args)
    }

    fn with_beneficial_ordering(
        self: Arc<Self>,
        beneficial: bool,
    ) -> DataFusionResult<Option<Arc<dyn AggregateUDFImpl>>> {
        let of = self.of.as_ref().clone().with_beneficial_ordering(beneficial)?;
        Ok(of.map(|of| {
            Arc::new(RenamedAggregate {
                name: self.name,
                aliases: self.aliases.clone(),
                of: Arc::new(of),
                documentation: self.documentation.clone(),
            }) as Arc<dyn AggregateUDFImpl>
        }))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.of.order_sensitivity()
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        self.of.reverse_udf()
    }

    fn default_value(
        &self,
        data_type: &DataType,
    ) -> DataFusionResult<datafusion::common::ScalarValue> {
        self.of.default_value(data_type)
    }

    fn supports_null_handling_clause(&self) -> bool {
        self.of.supports_null_handling_clause()
    }

    fn supports_within_group_clause(&self) -> bool {
        self.of.supports_within_group_clause()
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

/// An argument as other functions take it.
pub(crate) fn columnar(call: &Call, index: usize) -> Result<ColumnarValue> {
    let array = call.raw(index)?;
    Ok(match call.is_constant(index) {
        true => ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(array, 0)?),
        false => ColumnarValue::Array(Arc::clone(array)),
    })
}

/// Calls another function, converting its result to the type that is wanted.
pub(crate) fn invoke(
    function: &Arc<ScalarUDF>,
    args: Vec<ColumnarValue>,
    call: &Call,
    returns: DataType,
) -> Result<ArrayRef> {
    let arg_fields: Vec<FieldRef> = args
        .iter()
        .map(|value| Arc::new(Field::new("", value.data_type(), true)) as FieldRef)
        .collect();
    let scalars: Vec<Option<&datafusion::common::ScalarValue>> = args
        .iter()
        .map(|value| match value {
            ColumnarValue::Scalar(value) => Some(value),
            ColumnarValue::Array(_) => None,
        })
        .collect();
    let return_field = function.return_field_from_args(ReturnFieldArgs {
        arg_fields: &arg_fields,
        scalar_arguments: &scalars,
    })?;
    let value = function.invoke_with_args(ScalarFunctionArgs {
        args,
        arg_fields,
        number_rows: call.rows,
        return_field,
        config_options: Arc::clone(&call.options),
    })?;
    let array = value.into_array(call.rows)?;
    match array.data_type() == &returns {
        true => Ok(array),
        false => Ok(datafusion::arrow::compute::cast(&array, &returns)?),
    }
}
