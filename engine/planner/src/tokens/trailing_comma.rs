//! `SELECT a, b, FROM t`: a comma that nothing follows counts for nothing.

use datafusion::sql::sqlparser::tokenizer::Token;
use extension::Result;

use super::{Tokens, closes, is, is_any, is_at};

/// Words that end a list and name no column.
const CLAUSES: [&str; 4] = ["from", "where", "having", "qualify"];
/// What follows a set operation.
const QUERIES: [&str; 8] = ["select", "from", "all", "distinct", "by", "values", "with", "("];

pub(super) fn rewrite(tokens: Tokens) -> Result<Tokens> {
    let is_trailing = |index: usize| {
        let next = index + 1;
        if index == 0 || !is(&tokens[index], ",") || is(&tokens[index - 1], "(") {
            return false;
        }
        match tokens.get(next) {
            None => true,
            Some(token) if closes(&token.token) => true,
            // A clause's word may also name an argument, as in `f(x, limit => 2)`.
            Some(_) if is_any(&tokens, next, &["group", "order"]) => is_at(&tokens, next + 1, "by"),
            Some(_) if is_any(&tokens, next, &["union", "intersect", "except"]) => {
                is_any(&tokens, next + 1, &QUERIES)
            }
            Some(_) if is_any(&tokens, next, &["limit", "offset"]) => matches!(
                tokens.get(next + 1).map(|token| &token.token),
                Some(Token::Number(..) | Token::Placeholder(_) | Token::LParen)
            ),
            Some(_) if is_any(&tokens, next, &CLAUSES) => !matches!(
                tokens.get(next + 1).map(|token| &token.token),
                None | Some(
                    Token::RArrow
                        | Token::Assignment
                        | Token::Eq
                        | Token::Colon
                        | Token::Comma
                        | Token::RParen
                        | Token::Period
                )
            ),
            Some(_) => false,
        }
    };
    let kept: Vec<bool> = (0..tokens.len()).map(|index| !is_trailing(index)).collect();
    Ok(tokens.into_iter().zip(kept).filter_map(|(token, kept)| kept.then_some(token)).collect())
}
