//! SQL/PGQ: property graphs over tables, and `GRAPH_TABLE (g MATCH … COLUMNS (…))` over them.
//!
//! A property graph is metadata: which tables are vertices and which are edges between them
//! ([`definition`]). The planner hands over what stands between the parentheses of `GRAPH_TABLE` as text;
//! it is read ([`pattern`]) and written as an ordinary query of joins ([`lower`]), in which a search for
//! shortest paths is a call of `all_shortest_paths`.

mod copy;
mod definition;
mod lower;
mod pattern;
mod statements;
mod tokens;

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::DFParserBuilder;
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Query, Value, ValueWithSpan,
};
use extension::{
    Error, FriendlyDialect, GraphTables, KnownGraphs, Parameter, Registry, RelationCall,
    RelationFunction, Result, Signature, closest,
};
use parking_lot::RwLock;

use crate::function::SCHEMA;
use definition::PropertyGraph;

/// The property graphs of a session, by lower-case name.
#[derive(Debug, Default)]
pub(crate) struct PropertyGraphs(RwLock<BTreeMap<String, Arc<PropertyGraph>>>);

impl PropertyGraphs {
    fn get(&self, name: &str) -> Result<Arc<PropertyGraph>> {
        let graphs = self.0.read();
        if let Some(graph) = graphs.get(&name.to_lowercase()) {
            return Ok(Arc::clone(graph));
        }
        let error = Error::not_found(format!("property graph '{name}' does not exist"));
        let names = graphs.values().map(|graph| graph.name.as_str());
        Err(match closest(name, names) {
            Some(near) => error.with_hint(format!("did you mean '{near}'?")),
            None => error.with_hint("CREATE PROPERTY GRAPH makes one"),
        })
    }
}

impl GraphTables for PropertyGraphs {
    fn tables_of(&self, name: &str) -> Option<Result<String>> {
        Some(copy::tables(self.0.read().get(&name.to_lowercase())?))
    }

    fn names(&self) -> Vec<String> {
        self.0.read().values().map(|graph| graph.name.clone()).collect()
    }
}

const SIGNATURE: Signature = Signature {
    name: "graph_table",
    aliases: &[],
    description: "The matches of a pattern in a property graph (SQL/PGQ): GRAPH_TABLE (g MATCH (a:Person)-[k:knows]->(b:Person) \
        WHERE … COLUMNS (a.name, b.name AS friend)).",
    parameters: &[Parameter {
        name: "pattern",
        type_name: "graph MATCH pattern [WHERE condition] COLUMNS (…)",
        default: None,
        description: "the graph, the pattern, its condition and the columns, as in the standard",
    }],
    positional: 1,
    example: "CREATE TABLE person AS SELECT * FROM (VALUES (1, 'Ann'), (2, 'Bob')) AS t(id, name); \
        CREATE TABLE knows AS SELECT 1 AS a, 2 AS b; \
        CREATE PROPERTY GRAPH g VERTEX TABLES (person KEY (id)) \
        EDGE TABLES (knows SOURCE KEY (a) REFERENCES person (id) DESTINATION KEY (b) REFERENCES person (id)); \
        SELECT * FROM GRAPH_TABLE (g MATCH (a:person)-[:knows]->(b:person) COLUMNS (a.name, b.name AS friend))",
};

/// `GRAPH_TABLE`.
#[derive(Debug)]
struct GraphTable(Arc<PropertyGraphs>);

impl RelationFunction for GraphTable {
    fn signature(&self) -> &Signature {
        &SIGNATURE
    }

    fn schema(&self) -> &'static str {
        SCHEMA
    }

    fn query(&self, arguments: &[FunctionArg]) -> Result<Option<Query>> {
        let [
            FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(ValueWithSpan {
                value: Value::SingleQuotedString(text),
                ..
            }))),
        ] = arguments
        else {
            return Ok(None);
        };
        let call = pattern::parse(text)?;
        let graph = self.0.get(&call.graph)?;
        let sql = lower::query(&call, &graph)?;
        let mut parser =
            DFParserBuilder::new(sql.as_str()).with_dialect(&FriendlyDialect).build()?;
        let query = parser.parser.parse_query().map_err(|error| {
            let error = Error::from(datafusion::error::DataFusionError::from(error));
            Error::syntax(error.message()).context("GRAPH_TABLE")
        })?;
        Ok(Some(*query))
    }

    fn plan(&self, _call: &RelationCall<'_>) -> Result<LogicalPlan> {
        Err(Error::syntax("GRAPH_TABLE takes a graph and a pattern")
            .with_hint("as in GRAPH_TABLE (g MATCH (a)-[k]->(b) COLUMNS (a.name))"))
    }
}

/// Adds the statements and the function.
pub(crate) fn register(registry: &mut Registry) {
    let graphs = Arc::new(PropertyGraphs::default());
    statements::register(registry, &graphs);
    let known: Arc<dyn GraphTables> = Arc::clone(&graphs) as _;
    registry.add_service(Arc::new(KnownGraphs(known)));
    registry.relation_functions.push(Arc::new(GraphTable(graphs)));
}
