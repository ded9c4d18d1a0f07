//! A graph from one format into another. Everything is SQL: what is read becomes a query of edges and
//! perhaps one of nodes, and what is written a COPY.

use std::path::Path;

use engine::arrow::array::AsArray;
use engine::{Error, Result};

use super::draw::ends;
use crate::args::GraphConversion;
use crate::quote::literal;
use crate::shell::Shell;

/// The name under which a GraphAr folder is attached.
const ATTACHED: &str = "pframe_graph";
/// The table that numbers nodes.
const NUMBERS: &str = "pframe_graph_numbers";

/// A graph as queries.
struct Source {
    /// Edges, whose ends are src and dst.
    edges: String,
    /// The columns behind the ends.
    data: Vec<Column>,
    /// The type of the ends.
    ends: [String; 2],
    nodes: Option<Nodes>,
}

/// Nodes as a query: their id, and the columns of their data behind it.
struct Nodes {
    query: String,
    data: Vec<String>,
}

struct Column {
    name: String,
    data_type: String,
}

/// Converts what the command line says.
pub(super) fn convert(shell: &mut Shell, conversion: &GraphConversion) -> Result<()> {
    let GraphConversion { from, to, .. } = conversion;
    if !is_folder(to) {
        check_target(to, conversion.overwrite)?;
    }
    conversion.nodes.iter().try_for_each(|nodes| check_target(nodes, conversion.overwrite))?;
    let source = match is_graphar(from) {
        true => {
            shell.query(&format!("ATTACH {} AS {ATTACHED} (TYPE graphar)", literal(from)))?;
            if is_folder(to) && conversion.edge.is_none() {
                return shell
                    .query(&format!(
                        "COPY GRAPH {ATTACHED} TO {} (FORMAT graphar{})",
                        literal(to),
                        if conversion.overwrite { ", OVERWRITE" } else { "" }
                    ))
                    .map(drop);
            }
            of_graphar(shell, conversion.edge.as_deref())?
        }
        false => of_file(shell, from)?,
    };
    let ending = Path::new(to).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    match ending.to_lowercase().as_str() {
        _ if is_folder(to) => to_graphar(shell, &source, conversion),
        "graphml" => to_graphml(shell, &source, conversion),
        "mtx" => to_matrix_market(shell, &source, conversion),
        _ => {
            write_nodes(shell, &source, conversion)?;
            copy(shell, &source.edges, to, "")
        }
    }
}

fn is_graphar(path: &str) -> bool {
    path.ends_with(".graph.yml")
        || path.ends_with(".graph.yaml")
        || path.ends_with('/')
        || Path::new(path).is_dir()
}

