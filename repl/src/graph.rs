//! `pframe graph`: graph functions on files, and pictures of small graphs.

use engine::arrow::array::{Array, ArrayRef};
use engine::arrow::util::display::{ArrayFormatter, FormatOptions};
use engine::{Error, Result};

use crate::args::{Graph, GraphAction, Picture};
use crate::quote::literal;
use crate::shell::Shell;

/// The most edges that a picture shows.
const MOST_EDGES: usize = 500;

/// Does what the command line says.
pub(crate) fn run(shell: &mut Shell, graph: &Graph) -> Result<()> {
    match &graph.action {
        GraphAction::Run { function, edges, arguments, to } => {
            let call = call(function, edges, arguments)?;
            match to {
                None => print(shell, &format!("SELECT * FROM {call}")),
                Some(to) => {
                    let sql = format!("COPY (SELECT * FROM {call}) TO {}", literal(to));
                    shell.query(&sql).map(drop)
                }
            }
        }
        GraphAction::Info { edges, arguments } => {
            let call = call("graph_stats", edges, arguments)?;
            print(shell, &format!("SELECT * FROM {call}"))
        }
        GraphAction::Draw { edges, picture, undirected } => {
            let text = draw(shell, edges, *picture, *undirected)?;
            shell.print_text(&text)
        }
    }
}

fn print(shell: &mut Shell, sql: &str) -> Result<()> {
    let batches = shell.query(sql)?;
    shell.print(&batches)
}

/// The call of a function on a file, with arguments as `name=value`.
fn call(function: &str, edges: &str, arguments: &[String]) -> Result<String> {
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if !is_name(function) {
        return Err(Error::invalid_input(format!("'{function}' is no name of a function"))
            .with_hint("SELECT name FROM system.functions WHERE family = 'graph' lists them"));
    }
    let mut call = format!("graph.{function}({}", literal(edges));
    for argument in arguments {
        let Some((name, value)) = argument.split_once('=').filter(|(name, _)| is_name(name)) else {
            return Err(Error::invalid_input(format!("'{argument}' is not NAME=VALUE")));
        };
        call.push_str(&format!(", {name} => {}", value_of(value)));
    }
    call.push(')');
    Ok(call)
}

/// A value as SQL writes it: numbers, truth values and lists as they are, and all else as text.
fn value_of(value: &str) -> String {
    let is_constant = value.parse::<f64>().is_ok_and(f64::is_finite)
        || ["true", "false", "null"].contains(&value.to_lowercase().as_str());
    let is_list = value.starts_with('[') && value.ends_with(']');
    match is_constant || is_list {
        true => value.to_string(),
        false => literal(value),
    }
}

fn draw(shell: &mut Shell, edges: &str, picture: Picture, undirected: bool) -> Result<String> {
    // The ends are the columns that the functions would take.
    let sql = format!("SELECT * FROM {} LIMIT {}", literal(edges), MOST_EDGES + 1);
    let batches = shell.query(&sql)?;
    let mut pairs = vec![];
    for batch in &batches {
        let schema = batch.schema();
        let place = |names: [&str; 3], other: usize| {
            let at = |name: &&str| {
                schema.fields().iter().position(|f| f.name().eq_ignore_ascii_case(name))
            };
            names.iter().find_map(at).unwrap_or(other)
        };
        if batch.num_columns() < 2 {
            return Err(Error::invalid_input("edges need two columns"));
        }
        let sources = texts(batch.column(place(["src", "source", "from"], 0)))?;
        let targets = texts(batch.column(place(["dst", "target", "to"], 1)))?;
        pairs.extend(sources.into_iter().zip(targets));
    }
    if pairs.len() > MOST_EDGES {
        return Err(Error::unsupported(format!("a picture shows at most {MOST_EDGES} edges"))
            .with_hint("draw a part of the graph, written by COPY (SELECT …) TO 'part.csv'"));
    }
    Ok(text_of(&pairs, picture, undirected))
}

fn texts(column: &ArrayRef) -> Result<Vec<String>> {
    let options = FormatOptions::new();
    let formatter = ArrayFormatter::try_new(column, &options)?;
    Ok((0..column.len()).map(|row| formatter.value(row).to_string()).collect())
}

/// The picture as text.
fn text_of(pairs: &[(String, String)], picture: Picture, undirected: bool) -> String {
    let mut nodes: Vec<&String> = pairs.iter().flat_map(|(a, b)| [a, b]).collect();
    nodes.sort();
    nodes.dedup();
    let number = |node: &String| nodes.partition_point(|known| *known < node);
    let mut lines = vec![];
    match picture {
        Picture::Mermaid => {
            lines.push("graph LR".to_string());
            for (index, node) in nodes.iter().enumerate() {
                lines.push(format!("    n{index}[\"{}\"]", node.replace('"', "#quot;")));
            }
            let arrow = if undirected { "---" } else { "-->" };
            for (a, b) in pairs {
                lines.push(format!("    n{} {arrow} n{}", number(a), number(b)));
            }
        }
        Picture::Dot => {
            let (kind, arrow) = if undirected { ("graph", "--") } else { ("digraph", "->") };
            let quoted =
                |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
            lines.push(format!("{kind} {{"));
            for (a, b) in pairs {
                lines.push(format!("    {} {arrow} {};", quoted(a), quoted(b)));
            }
            lines.push("}".to_string());
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{Picture, call, text_of};

    #[test]
    fn arguments_become_sql() {
        let arguments = ["damping=0.9", "weight=km", "source=[1, 2]", "directed=false"];
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        assert_eq!(
            call("pagerank", "it's.csv", &arguments).unwrap(),
            "graph.pagerank('it''s.csv', damping => 0.9, weight => 'km', source => [1, 2], directed => false)"
        );
        assert!(call("x'; DROP", "e.csv", &[]).is_err());
        assert!(call("wcc", "e.csv", &["no".to_string()]).is_err());
    }

    #[test]
    fn pictures_quote_names() {
        let pairs = [("a".to_string(), "b\"c".to_string())];
        assert_eq!(
            text_of(&pairs, Picture::Mermaid, false),
            "graph LR\n    n0[\"a\"]\n    n1[\"b#quot;c\"]\n    n0 --> n1\n"
        );
        assert_eq!(text_of(&pairs, Picture::Dot, true), "graph {\n    \"a\" -- \"b\\\"c\";\n}\n");
    }
}
