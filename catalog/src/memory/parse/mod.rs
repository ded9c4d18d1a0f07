//! What the parser does not know of INSERT: `BY NAME`, `BY POSITION`, and an alias of the table; and
//! [`merge`].

pub(crate) mod merge;

use std::sync::Arc;

use datafusion::sql::parser::{DFParser, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::{Ident, Statement, TableAliasWithoutColumns};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use extension::{Error, ParsedStatement, Registry, Result, StatementParser, StatementSyntax};

use crate::option_list::{self, peek_word};

/// What stands behind the columns of an `INSERT … BY NAME` in the syntax tree, which has no place of its
/// own for it.
pub(crate) const BY_NAME: &str = "by name";

const INSERT: StatementSyntax = StatementSyntax {
    name: "INSERT",
    syntax: "INSERT [OR REPLACE | OR IGNORE] INTO table [AS alias] [(column, …)] [BY NAME | BY POSITION] query | VALUES (…), … | DEFAULT VALUES [ON CONFLICT [(column, …)] DO NOTHING | DO UPDATE SET column = value, … [WHERE condition]] [RETURNING expression, …]",
    description: "Adds rows to a table. ON CONFLICT says what becomes of a row whose key is there already; in DO UPDATE the new row is called excluded. All of the rows are added, or none.",
    example: "CREATE OR REPLACE TABLE numbers (i INTEGER); INSERT INTO numbers BY NAME SELECT 1 AS i",
};

pub(crate) fn register(registry: &mut Registry) {
    registry.statements.push(Arc::new(InsertParser));
    registry.statements.push(Arc::new(merge::MergeParser));
}

/// Reads INSERT where it has words that the parser lacks.
#[derive(Debug)]
struct InsertParser;

impl StatementParser for InsertParser {
    fn syntax(&self) -> &StatementSyntax {
        &INSERT
    }

    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>> {
        let Some(head) = Head::find(&parser.parser) else { return Ok(None) };
        let mut tokens = rest(parser);
        if head.by_name && head.has_columns {
            return Err(Error::syntax(
                "BY NAME takes the columns from the query, so none are listed",
            )
            .at(option_list::position(&tokens[head.removed[0]])));
        }
        let alias = head.alias.map(|at| tokens[at].clone());
        for index in head.removed.into_iter().rev() {
            tokens.remove(index);
        }
        replace_tokens(parser, tokens);
        let mut statement = parser.parse_statement()?;
        if let DataFusionStatement::Statement(statement) = &mut statement
            && let Statement::Insert(insert) = statement.as_mut()
        {
            if head.by_name {
                insert.after_columns = vec![Ident::new(BY_NAME)];
            }
            if let Some(token) = alias
                && let Token::Word(word) = token.token
            {
                let alias = word.into_ident(token.span);
                insert.table_alias = Some(TableAliasWithoutColumns { explicit: true, alias });
            }
        }
        Ok(Some(ParsedStatement::DataFusion(Box::new(statement))))
    }
}

/// The tokens from the parser's position on, without white space.
fn rest(parser: &mut DFParser<'_>) -> Vec<TokenWithSpan> {
    let mut tokens = vec![];
    loop {
        let token = parser.parser.next_token();
        let end = token.token == Token::EOF;
        tokens.push(token);
        if end {
            return tokens;
        }
    }
}

/// Lets the parser, with its dialect and options, go on with other tokens.
fn replace_tokens(parser: &mut DFParser<'_>, tokens: Vec<TokenWithSpan>) {
    let old = std::mem::replace(&mut parser.parser, Parser::new(&GenericDialect {}));
    parser.parser = old.with_tokens_with_locations(tokens);
}

/// The words between INSERT and the rows that must go, by their place.
struct Head {
    removed: Vec<usize>,
    alias: Option<usize>,
    by_name: bool,
    has_columns: bool,
}

impl Head {
    /// `None` if there are none.
    fn find(parser: &Parser<'_>) -> Option<Self> {
        if !peek_word(parser, 0, "insert") {
            return None;
        }
        let mut at = 1;
        if peek_word(parser, at, "or") {
            at += 2;
        }
        if !peek_word(parser, at, "into") {
            return None;
        }
        at += 1;
        loop {
            match parser.peek_nth_token_ref(at).token {
                Token::Word(_) => at += 1,
                _ => return None,
            }
            match parser.peek_nth_token_ref(at).token {
                Token::Period => at += 1,
                _ => break,
            }
        }
        let mut head = Self { removed: vec![], alias: None, by_name: false, has_columns: false };
        if peek_word(parser, at, "as") {
            head.removed.extend([at, at + 1]);
            head.alias = Some(at + 1);
            at += 2;
        }
        if parser.peek_nth_token_ref(at).token == Token::LParen {
            let mut depth = 0usize;
            loop {
                match parser.peek_nth_token_ref(at).token {
                    Token::LParen => depth += 1,
                    Token::RParen => depth -= 1,
                    Token::EOF => return None,
                    _ => {}
                }
                at += 1;
                if depth == 0 {
                    break;
                }
            }
            head.has_columns = true;
        }
        let by = peek_word(parser, at, "by");
        if by && (peek_word(parser, at + 1, "name") || peek_word(parser, at + 1, "position")) {
            head.by_name = peek_word(parser, at + 1, "name");
            head.removed.extend([at, at + 1]);
        }
        (!head.removed.is_empty()).then_some(head)
    }
}
