//! The typed configuration of a session and its layers.
//!
//! Defaults, then the configuration file, then `PFRAME_*` variables of the environment; the command
//! line and `SET` come on top through [`Config::set`].

use std::path::{Path, PathBuf};

use extension::{Error, Result};
use planner::Semantics;

use crate::settings;

/// The share of the machine's memory that queries may use together unless told otherwise.
const MEMORY_SHARE: f64 = 0.7;

/// What a session may use and how it behaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Bytes that all queries of the session may hold together; `None` is 70 % of the memory.
    pub memory_limit: Option<usize>,
    /// How many partitions a plan is split into, and so how many cores a query keeps busy.
    pub threads: usize,
    /// Where operators spill; `None` is the system's folder for temporary files.
    pub temp_directory: Option<PathBuf>,
    /// Bytes that spilled data may take on disk; `None` is DataFusion's default of 100 GB.
    pub max_temp_directory_size: Option<usize>,
    /// Refuses every statement that changes tables or files.
    pub read_only: bool,
    /// Whether faces show progress of long queries.
    pub progress: bool,
    /// The catalog of names without one.
    pub default_catalog: String,
    /// The schema of names without one.
    pub default_schema: String,
    /// Where NULLs stand in a sorted result: DataFusion's `nulls_last`, `nulls_first`, `nulls_min`, `nulls_max`.
    pub default_null_order: String,
    /// Whether `/` of two whole numbers is a whole number.
    pub integer_division: bool,
    /// Whose types, literals, casts and division SQL has.
    pub sql_semantics: SqlSemantics,
    /// `datafusion.*` options, in the order in which they were set.
    pub datafusion: Vec<(String, String)>,
}

/// Whose types, literals, casts and division SQL has, where engines differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlSemantics {
    /// DuckDB's, which are PostgreSQL's in most things.
    DuckDb,
    /// DataFusion's own.
    DataFusion,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            memory_limit: None,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            temp_directory: None,
            max_temp_directory_size: None,
            read_only: false,
            progress: true,
            default_catalog: "memory".to_string(),
            default_schema: "main".to_string(),
            default_null_order: "nulls_last".to_string(),
            integer_division: false,
            sql_semantics: SqlSemantics::DuckDb,
            datafusion: vec![],
        }
    }
}

impl Config {
    /// The defaults, overlaid by a configuration file and by `PFRAME_*` variables.
    ///
    /// The file is `explicit`, else `$PFRAME_CONFIG`, else `pframe/config.toml` in the user's
    /// configuration folder if it is there. It holds one `name = value` a line, as `SET` takes them.
    ///
    /// # Errors
    /// An explicit file that cannot be read, and unknown names or unfit values, with where they stand.
    pub fn load(explicit: Option<&Path>) -> Result<Self> {
        let mut config = Self::default();
        let named = explicit
            .map(Path::to_path_buf)
            .or_else(|| std::env::var_os("PFRAME_CONFIG").map(PathBuf::from));
        match named {
            Some(path) => config.overlay_file(&path)?,
            None => {
                if let Some(path) = user_file().filter(|path| path.exists()) {
                    config.overlay_file(&path)?;
                }
            }
        }
        for (name, value) in std::env::vars() {
            if let Some(setting) = name.strip_prefix("PFRAME_") {
                let setting = setting.to_lowercase();
                // `PFRAME_` also names things that are not settings of a session.
                if matches!(setting.as_str(), "config" | "history" | "rc" | "test" | "log") {
                    continue;
                }
                config
                    .set(&setting, &value)
                    .map_err(|error| error.context(format_args!("environment variable {name}")))?;
            }
        }
        Ok(config)
    }

    /// Sets one setting by its name, as `SET name = value` does.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        settings::set(self, name, value)
    }

    /// Carries what SQL means into the planner.
    pub(crate) fn apply_semantics(&self, semantics: &Semantics) {
        semantics.set_datafusion(self.sql_semantics == SqlSemantics::DataFusion);
        semantics.set_integer_division(self.integer_division);
    }

    /// Bytes that all queries may hold together.
    pub fn memory_limit_bytes(&self) -> usize {
        self.memory_limit.unwrap_or_else(|| (available_memory() as f64 * MEMORY_SHARE) as usize)
    }

    fn overlay_file(&mut self, path: &Path) -> Result<()> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::from(error).context(format_args!("cannot read configuration file '{shown}'"))
        })?;
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            Error::invalid_input(format!(
                "configuration file '{shown}': {}",
                error.message().to_lowercase()
            ))
        })?;
        self.overlay_table("", &table, &shown.to_string())
    }

    /// A nested table spells a dotted name: `[datafusion.execution]` with `batch_size = 1024`.
    fn overlay_table(&mut self, prefix: &str, table: &toml::Table, file: &str) -> Result<()> {
        for (key, value) in table {
            let name = format!("{prefix}{key}");
            let text = match value {
                toml::Value::Table(inner) => {
                    self.overlay_table(&format!("{name}."), inner, file)?;
                    continue;
                }
                toml::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            self.set(&name, &text)
                .map_err(|error| error.context(format_args!("configuration file '{file}'")))?;
        }
        Ok(())
    }
}

fn user_file() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")))?;
    Some(folder.join("pframe").join("config.toml"))
}

/// The machine's memory, or what its container may use of it. Where the system does not tell, a
/// cautious guess.
fn available_memory() -> u64 {
    const UNKNOWN: u64 = 4 << 30;
    let Ok(mut system) = sysinfo::System::new() else {
        return UNKNOWN;
    };
    system.refresh_memory();
    match system.cgroup_limits() {
        Some(limits) if limits.total_memory > 0 => limits.total_memory.min(system.total_memory()),
        _ => system.total_memory(),
    }
}
