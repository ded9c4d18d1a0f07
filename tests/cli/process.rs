//! Starting the binary in a folder of its own and looking at what it printed.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The binary, away from the configuration and history of whoever runs the tests.
pub(crate) fn pframe() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pframe"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PFRAME_") {
            command.env_remove(name);
        }
    }
    command.env("XDG_CONFIG_HOME", "/nonexistent").env("PFRAME_RC", "").env("PFRAME_HISTORY", "");
    command
}

/// What a run printed and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: Option<i32>,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            status: output.status.code(),
        }
    }
}

/// A folder for the files of one test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file.
    pub(crate) fn file(&self, name: &str, text: &str) -> &Self {
        std::fs::write(self.path().join(name), text).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Runs the binary here, with `stdin` as its input.
    pub(crate) fn run_with(&self, arguments: &[&str], stdin: &str) -> Ran {
        let mut child = pframe()
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The binary may end before it has read everything.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        child.wait_with_output().unwrap().into()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }
}

/// Runs the binary in a folder that is thrown away.
pub(crate) fn run(arguments: &[&str]) -> Ran {
    Folder::new().run(arguments)
}

/// Runs SQL from standard input, with results as CSV.
pub(crate) fn script(sql: &str) -> Ran {
    Folder::new().run_with(&["--format", "csv"], sql)
}

/// What a run that went well printed.
#[track_caller]
pub(crate) fn printed(ran: Ran) -> String {
    assert_eq!((ran.stderr.as_str(), ran.status), ("", Some(0)), "{}", ran.stdout);
    ran.stdout
}
