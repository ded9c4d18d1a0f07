//! What can stand at the cursor, judged by the tokens around it. Nothing here asks the session.

use crate::keywords::is_keyword;
use crate::lexer::{Kind, Open, Token, tokens};

/// What is wanted at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A file: the text since the opening quote.
    Path,
    /// The name of a setting.
    Setting,
    /// A table or a table function.
    Table,
    /// A column of the relation with this name or alias.
    ColumnOf(String),
    /// A column, function or keyword.
    Expression,
}

/// A relation that a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Relation {
    /// How it stands after FROM.
    pub(super) sql: String,
    /// What its columns may be prefixed with.
    pub(super) name: String,
}

/// What is wanted at the end of `text`, and where the word begins that is being typed.
pub(super) fn wanted(text: &str) -> (Wanted, usize) {
    let statement = last_statement(text);
    let offset = text.len() - statement.len();
    let (tokens, open) = tokens(statement, Open::Nothing);
    if let (Open::Text(_), Some(last)) = (&open, tokens.last()) {
        let quote = statement[last.range.clone()].find('\'').unwrap_or_default();
        return (Wanted::Path, offset + last.range.start + quote + 1);
    }
    // The word under the cursor may have dots: `schema.table`, `alias.column`, `datafusion.x.y`.
    let start = statement
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
        .map_or(0, |at| at + statement[at..].chars().next().map_or(1, char::len_utf8));
    let word = &statement[start..];
    let before: Vec<&str> = tokens
        .iter()
        .filter(|token| {
            token.range.end <= start && !matches!(token.kind, Kind::Space | Kind::Comment)
        })
        .map(|token| &statement[token.range.clone()])
        .collect();
    let is = |word: Option<&&str>, list: &[&str]| {
        word.is_some_and(|word| list.iter().any(|l| l.eq_ignore_ascii_case(word)))
    };
    if before.len() == 1 && is(before.first(), &["SET", "RESET", "SHOW"]) {
        return (Wanted::Setting, offset + start);
    }
    const BEFORE_TABLES: &[&str] =
        &["FROM", "JOIN", "INTO", "TABLE", "UPDATE", "DESCRIBE", "SUMMARIZE", "VIEW", "COPY"];
    if is(before.last(), BEFORE_TABLES) {
        return (Wanted::Table, offset + start);
    }
    match word.rsplit_once('.') {
        Some((relation, column)) => {
            (Wanted::ColumnOf(relation.to_string()), offset + statement.len() - column.len())
        }
        None => (Wanted::Expression, offset + start),
    }
}

/// The text after the last `;`.
pub(super) fn last_statement(text: &str) -> &str {
    let (tokens, _) = tokens(text, Open::Nothing);
    let end = tokens
        .iter()
        .rev()
        .find(|token| &text[token.range.clone()] == ";")
        .map_or(0, |token| token.range.end);
    &text[end..]
}

/// The relations that stand after FROM, JOIN, INTO and UPDATE.
pub(super) fn relations(statement: &str) -> Vec<Relation> {
    let (tokens, _) = tokens(statement, Open::Nothing);
    let tokens: Vec<&Token> =
        tokens.iter().filter(|token| !matches!(token.kind, Kind::Space | Kind::Comment)).collect();
    let text = |index: usize| tokens.get(index).map_or("", |token| &statement[token.range.clone()]);
    let mut relations = vec![];
    let mut index = 0;
    while index < tokens.len() {
        let starts = ["FROM", "JOIN", "INTO", "UPDATE"]
            .iter()
            .any(|word| word.eq_ignore_ascii_case(text(index)));
        index += 1;
        if !starts {
            continue;
        }
        while let Some(first) = tokens.get(index) {
            let start = first.range.start;
            let mut name = text(index).to_string();
            match first.kind {
                Kind::Text => {
                    let path = name.trim_matches('\'').replace("''", "'");
                    let file = path.rsplit('/').next().unwrap_or(&path);
                    name = file.split('.').next().unwrap_or(file).to_string();
                }
                Kind::QuotedName => name = name.trim_matches('"').to_string(),
                Kind::Word if !is_keyword(&name) => {}
                _ => break,
            }
            index += 1;
            while text(index) == "." {
                name = text(index + 1).trim_matches('"').to_string();
                index += 2;
            }
            index = after_parentheses(index, &text);
            if text(index).eq_ignore_ascii_case("AS") {
                index += 1;
            }
            if let Some(token) = tokens.get(index)
                && (token.kind == Kind::QuotedName
                    || (token.kind == Kind::Word && !is_keyword(text(index))))
            {
                name = text(index).trim_matches('"').to_string();
                // The alias may rename the columns: `t(a, b)`.
                index = after_parentheses(index + 1, &text);
            }
            let end = tokens.get(index - 1).map_or(start, |token| token.range.end);
            let sql = statement[start..end].to_string();
            relations.push(Relation { sql, name });
            if text(index) != "," {
                break;
            }
            index += 1;
        }
    }
    relations
}

/// The index behind the parentheses that begin at `index`, if any do.
fn after_parentheses<'a>(mut index: usize, text: &impl Fn(usize) -> &'a str) -> usize {
    let mut depth = 0;
    loop {
        match text(index) {
            "(" => depth += 1,
            ")" => depth -= 1,
            "" => return index,
            _ => {}
        }
        if depth == 0 {
            return index + usize::from(text(index) == ")");
        }
        index += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Relation, Wanted, relations, wanted};

    #[test]
    fn the_words_before_say_what_is_wanted() {
        for (text, expected, start) in [
            ("select 1; sel", Wanted::Expression, 10),
            ("select * from or", Wanted::Table, 14),
            ("select * from 'data/or", Wanted::Path, 15),
            ("SET thr", Wanted::Setting, 4),
            ("SET datafusion.exec", Wanted::Setting, 4),
            ("select o.pri", Wanted::ColumnOf("o".to_string()), 9),
            ("update t set ", Wanted::Expression, 13),
            ("select é, a", Wanted::Expression, 11),
        ] {
            assert_eq!(wanted(text), (expected, start), "{text}");
        }
    }

    #[test]
    fn relations_are_found_with_their_names() {
        let found = relations("select 1 from a.b x join 'dir/f.csv' on x.i = f.i where 1");
        let relation =
            |sql: &str, name: &str| Relation { sql: sql.to_string(), name: name.to_string() };
        assert_eq!(found, [relation("a.b x", "x"), relation("'dir/f.csv'", "f")]);
        let found = relations("from read_csv('q;', y => (1)) as r(a, b), t");
        assert_eq!(
            found,
            [relation("read_csv('q;', y => (1)) as r(a, b)", "r"), relation("t", "t")]
        );
    }
}
