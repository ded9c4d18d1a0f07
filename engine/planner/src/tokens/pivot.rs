//! DuckDB's statements `PIVOT t ON … USING … GROUP BY …` and `UNPIVOT t ON … INTO NAME … VALUE …`, wherever
//! a query may stand, and what DuckDB adds to the standard's `PIVOT (…)`.
//!
//! A statement becomes a table function of sub-queries, one a clause: the grammar of a select list is
//! that of each clause.

use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan};
use extension::Result;

use super::{
    Tokens, after_group, closes, expected, find, is_any, is_at, marker, opens, sign, word,
};
use crate::markers::{PIVOT, PIVOT_FOR, PIVOT_GROUP, UNPIVOT};

const PIVOTS: [&str; 2] = ["pivot", "pivot_wider"];
const UNPIVOTS: [&str; 2] = ["unpivot", "pivot_longer"];
/// What may follow the clauses of a statement.
const ENDS: [&str; 5] = ["order", "limit", "union", "intersect", "except"];

pub(super) fn rewrite(tokens: Tokens) -> Result<Tokens> {
    let mut rewritten = Tokens::with_capacity(tokens.len());
    let mut index = 0;
    while index < tokens.len() {
        let is_pivot = is_any(&tokens, index, &PIVOTS);
        let is_unpivot = is_any(&tokens, index, &UNPIVOTS);
        let starts = (is_pivot || is_unpivot) && starts_query(&tokens, index);
        if starts {
            let (made, end) = match is_pivot {
                true => pivot_statement(&tokens, index)?,
                false => unpivot_statement(&tokens, index)?,
            };
            rewritten.extend(made);
            index = end;
        } else if is_pivot && is_at(&tokens, index + 1, "(") {
            let end = after_group(&tokens, index + 1);
            rewritten.push(word("PIVOT", tokens[index].span));
            rewritten.extend(standard_pivot(&tokens[index + 1..end])?);
            index = end;
        } else {
            rewritten.push(tokens[index].clone());
            index += 1;
        }
    }
    Ok(rewritten)
}

/// Whether a query can start at `index`.
fn starts_query(tokens: &[TokenWithSpan], index: usize) -> bool {
    let Some(before) = index.checked_sub(1) else { return true };
    let leads = || {
        is_any(tokens, 0, &["with", "explain"])
            && !(0..index)
                .any(|at| is_any(tokens, at, &["select", "from"]) && depth_is_zero(tokens, at))
    };
    match tokens[before].token {
        Token::LParen => true,
        Token::RParen => leads(),
        _ => {
            is_any(
                tokens,
                before,
                &["as", "explain", "analyze", "describe", "summarize", "all", "name"],
            ) || is_any(tokens, before, &["union", "intersect", "except", "by"])
        }
    }
}

fn depth_is_zero(tokens: &[TokenWithSpan], index: usize) -> bool {
    let open = tokens[..index].iter().filter(|token| opens(&token.token)).count();
    let closed = tokens[..index].iter().filter(|token| closes(&token.token)).count();
    open == closed
}

/// `(keyword tokens…)`.
fn sub_query(keyword: &str, tokens: Tokens, span: Span) -> Tokens {
    let mut made = vec![sign(Token::LParen, span), word(keyword, span)];
    made.extend(tokens);
    made.push(sign(Token::RParen, span));
    made
}

/// `SELECT * FROM marker(arguments…)`.
fn select_from(name: &str, arguments: Vec<Tokens>, span: Span) -> Tokens {
    let mut made = vec![
        word("SELECT", span),
        sign(Token::Mul, span),
        word("FROM", span),
        marker(name, span),
        sign(Token::LParen, span),
    ];
    for (index, argument) in arguments.into_iter().enumerate() {
        if index > 0 {
            made.push(sign(Token::Comma, span));
        }
        made.extend(argument);
    }
    made.push(sign(Token::RParen, span));
    made
}

/// The tokens of a clause that follows `words`, with the forms in them rewritten, and where it ends.
fn clause(
    tokens: &[TokenWithSpan],
    start: usize,
    words: usize,
    ends: &[&str],
) -> Result<(Tokens, usize)> {
    let end = find(tokens, start + words, ends);
    if end == start + words {
        return Err(expected("an expression", tokens, end));
    }
    Ok((rewrite(tokens[start + words..end].to_vec())?, end))
}

/// An argument that selects nothing.
fn none(span: Span) -> Tokens {
    vec![word("NULL", span)]
}

