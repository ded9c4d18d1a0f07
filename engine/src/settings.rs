//! Every setting of a session, in one list, and `SET`, `RESET` and `SHOW` for them.

use std::path::PathBuf;

use datafusion::config::ConfigOptions;
use extension::{Error, Result, closest};

use crate::Config;
use crate::config::SqlSemantics;

/// A setting with its present value, as `system.settings` shows it.
#[derive(Debug, Clone)]
pub struct SettingValue {
    /// The name in `SET`.
    pub name: String,
    /// The value now; `None` if there is none.
    pub value: Option<String>,
    /// The value of a fresh session.
    pub default: Option<String>,
    /// The SQL type of the value.
    pub type_name: String,
    /// What it does.
    pub description: String,
}

/// One setting of ours.
struct Setting {
    name: &'static str,
    /// DuckDB's names for the same thing.
    aliases: &'static [&'static str],
    type_name: &'static str,
    description: &'static str,
    get: fn(&Config) -> Option<String>,
    set: fn(&mut Config, &str) -> Result<()>,
}

/// The list. Order is that of `system.settings`.
const SETTINGS: &[Setting] = &[
    Setting {
        name: "memory_limit",
        aliases: &["max_memory"],
        type_name: "VARCHAR",
        description: "memory that all queries may hold together, such as '4GB'; operators spill to disk beyond it",
        get: |config| Some(show_bytes(config.memory_limit_bytes())),
        set: |config, value| {
            config.memory_limit = Some(parse_bytes("memory_limit", value)?);
            Ok(())
        },
    },
    Setting {
        name: "threads",
        aliases: &["worker_threads"],
        type_name: "BIGINT",
        description: "how many partitions a plan is split into",
        get: |config| Some(config.threads.to_string()),
        set: |config, value| {
            config.threads = parse_count("threads", value)?;
            Ok(())
        },
    },
    Setting {
        name: "temp_directory",
        aliases: &[],
        type_name: "VARCHAR",
        description: "folder for spilled data; the system's folder for temporary files if not set",
        get: |config| config.temp_directory.as_ref().map(|path| path.display().to_string()),
        set: |config, value| {
            config.temp_directory = (!value.is_empty()).then(|| PathBuf::from(value));
            Ok(())
        },
    },
    Setting {
        name: "max_temp_directory_size",
        aliases: &[],
        type_name: "VARCHAR",
        description: "disk space that spilled data may take",
        get: |config| config.max_temp_directory_size.map(show_bytes),
        set: |config, value| {
            config.max_temp_directory_size = Some(parse_bytes("max_temp_directory_size", value)?);
            Ok(())
        },
    },
    Setting {
        name: "read_only",
        aliases: &[],
        type_name: "BOOLEAN",
        description: "refuse every statement that changes tables or files; cannot be switched off again",
        get: |config| Some(config.read_only.to_string()),
        set: |config, value| {
            let value = parse_bool("read_only", value)?;
            if config.read_only && !value {
                return Err(Error::permission_denied(
                    "read_only cannot be switched off in a read-only session",
                ));
            }
            config.read_only = value;
            Ok(())
        },
    },
    Setting {
        name: "progress",
        aliases: &["enable_progress_bar"],
        type_name: "BOOLEAN",
        description: "show progress of long queries on a terminal",
        get: |config| Some(config.progress.to_string()),
        set: |config, value| {
            config.progress = parse_bool("progress", value)?;
            Ok(())
        },
    },
    Setting {
        name: "default_catalog",
        aliases: &[],
        type_name: "VARCHAR",
        description: "catalog of names without one",
        get: |config| Some(config.default_catalog.clone()),
        set: |config, value| {
            config.default_catalog = parse_name("default_catalog", value)?;
            Ok(())
        },
    },
    Setting {
        name: "default_schema",
        aliases: &["schema", "search_path"],
        type_name: "VARCHAR",
        description: "schema of names without one",
        get: |config| Some(config.default_schema.clone()),
        set: |config, value| {
            config.default_schema = parse_name("default_schema", value)?;
            Ok(())
        },
    },
    Setting {
        name: "default_null_order",
        aliases: &["null_order"],
        type_name: "VARCHAR",
        description: "where NULLs stand in a sorted result that does not say: nulls_last, nulls_first, nulls_min (first when ascending) or nulls_max (last when ascending)",
        get: |config| Some(config.default_null_order.clone()),
        set: |config, value| {
            config.default_null_order = parse_null_order(value)?;
            Ok(())
        },
    },
    Setting {
        name: "integer_division",
        aliases: &[],
        type_name: "BOOLEAN",
        description: "make / of two whole numbers a whole number; // always is one",
        get: |config| Some(config.integer_division.to_string()),
        set: |config, value| {
            config.integer_division = parse_bool("integer_division", value)?;
            Ok(())
        },
    },
    Setting {
        name: "sql_semantics",
        aliases: &[],
        type_name: "VARCHAR",
        description: "whose types, literals, casts and division SQL has: duckdb or datafusion",
        get: |config| {
            Some(match config.sql_semantics {
                SqlSemantics::DuckDb => "duckdb".to_string(),
                SqlSemantics::DataFusion => "datafusion".to_string(),
            })
        },
        set: |config, value| {
            config.sql_semantics = match value.trim().to_ascii_lowercase().as_str() {
                "duckdb" => SqlSemantics::DuckDb,
                "datafusion" => SqlSemantics::DataFusion,
                _ => {
                    return Err(Error::invalid_input(format!(
                        "sql_semantics must be duckdb or datafusion, not '{value}'"
                    )));
                }
            };
            Ok(())
        },
    },
];

fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| {
        setting.name.eq_ignore_ascii_case(name)
            || setting.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    })
}

/// Whether the setting is one of ours; DataFusion's begin with `datafusion.`.
pub(crate) fn is_ours(name: &str) -> bool {
    find(name).is_some()
}

/// Sets one of our settings, or keeps a DataFusion option for the session to come.
pub(crate) fn set(config: &mut Config, name: &str, value: &str) -> Result<()> {
    match find(name) {
        Some(setting) => (setting.set)(config, value),
        None if name.to_lowercase().starts_with("datafusion.") => {
            config.datafusion.push((name.to_lowercase(), value.to_string()));
            Ok(())
        }
        None => Err(unknown(name)),
    }
}

/// Gives one of our settings the value that a fresh session has.
pub(crate) fn reset(config: &mut Config, name: &str) -> Result<()> {
    let setting = find(name).ok_or_else(|| unknown(name))?;
    let default = Config::default();
    match setting.name {
        "memory_limit" => config.memory_limit = None,
        "temp_directory" => config.temp_directory = None,
        "max_temp_directory_size" => config.max_temp_directory_size = None,
        _ => {
            let value = (setting.get)(&default).unwrap_or_default();
            (setting.set)(config, &value)?;
        }
    }
    Ok(())
}

/// The value of one of our settings.
pub(crate) fn get(config: &Config, name: &str) -> Option<String> {
    find(name).and_then(|setting| (setting.get)(config))
}

/// Every setting with its value: ours, then DataFusion's.
pub(crate) fn all(config: &Config, options: &ConfigOptions) -> Vec<SettingValue> {
    let default = Config::default();
    let ours = SETTINGS.iter().map(|setting| SettingValue {
        name: setting.name.to_string(),
        value: (setting.get)(config),
        default: (setting.get)(&default),
        type_name: setting.type_name.to_string(),
        description: setting.description.to_string(),
    });
    let fresh = ConfigOptions::default();
    let defaults: std::collections::HashMap<String, Option<String>> =
        fresh.entries().into_iter().map(|entry| (entry.key, entry.value)).collect();
    let mut entries = options.entries();
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    let theirs = entries.into_iter().map(|entry| SettingValue {
        default: defaults.get(&entry.key).cloned().flatten(),
        type_name: "VARCHAR".to_string(),
        description: entry.description.to_string(),
        value: entry.value,
        name: entry.key,
    });
    ours.chain(theirs).collect()
}

