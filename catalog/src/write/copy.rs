//! `COPY … TO` and `COPY … FROM` with options in parentheses, as DuckDB and PostgreSQL write them.
//!
//! Both become statements that DataFusion plans: `COPY … TO` its own COPY, and `COPY … FROM` an
//! INSERT of what the reading function of the format returns. DataFusion's spelling (`STORED AS`) is
//! left to DataFusion.

use datafusion::sql::parser::{CopyToSource, CopyToStatement, DFParser, Statement};
use datafusion::sql::sqlparser::ast::{self, Value};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan};
use extension::{
    Error, FriendlyDialect, ParsedStatement, Result, StatementParser, StatementSyntax,
};

use super::options::{self, by_extension, find, translate};
use crate::option_list::{
    self, OptionEntry, OptionValue, expect_end, expected, peek_word, take_word,
};

const SYNTAX: StatementSyntax = StatementSyntax {
    name: "COPY",
    syntax: "COPY table [(column, …)] | (query) TO 'path' [(FORMAT format, COMPRESSION codec, PARTITION_BY (column, …), OVERWRITE, option value, …)]\nCOPY table [(column, …)] FROM 'path' [(FORMAT format, option value, …)]",
    description: "Writes rows to files, or reads files into a table. The format is that of the extension, or FORMAT: parquet, csv, tsv, json, ndjson, arrow, avro, graphml, matrix_market. What fails or is cancelled changes nothing.",
    example: "COPY (SELECT 1 AS a) TO '/tmp/parquetframe_example.parquet' (COMPRESSION zstd)",
};

/// Reads COPY.
#[derive(Debug)]
pub(crate) struct CopyParser;

impl StatementParser for CopyParser {
    fn syntax(&self) -> &StatementSyntax {
        &SYNTAX
    }

    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>> {
        let parser = &mut parser.parser;
        if !peek_word(parser, 0, "copy") || is_datafusion_spelling(parser) {
            return Ok(None);
        }
        parser.next_token();
        let source = Source::parse(parser)?;
        let direction = parser.next_token();
        let statement = match &direction.token {
            Token::Word(word) if word.value.eq_ignore_ascii_case("to") => copy_to(parser, source)?,
            Token::Word(word) if word.value.eq_ignore_ascii_case("from") => {
                copy_from(parser, source)?
            }
            _ => return Err(expected("TO or FROM", &direction)),
        };
        Ok(Some(ParsedStatement::DataFusion(Box::new(statement))))
    }
}

