//! Table functions with constant arguments: `read_csv('a.csv', header => true)`.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;
use datafusion::execution::SessionState;

use crate::{Error, Result, closest, sql_type_name};

/// One parameter of a table function.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// The name used with `=>`.
    pub name: &'static str,
    /// The SQL type, for people: `VARCHAR`, `BOOLEAN`, `VARCHAR | VARCHAR[]`.
    pub type_name: &'static str,
    /// The default as SQL text; `None` for a parameter that must be given.
    pub default: Option<&'static str>,
    /// What it does, in one sentence.
    pub description: &'static str,
}

/// The manual of a table function, from which argument checks, help, completion,
/// `system.functions` and the reference page are made.
#[derive(Debug, Clone, Copy)]
pub struct Signature {
    /// The name in SQL.
    pub name: &'static str,
    /// Other names for the same function.
    pub aliases: &'static [&'static str],
    /// What it returns, in a sentence or two.
    pub description: &'static str,
    /// Parameters in positional order.
    pub parameters: &'static [Parameter],
    /// How many of the parameters may be given by position.
    pub positional: usize,
    /// A query that runs.
    pub example: &'static str,
}

impl Signature {
    /// The call as a person would write it: `read_csv(path, delim => VARCHAR, …)`.
    pub fn usage(&self) -> String {
        let parameters: Vec<String> = self
            .parameters
            .iter()
            .enumerate()
            .map(|(index, parameter)| match index < self.positional {
                true => parameter.name.to_string(),
                false => format!("{} => {}", parameter.name, parameter.type_name),
            })
            .collect();
        format!("{}({})", self.name, parameters.join(", "))
    }
}

/// A table function whose arguments are constants. It is resolved before the query is planned, so it
/// may do I/O, such as listing files and reading their schema.
#[async_trait]
pub trait ScanFunction: Debug + Send + Sync {
    /// The manual.
    fn signature(&self) -> &Signature;

    /// The table that the call stands for.
    async fn scan(
        &self,
        arguments: &Arguments,
        state: &SessionState,
    ) -> Result<Arc<dyn TableProvider>>;
}

/// The checked arguments of a call: each belongs to a parameter of the signature, none twice.
#[derive(Debug, Clone)]
pub struct Arguments {
    function: &'static str,
    values: Vec<(&'static str, ScalarValue)>,
}

impl Arguments {
    /// Matches positional and named values with the signature's parameters.
    ///
    /// # Errors
    /// Too many positional values, an unknown or repeated name, or a required parameter left out.
    pub fn new(
        signature: &Signature,
        positional: Vec<ScalarValue>,
        named: Vec<(String, ScalarValue)>,
    ) -> Result<Self> {
        let function = signature.name;
        if positional.len() > signature.positional {
            return Err(Error::invalid_input(format!(
                "{function} takes {} positional argument{}, not {}",
                signature.positional,
                if signature.positional == 1 { "" } else { "s" },
                positional.len()
            ))
            .with_hint(format!("usage: {}", signature.usage())));
        }
        let mut values: Vec<(&'static str, ScalarValue)> =
            signature.parameters.iter().map(|parameter| parameter.name).zip(positional).collect();
        for (name, value) in named {
            let Some(parameter) =
                signature.parameters.iter().find(|p| p.name.eq_ignore_ascii_case(&name))
            else {
                let names = || signature.parameters.iter().map(|p| p.name);
                let error = Error::invalid_input(format!("{function} has no parameter '{name}'"));
                let known = names().collect::<Vec<_>>().join(", ");
                return Err(match closest(&name, names()) {
                    Some(near) => {
                        error.with_hint(format!("did you mean '{near}'? parameters: {known}"))
                    }
                    None => error.with_hint(format!("parameters: {known}")),
                });
            };
            if values.iter().any(|(given, _)| *given == parameter.name) {
                return Err(Error::invalid_input(format!(
                    "{function}: parameter '{}' is given twice",
                    parameter.name
                )));
            }
            values.push((parameter.name, value));
        }
        for parameter in signature.parameters {
            let given = values.iter().any(|(name, _)| *name == parameter.name);
            if parameter.default.is_none() && !given {
                return Err(Error::invalid_input(format!(
                    "{function} needs the argument '{}'",
                    parameter.name
                ))
                .with_hint(format!("usage: {}", signature.usage())));
            }
        }
        Ok(Self { function, values })
    }

    /// The value as given, or `None` if the parameter was left out or is NULL.
    pub fn value(&self, name: &str) -> Option<&ScalarValue> {
        debug_assert!(!name.is_empty());
        self.values
            .iter()
            .find(|(given, value)| *given == name && !value.is_null())
            .map(|(_, value)| value)
    }

    /// The arguments that were given, in the order of the call; NULLs are left out.
    pub fn given(&self) -> impl Iterator<Item = (&'static str, &ScalarValue)> {
        self.values.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (*name, value))
    }

