//! `CREATE GRAPH`, `DROP GRAPH` and `SHOW GRAPHS`.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{DFParser, DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArgOperator, Ident, ObjectName, Query,
};
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{
    Command, Error, FriendlyDialect, ParsedStatement, Registry, Result, SnapshotTable,
    StatementParser, StatementPlanner, StatementSyntax, SystemTable,
};

use super::{GraphStore, MARKER, NamedGraph};

const CREATE: StatementSyntax = StatementSyntax {
    name: "CREATE GRAPH",
    syntax: "CREATE [OR REPLACE] GRAPH [IF NOT EXISTS] name AS (EDGES (query) | table [NODES (query) | table])\n\
        [WITH (directed => BOOLEAN, weight => 'column', source_column => 'column', target_column => 'column')]",
    description: "Builds a graph and keeps it in memory. Graph functions take it by name in the place of edges: pagerank(name). \
        It is built again by the first query after its tables or files changed.",
    example: "CREATE GRAPH g AS (EDGES (VALUES (1, 2), (2, 3))); SELECT * FROM wcc(g)",
};

const DROP: StatementSyntax = StatementSyntax {
    name: "DROP GRAPH",
    syntax: "DROP GRAPH [IF EXISTS] name",
    description: "Forgets a graph that CREATE GRAPH made, and frees its memory.",
    example: "DROP GRAPH IF EXISTS g",
};

const SHOW: StatementSyntax = StatementSyntax {
    name: "SHOW GRAPHS",
    syntax: "SHOW GRAPHS",
    description: "The graphs that CREATE GRAPH made, as in system.graphs: their size, and whether a change of their tables is noticed.",
    example: "SHOW GRAPHS",
};

/// What may follow a definition.
const OPTIONS: [&str; 4] = ["directed", "weight", "source_column", "target_column"];

pub(super) fn register(registry: &mut Registry, store: &Arc<GraphStore>) {
    registry.statements.push(Arc::new(CreateParser(Arc::clone(store))));
    registry.statements.push(Arc::new(DropParser(Arc::clone(store))));
    registry.statements.push(Arc::new(ShowParser));
    let graphs = Arc::clone(store);
    registry.system_tables.push(SystemTable {
        name: "graphs",
        description: "graphs that CREATE GRAPH made",
        provider: Arc::new(SnapshotTable::new(schema(), move |_| list(&graphs))),
    });
}

fn schema() -> SchemaRef {
    let text = |name| Field::new(name, DataType::Utf8, true);
    let number = |name| Field::new(name, DataType::Int64, true);
    let truth = |name| Field::new(name, DataType::Boolean, true);
    Arc::new(Schema::new(vec![
        text("name"),
        number("nodes"),
        number("edges"),
        truth("directed"),
        number("bytes"),
        truth("notices_changes"),
        text("definition"),
    ]))
}

fn list(store: &GraphStore) -> Result<RecordBatch> {
    let graphs = store.all();
    let figures: Vec<_> = graphs.iter().map(|graph| graph.figures.read().clone()).collect();
    let number = |of: fn(&super::KeptFigures) -> usize| -> ArrayRef {
        let numbers = figures.iter().map(|figures| figures.as_ref().map(|f| of(f) as i64));
        Arc::new(numbers.collect::<Int64Array>())
    };
    let truth = |of: fn(&super::KeptFigures) -> bool| -> ArrayRef {
        let truths = figures.iter().map(|figures| figures.as_ref().map(of));
        Arc::new(truths.collect::<BooleanArray>())
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(graphs.iter().map(|graph| &graph.name))),
        number(|figures| figures.nodes),
        number(|figures| figures.edges),
        truth(|figures| figures.directed),
        number(|figures| figures.bytes),
        truth(|figures| figures.refreshes),
        Arc::new(StringArray::from_iter_values(graphs.iter().map(|graph| &graph.definition))),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}

fn syntax(error: ParserError) -> Error {
    DataFusionError::from(error).into()
}

fn at(parser: &Parser<'_>, words: &[&str]) -> bool {
    words.iter().enumerate().all(|(index, word)| {
        matches!(
            &parser.peek_nth_token_ref(index).token,
            Token::Word(found) if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word)
        )
    })
}

fn take(parser: &mut Parser<'_>, words: &[&str]) -> bool {
    let found = at(parser, words);
    if found {
        words.iter().for_each(|_| parser.advance_token());
    }
    found
}

fn expect(parser: &mut Parser<'_>, word: &str) -> Result<()> {
    match take(parser, &[word]) {
        true => Ok(()),
        false => syntax_result(parser.expected(word, parser.peek_token())),
    }
}

fn syntax_result<T>(result: std::result::Result<T, ParserError>) -> Result<T> {
    result.map_err(syntax)
}

