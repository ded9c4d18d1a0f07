//! Tokens to a tree. `&` and `|` bind as `and` and `or`, as `query()` reads them.

use super::QueryError;
use super::lexer::Token;

/// A query's tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Column(String),
    Number(String),
    Text(String),
    Bool(bool),
    None,
    List(Vec<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    Compare(Box<Expression>, &'static str, Box<Expression>),
    In {
        value: Box<Expression>,
        list: Box<Expression>,
        negated: bool,
    },
    Arithmetic(Box<Expression>, &'static str, Box<Expression>),
    Negative(Box<Expression>),
    /// `value.name`, or with arguments `value.name(…)`.
    Member {
        value: Box<Expression>,
        name: String,
        arguments: Option<Vec<(Option<String>, Expression)>>,
    },
}

/// Deeper brackets are a mistake or an attack.
const DEEPEST: usize = 100;

pub(super) fn parse(tokens: &[Token]) -> Result<Expression, QueryError> {
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    if tokens.is_empty() {
        return Err(QueryError::new("the query is empty"));
    }
    let expression = parser.or()?;
    match parser.peek() {
        None => Ok(expression),
        Some(token) => Err(unexpected(Some(token))),
    }
}

fn unexpected(token: Option<&Token>) -> QueryError {
    QueryError::new(match token {
        None => "the query ends too early".to_string(),
        Some(Token::Sign("=")) => "'=' is no comparison, '==' is".to_string(),
        Some(Token::Sign("@")) => {
            "'@name' has no meaning here; '${name}' is a variable".to_string()
        }
        Some(Token::Sign(sign)) => format!("'{sign}' is not expected here"),
        Some(Token::Name(name) | Token::Quoted(name) | Token::Number(name) | Token::Text(name)) => {
            format!("'{name}' is not expected here")
        }
    })
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn take_sign(&mut self, signs: &[&'static str]) -> Option<&'static str> {
        match self.peek() {
            Some(Token::Sign(sign)) if signs.contains(sign) => {
                self.at += 1;
                Some(sign)
            }
            _ => None,
        }
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(name)) if name == word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), QueryError> {
        match self.take_sign(&[sign]) {
            Some(_) => Ok(()),
            None => Err(unexpected(self.peek())),
        }
    }

    fn or(&mut self) -> Result<Expression, QueryError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(QueryError::new("the query is nested too deeply"));
        }
        let mut left = self.and()?;
        while self.take_word("or") || self.take_sign(&["|"]).is_some() {
            left = Expression::Or(Box::new(left), Box::new(self.and()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression, QueryError> {
        let mut left = self.not()?;
        while self.take_word("and") || self.take_sign(&["&"]).is_some() {
            left = Expression::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expression, QueryError> {
        match self.take_word("not") {
            true => Ok(Expression::Not(Box::new(self.not()?))),
            false => self.comparison(),
        }
    }

    /// `a < b < c` means `a < b and b < c`.
    fn comparison(&mut self) -> Result<Expression, QueryError> {
        let mut left = self.sum()?;
        let mut all: Option<Expression> = None;
        loop {
            let part = if let Some(sign) = self.take_sign(&["==", "!=", "<=", ">=", "<", ">"]) {
                let right = self.sum()?;
                let part = match (&right, sign) {
                    (Expression::List(_), "==" | "!=") => Expression::In {
                        value: Box::new(left),
                        list: Box::new(right.clone()),
                        negated: sign == "!=",
                    },
                    _ => Expression::Compare(Box::new(left), sign, Box::new(right.clone())),
                };
                left = right;
                part
            } else {
                let negated = matches!(
                    (self.peek(), self.tokens.get(self.at + 1)),
                    (Some(Token::Name(not)), Some(Token::Name(within))) if not == "not" && within == "in"
                );
                self.at += usize::from(negated);
                if !self.take_word("in") {
                    break;
                }
                let list = self.sum()?;
                let part =
                    Expression::In { value: Box::new(left), list: Box::new(list.clone()), negated };
                left = list;
                part
            };
            all = Some(match all {
                None => part,
                Some(before) => Expression::And(Box::new(before), Box::new(part)),
            });
        }
        Ok(all.unwrap_or(left))
    }

    fn sum(&mut self) -> Result<Expression, QueryError> {
        let mut left = self.product()?;
        while let Some(sign) = self.take_sign(&["+", "-"]) {
            left = Expression::Arithmetic(Box::new(left), sign, Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Expression, QueryError> {
        let mut left = self.unary()?;
        while let Some(sign) = self.take_sign(&["*", "/", "//", "%"]) {
            left = Expression::Arithmetic(Box::new(left), sign, Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, QueryError> {
        match self.take_sign(&["-", "+", "~"]) {
            Some("-") => Ok(Expression::Negative(Box::new(self.unary()?))),
            Some("~") => Ok(Expression::Not(Box::new(self.unary()?))),
            Some(_) => self.unary(),
            None => {
                let base = self.member()?;
                match self.take_sign(&["**"]) {
                    Some(sign) => {
                        Ok(Expression::Arithmetic(Box::new(base), sign, Box::new(self.unary()?)))
                    }
                    None => Ok(base),
                }
            }
        }
    }

    fn member(&mut self) -> Result<Expression, QueryError> {
        let mut value = self.atom()?;
        while self.take_sign(&["."]).is_some() {
            let Some(Token::Name(name)) = self.peek() else {
                return Err(unexpected(self.peek()));
            };
            self.at += 1;
            let arguments = match self.take_sign(&["("]) {
                Some(_) => Some(self.arguments()?),
                None => None,
            };
            value = Expression::Member { value: Box::new(value), name: name.clone(), arguments };
        }
        Ok(value)
    }

    fn arguments(&mut self) -> Result<Vec<(Option<String>, Expression)>, QueryError> {
        let mut arguments = vec![];
        while self.take_sign(&[")"]).is_none() {
            let keyword = match (self.peek(), self.tokens.get(self.at + 1)) {
                (Some(Token::Name(name)), Some(Token::Sign("="))) => {
                    self.at += 2;
                    Some(name.clone())
                }
                _ => None,
            };
            arguments.push((keyword, self.or()?));
            if self.take_sign(&[","]).is_none() {
                self.expect(")")?;
                break;
            }
        }
        Ok(arguments)
    }

    fn items(&mut self, close: &'static str) -> Result<Vec<Expression>, QueryError> {
        let mut items = vec![];
        while self.take_sign(&[close]).is_none() {
            items.push(self.or()?);
            if self.take_sign(&[","]).is_none() {
                self.expect(close)?;
                break;
            }
        }
        Ok(items)
    }

    fn atom(&mut self) -> Result<Expression, QueryError> {
        let token = self.peek();
        self.at += 1;
        match token {
            Some(Token::Number(number)) => Ok(Expression::Number(number.clone())),
            Some(Token::Text(text)) => Ok(Expression::Text(text.clone())),
            Some(Token::Quoted(name)) => Ok(Expression::Column(name.clone())),
            Some(Token::Name(name)) => match name.as_str() {
                "True" | "true" => Ok(Expression::Bool(true)),
                "False" | "false" => Ok(Expression::Bool(false)),
                "None" => Ok(Expression::None),
                "and" | "or" | "in" | "not" => Err(unexpected(token)),
                _ => Ok(Expression::Column(name.clone())),
            },
            Some(Token::Sign("(")) => {
                let mut items = self.items(")")?;
                match (items.len(), items.pop()) {
                    (1, Some(item)) => Ok(item),
                    (0, _) => Err(unexpected(token)),
                    (_, last) => Ok(Expression::List(items.into_iter().chain(last).collect())),
                }
            }
            Some(Token::Sign("[")) => Ok(Expression::List(self.items("]")?)),
            _ => {
                self.at -= 1;
                Err(unexpected(token))
            }
        }
    }
}
