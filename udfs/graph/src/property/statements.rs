//! `CREATE PROPERTY GRAPH` and `DROP PROPERTY GRAPH`.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::DFParser;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{
    Command, Error, ParsedStatement, Registry, Result, SnapshotTable, StatementParser,
    StatementSyntax, SystemTable,
};

use super::PropertyGraphs;
use super::definition::{EdgeTable, ElementTable, End, PropertyGraph, VertexTable};
use super::tokens::{Tokens, quoted};

const CREATE: StatementSyntax = StatementSyntax {
    name: "CREATE PROPERTY GRAPH",
    syntax: "CREATE [OR REPLACE] PROPERTY GRAPH [IF NOT EXISTS] name\n\
        VERTEX TABLES (table [AS name] KEY (column, …) [LABEL label]… [PROPERTIES (column, …) | NO PROPERTIES], …)\n\
        EDGE TABLES (table [AS name] SOURCE KEY (column, …) REFERENCES vertex_table [(column, …)]\n\
        DESTINATION KEY (column, …) REFERENCES vertex_table [(column, …)] [LABEL label]… [PROPERTIES (column, …) | NO PROPERTIES], …)",
    description: "Says which tables are the vertices and edges of a graph, for GRAPH_TABLE. A table's label is its name unless others \
        are given. It is metadata: nothing is built or copied.",
    example: "CREATE TABLE person AS SELECT 1 AS id; CREATE TABLE knows AS SELECT 1 AS a, 1 AS b; \
        CREATE PROPERTY GRAPH g VERTEX TABLES (person KEY (id)) EDGE TABLES (knows SOURCE KEY (a) REFERENCES person (id) \
        DESTINATION KEY (b) REFERENCES person (id))",
};

const DROP: StatementSyntax = StatementSyntax {
    name: "DROP PROPERTY GRAPH",
    syntax: "DROP PROPERTY GRAPH [IF EXISTS] name",
    description: "Forgets a property graph. Its tables stay.",
    example: "DROP PROPERTY GRAPH IF EXISTS g",
};

pub(super) fn register(registry: &mut Registry, graphs: &Arc<PropertyGraphs>) {
    registry.statements.push(Arc::new(CreateParser(Arc::clone(graphs))));
    registry.statements.push(Arc::new(DropParser(Arc::clone(graphs))));
    let fields = ["name", "definition"].map(|name| Field::new(name, DataType::Utf8, false));
    let schema = Arc::new(Schema::new(fields.to_vec()));
    let (graphs, made) = (Arc::clone(graphs), Arc::clone(&schema));
    registry.system_tables.push(SystemTable {
        name: "property_graphs",
        description: "property graphs that CREATE PROPERTY GRAPH made",
        provider: Arc::new(SnapshotTable::new(schema, move |_| {
            let graphs = graphs.0.read();
            let texts = |of: fn(&PropertyGraph) -> &str| -> ArrayRef {
                Arc::new(StringArray::from_iter_values(graphs.values().map(|graph| of(graph))))
            };
            let columns = vec![texts(|graph| &graph.name), texts(|graph| &graph.definition)];
            Ok(RecordBatch::try_new(Arc::clone(&made), columns)?)
        })),
    });
}

/// Whether the parser stands at these words.
fn at(parser: &Parser<'_>, words: &[&str]) -> bool {
    words
        .iter()
        .enumerate()
        .all(|(index, word)| super::tokens::is_word(&parser.peek_nth_token_ref(index).token, word))
}

/// The text of the rest of the statement, which the parser moves over.
fn rest(parser: &mut Parser<'_>) -> String {
    let mut texts = vec![];
    while !matches!(parser.peek_token_ref().token, Token::EOF | Token::SemiColon) {
        texts.push(parser.next_token().token.to_string());
    }
    texts.join(" ")
}

#[derive(Debug)]
struct CreateParser(Arc<PropertyGraphs>);

