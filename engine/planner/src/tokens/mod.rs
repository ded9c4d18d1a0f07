//! Rewrites on the tokens of a statement, for forms that the grammar has no place for.
//!
//! Each rewrite turns its form into tokens that the parser reads, often with a name in [`markers`] that
//! no user can have meant, for the rewrites of the syntax tree to find. Tokens keep the places where
//! they were written, and made ones have the place of what they stand for, so errors point into the
//! user's text.

mod asof_join;
mod file_list;
mod filter_where;
mod from_first;
mod graph_table;
mod limit_percent;
mod materialized;
mod pivot;
mod positional_join;
mod sample;
mod star_filter;
mod trailing_comma;
mod using_key;
mod window_exclude;

use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan};
use extension::{Error, Result};

use crate::markers;
use crate::script::position;

type Tokens = Vec<TokenWithSpan>;

struct Rewrite {
    /// A statement without any of these words, in lower case, is left alone.
    words: &'static [&'static str],
    rewrite: fn(Tokens) -> Result<Tokens>,
}

/// All rewrites, in the order in which they are applied: what is in a language of its own comes before all,
/// clauses are found by their words, so what ends
/// in a comma comes first, and `FROM` alone becomes a `SELECT` before clauses are moved.
const REWRITES: [Rewrite; 14] = [
    Rewrite { words: &["graph_table"], rewrite: graph_table::rewrite },
    Rewrite { words: &[","], rewrite: trailing_comma::rewrite },
    Rewrite {
        words: &["pivot", "pivot_wider", "unpivot", "pivot_longer"],
        rewrite: pivot::rewrite,
    },
    Rewrite { words: &["from"], rewrite: from_first::rewrite },
    Rewrite { words: &["["], rewrite: file_list::rewrite },
    Rewrite { words: &["key"], rewrite: using_key::rewrite },
    Rewrite { words: &["materialized"], rewrite: materialized::rewrite },
    Rewrite { words: &["limit"], rewrite: limit_percent::rewrite },
    Rewrite { words: &["asof"], rewrite: asof_join::rewrite },
    Rewrite { words: &["positional", "apply"], rewrite: positional_join::rewrite },
    Rewrite { words: &["sample", "tablesample"], rewrite: sample::rewrite },
    Rewrite { words: &["*"], rewrite: star_filter::rewrite },
    Rewrite { words: &["exclude"], rewrite: window_exclude::rewrite },
    Rewrite { words: &["filter"], rewrite: filter_where::rewrite },
];

/// Applies all rewrites. White space and comments are gone afterwards.
pub(crate) fn rewrite(mut tokens: Tokens) -> Result<Tokens> {
    tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
    for Rewrite { words, rewrite } in &REWRITES {
        if tokens.iter().any(|token| words.iter().any(|word| is(token, word))) {
            tokens = rewrite(tokens)?;
        }
    }
    Ok(tokens)
}

/// Whether a token is this unquoted word, or this sign.
fn is(token: &TokenWithSpan, text: &str) -> bool {
    match &token.token {
        Token::Word(word) => word.quote_style.is_none() && word.value.eq_ignore_ascii_case(text),
        Token::Comma => text == ",",
        Token::Mul => text == "*",
        Token::LBracket => text == "[",
        Token::LParen => text == "(",
        Token::RParen => text == ")",
        Token::Mod => text == "%",
        _ => false,
    }
}

/// Whether the token at `index` is this unquoted word, or this sign.
fn is_at(tokens: &[TokenWithSpan], index: usize, text: &str) -> bool {
    tokens.get(index).is_some_and(|token| is(token, text))
}

fn is_any(tokens: &[TokenWithSpan], index: usize, texts: &[&str]) -> bool {
    texts.iter().any(|text| is_at(tokens, index, text))
}

fn opens(token: &Token) -> bool {
    matches!(token, Token::LParen | Token::LBracket | Token::LBrace)
}

fn closes(token: &Token) -> bool {
    matches!(token, Token::RParen | Token::RBracket | Token::RBrace)
}

/// The index after the bracket that closes the one at `open`, or the end.
fn after_group(tokens: &[TokenWithSpan], open: usize) -> usize {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if opens(&token.token) {
            depth += 1;
        } else if closes(&token.token) {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return index + 1;
            }
        }
    }
    tokens.len()
}

/// The first index from `start` on that is one of `stops` outside of brackets, or closes the bracket
/// around `start`, or the end.
fn find(tokens: &[TokenWithSpan], start: usize, stops: &[&str]) -> usize {
    let mut index = start;
    while index < tokens.len() {
        if closes(&tokens[index].token) || is_any(tokens, index, stops) {
            return index;
        }
        index = match opens(&tokens[index].token) {
            true => after_group(tokens, index),
            false => index + 1,
        };
    }
    tokens.len()
}

/// An unquoted word at the place of `span`.
fn word(text: &str, span: Span) -> TokenWithSpan {
    TokenWithSpan::new(Token::make_word(text, None), span)
}

/// The name of a marker at the place of `span`.
fn marker(text: &str, span: Span) -> TokenWithSpan {
    TokenWithSpan::new(Token::make_word(text, Some(markers::QUOTE)), span)
}

fn sign(token: Token, span: Span) -> TokenWithSpan {
    TokenWithSpan::new(token, span)
}

/// Where the token at `index` stands; the last one's place beyond the end.
fn span_at(tokens: &[TokenWithSpan], index: usize) -> Span {
    tokens.get(index).or(tokens.last()).map_or_else(Span::empty, |token| token.span)
}

/// A syntax error at the token at `index`.
fn expected(what: &str, tokens: &[TokenWithSpan], index: usize) -> Error {
    let found = match tokens.get(index) {
        Some(token) => format!("'{}'", token.token),
        None => "the end".to_string(),
    };
    Error::syntax(format!("expected {what}, found {found}"))
        .at(position(span_at(tokens, index).start))
}
