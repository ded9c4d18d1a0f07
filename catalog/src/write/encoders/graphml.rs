//! GraphML: a row is an edge, or a node where it has no target. Nodes that edges name alone are added at
//! the end.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{DataFusionError, Result};
use extension::Error;
use quick_xml::escape::escape;

use super::{Encoding, FileEncoder};

/// The encoding.
pub(crate) fn encoding(directed: bool) -> Encoding {
    Encoding::Files(Arc::new(move |schema| {
        Ok(Box::new(GraphMlEncoder::new(schema, directed)?) as Box<dyn FileEncoder>)
    }))
}

struct GraphMlEncoder {
    /// The places of the ends.
    source: usize,
    target: usize,
    /// The places of the data.
    data: Vec<usize>,
    /// What is written before the first row.
    head: Option<String>,
    /// The nodes that were named, and whether they were rows.
    nodes: HashMap<String, bool>,
}

/// The name of a type in GraphML; text if it has none.
fn type_name(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean => "boolean",
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => {
            "int"
        }
        DataType::Int64 | DataType::UInt32 => "long",
        DataType::Float16 | DataType::Float32 => "float",
        DataType::Float64 => "double",
        DataType::Dictionary(_, values) => type_name(values),
        _ => "string",
    }
}

/// A text that XML can hold, with its special characters written as entities.
fn text(value: &str) -> Result<String> {
    let forbidden = |character: char| character.is_control() && !"\t\n\r".contains(character);
    match value.contains(forbidden) {
        true => Err(Error::invalid_data(format!(
            "{value:?} holds a control character, which GraphML cannot"
        ))
        .into()),
        // A carriage return would be read as a line feed.
        false => Ok(escape(value).replace('\r', "&#13;")),
    }
}

impl GraphMlEncoder {
    fn new(schema: &SchemaRef, directed: bool) -> Result<Self> {
        let fields = schema.fields();
        if fields.len() < 2 {
            let error = Error::invalid_input("GraphML needs the columns of a source and a target");
            return Err(error.into());
        }
        let place = |names: [&str; 3]| {
            names.iter().find_map(|name| {
                fields.iter().position(|field| field.name().eq_ignore_ascii_case(name))
            })
        };
        let named = (place(["src", "source", "from"]), place(["dst", "target", "to"]));
        let (source, target) = match named {
            (Some(source), Some(target)) => (source, target),
            _ => (0, 1),
        };
        let data: Vec<usize> =
            (0..fields.len()).filter(|index| *index != source && *index != target).collect();
        let mut head = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
        );
        for index in &data {
            let field = &fields[*index];
            head.push_str(&format!(
                "  <key id=\"d{index}\" for=\"all\" attr.name=\"{}\" attr.type=\"{}\"/>\n",
                text(field.name())?,
                type_name(field.data_type())
            ));
        }
        let default = if directed { "directed" } else { "undirected" };
        head.push_str(&format!("  <graph edgedefault=\"{default}\">\n"));
        Ok(Self { source, target, data, head: Some(head), nodes: HashMap::new() })
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        if let Some(head) = self.head.take() {
            out.extend_from_slice(head.as_bytes());
        }
    }

    /// Notes a node, as a row or as the end of an edge.
    fn note(&mut self, node: &str, as_row: bool) -> Result<()> {
        match self.nodes.get_mut(node) {
            None => {
                self.nodes.insert(node.to_string(), as_row);
            }
            Some(known) if as_row && *known => {
                return Err(Error::invalid_data(format!("node {node} has two rows")).into());
            }
            Some(known) => *known |= as_row,
        }
        Ok(())
    }
}

impl FileEncoder for GraphMlEncoder {
    fn encode(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        self.begin(out);
        let options = FormatOptions::default();
        let columns = batch
            .columns()
            .iter()
            .map(|column| Ok((column.logical_nulls(), ArrayFormatter::try_new(column, &options)?)))
            .collect::<Result<Vec<_>>>()?;
        let value = |column: usize, row: usize| {
            let (nulls, formatter) = &columns[column];
            let is_there = nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
            is_there.then(|| formatter.value(row).to_string())
        };
        for row in 0..batch.num_rows() {
            let Some(source) = value(self.source, row) else {
                let error =
                    Error::invalid_data("a row has neither a source nor a node: it is NULL");
                return Err(DataFusionError::from(error));
            };
            let target = value(self.target, row);
            self.note(&source, target.is_none())?;
            let element = match &target {
                None => {
                    write!(out, "    <node id=\"{}\"", text(&source)?)?;
                    "node"
                }
                Some(target) => {
                    self.note(target, false)?;
                    let (source, target) = (text(&source)?, text(target)?);
                    write!(out, "    <edge source=\"{source}\" target=\"{target}\"")?;
                    "edge"
                }
            };
            let mut is_open = false;
            for index in &self.data {
                let Some(value) = value(*index, row) else { continue };
                if !is_open {
                    out.push(b'>');
                    is_open = true;
                }
                write!(out, "<data key=\"d{index}\">{}</data>", text(&value)?)?;
            }
            match is_open {
                true => writeln!(out, "</{element}>")?,
                false => writeln!(out, "/>")?,
            }
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.begin(out);
        let mut missing: Vec<&String> =
            self.nodes.iter().filter(|(_, as_row)| !**as_row).map(|(node, _)| node).collect();
        missing.sort();
        for node in missing {
            writeln!(out, "    <node id=\"{}\"/>", text(node)?)?;
        }
        out.extend_from_slice(b"  </graph>\n</graphml>\n");
        Ok(())
    }
}
