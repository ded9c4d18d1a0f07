//! The commands of the shell, which begin with a dot (as DuckDB's) or a backslash (as psql's): one list
//! from which running, help and completion are made.

mod absent;
mod control;
mod data;
mod display;
mod help;
mod inspect;
mod redirect;

use engine::{Error, Result, closest};

use crate::run::Run;
use crate::shell::Shell;

/// What can be completed after a command's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Completes {
    Nothing,
    Files,
    Tables,
    Formats,
    Switches,
    Commands,
    Settings,
}

/// A command of the shell.
pub(crate) struct Command {
    /// The name, with its dot.
    pub(crate) name: &'static str,
    /// Other names for it.
    pub(crate) aliases: &'static [&'static str],
    /// What stands after it.
    pub(crate) arguments: &'static str,
    /// What it does, in a few words.
    pub(crate) help: &'static str,
    /// What can be completed after it.
    pub(crate) completes: Completes,
    action: fn(&mut Shell, &Arguments<'_>) -> Result<Run>,
}

/// What the user wrote after the name.
pub(crate) struct Arguments<'a> {
    command: &'static Command,
    /// The text as it was written.
    raw: &'a str,
    /// Words; quotes keep spaces together.
    words: Vec<String>,
}

impl Arguments<'_> {
    /// The word at `index`.
    fn get(&self, index: usize) -> Option<&str> {
        self.words.get(index).map(String::as_str)
    }

    /// The only word, or none.
    fn at_most_one(&self) -> Result<Option<&str>> {
        match self.words.len() {
            0 | 1 => Ok(self.get(0)),
            _ => Err(self.usage()),
        }
    }

    /// The only word.
    fn one(&self) -> Result<&str> {
        self.at_most_one()?.ok_or_else(|| self.usage())
    }

    /// Nothing.
    fn none(&self) -> Result<()> {
        match self.words.is_empty() {
            true => Ok(()),
            false => Err(self.usage()),
        }
    }

    /// `on` or `off`; without an argument the opposite of what is.
    fn switch(&self, now: bool) -> Result<bool> {
        match self.at_most_one()?.map(str::to_ascii_lowercase).as_deref() {
            None => Ok(!now),
            Some("on" | "true" | "yes" | "1") => Ok(true),
            Some("off" | "false" | "no" | "0") => Ok(false),
            Some(_) => Err(self.usage()),
        }
    }

    /// A whole number.
    fn number(&self) -> Result<usize> {
        let word = self.one()?;
        word.parse().map_err(|_| {
            Error::invalid_input(format!(
                "{} takes a whole number, not '{word}'",
                self.command.name
            ))
        })
    }

    fn usage(&self) -> Error {
        let Command { name, arguments, .. } = self.command;
        let takes = match arguments.is_empty() {
            true => format!("{name} takes no arguments"),
            false => format!("wrong arguments for {name}"),
        };
        Error::invalid_input(takes).with_hint(format!("usage: {name} {arguments}").trim_end())
    }
}

/// Runs a line that begins with a dot or a backslash.
pub(crate) fn run(shell: &mut Shell, line: &str) -> Result<Run> {
    let (name, raw) = split_name(line);
    let command = find(name)?;
    let arguments = Arguments { command, raw: raw.trim(), words: words(raw)? };
    (command.action)(shell, &arguments)
}

/// The name of a command and the text after it. `\!` needs no space.
fn split_name(line: &str) -> (&str, &str) {
    let line = line.trim();
    match line.strip_prefix("\\!") {
        Some(rest) => (&line[..2], rest),
        None => line.split_once(char::is_whitespace).unwrap_or((line, "")),
    }
}

/// The command with this name or alias, or the only one whose name begins like this.
///
/// # Errors
/// Suggests a near name.
pub(crate) fn find(name: &str) -> Result<&'static Command> {
    // psql users put the semicolon of SQL here, too.
    let name = name.strip_suffix(';').unwrap_or(name);
    let names = |command: &'static Command| std::iter::once(&command.name).chain(command.aliases);
    if let Some(command) =
        COMMANDS.iter().find(|command| names(command).any(|known| *known == name))
    {
        return Ok(command);
    }
    let mut begin_like =
        COMMANDS.iter().filter(|command| name.len() > 1 && command.name.starts_with(name));
    if let (Some(command), None) = (begin_like.next(), begin_like.next()) {
        return Ok(command);
    }
    let error = Error::not_found(format!("unknown command '{name}'"));
    Err(match closest(name, COMMANDS.iter().flat_map(names).copied()) {
        Some(near) => error.with_hint(format!("did you mean '{near}'? `.help` lists all commands")),
        None => error.with_hint("`.help` lists all commands"),
    })
}

