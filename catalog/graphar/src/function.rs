//! `read_graphar('…', vertex | edge => '…')`: one table of a graph without attaching it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};
use datafusion::execution::SessionState;
use extension::{Arguments, Error, Parameter, Result, ScanFunction, Signature, closest};

use crate::catalog::{GraphCatalog, MAIN};
use crate::info::Order;
use crate::legacy;
use crate::open::{Graph, Opened, open};

const SIGNATURE: Signature = Signature {
    name: "read_graphar",
    aliases: &[],
    description: "The vertices or the edges of one type of a graph in the format of Apache GraphAr.",
    parameters: &[
        Parameter {
            name: "path",
            type_name: "VARCHAR",
            default: None,
            description: "the folder of the graph, or the file in it that ends in .graph.yml",
        },
        Parameter {
            name: "vertex",
            type_name: "VARCHAR",
            default: Some("NULL"),
            description: "the vertex type",
        },
        Parameter {
            name: "edge",
            type_name: "VARCHAR",
            default: Some("NULL"),
            description: "the edge type: source, edge and destination, as in person_knows_person; the middle one alone where it is clear",
        },
        Parameter {
            name: "adjacency",
            type_name: "VARCHAR",
            default: Some("NULL"),
            description: "the order in which the edges are read: ordered_by_source, ordered_by_dest, unordered_by_source or unordered_by_dest; the best for the query if left out",
        },
    ],
    positional: 1,
    example: "SELECT * FROM read_graphar('tests/data/graphar/social', edge => 'knows') LIMIT 3",
};

/// The function.
#[derive(Debug)]
pub(crate) struct ReadGraphAr;

#[async_trait]
impl ScanFunction for ReadGraphAr {
    fn signature(&self) -> &Signature {
        &SIGNATURE
    }

    async fn scan(
        &self,
        arguments: &Arguments,
        state: &SessionState,
    ) -> Result<Arc<dyn TableProvider>> {
        let path = arguments.string("path")?.unwrap_or_default();
        let (vertex, edge) = (arguments.string("vertex")?, arguments.string("edge")?);
        let order = match arguments.string("adjacency")? {
            Some(name) => Some(Order::of(&name).ok_or_else(|| {
                let orders = Order::ALL.map(Order::name).join(", ");
                arguments.invalid("adjacency", &format!("one of {orders}"), &name)
            })?),
            None => None,
        };
        if order.is_some() && edge.is_none() {
            return Err(Error::invalid_input("read_graphar: adjacency goes with edge"));
        }
        let opened = open(&path, state).await?;
        let (catalog, wanted) = match (opened, vertex, edge) {
            (_, Some(_), Some(_)) | (_, None, None) => {
                return Err(Error::invalid_input("read_graphar needs either vertex or edge")
                    .with_hint("as in read_graphar('social', vertex => 'person')"));
            }
            (Opened::Graph(graph), vertex, Some(edge)) => {
                debug_assert!(vertex.is_none());
                let name = edge_name(&graph, &edge, order)?;
                (GraphCatalog::new(graph), name)
            }
            (Opened::Graph(graph), Some(vertex), None) => (GraphCatalog::new(graph), vertex),
            (Opened::Legacy(folder), vertex, edge) => {
                let tables = legacy::tables(&folder, state).await?;
                (GraphCatalog::of_tables(tables), vertex.or(edge).unwrap_or_default())
            }
        };
        let schema = catalog.schema(order.map_or(MAIN, Order::name));
        let schema: Arc<dyn SchemaProvider> = schema.ok_or_else(|| {
            Error::not_found(format!(
                "the graph has no edges in the order {}",
                order.map_or("", Order::name)
            ))
        })?;
        match schema.table(&wanted).await? {
            Some(table) => Ok(table),
            None => Err(unknown("type", &wanted, schema.table_names())),
        }
    }
}

/// The table of an edge type, by its whole name or by its middle part.
fn edge_name(graph: &Graph, wanted: &str, order: Option<Order>) -> Result<String> {
    let stored = |edge: &&Arc<crate::info::EdgeInfo>| {
        order.is_none_or(|order| edge.adjacency(order).is_some())
    };
    let named = |edge: &&Arc<crate::info::EdgeInfo>| edge.name() == wanted || edge.edge == wanted;
    let found: Vec<String> =
        graph.info.edges.iter().filter(named).map(|edge| edge.name()).collect();
    match found.as_slice() {
        [one] => {
            let edge = graph.info.edges.iter().find(|edge| edge.name() == *one);
            match edge.filter(stored) {
                Some(_) => Ok(one.clone()),
                None => {
                    let orders = edge.into_iter().flat_map(|edge| edge.orders());
                    let orders: Vec<&str> = orders.map(Order::name).collect();
                    Err(Error::not_found(format!("{one} is not stored in that order"))
                        .with_hint(format!("orders: {}", orders.join(", "))))
                }
            }
        }
        [] => {
            let names = graph.info.edges.iter().map(|edge| edge.name()).collect();
            Err(unknown("edge type", wanted, names))
        }
        several => Err(Error::invalid_input(format!("'{wanted}' may be {}", several.join(" or ")))
            .with_hint("write the whole name")),
    }
}

fn unknown(what: &str, name: &str, known: Vec<String>) -> Error {
    let error = Error::not_found(format!("the graph has no {what} '{name}'"));
    let names = || known.iter().map(String::as_str);
    match closest(name, names()) {
        Some(near) => error.with_hint(format!("did you mean '{near}'?")),
        None => error.with_hint(format!("there are: {}", known.join(", "))),
    }
}
