//! What COPY asks of a write beyond the format: these travel through DataFusion's plan as options
//! whose names begin with `copy.`.

use std::collections::HashMap;

use datafusion::common::{DataFusionError, Result};
use extension::Error;

/// The prefix of our options.
pub(crate) const PREFIX: &str = "copy.";

/// What to do if the folder to write into has files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// Refuse.
    Fail,
    /// Write beside them, over those of the same name.
    Ignore,
    /// Delete them once the new files are there.
    Replace,
    /// Write beside them under new names.
    Append,
}

impl Existing {
    /// The text in a plan.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Existing::Fail => "fail",
            Existing::Ignore => "ignore",
            Existing::Replace => "replace",
            Existing::Append => "append",
        }
    }
}

/// How a write lays out and replaces files.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    /// One file at the very path, instead of a folder.
    pub(crate) single_file: bool,
    /// What to do if the folder has files.
    pub(crate) existing: Existing,
    /// Names of files in a folder, with `{i}` and `{uuid}`.
    pub(crate) pattern: String,
    /// The extension of files in a folder, without the dot.
    pub(crate) extension: Option<String>,
    /// Whether the partition columns stay in the files.
    pub(crate) keep_partition_columns: bool,
    /// Options of our own writers, without the prefix.
    pub(crate) writer: HashMap<String, String>,
}

impl Settings {
    /// The settings of `STORED AS` and INSERT: as DataFusion does it.
    pub(crate) fn of_insert() -> Self {
        Self {
            single_file: false,
            existing: Existing::Append,
            pattern: "{uuid}".into(),
            extension: None,
            keep_partition_columns: false,
            writer: HashMap::new(),
        }
    }

    /// Takes the settings out of the options of a COPY, if it has any.
    pub(crate) fn take(options: &mut HashMap<String, String>) -> Result<Option<Self>> {
        let mut settings = Settings::of_insert();
        let mut found = false;
        let names: Vec<String> =
            options.keys().filter(|name| name.starts_with(PREFIX)).cloned().collect();
        for name in names {
            let Some(value) = options.remove(&name) else { continue };
            found = true;
            match &name[PREFIX.len()..] {
                "single_file" => settings.single_file = boolean(&name, &value)?,
                "existing" => {
                    settings.existing =
                        [Existing::Fail, Existing::Ignore, Existing::Replace, Existing::Append]
                            .into_iter()
                            .find(|existing| existing.name() == value)
                            .ok_or_else(|| unknown(&name, &value))?;
                }
                "filename_pattern" => settings.pattern = value,
                "file_extension" => settings.extension = Some(value),
                "keep_partition_columns" => {
                    settings.keep_partition_columns = boolean(&name, &value)?
                }
                other => {
                    settings.writer.insert(other.to_string(), value);
                }
            }
        }
        Ok(found.then_some(settings))
    }
}

/// Reads a truth value of a plan.
pub(crate) fn boolean(name: &str, value: &str) -> Result<bool> {
    value.parse().map_err(|_| unknown(name, value))
}

/// The error for a value that the parser would not have written.
pub(crate) fn unknown(name: &str, value: &str) -> DataFusionError {
    Error::invalid_input(format!("option {name} cannot be '{value}'")).into()
}
