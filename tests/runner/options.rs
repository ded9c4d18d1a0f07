//! The command line of the runner.

/// What to run, and how.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    /// Words of which a path must contain one; none means every file.
    pub filters: Vec<String>,
    /// Write what was answered as the expected result.
    pub update: bool,
    /// Run DataFusion's suite instead of ours.
    pub datafusion: bool,
    /// Asked by tools that look for test names; there are none to list.
    pub list: bool,
}

impl Options {
    /// Reads the arguments; those that `cargo test` passes to every test binary are accepted.
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        for argument in arguments {
            match argument.as_str() {
                "--update" | "--complete" => options.update = true,
                "--datafusion" => options.datafusion = true,
                "--list" => options.list = true,
                "--nocapture" | "--no-capture" | "-q" | "--quiet" | "--show-output" => {}
                known if known.starts_with("--test-threads=") || known.starts_with("--format=") => {
                }
                unknown if unknown.starts_with('-') => {
                    return Err(format!(
                        "unknown option '{unknown}'; options are --update, --datafusion and words of paths"
                    ));
                }
                _ => options.filters.push(argument),
            }
        }
        Ok(options)
    }

    /// Whether `path` is asked for.
    pub(crate) fn selects(&self, path: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|words| path.contains(words.as_str()))
    }
}