fn name(parser: &mut Parser<'_>) -> Result<String> {
    let ident = syntax_result(parser.parse_identifier())?;
    Ok(match ident.quote_style {
        Some(_) => ident.value,
        None => ident.value.to_lowercase(),
    })
}

#[derive(Debug)]
struct CreateParser(Arc<GraphStore>);

impl StatementParser for CreateParser {
    fn syntax(&self) -> &StatementSyntax {
        &CREATE
    }

    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>> {
        let parser = &mut parser.parser;
        let replace = take(parser, &["CREATE", "OR", "REPLACE", "GRAPH"]);
        if !replace && !take(parser, &["CREATE", "GRAPH"]) {
            return Ok(None);
        }
        let if_not_exists = take(parser, &["IF", "NOT", "EXISTS"]);
        let name = name(parser)?;
        expect(parser, "AS")?;
        syntax_result(parser.expect_token(&Token::LParen))?;
        expect(parser, "EDGES")?;
        let edges = query_or_table(parser)?;
        let nodes = match take(parser, &["NODES"]) {
            true => Some(query_or_table(parser)?),
            false => None,
        };
        syntax_result(parser.expect_token(&Token::RParen))?;
        let mut options = vec![];
        if take(parser, &["WITH"]) {
            syntax_result(parser.expect_token(&Token::LParen))?;
            while !parser.consume_token(&Token::RParen) {
                options.push(syntax_result(parser.parse_function_args())?);
                if !parser.consume_token(&Token::Comma) {
                    syntax_result(parser.expect_token(&Token::RParen))?;
                    break;
                }
            }
        }
        let command = Create {
            graph: Arc::new(definition(name, edges, nodes, options)?),
            replace,
            if_not_exists,
            store: Arc::clone(&self.0),
        };
        Ok(Some(ParsedStatement::Command(Arc::new(command))))
    }
}

/// A query in parentheses, or a table, file or call.
fn query_or_table(parser: &mut Parser<'_>) -> Result<Query> {
    if parser.peek_token_ref().token == Token::LParen {
        syntax_result(parser.expect_token(&Token::LParen))?;
        let query = syntax_result(parser.parse_query())?;
        syntax_result(parser.expect_token(&Token::RParen))?;
        return Ok(*query);
    }
    let name: ObjectName = match &parser.peek_token_ref().token {
        Token::SingleQuotedString(path) => {
            let ident = Ident::with_quote('\'', path.clone());
            parser.advance_token();
            ObjectName::from(vec![ident])
        }
        _ => syntax_result(parser.parse_object_name(false))?,
    };
    query_of(&format!("SELECT * FROM {name}"))
}

fn query_of(text: &str) -> Result<Query> {
    let mut parser = DFParserBuilder::new(text).with_dialect(&FriendlyDialect).build()?;
    Ok(*syntax_result(parser.parser.parse_query())?)
}

fn statement_of(text: &str) -> Result<Statement> {
    let mut parser = DFParserBuilder::new(text).with_dialect(&FriendlyDialect).build()?;
    Ok(parser.parse_statement()?)
}

fn definition(
    name: String,
    edges: Query,
    nodes: Option<Query>,
    options: Vec<FunctionArg>,
) -> Result<NamedGraph> {
    let mut definition = format!("CREATE GRAPH {name} AS (EDGES ({edges})");
    if let Some(nodes) = &nodes {
        definition.push_str(&format!(" NODES ({nodes})"));
    }
    definition.push(')');
    let mut weight = None;
    let mut further = vec![];
    for option in options {
        let (key, value) = match &option {
            FunctionArg::Named { name, arg, .. }
            | FunctionArg::ExprNamed { name: Expr::Identifier(name), arg, .. } => {
                (name.value.to_lowercase(), arg)
            }
            other => {
                return Err(Error::syntax(format!("'{other}' is no option of a graph"))
                    .with_hint(format!("options: {} => value", OPTIONS.join(", "))));
            }
        };
        if !OPTIONS.contains(&key.as_str()) {
            return Err(Error::invalid_input(format!("a graph has no option '{key}'"))
                .with_hint(format!("options: {}", OPTIONS.join(", "))));
        }
        further.push(option.to_string());
        if key == "weight" {
            let FunctionArgExpr::Expr(Expr::Value(value)) = value else {
                let message = format!("the weight of a graph is the name of a column, not {value}");
                return Err(Error::invalid_input(message));
            };
            let text = value.value.clone().into_string().ok_or_else(|| {
                Error::invalid_input("the weight of a graph is the name of a column, in quotes")
            });
            weight = Some(text?);
        }
    }
    if !further.is_empty() {
        definition.push_str(&format!(" WITH ({})", further.join(", ")));
    }
    // The alias is how the operator finds the graph.
    let marked = query_of(&format!(
        "SELECT * FROM (SELECT 1) AS \"{MARKER}{}\"",
        name.replace('"', "\"\"")
    ))?;
    let marked = with_inner(marked, edges);
    let mut arguments = vec![table("edges", marked)];
    arguments.extend(nodes.map(|nodes| table("nodes", nodes)));
    let text = format!(
        "SELECT * FROM f({})",
        further
            .iter()
            .filter(|option| !option.to_lowercase().starts_with("weight"))
            .cloned()
            .collect::<Vec<_>>()
            .join(", ")
    );
    arguments.extend(arguments_of(query_of(&text)?));
    Ok(NamedGraph {
        name,
        arguments,
        weight,
        definition,
        kept: Default::default(),
        figures: Default::default(),
    })
}

