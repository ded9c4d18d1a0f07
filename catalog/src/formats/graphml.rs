//! GraphML: the edges of a graph, or its nodes, with the data that the keys declare.
//!
//! The keys stand before the graph, so the columns are known from the beginning of the file.

mod keys;
mod rows;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::DataFusionError;
use extension::{Arguments, Parameter, Result};
use futures::TryStreamExt;

use self::keys::{Element, Head};
use super::{
    Batches, Compression, Description, FileHandle, Format, OpenRequest, Reader, adapt, blocking,
    bytes, compression,
};

/// The format.
#[derive(Debug)]
pub(crate) struct GraphMl;

const ELEMENT: Parameter = Parameter {
    name: "element",
    type_name: "VARCHAR",
    default: Some("'edge'"),
    description: "what a row is: an 'edge', with the columns src and dst and the data of edges, or a 'node', with the column id and the data of nodes",
};

impl Format for GraphMl {
    fn name(&self) -> &'static str {
        "graphml"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["graphml"]
    }

    fn recognises(&self, head: &[u8]) -> bool {
        head.starts_with(b"<") && head.windows(8).any(|window| window == b"<graphml")
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[ELEMENT, compression::PARAMETER]
    }

    fn reader(&self, arguments: &Arguments) -> Result<Arc<dyn Reader>> {
        let element = match arguments.string("element")?.as_deref() {
            None | Some("edge" | "edges") => Element::Edge,
            Some("node" | "nodes") => Element::Node,
            Some(other) => {
                return Err(arguments.invalid("element", "'edge' or 'node'", format!("'{other}'")));
            }
        };
        Ok(Arc::new(GraphMlReader {
            element,
            compression: Compression::from_arguments(arguments)?,
        }))
    }
}

#[derive(Debug)]
struct GraphMlReader {
    element: Element,
    compression: Option<Compression>,
}

impl GraphMlReader {
    fn compression(&self, path: &str) -> Compression {
        self.compression.unwrap_or_else(|| Compression::by_path(path).0)
    }
}

#[async_trait]
impl Reader for GraphMlReader {
    fn name(&self) -> &'static str {
        "graphml"
    }

    async fn describe(&self, file: &FileHandle, _state: &dyn Session) -> Result<Description> {
        let path = &file.meta.location;
        let compression = self.compression(path.as_ref());
        let mut pieces = bytes::content(&file.store, path, file.meta.size, compression).await?;
        let mut head = vec![];
        while let Some(piece) = pieces.try_next().await? {
            head.extend_from_slice(&piece);
            // What follows are nodes and edges.
            let graph = head.windows(7).position(|window| {
                window.starts_with(b"<graph")
                    && (window[6] == b'>' || window[6].is_ascii_whitespace())
            });
            if graph.is_some_and(|graph| head[graph..].contains(&b'>')) {
                break;
            }
        }
        let head = Head::read(&head, self.element)?;
        let schema = Arc::clone(&head.schema);
        Ok(Description::new(schema, file.meta.size).with_details(head))
    }

    async fn open(&self, request: OpenRequest) -> Result<Batches, DataFusionError> {
        let head =
            request.scanned.description.details::<Head>().ok_or_else(|| {
                extension::Error::internal("the GraphML scan lost its description")
            })?;
        let meta = &request.file.object_meta;
        let compression = self.compression(meta.location.as_ref());
        let pieces = bytes::content(&request.store, &meta.location, meta.size, compression).await?;
        let (schema, batch_size) = (Arc::clone(&head.schema), request.batch_size);
        let batches =
            blocking::parsed(pieces, move |bytes, made| rows::read(bytes, &head, batch_size, made));
        adapt(batches, &schema, &request.schema)
    }
}
