//! Functions of a group over the elements of lists.
//!
//! A list is a group: where the function can do many groups at once it gets all elements of a batch of
//! lists in one call.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{AggregateUDF, EmitTo};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{Column, Literal};
use extension::{Error, Result, closest};

use crate::alias::Functions;
use crate::families;
use crate::manual::Manual;
use crate::scalar::{Call, Given, Kind, Scalar};

/// All aggregate functions, ours first.
static AGGREGATES: LazyLock<Vec<Arc<AggregateUDF>>> = LazyLock::new(|| {
    let mut all = families::all().map(|functions| functions.aggregate).unwrap_or_default();
    // Sums that do not wrap come before those that do.
    all.extend(crate::exact::functions());
    all.extend(Functions::defaults().aggregate);
    all
});

fn aggregate(name: &str) -> Result<Arc<AggregateUDF>> {
    let lower = name.to_lowercase();
    let named = |f: &&Arc<AggregateUDF>| f.name() == lower || f.aliases().contains(&lower);
    AGGREGATES.iter().find(named).cloned().ok_or_else(|| {
        let error = Error::not_found(format!("there is no aggregate function '{name}'"));
        match closest(&lower, AGGREGATES.iter().map(|f| f.name())) {
            Some(near) => error.with_hint(format!("did you mean '{near}'?")),
            None => error,
        }
    })
}

/// The function over elements of a type, with its constants: converted argument fields and the result.
struct Prepared {
    function: Arc<AggregateUDF>,
    fields: Vec<FieldRef>,
    constants: Vec<ScalarValue>,
    returns: FieldRef,
}

impl Prepared {
    fn new(name: &str, element: &DataType, constants: Vec<ScalarValue>) -> Result<Self> {
        let function = aggregate(name)?;
        // The empty list without a type is one of numbers.
        let element = if element.is_null() { &DataType::Int64 } else { element };
        let mut fields: Vec<FieldRef> = vec![Arc::new(Field::new("x", element.clone(), true))];
        for constant in &constants {
            fields.push(Arc::new(Field::new("constant", constant.data_type(), true)));
        }
        let fields = fields_with_udf(&fields, function.as_ref())?;
        let returns = function.return_field(&fields)?;
        Ok(Self { function, fields, constants, returns })
    }

    fn evaluate(&self, call: &Call) -> Result<ArrayRef> {
        let lists = call.list(0)?;
        let values = lists.array.values();
        // The elements of all lists in reading order, and the list of each.
        let mut taken = vec![];
        let mut groups = vec![];
        let mut valid = Vec::with_capacity(call.rows);
        for row in 0..call.rows {
            let range = lists.range(row);
            valid.push(range.is_some());
            if let Some(range) = range {
                groups.extend(std::iter::repeat_n(row, range.len()));
                taken.extend(range.map(|at| at as u64));
            }
        }
        let taken = datafusion::arrow::array::UInt64Array::from(taken);
        let values = datafusion::arrow::compute::take(values, &taken, None)?;
        let values = cast(&values, self.fields[0].data_type())?;
        let schema = Schema::new(vec![Arc::clone(&self.fields[0])]);
        let mut exprs: Vec<Arc<dyn PhysicalExpr>> = vec![Arc::new(Column::new("x", 0))];
        let mut columns = vec![values];
        for (constant, field) in self.constants.iter().zip(&self.fields[1..]) {
            let constant = constant.cast_to(field.data_type())?;
            columns.push(constant.to_array_of_size(groups.len())?);
            exprs.push(Arc::new(Literal::new(constant)));
        }
        let args = || AccumulatorArgs {
            return_field: Arc::clone(&self.returns),
            schema: &schema,
            ignore_nulls: false,
            order_bys: &[],
            is_reversed: false,
            name: self.function.name(),
            is_distinct: false,
            exprs: &exprs,
            expr_fields: &self.fields,
        };
        let results = if self.function.groups_accumulator_supported(args()) {
            let mut accumulator = self.function.create_groups_accumulator(args())?;
            // Without a filter the accumulators take it that each group has a row.
            let all = BooleanArray::from(vec![true; groups.len()]);
            accumulator.update_batch(&columns, &groups, Some(&all), call.rows)?;
            accumulator.evaluate(EmitTo::All)?
        } else {
            let mut results = Vec::with_capacity(call.rows);
            let mut start = 0;
            for row in 0..call.rows {
                let length = groups[start..].iter().take_while(|group| **group == row).count();
                let slices: Vec<ArrayRef> =
                    columns.iter().map(|column| column.slice(start, length)).collect();
                start += length;
                let mut accumulator = self.function.accumulator(args())?;
                accumulator.update_batch(&slices)?;
                results.push(accumulator.evaluate()?);
            }
            ScalarValue::iter_to_array(results)?
        };
        let results = match results.data_type() == &call.returns {
            true => results,
            false => cast(&results, &call.returns)?,
        };
        // A NULL list has no result; an empty one has that of no rows.
        if valid.iter().all(|valid| *valid) {
            return Ok(results);
        }
        let missing = BooleanArray::from(valid.iter().map(|valid| !valid).collect::<Vec<bool>>());
        Ok(datafusion::arrow::compute::nullif(&results, &missing)?)
    }
}

