//! The files of a graph's description as they are written: `gar/v1` of Apache GraphAr.
//!
//! Keys that are not known here are left alone: the format grows, and what it adds is description.

use serde::Deserialize;

/// `<name>.graph.yml`.
#[derive(Debug, Deserialize)]
pub(crate) struct GraphFile {
    pub(crate) name: Option<String>,
    pub(crate) prefix: Option<String>,
    #[serde(default)]
    pub(crate) vertices: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) edges: Option<Vec<String>>,
    pub(crate) version: Option<String>,
}

/// `<type>.vertex.yml`.
#[derive(Debug, Deserialize)]
pub(crate) struct VertexFile {
    #[serde(rename = "type", alias = "label")]
    pub(crate) vertex_type: String,
    pub(crate) chunk_size: u64,
    pub(crate) prefix: Option<String>,
    #[serde(default)]
    pub(crate) labels: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) property_groups: Option<Vec<GroupEntry>>,
    pub(crate) version: Option<String>,
}

/// A group of properties that are stored together.
#[derive(Debug, Deserialize)]
pub(crate) struct GroupEntry {
    pub(crate) prefix: Option<String>,
    pub(crate) file_type: String,
    pub(crate) properties: Vec<PropertyEntry>,
}

/// A property.
#[derive(Debug, Deserialize)]
pub(crate) struct PropertyEntry {
    pub(crate) name: String,
    pub(crate) data_type: String,
    #[serde(default)]
    pub(crate) is_primary: Option<bool>,
    pub(crate) is_nullable: Option<bool>,
    pub(crate) cardinality: Option<String>,
}

/// `<src>_<edge>_<dst>.edge.yml`.
#[derive(Debug, Deserialize)]
pub(crate) struct EdgeFile {
    #[serde(alias = "src_label")]
    pub(crate) src_type: String,
    #[serde(alias = "edge_label")]
    pub(crate) edge_type: String,
    #[serde(alias = "dst_label")]
    pub(crate) dst_type: String,
    pub(crate) chunk_size: u64,
    pub(crate) src_chunk_size: u64,
    pub(crate) dst_chunk_size: u64,
    pub(crate) directed: Option<bool>,
    pub(crate) prefix: Option<String>,
    #[serde(default)]
    pub(crate) adj_lists: Option<Vec<AdjacencyEntry>>,
    #[serde(default)]
    pub(crate) property_groups: Option<Vec<GroupEntry>>,
    pub(crate) version: Option<String>,
}

/// One order in which the edges are stored.
#[derive(Debug, Deserialize)]
pub(crate) struct AdjacencyEntry {
    pub(crate) ordered: bool,
    pub(crate) aligned_by: String,
    pub(crate) prefix: Option<String>,
    pub(crate) file_type: String,
    /// Where versions before 0.12 kept the edges' properties.
    #[serde(default)]
    pub(crate) property_groups: Option<Vec<GroupEntry>>,
}
