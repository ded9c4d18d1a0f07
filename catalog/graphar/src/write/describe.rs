//! The YAML files that describe a graph, as the official library writes them.

use std::fmt::Write;
use std::sync::Arc;

use extension::Result;

use crate::info::{EdgeInfo, End, Group, VertexInfo};
use crate::types::stored_type;

use super::stage::Stage;

/// Writes the descriptions, that of the graph last.
pub(super) async fn write(
    name: &str,
    vertices: &[Arc<VertexInfo>],
    edges: &[EdgeInfo],
    stage: &Stage,
) -> Result<()> {
    for vertex in vertices {
        let path = format!("{}.vertex.yml", vertex.name);
        stage.put(&path, vertex_file(vertex).into_bytes()).await?;
    }
    for edge in edges {
        let path = format!("{}.edge.yml", edge.name());
        stage.put(&path, edge_file(edge).into_bytes()).await?;
    }
    let mut text = format!("name: {}\n", scalar(name));
    let mut list = |key: &str, files: Vec<String>| {
        if files.is_empty() {
            return;
        }
        text.push_str(&format!("{key}:\n"));
        files.iter().for_each(|file| text.push_str(&format!("  - {}\n", scalar(file))));
    };
    list("vertices", vertices.iter().map(|vertex| format!("{}.vertex.yml", vertex.name)).collect());
    list("edges", edges.iter().map(|edge| format!("{}.edge.yml", edge.name())).collect());
    text.push_str("version: gar/v1\n");
    stage.put_last(&format!("{name}.graph.yml"), text.into_bytes()).await
}

/// A text in YAML, in quotes where it might be read as something else.
fn scalar(text: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "_./-".contains(character);
    let is_plain = text.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && text.chars().all(plain)
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_lowercase().as_str());
    match is_plain {
        true => text.to_string(),
        false => {
            let mut quoted = String::from('"');
            for character in text.chars() {
                match character {
                    '"' => quoted.push_str("\\\""),
                    '\\' => quoted.push_str("\\\\"),
                    control if control.is_control() => {
                        // Writing to a text cannot fail.
                        let _ = write!(quoted, "\\u{:04x}", control as u32);
                    }
                    other => quoted.push(other),
                }
            }
            quoted.push('"');
            quoted
        }
    }
}

fn groups(groups: &[Group], key: Option<(usize, usize)>) -> String {
    let mut text = String::new();
    if groups.is_empty() {
        return text;
    }
    text.push_str("property_groups:\n");
    for (index, group) in groups.iter().enumerate() {
        text.push_str("  - properties:\n");
        for (property, field) in group.fields.iter().enumerate() {
            let type_name =
                stored_type(field.data_type()).map_or_else(String::new, |(name, _)| name);
            let is_primary = key == Some((index, property));
            text.push_str(&format!("      - name: {}\n", scalar(field.name())));
            text.push_str(&format!("        data_type: {type_name}\n"));
            text.push_str(&format!("        is_primary: {is_primary}\n"));
            text.push_str(&format!("        is_nullable: {}\n", !is_primary));
        }
        text.push_str(&format!("    prefix: {}\n", group.prefix));
        text.push_str(&format!("    file_type: {}\n", group.file_type.name()));
    }
    text
}

fn vertex_file(vertex: &VertexInfo) -> String {
    let mut labels = String::new();
    if !vertex.labels.is_empty() {
        labels.push_str("labels:\n");
        vertex.labels.iter().for_each(|label| labels.push_str(&format!("  - {}\n", scalar(label))));
    }
    format!(
        "type: {}\nchunk_size: {}\nprefix: {}\n{labels}{}version: gar/v1\n",
        scalar(&vertex.name),
        vertex.chunk_size,
        scalar(&vertex.prefix),
        groups(&vertex.groups, vertex.key),
    )
}

fn edge_file(edge: &EdgeInfo) -> String {
    let mut adjacencies = String::new();
    for adjacency in &edge.adjacencies {
        let by = match adjacency.order.by {
            End::Source => "src",
            End::Destination => "dst",
        };
        adjacencies.push_str(&format!(
            "  - ordered: {}\n    aligned_by: {by}\n    prefix: {}\n    file_type: {}\n",
            adjacency.order.sorted,
            adjacency.prefix,
            adjacency.file_type.name(),
        ));
    }
    format!(
        "src_type: {}\nedge_type: {}\ndst_type: {}\nchunk_size: {}\nsrc_chunk_size: {}\n\
         dst_chunk_size: {}\ndirected: {}\nprefix: {}\nadj_lists:\n{adjacencies}{}version: gar/v1\n",
        scalar(&edge.source),
        scalar(&edge.edge),
        scalar(&edge.destination),
        edge.chunk_size,
        edge.source_chunk_size,
        edge.destination_chunk_size,
        edge.directed,
        scalar(&edge.prefix),
        groups(&edge.groups, None),
    )
}

#[cfg(test)]
mod tests {
    use super::scalar;

    #[test]
    fn texts_that_yaml_reads_as_something_else_are_quoted() {
        assert_eq!(scalar("person"), "person");
        assert_eq!(scalar("edge/person_knows_person/"), "edge/person_knows_person/");
        assert_eq!(scalar("no"), "\"no\"");
        assert_eq!(scalar("12"), "\"12\"");
        assert_eq!(scalar("a: \"b\""), "\"a: \\\"b\\\"\"");
    }
}
