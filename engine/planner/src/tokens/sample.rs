//! `TABLESAMPLE` and `USING SAMPLE` in all of DuckDB's spellings.
//!
//! `TABLESAMPLE` becomes the standard's form, where the method ROW stands for a reservoir. `USING SAMPLE`
//! samples what FROM joined, so it moves to the end of FROM, as the condition of a `PREWHERE`.

use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan};
use extension::{Error, Result};

use super::{Tokens, closes, expected, find, is_any, is_at, marker, opens, sign, word};
use crate::markers::USING_SAMPLE;
use crate::script::position;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Method {
    Bernoulli,
    System,
    Reservoir,
}

#[derive(Debug)]
struct Sample {
    method: Method,
    quantity: TokenWithSpan,
    is_percent: bool,
    seed: Option<TokenWithSpan>,
}

pub(super) fn rewrite(mut tokens: Tokens) -> Result<Tokens> {
    let mut index = 0;
    while index < tokens.len() {
        let span = tokens[index].span;
        if is_at(&tokens, index, "tablesample") {
            let (sample, end) = parse(&tokens, index + 1)?;
            let made = as_table_sample(&sample, span);
            let count = made.len();
            tokens.splice(index..end, made);
            index += count;
        } else if is_at(&tokens, index, "using") && is_at(&tokens, index + 1, "sample") {
            let (sample, end) = parse(&tokens, index + 2)?;
            let made = as_prewhere(&sample, span);
            let count = made.len();
            let target = end_of_from(&tokens, index)
                .ok_or_else(|| Error::syntax("a sample needs a FROM").at(position(span.start)))?;
            tokens.drain(index..end);
            tokens.splice(target..target, made);
            index += count;
        } else {
            index += 1;
        }
    }
    Ok(tokens)
}

/// Reads `10%`, `(10 ROWS)`, `reservoir(10%)`, `10 ROWS (system, 42)` and what may follow.
fn parse(tokens: &[TokenWithSpan], start: usize) -> Result<(Sample, usize)> {
    let mut index = start;
    let mut method = method_at(tokens, index)?;
    if method.is_some() {
        index += 1;
        if !is_at(tokens, index, "(") {
            return Err(expected("'(' after the method of a sample", tokens, index));
        }
    }
    let parenthesised = is_at(tokens, index, "(");
    index += usize::from(parenthesised);
    let quantity = match tokens.get(index) {
        Some(token) if matches!(token.token, Token::Number(..)) => token.clone(),
        _ => return Err(expected("how much to sample", tokens, index)),
    };
    index += 1;
    let is_percent = is_any(tokens, index, &["%", "percent"]);
    let has_unit = is_percent || is_any(tokens, index, &["rows", "row"]);
    index += usize::from(has_unit);
    if parenthesised {
        if !is_at(tokens, index, ")") {
            return Err(expected("')'", tokens, index));
        }
        index += 1;
    }
    let mut seed = None;
    // The method may stand behind: `10% (bernoulli, 42)`.
    if method.is_none() && is_at(tokens, index, "(") && method_at(tokens, index + 1)?.is_some() {
        method = method_at(tokens, index + 1)?;
        index += 2;
        if is_at(tokens, index, ",") {
            seed = Some(seed_at(tokens, index + 1)?);
            index += 2;
        }
        if !is_at(tokens, index, ")") {
            return Err(expected("')'", tokens, index));
        }
        index += 1;
    }
    if is_any(tokens, index, &["repeatable", "seed"]) && is_at(tokens, index + 1, "(") {
        seed = Some(seed_at(tokens, index + 2)?);
        if !is_at(tokens, index + 3, ")") {
            return Err(expected("')'", tokens, index + 3));
        }
        index += 4;
    }
    let at = position(quantity.span.start);
    let (method, is_percent) = match (method, has_unit, is_percent) {
        (Some(Method::Bernoulli), true, false) => {
            return Err(Error::invalid_input(
                "a bernoulli sample is a percentage, not a number of rows",
            )
            .with_hint("reservoir(n ROWS) takes exactly n rows")
            .at(at));
        }
        // The standard's BERNOULLI (10) is a percentage.
        (Some(Method::Bernoulli), ..) => (Method::Bernoulli, true),
        // PostgreSQL means percent, and DuckDB rows.
        (Some(Method::System), false, _) => {
            return Err(Error::syntax("a system sample needs PERCENT or ROWS").at(at));
        }
        (Some(Method::System), true, false) => (Method::Reservoir, false),
        (Some(method), _, is_percent) => (method, is_percent),
        (None, _, true) => (Method::System, true),
        (None, _, false) => (Method::Reservoir, false),
    };
    let amount: f64 = match &quantity.token {
        Token::Number(text, _) => text.replace('_', "").parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    };
    if is_percent && !(0.0..=100.0).contains(&amount) {
        return Err(Error::invalid_input(format!(
            "a sample of {amount}% is not between 0 and 100"
        ))
        .at(at));
    }
    Ok((Sample { method, quantity, is_percent, seed }, index))
}

