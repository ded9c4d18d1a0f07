//! `read` and `http.get`: files as rows.

use super::{Effect, Input, Inputs, StepType, names};
use crate::keys::{Key, Shape};
use crate::node::{Node, Value};
use crate::pandas;
use crate::problem::Problem;
use crate::quote::{argument, identifier, identifiers, literal, value};
use crate::workflow::Step;

const LAZY: &str = "every step is planned before it runs and none is held in memory as a whole";

/// Formats and the functions that read them.
const FORMATS: [(&str, &str); 10] = [
    ("parquet", "read_parquet"),
    ("csv", "read_csv"),
    ("tsv", "read_tsv"),
    ("json", "read_json"),
    ("jsonl", "read_ndjson"),
    ("ndjson", "read_ndjson"),
    ("avro", "read_avro"),
    ("orc", "read_orc"),
    ("arrow", "read_arrow"),
    ("auto", "read_files"),
];

pub(crate) static READ: StepType = StepType {
    name: "read",
    aliases: &[
        ("read_parquet", &[("format", "parquet")]),
        ("parquet.read", &[("format", "parquet")]),
        ("read_csv", &[("format", "csv")]),
        ("csv.read", &[("format", "csv")]),
        ("read_tsv", &[("format", "tsv")]),
        ("read_json", &[("format", "json")]),
        ("json.read", &[("format", "json")]),
        ("read_jsonl", &[("format", "jsonl")]),
        ("read_ndjson", &[("format", "ndjson")]),
        ("read_avro", &[("format", "avro")]),
        ("avro.read", &[("format", "avro")]),
        ("read_orc", &[("format", "orc")]),
        ("orc.read", &[("format", "orc")]),
        ("read_arrow", &[("format", "arrow")]),
        ("read_table", &[]),
        ("load", &[]),
    ],
    inputs: Inputs::None,
    effect: Effect::Rows,
    keys: &[
        Key::new(
            "path",
            Shape::Texts,
            "A file, a pattern, a folder, a URL, or a list of them; relative to the workflow's file.",
        )
        .or(&["input", "inputs", "file", "source", "url"]),
        Key::new("table", Shape::Text, "A table of the session, in the place of a file."),
        Key::new(
            "format",
            Shape::Text,
            "parquet, csv, tsv, json, jsonl, avro, orc or arrow; found out if left out.",
        ),
        Key::new("columns", Shape::Texts, "The columns to read; all if left out."),
        Key::new(
            "filters",
            Shape::Any,
            "Which rows to read: a pandas query, or a list of [column, operator, value].",
        )
        .or(&["filter"]),
        Key::new("options", Shape::Map, "Options of the reading function, such as delim or header."),
        Key::new("threshold_mb", Shape::Number, "Read for compatibility.").without_effect(LAZY),
        Key::new("islazy", Shape::Bool, "Read for compatibility.").without_effect(LAZY),
        Key::new("engine", Shape::Text, "Read for compatibility.").without_effect(
            "there is one engine",
        ),
    ],
    description: "Reads files of any format, or a table of the session. Columns and filters of later \
                  steps are pushed into the reading, so only what is needed is read.",
    example: "- name: sales\n  type: read\n  input: data/sales.parquet\n  columns: [id, amount]\n",
    sql: read,
};

pub(crate) static HTTP_GET: StepType = StepType {
    name: "http.get",
    aliases: &[("http_get", &[])],
    inputs: Inputs::None,
    effect: Effect::Rows,
    keys: &[
        Key::new("url", Shape::Text, "What to fetch.").required(),
        Key::new("format", Shape::Text, "As in read; json if left out and the URL does not tell."),
        Key::new("options", Shape::Map, "Options of the reading function."),
    ],
    description: "Reads the answer of a web server as rows.",
    example: "- name: rates\n  type: http.get\n  url: https://example.com/rates.csv\n  format: csv\n",
    sql: http_get,
};

fn call(step: &Step, paths: &[String], format: &str) -> Result<String, Problem> {
    let Some((_, function)) = FORMATS.iter().find(|(name, _)| *name == format) else {
        let known = FORMATS.map(|(name, _)| name);
        let message = format!("step '{}': '{format}' is not a format that can be read", step.name);
        let position = step.parameter("format").map_or(step.position, |node| node.position);
        return Err(Problem::unknown(position, message, format, &known));
    };
    let mut arguments = vec![match paths {
        [path] => literal(path),
        _ => format!("[{}]", paths.iter().map(|path| literal(path)).collect::<Vec<_>>().join(", ")),
    }];
    for (key, node) in step.parameter("options").map(Node::entries).unwrap_or_default() {
        arguments.push(format!("{} => {}", key.name, argument(node)));
    }
    Ok(format!("{function}({})", arguments.join(", ")))
}

