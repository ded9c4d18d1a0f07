//! Lambdas: `lambda x, i: x + i`, and the older `x -> x + 1` and `(x, i) -> x + i`.
//!
//! The arrow also extracts from JSON, so it makes a lambda only as an argument of a function that takes
//! one.

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, LambdaFunction, LambdaFunctionParameter, LambdaSyntax, OneOrManyWithParens,
};
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

use super::{Read, is_word};

/// The functions whose arguments are lambdas, without `list_` or `array_` before them.
const TAKE_LAMBDAS: [&str; 7] =
    ["any_match", "apply", "columns", "filter", "first", "reduce", "transform"];

/// Reads a lambda.
pub(super) fn parse(parser: &mut Parser<'_>) -> Read<Expr> {
    let parameters = keyword_parameters(parser).or_else(|| arrow_parameters(parser))?;
    for _ in 0..parameters.tokens {
        parser.advance_token();
    }
    Some(parser.parse_expr().map(|body| lambda(parameters.names, parameters.syntax, body)))
}

/// The lambda of these parameters and this body.
pub(super) fn lambda(names: Vec<Ident>, syntax: LambdaSyntax, body: Expr) -> Expr {
    let params = names
        .into_iter()
        .map(|name| LambdaFunctionParameter { name, data_type: None })
        .collect::<Vec<_>>();
    let params = match params.as_slice() {
        [one] => OneOrManyWithParens::One(one.clone()),
        _ => OneOrManyWithParens::Many(params),
    };
    Expr::Lambda(LambdaFunction { params, body: Box::new(body), syntax })
}

/// Names with commas between them, as in `x, i`.
pub(super) fn names(parser: &mut Parser<'_>) -> Result<Vec<Ident>, ParserError> {
    parser.parse_comma_separated(Parser::parse_identifier)
}

struct Parameters {
    names: Vec<Ident>,
    syntax: LambdaSyntax,
    /// How many tokens they take, with what stands before and behind them.
    tokens: usize,
}

/// `lambda x, i:`.
fn keyword_parameters(parser: &Parser<'_>) -> Option<Parameters> {
    if !is_word(parser, 0, "lambda") {
        return None;
    }
    // `lambda (x, i): …` is accepted as well.
    let parentheses = usize::from(parser.peek_nth_token_ref(1).token == Token::LParen);
    let (names, mut tokens) = names_at(parser, 1 + parentheses)?;
    if parentheses == 1 {
        expect(parser, tokens, &Token::RParen)?;
        tokens += 1;
    }
    expect(parser, tokens, &Token::Colon)?;
    Some(Parameters { names, syntax: LambdaSyntax::LambdaKeyword, tokens: tokens + 1 })
}

/// `x ->` or `(x, i) ->`.
fn arrow_parameters(parser: &Parser<'_>) -> Option<Parameters> {
    let parentheses = usize::from(parser.peek_token_ref().token == Token::LParen);
    let (names, mut tokens) = match parentheses {
        // The common case of a plain word costs one look ahead.
        0 if parser.peek_nth_token_ref(1).token != Token::Arrow => return None,
        _ => names_at(parser, parentheses)?,
    };
    if parentheses == 1 {
        expect(parser, tokens, &Token::RParen)?;
        tokens += 1;
    }
    expect(parser, tokens, &Token::Arrow)?;
    is_lambda_argument(parser).then_some(Parameters {
        names,
        syntax: LambdaSyntax::Arrow,
        tokens: tokens + 1,
    })
}

/// Names with commas between them from the token `ahead` on, and what comes after them.
fn names_at(parser: &Parser<'_>, mut ahead: usize) -> Option<(Vec<Ident>, usize)> {
    let mut names = vec![];
    loop {
        let token = parser.peek_nth_token_ref(ahead);
        let Token::Word(word) = &token.token else { return None };
        names.push(word.clone().into_ident(token.span));
        ahead += 1;
        match parser.peek_nth_token_ref(ahead).token {
            Token::Comma => ahead += 1,
            _ => return Some((names, ahead)),
        }
    }
}

fn expect(parser: &Parser<'_>, ahead: usize, token: &Token) -> Option<()> {
    (parser.peek_nth_token_ref(ahead).token == *token).then_some(())
}

/// Whether an argument of a function that takes lambdas starts at the parser's place.
fn is_lambda_argument(parser: &Parser<'_>) -> bool {
    let before = (0..parser.index())
        .rev()
        .map(|index| &parser.token_at(index).token)
        .filter(|token| !matches!(token, Token::Whitespace(_)));
    let mut closed = 0usize;
    let mut is_next = true;
    let mut is_open = false;
    for token in before {
        if is_open {
            let Token::Word(word) = token else { return false };
            let name = word.value.to_ascii_lowercase();
            let name = name.strip_prefix("list_").or(name.strip_prefix("array_")).unwrap_or(&name);
            return TAKE_LAMBDAS.contains(&name);
        }
        match token {
            Token::RParen | Token::RBracket | Token::RBrace if !is_next => closed += 1,
            Token::LParen if closed == 0 => is_open = true,
            Token::LParen | Token::LBracket | Token::LBrace => match closed.checked_sub(1) {
                Some(left) => closed = left,
                None => return false,
            },
            Token::Comma => {}
            _ if is_next => return false,
            _ => {}
        }
        is_next = false;
    }
    false
}
