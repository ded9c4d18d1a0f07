//! The words that complete what is being typed: from the session, the disk, and the lists of the shell.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use engine::Session;
use rustyline::completion::Pair;
use tokio::runtime::Handle;

use super::context::{Relation, Wanted, last_statement, relations, wanted};
use crate::commands::{self, COMMANDS, Completes};
use crate::format::FORMATS;
use crate::keywords::{KEYWORDS, is_keyword};
use crate::quote::identifier;

/// The columns of a relation that takes longer to look at are not completed: a key must answer.
const PATIENCE: Duration = Duration::from_millis(400);
/// A folder with more files than this is not listed in full.
const MOST_FILES: usize = 2000;

/// Knows what can be completed in a session.
pub(super) struct Candidates {
    session: Session,
    runtime: Handle,
    columns: RefCell<HashMap<String, Vec<String>>>,
}

impl Candidates {
    pub(super) fn new(session: Session, runtime: Handle) -> Self {
        Self { session, runtime, columns: RefCell::default() }
    }

    /// Forgets columns, because a statement may have changed them.
    pub(super) fn forget(&self) {
        self.columns.borrow_mut().clear();
    }

    /// Completes the end of `line[..pos]`, which continues `earlier` lines of the same statement.
    pub(super) fn complete(&self, earlier: &str, line: &str, pos: usize) -> (usize, Vec<Pair>) {
        let typed = &line[..pos];
        if earlier.is_empty() && typed.trim_start().starts_with(['.', '\\']) {
            return self.complete_command(typed, &line[pos..]);
        }
        let text = format!("{earlier}{typed}");
        let (wanted, start) = wanted(&text);
        // A word or text that began on an earlier line is out of reach.
        let Some(start) = start.checked_sub(earlier.len()) else {
            return (pos, vec![]);
        };
        let word = &typed[start..];
        let whole = format!("{text}{}", &line[pos..]);
        // The statement under the cursor begins where the text before the cursor says.
        let statement = &whole[text.len() - last_statement(&text).len()..];
        match wanted {
            Wanted::Path => complete_path(start, word, &line[pos..], true),
            Wanted::Setting => (start, matching(word, self.settings())),
            Wanted::Table => (start, matching(word, self.tables())),
            Wanted::ColumnOf(name) => (start, matching(word, self.columns_of(statement, &name))),
            Wanted::Expression => (start, matching(word, self.expression(statement, word))),
        }
    }

    fn complete_command(&self, typed: &str, rest: &str) -> (usize, Vec<Pair>) {
        let indent = typed.len() - typed.trim_start().len();
        let Some((name, arguments)) = typed[indent..].split_once(char::is_whitespace) else {
            let names = COMMANDS
                .iter()
                .flat_map(|command| std::iter::once(&command.name).chain(command.aliases));
            return (
                indent,
                matching(&typed[indent..], names.map(|name| name.to_string()).collect()),
            );
        };
        let last = arguments.rsplit(char::is_whitespace).next().unwrap_or_default();
        let start = typed.len() - last.len();
        let Ok(command) = commands::find(name) else {
            return (typed.len(), vec![]);
        };
        let words: Vec<String> = match command.completes {
            Completes::Nothing => vec![],
            Completes::Files => {
                let quote = usize::from(last.starts_with(['\'', '"']));
                return complete_path(start + quote, &last[quote..], rest, quote > 0);
            }
            Completes::Tables => self.tables(),
            Completes::Formats => FORMATS.iter().map(|format| format.name.to_string()).collect(),
            Completes::Switches => vec!["on".to_string(), "off".to_string()],
            Completes::Settings => self.settings(),
            Completes::Commands => COMMANDS
                .iter()
                .map(|command| command.name.to_string())
                .chain(self.session.functions().into_iter().map(|function| function.name))
                .collect(),
        };
        (start, matching(last, words))
    }

    fn settings(&self) -> Vec<String> {
        self.session.settings().into_iter().map(|setting| setting.name).collect()
    }