fn pivot_statement(tokens: &[TokenWithSpan], start: usize) -> Result<(Tokens, usize)> {
    let span = tokens[start].span;
    let mut ends = vec!["on", "using", "group"];
    ends.extend(ENDS);
    let (source, mut index) = clause(tokens, start, 1, &ends)?;
    let mut on = none(span);
    let mut using = none(span);
    let mut group = none(span);
    if is_at(tokens, index, "on") {
        let (part, end) = clause(tokens, index, 1, &ends[1..])?;
        (on, index) = (sub_query("SELECT", part, span), end);
    }
    if is_at(tokens, index, "using") {
        let (part, end) = clause(tokens, index, 1, &ends[2..])?;
        (using, index) = (sub_query("SELECT", part, span), end);
    }
    if is_at(tokens, index, "group") {
        let (part, end) = clause(tokens, index, 2, &ENDS)?;
        (group, index) = (sub_query("SELECT", part, span), end);
    }
    let source = sub_query("FROM", source, span);
    Ok((select_from(PIVOT, vec![source, on, using, group], span), index))
}

fn unpivot_statement(tokens: &[TokenWithSpan], start: usize) -> Result<(Tokens, usize)> {
    let span = tokens[start].span;
    let mut ends = vec!["on", "into"];
    ends.extend(ENDS);
    let (source, mut index) = clause(tokens, start, 1, &ends)?;
    if !is_at(tokens, index, "on") {
        return Err(expected("ON and the columns to unpivot", tokens, index));
    }
    let (on, end) = clause(tokens, index, 1, &ends[1..])?;
    index = end;
    let mut include_nulls = false;
    // DuckDB has the nulls before INTO's names, the standard before its parenthesis.
    let mut name = none(span);
    let mut values = none(span);
    if is_any(tokens, index, &["include", "exclude"]) && is_at(tokens, index + 1, "nulls") {
        include_nulls = is_at(tokens, index, "include");
        index += 2;
    }
    if is_at(tokens, index, "into") {
        index += 1;
        if is_at(tokens, index, "name") {
            let (part, end) = clause(tokens, index, 1, &["value", "values"])?;
            (name, index) = (sub_query("SELECT", part, span), end);
        }
        if is_any(tokens, index, &["value", "values"]) {
            let (part, end) = clause(tokens, index, 1, &ENDS)?;
            (values, index) = (sub_query("SELECT", part, span), end);
        }
    }
    let nulls = vec![word(if include_nulls { "TRUE" } else { "FALSE" }, span)];
    let arguments =
        vec![sub_query("FROM", source, span), sub_query("SELECT", on, span), name, values, nulls];
    Ok((select_from(UNPIVOT, arguments, span), index))
}

/// `(aggregates FOR a IN (…) b IN (…) GROUP BY c)`: all but the first column and the grouping become
/// aggregates with the names of markers.
fn standard_pivot(group: &[TokenWithSpan]) -> Result<Tokens> {
    let inner = &group[1..group.len().saturating_sub(1)];
    let for_at = find(inner, 0, &["for"]);
    if for_at == inner.len() {
        return Err(expected("FOR in PIVOT", inner, for_at));
    }
    let span = group[0].span;
    let mut columns = vec![];
    let mut start = for_at + 1;
    while start < inner.len() && !is_at(inner, start, "group") {
        let in_at = find(inner, start, &["in"]);
        let mut end = in_at + 1;
        if is_at(inner, end, "(") {
            end = after_group(inner, end);
        }
        if in_at == inner.len() {
            return Err(expected("IN after the column of PIVOT", inner, in_at));
        }
        columns.push(&inner[start..end]);
        start = end;
    }
    let mut made = vec![sign(Token::LParen, span)];
    made.extend(rewrite(inner[..for_at].to_vec())?);
    for column in columns.iter().skip(1) {
        made.push(sign(Token::Comma, span));
        made.push(marker(PIVOT_FOR, span));
        made.push(sign(Token::LParen, span));
        made.extend_from_slice(column);
        made.push(sign(Token::RParen, span));
    }
    if is_at(inner, start, "group") && is_at(inner, start + 1, "by") {
        made.push(sign(Token::Comma, span));
        made.push(marker(PIVOT_GROUP, span));
        made.push(sign(Token::LParen, span));
        made.extend_from_slice(&inner[start + 2..]);
        made.push(sign(Token::RParen, span));
    }
    made.push(inner[for_at].clone());
    if let Some(first) = columns.first() {
        made.extend_from_slice(first);
    }
    made.push(sign(Token::RParen, span));
    Ok(made)
}
