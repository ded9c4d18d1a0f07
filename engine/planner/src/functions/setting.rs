//! `current_setting(name)`: the value of a setting.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, StringArray, StringBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::config::ConfigOptions;
use datafusion::logical_expr::{
    ColumnarValue, DocSection, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature,
    Volatility,
};
use extension::{Error, closest};

use crate::SessionObjects;

/// The function, over the settings that its session tells.
#[derive(Debug)]
pub(super) struct CurrentSetting {
    objects: Arc<SessionObjects>,
    signature: Signature,
    documentation: Documentation,
}

impl CurrentSetting {
    pub(super) fn new(objects: Arc<SessionObjects>) -> Self {
        let documentation = Documentation::builder(
            DocSection { include: true, label: "session", description: None },
            "The value of a setting, as a text.",
            "current_setting(name)",
        )
        .with_argument("name", "The name of the setting.")
        .with_sql_example("SELECT current_setting('default_schema'); -- main")
        .build();
        let signature = Signature::string(1, Volatility::Stable);
        Self { objects, signature, documentation }
    }

    fn value(&self, name: &str, options: &ConfigOptions) -> extension::Result<Option<String>> {
        let settings = self.objects.settings(options);
        let found = settings.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        match found {
            Some((_, value)) => Ok(value.clone()),
            None => {
                let error = Error::not_found(format!("unrecognized setting '{name}'"));
                Err(match closest(name, settings.iter().map(|(known, _)| known.as_str())) {
                    Some(near) => error.with_hint(format!("did you mean '{near}'?")),
                    None => error.with_hint("SELECT name FROM system.settings lists them"),
                })
            }
        }
    }
}

impl PartialEq for CurrentSetting {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.objects, &other.objects)
    }
}

impl Eq for CurrentSetting {}

impl Hash for CurrentSetting {
    fn hash<H: Hasher>(&self, state: &mut H) {
        "current_setting".hash(state);
    }
}

impl ScalarUDFImpl for CurrentSetting {
    fn name(&self) -> &str {
        "current_setting"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let options = &arguments.config_options;
        match arguments.args.first() {
            Some(ColumnarValue::Scalar(name)) => {
                let value = match name.try_as_str().flatten() {
                    Some(name) => self.value(name, options)?,
                    None => None,
                };
                Ok(ColumnarValue::Scalar(ScalarValue::Utf8(value)))
            }
            Some(ColumnarValue::Array(names)) => {
                let names = cast(names, &DataType::Utf8)?;
                let mut values = StringBuilder::new();
                let names = names.as_any().downcast_ref::<StringArray>();
                for name in names.into_iter().flat_map(|names| names.iter()) {
                    values.append_option(match name {
                        Some(name) => self.value(name, options)?,
                        None => None,
                    });
                }
                Ok(ColumnarValue::Array(Arc::new(values.finish())))
            }
            None => Err(Error::internal("the name of a setting is missing").into()),
        }
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
