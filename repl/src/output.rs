//! Where results go: standard output, a file, or the input of a program.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, IsTerminal, Stdout, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use engine::{Error, Result};

/// The place for results, with one that may stand in for the next result only.
#[derive(Debug)]
pub(crate) struct Output {
    stdout: BufWriter<Stdout>,
    lasting: Option<Target>,
    once: Option<Target>,
    broken: bool,
    reader_left: bool,
    parquet_files: usize,
}

#[derive(Debug)]
enum Target {
    File(String, BufWriter<File>),
    Program(String, Option<BufWriter<ChildStdin>>, Child),
}

/// What kind of place results go to, which decides how wide and long a table may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Standard output is a terminal.
    Terminal,
    /// Standard output is something else.
    Pipe,
    /// The input of a program.
    Program,
    /// A file that `.output` or `.once` names.
    File,
}

impl Output {
    pub(crate) fn new() -> Self {
        Self {
            stdout: BufWriter::with_capacity(64 * 1024, std::io::stdout()),
            lasting: None,
            once: None,
            broken: false,
            reader_left: false,
            parquet_files: 0,
        }
    }

    /// Sends results to a file, to a program (`|less`), or (`None`) back to standard output.
    pub(crate) fn redirect(&mut self, target: Option<&str>) -> Result<()> {
        let target = target.map(open).transpose()?;
        self.finish_once()?;
        self.parquet_files = 0;
        match std::mem::replace(&mut self.lasting, target) {
            Some(previous) => close(previous),
            None => Ok(()),
        }
    }

    /// Sends the next result to a file or a program.
    pub(crate) fn redirect_once(&mut self, target: &str) -> Result<()> {
        self.finish_once()?;
        self.once = Some(open(target)?);
        Ok(())
    }

    /// Ends a result: what was meant for it alone is closed, the rest is flushed.
    pub(crate) fn end_result(&mut self) -> Result<()> {
        self.flush()?;
        self.finish_once()
    }

    fn finish_once(&mut self) -> Result<()> {
        self.once.take().map_or(Ok(()), close)
    }

    /// Where the next result goes.
    pub(crate) fn place(&self) -> Place {
        match self.once.as_ref().or(self.lasting.as_ref()) {
            Some(Target::File(_, _)) => Place::File,
            Some(Target::Program(_, _, _)) => Place::Program,
            None if std::io::stdout().is_terminal() => Place::Terminal,
            None => Place::Pipe,
        }
    }

    /// Whether results go to a file, in whatever way.
    pub(crate) fn goes_to_file(&self) -> bool {
        match self.place() {
            Place::File => true,
            Place::Pipe => stdout_is_file(),
            Place::Terminal | Place::Program => false,
        }
    }

    /// The file or program results go to, as the user wrote it.
    pub(crate) fn target(&self) -> &str {
        match &self.lasting {
            Some(Target::File(name, _) | Target::Program(name, _, _)) => name,
            None => "stdout",
        }
    }

    /// Whether the reader of the results is gone.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Whether the program that got the last result stopped reading it, as a pager does that is left
    /// early; the rest is not wanted, and that is no error.
    pub(crate) fn reader_left(&mut self) -> bool {
        std::mem::take(&mut self.reader_left)
    }

    /// Refuses what cannot be shown or would be unreadable: bytes on a terminal, two Parquet files in one.
    pub(crate) fn check_binary(&mut self, format: &str) -> Result<()> {
        if self.place() == Place::Terminal {
            return Err(Error::invalid_input(format!("a terminal cannot show {format}"))
                .with_hint("redirect standard output, or use `.output FILE`"));
        }
        if format == "parquet" && self.once.is_none() {
            self.parquet_files += 1;
            if self.parquet_files > 1 {
                return Err(Error::invalid_input(
                    "a Parquet file holds one result, and this is the second",
                )
                .with_hint("use COPY … TO for several results, or `.once FILE` before each"));
            }
        }
        Ok(())
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self.once.as_mut().or(self.lasting.as_mut()) {
            Some(Target::File(_, file)) => file,
            Some(Target::Program(_, Some(input), _)) => input,
            _ => &mut self.stdout,
        }
    }

    fn noticing<T>(&mut self, result: std::io::Result<T>) -> std::io::Result<T> {
        if let Err(error) = &result
            && error.kind() == ErrorKind::BrokenPipe
        {
            match self.once.is_some() || self.lasting.is_some() {
                true => self.reader_left = true,
                false => self.broken = true,
            }
        }
        result
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let result = self.writer().write(bytes);
        self.noticing(result)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let result = self.writer().flush();
        self.noticing(result)
    }
}

#[cfg(unix)]
fn stdout_is_file() -> bool {
    use std::os::fd::AsFd;
    let copy = std::io::stdout().as_fd().try_clone_to_owned();
    copy.is_ok_and(|copy| File::from(copy).metadata().is_ok_and(|metadata| metadata.is_file()))
}

#[cfg(not(unix))]
fn stdout_is_file() -> bool {
    false
}

fn open(target: &str) -> Result<Target> {
    match target.strip_prefix('|') {
        Some(program) => {
            let mut child = shell(program).stdin(Stdio::piped()).spawn().map_err(|error| {
                Error::from(error).context(format!("cannot start '{}'", program.trim()))
            })?;
            let input = child.stdin.take().map(BufWriter::new);
            Ok(Target::Program(target.to_string(), input, child))
        }
        None => {
            let file = File::create(target)
                .map_err(|error| Error::io(format!("cannot write '{target}': {error}")))?;
            Ok(Target::File(target.to_string(), BufWriter::new(file)))
        }
    }
}

/// A command line for the system's shell.
pub(crate) fn shell(line: &str) -> Command {
    let mut command = match cfg!(windows) {
        true => Command::new("cmd"),
        false => Command::new("sh"),
    };
    command.arg(if cfg!(windows) { "/C" } else { "-c" }).arg(line);
    command
}

fn close(target: Target) -> Result<()> {
    match target {
        Target::File(name, mut file) => {
            file.flush().map_err(|error| Error::io(format!("cannot write '{name}': {error}")))
        }
        Target::Program(_, input, mut child) => {
            if let Some(mut input) = input {
                match input.flush() {
                    Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(error.into()),
                    _ => {}
                }
            }
            child.wait()?;
            Ok(())
        }
    }
}
