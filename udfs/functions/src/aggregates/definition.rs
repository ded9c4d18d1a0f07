//! An aggregate function in one literal, and what DataFusion calls.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::ScalarValue;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, GroupsAccumulator, Signature,
    Volatility,
};
use datafusion::physical_expr::PhysicalExpr;
use extension::{Error, Result, SQL_TYPE_KEY, sql_type_name};

use super::ordered::{self, Best};
use super::store::{Finish, Grouped, Single, Store};
use super::sums::{self, Sums};
use super::{collected, counted};
use crate::json;
use crate::manual::{self, Manual};
use crate::scalar::{Kind, resolve, tagged};

/// An aggregate function.
pub(crate) struct Aggregate {
    /// The name, and others for the same function.
    pub(crate) names: &'static [&'static str],
    /// What it returns, for people.
    pub(crate) manual: Manual,
    /// The argument lists it accepts.
    pub(crate) takes: &'static [&'static [Kind]],
    /// The type of the result, from the types of the converted arguments.
    pub(crate) returns: fn(&[DataType]) -> Result<DataType>,
    /// How it is computed.
    pub(crate) engine: Engine,
}

/// How an aggregate function is computed.
pub(crate) enum Engine {
    /// Of all values of a group: how many of the arguments are values, and the end.
    Collected(usize, Finish),
    /// The same, with the rows in which a value is NULL.
    WithNulls(usize, Finish),
    /// Of how often each value occurs.
    Counted(Finish),
    /// Of a few numbers that each row changes.
    Sums(&'static Sums),
    /// The value that goes with the least or greatest other one.
    Ordered(Best),
}

impl Aggregate {
    /// The function as DataFusion knows it.
    pub(crate) fn udf(&'static self, family: &'static str) -> Arc<AggregateUDF> {
        let (name, aliases) = manual::split_names(self.names);
        let arguments = self.takes.iter().max_by_key(|kinds| kinds.len()).copied().unwrap_or(&[]);
        let kinds: Vec<&str> = arguments.iter().map(|kind| kind.description()).collect();
        Arc::new(AggregateUDF::new_from_impl(Function {
            aggregate: self,
            name,
            aliases,
            signature: Signature::user_defined(Volatility::Immutable),
            documentation: self.manual.documentation(family, &kinds),
        }))
    }
}

/// A store, how it ends, and the constants that the end needs.
type Stored = (Box<dyn Store>, Finish, Vec<ScalarValue>);

struct Function {
    aggregate: &'static Aggregate,
    name: &'static str,
    aliases: Vec<String>,
    signature: Signature,
    documentation: Documentation,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        // A name stands once in the lists.
        self.name == other.name
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// The value of an argument that must be a constant.
pub(super) fn constant(function: &str, argument: &Arc<dyn PhysicalExpr>) -> Result<ScalarValue> {
    let one_row = RecordBatch::try_new_with_options(
        Arc::new(Schema::empty()),
        vec![],
        &RecordBatchOptions::new().with_row_count(Some(1)),
    )?;
    let value = argument.evaluate(&one_row).and_then(|value| value.into_array(1));
    let value = value.map_err(|_| {
        Error::invalid_input(format!("{function}: '{argument}' must be a constant"))
    })?;
    Ok(ScalarValue::try_from_array(&value, 0)?)
}

impl Function {
    /// The types of the arguments that are values, not constants.
    fn value_types(&self, fields: &[FieldRef]) -> Vec<DataType> {
        let count = match self.aggregate.engine {
            Engine::Collected(columns, _) | Engine::WithNulls(columns, _) => columns,
            Engine::Counted(_) => 1,
            Engine::Sums(_) | Engine::Ordered(_) => fields.len(),
        };
        fields.iter().take(count).map(|field| field.data_type().clone()).collect()
    }

    fn refuse_distinct(&self, args: &AccumulatorArgs) -> Result<()> {
        match args.is_distinct {
            true => Err(Error::unsupported(format!("{}(DISTINCT …) is not supported", self.name))),
            false => Ok(()),
        }
    }