    /// The values of an argument that is one value or a list of values; empty if left out.
    pub fn elements(&self, name: &str) -> Result<Vec<ScalarValue>> {
        let Some(value) = self.value(name) else {
            return Ok(vec![]);
        };
        match list_elements(value) {
            Some(elements) => (0..elements.len())
                .map(|index| Ok(ScalarValue::try_from_array(&elements, index)?))
                .collect(),
            None => Ok(vec![value.clone()]),
        }
    }

    /// A text argument.
    pub fn string(&self, name: &str) -> Result<Option<String>> {
        self.value(name)
            .map(|value| match value.try_as_str() {
                Some(Some(text)) => Ok(text.to_string()),
                _ => Err(self.wrong_type(name, "a string", value)),
            })
            .transpose()
    }

    /// A text argument, or a list of texts; empty if left out.
    pub fn strings(&self, name: &str) -> Result<Vec<String>> {
        let Some(value) = self.value(name) else {
            return Ok(vec![]);
        };
        match (value.try_as_str(), list_elements(value)) {
            (Some(Some(text)), _) => Ok(vec![text.to_string()]),
            (_, Some(elements)) => (0..elements.len())
                .map(|index| {
                    let element = ScalarValue::try_from_array(&elements, index)?;
                    match element.try_as_str() {
                        Some(Some(text)) => Ok(text.to_string()),
                        _ => Err(self.wrong_type(name, "a list of strings", &element)),
                    }
                })
                .collect(),
            _ => Err(self.wrong_type(name, "a string or a list of strings", value)),
        }
    }

    /// A truth value; `1` and `0` count, as in DuckDB.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>> {
        self.value(name)
            .map(|value| match value {
                ScalarValue::Boolean(Some(truth)) => Ok(*truth),
                ScalarValue::Int64(Some(0)) => Ok(false),
                ScalarValue::Int64(Some(1)) => Ok(true),
                _ => match value.try_as_str() {
                    Some(Some(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
                    Some(Some(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
                    _ => Err(self.wrong_type(name, "true or false", value)),
                },
            })
            .transpose()
    }

    /// A whole number.
    pub fn integer(&self, name: &str) -> Result<Option<i64>> {
        self.value(name)
            .map(|value| match value.cast_to(&arrow::datatypes::DataType::Int64) {
                Ok(ScalarValue::Int64(Some(number))) if value.data_type().is_integer() => {
                    Ok(number)
                }
                _ => Err(self.wrong_type(name, "a whole number", value)),
            })
            .transpose()
    }

    /// A number.
    pub fn float(&self, name: &str) -> Result<Option<f64>> {
        self.value(name)
            .map(|value| match value.cast_to(&arrow::datatypes::DataType::Float64) {
                Ok(ScalarValue::Float64(Some(number))) if value.data_type().is_numeric() => {
                    Ok(number)
                }
                _ => Err(self.wrong_type(name, "a number", value)),
            })
            .transpose()
    }

    /// The fields of a struct argument such as `{'a': 'BIGINT', 'b': 'DATE'}`, each a text.
    pub fn string_fields(&self, name: &str) -> Result<Option<Vec<(String, String)>>> {
        self.value(name)
            .map(|value| match value {
                ScalarValue::Struct(fields) => fields
                    .fields()
                    .iter()
                    .zip(fields.columns())
                    .map(|(field, column)| {
                        let element = ScalarValue::try_from_array(column, 0)?;
                        match element.try_as_str() {
                            Some(Some(text)) => Ok((field.name().clone(), text.to_string())),
                            _ => Err(self.wrong_type(name, "a struct of strings", &element)),
                        }
                    })
                    .collect(),
                _ => Err(self.wrong_type(name, "a struct such as {'a': 'BIGINT'}", value)),
            })
            .transpose()
    }

    /// The error for a value that cannot be used.
    pub fn invalid(&self, name: &str, expected: &str, value: impl std::fmt::Display) -> Error {
        Error::invalid_input(format!(
            "{}: parameter '{name}' must be {expected}, not {value}",
            self.function
        ))
    }

    fn wrong_type(&self, name: &str, expected: &str, value: &ScalarValue) -> Error {
        self.invalid(
            name,
            expected,
            format_args!("{value} ({})", sql_type_name(&value.data_type())),
        )
    }
}

fn list_elements(value: &ScalarValue) -> Option<ArrayRef> {
    match value {
        ScalarValue::List(list) => Some(list.value(0)),
        ScalarValue::LargeList(list) => Some(list.value(0)),
        ScalarValue::FixedSizeList(list) => Some(list.value(0)),
        _ => None,
    }
}
