//! Reading COPY GRAPH.

use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::sql::parser::DFParser;
use datafusion::sql::sqlparser::ast::Query;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::option_list::{self, expect, expect_end, expected, peek_word, take_word};
use extension::{
    Error, FriendlyDialect, ParsedStatement, Result, StatementParser, StatementSyntax,
};

use super::options::WriteOptions;
use super::{CopyGraph, EdgeSource, GraphSource, VertexSource};

const SYNTAX: StatementSyntax = StatementSyntax {
    name: "COPY GRAPH",
    syntax: "COPY GRAPH name | (VERTICES table | (query) [AS type] KEY column [LABELS column], … [EDGES table | (query) [AS type] SOURCE column REFERENCES type DESTINATION column REFERENCES type [DIRECTED | UNDIRECTED], …]) TO 'folder' (FORMAT graphar, NAME 'name', CHUNK_SIZE n, EDGE_CHUNK_SIZE n, FILE_TYPE parquet | csv | json, OVERWRITE)",
    description: "Writes an attached graph, a property graph, or tables as a graph, in the format of Apache GraphAr. Edges are stored in the order of their sources and in that of their destinations, both with offsets. The folder appears when all of it is written.",
    example: "COPY GRAPH (VERTICES (SELECT 1 AS id) AS person KEY id) TO '/tmp/parquetframe_example_graph' (FORMAT graphar, OVERWRITE)",
};

/// Reads the statement.
#[derive(Debug)]
pub(crate) struct CopyGraphParser;

impl StatementParser for CopyGraphParser {
    fn syntax(&self) -> &StatementSyntax {
        &SYNTAX
    }

    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>> {
        let parser = &mut parser.parser;
        if !at_copy_graph(parser) {
            return Ok(None);
        }
        parser.next_token();
        parser.next_token();
        let source = match parser.peek_token().token {
            Token::LParen => tables(parser)?,
            _ => GraphSource::Named(word(parser, "the name of a graph")?),
        };
        if !take_word(parser, "to") {
            return Err(expected("TO", &parser.peek_token()));
        }
        let token = parser.next_token();
        let position = option_list::position(&token);
        let target = match token.token {
            Token::SingleQuotedString(target) if !target.trim().is_empty() => target,
            Token::SingleQuotedString(_) => {
                return Err(Error::invalid_input("the path is empty").at(position));
            }
            _ => return Err(expected("a folder in quotes", &token)),
        };
        take_word(parser, "with");
        let entries = match parser.peek_token().token {
            Token::LParen => option_list::parse(parser)?,
            _ => vec![],
        };
        expect_end(parser)?;
        let options = WriteOptions::new(&entries)?;
        Ok(Some(ParsedStatement::Command(Arc::new(CopyGraph { source, target, options }))))
    }
}

/// Whether a graph is copied, and not a table that is called graph.
fn at_copy_graph(parser: &Parser<'_>) -> bool {
    if !peek_word(parser, 0, "copy") || !peek_word(parser, 1, "graph") {
        return false;
    }
    match parser.peek_nth_token(2).token {
        Token::LParen => peek_word(parser, 3, "vertices") || peek_word(parser, 3, "edges"),
        Token::Word(_) => !peek_word(parser, 2, "to") && !peek_word(parser, 2, "from"),
        _ => false,
    }
}

fn word(parser: &mut Parser<'_>, what: &str) -> Result<String> {
    let token = parser.next_token();
    match token.token {
        Token::Word(word) => Ok(match word.quote_style {
            Some(_) => word.value,
            None => word.value.to_lowercase(),
        }),
        _ => Err(expected(what, &token)),
    }
}

fn tables(parser: &mut Parser<'_>) -> Result<GraphSource> {
    expect(parser, &Token::LParen, "(")?;
    let mut vertices: Vec<VertexSource> = vec![];
    let mut edges: Vec<EdgeSource> = vec![];
    loop {
        if take_word(parser, "vertices") {
            list(parser, |parser| {
                let vertex = vertex(parser)?;
                if vertices.iter().any(|known| known.name == vertex.name) {
                    let message = format!("vertices '{}' are given twice", vertex.name);
                    return Err(Error::invalid_input(message).with_hint("AS gives another name"));
                }
                vertices.push(vertex);
                Ok(())
            })?;
        } else if take_word(parser, "edges") {
            list(parser, |parser| {
                edges.push(edge(parser)?);
                Ok(())
            })?;
        } else {
            break;
        }
    }
    match parser.consume_token(&Token::RParen) {
        true if vertices.is_empty() => Err(Error::syntax("a graph has VERTICES")),
        true => Ok(GraphSource::Tables(vertices, edges)),
        false => Err(expected("VERTICES, EDGES or ')'", &parser.peek_token())),
    }
}

