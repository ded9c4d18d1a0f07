//! What a graph consists of, with every default of the format filled in and every name checked.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use extension::{Error, Result, closest};

use crate::types::arrow_type;
use crate::yaml::{AdjacencyEntry, EdgeFile, GroupEntry, VertexFile};

/// How a file is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileType {
    Parquet,
    Csv,
    Orc,
    Json,
}

impl FileType {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Parquet, Self::Csv, Self::Orc, Self::Json];

    /// Its name in the description.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Orc => "orc",
            Self::Json => "json",
        }
    }

    /// The type of a name.
    pub(crate) fn of(name: &str) -> Result<Self> {
        let known = Self::ALL.iter().find(|known| known.name().eq_ignore_ascii_case(name));
        known.copied().ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
            let error = Error::invalid_data(format!("'{name}' is no file type of GraphAr"));
            match closest(name, names) {
                Some(near) => error.with_hint(format!("did you mean {near}?")),
                None => error.with_hint(format!("file types: {}", names.join(", "))),
            }
        })
    }
}

/// Properties that are stored together.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// The folder within that of the vertices or the adjacency list, ending in `/`.
    pub(crate) prefix: String,
    pub(crate) file_type: FileType,
    pub(crate) fields: Vec<FieldRef>,
}

/// A vertex type.
#[derive(Debug, Clone)]
pub(crate) struct VertexInfo {
    pub(crate) name: String,
    /// Vertices per chunk.
    pub(crate) chunk_size: u64,
    /// The folder within that of the graph, ending in `/`.
    pub(crate) prefix: String,
    pub(crate) groups: Vec<Group>,
    pub(crate) labels: Vec<String>,
    /// The group and the property that is the primary key.
    pub(crate) key: Option<(usize, usize)>,
}

impl VertexInfo {
    /// Checks a description.
    pub(crate) fn new(file: VertexFile) -> Result<Self> {
        check_version(file.version.as_deref())?;
        check_chunk_size("chunk_size", file.chunk_size)?;
        let name = file.vertex_type;
        let entries = file.property_groups.unwrap_or_default();
        let mut key = None;
        for (group, entry) in entries.iter().enumerate() {
            for (property, found) in entry.properties.iter().enumerate() {
                if found.is_primary == Some(true) && key.replace((group, property)).is_some() {
                    return Err(Error::invalid_data(format!(
                        "vertex type '{name}' has more than one primary property"
                    )));
                }
            }
        }
        let groups = groups(entries)?;
        Ok(Self {
            prefix: folder(file.prefix, || format!("{name}/")),
            chunk_size: file.chunk_size,
            labels: file.labels.unwrap_or_default(),
            groups,
            key,
            name,
        })
    }

    /// The primary key.
    pub(crate) fn key_field(&self) -> Option<&FieldRef> {
        self.key.map(|(group, property)| &self.groups[group].fields[property])
    }
}

/// In which order edges are stored, and by which end they are split into parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) sorted: bool,
    pub(crate) by: End,
}

/// An end of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Source,
    Destination,
}

impl End {
    /// The column of the internal ids.
    pub(crate) fn stored_column(self) -> &'static str {
        match self {
            Self::Source => "_graphArSrcIndex",
            Self::Destination => "_graphArDstIndex",
        }
    }
}

impl Order {
    /// All of them, the one that serves most first.
    pub(crate) const ALL: [Self; 4] = [
        Self { sorted: true, by: End::Source },
        Self { sorted: true, by: End::Destination },
        Self { sorted: false, by: End::Source },
        Self { sorted: false, by: End::Destination },
    ];

    /// Its name, which is that of its folder.
    pub(crate) fn name(self) -> &'static str {
        match (self.sorted, self.by) {
            (true, End::Source) => "ordered_by_source",
            (true, End::Destination) => "ordered_by_dest",
            (false, End::Source) => "unordered_by_source",
            (false, End::Destination) => "unordered_by_dest",
        }
    }

    /// The order of a name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The edges in one order.
#[derive(Debug, Clone)]
pub(crate) struct Adjacency {
    pub(crate) order: Order,
    /// The folder within that of the edges, ending in `/`.
    pub(crate) prefix: String,
    pub(crate) file_type: FileType,
}

/// An edge type.
#[derive(Debug, Clone)]
pub(crate) struct EdgeInfo {
    pub(crate) source: String,
    pub(crate) edge: String,
    pub(crate) destination: String,
    /// Edges per chunk.
    pub(crate) chunk_size: u64,
    pub(crate) source_chunk_size: u64,
    pub(crate) destination_chunk_size: u64,
    pub(crate) directed: bool,
    pub(crate) prefix: String,
    pub(crate) adjacencies: Vec<Adjacency>,
    pub(crate) groups: Vec<Group>,
}

