//! `nextval(name)` and `currval(name)`: numbers of a sequence.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, Int64Array, Int64Builder, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, TableReference};
use datafusion::logical_expr::{
    ColumnarValue, DocSection, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature,
    Volatility,
};
use extension::Error;

use crate::SessionObjects;

/// One of the two functions.
#[derive(Debug)]
pub(super) struct SequenceValue {
    name: &'static str,
    advances: bool,
    objects: Arc<SessionObjects>,
    signature: Signature,
    documentation: Documentation,
}

impl SequenceValue {
    pub(super) fn next(objects: Arc<SessionObjects>) -> Self {
        Self::new(
            "nextval",
            true,
            objects,
            "The next number of a sequence: another one for each row.",
            "CREATE OR REPLACE SEQUENCE ids; SELECT nextval('ids'); -- 1",
        )
    }

    pub(super) fn current(objects: Arc<SessionObjects>) -> Self {
        Self::new(
            "currval",
            false,
            objects,
            "The number of a sequence that nextval gave out last.",
            "CREATE OR REPLACE SEQUENCE ids START 7; SELECT nextval('ids'); SELECT currval('ids'); -- 7",
        )
    }

    fn new(
        name: &'static str,
        advances: bool,
        objects: Arc<SessionObjects>,
        description: &str,
        example: &str,
    ) -> Self {
        let documentation = Documentation::builder(
            DocSection { include: true, label: "session", description: None },
            description,
            format!("{name}(sequence)"),
        )
        .with_argument("sequence", "The name of the sequence, as a text.")
        .with_sql_example(example)
        .build();
        let signature = Signature::string(1, Volatility::Volatile);
        Self { name, advances, objects, signature, documentation }
    }

    fn values(&self, sequence: &str, schema: &str, count: usize) -> extension::Result<Vec<i64>> {
        let reference = TableReference::parse_str(sequence);
        let (schema, name) = (reference.schema().unwrap_or(schema), reference.table());
        match self.advances {
            true => self.objects.sequences.next(schema, name, count),
            false => Ok(vec![self.objects.sequences.current(schema, name)?; count]),
        }
    }
}

impl PartialEq for SequenceValue {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.objects, &other.objects)
    }
}

impl Eq for SequenceValue {}

impl Hash for SequenceValue {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for SequenceValue {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let schema = arguments.config_options.catalog.default_schema.as_str();
        let rows = arguments.number_rows;
        match arguments.args.first() {
            Some(ColumnarValue::Scalar(name)) => match name.try_as_str().flatten() {
                Some(name) => {
                    let values = self.values(name, schema, rows)?;
                    Ok(ColumnarValue::Array(Arc::new(Int64Array::from(values))))
                }
                None => Ok(ColumnarValue::Scalar(ScalarValue::Int64(None))),
            },
            Some(ColumnarValue::Array(names)) => {
                let names = cast(names, &DataType::Utf8)?;
                let mut values = Int64Builder::with_capacity(rows);
                let names = names.as_any().downcast_ref::<StringArray>();
                for name in names.into_iter().flat_map(|names| names.iter()) {
                    match name {
                        Some(name) => values.append_slice(&self.values(name, schema, 1)?),
                        None => values.append_null(),
                    }
                }
                Ok(ColumnarValue::Array(Arc::new(values.finish())))
            }
            None => Err(Error::internal("the name of a sequence is missing").into()),
        }
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
