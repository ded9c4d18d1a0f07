//! `current_schema()` and `current_database()`.

use std::hash::{Hash, Hasher};

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::config::ConfigOptions;
use datafusion::logical_expr::{
    ColumnarValue, DocSection, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature,
    TypeSignature, Volatility,
};

/// One of the two functions.
#[derive(Debug)]
pub(super) struct CurrentName {
    name: &'static str,
    aliases: Vec<String>,
    signature: Signature,
    documentation: Documentation,
    value: fn(&ConfigOptions) -> &str,
}

impl CurrentName {
    pub(super) fn schema() -> Self {
        Self::new("current_schema", &[], "The schema of names without one.", "main", |options| {
            &options.catalog.default_schema
        })
    }

    pub(super) fn database() -> Self {
        Self::new(
            "current_database",
            &["current_catalog"],
            "The catalog of names without one.",
            "memory",
            |options| &options.catalog.default_catalog,
        )
    }

    fn new(
        name: &'static str,
        aliases: &[&str],
        description: &str,
        result: &str,
        value: fn(&ConfigOptions) -> &str,
    ) -> Self {
        let documentation = Documentation::builder(
            DocSection { include: true, label: "session", description: None },
            description,
            format!("{name}()"),
        )
        .with_sql_example(format!("SELECT {name}(); -- {result}"))
        .build();
        Self {
            name,
            aliases: aliases.iter().map(ToString::to_string).collect(),
            signature: Signature::one_of(vec![TypeSignature::Nullary], Volatility::Stable),
            documentation,
            value,
        }
    }
}

impl PartialEq for CurrentName {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for CurrentName {}

impl Hash for CurrentName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for CurrentName {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let value = (self.value)(&arguments.config_options);
        Ok(ColumnarValue::Scalar(ScalarValue::from(value)))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