/// `query` with `inner` in the place of its one derived table.
fn with_inner(mut query: Query, inner: Query) -> Query {
    use datafusion::sql::sqlparser::ast::{SetExpr, TableFactor};
    if let SetExpr::Select(select) = query.body.as_mut()
        && let Some(from) = select.from.first_mut()
        && let TableFactor::Derived { subquery, .. } = &mut from.relation
    {
        **subquery = inner;
    }
    query
}

/// The arguments of the call in `SELECT * FROM f(…)`.
fn arguments_of(query: Query) -> Vec<FunctionArg> {
    use datafusion::sql::sqlparser::ast::{SetExpr, TableFactor};
    let SetExpr::Select(mut select) = *query.body else { return vec![] };
    match select.from.pop().map(|from| from.relation) {
        Some(TableFactor::Table { args: Some(call), .. }) => call.args,
        _ => vec![],
    }
}

fn table(parameter: &str, query: Query) -> FunctionArg {
    FunctionArg::Named {
        name: Ident::new(parameter),
        arg: FunctionArgExpr::Expr(Expr::Subquery(Box::new(query))),
        operator: FunctionArgOperator::RightArrow,
    }
}

#[derive(Debug)]
struct Create {
    graph: Arc<NamedGraph>,
    replace: bool,
    if_not_exists: bool,
    store: Arc<GraphStore>,
}

#[async_trait]
impl Command for Create {
    // It keeps nothing that outlives the session.
    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, context: &SessionContext) -> Result<Option<RecordBatch>> {
        let name = &self.graph.name;
        let before = self.store.get(name);
        if before.is_some() {
            if self.if_not_exists {
                return Ok(None);
            }
            if !self.replace {
                return Err(Error::already_exists(format!("graph '{name}' exists already"))
                    .with_hint("CREATE OR REPLACE GRAPH takes its place"));
            }
        }
        if context.table_exist(datafusion::common::TableReference::bare(name.as_str()))? {
            return Err(Error::already_exists(format!(
                "'{name}' is a table, which graph functions would take in the place of the graph"
            )));
        }
        self.store.insert(Arc::clone(&self.graph));
        // A query over it builds it, and finds out whether it can be.
        let text =
            format!("SELECT nodes FROM graph.graph_stats(\"{}\")", name.replace('"', "\"\""));
        let built = StatementPlanner::rows(context, statement_of(&text)?).await;
        if let Err(error) = built {
            match before {
                Some(before) => self.store.insert(before),
                None => {
                    self.store.remove(name);
                }
            }
            return Err(error);
        }
        Ok(None)
    }
}

#[derive(Debug)]
struct DropParser(Arc<GraphStore>);

impl StatementParser for DropParser {
    fn syntax(&self) -> &StatementSyntax {
        &DROP
    }

    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>> {
        let parser = &mut parser.parser;
        if !take(parser, &["DROP", "GRAPH"]) {
            return Ok(None);
        }
        let if_exists = take(parser, &["IF", "EXISTS"]);
        let command = Drop { name: name(parser)?, if_exists, store: Arc::clone(&self.0) };
        Ok(Some(ParsedStatement::Command(Arc::new(command))))
    }
}

#[derive(Debug)]
struct Drop {
    name: String,
    if_exists: bool,
    store: Arc<GraphStore>,
}

#[async_trait]
impl Command for Drop {
    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, _context: &SessionContext) -> Result<Option<RecordBatch>> {
        match self.store.remove(&self.name) || self.if_exists {
            true => Ok(None),
            false => Err(self.store.missing(&self.name)),
        }
    }
}

#[derive(Debug)]
struct ShowParser;

impl StatementParser for ShowParser {
    fn syntax(&self) -> &StatementSyntax {
        &SHOW
    }

    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>> {
        if !take(&mut parser.parser, &["SHOW", "GRAPHS"]) {
            return Ok(None);
        }
        let statement = statement_of("SELECT * FROM system.graphs ORDER BY name")?;
        Ok(Some(ParsedStatement::DataFusion(Box::new(statement))))
    }
}
