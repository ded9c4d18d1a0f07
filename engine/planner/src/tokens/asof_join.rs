//! `a ASOF [LEFT] JOIN b ON … AND a.ts >= b.ts`, DuckDB's form. It becomes a join whose condition begins
//! with a marker; the form with `MATCH_CONDITION` is left to the parser.

use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{ASOF_MARKER, Error, Result, marked};

use super::{Tokens, expected, find, is_any, is_at, sign};
use crate::script::position;

const JOIN_ENDS: [&str; 12] = [
    "on",
    "using",
    "match_condition",
    "join",
    "where",
    "group",
    "having",
    "qualify",
    "order",
    "limit",
    "union",
    "except",
];

pub(super) fn rewrite(mut tokens: Tokens) -> Result<Tokens> {
    let mut index = 0;
    while index < tokens.len() {
        let Some(join) = join_at(&tokens, index)? else {
            index += 1;
            continue;
        };
        let condition = find(&tokens, join + 1, &JOIN_ENDS);
        if is_at(&tokens, condition, "match_condition") {
            // Every row of the left stays in this form; LEFT may say so, and INNER may not.
            if is_at(&tokens, index + 1, "inner") {
                return Err(Error::unsupported("ASOF INNER JOIN with MATCH_CONDITION")
                    .with_hint("write ASOF JOIN … ON …, which keeps the rows that match")
                    .at(position(tokens[index].span.start)));
            }
            tokens.drain(index + 1..join);
        } else if is_any(&tokens, condition, &["on", "using"]) {
            let span = tokens[condition].span;
            let at = match is_at(&tokens, condition, "on") {
                true => condition + 1,
                false => condition + 2,
            };
            if is_at(&tokens, condition, "using") {
                tokens.insert(at, sign(Token::Comma, span));
            }
            tokens.insert(at, sign(marked(ASOF_MARKER), span));
            tokens.remove(index);
        } else {
            return Err(expected(
                "ON, USING or MATCH_CONDITION after ASOF JOIN",
                &tokens,
                condition,
            ));
        }
        index += 1;
    }
    Ok(tokens)
}

/// The index of JOIN, if an ASOF join starts at `index`.
fn join_at(tokens: &Tokens, index: usize) -> Result<Option<usize>> {
    if !is_at(tokens, index, "asof") {
        return Ok(None);
    }
    let mut join = index + 1;
    let refused = is_any(tokens, join, &["right", "full", "semi", "anti"]);
    if is_any(tokens, join, &["left", "inner", "right", "full", "semi", "anti"]) {
        join += 1;
    }
    if is_at(tokens, join, "outer") {
        join += 1;
    }
    if !is_at(tokens, join, "join") {
        return Ok(None);
    }
    match refused {
        true => Err(Error::unsupported("an ASOF join is INNER or LEFT")
            .at(position(tokens[index + 1].span.start))),
        false => Ok(Some(join)),
    }
}
