//! Laying out a table: which columns fit, how wide they are, and the lines of text that result.
//!
//! Nothing here knows Arrow or the terminal: cells go in, text comes out.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns are not made narrower than this while other columns can be left out instead.
const NARROWEST: usize = 20;
/// Tables with fewer rows than this are counted at a glance and need no footer.
const ROWS_WORTH_COUNTING: usize = 10;

/// What a table shows.
#[derive(Debug, Default)]
pub(super) struct Cells {
    pub(super) names: Vec<String>,
    /// The types under the names; empty for no such line.
    pub(super) types: Vec<String>,
    pub(super) right: Vec<bool>,
    pub(super) head: Vec<Vec<String>>,
    /// The last rows, if rows between them and the first are left out.
    pub(super) tail: Vec<Vec<String>>,
    pub(super) total: usize,
}

/// How a table is drawn.
#[derive(Debug)]
pub(super) struct Look {
    /// Left, middle and right of the top, inner and bottom lines.
    pub(super) corners: [[char; 3]; 3],
    pub(super) horizontal: char,
    pub(super) vertical: char,
    pub(super) headers: bool,
    pub(super) footer: bool,
    pub(super) width: Option<usize>,
}

/// The box of DuckDB's shell.
pub(super) const BOX: Look = Look {
    corners: [['┌', '┬', '┐'], ['├', '┼', '┤'], ['└', '┴', '┘']],
    horizontal: '─',
    vertical: '│',
    headers: true,
    footer: true,
    width: None,
};

/// The table every terminal and every tool can show.
pub(super) const ASCII: Look = Look {
    corners: [['+'; 3]; 3],
    horizontal: '-',
    vertical: '|',
    headers: true,
    footer: false,
    width: None,
};

/// The columns a text takes in a terminal.
pub(super) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Makes visible what would move the cursor, break the line, or turn the direction of writing.
pub(super) fn escape(text: &str) -> String {
    let harmless = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    if text.chars().all(harmless) {
        return text.to_string();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if harmless(c) => out.push(c),
            c if (c as u32) < 0x100 => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push_str(&format!("\\u{{{:x}}}", c as u32)),
        }
    }
    out
}

/// Draws the table; the text ends with a line break.
pub(super) fn draw(cells: &Cells, look: &Look) -> String {
    let (columns, mut widths) = fit(&natural_widths(cells, look), look.width);
    let footer = footer(cells, columns.iter().flatten().count(), look);
    if let Some((left, right)) = &footer {
        let missing = (width(left).max(width(right)) + 4).saturating_sub(total_width(&widths));
        if let Some(last) = widths.last_mut() {
            *last += missing;
        }
    }
    let mut pen = Pen { look, columns, widths, right: &cells.right, out: String::new() };
    pen.rule(look.corners[0]);
    if look.headers {
        pen.row(|column| (cells.names[column].as_str(), Align::Center), "…");
        if !cells.types.is_empty() {
            pen.row(|column| (cells.types[column].as_str(), Align::Center), "…");
        }
        if !cells.head.is_empty() || footer.is_none() {
            pen.rule(look.corners[1]);
        }
    }
    for row in &cells.head {
        pen.value_row(row);
    }
    if !cells.tail.is_empty() {
        for _ in 0..3 {
            pen.row(|_| ("·", Align::Center), "·");
        }
        for row in &cells.tail {
            pen.value_row(row);
        }
    }
    let bottom = look.corners[2];
    match footer {
        Some((left, right)) => {
            pen.rule([look.corners[1][0], bottom[1], look.corners[1][2]]);
            pen.footer(&left, &right);
            pen.rule([bottom[0], look.horizontal, bottom[2]]);
        }
        None => pen.rule(bottom),
    }
    pen.out
}

/// The columns that are shown (`None` stands for those left out) and the width of each.
fn fit(natural: &[usize], limit: Option<usize>) -> (Vec<Option<usize>>, Vec<usize>) {
    let all: Vec<Option<usize>> = (0..natural.len()).map(Some).collect();
    let Some(limit) = limit.filter(|limit| total_width(natural) > *limit) else {
        return (all, natural.to_vec());
    };
    let floor = |column: usize| natural[column].min(NARROWEST);
    let floors: Vec<usize> = (0..natural.len()).map(floor).collect();
    if total_width(&floors) <= limit || natural.len() == 1 {
        return (all, share(natural, limit.saturating_sub(1 + 3 * natural.len())));
    }
    // Columns from both ends while they fit beside the one that stands for the rest.
    let mut room = limit.saturating_sub(1 + 4);
    let (mut left, mut right) = (0, natural.len());
    loop {
        let next = if left <= natural.len() - right { left } else { right - 1 };
        let needed = floor(next) + 3;
        if left + 1 >= right || (needed > room && left > 0) {
            break;
        }
        room = room.saturating_sub(needed);
        match next == left {
            true => left += 1,
            false => right -= 1,
        }
    }
    let shown: Vec<usize> = (0..left).chain(right..natural.len()).collect();
    let wanted: Vec<usize> = shown.iter().map(|column| natural[*column]).collect();
    let mut widths = share(&wanted, limit.saturating_sub(1 + 4 + 3 * shown.len()));
    let mut columns: Vec<Option<usize>> = shown.into_iter().map(Some).collect();
    columns.insert(left, None);
    widths.insert(left, 1);
    (columns, widths)
}

