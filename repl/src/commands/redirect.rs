//! Commands about where results go.

use engine::Result;

use super::Arguments;
use crate::run::Run;
use crate::shell::Shell;

/// A file's name or `|program with arguments`.
fn target<'a>(arguments: &'a Arguments<'_>) -> Result<Option<&'a str>> {
    match arguments.raw.starts_with('|') {
        true => Ok(Some(arguments.raw)),
        false => arguments.at_most_one(),
    }
}

pub(super) fn output(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    let target = target(arguments)?.filter(|target| *target != "stdout");
    shell.output.redirect(target)?;
    Ok(Run::Continue(()))
}

pub(super) fn once(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    let target = target(arguments)?.ok_or_else(|| arguments.usage())?;
    shell.output.redirect_once(target)?;
    Ok(Run::Continue(()))
}

pub(super) fn print(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    shell.print_text(&format!("{}\n", arguments.words.join(" ")))?;
    Ok(Run::Continue(()))
}
