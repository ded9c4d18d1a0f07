//! `COPY GRAPH … TO 'folder' (FORMAT graphar)`: tables as a graph.
//!
//! Vertices are written first, sorted by their keys, which numbers them. Edges are joined with the
//! vertices that were just written, sorted by their source and written; then they are read back, sorted by
//! their destination and written again. All of it happens beside the target and appears there at once
//! ([`stage`]).

mod describe;
mod edges;
mod encode;
mod options;
mod stage;
mod statement;
mod vertices;

use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use async_trait::async_trait;
use datafusion::dataframe::DataFrame;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{Query, Statement};
use extension::{Command, Databases, Error, KnownGraphs, Result, StatementPlanner, closest};

use crate::catalog::GraphCatalog;
use crate::info::{EdgeInfo, VertexInfo};
use crate::open::Graph;

use options::WriteOptions;
use stage::Stage;
pub(crate) use statement::CopyGraphParser;

/// A vertex type to be written.
#[derive(Debug, Clone)]
struct VertexSource {
    name: String,
    query: Box<Query>,
    key: String,
    /// The column of the lists of labels.
    labels: Option<String>,
}

/// An edge type to be written.
#[derive(Debug, Clone)]
struct EdgeSource {
    name: String,
    query: Box<Query>,
    /// The column and the vertex type of each end.
    source: (String, String),
    destination: (String, String),
    directed: bool,
}

/// What is written.
#[derive(Debug, Clone)]
enum GraphSource {
    /// An attached graph.
    Named(String),
    /// Tables.
    Tables(Vec<VertexSource>, Vec<EdgeSource>),
}

/// The statement.
#[derive(Debug)]
struct CopyGraph {
    source: GraphSource,
    target: String,
    options: WriteOptions,
}

#[async_trait]
impl Command for CopyGraph {
    fn writes(&self) -> bool {
        true
    }

    async fn run(&self, context: &SessionContext) -> Result<Option<RecordBatch>> {
        let (own_name, vertices, edges) = match &self.source {
            GraphSource::Tables(vertices, edges) => (None, vertices.clone(), edges.clone()),
            GraphSource::Named(name) => sources_of(name, context)?,
        };
        let stage = Stage::begin(&self.target, self.options.overwrite, context).await?;
        let name = self.options.name.clone().or(own_name).unwrap_or_else(|| stage.name());
        let mut written: Vec<Arc<VertexInfo>> = vec![];
        let mut counts = (0, 0);
        let mut sizes = vec![];
        for vertex in &vertices {
            let rows = plan(&vertex.query, context).await?;
            let (info, count) = vertices::write(vertex, rows, &stage, &self.options)
                .await
                .map_err(|error| error.context(format_args!("vertices '{}'", vertex.name)))?;
            counts.0 += count;
            sizes.push(count);
            written.push(Arc::new(info));
        }
        let mut described: Vec<EdgeInfo> = vec![];
        for edge in &edges {
            let end = |name: &str| {
                let index = written.iter().position(|vertex| vertex.name == name);
                let index = index.ok_or_else(|| unknown_vertex(name, &written))?;
                Ok::<_, Error>(edges::Vertices {
                    info: Arc::clone(&written[index]),
                    count: sizes[index],
                })
            };
            let ends = (end(&edge.source.1)?, end(&edge.destination.1)?);
            let rows = plan(&edge.query, context).await?;
            let (info, count) = edges::write(edge, rows, ends, &stage, &self.options, context)
                .await
                .map_err(|error| error.context(format_args!("edges '{}'", edge.name)))?;
            if described.iter().any(|known| known.name() == info.name()) {
                return Err(Error::invalid_input(format!(
                    "edges '{}' are given twice",
                    info.name()
                )));
            }
            counts.1 += count;
            described.push(info);
        }
        describe::write(&name, &written, &described, &stage).await?;
        stage.commit().await?;
        let schema = Schema::new(vec![
            Field::new("vertices", DataType::Int64, false),
            Field::new("edges", DataType::Int64, false),
        ]);
        let number = |count: u64| Arc::new(Int64Array::from(vec![count as i64]));
        let columns: Vec<arrow::array::ArrayRef> = vec![number(counts.0), number(counts.1)];
        Ok(Some(RecordBatch::try_new(Arc::new(schema), columns)?))
    }
}