/// Splits at spaces outside quotes. Within double quotes a backslash begins an escape.
fn words(text: &str) -> Result<Vec<String>> {
    let mut words = vec![];
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = text.trim().chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), c) if c == open => quote = None,
            (Some('"'), '\\') => {
                let escaped = match characters.next() {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    Some('r') => '\r',
                    Some(other) => other,
                    None => '\\',
                };
                word.get_or_insert_default().push(escaped);
            }
            (None, '\'' | '"') if word.is_none() => {
                quote = Some(character);
                word = Some(String::new());
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if let Some(open) = quote {
        return Err(Error::syntax(format!("the quote {open} is not closed")));
    }
    words.extend(word);
    Ok(words)
}

/// Whether `name` is what a pattern of `LIKE` or part of a name asks for, in whatever case.
fn matches(pattern: Option<&str>, name: &str) -> bool {
    let Some(pattern) = pattern else { return true };
    let pattern = pattern.to_lowercase().replace('*', "%");
    let name = name.to_lowercase();
    if !pattern.contains('%') {
        return name.contains(&pattern);
    }
    let mut parts = pattern.split('%');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match rest.find(part) {
            Some(found) => rest = &rest[found + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Every command, in the order of `.help`.
pub(crate) static COMMANDS: &[Command] = &[
    // What is there.
    Command {
        name: ".help",
        aliases: &["\\help", "\\h", "\\?"],
        arguments: "[COMMAND | FUNCTION | STATEMENT]",
        help: "list the commands, or explain one, a function or a statement",
        completes: Completes::Commands,
        action: help::help,
    },
    Command {
        name: ".tables",
        aliases: &["\\dt", "\\l", "\\list", "\\tables"],
        arguments: "[PATTERN]",
        help: "list tables and views",
        completes: Completes::Tables,
        action: inspect::tables,
    },
    Command {
        name: ".describe",
        aliases: &["\\d", "\\describe"],
        arguments: "[TABLE | 'FILE']",
        help: "show the columns of a table or file; without it, all tables",
        completes: Completes::Tables,
        action: inspect::describe,
    },
    Command {
        name: ".schema",
        aliases: &[],
        arguments: "[PATTERN]",
        help: "show the statements that make tables and views",
        completes: Completes::Tables,
        action: inspect::schema,
    },
    Command {
        name: ".databases",
        aliases: &["\\databases"],
        arguments: "",
        help: "list catalogs and schemas",
        completes: Completes::Nothing,
        action: inspect::databases,
    },
    Command {
        name: ".functions",
        aliases: &["\\df"],
        arguments: "[PATTERN]",
        help: "list functions",
        completes: Completes::Nothing,
        action: inspect::functions,
    },
    Command {
        name: ".settings",
        aliases: &[],
        arguments: "[PATTERN]",
        help: "list settings of the engine, which SET changes",
        completes: Completes::Settings,
        action: inspect::settings,
    },
    Command {
        name: ".show",
        aliases: &[],
        arguments: "",
        help: "show the settings of the shell",
        completes: Completes::Nothing,
        action: display::show,
    },
    Command {
        name: ".version",
        aliases: &[],
        arguments: "",
        help: "show the versions of pframe and DataFusion",
        completes: Completes::Nothing,
        action: inspect::version,
    },
    // How results look.
    Command {
        name: ".mode",
        aliases: &[],
        arguments: "[FORMAT [TABLE]]",
        help: "choose how results are printed",
        completes: Completes::Formats,
        action: display::mode,
    },
    Command {
        name: ".expanded",
        aliases: &["\\x"],
        arguments: "[on|off]",
        help: "print one value a line, or a box again",
        completes: Completes::Switches,
        action: display::expanded,
    },
    Command {
        name: ".headers",
        aliases: &[],
        arguments: "on|off",
        help: "print column names",
        completes: Completes::Switches,
        action: display::headers,
    },
    Command {
        name: ".nullvalue",
        aliases: &[],
        arguments: "[TEXT]",
        help: "choose how NULL is printed; without TEXT as the format does",
        completes: Completes::Nothing,
        action: display::null_value,
    },
    Command {
        name: ".separator",
        aliases: &[],
        arguments: "COLUMN [ROW]",
        help: "choose what csv, tsv and list print between columns and after rows",
        completes: Completes::Nothing,
        action: display::separator,
    },
    Command {
        name: ".maxrows",
        aliases: &[],
        arguments: "COUNT",
        help: "choose how many rows a box shows; 0 for all",
        completes: Completes::Nothing,
        action: display::max_rows,
    },
    Command {
        name: ".maxwidth",
        aliases: &[],
        arguments: "COUNT",
        help: "choose how wide a box may be; 0 for as wide as the terminal",
        completes: Completes::Nothing,
        action: display::max_width,
    },
    Command {
        name: ".explain",
        aliases: &[],
        arguments: "on|off|auto",
        help: "print plans as text instead of a table",
        completes: Completes::Switches,
        action: display::explain,
    },
    // Where they go.
    Command {
        name: ".output",
        aliases: &["\\o"],
        arguments: "[FILE | '|PROGRAM']",
        help: "send results to a file or program; without it, back to standard output",
        completes: Completes::Files,
        action: redirect::output,
    },
    Command {
        name: ".once",
        aliases: &[],
        arguments: "FILE | '|PROGRAM'",
        help: "send the next result to a file or program",
        completes: Completes::Files,
        action: redirect::once,
    },
    Command {
        name: ".print",
        aliases: &["\\echo"],
        arguments: "TEXT",
        help: "print text",
        completes: Completes::Nothing,
        action: redirect::print,
    },
    // Scripts and data.
    Command {
        name: ".read",
        aliases: &["\\i"],
        arguments: "FILE",
        help: "run a script",
        completes: Completes::Files,
        action: control::read,
    },
    Command {
        name: ".import",
        aliases: &[],
        arguments: "FILE TABLE",
        help: "read a file into a table, which is made if it is not there",
        completes: Completes::Files,
        action: data::import,
    },
    Command {
        name: ".dump",
        aliases: &[],
        arguments: "[PATTERN]",
        help: "print tables as SQL",
        completes: Completes::Tables,
        action: data::dump,
    },
    Command {
        name: ".history",
        aliases: &["\\history", "\\hist", "\\s"],
        arguments: "[COUNT]",
        help: "show the statements of this session",
        completes: Completes::Nothing,
        action: control::history,
    },
    Command {
        name: ".save_script",
        aliases: &["\\save-script", "\\export-script"],
        arguments: "FILE",
        help: "write the statements of this session that went well to a script",
        completes: Completes::Files,
        action: control::save_script,
    },
    // How things run.
    Command {
        name: ".bail",
        aliases: &[],
        arguments: "on|off",
        help: "end a script at its first error",
        completes: Completes::Switches,
        action: control::bail,
    },
    Command {
        name: ".echo",
        aliases: &[],
        arguments: "on|off",
        help: "print statements before they run",
        completes: Completes::Switches,
        action: control::echo,
    },
    Command {
        name: ".timer",
        aliases: &["\\timing"],
        arguments: "[on|off]",
        help: "print how long statements take",
        completes: Completes::Switches,
        action: control::timer,
    },
    Command {
        name: ".progress",
        aliases: &[".progress_bar"],
        arguments: "[on|off]",
        help: "show the progress of long queries",
        completes: Completes::Switches,
        action: control::progress,
    },
    Command {
        name: ".prompt",
        aliases: &[],
        arguments: "TEXT [CONTINUATION]",
        help: "choose the prompt",
        completes: Completes::Nothing,
        action: control::prompt,
    },
    // The world outside.
    Command {
        name: ".cd",
        aliases: &["\\cd"],
        arguments: "FOLDER",
        help: "change the working folder",
        completes: Completes::Files,
        action: control::cd,
    },
    Command {
        name: ".shell",
        aliases: &[".system", "\\!"],
        arguments: "COMMAND",
        help: "run a command of the system's shell",
        completes: Completes::Files,
        action: control::shell,
    },
    Command {
        name: ".exit",
        aliases: &[".quit", "\\q", "\\quit", "\\exit"],
        arguments: "[STATUS]",
        help: "leave",
        completes: Completes::Nothing,
        action: control::exit,
    },
    // Known names with nothing behind them yet.
    Command {
        name: ".open",
        aliases: &["\\c", "\\connect"],
        arguments: "DATABASE",
        help: "not there yet: open a persistent database",
        completes: Completes::Nothing,
        action: absent::open,
    },
    Command {
        name: ".plot",
        aliases: &["\\plot"],
        arguments: "",
        help: "not there yet: draw the last result",
        completes: Completes::Nothing,
        action: absent::plot,
    },
    Command {
        name: ".ai",
        aliases: &["\\ai", "\\llm"],
        arguments: "QUESTION",
        help: "not there yet: turn a question into SQL",
        completes: Completes::Nothing,
        action: absent::ai,
    },
];

#[cfg(test)]
mod tests;