/// The error for a name that is no setting.
pub(crate) fn unknown(name: &str) -> Error {
    let fresh = ConfigOptions::default();
    let theirs: Vec<String> = fresh.entries().into_iter().map(|entry| entry.key).collect();
    let known =
        SETTINGS.iter().map(|setting| setting.name).chain(theirs.iter().map(String::as_str));
    let error = Error::not_found(format!("setting '{name}' does not exist"));
    match closest(name, known) {
        Some(near) => error.with_hint(format!("did you mean '{near}'?")),
        None => error.with_hint("SELECT name FROM system.settings lists them"),
    }
}

/// Bytes from text such as `4GB`, `512MiB`, `1.5 GB` or `1000000`.
fn parse_bytes(name: &str, text: &str) -> Result<usize> {
    let invalid = || {
        Error::invalid_input(format!(
            "{name} must be a size such as '4GB' or '512MiB', not '{text}'"
        ))
    };
    let trimmed = text.trim();
    let digits = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
    let number: f64 = trimmed[..digits].parse().map_err(|_| invalid())?;
    let factor: f64 = match trimmed[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" | "byte" | "bytes" => 1.0,
        "kb" | "k" => 1e3,
        "mb" | "m" => 1e6,
        "gb" | "g" => 1e9,
        "tb" | "t" => 1e12,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        "tib" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return Err(invalid()),
    };
    let bytes = number * factor;
    match bytes.is_finite() && bytes >= 1.0 {
        true => Ok(bytes as usize),
        false => Err(invalid()),
    }
}

fn show_bytes(bytes: usize) -> String {
    let bytes = bytes as f64;
    let (value, unit) = match bytes {
        b if b >= 1024.0 * 1024.0 * 1024.0 => (b / (1024.0 * 1024.0 * 1024.0), "GiB"),
        b if b >= 1024.0 * 1024.0 => (b / (1024.0 * 1024.0), "MiB"),
        b if b >= 1024.0 => (b / 1024.0, "KiB"),
        b => (b, "bytes"),
    };
    format!("{value:.1} {unit}")
}

fn parse_count(name: &str, text: &str) -> Result<usize> {
    match text.trim().parse() {
        Ok(count) if (1..=1024).contains(&count) => Ok(count),
        _ => Err(Error::invalid_input(format!(
            "{name} must be a whole number from 1 to 1024, not '{text}'"
        ))),
    }
}

fn parse_bool(name: &str, text: &str) -> Result<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "on" | "1" | "yes" => Ok(true),
        "false" | "off" | "0" | "no" => Ok(false),
        _ => Err(Error::invalid_input(format!("{name} must be true or false, not '{text}'"))),
    }
}

fn parse_null_order(text: &str) -> Result<String> {
    // DuckDB's names on the left, DataFusion's on the right.
    const ORDERS: [(&str, &str); 12] = [
        ("nulls_last", "nulls_last"),
        ("nulls last", "nulls_last"),
        ("null last", "nulls_last"),
        ("last", "nulls_last"),
        ("nulls_first", "nulls_first"),
        ("nulls first", "nulls_first"),
        ("null first", "nulls_first"),
        ("first", "nulls_first"),
        ("sqlite", "nulls_min"),
        ("nulls_min", "nulls_min"),
        ("postgres", "nulls_max"),
        ("nulls_max", "nulls_max"),
    ];
    let lower = text.trim().to_ascii_lowercase();
    let found = ORDERS.iter().find(|(name, _)| *name == lower);
    found.map(|(_, order)| order.to_string()).ok_or_else(|| {
        Error::invalid_input(format!(
            "default_null_order must be nulls_last, nulls_first, nulls_min or nulls_max, not '{text}'"
        ))
    })
}

fn parse_name(name: &str, text: &str) -> Result<String> {
    match text.trim() {
        "" => Err(Error::invalid_input(format!("{name} must be a name"))),
        text => Ok(text.to_string()),
    }
}
