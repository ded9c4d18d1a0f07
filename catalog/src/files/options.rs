//! The options that every format has.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use extension::{Arguments, Parameter, Result, parse_sql_type};

/// The first argument of every function over files.
pub(crate) const PATH: Parameter = Parameter {
    name: "path",
    type_name: "VARCHAR | VARCHAR[]",
    default: None,
    description: "a file, a folder, a pattern with * ** ? [] {a,b}, or a list of them; local or s3://, gs://, az://, http(s)://",
};

/// The options, in the order in which help lists them.
pub(crate) const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "filename",
        type_name: "BOOLEAN | VARCHAR",
        default: Some("false"),
        description: "add a column with each row's file, named filename or as given",
    },
    Parameter {
        name: "file_row_number",
        type_name: "BOOLEAN",
        default: Some("false"),
        description: "add a column with each row's number in its file, from 0",
    },
    Parameter {
        name: "union_by_name",
        type_name: "BOOLEAN",
        default: Some("false"),
        description: "take the columns of all files together, NULL where a file lacks one",
    },
    Parameter {
        name: "hive_partitioning",
        type_name: "BOOLEAN",
        default: Some("auto"),
        description: "make columns of key=value folders; found out if left out",
    },
    Parameter {
        name: "hive_types",
        type_name: "STRUCT",
        default: Some("NULL"),
        description: "types of such columns, such as {'year': 'INTEGER'}",
    },
    Parameter {
        name: "hive_types_autocast",
        type_name: "BOOLEAN",
        default: Some("true"),
        description: "find out whether such columns are BIGINT, DATE or TIMESTAMP; otherwise they are VARCHAR",
    },
];

/// The checked options.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileOptions {
    /// The name of the column with the file.
    pub filename: Option<String>,
    /// The name of the column with the row's number.
    pub row_number: Option<String>,
    pub union_by_name: bool,
    /// `None` to find out.
    pub hive_partitioning: Option<bool>,
    pub hive_types: Vec<(String, DataType)>,
    pub hive_autocast: bool,
}

impl FileOptions {
    /// Checks the arguments of a call.
    pub(crate) fn from_arguments(arguments: &Arguments) -> Result<Self> {
        let filename = match arguments.value("filename") {
            Some(ScalarValue::Boolean(_) | ScalarValue::Int64(_)) | None => {
                arguments.boolean("filename")?.unwrap_or(false).then(|| "filename".to_string())
            }
            Some(_) => match arguments.string("filename")?.as_deref() {
                Some("true") => Some("filename".to_string()),
                Some("false") | None => None,
                Some("") => {
                    return Err(arguments.invalid("filename", "true, false or a name", "''"));
                }
                Some(name) => Some(name.to_string()),
            },
        };
        let hive_types = arguments
            .string_fields("hive_types")?
            .unwrap_or_default()
            .into_iter()
            .map(|(name, text)| Ok((name, parse_sql_type(&text)?)))
            .collect::<Result<Vec<_>>>()?;
        let hive_partitioning = arguments.boolean("hive_partitioning")?;
        Ok(Self {
            filename,
            row_number: arguments
                .boolean("file_row_number")?
                .unwrap_or(false)
                .then(|| "file_row_number".to_string()),
            union_by_name: arguments.boolean("union_by_name")?.unwrap_or(false),
            hive_partitioning: match hive_types.is_empty() {
                true => hive_partitioning,
                false => hive_partitioning.or(Some(true)),
            },
            hive_types,
            hive_autocast: arguments.boolean("hive_types_autocast")?.unwrap_or(true),
        })
    }
}
