//! Pictures of small graphs, as text that other programs draw, or as SVG.

use engine::arrow::array::{Array, ArrayRef};
use engine::arrow::util::display::{ArrayFormatter, FormatOptions};
use engine::{Error, Result};

use crate::args::Picture;
use crate::quote::literal;
use crate::shell::Shell;

/// The most edges that a picture shows.
const MOST_EDGES: usize = 500;

/// The edges of a file as a picture.
pub(super) fn draw(
    shell: &mut Shell,
    edges: &str,
    picture: Picture,
    undirected: bool,
) -> Result<String> {
    // The ends are the columns that the functions would take.
    let sql = format!("SELECT * FROM {} LIMIT {}", literal(edges), MOST_EDGES + 1);
    let batches = shell.query(&sql)?;
    let mut pairs = vec![];
    for batch in &batches {
        let schema = batch.schema();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let (source, target) = ends(&names)?;
        let (sources, targets) = (texts(batch.column(source))?, texts(batch.column(target))?);
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

/// The places of the ends among the columns of edges, as the functions choose them.
pub(super) fn ends(columns: &[&str]) -> Result<(usize, usize)> {
    if columns.len() < 2 {
        return Err(Error::invalid_input("edges need two columns"));
    }
    let place = |names: [&str; 3]| {
        let at = |name: &&str| columns.iter().position(|column| column.eq_ignore_ascii_case(name));
        names.iter().find_map(at)
    };
    Ok(match (place(["src", "source", "from"]), place(["dst", "target", "to"])) {
        (Some(source), Some(target)) => (source, target),
        _ => (0, 1),
    })
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
        Picture::Svg => {
            let edges: Vec<(usize, usize)> =
                pairs.iter().map(|(a, b)| (number(a), number(b))).collect();
            return super::svg::draw(&nodes, &edges, undirected);
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{Picture, text_of};

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