fn element_of(given: &Given) -> Result<DataType> {
    match &given[0] {
        DataType::List(element) => Ok(element.data_type().clone()),
        other => Err(Error::internal(format!("a list is expected, not {other}"))),
    }
}

fn returns_of(name: &str, given: &Given) -> Result<DataType> {
    Ok(Prepared::new(name, &element_of(given)?, vec![])?.returns.data_type().clone())
}

fn evaluate(name: &str, call: &Call) -> Result<ArrayRef> {
    let element = call.list(0)?.array.value_type();
    Prepared::new(name, &element, vec![])?.evaluate(call)
}

pub(super) const LIST_AGGREGATE: Scalar = Scalar {
    names: &["list_aggregate", "list_aggr", "array_aggregate", "array_aggr", "aggregate"],
    manual: Manual {
        usage: "list_aggregate(list, name, constants...)",
        description: "The aggregate function of the constant name over the elements of a list.",
        example: "SELECT list_aggregate([1, 2, NULL], 'sum')",
        result: "3",
    },
    takes: &[&[Kind::List, Kind::Text], &[Kind::List, Kind::Text, Kind::Any, Kind::More]],
    returns: |given| {
        let Some(name) = given.text(1) else {
            return Err(Error::invalid_input(
                "the name of the aggregate function must be a constant",
            ));
        };
        let constants = (2..given.len())
            .map(|index| {
                given.constant(index).cloned().ok_or_else(|| {
                    Error::invalid_input(
                        "further arguments of the aggregate function must be constants",
                    )
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Prepared::new(name, &element_of(given)?, constants)?.returns.data_type().clone())
    },
    evaluate: |call| {
        let names = call.text(1)?;
        let Some(name) = names.get(0) else {
            return Ok(datafusion::arrow::array::new_null_array(&call.returns, call.rows));
        };
        let constants = (2..call.len())
            .map(|index| Ok(ScalarValue::try_from_array(call.raw(index)?, 0)?))
            .collect::<Result<Vec<_>>>()?;
        let element = call.list(0)?.array.value_type();
        Prepared::new(name, &element, constants)?.evaluate(call)
    },
};

macro_rules! over_list {
    ($($constant:ident $name:literal of $aggregate:literal $example:literal $result:literal)*) => {
        $(pub(super) const $constant: Scalar = Scalar {
            names: &[$name],
            manual: Manual {
                usage: concat!($name, "(list)"),
                description: concat!("The aggregate function ", $aggregate, " over the elements of a list."),
                example: concat!("SELECT ", $name, "(", $example, ")"),
                result: $result,
            },
            takes: &[&[Kind::List]],
            returns: |given| returns_of($aggregate, given),
            evaluate: |call| evaluate($aggregate, call),
        };)*
    };
}

over_list! {
    LIST_AVG "list_avg" of "avg" "[1, 2, NULL]" "1.5"
    LIST_COUNT "list_count" of "count" "[1, 2, NULL]" "2"
    LIST_MIN "list_min" of "min" "[3, 1, NULL]" "1"
    LIST_MAX "list_max" of "max" "[3, 1, NULL]" "3"
    LIST_SUM "list_sum" of "sum" "[3, 1, NULL]" "4"
    LIST_PRODUCT "list_product" of "product" "[2, 3, NULL]" "6.0"
    LIST_MEDIAN "list_median" of "median" "[1, 2]" "1.5"
    LIST_MODE "list_mode" of "mode" "[1, 2, 2]" "2"
    LIST_FIRST "list_first" of "first_value" "[3, 1]" "3"
    LIST_LAST "list_last" of "last_value" "[3, 1]" "1"
    LIST_ANY_VALUE "list_any_value" of "any_value" "[NULL, 1]" "1"
    LIST_HISTOGRAM "list_histogram" of "histogram" "[1, 2, 2]" "{1: 1, 2: 2}"
    LIST_ENTROPY "list_entropy" of "entropy" "[1, 2]" "1.0"
    LIST_MAD "list_mad" of "mad" "[1, 2, 4, 100]" "1.5"
    LIST_SKEWNESS "list_skewness" of "skewness" "[1, 2, 3]" "0.0"
    LIST_KURTOSIS "list_kurtosis" of "kurtosis" "[1, 1, 2, 2]" "-6.0"
    LIST_KURTOSIS_POP "list_kurtosis_pop" of "kurtosis_pop" "[1, 1, 2, 2]" "-2.0"
    LIST_SEM "list_sem" of "sem" "[1, 3, 1, 3]" "0.5"
    LIST_STDDEV_POP "list_stddev_pop" of "stddev_pop" "[1, 3]" "1.0"
    LIST_STDDEV_SAMP "list_stddev_samp" of "stddev_samp" "[1, 3, 5]" "2.0"
    LIST_VAR_POP "list_var_pop" of "var_pop" "[1, 3]" "1.0"
    LIST_VAR_SAMP "list_var_samp" of "var_samp" "[1, 3]" "2.0"
    LIST_BOOL_AND "list_bool_and" of "bool_and" "[true, false]" "false"
    LIST_BOOL_OR "list_bool_or" of "bool_or" "[true, false]" "true"
    LIST_BIT_AND "list_bit_and" of "bit_and" "[5, 3]" "1"
    LIST_BIT_OR "list_bit_or" of "bit_or" "[5, 3]" "7"
    LIST_BIT_XOR "list_bit_xor" of "bit_xor" "[5, 3]" "6"
    LIST_APPROX_COUNT_DISTINCT "list_approx_count_distinct" of "approx_distinct" "[5, 3, 3]" "2"
}

pub(super) const LIST_STRING_AGG: Scalar = Scalar {
    names: &["list_string_agg"],
    manual: Manual {
        usage: "list_string_agg(list)",
        description: "The texts of a list with commas between them.",
        example: "SELECT list_string_agg(['a', 'b'])",
        result: "a,b",
    },
    takes: &[&[Kind::Texts]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let lists = call.list(0)?;
        let texts = datafusion::arrow::array::AsArray::as_string::<i32>(lists.array.values());
        call.write_text(|row, out| {
            let mut found = false;
            for at in lists.range(row)?.filter(|at| texts.is_valid(*at)) {
                if found {
                    out.push(',');
                }
                found = true;
                out.push_str(texts.value(at));
            }
            found.then_some(Ok(()))
        })
    },
};