impl EdgeInfo {
    /// Checks a description.
    pub(crate) fn new(file: EdgeFile) -> Result<Self> {
        check_version(file.version.as_deref())?;
        check_chunk_size("chunk_size", file.chunk_size)?;
        check_chunk_size("src_chunk_size", file.src_chunk_size)?;
        check_chunk_size("dst_chunk_size", file.dst_chunk_size)?;
        let name = format!("{}_{}_{}", file.src_type, file.edge_type, file.dst_type);
        let mut entries = file.property_groups.unwrap_or_default();
        let mut adjacencies: Vec<Adjacency> = vec![];
        for mut entry in file.adj_lists.unwrap_or_default() {
            let own = entry.property_groups.take().unwrap_or_default();
            if entries.is_empty() {
                entries = own;
            }
            let adjacency = adjacency(entry)?;
            if adjacencies.iter().any(|known| known.order == adjacency.order) {
                return Err(Error::invalid_data(format!(
                    "edge type '{name}' lists {} twice",
                    adjacency.order
                )));
            }
            adjacencies.push(adjacency);
        }
        if adjacencies.is_empty() {
            return Err(Error::invalid_data(format!("edge type '{name}' has no adj_lists")));
        }
        Ok(Self {
            prefix: folder(file.prefix, || format!("{name}/")),
            chunk_size: file.chunk_size,
            source_chunk_size: file.src_chunk_size,
            destination_chunk_size: file.dst_chunk_size,
            directed: file.directed.unwrap_or(false),
            groups: groups(entries)?,
            adjacencies,
            source: file.src_type,
            edge: file.edge_type,
            destination: file.dst_type,
        })
    }

    /// The name of the table: `person_knows_person`.
    pub(crate) fn name(&self) -> String {
        format!("{}_{}_{}", self.source, self.edge, self.destination)
    }

    /// The vertex type at an end.
    pub(crate) fn vertex(&self, end: End) -> &str {
        match end {
            End::Source => &self.source,
            End::Destination => &self.destination,
        }
    }

    /// How many vertices at an end share a part.
    pub(crate) fn part_size(&self, end: End) -> u64 {
        match end {
            End::Source => self.source_chunk_size,
            End::Destination => self.destination_chunk_size,
        }
    }

    /// The edges in an order, if they are stored so.
    pub(crate) fn adjacency(&self, order: Order) -> Option<&Adjacency> {
        self.adjacencies.iter().find(|adjacency| adjacency.order == order)
    }

    /// The orders that are stored, the one that serves most first.
    pub(crate) fn orders(&self) -> impl Iterator<Item = Order> {
        Order::ALL.into_iter().filter(|order| self.adjacency(*order).is_some())
    }
}

/// A graph: its vertex and edge types.
#[derive(Debug, Clone)]
pub(crate) struct GraphInfo {
    pub(crate) name: String,
    pub(crate) vertices: Vec<Arc<VertexInfo>>,
    pub(crate) edges: Vec<Arc<EdgeInfo>>,
    /// Descriptions that are listed and not there, by the name of their file.
    pub(crate) missing: Vec<String>,
}

impl GraphInfo {
    /// A vertex type.
    pub(crate) fn vertex(&self, name: &str) -> Option<&Arc<VertexInfo>> {
        self.vertices.iter().find(|vertex| vertex.name == name)
    }
}

/// Fails for a version of the format that is not known here.
pub(crate) fn check_version(version: Option<&str>) -> Result<()> {
    match version.map(|text| text.split_whitespace().next().unwrap_or_default()) {
        None => Ok(()),
        Some(text) if text == "gar/v1" || text.starts_with("gar/v1(") => Ok(()),
        Some(other) => {
            Err(Error::unsupported(format!("version '{other}' of GraphAr is not supported"))
                .with_hint("gar/v1 is"))
        }
    }
}

fn check_chunk_size(name: &str, size: u64) -> Result<()> {
    match (1..=i64::MAX as u64).contains(&size) {
        true => Ok(()),
        false => Err(Error::invalid_data(format!("{name} must be at least 1, not {size}"))),
    }
}

/// A folder's name ending in `/`.
pub(crate) fn folder(prefix: Option<String>, default: impl FnOnce() -> String) -> String {
    let mut prefix = prefix.filter(|prefix| !prefix.is_empty()).unwrap_or_else(default);
    if !prefix.ends_with('/') {
        prefix.push('/');
    }
    prefix
}

fn groups(entries: Vec<GroupEntry>) -> Result<Vec<Group>> {
    let mut groups: Vec<Group> = vec![];
    for entry in entries {
        let mut fields: Vec<FieldRef> = vec![];
        for property in &entry.properties {
            let name = &property.name;
            let data_type = arrow_type(&property.data_type, property.cardinality.as_deref())
                .map_err(|error| error.context(format_args!("property '{name}'")))?;
            let known = groups.iter().flat_map(|group| &group.fields).chain(&fields);
            if known.into_iter().any(|known| known.name() == name) {
                return Err(Error::invalid_data(format!("property '{name}' is listed twice")));
            }
            let nullable = property.is_nullable.unwrap_or(property.is_primary != Some(true));
            fields.push(Arc::new(Field::new(name, data_type, nullable)));
        }
        let names = || fields.iter().map(|field| field.name().as_str()).collect::<Vec<_>>();
        groups.push(Group {
            prefix: folder(entry.prefix, || format!("{}/", names().join("_"))),
            file_type: FileType::of(&entry.file_type)?,
            fields,
        });
    }
    Ok(groups)
}

fn adjacency(entry: AdjacencyEntry) -> Result<Adjacency> {
    let by = match entry.aligned_by.to_lowercase().as_str() {
        "src" | "source" => End::Source,
        "dst" | "dest" | "destination" => End::Destination,
        other => {
            return Err(Error::invalid_data(format!(
                "aligned_by must be src or dst, not '{other}'"
            )));
        }
    };
    let order = Order { sorted: entry.ordered, by };
    Ok(Adjacency {
        order,
        prefix: folder(entry.prefix, || format!("{order}/")),
        file_type: FileType::of(&entry.file_type)?,
    })
}

/// The type of the internal ids.
pub(crate) fn id_field(name: &str) -> FieldRef {
    Arc::new(Field::new(name, DataType::Int64, false))
}
