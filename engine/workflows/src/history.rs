//! The folder of run records: written when a run begins and after each of its steps, so that a run that was killed
//! can be resumed; read by `system.workflow_runs`, `system.workflow_steps` and `pframe workflow history`.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use extension::{Error, Result};
use workflow_definition::history::{RunRecord, file_name};

/// The folder of run records.
#[derive(Debug, Clone)]
pub struct History {
    folder: PathBuf,
}

/// Names another folder.
pub const HISTORY_VARIABLE: &str = "PARQUETFRAME_HISTORY";

impl Default for History {
    /// `$PARQUETFRAME_HISTORY`, else `~/.parquetframe/history`.
    fn default() -> Self {
        let named = std::env::var_os(HISTORY_VARIABLE).filter(|name| !name.is_empty());
        let home = || std::env::var_os("HOME").map_or_else(std::env::temp_dir, PathBuf::from);
        Self { folder: named.map_or_else(|| home().join(".parquetframe/history"), PathBuf::from) }
    }
}

impl History {
    /// The records of a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, record: &RunRecord) -> PathBuf {
        let name = file_name(&record.workflow_name);
        self.folder.join(format!("{name}_{}.hist", record.execution_id))
    }

    /// Writes a record; what was there is replaced whole.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn save(&self, record: &RunRecord) -> Result<()> {
        let what = |error: std::io::Error| {
            Error::from(error).context(format_args!("history '{}'", self.folder.display()))
        };
        std::fs::create_dir_all(&self.folder).map_err(what)?;
        let path = self.path(record);
        let temporary = path.with_extension("hist.tmp");
        std::fs::write(&temporary, record.to_json()).map_err(what)?;
        std::fs::rename(&temporary, &path).map_err(what)
    }

    /// The records, the latest first. Files that are no records are passed over.
    pub fn runs(&self) -> Vec<RunRecord> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut runs: Vec<RunRecord> = entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "hist"))
            .filter_map(|path| RunRecord::from_json(&std::fs::read_to_string(path).ok()?))
            .map(settled)
            .collect();
        runs.sort_by(|a, b| {
            (&b.start_time, &b.execution_id).cmp(&(&a.start_time, &a.execution_id))
        });
        runs
    }

    /// The last run of a file.
    pub fn last(&self, file: &str) -> Option<RunRecord> {
        self.runs().into_iter().find(|run| run.workflow_file == file)
    }

    /// Deletes records older than `age` and tells how many.
    ///
    /// # Errors
    /// A file that cannot be deleted.
    pub fn cleanup(&self, age: Duration) -> Result<usize> {
        let mut deleted = 0;
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let old = entry.metadata().and_then(|metadata| metadata.modified()).is_ok_and(|time| {
                SystemTime::now().duration_since(time).is_ok_and(|passed| passed > age)
            });
            if old && path.extension().is_some_and(|extension| extension == "hist") {
                std::fs::remove_file(&path)?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }
}

/// A run whose process is gone did not end; it was cut off.
fn settled(mut run: RunRecord) -> RunRecord {
    let process = Path::new("/proc").join(run.process.to_string());
    if run.status == "running" && Path::new("/proc/self").exists() && !process.exists() {
        run.status = "failed".to_string();
        for step in run.steps.iter_mut().filter(|step| step.status == "running") {
            step.status = "failed".to_string();
            step.error_message = Some("the process ended".to_string());
        }
    }
    run
}
