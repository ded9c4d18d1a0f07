//! Commands that change how results look.

use std::fmt::Write;

use engine::Result;

use super::Arguments;
use crate::format::{self, FORMATS};
use crate::quote::identifier;
use crate::run::Run;
use crate::shell::Shell;

const DONE: Result<Run> = Ok(Run::Continue(()));

pub(super) fn mode(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    let Some(name) = arguments.get(0) else {
        let mut text = format!("current output mode: {}\n", shell.settings.format.name);
        for format in FORMATS {
            let _ = writeln!(text, "  {:<10}{}", format.name, format.description);
        }
        shell.print_text(&text)?;
        return DONE;
    };
    let format = format::find(name)?;
    match (format.name, arguments.get(1), arguments.get(2)) {
        (_, None, _) => {}
        ("insert", Some(table), None) => shell.settings.style.insert_table = identifier(table),
        _ => return Err(arguments.usage()),
    }
    shell.settings.format = format;
    // The separators belong to the format before.
    shell.settings.style.column_separator = None;
    shell.settings.style.row_separator = None;
    DONE
}

pub(super) fn expanded(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    let on = arguments.switch(shell.settings.format.name == "vertical")?;
    shell.settings.format = format::find(if on { "vertical" } else { "box" })?;
    DONE
}

pub(super) fn headers(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    arguments.one()?;
    shell.settings.style.headers = arguments.switch(false)?;
    DONE
}

pub(super) fn null_value(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    shell.settings.style.null = arguments.at_most_one()?.map(str::to_string);
    DONE
}

pub(super) fn separator(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    // Tabs and line breaks are hard to type.
    let unescape = |text: &str| text.replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r");
    match (arguments.get(0), arguments.get(1), arguments.get(2)) {
        (Some(column), row, None) => {
            shell.settings.style.column_separator = Some(unescape(column));
            if let Some(row) = row {
                shell.settings.style.row_separator = Some(unescape(row));
            }
            DONE
        }
        _ => Err(arguments.usage()),
    }
}

pub(super) fn max_rows(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    shell.settings.style.max_rows = arguments.number()?;
    DONE
}

pub(super) fn max_width(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    shell.settings.max_width = arguments.number()?;
    DONE
}

pub(super) fn explain(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    shell.settings.style.explain = match arguments.one()? {
        "auto" => true,
        _ => arguments.switch(false)?,
    };
    DONE
}

pub(super) fn show(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    arguments.none()?;
    let settings = &shell.settings;
    let style = &settings.style;
    let switch = |on: bool| if on { "on" } else { "off" }.to_string();
    let own = |text: &Option<String>| {
        text.as_ref().map_or("as the format has it".to_string(), |t| format!("{t:?}"))
    };
    let rows = [
        ("bail", switch(settings.bail)),
        ("echo", switch(settings.echo)),
        ("explain", switch(style.explain)),
        ("headers", switch(style.headers)),
        ("maxrows", style.max_rows.to_string()),
        ("maxwidth", settings.max_width.to_string()),
        ("mode", settings.format.name.to_string()),
        ("nullvalue", own(&style.null)),
        ("output", shell.output.target().to_string()),
        ("progress", switch(settings.progress)),
        ("colseparator", own(&style.column_separator)),
        ("rowseparator", own(&style.row_separator)),
        ("timer", switch(settings.timer)),
    ];
    let text: String = rows.iter().map(|(name, value)| format!("{name:>12}: {value}\n")).collect();
    shell.print_text(&text)?;
    DONE
}
