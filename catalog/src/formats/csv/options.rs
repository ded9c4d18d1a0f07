//! The options of CSV files, under DuckDB's names.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use extension::{Arguments, Parameter, Result, parse_sql_type};

use crate::formats::{Compression, compression, json};

macro_rules! parameters {
    ($($name:literal $type_name:literal $default:literal $description:literal)*) => {
        &[$(Parameter {
            name: $name, type_name: $type_name, default: Some($default), description: $description,
        },)* compression::PARAMETER]
    };
}

/// Every option, in the order in which help lists them.
pub(crate) const PARAMETERS: &[Parameter] = parameters! {
    "delim" "VARCHAR" "'auto'" "what stands between fields, one character"
    "sep" "VARCHAR" "'auto'" "the same as delim"
    "delimiter" "VARCHAR" "'auto'" "the same as delim"
    "header" "BOOLEAN" "auto" "whether the first line names the columns"
    "quote" "VARCHAR" "'auto'" "what stands around fields with special characters, or '' for nothing"
    "escape" "VARCHAR" "'auto'" "what stands before a quote inside of quotes"
    "comment" "VARCHAR" "''" "lines that start with this character are left out"
    "skip" "BIGINT" "0" "how many lines to leave out at the start"
    "nullstr" "VARCHAR | VARCHAR[]" "''" "texts that mean NULL"
    "allow_quoted_nulls" "BOOLEAN" "true" "whether such a text means NULL in quotes as well"
    "names" "VARCHAR[]" "NULL" "names for the first columns, instead of those in the file"
    "columns" "STRUCT" "NULL" "names and types of all columns, such as {'id': 'BIGINT', 'day': 'DATE'}"
    "types" "STRUCT | VARCHAR[]" "NULL" "types by name, such as {'id': 'VARCHAR'}, or in order"
    "dtypes" "STRUCT | VARCHAR[]" "NULL" "the same as types"
    "column_types" "STRUCT | VARCHAR[]" "NULL" "the same as types"
    "all_varchar" "BOOLEAN" "false" "read every column as VARCHAR"
    "sample_size" "BIGINT" "20480" "how many records the types are found from; -1 for all"
    "dateformat" "VARCHAR" "NULL" "how dates are written, such as '%d/%m/%Y'"
    "timestampformat" "VARCHAR" "NULL" "how timestamps are written, such as '%d/%m/%Y %H:%M'"
    "decimal_separator" "VARCHAR" "'.'" "what stands before the decimals, . or ,"
    "ignore_errors" "BOOLEAN" "false" "leave out records that do not fit"
    "null_padding" "BOOLEAN" "false" "fill short records up with NULL"
    "max_line_size" "BIGINT" "16777216" "the largest record, in bytes"
    "parallel" "BOOLEAN" "true" "read parts of a large file at the same time"
};

/// Checked options; `None` where the sniffer decides.
#[derive(Debug, Clone)]
pub(crate) struct CsvOptions {
    pub delimiter: Option<u8>,
    pub header: Option<bool>,
    /// `Some(None)` for no quotes at all.
    pub quote: Option<Option<u8>>,
    pub escape: Option<Option<u8>>,
    pub comment: Option<u8>,
    pub skip: usize,
    pub nulls: Nulls,
    pub names: Vec<String>,
    pub columns: Option<Vec<(String, DataType)>>,
    pub types: Types,
    pub all_varchar: bool,
    /// `None` for all records.
    pub sample_size: Option<usize>,
    pub date_format: Option<String>,
    pub timestamp_format: Option<String>,
    pub decimal_comma: bool,
    pub ignore_errors: bool,
    pub null_padding: bool,
    pub compression: Option<Compression>,
    pub max_line_size: usize,
    pub parallel: bool,
}

/// Types that a person chose.
#[derive(Debug, Clone, Default)]
pub(crate) enum Types {
    #[default]
    Found,
    ByName(Vec<(String, DataType)>),
    InOrder(Vec<DataType>),
}

/// The texts that mean NULL.
#[derive(Debug, Clone)]
pub(crate) struct Nulls {
    /// Whether the empty text is one of them.
    pub empty: bool,
    /// The others.
    pub texts: Vec<Vec<u8>>,
    /// Whether they count in quotes.
    pub quoted: bool,
}

