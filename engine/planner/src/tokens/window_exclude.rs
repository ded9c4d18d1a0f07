//! `EXCLUDE` in the frame of a window. `EXCLUDE NO OTHERS` is the default; the other exclusions become a
//! marker in PARTITION BY, which [`exclusion`](crate::exclusion) finds when the window is planned.

use datafusion::sql::sqlparser::tokenizer::Token;

use extension::Result;

use super::{Tokens, closes, is_any, is_at, opens, sign, span_at, word};
use crate::exclusion::MARKER;

pub(super) fn rewrite(mut tokens: Tokens) -> Result<Tokens> {
    let mut index = 1;
    while index < tokens.len() {
        let in_frame = is_at(&tokens, index, "exclude")
            && is_any(&tokens, index - 1, &["row", "preceding", "following"]);
        if in_frame && is_at(&tokens, index + 1, "no") && is_at(&tokens, index + 2, "others") {
            tokens.drain(index..index + 3);
            continue;
        }
        if in_frame
            && let Some(kind) = ["current", "group", "ties"]
                .into_iter()
                .find(|kind| is_at(&tokens, index + 1, kind))
        {
            let span = span_at(&tokens, index);
            let words = if kind == "current" { 3 } else { 2 };
            tokens.drain(index..index + words);
            let open = opening(&tokens, index);
            // In brackets, since a plain literal in PARTITION BY is dropped.
            let marker = [
                sign(Token::LParen, span),
                sign(Token::SingleQuotedString(format!("{MARKER}{kind}")), span),
                sign(Token::RParen, span),
            ];
            let partition = open + 1 + usize::from(is_named(&tokens, open + 1));
            if is_at(&tokens, partition, "partition") {
                let marker = marker.into_iter().chain([sign(Token::Comma, span)]);
                tokens.splice(partition + 2..partition + 2, marker);
            } else {
                let words = [word("PARTITION", span), word("BY", span)];
                tokens.splice(partition..partition, words.into_iter().chain(marker));
            }
        }
        index += 1;
    }
    Ok(tokens)
}

/// The bracket around the token at `index`.
fn opening(tokens: &Tokens, index: usize) -> usize {
    let mut depth = 0usize;
    for at in (0..index).rev() {
        if closes(&tokens[at].token) {
            depth += 1;
        } else if opens(&tokens[at].token) {
            if depth == 0 {
                return at;
            }
            depth -= 1;
        }
    }
    0
}

/// Whether a window begins with the name of another.
fn is_named(tokens: &Tokens, index: usize) -> bool {
    matches!(tokens.get(index).map(|token| &token.token), Some(Token::Word(_)))
        && !is_any(tokens, index, &["partition", "order", "rows", "range", "groups"])
}