/// Whether the statement has a clause of DataFusion's COPY outside of parentheses.
fn is_datafusion_spelling(parser: &Parser<'_>) -> bool {
    let mut depth = 0usize;
    for ahead in 1.. {
        match parser.peek_nth_token(ahead).token {
            Token::EOF | Token::SemiColon => return false,
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            Token::Word(word) if depth == 0 && word.quote_style.is_none() => {
                let next = |text| peek_word(parser, ahead + 1, text);
                let found = match word.value.to_lowercase().as_str() {
                    "stored" => next("as"),
                    "partitioned" => next("by"),
                    "options" => parser.peek_nth_token(ahead + 1).token == Token::LParen,
                    _ => false,
                };
                if found {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

/// What stands before TO or FROM, as tokens, so that places in the text stay known.
enum Source {
    Query(Vec<TokenWithSpan>),
    Table { name: Vec<TokenWithSpan>, columns: Vec<TokenWithSpan> },
}

impl Source {
    fn parse(parser: &mut Parser<'_>) -> Result<Self> {
        if parser.peek_token().token == Token::LParen {
            return Ok(Source::Query(parenthesised(parser)?));
        }
        let mut name = vec![];
        loop {
            let token = parser.peek_token();
            match &token.token {
                Token::Word(_) | Token::SingleQuotedString(_) => name.push(parser.next_token()),
                _ => return Err(expected("a table or a query in parentheses", &token)),
            }
            match parser.peek_token().token {
                Token::Period => name.push(parser.next_token()),
                _ => break,
            }
        }
        let columns = match parser.peek_token().token {
            Token::LParen => parenthesised(parser)?,
            _ => vec![],
        };
        Ok(Source::Table { name, columns })
    }

    /// The rows as a query.
    fn query(self) -> Result<Box<ast::Query>> {
        let mut tokens = match self {
            Source::Query(tokens) => tokens,
            Source::Table { name, columns } => {
                let mut tokens = vec![word("SELECT")];
                match columns.is_empty() {
                    true => tokens.push(TokenWithSpan::new(Token::Mul, Span::empty())),
                    false => tokens.extend(columns),
                }
                tokens.push(word("FROM"));
                tokens.extend(name);
                tokens
            }
        };
        tokens.push(TokenWithSpan::new(Token::EOF, Span::empty()));
        let dialect = FriendlyDialect;
        let mut parser = Parser::new(&dialect).with_tokens_with_locations(tokens);
        let query = parser.parse_query().map_err(syntax_error)?;
        match parser.peek_token().token {
            Token::EOF => Ok(query),
            _ => Err(expected("')'", &parser.peek_token())),
        }
    }
}

/// The tokens between a parenthesis and its partner.
fn parenthesised(parser: &mut Parser<'_>) -> Result<Vec<TokenWithSpan>> {
    let open = parser.next_token();
    let mut tokens = vec![];
    let mut depth = 0usize;
    loop {
        let token = parser.next_token();
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen if depth == 0 => return Ok(tokens),
            Token::RParen => depth -= 1,
            Token::EOF | Token::SemiColon => {
                return Err(Error::syntax("this parenthesis is not closed")
                    .at(option_list::position(&open)));
            }
            _ => {}
        }
        tokens.push(token);
    }
}

fn word(text: &str) -> TokenWithSpan {
    TokenWithSpan::new(Token::make_keyword(text), Span::empty())
}

fn syntax_error(error: datafusion::sql::sqlparser::parser::ParserError) -> Error {
    datafusion::common::DataFusionError::SQL(Box::new(error), None).into()
}

/// A path in quotes.
fn parse_path(parser: &mut Parser<'_>) -> Result<String> {
    let token = parser.next_token();
    match token.token {
        Token::SingleQuotedString(path) if path.is_empty() => {
            Err(Error::invalid_input("the path is empty")
                .at(option_list::position(&token_at(token.span))))
        }
        Token::SingleQuotedString(path) => Ok(path),
        _ => Err(expected("a path in quotes", &token)),
    }
}

fn token_at(span: Span) -> TokenWithSpan {
    TokenWithSpan::new(Token::EOF, span)
}

fn parse_options(parser: &mut Parser<'_>) -> Result<Vec<OptionEntry>> {
    let with = take_word(parser, "with");
    let entries = match parser.peek_token().token {
        Token::LParen => option_list::parse(parser)?,
        _ if with => return Err(expected("options in parentheses", &parser.peek_token())),
        _ => vec![],
    };
    expect_end(parser)?;
    Ok(entries)
}

fn copy_to(parser: &mut Parser<'_>, source: Source) -> Result<Statement> {
    if ["stdout", "stdin"].iter().any(|name| peek_word(parser, 0, name)) {
        return Err(Error::unsupported("COPY writes files, not the standard output")
            .with_hint("run the query with --format csv, or another format, instead"));
    }
    let target = parse_path(parser)?;
    let name = target.rsplit('/').next().unwrap_or_default();
    if target.contains(['*', '?']) || name.contains('[') {
        return Err(Error::invalid_input(format!(
            "'{target}' is a pattern, which cannot be written to"
        )));
    }
    if ["/dev/", "/proc/", "/sys/"].iter().any(|folder| target.starts_with(folder)) {
        return Err(Error::unsupported(format!(
            "'{target}' is a device, which cannot be written atomically"
        ))
        .with_hint("run the query with --format csv, or another format, instead"));
    }
    let entries = parse_options(parser)?;
    let translated = translate(&target, &entries)?;
    Ok(Statement::CopyTo(CopyToStatement {
        source: CopyToSource::Query(source.query()?),
        target,
        partitioned_by: translated.partition_by,
        stored_as: Some(translated.stored_as),
        options: translated
            .options
            .into_iter()
            .map(|(name, value)| (name, Value::SingleQuotedString(value)))
            .collect(),
    }))
}

/// Options of COPY … FROM whose names differ from the parameters of the reading functions.
const RENAMED: &[(&str, &str)] = &[("delimiter", "delim"), ("sep", "delim"), ("null", "nullstr")];

fn copy_from(parser: &mut Parser<'_>, source: Source) -> Result<Statement> {
    let Source::Table { name, columns } = source else {
        return Err(Error::syntax("COPY … FROM needs a table, not a query"));
    };
    if peek_word(parser, 0, "stdin") {
        return Err(Error::unsupported("COPY reads files, not the standard input")
            .with_hint("name the file, such as '/dev/stdin'"));
    }
    let path = parse_path(parser)?;
    let entries = parse_options(parser)?;
    let format = match entries.iter().find(|entry| entry.name == "format") {
        Some(entry) => entry.text()?.to_lowercase(),
        None => match by_extension(&path).0 {
            Some(format) => format.name.to_string(),
            None if path.to_lowercase().ends_with(".orc") => "orc".to_string(),
            None => "csv".to_string(),
        },
    };
    let format = match find(&format) {
        Some(known) => known.name.to_string(),
        None if format == "orc" => format,
        None => return Err(options::unknown_format(&format, "read")),
    };
    let mut arguments = vec![];
    for entry in entries.iter().filter(|entry| entry.name != "format") {
        let name = RENAMED
            .iter()
            .find(|(name, _)| *name == entry.name)
            .map_or(entry.name.as_str(), |(_, parameter)| parameter);
        arguments.push(format!("\"{name}\" => {}", argument(entry)?));
    }
    let function = match format.as_str() {
        "tsv" => "read_csv",
        "arrow" => "read_arrow",
        name => &format!("read_{name}"),
    };
    let given = |name: &str| {
        entries.iter().any(|entry| {
            entry.name == name
                || RENAMED.iter().any(|(other, to)| *to == name && *other == entry.name)
        })
    };
    if format == "tsv" && !given("delim") {
        arguments.push("\"delim\" => '\t'".into());
    }
    // The table says what the types are, so nothing is guessed: '007' stays '007' in a text column.
    if function == "read_csv" && !given("all_varchar") && !given("columns") && !given("types") {
        arguments.push("\"all_varchar\" => true".into());
    }
    let path = path.replace('\'', "''");
    let arguments: String = arguments.iter().map(|argument| format!(", {argument}")).collect();
    let text = format!("SELECT * FROM {function}('{path}'{arguments})");

    // The table's tokens keep their places; the made part has none.
    let mut tokens = vec![word("INSERT"), word("INTO")];
    tokens.extend(name);
    if !columns.is_empty() {
        tokens.push(TokenWithSpan::new(Token::LParen, Span::empty()));
        tokens.extend(columns);
        tokens.push(TokenWithSpan::new(Token::RParen, Span::empty()));
    }
    let dialect = FriendlyDialect;
    let made = datafusion::sql::sqlparser::tokenizer::Tokenizer::new(&dialect, &text)
        .tokenize()
        .map_err(|error| Error::internal(format!("a made statement cannot be read: {error}")))?;
    tokens.extend(made.into_iter().map(|token| TokenWithSpan::new(token, Span::empty())));
    tokens.push(TokenWithSpan::new(Token::EOF, Span::empty()));
    let statement = Parser::new(&dialect)
        .with_tokens_with_locations(tokens)
        .parse_statement()
        .map_err(syntax_error)?;
    Ok(Statement::Statement(Box::new(statement)))
}

/// The option's value as SQL.
fn argument(entry: &OptionEntry) -> Result<String> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    Ok(match &entry.value {
        OptionValue::None => "true".to_string(),
        OptionValue::Text(text) => quoted(text),
        OptionValue::Word(text) if ["true", "false"].contains(&text.to_lowercase().as_str()) => {
            text.clone()
        }
        OptionValue::Word(text) => quoted(text),
        OptionValue::Number(text) => text.clone(),
        OptionValue::List(items) => {
            format!("[{}]", items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", "))
        }
        OptionValue::Map(entries) => {
            let fields: Vec<String> = entries
                .iter()
                .map(|(name, value)| format!("{}: {}", quoted(name), quoted(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
    })
}
