//! A workflow file from disk.

use std::collections::BTreeMap;
use std::path::Path;

use extension::{Error, Result};
use workflow_definition::{File, Problem, Sources, Workflow, read};

/// A file that was read, with the problems that it has.
#[derive(Debug)]
pub struct Opened {
    /// The path, as given.
    pub path: String,
    /// The path by which the history knows it.
    pub canonical: String,
    /// The workflow, or all that is wrong with the file.
    pub workflow: Result<Workflow, Vec<Problem>>,
}

/// Reads a file. `given` are values of variables from the command line or the statement, `values` is a
/// file of values.
///
/// # Errors
/// A file that cannot be read. What is wrong within the file is in the result.
pub fn open(path: &Path, given: Vec<(String, String)>, values: Option<&Path>) -> Result<Opened> {
    let text = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| {
            let name = path.display();
            match error.kind() {
                std::io::ErrorKind::NotFound => {
                    Error::not_found(format!("workflow '{name}' does not exist"))
                }
                std::io::ErrorKind::InvalidData => {
                    Error::invalid_data(format!("workflow '{name}' is not UTF-8 text"))
                }
                _ => Error::io(format!("cannot read workflow '{name}': {error}")),
            }
        })
    };
    let content = text(path)?;
    let values = values.map(text).transpose()?;
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let folder =
        path.parent().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
    let file = File {
        text: &content,
        name: stem.split('.').next().unwrap_or(&stem),
        folder: &folder,
        variables: Sources { given, environment, file: values },
    };
    let canonical = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    Ok(Opened {
        path: path.display().to_string(),
        canonical: canonical.display().to_string(),
        workflow: read(&file),
    })
}
