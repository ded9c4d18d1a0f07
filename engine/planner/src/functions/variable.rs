//! `getvariable(name)`: what `SET VARIABLE` kept.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, DocSection, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl,
    Signature, Volatility,
};
use extension::Error;

use crate::SessionObjects;

/// The function, over the variables of its session.
#[derive(Debug)]
pub(super) struct GetVariable {
    objects: Arc<SessionObjects>,
    signature: Signature,
    documentation: Documentation,
}

impl GetVariable {
    pub(super) fn new(objects: Arc<SessionObjects>) -> Self {
        let documentation = Documentation::builder(
            DocSection { include: true, label: "session", description: None },
            "The value that SET VARIABLE gave the variable, or NULL if there is none.",
            "getvariable(name)",
        )
        .with_argument("name", "The name of the variable, a constant text.")
        .with_sql_example("SET VARIABLE answer = 42; SELECT getvariable('answer'); -- 42")
        .build();
        let signature = Signature::string(1, Volatility::Stable);
        Self { objects, signature, documentation }
    }

    fn value(&self, name: Option<&ScalarValue>) -> Result<ScalarValue> {
        match name.map(ScalarValue::try_as_str) {
            Some(Some(Some(name))) => {
                let variables = self.objects.variables.read();
                Ok(variables.get(&name.to_lowercase()).cloned().unwrap_or(ScalarValue::Null))
            }
            Some(Some(None)) => Ok(ScalarValue::Null),
            _ => Err(Error::invalid_input(
                "getvariable takes the name of a variable as a constant text",
            )
            .into()),
        }
    }
}

impl PartialEq for GetVariable {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.objects, &other.objects)
    }
}

impl Eq for GetVariable {}

impl Hash for GetVariable {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.objects).hash(state);
    }
}

impl ScalarUDFImpl for GetVariable {
    fn name(&self) -> &str {
        "getvariable"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        internal_err!("the type of a variable follows from its name")
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let value = self.value(arguments.scalar_arguments.first().copied().flatten())?;
        Ok(Arc::new(Field::new(self.name(), value.data_type(), true)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(ColumnarValue::Scalar(name)) = arguments.args.first() else {
            return Err(Error::invalid_input("the name of a variable is a constant").into());
        };
        // The variable may have changed since the statement was planned.
        let value = self.value(Some(name))?.cast_to(arguments.return_field.data_type())?;
        Ok(ColumnarValue::Scalar(value))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