impl StatementParser for CreateParser {
    fn syntax(&self) -> &StatementSyntax {
        &CREATE
    }

    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>> {
        let parser = &mut parser.parser;
        let or_replace = at(parser, &["CREATE", "OR", "REPLACE", "PROPERTY", "GRAPH"]);
        if !or_replace && !at(parser, &["CREATE", "PROPERTY", "GRAPH"]) {
            return Ok(None);
        }
        let text = rest(parser);
        let mut tokens = Tokens::new(&text)?;
        while !tokens.take_word("GRAPH") {
            tokens.advance();
        }
        let if_not_exists = tokens.take_word("IF");
        if if_not_exists {
            tokens.expect_word("NOT")?;
            tokens.expect_word("EXISTS")?;
        }
        let graph = Arc::new(graph(&mut tokens, text)?);
        let graphs = Arc::clone(&self.0);
        Ok(Some(ParsedStatement::Command(Arc::new(Create {
            graph,
            graphs,
            or_replace,
            if_not_exists,
        }))))
    }
}

fn graph(tokens: &mut Tokens, definition: String) -> Result<PropertyGraph> {
    let name = tokens.name("the name of a graph")?;
    let mut graph = PropertyGraph { name, vertices: vec![], edges: vec![], definition };
    if !tokens.take_word("VERTEX") && !tokens.take_word("NODE") {
        return Err(tokens.expected("VERTEX TABLES"));
    }
    tokens.expect_word("TABLES")?;
    tokens.expect(&Token::LParen)?;
    loop {
        graph.vertices.push(vertex(tokens)?);
        if !tokens.take(&Token::Comma) {
            break;
        }
    }
    tokens.expect(&Token::RParen)?;
    if tokens.take_word("EDGE") || tokens.take_word("RELATIONSHIP") {
        tokens.expect_word("TABLES")?;
        tokens.expect(&Token::LParen)?;
        loop {
            let edge = edge(tokens, &graph)?;
            graph.edges.push(edge);
            if !tokens.take(&Token::Comma) {
                break;
            }
        }
        tokens.expect(&Token::RParen)?;
    }
    match tokens.at(&Token::EOF) {
        true => Ok(graph),
        false => Err(tokens.expected("the end of the statement")),
    }
}

/// A table and its name in the graph.
fn table(tokens: &mut Tokens) -> Result<ElementTable> {
    let mut name = tokens.name("a table")?;
    let mut table = quoted(&name);
    while tokens.take(&Token::Period) {
        name = tokens.name("a table")?;
        table = format!("{table}.{}", quoted(&name));
    }
    if tokens.take_word("AS") {
        name = tokens.name("a name")?;
    }
    Ok(ElementTable { table, name, labels: vec![], properties: None })
}

fn columns(tokens: &mut Tokens) -> Result<Vec<String>> {
    tokens.expect(&Token::LParen)?;
    let mut columns = vec![tokens.name("a column")?];
    while tokens.take(&Token::Comma) {
        columns.push(tokens.name("a column")?);
    }
    tokens.expect(&Token::RParen)?;
    Ok(columns)
}

/// Labels and properties.
fn details(tokens: &mut Tokens, element: &mut ElementTable) -> Result<()> {
    loop {
        if tokens.take_word("LABEL") {
            element.labels.push(tokens.name("a label")?);
        } else if tokens.take_word("NO") {
            tokens.expect_word("PROPERTIES")?;
            element.properties = Some(vec![]);
        } else if tokens.take_word("PROPERTIES") {
            if tokens.take_word("ARE") || tokens.at_word("ALL") {
                tokens.expect_word("ALL")?;
                tokens.expect_word("COLUMNS")?;
                if tokens.at_word("EXCEPT") {
                    return Err(Error::unsupported(
                        "PROPERTIES ALL COLUMNS EXCEPT is not supported",
                    )
                    .with_hint("list the columns: PROPERTIES (a, b)"));
                }
            } else {
                element.properties = Some(columns(tokens)?);
            }
        } else {
            break;
        }
    }
    if element.labels.is_empty() {
        element.labels.push(element.name.clone());
    }
    Ok(())
}

fn vertex(tokens: &mut Tokens) -> Result<VertexTable> {
    let mut element = table(tokens)?;
    if !tokens.take_word("KEY") {
        return Err(tokens.expected("KEY (column, …)"));
    }
    let key = columns(tokens)?;
    details(tokens, &mut element)?;
    Ok(VertexTable { element, key })
}

