//! `* LIKE 'a%'` and its kin are `COLUMNS(*, lambda c: c LIKE 'a%')`, and `*COLUMNS(…)` is a call with a
//! name of its own.

use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use extension::Result;

use super::{Tokens, is, is_any, is_at, marker, sign, word};
use crate::markers::UNPACKED_COLUMNS;

/// The variable of the made lambda.
const VARIABLE: &str = "name of column";

pub(super) fn rewrite(tokens: Tokens) -> Result<Tokens> {
    let mut rewritten = Tokens::with_capacity(tokens.len());
    let mut index = 0;
    while index < tokens.len() {
        let token = &tokens[index];
        if !is(token, "*") || is_operator(&tokens, index) {
            rewritten.push(token.clone());
            index += 1;
        } else if is_at(&tokens, index + 1, "columns") && is_at(&tokens, index + 2, "(") {
            rewritten.push(marker(UNPACKED_COLUMNS, token.span));
            index += 2;
        } else if let Some(end) = end_of_filter(&tokens, index + 1) {
            let star = start_of_star(&rewritten);
            let qualifier = rewritten.split_off(star);
            rewritten.push(word("columns", token.span));
            rewritten.push(sign(Token::LParen, token.span));
            rewritten.extend(qualifier);
            rewritten.push(token.clone());
            rewritten.push(sign(Token::Comma, token.span));
            rewritten.push(word("lambda", token.span));
            rewritten.push(marker(VARIABLE, token.span));
            rewritten.push(sign(Token::Colon, token.span));
            rewritten.push(marker(VARIABLE, token.span));
            rewritten.extend_from_slice(&tokens[index + 1..end]);
            rewritten.push(sign(Token::RParen, token.span));
            index = end;
        } else {
            rewritten.push(token.clone());
            index += 1;
        }
    }
    Ok(rewritten)
}

/// Whether the star at `index` multiplies what stands before it.
fn is_operator(tokens: &[TokenWithSpan], index: usize) -> bool {
    let Some(before) = index.checked_sub(1) else { return false };
    match &tokens[before].token {
        Token::LParen | Token::Comma | Token::Period => false,
        Token::Word(_) => !is_any(tokens, before, &["select", "distinct", "all", "by", "on"]),
        _ => true,
    }
}

/// The end of `[NOT] LIKE 'pattern'` and such at `index`.
fn end_of_filter(tokens: &[TokenWithSpan], index: usize) -> Option<usize> {
    let index = index + usize::from(is_at(tokens, index, "not"));
    let pattern = if is_any(tokens, index, &["like", "ilike", "glob"]) {
        index + 1
    } else if is_at(tokens, index, "similar") && is_at(tokens, index + 1, "to") {
        index + 2
    } else {
        return None;
    };
    matches!(tokens.get(pattern)?.token, Token::SingleQuotedString(_)).then_some(pattern + 1)
}

/// Where the qualifiers of a star begin that is about to follow.
fn start_of_star(before: &[TokenWithSpan]) -> usize {
    let mut start = before.len();
    while start >= 2
        && before[start - 1].token == Token::Period
        && matches!(before[start - 2].token, Token::Word(_))
    {
        start -= 2;
    }
    start
}