/// Gives every column what it wants up to the same cap, and what is left over to the first ones.
fn share(wanted: &[usize], room: usize) -> Vec<usize> {
    let taken = |cap: usize| wanted.iter().map(|width| *width.min(&cap)).sum::<usize>();
    let mut cap = 1;
    while taken(cap + 1) <= room && taken(cap + 1) > taken(cap) {
        cap += 1;
    }
    let mut left_over = room.saturating_sub(taken(cap));
    wanted
        .iter()
        .map(|width| {
            let extra = usize::from(*width > cap && left_over > 0);
            left_over -= extra;
            *width.min(&cap) + extra
        })
        .collect()
}

fn natural_widths(cells: &Cells, look: &Look) -> Vec<usize> {
    let headers =
        [&cells.names, &cells.types].into_iter().filter(|row| look.headers && !row.is_empty());
    let rows: Vec<&Vec<String>> = headers.chain(&cells.head).chain(&cells.tail).collect();
    (0..cells.names.len())
        .map(|column| rows.iter().map(|row| width(&row[column])).max().unwrap_or_default().max(1))
        .collect()
}

/// Columns with a space on both sides and a line between them and around.
fn total_width(widths: &[usize]) -> usize {
    widths.iter().map(|width| width + 3).sum::<usize>() + 1
}

/// The words under the table, left and right, where counting helps.
fn footer(cells: &Cells, shown_columns: usize, look: &Look) -> Option<(String, String)> {
    let columns = cells.names.len();
    let shown_rows = cells.head.len() + cells.tail.len();
    let counts = cells.total == 0
        || cells.total >= ROWS_WORTH_COUNTING
        || shown_rows < cells.total
        || shown_columns < columns;
    if !look.footer || !counts {
        return None;
    }
    let words = |count: usize, shown: usize, noun: &str| {
        let plural = if count == 1 { "" } else { "s" };
        match shown < count {
            true => format!("{count} {noun}{plural} ({shown} shown)"),
            false => format!("{count} {noun}{plural}"),
        }
    };
    let right = match cells.total {
        0 => String::new(),
        _ => words(columns, shown_columns, "column"),
    };
    Some((words(cells.total, shown_rows, "row"), right))
}

/// The longest beginning that fits, with `…` for the rest.
fn truncate(text: &str, limit: usize) -> String {
    if width(text) <= limit {
        return text.to_string();
    }
    let mut out = String::new();
    let mut used = 0;
    for character in text.chars() {
        used += character.width().unwrap_or_default();
        if used + 1 > limit {
            break;
        }
        out.push(character);
    }
    out.push('…');
    out
}

#[derive(Clone, Copy)]
enum Align {
    Left,
    Center,
    Right,
}

/// Draws lines of fixed columns.
struct Pen<'a> {
    look: &'a Look,
    columns: Vec<Option<usize>>,
    widths: Vec<usize>,
    right: &'a [bool],
    out: String,
}

impl Pen<'_> {
    fn rule(&mut self, [left, middle, right]: [char; 3]) {
        self.out.push(left);
        for (index, column) in self.widths.iter().enumerate() {
            if index > 0 {
                self.out.push(middle);
            }
            self.out.extend(std::iter::repeat_n(self.look.horizontal, column + 2));
        }
        self.out.push(right);
        self.out.push('\n');
    }

    fn value_row(&mut self, row: &[String]) {
        let right = self.right;
        let align = |column: usize| if right[column] { Align::Right } else { Align::Left };
        self.row(|column| (row[column].as_str(), align(column)), "…");
    }

    fn row<'t>(&mut self, cell: impl Fn(usize) -> (&'t str, Align), left_out: &str) {
        for (column, available) in self.columns.iter().zip(&self.widths) {
            let (text, align) = match column {
                Some(column) => {
                    let (text, align) = cell(*column);
                    (truncate(text, *available), align)
                }
                None => (left_out.to_string(), Align::Center),
            };
            let gap = available.saturating_sub(width(&text));
            let before = match align {
                Align::Left => 0,
                Align::Center => gap / 2,
                Align::Right => gap,
            };
            self.out.push(self.look.vertical);
            self.out.push(' ');
            self.out.extend(std::iter::repeat_n(' ', before));
            self.out.push_str(&text);
            self.out.extend(std::iter::repeat_n(' ', gap - before + 1));
        }
        self.out.push(self.look.vertical);
        self.out.push('\n');
    }

    fn footer(&mut self, left: &str, right: &str) {
        let inner = total_width(&self.widths) - 4;
        let lines = match width(left) + 2 + width(right) <= inner || right.is_empty() {
            true => vec![(left, right)],
            false => vec![(left, ""), (right, "")],
        };
        for (left, right) in lines {
            let gap = inner.saturating_sub(width(left) + width(right));
            let vertical = self.look.vertical;
            self.out.extend([&format!("{vertical} {left}"), " ".repeat(gap).as_str(), right]);
            self.out.push(' ');
            self.out.push(vertical);
            self.out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests;