/// Whether a path names a folder: it has no ending.
fn is_folder(path: &str) -> bool {
    path.ends_with('/') || Path::new(path).extension().is_none()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The texts of some columns of a query.
fn texts(shell: &mut Shell, columns: &[&str], from: &str) -> Result<Vec<Vec<String>>> {
    let list: Vec<String> =
        columns.iter().map(|column| format!("CAST({column} AS VARCHAR) AS {column}")).collect();
    let mut rows = vec![];
    for batch in shell.query(&format!("SELECT {} FROM {from}", list.join(", ")))? {
        for row in 0..batch.num_rows() {
            let values = batch.columns().iter().map(|column| {
                let texts = engine::arrow::compute::cast(
                    column,
                    &engine::arrow::datatypes::DataType::Utf8,
                )?;
                Ok(texts.as_string::<i32>().value(row).to_string())
            });
            rows.push(values.collect::<Result<Vec<String>>>()?);
        }
    }
    Ok(rows)
}

fn columns_of(shell: &mut Shell, query: &str) -> Result<Vec<Column>> {
    let rows = texts(shell, &["column_name", "column_type"], &format!("(DESCRIBE {query})"))?;
    Ok(rows
        .into_iter()
        .filter_map(|row| match <[String; 2]>::try_from(row) {
            Ok([name, data_type]) => Some(Column { name, data_type }),
            Err(_) => None,
        })
        .collect())
}

/// The edges of a query, with its nodes.
fn of_query(shell: &mut Shell, query: &str, nodes: Option<Nodes>) -> Result<Source> {
    let mut columns = columns_of(shell, query)?;
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let (source, target) = ends(&names)?;
    let list: Vec<String> = std::iter::once(format!("{} AS src", quoted(names[source])))
        .chain(std::iter::once(format!("{} AS dst", quoted(names[target]))))
        .chain(
            (0..names.len())
                .filter(|index| *index != source && *index != target)
                .map(|index| quoted(names[index])),
        )
        .collect();
    let edges = format!("SELECT {} FROM ({query})", list.join(", "));
    let ends = [columns[source].data_type.clone(), columns[target].data_type.clone()];
    let mut index = 0;
    columns.retain(|_| {
        index += 1;
        index - 1 != source && index - 1 != target
    });
    Ok(Source { edges, data: columns, ends, nodes })
}

fn of_file(shell: &mut Shell, path: &str) -> Result<Source> {
    let nodes = match path.to_lowercase().contains(".graphml") {
        true => {
            let query = format!("SELECT * FROM read_graphml({}, element => 'node')", literal(path));
            let columns = columns_of(shell, &query)?.into_iter().skip(1);
            Some(Nodes { query, data: columns.map(|column| column.name).collect() })
        }
        false => None,
    };
    of_query(shell, &format!("SELECT * FROM {}", literal(path)), nodes)
}

/// Columns behind others in a list.
fn behind(columns: &[String]) -> String {
    columns.iter().map(|column| format!(", {}", quoted(column))).collect()
}

/// The edges of one type with the vertices at their ends.
fn of_graphar(shell: &mut Shell, wanted: Option<&str>) -> Result<Source> {
    let tables = texts(
        shell,
        &["table_name", "column_name"],
        &format!(
            "(SELECT table_name, column_name FROM information_schema.columns WHERE table_catalog = '{ATTACHED}' AND \
             table_schema = 'main' ORDER BY table_name, ordinal_position)"
        ),
    )?;
    let with = |column: &str| -> Vec<String> {
        let rows = tables.iter().filter(|row| row[1] == column);
        rows.map(|row| row[0].clone()).collect()
    };
    let (edges, vertices) = (with("_src"), with("_id"));
    let names = || edges.join(", ");
    let found: Vec<&String> = edges
        .iter()
        .filter(|edge| {
            wanted.is_none_or(|wanted| {
                edge.as_str() == wanted || edge.contains(&format!("_{wanted}_"))
            })
        })
        .collect();
    let edge = match (found.as_slice(), wanted) {
        ([edge], _) => edge.as_str(),
        ([], Some(wanted)) => {
            return Err(Error::not_found(format!("the graph has no edges '{wanted}'"))
                .with_hint(format!("there are: {}", names())));
        }
        ([], None) => return Err(Error::invalid_data("the graph has no edges")),
        _ => {
            return Err(Error::invalid_input("the graph has edges of several types")
                .with_hint(format!("choose one with --edge: {}", names())));
        }
    };
    let query = format!("SELECT * EXCLUDE (_src, _dst) FROM {ATTACHED}.main.{}", quoted(edge));
    let end = |is_end: &dyn Fn(&str) -> bool| vertices.iter().find(|vertex| is_end(vertex));
    let source = end(&|vertex| edge.starts_with(&format!("{vertex}_")));
    let target = end(&|vertex| edge.ends_with(&format!("_{vertex}")));
    let (Some(source), Some(target)) = (source.cloned(), target.cloned()) else {
        return of_query(shell, &query, None);
    };
    let keys = texts(
        shell,
        &["table_name", "key"],
        &format!(
            "(SELECT table_name, constraint_column_names[1] AS key FROM duckdb_constraints() WHERE database_name = \
             '{ATTACHED}' AND schema_name = 'main' AND constraint_type = 'PRIMARY KEY')"
        ),
    )?;
    let columns_but = |table: &str, left_out: &[&str]| -> Vec<String> {
        let of_table = tables.iter().filter(|row| row[0] == table).map(|row| row[1].clone());
        of_table.filter(|column| !left_out.contains(&column.as_str())).collect()
    };
    let vertices_of = |vertex: &str, prefix: bool| {
        let key = keys.iter().find(|row| row[0] == vertex).map(|row| row[1].as_str())?;
        let data = columns_but(vertex, &[key, "_id"]);
        let id = match prefix {
            true => {
                format!("{} || CAST({} AS VARCHAR)", literal(&format!("{vertex}:")), quoted(key))
            }
            false => quoted(key),
        };
        let list = behind(&data);
        let query = format!("SELECT {id} AS id{list} FROM {ATTACHED}.main.{}", quoted(vertex));
        Some(Nodes { query, data })
    };
    if source == target {
        return of_query(shell, &query, vertices_of(&source, false));
    }
    // Vertices of two types may have the same keys.
    let (from, to) = (literal(&format!("{source}:")), literal(&format!("{target}:")));
    let list = behind(&columns_but(edge, &["src", "dst", "_src", "_dst"]));
    let query = format!(
        "SELECT {from} || CAST(src AS VARCHAR) AS src, {to} || CAST(dst AS VARCHAR) AS dst{list} FROM ({query})"
    );
    let nodes = match (vertices_of(&source, true), vertices_of(&target, true)) {
        (Some(sources), Some(targets)) => {
            let query = format!("{} UNION ALL BY NAME {}", sources.query, targets.query);
            let mut data = sources.data;
            let more = targets.data.into_iter().filter(|column| !data.contains(column));
            let more: Vec<String> = more.collect();
            data.extend(more);
            Some(Nodes { query, data })
        }
        _ => None,
    };
    of_query(shell, &query, nodes)
}

impl Source {
    /// All nodes: those that were given, and those that edges name alone.
    fn all_nodes(&self) -> String {
        let ends = format!("SELECT src AS id FROM ({0}) UNION SELECT dst FROM ({0})", self.edges);
        match &self.nodes {
            None => ends,
            Some(Nodes { query: nodes, .. }) => format!(
                "SELECT * FROM ({nodes}) UNION ALL BY NAME SELECT ends.id FROM ({ends}) AS ends WHERE NOT EXISTS (SELECT 1 \
                 FROM ({nodes}) AS known WHERE known.id = ends.id)"
            ),
        }
    }
}

/// Whether a file may be written.
fn check_target(to: &str, overwrite: bool) -> Result<()> {
    match !overwrite && Path::new(to).exists() {
        true => {
            Err(Error::already_exists(format!("'{to}' exists"))
                .with_hint("--overwrite replaces it"))
        }
        false => Ok(()),
    }
}

fn copy(shell: &mut Shell, query: &str, to: &str, options: &str) -> Result<()> {
    shell.query(&format!("COPY ({query}) TO {}{options}", literal(to))).map(drop)
}

/// Writes the nodes beside the edges, if that is wanted.
fn write_nodes(shell: &mut Shell, source: &Source, conversion: &GraphConversion) -> Result<()> {
    match (&conversion.nodes, &source.nodes) {
        (Some(to), _) => copy(shell, &source.all_nodes(), to, ""),
        (None, Some(_)) => {
            shell.note(
                "note: a list of edges has no data of nodes; --nodes FILE writes them beside it\n",
            );
            Ok(())
        }
        (None, None) => Ok(()),
    }
}

fn to_graphml(shell: &mut Shell, source: &Source, conversion: &GraphConversion) -> Result<()> {
    let rows = match &source.nodes {
        Some(nodes) => format!(
            "SELECT id AS src, NULL AS dst{} FROM ({}) UNION ALL BY NAME {}",
            behind(&nodes.data),
            nodes.query,
            source.edges
        ),
        None => source.edges.clone(),
    };
    let options = if conversion.undirected { " (DIRECTED false)" } else { "" };
    copy(shell, &rows, &conversion.to, options)
}

fn to_matrix_market(
    shell: &mut Shell,
    source: &Source,
    conversion: &GraphConversion,
) -> Result<()> {
    let weight = match (&conversion.weight, source.data.as_slice()) {
        (Some(weight), data) => {
            let known = data.iter().find(|column| column.name.eq_ignore_ascii_case(weight));
            let Some(known) = known else {
                let names: Vec<&str> = data.iter().map(|column| column.name.as_str()).collect();
                return Err(Error::not_found(format!("the edges have no column '{weight}'"))
                    .with_hint(format!("columns: {}", names.join(", "))));
            };
            format!(", e.{}", quoted(&known.name))
        }
        (None, data) => match data.iter().find(|column| column.name == "weight") {
            Some(column) => format!(", e.{}", quoted(&column.name)),
            None => String::new(),
        },
    };
    let are_whole = source.ends.iter().all(|end| end.contains("INT"));
    let fits = are_whole && {
        let below =
            format!("(SELECT count(*) AS n FROM ({}) WHERE src < 1 OR dst < 1)", source.edges);
        texts(shell, &["n"], &below)?.iter().all(|row| row[0] == "0")
    };
    if fits {
        let rows = format!("SELECT e.src, e.dst{weight} FROM ({}) AS e", source.edges);
        return copy(shell, &rows, &conversion.to, "");
    }
    let Some(numbers) = &conversion.nodes else {
        return Err(Error::invalid_input(
            "the nodes of Matrix Market are numbers from 1 on, and these are not",
        )
        .with_hint("--nodes FILE numbers them and writes which number each has"));
    };
    shell.query(&format!(
        "CREATE TEMP TABLE {NUMBERS} AS SELECT row_number() OVER (ORDER BY id) AS number, * FROM ({})",
        source.all_nodes()
    ))?;
    copy(shell, &format!("SELECT * FROM {NUMBERS} ORDER BY number"), numbers, "")?;
    let rows = format!(
        "SELECT a.number AS src, b.number AS dst{weight} FROM ({}) AS e JOIN {NUMBERS} AS a ON e.src = a.id JOIN \
         {NUMBERS} AS b ON e.dst = b.id",
        source.edges
    );
    copy(shell, &rows, &conversion.to, "")
}

fn to_graphar(shell: &mut Shell, source: &Source, conversion: &GraphConversion) -> Result<()> {
    let (vertex, edge) = ("node", conversion.edge.as_deref().unwrap_or("edge"));
    let direction = if conversion.undirected { " UNDIRECTED" } else { "" };
    shell
        .query(&format!(
            "COPY GRAPH (VERTICES ({}) AS {vertex} KEY id EDGES ({}) AS {} SOURCE src REFERENCES {vertex} DESTINATION dst \
             REFERENCES {vertex}{direction}) TO {} (FORMAT graphar{})",
            source.all_nodes(),
            source.edges,
            quoted(edge),
            literal(&conversion.to),
            if conversion.overwrite { ", OVERWRITE" } else { "" }
        ))
        .map(drop)
}
