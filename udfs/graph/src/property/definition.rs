//! A property graph: tables of vertices, and tables of edges between them.

use extension::{Error, Result};

use super::tokens::quoted;

/// What `CREATE PROPERTY GRAPH` says.
#[derive(Debug, Clone)]
pub(crate) struct PropertyGraph {
    pub(super) name: String,
    pub(super) vertices: Vec<VertexTable>,
    pub(super) edges: Vec<EdgeTable>,
    /// As it was created.
    pub(super) definition: String,
}

/// A table as elements of a graph.
#[derive(Debug, Clone)]
pub(super) struct ElementTable {
    /// The table, as SQL text.
    pub(super) table: String,
    /// The name by which other tables of the graph refer to it.
    pub(super) name: String,
    pub(super) labels: Vec<String>,
    /// The columns that patterns see; all without a list.
    pub(super) properties: Option<Vec<String>>,
}

/// A table of vertices.
#[derive(Debug, Clone)]
pub(super) struct VertexTable {
    pub(super) element: ElementTable,
    pub(super) key: Vec<String>,
}

/// A table of edges.
#[derive(Debug, Clone)]
pub(super) struct EdgeTable {
    pub(super) element: ElementTable,
    pub(super) source: End,
    pub(super) target: End,
}

/// An end of the edges of a table.
#[derive(Debug, Clone)]
pub(super) struct End {
    /// The columns of the edge that name the vertex.
    pub(super) columns: Vec<String>,
    /// The vertex table.
    pub(super) vertex: String,
    /// The columns of the vertex that they equal.
    pub(super) key: Vec<String>,
}

impl ElementTable {
    fn has_label(&self, label: &str) -> bool {
        self.labels.iter().any(|known| known.eq_ignore_ascii_case(label))
    }

    /// The table in FROM, with the columns that patterns see and those of `keys`.
    pub(super) fn relation(&self, keys: &[&[String]]) -> String {
        let Some(properties) = &self.properties else { return self.table.clone() };
        let mut columns: Vec<&String> = properties.iter().collect();
        for key in keys.iter().copied().flatten() {
            if !columns.contains(&key) {
                columns.push(key);
            }
        }
        let columns: Vec<String> = columns.into_iter().map(|column| quoted(column)).collect();
        format!("(SELECT {} FROM {})", columns.join(", "), self.table)
    }
}

impl PropertyGraph {
    /// The vertex table of a name.
    pub(super) fn vertex(&self, name: &str) -> Result<&VertexTable> {
        let found =
            self.vertices.iter().find(|vertex| vertex.element.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            let names: Vec<&str> =
                self.vertices.iter().map(|vertex| vertex.element.name.as_str()).collect();
            Error::not_found(format!("'{name}' is none of the vertex tables"))
                .with_hint(format!("vertex tables: {}", names.join(", ")))
        })
    }

    /// The vertex tables with a label, or all without one.
    pub(super) fn labelled_vertices(&self, label: Option<&str>) -> Result<Vec<&VertexTable>> {
        let matches = |vertex: &&VertexTable| label.is_none_or(|l| vertex.element.has_label(l));
        let found: Vec<&VertexTable> = self.vertices.iter().filter(matches).collect();
        match (found.is_empty(), label) {
            (true, Some(label)) => Err(self.no_label(label, "vertices")),
            _ => Ok(found),
        }
    }

    /// The edge tables with a label, or all without one.
    pub(super) fn labelled_edges(&self, label: Option<&str>) -> Result<Vec<&EdgeTable>> {
        let matches = |edge: &&EdgeTable| label.is_none_or(|l| edge.element.has_label(l));
        let found: Vec<&EdgeTable> = self.edges.iter().filter(matches).collect();
        match (found.is_empty(), label) {
            (true, Some(label)) => Err(self.no_label(label, "edges")),
            _ => Ok(found),
        }
    }

    fn no_label(&self, label: &str, what: &str) -> Error {
        let labels: Vec<&str> = match what {
            "edges" => {
                self.edges.iter().flat_map(|e| &e.element.labels).map(String::as_str).collect()
            }
            _ => self.vertices.iter().flat_map(|v| &v.element.labels).map(String::as_str).collect(),
        };
        let error = Error::not_found(format!(
            "label '{label}' is on no {what} of property graph '{}'",
            self.name
        ));
        match extension::closest(label, labels.iter().copied()) {
            Some(near) => error.with_hint(format!("did you mean '{near}'?")),
            None => error.with_hint(format!("labels: {}", labels.join(", "))),
        }
    }
}
