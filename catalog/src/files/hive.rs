//! Columns from folders named `key=value`.

use std::str::FromStr;

use arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion::common::ScalarValue;
use extension::{Error, Result, closest, sql_type_name};

use super::options::FileOptions;
use crate::formats::csv::values;

/// What Hive writes for NULL.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The keys and values in the folders of a path.
pub(crate) fn keys_of(path: &str) -> Vec<(String, String)> {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders
        .split('/')
        .filter_map(|folder| folder.split_once('='))
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, value)| (decoded(key), decoded(value)))
        .collect()
}

/// Replaces `%20` and the like.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let code = (bytes[index] == b'%')
            .then(|| text.get(index + 1..index + 3))
            .flatten()
            .and_then(|code| u8::from_str_radix(code, 16).ok());
        match code {
            Some(byte) => {
                out.push(byte);
                index += 3;
            }
            None => {
                out.push(bytes[index]);
                index += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_string())
}

/// The partition columns of these files: none, unless all have the same keys.
pub(crate) fn columns(paths: &[&str], options: &FileOptions) -> Result<Vec<Field>> {
    if options.hive_partitioning == Some(false) {
        return Ok(vec![]);
    }
    let keys: Vec<Vec<(String, String)>> = paths.iter().map(|path| keys_of(path)).collect();
    let Some(first) = keys.first() else {
        return Ok(vec![]);
    };
    let differing = keys.iter().position(|other| {
        other.len() != first.len() || other.iter().zip(first).any(|((a, _), (b, _))| a != b)
    });
    if options.hive_partitioning == Some(true) {
        if let Some(index) = differing {
            let (one, other) = (paths[0], paths[index]);
            return Err(Error::invalid_data(format!(
                "'{one}' and '{other}' do not have the same key=value folders"
            ))
            .with_hint("hive_partitioning => false ignores the folders"));
        }
        if first.is_empty() {
            return Err(Error::invalid_data(format!("'{}' has no key=value folders", paths[0])));
        }
    }
    if differing.is_some() {
        return Ok(vec![]);
    }
    let names = || first.iter().map(|(name, _)| name.as_str());
    for (name, _) in &options.hive_types {
        if !names().any(|known| known == name) {
            let error = Error::invalid_input(format!(
                "'hive_types' names '{name}', which is no key of the folders"
            ));
            return Err(match closest(name, names()) {
                Some(near) => error.with_hint(format!("did you mean '{near}'?")),
                None => {
                    error.with_hint(format!("keys: {}", names().collect::<Vec<_>>().join(", ")))
                }
            });
        }
    }
    Ok((0..first.len())
        .map(|index| {
            let name = &first[index].0;
            let data_type = match options.hive_types.iter().find(|(given, _)| given == name) {
                Some((_, data_type)) => data_type.clone(),
                None if options.hive_autocast => {
                    common_type(keys.iter().map(|keys| keys[index].1.as_str()))
                }
                None => DataType::Utf8,
            };
            Field::new(name, data_type, true)
        })
        .collect())
}

/// BIGINT, DATE or TIMESTAMP if all values are, else VARCHAR.
fn common_type<'a>(values: impl Iterator<Item = &'a str> + Clone) -> DataType {
    let mut values = values.filter(|value| *value != NULL).peekable();
    if values.peek().is_none() {
        return DataType::Utf8;
    }
    let timestamp = DataType::Timestamp(TimeUnit::Microsecond, None);
    for data_type in [DataType::Int64, DataType::Date32, timestamp] {
        if values.clone().all(|value| value_of(value, &data_type).is_some()) {
            return data_type;
        }
    }
    DataType::Utf8
}

fn value_of(text: &str, data_type: &DataType) -> Option<ScalarValue> {
    let bytes = text.as_bytes();
    match data_type {
        DataType::Int64 => values::integer(bytes).map(|value| ScalarValue::Int64(Some(value))),
        DataType::Date32 => values::date(bytes).map(|value| ScalarValue::Date32(Some(value))),
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            values::timestamp(bytes).map(|at| ScalarValue::TimestampMicrosecond(Some(at), None))
        }
        DataType::Utf8 => Some(ScalarValue::Utf8(Some(text.to_string()))),
        other => ScalarValue::Utf8(Some(String::from_str(text).ok()?)).cast_to(other).ok(),
    }
}

/// The values of a file for the partition columns.
pub(crate) fn values_of<'f>(
    path: &str,
    columns: impl Iterator<Item = &'f Field>,
) -> Result<Vec<ScalarValue>> {
    let keys = keys_of(path);
    columns
        .map(|column| {
            let Some((_, text)) = keys.iter().find(|(key, _)| key == column.name()) else {
                return Err(Error::invalid_data(format!(
                    "'{path}' has no folder '{}=…' as the other files have",
                    column.name()
                )));
            };
            if text == NULL {
                return Ok(ScalarValue::try_from(column.data_type())?);
            }
            value_of(text, column.data_type()).ok_or_else(|| {
                Error::invalid_data(format!(
                    "'{path}': '{text}' is not a {}, the type of the partition column '{}'",
                    sql_type_name(column.data_type()),
                    column.name()
                ))
                .with_hint(format!("hive_types => {{'{}': 'VARCHAR'}}", column.name()))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn describe(paths: &[&str], options: &FileOptions) -> String {
        let columns = columns(paths, options).unwrap();
        let columns: Vec<String> = columns
            .iter()
            .map(|column| format!("{} {}", column.name(), sql_type_name(column.data_type())))
            .collect();
        columns.join(", ")
    }

    #[test]
    fn types_of_keys() {
        let auto = FileOptions { hive_autocast: true, ..Default::default() };
        for (paths, expected) in [
            (
                &["d/year=2024/month=01/a.csv", "d/year=2025/month=12/b.csv"][..],
                "year BIGINT, month BIGINT",
            ),
            (&["day=2024-01-02/a", "day=2024-01-03/a"], "day DATE"),
            (&["at=2024-01-02%2010%3A00%3A00/a"], "at TIMESTAMP"),
            (&["k=1/a", "k=x/a"], "k VARCHAR"),
            (&["k=1/a", "k=__HIVE_DEFAULT_PARTITION__/a"], "k BIGINT"),
            (&["k=1/a", "b"], ""),
            (&["k=1.5/a"], "k VARCHAR"),
            (&["a=b.csv"], ""),
        ] {
            assert_eq!(describe(paths, &auto), expected, "{paths:?}");
        }
        let text = FileOptions { hive_autocast: false, ..Default::default() };
        assert_eq!(describe(&["k=1/a"], &text), "k VARCHAR");
        let given = FileOptions {
            hive_types: vec![("k".into(), DataType::Int32)],
            hive_autocast: true,
            ..Default::default()
        };
        assert_eq!(describe(&["k=1/j=2/a"], &given), "k INTEGER, j BIGINT");
    }
}
