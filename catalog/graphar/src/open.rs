//! From a target to a graph: which file describes it, and what that says.

use std::sync::Arc;

use datafusion::catalog::Session;
use extension::{Error, ErrorKind, Result};
use futures::{StreamExt, TryStreamExt};
use serde::de::DeserializeOwned;

use crate::info::{EdgeInfo, GraphInfo, VertexInfo, check_version};
use crate::location::Location;
use crate::yaml::GraphFile;

/// How many descriptions are fetched at a time.
const AT_ONCE: usize = 16;

/// A graph and the folder of its data.
#[derive(Debug, Clone)]
pub(crate) struct Graph {
    pub(crate) info: GraphInfo,
    pub(crate) root: Location,
}

/// What a target turned out to be.
pub(crate) enum Opened {
    /// A graph of Apache GraphAr.
    Graph(Graph),
    /// A folder in the layout of ParquetFrame before version 3.
    Legacy(Location),
}

/// The file that the layout before version 3 has.
pub(crate) const LEGACY_FILE: &str = "_metadata.yaml";

/// Whether a name is that of a YAML file.
fn is_yaml(name: &str) -> bool {
    let name = name.to_lowercase();
    name.ends_with(".yml") || name.ends_with(".yaml")
}

/// Whether a name is that of a graph's description.
pub(crate) fn is_graph_file(name: &str) -> bool {
    let name = name.to_lowercase();
    name.ends_with(".graph.yml") || name.ends_with(".graph.yaml")
}

/// Opens a folder, or the file that describes a graph.
pub(crate) async fn open(target: &str, state: &dyn Session) -> Result<Opened> {
    let location = Location::parse(target, state)?;
    if is_yaml(location.file_name()) {
        return match location.file_name() {
            LEGACY_FILE => Ok(Opened::Legacy(location.folder())),
            _ => Ok(Opened::Graph(read(&location).await?)),
        };
    }
    let (files, folders) = location.names().await?;
    if files.is_empty() && folders.is_empty() {
        return Err(Error::not_found(format!("'{}' is no folder with a graph", location.shown)));
    }
    let graphs: Vec<&String> = files.iter().filter(|name| is_graph_file(name)).collect();
    match graphs.as_slice() {
        [one] => return Ok(Opened::Graph(read(&location.join(one)).await?)),
        [] => {}
        several => return Err(more_than_one(&location, several)),
    }
    if files.iter().any(|name| name == LEGACY_FILE) {
        return Ok(Opened::Legacy(location));
    }
    // The name is free: any YAML file that lists vertices or edges may be meant.
    let mut described = vec![];
    for name in files.iter().filter(|name| is_yaml(name)) {
        let text = location.join(name).read_text().await?;
        if parse::<GraphFile>(&text)
            .is_ok_and(|file| file.vertices.is_some() || file.edges.is_some())
        {
            described.push(name);
        }
    }
    match described.as_slice() {
        [one] => Ok(Opened::Graph(read(&location.join(one)).await?)),
        [] => Err(Error::not_found(format!(
            "'{}' holds no graph: there is no file such as name.graph.yml in it",
            location.shown
        ))),
        several => Err(more_than_one(&location, several)),
    }
}

fn more_than_one(location: &Location, names: &[&String]) -> Error {
    let list: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    Error::invalid_input(format!("'{}' holds {} graphs", location.shown, names.len()))
        .with_hint(format!("name the file of one: {}", list.join(", ")))
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_saphyr::from_str(text)
        .map_err(|error| Error::invalid_data(format!("not the YAML that is expected: {error}")))
}

/// Reads a description; errors name its file.
async fn described<T: DeserializeOwned, I>(
    location: &Location,
    check: impl FnOnce(T) -> Result<I>,
) -> Result<I> {
    let text = location.read_text().await?;
    parse(&text)
        .and_then(check)
        .map_err(|error| error.context(format_args!("'{}'", location.shown)))
}

/// Reads the descriptions in files of a folder, each with its name.
async fn all<T: DeserializeOwned + Send, I: Send>(
    folder: &Location,
    listed: Option<Vec<String>>,
    check: fn(T) -> Result<I>,
) -> Vec<(String, Result<I>)> {
    let listed = listed.unwrap_or_default();
    let places: Vec<(String, Location)> = listed
        .into_iter()
        .map(|name| {
            let place = folder.join(&name);
            (name, place)
        })
        .collect();
    let read = places
        .into_iter()
        .map(|(name, place)| async move { (name, described(&place, check).await) });
    futures::stream::iter(read).buffered(AT_ONCE).collect().await
}

