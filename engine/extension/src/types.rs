//! SQL names of types, both ways. Arrow's debug names stay inside the engine.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, IntervalUnit, TimeUnit};

use crate::{Error, Result};

/// The key of a field's metadata under which stands what its values are, where no type of Arrow says
/// so: `UUID`, `JSON`, `BIT`, `UHUGEINT`, or `ENUM('a', 'b')`.
pub const SQL_TYPE_KEY: &str = "sql_type";

/// The SQL name of a field's type, as DuckDB writes it.
///
/// ```
/// use std::collections::HashMap;
/// use arrow::datatypes::{DataType, Field};
/// use parquetframe_extension::{SQL_TYPE_KEY, sql_field_type_name};
/// let json = HashMap::from([(SQL_TYPE_KEY.to_string(), "JSON".to_string())]);
/// let field = Field::new("payload", DataType::Utf8View, true).with_metadata(json);
/// assert_eq!(sql_field_type_name(&field), "JSON");
/// ```
pub fn sql_field_type_name(field: &Field) -> String {
    match (field.metadata().get(SQL_TYPE_KEY), field.extension_type_name()) {
        (Some(name), _) => name.clone(),
        (None, Some("arrow.json")) => "JSON".to_string(),
        (None, Some("arrow.uuid")) => "UUID".to_string(),
        _ => sql_type_name(field.data_type()),
    }
}

/// The SQL name of a type, as DuckDB writes it.
///
/// ```
/// use arrow::datatypes::DataType;
/// use parquetframe_extension::sql_type_name;
/// assert_eq!(sql_type_name(&DataType::Utf8View), "VARCHAR");
/// assert_eq!(sql_type_name(&DataType::Decimal128(15, 2)), "DECIMAL(15,2)");
/// assert_eq!(sql_type_name(&DataType::new_list(DataType::Int64, true)), "BIGINT[]");
/// ```
pub fn sql_type_name(data_type: &DataType) -> String {
    use DataType as T;
    match data_type {
        T::Null => "NULL".into(),
        T::Boolean => "BOOLEAN".into(),
        T::Int8 => "TINYINT".into(),
        T::Int16 => "SMALLINT".into(),
        T::Int32 => "INTEGER".into(),
        T::Int64 => "BIGINT".into(),
        T::UInt8 => "UTINYINT".into(),
        T::UInt16 => "USMALLINT".into(),
        T::UInt32 => "UINTEGER".into(),
        T::UInt64 => "UBIGINT".into(),
        T::Float16 => "HALF".into(),
        T::Float32 => "FLOAT".into(),
        T::Float64 => "DOUBLE".into(),
        T::Decimal32(precision, scale) | T::Decimal64(precision, scale) => {
            format!("DECIMAL({precision},{scale})")
        }
        T::Decimal128(38, 0) => "HUGEINT".into(),
        T::Decimal128(precision, scale) => format!("DECIMAL({precision},{scale})"),
        T::Decimal256(precision, scale) => format!("DECIMAL({precision},{scale})"),
        T::Utf8 | T::LargeUtf8 | T::Utf8View => "VARCHAR".into(),
        T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_) => "BLOB".into(),
        T::Date32 | T::Date64 => "DATE".into(),
        T::Time32(_) | T::Time64(_) => "TIME".into(),
        T::Timestamp(_, Some(_)) => "TIMESTAMP WITH TIME ZONE".into(),
        T::Timestamp(TimeUnit::Second, None) => "TIMESTAMP_S".into(),
        T::Timestamp(TimeUnit::Millisecond, None) => "TIMESTAMP_MS".into(),
        T::Timestamp(TimeUnit::Microsecond, None) => "TIMESTAMP".into(),
        T::Timestamp(TimeUnit::Nanosecond, None) => "TIMESTAMP_NS".into(),
        T::Interval(_) | T::Duration(_) => "INTERVAL".into(),
        T::List(field) | T::LargeList(field) | T::ListView(field) | T::LargeListView(field) => {
            format!("{}[]", sql_field_type_name(field))
        }
        T::FixedSizeList(field, size) => format!("{}[{size}]", sql_field_type_name(field)),
        T::Struct(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| format!("{} {}", quoted(field.name()), sql_field_type_name(field)))
                .collect();
            format!("STRUCT({})", fields.join(", "))
        }
        T::Map(entries, _) => match entries.data_type() {
            T::Struct(fields) if fields.len() == 2 => format!(
                "MAP({}, {})",
                sql_field_type_name(&fields[0]),
                sql_field_type_name(&fields[1])
            ),
            other => format!("MAP({})", sql_type_name(other)),
        },
        T::Union(fields, _) => {
            let members: Vec<String> = fields
                .iter()
                .map(|(_, field)| {
                    format!("{} {}", quoted(field.name()), sql_type_name(field.data_type()))
                })
                .collect();
            format!("UNION({})", members.join(", "))
        }
        T::Dictionary(_, values) => sql_type_name(values),
        T::RunEndEncoded(_, values) => sql_type_name(values.data_type()),
    }
}

