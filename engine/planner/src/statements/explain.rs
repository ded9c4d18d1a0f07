//! `EXPLAIN [ANALYZE] statement`, for every statement that has a plan.
//!
//! DataFusion's own `EXPLAIN` calls its own parser for what follows, so the options are read here and
//! the statement behind them by whoever knows it.

use std::str::FromStr;

use datafusion::common::format::{ExplainFormat, ExplainStatementOptions};
use datafusion::sql::parser::{DFParser, ExplainStatement, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::{Expr, Ident, UtilityOption, Value, ValueWithSpan};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{Error, ParsedStatement, Result, StatementSyntax, closest};

use super::{BuiltIn, Reader, syntax_error, take_words};

/// The statement.
#[derive(Debug)]
pub(crate) struct Explain;

impl BuiltIn for Explain {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "EXPLAIN",
            syntax: "EXPLAIN [ANALYZE] [VERBOSE] [FORMAT format] statement\n\
                EXPLAIN (ANALYZE, VERBOSE, FORMAT format, …) statement\n\
                format: indent | tree | json | graphviz",
            description: "The plan of a statement; with ANALYZE it runs and tells what each operator did.",
            example: "EXPLAIN (FORMAT json) SELECT 1",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        match take_words(&mut parser.parser, &["EXPLAIN"]) {
            true => parse(parser, reader).map(Some),
            false => Ok(None),
        }
    }
}

/// Reads what follows the word `EXPLAIN`.
pub(crate) fn parse(parser: &mut DFParser<'_>, reader: &Reader<'_>) -> Result<ParsedStatement> {
    let options = match with_list(parser) {
        true => {
            let mut raw = parser.parser.parse_utility_options().map_err(syntax_error)?;
            raw.iter_mut().try_for_each(respell)?;
            ExplainStatementOptions::from_utility_options(&raw)?
        }
        false => ExplainStatementOptions {
            analyze: parser.parser.parse_keyword(Keyword::ANALYZE),
            verbose: parser.parser.parse_keyword(Keyword::VERBOSE),
            format: parser
                .parse_explain_format()?
                .map(|name| Ok::<_, Error>(ExplainFormat::from_str(format_of(&name)?)?))
                .transpose()?,
            ..Default::default()
        },
    };
    match reader.planner.parse_statement(parser, reader.state)? {
        ParsedStatement::DataFusion(statement) => {
            let explain = DataFusionStatement::Explain(ExplainStatement { options, statement });
            Ok(ParsedStatement::DataFusion(Box::new(explain)))
        }
        ParsedStatement::Command(_) => {
            Err(Error::unsupported("EXPLAIN takes a query, INSERT, UPDATE, DELETE or COPY"))
        }
    }
}

/// Whether a list of options follows, rather than a query in parentheses.
fn with_list(parser: &DFParser<'_>) -> bool {
    let starts_query = |token: &Token| match token {
        Token::LParen => true,
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::SELECT | Keyword::WITH | Keyword::VALUES | Keyword::FROM | Keyword::TABLE
        ),
        _ => false,
    };
    parser.parser.peek_token().token == Token::LParen
        && !starts_query(&parser.parser.peek_nth_token(1).token)
}

/// DataFusion's name of a format: its JSON is PostgreSQL's.
fn format_of(name: &str) -> Result<&'static str> {
    const FORMATS: [(&str, &str); 6] = [
        ("indent", "indent"),
        ("text", "tree"),
        ("tree", "tree"),
        ("json", "pgjson"),
        ("pgjson", "pgjson"),
        ("graphviz", "graphviz"),
    ];
    let found = FORMATS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, theirs)| *theirs).ok_or_else(|| {
        let names = FORMATS.map(|(known, _)| known);
        let error = Error::invalid_input(format!("'{name}' is no format of EXPLAIN"));
        match closest(name, names) {
            Some(near) => error.with_hint(format!("did you mean '{near}'?")),
            None => error.with_hint("formats: indent, tree, json, graphviz"),
        }
    })
}

fn respell(option: &mut UtilityOption) -> Result<()> {
    if !option.name.value.eq_ignore_ascii_case("format") {
        return Ok(());
    }
    match &mut option.arg {
        Some(Expr::Identifier(name)) => *name = Ident::new(format_of(&name.value)?),
        Some(Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(name), .. })) => {
            *name = format_of(name)?.to_string();
        }
        _ => {}
    }
    Ok(())
}