impl CsvOptions {
    /// Checks the arguments of a call.
    pub(crate) fn from_arguments(arguments: &Arguments, delimiter: Option<u8>) -> Result<Self> {
        let given = one_of(arguments, &["delim", "sep", "delimiter"])?;
        let delimiter = match given {
            Some(name) => character(arguments, name)?.flatten(),
            None => delimiter,
        };
        let comment = character(arguments, "comment")?.flatten();
        let skip = match arguments.integer("skip")? {
            None => 0,
            Some(number) => usize::try_from(number)
                .map_err(|_| arguments.invalid("skip", "zero or a positive number", number))?,
        };
        let max_line_size = match arguments.integer("max_line_size")? {
            None => 16 << 20,
            Some(number) => match usize::try_from(number) {
                Ok(size) if size > 0 => size,
                _ => return Err(arguments.invalid("max_line_size", "a positive number", number)),
            },
        };
        let null_texts = match arguments.value("nullstr") {
            Some(_) => arguments.strings("nullstr")?,
            None => vec![String::new()],
        };
        let decimal_comma = match arguments.string("decimal_separator")?.as_deref() {
            None | Some(".") => false,
            Some(",") => true,
            Some(other) => {
                return Err(arguments.invalid(
                    "decimal_separator",
                    "'.' or ','",
                    format!("'{other}'"),
                ));
            }
        };
        let columns = arguments.string_fields("columns")?.map(named_types).transpose()?;
        let options = Self {
            delimiter,
            header: arguments.boolean("header")?,
            quote: character(arguments, "quote")?,
            escape: character(arguments, "escape")?,
            comment,
            skip,
            nulls: Nulls {
                empty: null_texts.iter().any(String::is_empty),
                texts: null_texts
                    .into_iter()
                    .filter(|text| !text.is_empty())
                    .map(String::into_bytes)
                    .collect(),
                quoted: arguments.boolean("allow_quoted_nulls")?.unwrap_or(true),
            },
            names: arguments.strings("names")?,
            columns,
            types: types(arguments)?,
            all_varchar: arguments.boolean("all_varchar")?.unwrap_or(false),
            sample_size: json::sample_size(arguments)?,
            date_format: arguments.string("dateformat")?,
            timestamp_format: arguments.string("timestampformat")?,
            decimal_comma,
            ignore_errors: arguments.boolean("ignore_errors")?.unwrap_or(false),
            null_padding: arguments.boolean("null_padding")?.unwrap_or(false),
            compression: Compression::from_arguments(arguments)?,
            max_line_size,
            parallel: arguments.boolean("parallel")?.unwrap_or(true),
        };
        if let (Some(delimiter), Some(Some(quote))) = (options.delimiter, options.quote)
            && delimiter == quote
        {
            return Err(arguments.invalid(
                "quote",
                "different from the delimiter",
                format!("'{}'", char::from(quote)),
            ));
        }
        if options.columns.is_some() && !options.names.is_empty() {
            return Err(arguments.invalid(
                "names",
                "left out when columns is given",
                "given as well",
            ));
        }
        Ok(options)
    }
}

/// The one name that is given of several for the same thing.
fn one_of(arguments: &Arguments, names: &[&'static str]) -> Result<Option<&'static str>> {
    let mut given = names.iter().copied().filter(|name| arguments.value(name).is_some());
    let first = given.next();
    match (first, given.next()) {
        (Some(first), Some(second)) => Err(arguments.invalid(
            second,
            &format!("left out when {first} is given"),
            "given as well",
        )),
        (first, _) => Ok(first),
    }
}

/// One character, or none if the text is empty.
fn character(arguments: &Arguments, name: &str) -> Result<Option<Option<u8>>> {
    let Some(text) = arguments.string(name)? else {
        return Ok(None);
    };
    match text.as_bytes() {
        b"auto" => Ok(None),
        [] => Ok(Some(None)),
        b"\\t" => Ok(Some(Some(b'\t'))),
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Ok(Some(Some(*byte))),
        _ => Err(arguments.invalid(name, "one ASCII character", format!("'{text}'"))),
    }
}

fn types(arguments: &Arguments) -> Result<Types> {
    let Some(name) = one_of(arguments, &["types", "dtypes", "column_types"])? else {
        return Ok(Types::Found);
    };
    match arguments.value(name) {
        Some(ScalarValue::Struct(_)) => {
            let fields = arguments.string_fields(name)?.unwrap_or_default();
            Ok(Types::ByName(named_types(fields)?))
        }
        _ => {
            let types = arguments.strings(name)?;
            Ok(Types::InOrder(types.iter().map(|text| read_type(text)).collect::<Result<_>>()?))
        }
    }
}

fn named_types(fields: Vec<(String, String)>) -> Result<Vec<(String, DataType)>> {
    fields
        .into_iter()
        .map(|(name, type_name)| {
            let data_type = read_type(&type_name)?;
            Ok((name, data_type))
        })
        .collect()
}

/// A type as our reader makes it.
fn read_type(text: &str) -> Result<DataType> {
    Ok(match parse_sql_type(text)? {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        other => other,
    })
}