/// Reads the description of a graph and those that it lists.
async fn read(location: &Location) -> Result<Graph> {
    let file: GraphFile = described(location, |file: GraphFile| {
        check_version(file.version.as_deref())?;
        match file.vertices.is_some() || file.edges.is_some() {
            true => Ok(file),
            false => Err(Error::invalid_data("it lists neither vertices nor edges")),
        }
    })
    .await?;
    let folder = location.folder();
    let name = file
        .name
        .unwrap_or_else(|| location.file_name().split('.').next().unwrap_or_default().to_string());
    let mut missing = vec![];
    let mut vertices: Vec<Arc<VertexInfo>> = vec![];
    for (name, info) in all(&folder, file.vertices, VertexInfo::new).await {
        match info {
            Ok(info) if vertices.iter().any(|known| known.name == info.name) => {
                return Err(twice(location, "vertex", &info.name));
            }
            Ok(info) => vertices.push(Arc::new(info)),
            // Some published samples lack parts of what they list.
            Err(error) if error.kind() == ErrorKind::NotFound => missing.push(name),
            Err(error) => return Err(error),
        }
    }
    let mut edges: Vec<Arc<EdgeInfo>> = vec![];
    for (name, info) in all(&folder, file.edges, EdgeInfo::new).await {
        match info {
            Ok(info) if edges.iter().any(|known| known.name() == info.name()) => {
                return Err(twice(location, "edge", &info.name()));
            }
            Ok(info) => edges.push(Arc::new(info)),
            Err(error) if error.kind() == ErrorKind::NotFound => missing.push(name),
            Err(error) => return Err(error),
        }
    }
    let mut info = GraphInfo { name, vertices, edges, missing };
    let root = root(&folder, file.prefix.as_deref(), &info).await?;
    without_labels(&root, &mut info).await?;
    Ok(Graph { info, root })
}

fn twice(location: &Location, what: &str, name: &str) -> Error {
    Error::invalid_data(format!("'{}' lists the {what} type '{name}' twice", location.shown))
}

/// The folder of the data. Graphs are moved, and then the folder that they name is that of another
/// machine: what is not there is looked for beside the description.
async fn root(folder: &Location, prefix: Option<&str>, info: &GraphInfo) -> Result<Location> {
    let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty()) else {
        return Ok(folder.clone());
    };
    if !prefix.starts_with('/') && !prefix.contains("://") {
        let within = folder.join(prefix);
        return Ok(if has_data(&within, info).await? { within } else { folder.clone() });
    }
    let path = prefix.strip_prefix("file://").unwrap_or(prefix);
    if folder.local.is_some() && path.starts_with('/') {
        let elsewhere = Location {
            store: Arc::clone(&folder.store),
            path: object_store::path::Path::from(path.trim_start_matches('/')),
            shown: path.trim_end_matches('/').to_string(),
            local: Some(path.into()),
        };
        if has_data(&elsewhere, info).await? {
            return Ok(elsewhere);
        }
    }
    Ok(folder.clone())
}

/// Whether a folder has one of the graph's.
async fn has_data(root: &Location, info: &GraphInfo) -> Result<bool> {
    let vertices = info.vertices.iter().map(|vertex| vertex.prefix.as_str());
    let edges = info.edges.iter().map(|edge| edge.prefix.as_str());
    for prefix in vertices.chain(edges) {
        let (files, folders) = root.join(prefix).names().await?;
        if !files.is_empty() || !folders.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes away the labels of vertex types that list some and store none.
async fn without_labels(root: &Location, info: &mut GraphInfo) -> Result<()> {
    let labelled = info.vertices.iter().enumerate().filter(|(_, vertex)| !vertex.labels.is_empty());
    let asked: Vec<(usize, Location)> =
        labelled.map(|(index, vertex)| (index, root.join(&vertex.prefix).join("labels"))).collect();
    let found: Vec<(usize, bool)> = futures::stream::iter(asked)
        .map(|(index, folder)| async move {
            let (files, _) = folder.names().await?;
            Ok::<_, Error>((index, !files.is_empty()))
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    for (index, _) in found.into_iter().filter(|(_, found)| !found) {
        let vertex = Arc::make_mut(&mut info.vertices[index]);
        vertex.labels.clear();
    }
    Ok(())
}
