//! Errors as a person reads them: what and where in one line, the SQL with a caret, and a hint.

use engine::{Error, Position};
use unicode_width::UnicodeWidthStr;

use crate::terminal::Palette;

/// Longer lines of SQL are shown around the place of the error.
const LONGEST_LINE: usize = 100;

/// Where a piece of SQL comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    /// The file, `stdin` or `-c`; `None` at the prompt, where the place is in sight.
    pub(crate) name: Option<&'a str>,
    /// The line of the source that the text begins with.
    pub(crate) line: u64,
    /// The text.
    pub(crate) text: &'a str,
}

/// The error in full; ends with a line break. `start` is where the statement begins in the text.
pub(crate) fn render(
    error: &Error,
    source: Source<'_>,
    start: Option<Position>,
    palette: &Palette,
) -> String {
    let place = match (source.name, error.position().or(start)) {
        (Some(name), Some(Position { line, column })) => {
            format!("{name}:{}:{column}: ", line + source.line - 1)
        }
        (Some(name), None) => format!("{name}:{}: ", source.line),
        (None, _) => String::new(),
    };
    let mut out = format!("{} {place}{}\n", palette.error.paint("error:"), error.message());
    if let Some(position) = error.position() {
        out.push_str(&excerpt(position, source, palette));
    }
    if let Some(hint) = error.hint() {
        out.push_str(&format!("{} {hint}\n", palette.hint.paint("hint:")));
    }
    out
}

/// The line of SQL with a caret under the place.
fn excerpt(position: Position, source: Source<'_>, palette: &Palette) -> String {
    let index = usize::try_from(position.line).unwrap_or(usize::MAX).saturating_sub(1);
    let Some(line) = source.text.lines().nth(index) else {
        return String::new();
    };
    let column = usize::try_from(position.column).unwrap_or(usize::MAX).saturating_sub(1);
    // Tabs become single spaces, so that the caret stands where it should.
    let characters: Vec<char> =
        line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let column = column.min(characters.len());
    let (start, end) = match characters.len() > LONGEST_LINE {
        true => {
            let start = column.saturating_sub(LONGEST_LINE / 2);
            (start, (start + LONGEST_LINE).min(characters.len()))
        }
        false => (0, characters.len()),
    };
    let cut = |from: usize, to: usize| characters[from..to].iter().collect::<String>();
    let before = if start > 0 { "…" } else { "" };
    let after = if end < characters.len() { "…" } else { "" };
    let number = (position.line + source.line - 1).to_string();
    let gutter = " ".repeat(number.len());
    let indent =
        " ".repeat(UnicodeWidthStr::width(format!("{before}{}", cut(start, column)).as_str()));
    format!(
        " {number} | {before}{}{after}\n {gutter} | {indent}{}\n",
        cut(start, end),
        palette.error.paint("^")
    )
}

#[cfg(test)]
mod tests {
    use engine::{Error, Position};

    use super::{Source, render};
    use crate::terminal::Palette;

    #[test]
    fn the_place_is_that_of_the_file() {
        let error = Error::not_found("column 'c' does not exist")
            .at(Position { line: 2, column: 8 })
            .with_hint("did you mean 'b'?");
        let source = Source { name: Some("a.sql"), line: 10, text: "--\nselect c\n" };
        assert_eq!(
            render(&error, source, None, &Palette::default()),
            "error: a.sql:11:8: column 'c' does not exist\n 11 | select c\n    |        ^\nhint: did you mean 'b'?\n"
        );
    }

    #[test]
    fn wide_and_long_lines_keep_the_caret_in_place() {
        let error = Error::syntax("no").at(Position { line: 1, column: 3 });
        let source = Source { name: None, line: 1, text: "日本x" };
        assert_eq!(
            render(&error, source, None, &Palette::default()),
            "error: no\n 1 | 日本x\n   |     ^\n"
        );
        let text = format!("{}!{}", "a".repeat(300), "b".repeat(300));
        let error = Error::syntax("no").at(Position { line: 1, column: 301 });
        let report =
            render(&error, Source { name: None, line: 1, text: &text }, None, &Palette::default());
        let lines: Vec<&str> = report.lines().collect();
        assert_eq!(
            lines[1].chars().position(|c| c == '!'),
            lines[2].chars().position(|c| c == '^')
        );
        assert!(lines[1].chars().count() < 110);
    }
}
