//! Operators that the parser does not know, or knows by another meaning: `**`, `^`, `GLOB`, and `IN`
//! before a list that is no list of the grammar.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;

use super::{Read, is_word};

/// The operator that matches a text with a pattern of a shell.
pub const GLOB: &str = "GLOB";

/// Between that of `*` and that of `::`.
pub(super) const POWER_PRECEDENCE: u8 = 45;

/// That of `LIKE`.
const LIKE_PRECEDENCE: u8 = 19;

#[derive(Clone, Copy)]
enum Operator {
    /// `^`, one token, or `**`, two.
    Power(usize),
    Glob {
        negated: bool,
    },
    /// `IN` before a value that is a list.
    InList {
        negated: bool,
    },
}

impl Operator {
    fn at(parser: &Parser<'_>) -> Option<Self> {
        match &parser.peek_token_ref().token {
            Token::Caret => Some(Operator::Power(1)),
            Token::Mul => {
                let second = parser.peek_nth_token_ref(1);
                (second.token == Token::Mul
                    && parser.peek_token_ref().span.end == second.span.start)
                    .then_some(Operator::Power(2))
            }
            Token::Word(_) => {
                let negated = is_word(parser, 0, "not");
                let ahead = usize::from(negated);
                if is_word(parser, ahead, "glob") {
                    return Some(Operator::Glob { negated });
                }
                let is_list = is_word(parser, ahead, "in")
                    && parser.peek_nth_token_ref(ahead + 1).token != Token::LParen
                    && !is_word(parser, ahead + 1, "unnest");
                is_list.then_some(Operator::InList { negated })
            }
            _ => None,
        }
    }
}

/// How tight the operator at the parser's place binds, if it is one of ours.
pub(super) fn precedence(parser: &Parser<'_>) -> Option<u8> {
    match Operator::at(parser)? {
        Operator::Power(_) => Some(POWER_PRECEDENCE),
        Operator::Glob { .. } => Some(LIKE_PRECEDENCE),
        // The parser knows the words, and how tight they bind.
        Operator::InList { .. } => None,
    }
}

/// Reads the operator at the parser's place and its right side.
pub(super) fn parse(parser: &mut Parser<'_>, left: &Expr, precedence: u8) -> Read<Expr> {
    let operator = Operator::at(parser)?;
    let words = match operator {
        Operator::Power(tokens) => tokens,
        Operator::Glob { negated } | Operator::InList { negated } => 1 + usize::from(negated),
    };
    for _ in 0..words {
        parser.advance_token();
    }
    let left = Box::new(left.clone());
    Some(parser.parse_subexpr(precedence).map(|right| {
        let right = Box::new(right);
        match operator {
            Operator::Power(_) => Expr::BinaryOp { left, op: BinaryOperator::PGExp, right },
            Operator::Glob { negated } => {
                let op = BinaryOperator::Custom(GLOB.to_string());
                let matches = Expr::BinaryOp { left, op, right };
                match negated {
                    false => matches,
                    true => Expr::UnaryOp {
                        op: UnaryOperator::Not,
                        expr: Box::new(Expr::Nested(Box::new(matches))),
                    },
                }
            }
            Operator::InList { negated } => {
                Expr::InUnnest { expr: left, array_expr: right, negated }
            }
        }
    }))
}