/// The tables of a graph that another part has spelled.
pub(super) fn tables_of(text: &str) -> Result<(Vec<VertexSource>, Vec<EdgeSource>)> {
    let dialect = FriendlyDialect;
    let mut parser = Parser::new(&dialect).try_with_sql(text).map_err(syntax_error)?;
    match tables(&mut parser)? {
        GraphSource::Tables(vertices, edges) => Ok((vertices, edges)),
        GraphSource::Named(_) => Err(Error::internal("a graph is spelled by its tables")),
    }
}

/// Items with commas between them; a comma may stand before VERTICES, EDGES and the parenthesis too.
fn list(
    parser: &mut Parser<'_>,
    mut item: impl FnMut(&mut Parser<'_>) -> Result<()>,
) -> Result<()> {
    loop {
        item(parser)?;
        if !parser.consume_token(&Token::Comma) {
            return Ok(());
        }
        let at_end = parser.peek_token().token == Token::RParen;
        // A table may have such a name; then a word that belongs to a table follows.
        let section = (peek_word(parser, 0, "vertices") || peek_word(parser, 0, "edges"))
            && !peek_word(parser, 1, "key")
            && !peek_word(parser, 1, "source")
            && !peek_word(parser, 1, "as");
        if at_end || section {
            return Ok(());
        }
    }
}

fn vertex(parser: &mut Parser<'_>) -> Result<VertexSource> {
    let (query, name) = table(parser)?;
    if !take_word(parser, "key") {
        return Err(expected("KEY and the column of the primary key", &parser.peek_token()));
    }
    let key = column(parser)?;
    let labels = match take_word(parser, "labels") {
        true => Some(column(parser)?),
        false => None,
    };
    Ok(VertexSource { name, query, key, labels })
}

fn edge(parser: &mut Parser<'_>) -> Result<EdgeSource> {
    let (query, name) = table(parser)?;
    let mut end = |keyword: &str, text: &str| {
        if !take_word(parser, keyword) {
            return Err(expected(
                &format!("{text} and the column of the edge's end"),
                &parser.peek_token(),
            ));
        }
        let column = column(parser)?;
        if !take_word(parser, "references") {
            return Err(expected("REFERENCES and the vertices of the end", &parser.peek_token()));
        }
        Ok((column, word(parser, "the name of vertices")?))
    };
    let source = end("source", "SOURCE")?;
    let destination = end("destination", "DESTINATION")?;
    let undirected = take_word(parser, "undirected");
    if !undirected {
        take_word(parser, "directed");
    }
    Ok(EdgeSource { name, query, source, destination, directed: !undirected })
}

/// A column, in parentheses or not, as SQL/PGQ writes keys; only one, since GraphAr has keys of one.
fn column(parser: &mut Parser<'_>) -> Result<String> {
    take_word(parser, "key");
    let in_parentheses = parser.consume_token(&Token::LParen);
    let name = word(parser, "the name of a column")?;
    if in_parentheses {
        if parser.peek_token().token == Token::Comma {
            let place = option_list::position(&parser.peek_token());
            return Err(Error::unsupported("keys of GraphAr have one column").at(place));
        }
        expect(parser, &Token::RParen, ")")?;
    }
    Ok(name)
}

/// A table or a query, and the name of the type.
fn table(parser: &mut Parser<'_>) -> Result<(Box<Query>, String)> {
    let token = parser.peek_token();
    let (query, name) = match &token.token {
        Token::LParen => {
            parser.next_token();
            let query = parser.parse_query().map_err(syntax_error)?;
            expect(parser, &Token::RParen, ")")?;
            (query, None)
        }
        Token::SingleQuotedString(path) => {
            parser.next_token();
            let path = path.clone();
            let quoted = path.replace('\'', "''");
            (query_of(&format!("SELECT * FROM '{quoted}'"))?, extension::stem_of(&path))
        }
        Token::Word(_) => {
            let name = parser.parse_object_name(false).map_err(syntax_error)?;
            let last = name.0.last().and_then(|part| part.as_ident()).map(|ident| {
                match ident.quote_style {
                    Some(_) => ident.value.clone(),
                    None => ident.value.to_lowercase(),
                }
            });
            (query_of(&format!("SELECT * FROM {name}"))?, last)
        }
        _ => return Err(expected("a table or a query in parentheses", &token)),
    };
    let name = match take_word(parser, "as") {
        true => Some(word(parser, "the name of the type")?),
        false => name,
    };
    match name {
        Some(name) => Ok((query, name)),
        None => Err(Error::syntax("a query needs a name: write AS name behind it")
            .at(option_list::position(&token))),
    }
}

fn syntax_error(error: ParserError) -> Error {
    DataFusionError::from(error).into()
}

/// The query that a text spells.
pub(super) fn query_of(text: &str) -> Result<Box<Query>> {
    let dialect = FriendlyDialect;
    let mut parser = Parser::new(&dialect).try_with_sql(text).map_err(syntax_error)?;
    parser.parse_query().map_err(syntax_error)
}
