//! `.help`: the list of commands, and the manual of a command, function or statement.

use std::fmt::Write;

use engine::{Error, Result, closest};

use super::{Arguments, COMMANDS, find};
use crate::run::Run;
use crate::shell::Shell;

pub(super) fn help(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    let text = match arguments.raw {
        "" => overview(),
        topic => manual(shell, topic.trim_end_matches(';'))?,
    };
    shell.print_text(&text)?;
    Ok(Run::Continue(()))
}

fn overview() -> String {
    let usages: Vec<String> =
        COMMANDS.iter().map(|command| format!("{} {}", command.name, command.arguments)).collect();
    let widest = usages.iter().map(|usage| usage.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for (usage, command) in usages.iter().zip(COMMANDS) {
        let _ = writeln!(text, "{usage:<widest$}  {}", command.help);
    }
    text.push_str(
        "\nSQL ends with ';'. `.help NAME` explains a command, a function or a statement.\n",
    );
    text
}

fn manual(shell: &Shell, topic: &str) -> Result<String> {
    let dotted = format!(".{topic}");
    if topic.starts_with(['.', '\\']) || COMMANDS.iter().any(|command| command.name == dotted) {
        let name = if topic.starts_with(['.', '\\']) { topic } else { &dotted };
        let command = find(name)?;
        let mut text = format!("{} {}\n  {}\n", command.name, command.arguments, command.help);
        if !command.aliases.is_empty() {
            let _ = writeln!(text, "  also: {}", command.aliases.join(" "));
        }
        return Ok(text);
    }
    let mut text = String::new();
    for syntax in shell.session.statement_syntaxes() {
        if syntax.name.to_lowercase().starts_with(&topic.to_lowercase()) {
            let _ = writeln!(
                text,
                "{}\n  {}\n  example: {}",
                syntax.syntax, syntax.description, syntax.example
            );
        }
    }
    let functions = shell.session.functions();
    for function in functions.iter().filter(|function| function.name.eq_ignore_ascii_case(topic)) {
        let _ = writeln!(text, "{} ({} function)", function.usage, function.kind);
        for line in function.description.lines() {
            let _ = writeln!(text, "  {line}");
        }
        if let Some(example) = &function.example {
            let _ = writeln!(text, "  example:");
            for line in example.lines().filter(|line| !line.starts_with("```")) {
                let _ = writeln!(text, "    {line}");
            }
        }
    }
    if !text.is_empty() {
        return Ok(text);
    }
    let known = COMMANDS
        .iter()
        .map(|command| command.name)
        .chain(functions.iter().map(|f| f.name.as_str()));
    let error = Error::not_found(format!("nothing is called '{topic}'"));
    Err(match closest(topic, known) {
        Some(near) => error.with_hint(format!("did you mean '{near}'?")),
        None => error.with_hint("`.help` lists commands, `.functions` lists functions"),
    })
}
