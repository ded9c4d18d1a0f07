//! The prompt: lines are edited here, put together to statements, and run.

mod candidates;
mod context;
mod editor;
mod highlight;
mod history;

use std::io::{BufReader, IsTerminal};
use std::path::PathBuf;

use engine::Error;
use rustyline::error::ReadlineError;

use crate::interactive::editor::SqlEditor;
use crate::report::Source;
use crate::run::Run;
use crate::script::{Piece, Reader};
use crate::shell::{Shell, Stop};
use crate::terminal;

/// Runs what a person types until they leave.
pub(crate) fn run(shell: &mut Shell) -> Run {
    if !std::io::stdout().is_terminal() {
        // Prompts would stand between the results.
        return shell.run_lines("stdin", BufReader::new(std::io::stdin()));
    }
    shell.interactive = true;
    shell.set_idle();
    match read_start_file(shell) {
        Run::Break(stop @ Stop::Exit(_)) => return Run::Break(stop),
        _ => shell.failed = false,
    }
    if !shell.settings.quiet {
        let welcome = format!(
            "ParquetFrame {}\nEnter \".help\" for help, Ctrl-D to leave.\n",
            env!("CARGO_PKG_VERSION")
        );
        let _ = shell.print_text(&welcome);
    }
    let mut editor = match SqlEditor::new(shell) {
        Ok(editor) => editor,
        Err(error) => {
            shell.note(&format!("lines cannot be edited: {error}\n"));
            return shell.run_lines("stdin", BufReader::new(std::io::stdin()));
        }
    };
    let mut reader = Reader::default();
    loop {
        let prompt = &shell.settings.prompts[usize::from(!reader.is_idle())];
        let line = match editor.read(prompt, &reader) {
            Ok(line) => line,
            // Ctrl-C forgets what was typed.
            Err(ReadlineError::Interrupted) => {
                reader.clear();
                continue;
            }
            Err(ReadlineError::Eof) => return Run::Continue(()),
            Err(error) => {
                let error = Error::io(format!("cannot read from the terminal: {error}"));
                shell.report(&error, Source { name: None, line: 1, text: "" }, None);
                return Run::Break(Stop::Failed);
            }
        };
        // Text that was pasted may have many lines and statements.
        for line in line.lines() {
            match run_line(shell, &mut reader, &mut editor, line) {
                Run::Continue(()) => {}
                Run::Break(Stop::Failed | Stop::Interrupted) => reader.clear(),
                Run::Break(stop) => return Run::Break(stop),
            }
        }
    }
}

fn run_line(shell: &mut Shell, reader: &mut Reader, editor: &mut SqlEditor, line: &str) -> Run {
    let line = match (reader.is_idle(), line.trim().trim_end_matches(';')) {
        (true, "exit" | "quit") => ".exit",
        (true, "help") => ".help",
        _ => line,
    };
    let Some(piece) = reader.line(&format!("{line}\n")) else {
        return Run::Continue(());
    };
    // Lines are counted from the beginning of what was typed, not of the session.
    let piece = match piece {
        Piece::Command { text, .. } => Piece::Command { text, line: 1 },
        Piece::Sql { text, .. } => Piece::Sql { text: text.trim_end().to_string(), line: 1 },
    };
    let (Piece::Command { text, .. } | Piece::Sql { text, .. }) = &piece;
    editor.remember(text);
    shell.run_piece(None, piece)
}

/// Runs `$PFRAME_RC`, or `~/.pframerc` if it is there.
fn read_start_file(shell: &mut Shell) -> Run {
    let named = std::env::var_os("PFRAME_RC").map(PathBuf::from);
    let path = match named {
        Some(path) if path.as_os_str().is_empty() => return Run::Continue(()),
        Some(path) => path,
        None => match std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".pframerc")) {
            Some(path) if path.exists() => path,
            _ => return Run::Continue(()),
        },
    };
    match shell.run_file(&path) {
        Ok(run) => run,
        Err(error) => {
            shell.report(&error, Source { name: None, line: 1, text: "" }, None);
            Run::Break(Stop::Failed)
        }
    }
}

/// Whether the prompt is coloured.
fn colours() -> bool {
    std::io::stdout().is_terminal() && terminal::colours_wanted()
}
