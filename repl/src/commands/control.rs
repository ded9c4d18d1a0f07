//! Commands about how things run: scripts, switches, the world outside, the end.

use std::path::Path;

use engine::{Error, Result, holds_secret};

use super::Arguments;
use crate::output;
use crate::run::Run;
use crate::shell::{Shell, Stop};

const DONE: Result<Run> = Ok(Run::Continue(()));

pub(super) fn read(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    let run = shell.run_file(Path::new(arguments.one()?))?;
    match (run, shell.settings.bail) {
        // The error was reported; the script that reads this one goes on if it should.
        (Run::Break(Stop::Failed), false) => DONE,
        (run, _) => Ok(run),
    }
}

pub(super) fn bail(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    arguments.one()?;
    shell.settings.bail = arguments.switch(false)?;
    DONE
}

pub(super) fn echo(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    arguments.one()?;
    shell.settings.echo = arguments.switch(false)?;
    DONE
}

pub(super) fn timer(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    shell.settings.timer = arguments.switch(shell.settings.timer)?;
    DONE
}

pub(super) fn progress(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    shell.settings.progress = arguments.switch(shell.settings.progress)?;
    DONE
}

pub(super) fn prompt(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    match (arguments.get(0), arguments.get(1), arguments.get(2)) {
        (Some(first), further, None) => {
            shell.settings.prompts[0] = first.to_string();
            if let Some(further) = further {
                shell.settings.prompts[1] = further.to_string();
            }
            DONE
        }
        _ => Err(arguments.usage()),
    }
}

pub(super) fn cd(_: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    let folder = arguments.one()?;
    std::env::set_current_dir(folder)
        .map_err(|error| Error::io(format!("cannot change to folder '{folder}': {error}")))?;
    DONE
}

pub(super) fn shell(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    if arguments.raw.is_empty() {
        return Err(arguments.usage());
    }
    let status = output::shell(arguments.raw).status()?;
    match status.success() {
        true => DONE,
        false if shell.interactive => {
            shell.note(&format!("the command ended with {status}\n"));
            DONE
        }
        false => Err(Error::io(format!("'{}' ended with {status}", arguments.raw))),
    }
}

pub(super) fn history(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    let count = match arguments.at_most_one()? {
        Some(_) => arguments.number()?,
        None => 10,
    };
    let shown = shell.log.iter().filter(|sql| !holds_secret(sql));
    let shown: Vec<&String> = shown.collect();
    let text: String = shown
        .iter()
        .skip(shown.len().saturating_sub(count))
        .map(|sql| format!("{sql};\n"))
        .collect();
    shell.print_text(&text)?;
    DONE
}

pub(super) fn save_script(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    let path = arguments.one()?;
    let mut script = String::new();
    for sql in &shell.log {
        match holds_secret(sql) {
            true => script.push_str("-- a statement with a secret was left out here\n"),
            false => script.extend([sql.as_str(), ";\n"]),
        }
    }
    std::fs::write(path, script)
        .map_err(|error| Error::io(format!("cannot write '{path}': {error}")))?;
    DONE
}

pub(super) fn exit(_: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    let status = match arguments.at_most_one()? {
        None => None,
        Some(word) => Some(word.parse::<u8>().map_err(|_| arguments.usage())?),
    };
    Ok(Run::Break(Stop::Exit(status)))
}