fn read(step: &Step, _inputs: &[Input]) -> Result<String, Problem> {
    let paths = step.texts("path");
    let format = step.text("format").map(|format| format.to_lowercase());
    let relation = match (paths.as_slice(), step.text("table")) {
        ([], Some(table)) => {
            if step.parameter("format").is_some() || step.parameter("options").is_some() {
                return Err(step.problem_at("table", "a table has neither 'format' nor 'options'"));
            }
            table.split('.').map(identifier).collect::<Vec<_>>().join(".")
        }
        ([_, ..], None) => call(step, &paths, format.as_deref().unwrap_or("auto"))?,
        _ => return Err(step.problem("it needs either 'path' or 'table'")),
    };
    let columns = names(step, "columns");
    let columns = match columns.is_empty() {
        true => "*".to_string(),
        false => identifiers(columns),
    };
    let filter = match step.parameter("filters") {
        None => String::new(),
        Some(node) => format!(" WHERE {}", filters(step, node)?),
    };
    Ok(format!("SELECT {columns} FROM {relation}{filter}"))
}

/// A pandas query, or pyarrow's triples, of which the outer list means AND and an inner one of lists OR.
fn filters(step: &Step, node: &Node) -> Result<String, Problem> {
    if let Some(text) = node.scalar() {
        return pandas::to_sql(&text, &[]).map_err(|error| {
            Problem::new(node.position, format!("step '{}': {error}", step.name))
        });
    }
    let wrong = |node: &Node| {
        Problem::new(
            node.position,
            format!("step '{}': a filter is [column, operator, value]", step.name),
        )
    };
    let triple = |node: &Node| -> Result<String, Problem> {
        let [column, operator, operand] = node.items() else { return Err(wrong(node)) };
        let (Some(column), Some(operator)) = (column.scalar(), operator.scalar()) else {
            return Err(wrong(node));
        };
        let column = identifier(&column);
        let list = || -> Result<String, Problem> {
            let values: Option<Vec<String>> = operand.items().iter().map(value).collect();
            values
                .filter(|values| !values.is_empty())
                .map(|values| values.join(", "))
                .ok_or_else(|| wrong(operand))
        };
        Ok(match operator.to_lowercase().as_str() {
            "in" => format!("{column} IN ({})", list()?),
            "not in" => format!("{column} NOT IN ({})", list()?),
            "=" | "==" | "!=" | "<" | "<=" | ">" | ">=" => {
                let operand = value(operand).ok_or_else(|| wrong(operand))?;
                let operator = if operator == "==" { "=" } else { operator.as_str() };
                format!("{column} {operator} {operand}")
            }
            _ => return Err(wrong(node)),
        })
    };
    let conjunction = |nodes: &[Node]| -> Result<String, Problem> {
        Ok(nodes.iter().map(triple).collect::<Result<Vec<_>, _>>()?.join(" AND "))
    };
    let items = node.items();
    let is_triple =
        |node: &Node| matches!(node.items(), [first, ..] if !matches!(first.value, Value::List(_)));
    match items {
        [] => Err(wrong(node)),
        [first, ..] if !matches!(first.value, Value::List(_)) => triple(node),
        _ if items.iter().all(is_triple) => conjunction(items),
        _ => {
            let groups: Result<Vec<String>, Problem> = items
                .iter()
                .map(|group| Ok(format!("({})", conjunction(group.items())?)))
                .collect();
            Ok(groups?.join(" OR "))
        }
    }
}

fn http_get(step: &Step, _inputs: &[Input]) -> Result<String, Problem> {
    let url = step.text("url").unwrap_or_default();
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(step.problem_at("url", "a URL of http.get begins with http:// or https://"));
    }
    let path = url.split(['?', '#']).next().unwrap_or(&url);
    let ending = path.rsplit('.').next().unwrap_or_default().to_lowercase();
    let known = FORMATS.iter().any(|(name, _)| *name == ending);
    let format = step.text("format").unwrap_or(if known { ending } else { "json".to_string() });
    Ok(format!("SELECT * FROM {}", call(step, &[url], &format)?))
}
