//! Spellings that the grammar has no place for, respelled on the tokens before parsing.
//!
//! Positions stay those of the user's text: what is put in stands where the spelling began.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan, Tokenizer};

use crate::statements::TABLES_HERE;
use extension::FriendlyDialect;

/// Respells a statement. Most have none of these spellings, and are handed back as they came.
pub(crate) fn respell(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    number_parameters(&mut tokens);
    for respelling in [statements_in_from, struct_types] {
        tokens = respelling(tokens);
    }
    tokens
}

/// `?` becomes `$1`, `$2`, … in reading order.
fn number_parameters(tokens: &mut [TokenWithSpan]) {
    let is_parameter = |token: &&mut TokenWithSpan| matches!(&token.token, Token::Placeholder(name) if name == "?");
    for (index, token) in tokens.iter_mut().filter(is_parameter).enumerate() {
        token.token = Token::Placeholder(format!("${}", index + 1));
    }
}

fn is_space(token: &TokenWithSpan) -> bool {
    matches!(token.token, Token::Whitespace(_))
}

/// The index of the next token that is no space.
fn next(tokens: &[TokenWithSpan], from: usize) -> Option<usize> {
    (from..tokens.len()).find(|index| !is_space(&tokens[*index]))
}

fn word(tokens: &[TokenWithSpan], index: usize) -> Option<&str> {
    match &tokens.get(index)?.token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.value.as_str()),
        _ => None,
    }
}

fn is_word(tokens: &[TokenWithSpan], index: usize, expected: &str) -> bool {
    word(tokens, index).is_some_and(|found| found.eq_ignore_ascii_case(expected))
}

/// The index of the parenthesis that closes the one at `open`.
fn closing(tokens: &[TokenWithSpan], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => {
                depth -= 1;
                if depth == 0 {
                    return Some(index);
                }
            }
            _ => {}
        }
    }
    None
}

/// `(SUMMARIZE t)` becomes `(SELECT * FROM summarize((SELECT * FROM t)))`, and so does DESCRIBE.
fn statements_in_from(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    const RELATIONS: [(&str, &str); 4] = [
        ("SUMMARIZE", "summarize"),
        ("DESCRIBE", "describe"),
        ("DESC", "describe"),
        ("SHOW", "describe"),
    ];
    let mut respelled = Vec::with_capacity(tokens.len());
    let mut rest = tokens;
    while let Some((open, relation, argument)) = (0..rest.len()).find_map(|open| {
        if rest[open].token != Token::LParen {
            return None;
        }
        let verb = next(&rest, open + 1)?;
        let (name, relation) = RELATIONS.iter().find(|(name, _)| is_word(&rest, verb, name))?;
        let argument = next(&rest, verb + 1)?;
        // A column may have the name of a statement, but nothing that begins like this follows it.
        let begins = match &rest[argument].token {
            Token::Word(word) => {
                !matches!(
                    word.keyword,
                    Keyword::AS
                        | Keyword::IS
                        | Keyword::IN
                        | Keyword::NOT
                        | Keyword::AND
                        | Keyword::OR
                        | Keyword::LIKE
                        | Keyword::ILIKE
                        | Keyword::BETWEEN
                        | Keyword::FROM
                        | Keyword::DESC
                        | Keyword::ASC
                        | Keyword::NULLS
                        | Keyword::ORDER
                ) || word.keyword == Keyword::FROM && *name != "SHOW"
            }
            Token::SingleQuotedString(_) => true,
            Token::LParen => *name != "SHOW" && *name != "DESC",
            _ => false,
        };
        begins.then_some((open, *relation, argument))
    }) {
        let Some(close) = closing(&rest, open) else { break };
        let after = rest.split_off(close);
        let mut statement = rest.split_off(argument);
        let span = statement.first().map_or(Span::empty(), |token| token.span);
        rest.truncate(open + 1);
        respelled.append(&mut rest);
        let put = |respelled: &mut Vec<TokenWithSpan>, text: &str| {
            let tokens = Tokenizer::new(&FriendlyDialect, text).tokenize().unwrap_or_default();
            respelled.extend(tokens.into_iter().map(|token| TokenWithSpan { token, span }));
        };
        let shows_tables = is_word(&statement, 0, "TABLES");
        let is_query = matches!(&statement.first().map(|token| &token.token), Some(Token::LParen))
            || ["SELECT", "WITH", "VALUES", "FROM", "TABLE"]
                .iter()
                .any(|verb| is_word(&statement, 0, verb));
        match (shows_tables, is_query) {
            (true, _) => put(&mut respelled, TABLES_HERE),
            (false, is_query) => {
                put(&mut respelled, &format!("SELECT * FROM {relation}(("));
                if !is_query {
                    put(&mut respelled, "SELECT * FROM ");
                }
                respelled.extend(statements_in_from(std::mem::take(&mut statement)));
                put(&mut respelled, "))");
            }
        }
        rest = after;
    }
    respelled.append(&mut rest);
    respelled
}

/// `STRUCT(a INT, b TEXT)`, which is how DuckDB spells a type, becomes `STRUCT<a INT, b TEXT>`.
fn struct_types(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    for index in 0..tokens.len() {
        if !is_word(&tokens, index, "STRUCT") && !is_word(&tokens, index, "ROW") {
            continue;
        }
        // A field has a name and a type; an argument of the function `struct` never is two words.
        let Some(open) = next(&tokens, index + 1).filter(|at| tokens[*at].token == Token::LParen)
        else {
            continue;
        };
        let name = next(&tokens, open + 1);
        let is_name = |at: &usize| matches!(tokens[*at].token, Token::Word(_));
        let field_type = name.filter(is_name).and_then(|name| next(&tokens, name + 1));
        let is_type = |at: &usize| match &tokens[*at].token {
            Token::Word(word) => {
                word.quote_style.is_some()
                    || !matches!(
                        word.keyword,
                        Keyword::AS
                            | Keyword::IS
                            | Keyword::IN
                            | Keyword::NOT
                            | Keyword::AND
                            | Keyword::OR
                            | Keyword::LIKE
                            | Keyword::ILIKE
                            | Keyword::BETWEEN
                    )
            }
            _ => false,
        };
        let (Some(_), Some(close)) = (field_type.filter(is_type), closing(&tokens, open)) else {
            continue;
        };
        if is_word(&tokens, index, "ROW") {
            tokens[index].token = Token::make_word("STRUCT", None);
        }
        tokens[open].token = Token::Lt;
        tokens[close].token = Token::Gt;
    }
    tokens
}
