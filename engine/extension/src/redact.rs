//! Hides secrets in SQL text before it is shown, logged or kept: query lists, shell history, errors.
//!
//! The text need not be valid SQL. It is cut into tokens, and whatever stands as the value of a key
//! whose name says "secret" is replaced, so that odd spacing, comments and quoting do not matter. It
//! errs on the side of hiding too much.

use std::borrow::Cow;
use std::ops::Range;

#[cfg(test)]
mod tests;

/// What stands in the place of a secret.
const HIDDEN: &str = "'***'";

/// Words that make a name secret wherever they stand in it.
const SECRET_WORDS: &[&str] = &[
    "apikey",
    "bearer",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "pwd",
    "sas",
    "secret",
    "sig",
    "signature",
    "token",
];

/// Words that make a following `key` secret, unless it is only a `key_id`.
const SECRET_KEYS: &[&str] = &[
    "access",
    "account",
    "api",
    "column",
    "encryption",
    "footer",
    "master",
    "private",
    "shared",
    "signing",
    "storage",
];

/// Whether the value that belongs to `name` must not be shown.
///
/// ```
/// use parquetframe_extension::is_secret_key;
/// assert!(is_secret_key("aws.secret_access_key"));
/// assert!(!is_secret_key("KEY_ID"));
/// ```
pub fn is_secret_key(name: &str) -> bool {
    let lower = name.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.iter().enumerate().any(|(index, word)| {
        let before = index.checked_sub(1).map(|index| words[index]);
        let is_id = words.get(index + 1) == Some(&"id");
        match *word {
            "string" => before == Some("connection"),
            "key" => !is_id && before.is_some_and(|before| SECRET_KEYS.contains(&before)),
            word => SECRET_WORDS.contains(&word) && !is_id,
        }
    })
}

/// The text with the values of secret-like keys and the passwords in URLs replaced by `***`.
///
/// ```
/// use parquetframe_extension::redact;
/// assert_eq!(
///     redact("CREATE SECRET (TYPE s3, KEY_ID 'me', SECRET 'hush')"),
///     "CREATE SECRET (TYPE s3, KEY_ID 'me', SECRET '***')"
/// );
/// ```
pub fn redact(sql: &str) -> Cow<'_, str> {
    let tokens = tokens(sql);
    let mut replacements: Vec<(Range<usize>, String)> = vec![];
    let mut depth = 0usize;
    let mut words: Vec<String> = vec![];
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        index += 1;
        let text = &sql[token.range.clone()];
        let key = match token.kind {
            Kind::Symbol => {
                match text {
                    "(" => depth += 1,
                    ")" => depth = depth.saturating_sub(1),
                    ";" => {
                        depth = 0;
                        words.clear();
                    }
                    _ => {}
                }
                continue;
            }
            Kind::Word => {
                // What a statement is stands before its first parenthesis.
                if depth == 0 && words.len() < 5 {
                    words.push(text.to_lowercase());
                }
                text
            }
            Kind::String | Kind::Quoted => {
                if let Some(replaced) = redact_url(text) {
                    replacements.push((token.range.clone(), replaced));
                }
                text.trim_matches(['\'', '"'])
            }
            Kind::Number => continue,
        };
        if !is_secret_key(key) {
            continue;
        }
        let creates_secret = words.first().is_some_and(|word| word == "create")
            && words.iter().any(|word| word == "secret");
        // Values may be joined from pieces: SECRET 'a' || 'b'.
        let mut at = index;
        while tokens.get(at).is_some_and(|token| is_separator(&sql[token.range.clone()])) {
            at += 1;
        }
        while let Some(value) = tokens.get(at) {
            let hide = match value.kind {
                Kind::String => true,
                Kind::Quoted => depth > 0,
                Kind::Word | Kind::Number => depth > 0 && creates_secret,
                Kind::Symbol => false,
            };
            if !hide {
                break;
            }
            replacements.push((value.range.clone(), HIDDEN.to_string()));
            at += 1;
            if tokens.get(at).is_some_and(|token| &sql[token.range.clone()] == "|") {
                while tokens.get(at).is_some_and(|token| &sql[token.range.clone()] == "|") {
                    at += 1;
                }
            } else {
                break;
            }
        }
        index = at.max(index);
    }
    if replacements.is_empty() {
        return Cow::Borrowed(sql);
    }
    let mut out = String::with_capacity(sql.len());
    let mut end = 0;
    for (range, replacement) in replacements {
        out.push_str(&sql[end..range.start]);
        out.push_str(&replacement);
        end = range.end;
    }
    out.push_str(&sql[end..]);
    Cow::Owned(out)
}

