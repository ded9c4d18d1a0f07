//! What the terminal can do: its width and whether it wants colours.

use std::io::IsTerminal;

use nu_ansi_term::{Color, Style};

/// How many characters fit in a line of the terminal, if output goes to one.
pub(crate) fn width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(std::io::stdout())?;
    (width.0 > 0).then_some(usize::from(width.0))
}

/// How many characters fit in a line where progress is shown.
pub(crate) fn error_width() -> u16 {
    terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(width, _)| width.0)
}

/// Whether errors are coloured: only on a terminal, and not against the user's wish.
pub(crate) fn colours_errors() -> bool {
    std::io::stderr().is_terminal() && colours_wanted()
}

/// Whether the user and the terminal want colours at all.
pub(crate) fn colours_wanted() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("NO_COLOR") && moves_cursor()
}

/// Whether the terminal knows more than printing.
pub(crate) fn moves_cursor() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// The colours of the shell, all in one place; no colours for plain text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Palette {
    pub(crate) error: Style,
    pub(crate) hint: Style,
    pub(crate) keyword: Style,
    pub(crate) text: Style,
    pub(crate) number: Style,
    pub(crate) comment: Style,
    pub(crate) command: Style,
}

impl Palette {
    /// Colours if `wanted`.
    pub(crate) fn new(wanted: bool) -> Self {
        if !wanted {
            return Self::default();
        }
        Self {
            error: Color::Red.bold(),
            hint: Color::Cyan.normal(),
            keyword: Color::Green.bold(),
            text: Color::Yellow.normal(),
            number: Color::Cyan.normal(),
            comment: Color::DarkGray.normal(),
            command: Color::Magenta.normal(),
        }
    }
}