fn edge(tokens: &mut Tokens, graph: &PropertyGraph) -> Result<EdgeTable> {
    let mut element = table(tokens)?;
    if tokens.take_word("KEY") {
        columns(tokens)?;
    }
    tokens.expect_word("SOURCE")?;
    let source = end(tokens, graph)?;
    tokens.expect_word("DESTINATION")?;
    let target = end(tokens, graph)?;
    details(tokens, &mut element)?;
    Ok(EdgeTable { element, source, target })
}

fn end(tokens: &mut Tokens, graph: &PropertyGraph) -> Result<End> {
    if !tokens.take_word("KEY") {
        return Err(tokens.expected("KEY (column, …) REFERENCES vertex_table (column, …)"));
    }
    let own = columns(tokens)?;
    tokens.expect_word("REFERENCES")?;
    let vertex = graph.vertex(&tokens.name("a vertex table")?)?;
    let key = match tokens.at(&Token::LParen) {
        true => columns(tokens)?,
        false => vertex.key.clone(),
    };
    if own.len() != key.len() {
        return Err(Error::invalid_input(format!(
            "KEY has {} columns, but '{}' is referred to by {}",
            own.len(),
            vertex.element.name,
            key.len()
        )));
    }
    Ok(End { columns: own, vertex: vertex.element.name.clone(), key })
}

#[derive(Debug)]
struct Create {
    graph: Arc<PropertyGraph>,
    graphs: Arc<PropertyGraphs>,
    or_replace: bool,
    if_not_exists: bool,
}

#[async_trait]
impl Command for Create {
    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, context: &SessionContext) -> Result<Option<RecordBatch>> {
        let name = self.graph.name.to_lowercase();
        if self.graphs.0.read().contains_key(&name) {
            if self.if_not_exists {
                return Ok(None);
            }
            if !self.or_replace {
                return Err(Error::already_exists(format!(
                    "property graph '{name}' exists already"
                ))
                .with_hint("CREATE OR REPLACE PROPERTY GRAPH takes its place"));
            }
        }
        let vertices =
            self.graph.vertices.iter().map(|vertex| (&vertex.element, vec![&vertex.key]));
        let edges = self
            .graph
            .edges
            .iter()
            .map(|edge| (&edge.element, vec![&edge.source.columns, &edge.target.columns]));
        for (element, keys) in vertices.chain(edges) {
            let provider = context
                .table_provider(element.table.as_str())
                .await
                .map_err(|_| Error::not_found(format!("table {} does not exist", element.table)))?;
            let schema = provider.schema();
            let named = keys.into_iter().flatten().chain(element.properties.iter().flatten());
            for column in named {
                if schema.field_with_name(column).is_err() {
                    return Err(Error::not_found(format!(
                        "column '{column}' does not exist in {}",
                        element.table
                    )));
                }
            }
        }
        self.graphs.0.write().insert(name, Arc::clone(&self.graph));
        Ok(None)
    }
}

#[derive(Debug)]
struct DropParser(Arc<PropertyGraphs>);

impl StatementParser for DropParser {
    fn syntax(&self) -> &StatementSyntax {
        &DROP
    }

    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>> {
        let parser = &mut parser.parser;
        if !at(parser, &["DROP", "PROPERTY", "GRAPH"]) {
            return Ok(None);
        }
        let mut tokens = Tokens::new(&rest(parser))?;
        (0..3).for_each(|_| tokens.advance());
        let if_exists = tokens.take_word("IF");
        if if_exists {
            tokens.expect_word("EXISTS")?;
        }
        let name = tokens.name("the name of a graph")?;
        if !tokens.at(&Token::EOF) {
            return Err(tokens.expected("the end of the statement"));
        }
        let graphs = Arc::clone(&self.0);
        Ok(Some(ParsedStatement::Command(Arc::new(Drop { name, graphs, if_exists }))))
    }
}

#[derive(Debug)]
struct Drop {
    name: String,
    graphs: Arc<PropertyGraphs>,
    if_exists: bool,
}

#[async_trait]
impl Command for Drop {
    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, _context: &SessionContext) -> Result<Option<RecordBatch>> {
        if !self.if_exists {
            self.graphs.get(&self.name)?;
        }
        self.graphs.0.write().remove(&self.name.to_lowercase());
        Ok(None)
    }
}