/// Whether [`redact`] would hide something, so that the text should not be written down.
///
/// ```
/// use parquetframe_extension::holds_secret;
/// assert!(holds_secret("ATTACH 'postgres://me:word@host/db' AS db"));
/// assert!(!holds_secret("SELECT * FROM 'http://host:80/a@b.csv'"));
/// ```
pub fn holds_secret(sql: &str) -> bool {
    matches!(redact(sql), Cow::Owned(_))
}

/// Hides the password and the secret parameters of a URL, or of several in one text.
fn redact_url(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, after) = rest.split_at(start + 3);
        out.push_str(before);
        let end =
            after.find(|c: char| c.is_whitespace() || "'\"<>".contains(c)).unwrap_or(after.len());
        let url = &after[..end];
        let authority_end = url.find(['/', '?', '#']).unwrap_or(url.len());
        let (authority, path) = url.split_at(authority_end);
        match authority.rsplit_once('@') {
            Some((user, host)) => {
                out.push_str(user.split(':').next().unwrap_or_default());
                if user.contains(':') {
                    out.push_str(":***");
                }
                out.push('@');
                out.push_str(host);
            }
            None => out.push_str(authority),
        }
        match path.split_once('?') {
            Some((path, query)) => {
                out.push_str(path);
                for (index, parameter) in query.split('&').enumerate() {
                    out.push(if index == 0 { '?' } else { '&' });
                    match parameter.split_once('=') {
                        Some((name, _)) if is_secret_key(name) => {
                            out.push_str(name);
                            out.push_str("=***");
                        }
                        _ => out.push_str(parameter),
                    }
                }
            }
            None => out.push_str(path),
        }
        rest = &after[end..];
    }
    out.push_str(rest);
    (out != text).then_some(out)
}

fn is_separator(text: &str) -> bool {
    matches!(text, "=" | ">" | ":")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Number,
    /// `'…'` or `$$…$$`.
    String,
    /// `"…"`.
    Quoted,
    Symbol,
}

#[derive(Debug)]
struct Token {
    kind: Kind,
    range: Range<usize>,
}

/// The tokens that are neither space nor comment. A quote that is never closed reaches to the end.
fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens = vec![];
    let mut position = 0;
    while let Some(first) = sql[position..].chars().next() {
        let rest = &sql[position..];
        let (kind, length) = if first.is_whitespace() {
            (None, first.len_utf8())
        } else if rest.starts_with("--") {
            (None, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (None, rest.find("*/").map_or(rest.len(), |end| end + 2))
        } else if first == '\'' || first == '"' {
            let kind = if first == '"' { Kind::Quoted } else { Kind::String };
            (Some(kind), quoted_length(rest, first))
        } else if let Some(length) = dollar_length(rest) {
            (Some(Kind::String), length)
        } else if first.is_alphanumeric() || first == '_' {
            let length =
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let kind = if first.is_ascii_digit() { Kind::Number } else { Kind::Word };
            // The prefix of E'…' and X'…' belongs to the string.
            match (length, rest[length..].starts_with('\'')) {
                (1, true) => (Some(Kind::String), 1 + quoted_length(&rest[1..], '\'')),
                _ => (Some(kind), length),
            }
        } else {
            (Some(Kind::Symbol), first.len_utf8())
        };
        if let Some(kind) = kind {
            tokens.push(Token { kind, range: position..position + length });
        }
        position += length;
    }
    tokens
}

/// The length of a quoted text; a doubled quote does not end it.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((index, character)) = characters.next() {
        if character == quote {
            match characters.peek() {
                Some((_, next)) if *next == quote => {
                    characters.next();
                }
                _ => return index + 1,
            }
        }
    }
    text.len()
}

/// The length of a `$$…$$` or `$tag$…$tag$` string that begins the text.
fn dollar_length(text: &str) -> Option<usize> {
    let tag_end = text.strip_prefix('$')?.find('$')? + 2;
    let tag = &text[..tag_end];
    let plain = tag[1..tag_end - 1].chars().all(|c| c.is_alphanumeric() || c == '_');
    let begins_with_digit = tag[1..].starts_with(|c: char| c.is_ascii_digit());
    (plain && !begins_with_digit)
        .then(|| text[tag_end..].find(tag).map_or(text.len(), |end| tag_end + end + tag_end))
}