    fn tables(&self) -> Vec<String> {
        let tables = self
            .runtime
            .block_on(async { tokio::time::timeout(PATIENCE, self.session.tables()).await });
        let mut names: Vec<String> = vec![];
        for table in tables.into_iter().flatten().flatten() {
            let schema = identifier(&table.schema);
            let name = identifier(&table.name);
            match table.schema.as_str() {
                "main" => names.push(name),
                _ => names.push(format!("{schema}.{name}")),
            }
        }
        let functions = self.session.functions();
        names.extend(
            functions
                .iter()
                .filter(|function| function.kind == "table")
                .map(|f| format!("{}(", f.name)),
        );
        names
    }

    fn expression(&self, statement: &str, word: &str) -> Vec<String> {
        let mut words: Vec<String> = relations(statement)
            .iter()
            .flat_map(|relation| self.columns(relation))
            .map(|name| identifier(&name))
            .collect();
        if word.is_empty() {
            return words;
        }
        let functions = self.session.functions();
        words.extend(
            functions
                .iter()
                .filter(|function| function.kind != "table")
                .map(|f| format!("{}(", f.name)),
        );
        // Keywords come in the case that is being typed.
        let lower = word.starts_with(char::is_lowercase);
        words.extend(
            KEYWORDS
                .iter()
                .map(|keyword| if lower { keyword.to_lowercase() } else { keyword.to_string() }),
        );
        words
    }

    fn columns_of(&self, statement: &str, name: &str) -> Vec<String> {
        let found = relations(statement)
            .into_iter()
            .find(|relation| relation.name.eq_ignore_ascii_case(name));
        let relation =
            found.unwrap_or_else(|| Relation { sql: name.to_string(), name: name.to_string() });
        self.columns(&relation).iter().map(|name| identifier(name)).collect()
    }

    fn columns(&self, relation: &Relation) -> Vec<String> {
        if is_keyword(&relation.sql) {
            return vec![];
        }
        if let Some(known) = self.columns.borrow().get(&relation.sql) {
            return known.clone();
        }
        let sql = format!("SELECT * FROM {} LIMIT 0", relation.sql);
        let query = self
            .runtime
            .block_on(async { tokio::time::timeout(PATIENCE, self.session.sql(&sql)).await });
        let names: Vec<String> = query
            .into_iter()
            .flatten()
            .flat_map(|query| {
                query.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>()
            })
            .collect();
        self.columns.borrow_mut().insert(relation.sql.clone(), names.clone());
        names
    }
}

/// The words that begin with `typed`, in whatever case, each once.
fn matching(typed: &str, words: Vec<String>) -> Vec<Pair> {
    let lower = typed.to_lowercase();
    let mut seen = std::collections::HashSet::new();
    words
        .into_iter()
        .filter(|word| word.trim_start_matches('"').to_lowercase().starts_with(&lower))
        .filter(|word| seen.insert(word.clone()))
        .map(|word| Pair { display: word.clone(), replacement: word })
        .collect()
}

/// Completes the last part of a path. A single file closes the quote.
fn complete_path(start: usize, typed: &str, rest: &str, quoted: bool) -> (usize, Vec<Pair>) {
    let (folder, name) = match typed.rfind('/') {
        Some(slash) => typed.split_at(slash + 1),
        None => ("", typed),
    };
    let Ok(entries) =
        std::fs::read_dir(if folder.is_empty() { Path::new(".") } else { Path::new(folder) })
    else {
        return (start, vec![]);
    };
    let mut names: Vec<(String, bool)> = entries
        .flatten()
        .take(MOST_FILES)
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path().is_dir())))
        .filter(|(entry, _)| {
            entry.starts_with(name) && (name.starts_with('.') || !entry.starts_with('.'))
        })
        .collect();
    names.sort();
    let single = names.len() == 1;
    let pairs = names.into_iter().map(|(name, is_folder)| {
        let replacement = match (is_folder, single && quoted && !rest.starts_with('\'')) {
            (true, _) => format!("{name}/"),
            (false, true) => format!("{name}'"),
            (false, false) => name.clone(),
        };
        Pair { display: if is_folder { format!("{name}/") } else { name }, replacement }
    });
    (start + folder.len(), pairs.collect())
}