fn unknown_vertex(name: &str, known: &[Arc<VertexInfo>]) -> Error {
    let error = Error::invalid_input(format!("no VERTICES are called '{name}'"));
    let names = || known.iter().map(|vertex| vertex.name.as_str());
    match closest(name, names()) {
        Some(near) => error.with_hint(format!("did you mean '{near}'?")),
        None => error.with_hint(format!("vertices: {}", names().collect::<Vec<_>>().join(", "))),
    }
}

/// The rows of a query, through the whole front end.
async fn plan(query: &Query, context: &SessionContext) -> Result<DataFrame> {
    let statement = Statement::Query(Box::new(query.clone()));
    let statement = DataFusionStatement::Statement(Box::new(statement));
    let state = context.state();
    let plan = StatementPlanner::of(context)?.plan_statement(statement, &state).await?;
    Ok(DataFrame::new(state, plan))
}

/// The name and the tables of an attached graph, or of a graph that is made of tables.
fn sources_of(name: &str, context: &SessionContext) -> Result<Sources> {
    let state = context.state_ref();
    let databases = state.read().config().get_extension::<Databases>();
    let databases = databases.ok_or_else(|| Error::internal("the session has no databases"))?;
    let known = state.read().config().get_extension::<KnownGraphs>();
    let Some(found) = databases.get(name) else {
        if let Some(tables) = known.as_ref().and_then(|known| known.0.tables_of(name)) {
            let (vertices, edges) = statement::tables_of(&tables?)?;
            return Ok((Some(name.to_string()), vertices, edges));
        }
        let error = Error::not_found(format!("there is no graph '{name}'"));
        let all = databases.all();
        let graphs = all.iter().filter(|database| database.kind == "graphar");
        let mut names: Vec<String> = graphs.map(|database| database.name.clone()).collect();
        names.extend(known.iter().flat_map(|known| known.0.names()));
        return Err(match closest(name, names.iter().map(String::as_str)) {
            Some(near) => error.with_hint(format!("did you mean '{near}'?")),
            None => error.with_hint(
                "ATTACH '…' AS name (TYPE graphar) attaches one, and CREATE PROPERTY GRAPH makes one of tables",
            ),
        });
    };
    let catalog = found.catalog();
    let Some(graph) = catalog.downcast_ref::<GraphCatalog>().and_then(GraphCatalog::graph) else {
        return Err(Error::invalid_input(format!("'{name}' does not say what its edges connect"))
            .with_hint("COPY GRAPH (VERTICES … EDGES …) says it"));
    };
    sources(&found.name, graph)
}

/// The name of a graph that has one, its vertices and its edges.
type Sources = (Option<String>, Vec<VertexSource>, Vec<EdgeSource>);

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn sources(database: &str, graph: &Graph) -> Result<Sources> {
    if let Some(missing) = graph.info.missing.first() {
        return Err(Error::invalid_data(format!(
            "the graph lists '{missing}', which does not exist"
        )));
    }
    let mut vertices = vec![];
    for vertex in &graph.info.vertices {
        let Some(key) = vertex.key_field() else {
            return Err(Error::unsupported(format!("vertices '{}' have no key", vertex.name)));
        };
        let columns = vertex.groups.iter().flat_map(|group| &group.fields);
        let mut columns: Vec<String> = columns.map(|field| quoted(field.name())).collect();
        let labels = (!vertex.labels.is_empty()).then(|| "_labels".to_string());
        columns.extend(labels.as_deref().map(quoted));
        vertices.push(VertexSource {
            name: vertex.name.clone(),
            query: statement::query_of(&format!(
                "SELECT {} FROM {}.main.{}",
                columns.join(", "),
                quoted(database),
                quoted(&vertex.name)
            ))?,
            key: key.name().clone(),
            labels,
        });
    }
    let mut edges = vec![];
    for edge in &graph.info.edges {
        edges.push(EdgeSource {
            name: edge.edge.clone(),
            query: statement::query_of(&format!(
                "SELECT * EXCLUDE (_src, _dst) FROM {}.main.{}",
                quoted(database),
                quoted(&edge.name())
            ))?,
            source: ("src".to_string(), edge.source.clone()),
            destination: ("dst".to_string(), edge.destination.clone()),
            directed: edge.directed,
        });
    }
    Ok((Some(graph.info.name.clone()), vertices, edges))
}
