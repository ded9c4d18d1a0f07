//! `list_reduce(list, (a, b) -> …)`: one value of the elements of a list.
//!
//! The lambda is evaluated once for each place in the longest list, over all rows whose lists reach that
//! far.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, UInt64Array};
use datafusion::arrow::compute::{CastOptions, cast_with_options, concat, take, take_arrays};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs,
    HigherOrderSignature, HigherOrderUDF, HigherOrderUDFImpl, LambdaParametersProgress,
    ValueOrLambda, Volatility,
};
use extension::{Error, Result, sql_type_name};

use crate::manual::Manual;

const MANUAL: Manual = Manual {
    usage: "list_reduce(list, (a, b) -> expression [, initial])",
    description: "One value of the elements of a list: the lambda takes what was made of the elements so far and the next one. \
        Without an initial value the first element is it, and an empty list is an error. A third parameter of the lambda is the place of the element.",
    example: "SELECT list_reduce([1, 2, 3], (a, b) -> a * 10 + b)",
    result: "123",
};

/// The function.
pub(crate) fn function(family: &'static str) -> Arc<HigherOrderUDF> {
    Arc::new(HigherOrderUDF::new_from_impl(Reduce {
        signature: HigherOrderSignature::user_defined(Volatility::Immutable),
        aliases: ["array_reduce", "reduce"].map(ToString::to_string).to_vec(),
        documentation: MANUAL.documentation(family, &["a list", "a lambda", "a value of any type"]),
    }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Reduce {
    signature: HigherOrderSignature,
    aliases: Vec<String>,
    documentation: Documentation,
}

/// The list, the lambda, and the initial value if there is one.
type Parts<'a, V, L> = (&'a V, &'a L, Option<&'a V>);

fn parts<V, L>(given: &[ValueOrLambda<V, L>]) -> Result<Parts<'_, V, L>> {
    match given {
        [ValueOrLambda::Value(list), ValueOrLambda::Lambda(lambda)] => Ok((list, lambda, None)),
        [
            ValueOrLambda::Value(list),
            ValueOrLambda::Lambda(lambda),
            ValueOrLambda::Value(initial),
        ] => Ok((list, lambda, Some(initial))),
        _ => Err(Error::invalid_input("list_reduce takes a list, a lambda and an initial value")
            .with_hint(format!("usage: {}", MANUAL.usage))),
    }
}

fn element(list: &DataType) -> Result<&FieldRef> {
    match list {
        DataType::List(element) => Ok(element),
        other => Err(Error::invalid_input(format!(
            "list_reduce takes a list, and not {}",
            sql_type_name(other)
        ))),
    }
}

impl HigherOrderUDFImpl for Reduce {
    fn name(&self) -> &str {
        "list_reduce"
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, given: &[DataType]) -> DataFusionResult<Vec<DataType>> {
        let mut types = given.to_vec();
        if let Some(list) = types.first_mut() {
            let plain = match &*list {
                DataType::LargeList(element)
                | DataType::FixedSizeList(element, _)
                | DataType::ListView(element)
                | DataType::LargeListView(element) => DataType::List(Arc::clone(element)),
                DataType::Null => DataType::new_list(DataType::Null, true),
                other => other.clone(),
            };
            element(&plain)?;
            *list = plain;
        }
        Ok(types)
    }

    fn lambda_parameters(
        &self,
        _step: usize,
        fields: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> DataFusionResult<LambdaParametersProgress> {
        let (list, _, initial) = parts(fields)?;
        let element = element(list.data_type())?;
        let nullable =
            |field: &FieldRef| Arc::new(field.as_ref().clone().with_nullable(true)) as FieldRef;
        Ok(LambdaParametersProgress::Complete(vec![vec![
            nullable(initial.unwrap_or(element)),
            nullable(element),
            Arc::new(Field::new("index", DataType::Int64, false)),
        ]]))
    }

    fn return_field_from_args(
        &self,
        args: HigherOrderReturnFieldArgs,
    ) -> DataFusionResult<FieldRef> {
        let (list, _, initial) = parts(args.arg_fields)?;
        let result = initial.unwrap_or(element(list.data_type())?);
        Ok(Arc::new(Field::new("", result.data_type().clone(), true)))
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let (list, lambda, initial) = parts(&args.args)?;
        let rows = args.number_rows;
        let lists = list.to_array(rows)?;
        let lists = lists.as_list::<i32>();
        let offsets = lists.value_offsets();
        let strict = CastOptions { safe: false, ..Default::default() };
        let returns = args.return_field.data_type();
        // The rows that are still reduced, and what was made of each so far.
        let mut active: Vec<u64> =
            (0..rows as u64).filter(|row| lists.is_valid(*row as usize)).collect();
        let length = |row: &u64| (offsets[*row as usize + 1] - offsets[*row as usize]) as usize;
        let at = |active: &[u64], place: usize| {
            let places = active.iter().map(|row| offsets[*row as usize] as u64 + place as u64);
            take(lists.values(), &UInt64Array::from_iter_values(places), None)
        };
        let (mut made, first) = match initial {
            Some(initial) => {
                let initial = initial.to_array(rows)?;
                (take(&initial, &UInt64Array::from(active.clone()), None)?, 0)
            }
            None => {
                if active.iter().any(|row| length(row) == 0) {
                    return Err(Error::invalid_input(
                        "cannot perform list_reduce on an empty input list",
                    )
                    .with_hint("an initial value is the result of an empty list")
                    .into());
                }
                (at(&active, 0)?, 1)
            }
        };
        let mut finished: Vec<(Vec<u64>, ArrayRef)> = vec![];
        let mut place = first;
        while !active.is_empty() {
            let (mut stays, mut ends) = (vec![], vec![]);
            for (index, row) in active.iter().enumerate() {
                if length(row) > place { stays.push(index as u64) } else { ends.push(index as u64) }
            }
            if !ends.is_empty() {
                let rows = ends.iter().map(|index| active[*index as usize]).collect();
                finished.push((rows, take(&made, &UInt64Array::from(ends), None)?));
                made = take(&made, &UInt64Array::from(stays.clone()), None)?;
                active = stays.iter().map(|index| active[*index as usize]).collect();
                continue;
            }
            let next = at(&active, place)?;
            let index: ArrayRef = Arc::new(Int64Array::from(vec![place as i64 + 1; active.len()]));
            let so_far = || Ok(Arc::clone(&made));
            let element = || Ok(Arc::clone(&next));
            let index = || Ok(Arc::clone(&index));
            let captured = UInt64Array::from(active.clone());
            let result = lambda.evaluate(&[&so_far, &element, &index], |columns| {
                Ok(take_arrays(columns, &captured, None)?)
            })?;
            made = cast_with_options(&result.into_array(active.len())?, returns, &strict)?;
            place += 1;
        }
        let mut order = vec![None; rows];
        let mut next = 0;
        for (rows, _) in &finished {
            for row in rows {
                order[*row as usize] = Some(next);
                next += 1;
            }
        }
        let values: Vec<&dyn Array> = finished.iter().map(|(_, values)| values.as_ref()).collect();
        let values = match values.is_empty() {
            true => datafusion::arrow::array::new_empty_array(returns),
            false => cast_with_options(&concat(&values)?, returns, &strict)?,
        };
        Ok(ColumnarValue::Array(take(&values, &UInt64Array::from(order), None)?))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
