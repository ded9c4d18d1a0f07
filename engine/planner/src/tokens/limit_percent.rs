//! `LIMIT 10%` and `LIMIT 10 PERCENT`.

use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use extension::Result;

use super::{Tokens, after_group, closes, is_any, is_at, marker, sign};
use crate::markers::LIMIT_PERCENT;

pub(super) fn rewrite(tokens: Tokens) -> Result<Tokens> {
    let mut rewritten = Tokens::with_capacity(tokens.len());
    let mut index = 0;
    while index < tokens.len() {
        rewritten.push(tokens[index].clone());
        index += 1;
        if !is_at(&tokens, index - 1, "limit") {
            continue;
        }
        let end = match tokens.get(index).map(|token| &token.token) {
            Some(Token::Number(..) | Token::Placeholder(_)) => index + 1,
            Some(Token::LParen) => after_group(&tokens, index),
            _ => continue,
        };
        if is_percent(&tokens, end) {
            let span = tokens[end].span;
            rewritten.push(marker(LIMIT_PERCENT, span));
            rewritten.push(sign(Token::LParen, span));
            rewritten.extend_from_slice(&tokens[index..end]);
            rewritten.push(sign(Token::RParen, span));
            index = end + 1;
        }
    }
    Ok(rewritten)
}

/// Whether the token at `index` is a percent sign, and not the remainder of a division.
fn is_percent(tokens: &[TokenWithSpan], index: usize) -> bool {
    if is_at(tokens, index, "percent") {
        return true;
    }
    is_at(tokens, index, "%")
        && match tokens.get(index + 1) {
            None => true,
            Some(token) if closes(&token.token) => true,
            Some(_) => is_any(
                tokens,
                index + 1,
                &["offset", "union", "intersect", "except", "using", "for"],
            ),
        }
}
