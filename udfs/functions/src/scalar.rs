//! A scalar function in one literal: its names, its manual, what it takes and how it is computed.
//!
//! Families are lists of such literals. This module turns one into what DataFusion calls: it picks the
//! overload that fits the arguments, hands the kernel arrays with the constants marked, and writes the
//! documentation from the same words.

mod call;
mod kind;

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};
use extension::{Error, Result, SQL_TYPE_KEY, sql_type_name};

pub(crate) use call::{Call, Text, Values, text_list};
pub(crate) use kind::{Kind, resolve};

use crate::manual::{self, Manual};

/// A scalar function.
pub(crate) struct Scalar {
    /// The name, and others for the same function.
    pub(crate) names: &'static [&'static str],
    /// What it returns, for people.
    pub(crate) manual: Manual,
    /// The argument lists it accepts; the one that costs the fewest conversions is taken.
    pub(crate) takes: &'static [&'static [Kind]],
    /// The type of the result, from what is given.
    pub(crate) returns: fn(&Given) -> Result<DataType>,
    /// The kernel.
    pub(crate) evaluate: fn(&Call) -> Result<ArrayRef>,
}

impl Scalar {
    /// The function as DataFusion knows it.
    pub(crate) fn udf(&'static self, family: &'static str) -> Arc<ScalarUDF> {
        self.with_volatility(family, Volatility::Immutable)
    }

    /// A function whose text is of an SQL type of its own, such as JSON.
    pub(crate) fn tagged_udf(
        &'static self,
        family: &'static str,
        sql_type: Option<&'static str>,
    ) -> Arc<ScalarUDF> {
        let function = self.function(family, Volatility::Immutable);
        Arc::new(ScalarUDF::new_from_impl(Function { sql_type, ..function }))
    }

    /// A function whose result is another for each row or query.
    pub(crate) fn volatile_udf(&'static self, family: &'static str) -> Arc<ScalarUDF> {
        self.with_volatility(family, Volatility::Volatile)
    }

    fn with_volatility(
        &'static self,
        family: &'static str,
        volatility: Volatility,
    ) -> Arc<ScalarUDF> {
        Arc::new(ScalarUDF::new_from_impl(self.function(family, volatility)))
    }

    fn function(&'static self, family: &'static str, volatility: Volatility) -> Function {
        let (name, aliases) = manual::split_names(self.names);
        let arguments = self.takes.iter().max_by_key(|kinds| kinds.len()).copied().unwrap_or(&[]);
        let kinds: Vec<&str> = arguments.iter().map(|kind| kind.description()).collect();
        Function {
            scalar: self,
            name,
            aliases,
            sql_type: None,
            signature: Signature::user_defined(volatility),
            documentation: self.manual.documentation(family, &kinds),
        }
    }
}

/// What is known of the arguments when a query is planned: their types, to which this derefs.
pub(crate) struct Given<'a> {
    types: &'a [DataType],
    constants: &'a [Option<&'a ScalarValue>],
}

impl Given<'_> {
    /// The text of a constant argument.
    pub(crate) fn text(&self, index: usize) -> Option<&str> {
        self.constant(index)?.try_as_str().flatten()
    }

    /// A constant argument.
    pub(crate) fn constant(&self, index: usize) -> Option<&ScalarValue> {
        self.constants.get(index).copied().flatten()
    }
}

impl std::ops::Deref for Given<'_> {
    type Target = [DataType];

    fn deref(&self) -> &[DataType] {
        self.types
    }
}

/// The field of a result; a text may be of an SQL type of its own.
pub(crate) fn tagged(field: Field, sql_type: Option<&str>) -> Field {
    match sql_type {
        Some(sql_type) if field.data_type().is_string() => {
            field.with_metadata(HashMap::from([(SQL_TYPE_KEY.to_string(), sql_type.to_string())]))
        }
        _ => field,
    }
}

struct Function {
    scalar: &'static Scalar,
    name: &'static str,
    aliases: Vec<String>,
    sql_type: Option<&'static str>,
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

impl ScalarUDFImpl for Function {
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
        Ok(kind::resolve(self.scalar.takes, given).ok_or_else(|| {
            let given: Vec<String> = given.iter().map(sql_type_name).collect();
            Error::invalid_input(format!("no function {}({})", self.name, given.join(", ")))
                .with_hint(format!("usage: {}", self.scalar.manual.usage))
        })?)
    }

    fn return_type(&self, types: &[DataType]) -> DataFusionResult<DataType> {
        Ok((self.scalar.returns)(&Given { types, constants: &[] })?)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> DataFusionResult<FieldRef> {
        let types: Vec<DataType> =
            args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let given = Given { types: &types, constants: args.scalar_arguments };
        let field = Field::new(self.name, (self.scalar.returns)(&given)?, true);
        Ok(Arc::new(tagged(field, self.sql_type)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        // Constants are computed once; a volatile function is another for each row.
        let once = self.signature.volatility == Volatility::Immutable
            && args.args.iter().all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let rows = if once { 1 } else { args.number_rows };
        let call = Call::new(self.name, args, rows)?;
        let result = (self.scalar.evaluate)(&call).map_err(|error| {
            match error.message().contains(self.name) {
                true => error,
                false => error.context(self.name),
            }
        })?;
        match once {
            true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?)),
            false => Ok(ColumnarValue::Array(result)),
        }
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