fn method_at(tokens: &[TokenWithSpan], index: usize) -> Result<Option<Method>> {
    Ok(match tokens.get(index).map(|token| &token.token) {
        Some(Token::Word(word)) => match word.value.to_lowercase().as_str() {
            "bernoulli" => Some(Method::Bernoulli),
            "system" => Some(Method::System),
            "reservoir" => Some(Method::Reservoir),
            _ => return Err(expected("bernoulli, system or reservoir", tokens, index)),
        },
        _ => None,
    })
}

fn seed_at(tokens: &[TokenWithSpan], index: usize) -> Result<TokenWithSpan> {
    match tokens.get(index) {
        Some(token) if matches!(token.token, Token::Number(..)) => Ok(token.clone()),
        _ => Err(expected("a whole number as the seed", tokens, index)),
    }
}

fn as_table_sample(sample: &Sample, span: Span) -> Tokens {
    let method = match sample.method {
        Method::Bernoulli => "BERNOULLI",
        Method::System => "SYSTEM",
        Method::Reservoir => "ROW",
    };
    let mut made = vec![
        word("TABLESAMPLE", span),
        word(method, span),
        sign(Token::LParen, span),
        sample.quantity.clone(),
        word(if sample.is_percent { "PERCENT" } else { "ROWS" }, span),
        sign(Token::RParen, span),
    ];
    if let Some(seed) = &sample.seed {
        made.push(word("REPEATABLE", span));
        made.push(sign(Token::LParen, span));
        made.push(seed.clone());
        made.push(sign(Token::RParen, span));
    }
    made
}

fn as_prewhere(sample: &Sample, span: Span) -> Tokens {
    let text = |text: &str| sign(Token::SingleQuotedString(text.to_string()), span);
    let comma = || sign(Token::Comma, span);
    let method = match sample.method {
        Method::Bernoulli => "bernoulli",
        Method::System => "system",
        Method::Reservoir => "reservoir",
    };
    let mut made = vec![
        word("PREWHERE", span),
        marker(USING_SAMPLE, span),
        sign(Token::LParen, span),
        text(method),
        comma(),
        sample.quantity.clone(),
        comma(),
        text(if sample.is_percent { "percent" } else { "rows" }),
    ];
    if let Some(seed) = &sample.seed {
        made.push(comma());
        made.push(seed.clone());
    }
    made.push(sign(Token::RParen, span));
    made
}

/// Where the FROM clause ends whose query has something at `index`.
fn end_of_from(tokens: &[TokenWithSpan], index: usize) -> Option<usize> {
    let mut depth = 0usize;
    for before in (0..index).rev() {
        let token = &tokens[before].token;
        if closes(token) {
            depth += 1;
        } else if opens(token) {
            depth = depth.checked_sub(1)?;
        } else if depth == 0
            && is_at(tokens, before, "from")
            && !is_at(tokens, before - 1, "distinct")
        {
            let ends = ["where", "group", "having", "window", "qualify"];
            return Some(find(tokens, before + 1, &ends).min(index));
        } else if depth == 0 && is_any(tokens, before, &["union", "intersect", "except"]) {
            return None;
        }
    }
    None
}
