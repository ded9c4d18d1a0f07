//! Reading a script line by line: commands of the shell, and SQL up to the `;` that ends it.

use crate::lexer::{Kind, Open, tokens};

/// Something to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A command of the shell, with the line it stands on.
    Command {
        /// The line, without white space around it.
        text: String,
        /// Counts from 1.
        line: u64,
    },
    /// One or more statements.
    Sql {
        /// Whole lines.
        text: String,
        /// The line of the script that the text begins with.
        line: u64,
    },
}

/// Collects lines until they make something to run.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    text: String,
    first_line: u64,
    lines: u64,
    open: Open,
    /// Whether something other than comments has been read, and whether it ended with `;`.
    started: bool,
    ended: bool,
}

impl Reader {
    /// Takes the next line (with its line break) and returns what is complete with it.
    pub(crate) fn line(&mut self, line: &str) -> Option<Piece> {
        self.lines += 1;
        let trimmed = line.trim();
        if !self.started && self.open == Open::Nothing && trimmed.starts_with(['.', '\\']) {
            self.clear();
            return Some(Piece::Command { text: trimmed.to_string(), line: self.lines });
        }
        if self.text.is_empty() {
            self.first_line = self.lines;
        }
        let (tokens, open) = tokens(line, std::mem::take(&mut self.open));
        self.open = open;
        for token in
            tokens.iter().filter(|token| !matches!(token.kind, Kind::Space | Kind::Comment))
        {
            self.started = true;
            self.ended = &line[token.range.clone()] == ";";
        }
        self.text.push_str(line);
        match self.started && self.ended && self.open == Open::Nothing {
            true => self.take(),
            false => None,
        }
    }

    /// What is left at the end of the script.
    pub(crate) fn finish(&mut self) -> Option<Piece> {
        match self.started || self.open != Open::Nothing {
            true => self.take(),
            false => None,
        }
    }

    /// Whether nothing but comments is waiting for more lines.
    pub(crate) fn is_idle(&self) -> bool {
        !self.started && self.open == Open::Nothing
    }

    /// The lines that wait for more, and what is open at their end.
    pub(crate) fn pending(&self) -> (&str, &Open) {
        (&self.text, &self.open)
    }

    /// Forgets lines that wait for more.
    pub(crate) fn clear(&mut self) {
        *self = Self { lines: self.lines, ..Self::default() };
    }

    fn take(&mut self) -> Option<Piece> {
        let piece = Piece::Sql { text: std::mem::take(&mut self.text), line: self.first_line };
        self.clear();
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::{Piece, Reader};

    fn read(script: &str) -> Vec<Piece> {
        let mut reader = Reader::default();
        let mut pieces: Vec<Piece> =
            script.split_inclusive('\n').filter_map(|line| reader.line(line)).collect();
        pieces.extend(reader.finish());
        pieces
    }

    fn sql(text: &str, line: u64) -> Piece {
        Piece::Sql { text: text.to_string(), line }
    }

    fn command(text: &str, line: u64) -> Piece {
        Piece::Command { text: text.to_string(), line }
    }

    #[test]
    fn statements_end_at_semicolons_and_the_end() {
        assert_eq!(read("select 1;\nselect\n2"), [sql("select 1;\n", 1), sql("select\n2", 2)]);
        assert_eq!(read("select ';\n.mode csv\n';"), [sql("select ';\n.mode csv\n';", 1)]);
        assert_eq!(read("select 1; -- done\n"), [sql("select 1; -- done\n", 1)]);
        assert_eq!(read("-- nothing\n\n"), []);
        assert_eq!(read("/* open"), [sql("/* open", 1)]);
    }

    #[test]
    fn commands_stand_where_a_statement_would_begin() {
        assert_eq!(
            read("-- a\n.mode csv\nselect 1\n.5;\n\\d t\n"),
            [command(".mode csv", 2), sql("select 1\n.5;\n", 3), command("\\d t", 5)]
        );
    }
}