fn quoted(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    match plain && !name.is_empty() {
        true => name.to_string(),
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// The type that a SQL name stands for: the inverse of [`sql_type_name`], with the usual synonyms.
///
/// # Errors
/// Names the text and lists examples if it is no type.
pub fn parse_sql_type(text: &str) -> Result<DataType> {
    let name = text.trim();
    if let Some(element) = name.strip_suffix("[]") {
        return Ok(DataType::List(Arc::new(Field::new_list_field(parse_sql_type(element)?, true))));
    }
    let upper = name.to_ascii_uppercase();
    let (base, parameters) = match upper.split_once('(') {
        Some((base, rest)) => (base.trim_end(), rest.strip_suffix(')')),
        None => (upper.as_str(), None),
    };
    let timestamp = |unit| DataType::Timestamp(unit, None);
    Ok(match base {
        "BOOLEAN" | "BOOL" | "LOGICAL" => DataType::Boolean,
        "TINYINT" | "INT1" => DataType::Int8,
        "SMALLINT" | "INT2" | "SHORT" => DataType::Int16,
        "INTEGER" | "INT" | "INT4" | "SIGNED" => DataType::Int32,
        "BIGINT" | "INT8" | "LONG" => DataType::Int64,
        "UTINYINT" => DataType::UInt8,
        "USMALLINT" => DataType::UInt16,
        "UINTEGER" => DataType::UInt32,
        "UBIGINT" => DataType::UInt64,
        "HUGEINT" => DataType::Decimal128(38, 0),
        "FLOAT" | "FLOAT4" | "REAL" => DataType::Float32,
        "DOUBLE" | "DOUBLE PRECISION" | "FLOAT8" => DataType::Float64,
        "DECIMAL" | "NUMERIC" => {
            let (precision, scale) = match parameters {
                None => (18, 3),
                Some(text) => {
                    let mut numbers = text.split(',').map(|n| n.trim().parse::<u8>());
                    match (numbers.next(), numbers.next(), numbers.next()) {
                        (Some(Ok(precision)), None, _) => (precision, 0),
                        (Some(Ok(precision)), Some(Ok(scale)), None) if scale <= precision => {
                            (precision, scale)
                        }
                        _ => return Err(unknown(name)),
                    }
                }
            };
            match precision {
                1..=38 => DataType::Decimal128(precision, scale as i8),
                39..=76 => DataType::Decimal256(precision, scale as i8),
                _ => return Err(unknown(name)),
            }
        }
        "VARCHAR" | "TEXT" | "STRING" | "CHAR" | "BPCHAR" => DataType::Utf8View,
        "BLOB" | "BYTEA" | "BINARY" | "VARBINARY" => DataType::BinaryView,
        "DATE" => DataType::Date32,
        "TIME" => DataType::Time64(TimeUnit::Microsecond),
        "TIMESTAMP" | "DATETIME" | "TIMESTAMP_US" => timestamp(TimeUnit::Microsecond),
        "TIMESTAMP_S" => timestamp(TimeUnit::Second),
        "TIMESTAMP_MS" => timestamp(TimeUnit::Millisecond),
        "TIMESTAMP_NS" => timestamp(TimeUnit::Nanosecond),
        "TIMESTAMPTZ" | "TIMESTAMP WITH TIME ZONE" => {
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        }
        "INTERVAL" => DataType::Interval(IntervalUnit::MonthDayNano),
        _ => return Err(unknown(name)),
    })
}

fn unknown(name: &str) -> Error {
    Error::invalid_input(format!("'{name}' is not a type"))
        .with_hint("types are BOOLEAN, INTEGER, BIGINT, DOUBLE, DECIMAL(p,s), VARCHAR, BLOB, DATE, TIME, TIMESTAMP, TIMESTAMPTZ, and lists such as BIGINT[]")
}

/// Replaces Arrow's debug names in a message of a library by SQL names.
///
/// ```
/// use parquetframe_extension::with_sql_type_names;
/// assert_eq!(with_sql_type_names("cannot cast Utf8View to Int64"), "cannot cast VARCHAR to BIGINT");
/// ```
pub fn with_sql_type_names(message: &str) -> String {
    const SIMPLE: &[(&str, DataType)] = &[
        ("Boolean", DataType::Boolean),
        ("Int8", DataType::Int8),
        ("Int16", DataType::Int16),
        ("Int32", DataType::Int32),
        ("Int64", DataType::Int64),
        ("UInt8", DataType::UInt8),
        ("UInt16", DataType::UInt16),
        ("UInt32", DataType::UInt32),
        ("UInt64", DataType::UInt64),
        ("Float16", DataType::Float16),
        ("Float32", DataType::Float32),
        ("Float64", DataType::Float64),
        ("Utf8", DataType::Utf8),
        ("LargeUtf8", DataType::LargeUtf8),
        ("Utf8View", DataType::Utf8View),
        ("Binary", DataType::Binary),
        ("LargeBinary", DataType::LargeBinary),
        ("BinaryView", DataType::BinaryView),
        ("Date32", DataType::Date32),
        ("Date64", DataType::Date64),
    ];
    const CALLS: &[(&str, &str)] = &[
        ("Decimal128(", "DECIMAL("),
        ("Decimal256(", "DECIMAL("),
        ("Timestamp(", "TIMESTAMP("),
        ("Interval(", "INTERVAL("),
        ("Time64(", "TIME("),
        ("Time32(", "TIME("),
    ];
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(start) = rest.find(is_word) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        // A quoted word is the user's own name or value.
        let quoted = out.ends_with(['\'', '"', '`']);
        let replaced = match quoted {
            true => None,
            false => SIMPLE
                .iter()
                .find(|(name, _)| *name == word)
                .map(|(_, data_type)| (sql_type_name(data_type), end))
                .or_else(|| {
                    CALLS
                        .iter()
                        .find(|(name, _)| rest.starts_with(name))
                        .map(|(name, sql)| (sql.to_string(), name.len()))
                }),
        };
        match replaced {
            Some((sql, length)) => {
                out.push_str(&sql);
                rest = &rest[length..];
            }
            None => {
                out.push_str(word);
                rest = &rest[end..];
            }
        }
    }
    out.push_str(rest);
    out
}
