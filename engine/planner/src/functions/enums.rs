//! `enum_range(e)`, `enum_first`, `enum_last`, `enum_code` and `enum_range_boundary`: the values of an
//! ENUM, which its field names.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ListBuilder, StringArray, StringBuilder, UInt16Array,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, DocSection, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl,
    Signature, TypeSignature, Volatility,
};
use extension::{Error, SQL_TYPE_KEY};

use crate::types::members;

/// What a function tells of an ENUM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    Range,
    First,
    Last,
    Code,
    Boundary,
}

/// One of the functions.
#[derive(Debug)]
pub(super) struct OfEnum {
    asks: Asks,
    signature: Signature,
    documentation: Documentation,
}

/// The list.
pub(super) fn all() -> Vec<OfEnum> {
    vec![
        OfEnum::new(
            Asks::Range,
            "All values of the ENUM that the argument is of, be it NULL, in their order.",
            "enum_range(value)",
            "CREATE OR REPLACE TYPE mood AS ENUM ('sad', 'ok'); SELECT enum_range(NULL::mood); -- [sad, ok]",
        ),
        OfEnum::new(
            Asks::First,
            "The first value of the ENUM that the argument is of.",
            "enum_first(value)",
            "CREATE OR REPLACE TYPE mood AS ENUM ('sad', 'ok'); SELECT enum_first(NULL::mood); -- sad",
        ),
        OfEnum::new(
            Asks::Last,
            "The last value of the ENUM that the argument is of.",
            "enum_last(value)",
            "CREATE OR REPLACE TYPE mood AS ENUM ('sad', 'ok'); SELECT enum_last(NULL::mood); -- ok",
        ),
        OfEnum::new(
            Asks::Code,
            "The place of the value in its ENUM, counted from 0.",
            "enum_code(value)",
            "CREATE OR REPLACE TYPE mood AS ENUM ('sad', 'ok'); SELECT enum_code('ok'::mood); -- 1",
        ),
        OfEnum::new(
            Asks::Boundary,
            "The values of an ENUM from the first argument to the second; NULL stands for the first or last one.",
            "enum_range_boundary(first, last)",
            "CREATE OR REPLACE TYPE mood AS ENUM ('sad', 'ok'); SELECT enum_range_boundary('ok'::mood, NULL); -- [ok]",
        ),
    ]
}

impl OfEnum {
    fn new(asks: Asks, description: &str, usage: &str, example: &str) -> Self {
        let documentation = Documentation::builder(
            DocSection { include: true, label: "others", description: None },
            description,
            usage,
        )
        .with_argument("value", "A value of an ENUM.")
        .with_sql_example(example)
        .build();
        let count = if asks == Asks::Boundary { 2 } else { 1 };
        let signature = Signature::new(TypeSignature::Any(count), Volatility::Immutable);
        Self { asks, signature, documentation }
    }

    /// The values of the ENUM among the arguments.
    fn members(&self, fields: &[FieldRef]) -> Result<Vec<String>> {
        let name = fields.iter().find_map(|field| {
            field.metadata().get(SQL_TYPE_KEY).filter(|name| name.starts_with("ENUM("))
        });
        match name {
            Some(name) => Ok(members(name)),
            None => Err(Error::invalid_input(format!("{} takes a value of an ENUM", self.name()))
                .with_hint("cast a text to the ENUM first: 'x'::name")
                .into()),
        }
    }
}

impl PartialEq for OfEnum {
    fn eq(&self, other: &Self) -> bool {
        self.asks == other.asks
    }
}

impl Eq for OfEnum {}

impl Hash for OfEnum {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

/// The texts of an argument.
fn texts(value: &ColumnarValue, rows: usize) -> Result<StringArray> {
    let array = cast(&value.to_array(rows)?, &DataType::Utf8)?;
    match array.as_any().downcast_ref::<StringArray>() {
        Some(texts) => Ok(texts.clone()),
        None => internal_err!("a cast to text is one"),
    }
}

impl ScalarUDFImpl for OfEnum {
    fn name(&self) -> &str {
        match self.asks {
            Asks::Range => "enum_range",
            Asks::First => "enum_first",
            Asks::Last => "enum_last",
            Asks::Code => "enum_code",
            Asks::Boundary => "enum_range_boundary",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(match self.asks {
            Asks::Range | Asks::Boundary => DataType::new_list(DataType::Utf8, true),
            Asks::First | Asks::Last => DataType::Utf8,
            Asks::Code => DataType::UInt16,
        })
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.members(arguments.arg_fields)?;
        Ok(Arc::new(Field::new(self.name(), self.return_type(&[])?, true)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let members = self.members(&arguments.arg_fields)?;
        let rows = arguments.number_rows;
        let place = |text: &str| members.iter().position(|member| member == text);
        let all = |values: &[String]| -> ArrayRef {
            let mut lists = ListBuilder::new(StringBuilder::new());
            (0..rows).for_each(|_| lists.append_value(values.iter().map(Some)));
            Arc::new(lists.finish())
        };
        let same = |value: Option<&String>| -> ArrayRef {
            Arc::new(StringArray::from_iter(std::iter::repeat_n(value, rows)))
        };
        let array: ArrayRef = match (self.asks, arguments.args.as_slice()) {
            (Asks::Range, _) => all(&members),
            (Asks::First, _) => same(members.first()),
            (Asks::Last, _) => same(members.last()),
            (Asks::Code, [value]) => {
                let codes = texts(value, rows)?;
                let codes = codes.iter().map(|text| place(text?).map(|place| place as u16));
                Arc::new(UInt16Array::from_iter(codes))
            }
            (Asks::Boundary, [first, last]) => {
                let (first, last) = (texts(first, rows)?, texts(last, rows)?);
                let mut lists = ListBuilder::new(StringBuilder::new());
                for (first, last) in first.iter().zip(&last) {
                    let start = first.and_then(place).unwrap_or(0);
                    let end = last.and_then(place).map_or(members.len(), |place| place + 1);
                    let range = members.get(start..end).unwrap_or_default();
                    lists.append_value(range.iter().map(Some));
                }
                Arc::new(lists.finish())
            }
            _ => return internal_err!("{} has other arguments", self.name()),
        };
        Ok(ColumnarValue::Array(array))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
