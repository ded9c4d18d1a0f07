//! `pframe graph`: graph functions on files, conversions between formats, and pictures of small graphs.

mod convert;
mod draw;
mod svg;

use engine::{Error, Result};

use crate::args::{Graph, GraphAction};
use crate::quote::literal;
use crate::shell::Shell;

/// Does what the command line says.
pub(crate) fn run(shell: &mut Shell, graph: &Graph) -> Result<()> {
    match &graph.action {
        GraphAction::Run { function, edges, arguments, to } => {
            let call = call(function, edges, arguments)?;
            match to {
                None => print(shell, &format!("SELECT * FROM {call}")),
                Some(to) => {
                    let sql = format!("COPY (SELECT * FROM {call}) TO {}", literal(to));
                    shell.query(&sql).map(drop)
                }
            }
        }
        GraphAction::Info { edges, arguments } => {
            let call = call("graph_stats", edges, arguments)?;
            print(shell, &format!("SELECT * FROM {call}"))
        }
        GraphAction::Draw { edges, picture, undirected } => {
            let text = draw::draw(shell, edges, *picture, *undirected)?;
            shell.print_text(&text)
        }
        GraphAction::Convert(conversion) => convert::convert(shell, conversion),
    }
}

fn print(shell: &mut Shell, sql: &str) -> Result<()> {
    let batches = shell.query(sql)?;
    shell.print(&batches)
}

/// The call of a function on a file, with arguments as `name=value`.
fn call(function: &str, edges: &str, arguments: &[String]) -> Result<String> {
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if !is_name(function) {
        return Err(Error::invalid_input(format!("'{function}' is no name of a function"))
            .with_hint("SELECT name FROM system.functions WHERE family = 'graph' lists them"));
    }
    let mut call = format!("graph.{function}({}", literal(edges));
    for argument in arguments {
        let Some((name, value)) = argument.split_once('=').filter(|(name, _)| is_name(name)) else {
            return Err(Error::invalid_input(format!("'{argument}' is not NAME=VALUE")));
        };
        call.push_str(&format!(", {name} => {}", value_of(value)));
    }
    call.push(')');
    Ok(call)
}

/// A value as SQL writes it: numbers, truth values and lists as they are, and all else as text.
fn value_of(value: &str) -> String {
    let is_constant = value.parse::<f64>().is_ok_and(f64::is_finite)
        || ["true", "false", "null"].contains(&value.to_lowercase().as_str());
    let is_list = value.starts_with('[') && value.ends_with(']');
    match is_constant || is_list {
        true => value.to_string(),
        false => literal(value),
    }
}

#[cfg(test)]
mod tests {
    use super::call;

    #[test]
    fn arguments_become_sql() {
        let arguments = ["damping=0.9", "weight=km", "source=[1, 2]", "directed=false"];
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        assert_eq!(
            call("pagerank", "it's.csv", &arguments).unwrap(),
            "graph.pagerank('it''s.csv', damping => 0.9, weight => 'km', source => [1, 2], directed => false)"
        );
        assert!(call("x'; DROP", "e.csv", &[]).is_err());
        assert!(call("wcc", "e.csv", &["no".to_string()]).is_err());
    }
}
