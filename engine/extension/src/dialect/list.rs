//! Lists in brackets, and list comprehensions: `[x + 1 for x in l if x > 2]`.
//!
//! A comprehension is `list_transform` over `list_filter`, so nothing after the parser has to know it.

use datafusion::sql::sqlparser::ast::{
    Array, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments,
    Ident, LambdaSyntax, ObjectName,
};
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

use super::{Read, is_word, lambda};

/// Reads `[…]` at the start of an expression.
pub(super) fn parse(parser: &mut Parser<'_>) -> Read<Expr> {
    if parser.peek_token_ref().token != Token::LBracket {
        return None;
    }
    Some(parse_list(parser))
}

fn parse_list(parser: &mut Parser<'_>) -> Result<Expr, ParserError> {
    parser.expect_token(&Token::LBracket)?;
    let mut elements = vec![];
    if parser.peek_token_ref().token != Token::RBracket {
        let first = parser.parse_expr()?;
        if elements.is_empty() && is_word(parser, 0, "for") {
            return parse_comprehension(parser, first);
        }
        elements.push(first);
        while parser.consume_token(&Token::Comma) {
            elements.push(parser.parse_expr()?);
        }
    }
    parser.expect_token(&Token::RBracket)?;
    Ok(Expr::Array(Array { elem: elements, named: false }))
}

/// Reads what follows the body of a comprehension: `for x in l if condition]`.
fn parse_comprehension(parser: &mut Parser<'_>, body: Expr) -> Result<Expr, ParserError> {
    parser.advance_token();
    let names = lambda::names(parser)?;
    if !is_word(parser, 0, "in") {
        return parser.expected_ref("IN after the variable of the list", parser.peek_token_ref());
    }
    parser.advance_token();
    let mut list = parser.parse_expr()?;
    let filtered = is_word(parser, 0, "if");
    let make = |body| lambda::lambda(names.clone(), LambdaSyntax::LambdaKeyword, body);
    if filtered {
        parser.advance_token();
        let condition = parser.parse_expr()?;
        list = call("list_filter", vec![list, make(condition)]);
    }
    parser.expect_token(&Token::RBracket)?;
    Ok(match (&body, names.as_slice()) {
        // `[x for x in l if …]` transforms nothing.
        (Expr::Identifier(variable), [name]) if variable.value == name.value => list,
        _ => call("list_transform", vec![list, make(body)]),
    })
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let args = arguments
        .into_iter()
        .map(|argument| FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)))
        .collect();
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args,
            clauses: vec![],
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: vec![],
    })
}
