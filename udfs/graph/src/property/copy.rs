//! A property graph as `COPY GRAPH` spells its tables.

use extension::{Error, Result};

use super::definition::{ElementTable, End, PropertyGraph};
use super::tokens::quoted;

/// The tables, from `(VERTICES` to the closing parenthesis.
pub(super) fn tables(graph: &PropertyGraph) -> Result<String> {
    let mut vertices = vec![];
    for vertex in &graph.vertices {
        let element = &vertex.element;
        let key = one(&vertex.key, "the key", element)?;
        let relation = element.relation(&[&vertex.key]);
        let plain = element.labels.iter().all(|l| l.eq_ignore_ascii_case(&element.name));
        let (labels, clause) = match plain {
            true => (String::new(), ""),
            false => {
                let labels: Vec<String> = element.labels.iter().map(|l| text(l)).collect();
                (format!(", [{}] AS _labels", labels.join(", ")), " LABELS _labels")
            }
        };
        let name = quoted(&element.name);
        vertices.push(format!("(SELECT *{labels} FROM {relation}) AS {name} KEY {key}{clause}"));
    }
    let mut edges = vec![];
    for edge in &graph.edges {
        let element = &edge.element;
        let [(source, from), (target, to)] =
            [end(graph, element, &edge.source)?, end(graph, element, &edge.target)?];
        let relation = element.relation(&[&edge.source.columns, &edge.target.columns]);
        edges.push(format!(
            "(SELECT * FROM {relation}) AS {} SOURCE {source} REFERENCES {from} DESTINATION {target} REFERENCES {to}",
            quoted(&element.name)
        ));
    }
    let edges = match edges.is_empty() {
        true => String::new(),
        false => format!(" EDGES {}", edges.join(", ")),
    };
    Ok(format!("(VERTICES {}{edges})", vertices.join(", ")))
}

/// The column of an end, and the vertices that it names by their key.
fn end(graph: &PropertyGraph, edge: &ElementTable, end: &End) -> Result<(String, String)> {
    let vertex = graph.vertex(&end.vertex)?;
    let same = end.key.len() == vertex.key.len()
        && end.key.iter().zip(&vertex.key).all(|(a, b)| a.eq_ignore_ascii_case(b));
    if !same {
        return Err(Error::unsupported(format!(
            "edges '{}' name '{}' by other columns than its key, which GraphAr cannot store",
            edge.name, vertex.element.name
        )));
    }
    Ok((one(&end.columns, "an end", edge)?, quoted(&vertex.element.name)))
}

fn one(columns: &[String], what: &str, element: &ElementTable) -> Result<String> {
    match columns {
        [column] => Ok(quoted(column)),
        several => Err(Error::unsupported(format!(
            "{what} of '{}' has {} columns; keys of GraphAr have one",
            element.name,
            several.len()
        ))),
    }
}

fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
