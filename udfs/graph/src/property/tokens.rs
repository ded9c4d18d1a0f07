//! Reading tokens one after the other, and giving them back as text.

use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use extension::{Error, FriendlyDialect, Result};

use super::pattern::mentions;

/// Tokens without white space, and a place among them.
pub(super) struct Tokens {
    tokens: Vec<Token>,
    next: usize,
}

impl Tokens {
    pub(super) fn new(text: &str) -> Result<Self> {
        let tokens = Tokenizer::new(&FriendlyDialect, text)
            .tokenize()
            .map_err(|error| Error::syntax(error.message))?;
        let tokens = tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_)));
        Ok(Self { tokens: tokens.collect(), next: 0 })
    }

    pub(super) fn peek(&self) -> &Token {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> &Token {
        self.tokens.get(self.next + ahead).unwrap_or(&Token::EOF)
    }

    pub(super) fn advance(&mut self) {
        self.next += 1;
    }

    pub(super) fn at(&self, token: &Token) -> bool {
        self.peek() == token
    }

    /// Moves over a token if it is the next one.
    pub(super) fn take(&mut self, token: &Token) -> bool {
        let found = self.at(token);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn at_word(&self, word: &str) -> bool {
        is_word(self.peek(), word)
    }

    /// Moves over a word if it is the next token.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn expect(&mut self, token: &Token) -> Result<()> {
        match self.take(token) {
            true => Ok(()),
            false => Err(self.expected(&token.to_string())),
        }
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Result<()> {
        match self.take_word(word) {
            true => Ok(()),
            false => Err(self.expected(word)),
        }
    }

    /// A name; an unquoted one in lower case.
    pub(super) fn name(&mut self, what: &str) -> Result<String> {
        match self.peek() {
            Token::Word(word) => {
                let name = match word.quote_style {
                    Some(_) => word.value.clone(),
                    None => word.value.to_lowercase(),
                };
                self.advance();
                Ok(name)
            }
            _ => Err(self.expected(what)),
        }
    }

    pub(super) fn expected(&self, what: &str) -> Error {
        let found = match self.peek() {
            Token::EOF => "the end".to_string(),
            token => format!("'{token}'"),
        };
        Error::syntax(format!("expected {what}, found {found}"))
    }

    /// The tokens up to the first, outside of brackets, that `stop` accepts.
    pub(super) fn until(&mut self, stop: impl Fn(&Self) -> bool) -> Vec<Token> {
        let mut depth = 0_usize;
        let mut found = vec![];
        while !self.at(&Token::EOF) {
            let closes = matches!(self.peek(), Token::RParen | Token::RBracket | Token::RBrace);
            if depth == 0 && (closes || stop(self)) {
                break;
            }
            match self.peek() {
                Token::LParen | Token::LBracket | Token::LBrace => depth += 1,
                _ if closes => depth -= 1,
                _ => {}
            }
            found.push(self.peek().clone());
            self.advance();
        }
        found
    }
}

pub(super) fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(found) if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}

/// Tokens as text.
pub(super) fn text(tokens: &[Token]) -> String {
    tokens.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// A name in quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A condition on a repeated edge, of one of its steps.
pub(super) fn renamed(tokens: &[Token], variable: &str, alias: &str) -> Vec<Token> {
    let mut renamed = tokens.to_vec();
    for index in 0..tokens.len() {
        let after_dot = index > 0 && tokens[index - 1] == Token::Period;
        let before_dot = tokens.get(index + 1) == Some(&Token::Period);
        if before_dot && !after_dot && mentions(&tokens[index..index + 2], variable) {
            renamed[index] = Token::make_word(alias, Some('"'));
        }
    }
    renamed
}
