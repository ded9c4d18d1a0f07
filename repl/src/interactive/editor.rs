//! The line editor: rustyline with our completion, colours and history.

use std::borrow::Cow;

use engine::holds_secret;
use rustyline::completion::{Completer, Pair};
use rustyline::config::{ColorMode, CompletionType};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{Config, Context, Editor, Helper};

use super::candidates::Candidates;
use super::highlight::highlight;
use super::{colours, history};
use crate::lexer::Open;
use crate::script::Reader;
use crate::shell::Shell;
use crate::terminal::Palette;

/// So many statements are kept.
const LONGEST_HISTORY: usize = 10_000;

/// Reads lines of SQL from the terminal.
pub(super) struct SqlEditor {
    editor: Editor<SqlHelper, FileHistory>,
    history: Option<std::path::PathBuf>,
}

impl SqlEditor {
    pub(super) fn new(shell: &Shell) -> Result<Self, ReadlineError> {
        let config = Config::builder()
            .max_history_size(LONGEST_HISTORY)?
            .history_ignore_dups(true)?
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .auto_add_history(false)
            .color_mode(if colours() { ColorMode::Enabled } else { ColorMode::Disabled })
            .build();
        let mut editor = Editor::with_config(config)?;
        editor.set_helper(Some(SqlHelper {
            candidates: Candidates::new(shell.session.clone(), shell.runtime.handle().clone()),
            hinter: HistoryHinter::new(),
            palette: Palette::new(colours()),
            earlier: String::new(),
            open: Open::Nothing,
        }));
        let history = history::path();
        if let Some(path) = &history {
            // No history yet is no reason to complain.
            let _ = path.parent().map(std::fs::create_dir_all);
            let _ = editor.load_history(path);
        }
        Ok(Self { editor, history })
    }

    /// Reads a line, which continues what `reader` holds.
    pub(super) fn read(&mut self, prompt: &str, reader: &Reader) -> Result<String, ReadlineError> {
        if let Some(helper) = self.editor.helper_mut() {
            let (earlier, open) = reader.pending();
            helper.earlier = if reader.is_idle() { String::new() } else { earlier.to_string() };
            helper.open = open.clone();
            helper.candidates.forget();
        }
        self.editor.readline(prompt)
    }

    /// Keeps a statement or command, unless it holds a secret.
    pub(super) fn remember(&mut self, text: &str) {
        if holds_secret(text) {
            return;
        }
        let _ = self.editor.add_history_entry(text);
        if let Some(path) = &self.history {
            let _ = self.editor.append_history(path);
        }
    }
}

struct SqlHelper {
    candidates: Candidates,
    hinter: HistoryHinter,
    palette: Palette,
    /// Earlier lines of the statement, and what is open at their end.
    earlier: String,
    open: Open,
}

impl Helper for SqlHelper {}

impl Validator for SqlHelper {}

impl Completer for SqlHelper {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        Ok(self.candidates.complete(&self.earlier, line, pos))
    }
}

impl Hinter for SqlHelper {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<String> {
        // Earlier statements complete the beginning of one, not a line in its middle.
        let hint = self.earlier.is_empty().then(|| self.hinter.hint(line, pos, context))??;
        // A line break would push the text around while it is typed.
        hint.lines().next().map(str::to_string)
    }
}

impl Highlighter for SqlHelper {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        match self.earlier.is_empty() && line.trim_start().starts_with(['.', '\\']) {
            true => Cow::Owned(self.palette.command.paint(line).to_string()),
            false => Cow::Owned(highlight(line, &self.open, &self.palette)),
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(self.palette.comment.paint(hint).to_string())
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}