    /// The store of an engine that keeps values, and how it ends.
    fn store(&self, args: &AccumulatorArgs) -> Result<Option<Stored>> {
        let types = self.value_types(args.expr_fields);
        let constants = |from: usize| -> Result<Vec<ScalarValue>> {
            args.exprs[from..].iter().map(|argument| constant(self.name, argument)).collect()
        };
        let columns = types.len();
        Ok(match &self.aggregate.engine {
            // Counted values are distinct ones, and come first.
            Engine::Collected(1, finish) if args.is_distinct => {
                let store: Box<dyn Store> = Box::new(counted::Counted::new(types)?);
                Some((store, *finish, constants(columns)?))
            }
            Engine::Collected(_, finish) => {
                self.refuse_distinct(args)?;
                let store: Box<dyn Store> = Box::new(collected::Collected::new(types));
                Some((store, *finish, constants(columns)?))
            }
            Engine::WithNulls(_, finish) => {
                self.refuse_distinct(args)?;
                let store: Box<dyn Store> =
                    Box::new(collected::Collected::with_nulls(types, columns));
                let mut constants = constants(columns)?;
                // Behind the constants: which of SQL's types the values are.
                constants.extend(
                    args.expr_fields.iter().take(columns).map(|field| {
                        ScalarValue::Utf8(field.metadata().get(SQL_TYPE_KEY).cloned())
                    }),
                );
                Some((store, *finish, constants))
            }
            Engine::Counted(finish) => {
                self.refuse_distinct(args)?;
                let store: Box<dyn Store> = Box::new(counted::Counted::new(types)?);
                Some((store, *finish, constants(columns)?))
            }
            Engine::Sums(_) | Engine::Ordered(_) => None,
        })
    }
}

impl AggregateUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> DataFusionResult<Vec<DataType>> {
        Ok(resolve(self.aggregate.takes, given).ok_or_else(|| {
            let given: Vec<String> = given.iter().map(sql_type_name).collect();
            Error::invalid_input(format!("no function {}({})", self.name, given.join(", ")))
                .with_hint(format!("usage: {}", self.aggregate.manual.usage))
        })?)
    }

    fn return_type(&self, types: &[DataType]) -> DataFusionResult<DataType> {
        Ok((self.aggregate.returns)(types)?)
    }

    fn return_field(&self, fields: &[FieldRef]) -> DataFusionResult<FieldRef> {
        let types: Vec<DataType> = fields.iter().map(|field| field.data_type().clone()).collect();
        let field = Field::new(self.name, self.return_type(&types)?, true);
        Ok(Arc::new(tagged(field, json::result_type(self.aggregate.names))))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> DataFusionResult<Box<dyn Accumulator>> {
        if let Some((store, finish, constants)) = self.store(&args)? {
            let returns = args.return_field.data_type().clone();
            return Ok(Box::new(Single::new(store, finish, constants, returns)));
        }
        self.refuse_distinct(&args)?;
        match &self.aggregate.engine {
            Engine::Sums(sums) => {
                Ok(Box::new(sums::OneGroup::new(sums, args.return_field.data_type().clone())))
            }
            Engine::Ordered(best) => ordered::accumulator(*best, &args),
            _ => Err(Error::internal("the engine has a store").into()),
        }
    }

    fn create_sliding_accumulator(
        &self,
        args: AccumulatorArgs,
    ) -> DataFusionResult<Box<dyn Accumulator>> {
        match &self.aggregate.engine {
            // What leaves the window may have been the best, so all of it is kept.
            Engine::Ordered(best) => {
                self.refuse_distinct(&args)?;
                let types = self.value_types(args.expr_fields);
                let store = collected::Collected::with_nulls(types, usize::from(best.keeps_nulls));
                let returns = args.return_field.data_type().clone();
                let finish = best.finish();
                Ok(Box::new(Single::new(Box::new(store), finish, vec![], returns)))
            }
            _ => self.accumulator(args),
        }
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        match &self.aggregate.engine {
            Engine::Ordered(best) => ordered::groups_supported(*best, &args),
            Engine::Collected(1, _) => true,
            _ => !args.is_distinct,
        }
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs,
    ) -> DataFusionResult<Box<dyn GroupsAccumulator>> {
        if let Some((store, finish, constants)) = self.store(&args)? {
            let returns = args.return_field.data_type().clone();
            return Ok(Box::new(Grouped::new(store, finish, constants, returns)));
        }
        match &self.aggregate.engine {
            Engine::Sums(sums) => {
                Ok(Box::new(sums::ManyGroups::new(sums, args.return_field.data_type().clone())))
            }
            Engine::Ordered(best) => ordered::groups_accumulator(*best, &args),
            _ => Err(Error::internal("the engine has a store").into()),
        }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DataFusionResult<Vec<FieldRef>> {
        let list = |name: &str, element: DataType| {
            let element = Arc::new(Field::new_list_field(element, true));
            Arc::new(Field::new(format_state_name(args.name, name), DataType::List(element), true))
        };
        let types = self.value_types(args.input_fields);
        Ok(match &self.aggregate.engine {
            Engine::Collected(1, _) if args.is_distinct => {
                let values = types.into_iter().next().unwrap_or(DataType::Null);
                vec![list("values", values), list("counts", DataType::UInt64)]
            }
            Engine::Collected(_, _) | Engine::WithNulls(_, _) => types
                .into_iter()
                .enumerate()
                .map(|(index, element)| list(&format!("values{index}"), element))
                .collect(),
            Engine::Counted(_) => {
                let values = types.into_iter().next().unwrap_or(DataType::Null);
                vec![list("values", values), list("counts", DataType::UInt64)]
            }
            Engine::Sums(sums) => (0..sums.width)
                .map(|index| {
                    let name = format_state_name(args.name, &format!("sum{index}"));
                    Arc::new(Field::new(name, DataType::Float64, true))
                })
                .collect(),
            Engine::Ordered(best) => ordered::state_fields(*best, &args)?,
        })
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
