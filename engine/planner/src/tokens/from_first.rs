//! `FROM t WHERE …` without a select list is `SELECT * FROM t WHERE …`, and `(FROM t SELECT x)` may be a value.

use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use extension::Result;

use super::{Tokens, closes, find, is, is_any, is_at, opens, sign, word};

const SET_OPERATIONS: [&str; 3] = ["union", "intersect", "except"];

/// What was read of a statement or of a bracket.
#[derive(Default)]
struct Frame {
    start: usize,
    /// Whether the query that is being read has its SELECT or FROM.
    has_select: bool,
    /// Whether a bracket of ours closes with it.
    is_wrapped: bool,
}

pub(super) fn rewrite(tokens: Tokens) -> Result<Tokens> {
    let mut rewritten = Tokens::with_capacity(tokens.len() + 2);
    let mut frames = vec![Frame::default()];
    for (index, token) in tokens.iter().enumerate() {
        let Some(frame) = frames.last_mut() else { break };
        if opens(&token.token) {
            frames.push(Frame { start: index + 1, ..Frame::default() });
        } else if closes(&token.token) {
            if frames.len() > 1 && frames.pop().is_some_and(|frame| frame.is_wrapped) {
                rewritten.push(sign(Token::RParen, token.span));
            }
        } else if is_any(&tokens, index, &SET_OPERATIONS) {
            frame.has_select = false;
        } else if is(token, "select") {
            frame.has_select = true;
        } else if is(token, "from") && !frame.has_select && starts_query(&tokens, index, frame) {
            frame.has_select = true;
            let end = find(&tokens, index + 1, &["select", "union", "intersect", "except"]);
            if !is_at(&tokens, end, "select") {
                rewritten.push(word("SELECT", token.span));
                rewritten.push(sign(Token::Mul, token.span));
            } else if is_value(&tokens, index) {
                // Where the parser expects a value it looks for SELECT alone.
                frame.is_wrapped = true;
                rewritten.push(word("SELECT", token.span));
                rewritten.push(sign(Token::Mul, token.span));
                rewritten.push(word("FROM", token.span));
                rewritten.push(sign(Token::LParen, token.span));
            }
        }
        rewritten.push(token.clone());
    }
    Ok(rewritten)
}

/// Whether the FROM at `index` begins a bracket in the place of a value.
fn is_value(tokens: &[TokenWithSpan], index: usize) -> bool {
    let before = |back: usize| index.checked_sub(back).and_then(|at| tokens.get(at));
    let words = ["select", "where", "and", "or", "not", "then", "else", "when", "having", "by"];
    before(1).is_some_and(|token| token.token == Token::LParen)
        && before(2).is_some_and(|token| match &token.token {
            Token::Word(_) => is_any(tokens, index - 2, &words),
            _ => true,
        })
}

/// Whether a query can start at `index`; FROM also stands in DELETE, SHOW, `extract` and others.
fn starts_query(tokens: &[TokenWithSpan], index: usize, frame: &Frame) -> bool {
    let Some(before) = index.checked_sub(1) else { return true };
    let earlier = |texts: &[&str]| before > 0 && is_any(tokens, before - 1, texts);
    // What the statement or the bracket began with may have something before its query.
    let leads = |texts: &[&str]| is_any(tokens, frame.start, texts);
    match &tokens[before].token {
        Token::LParen => !earlier(&["trim"]),
        Token::RParen => leads(&["with", "explain", "insert", "describe", "summarize"]),
        Token::Word(_) => {
            is_any(tokens, before, &["explain", "analyze", "verbose", "summarize"])
                || is_any(tokens, before, &["describe", "desc", "as"])
                || is_any(tokens, before, &SET_OPERATIONS)
                || (is_at(tokens, before, "table") && earlier(&["as"]))
                || (is_any(tokens, before, &["all", "distinct"]) && earlier(&SET_OPERATIONS))
                || (is_at(tokens, before, "name") && earlier(&["by"]))
                || (leads(&["insert"]) && before > frame.start)
        }
        _ => false,
    }
}
