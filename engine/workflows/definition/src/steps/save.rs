//! `save`: rows into files or tables, whole or not at all.

use super::{Effect, Input, Inputs, StepType, names, one};
use crate::keys::{Key, Shape};
use crate::node::Node;
use crate::problem::Problem;
use crate::quote::{identifier, identifiers, literal, value};
use crate::workflow::Step;

pub(crate) static SAVE: StepType = StepType {
    name: "save",
    aliases: &[
        ("write", &[]),
        ("parquet.write", &[("format", "parquet")]),
        ("to_parquet", &[("format", "parquet")]),
        ("write_parquet", &[("format", "parquet")]),
        ("csv.write", &[("format", "csv")]),
        ("to_csv", &[("format", "csv")]),
        ("write_csv", &[("format", "csv")]),
        ("json.write", &[("format", "json")]),
        ("to_json", &[("format", "json")]),
        ("write_json", &[("format", "json")]),
        ("to_avro", &[("format", "avro")]),
        ("to_arrow", &[("format", "arrow")]),
    ],
    inputs: Inputs::One,
    effect: Effect::Sink,
    keys: &[
        Key::new(
            "path",
            Shape::Text,
            "The file, or the folder of a partitioned set; relative to the workflow's file.",
        )
        .or(&["output", "to", "file"]),
        Key::new("table", Shape::Text, "A table of the session, in the place of a file."),
        Key::new(
            "kind",
            Shape::Text,
            "What happens to the table: table (made anew), view, append or merge.",
        ),
        Key::new("unique_key", Shape::Texts, "The columns by which merge finds rows to replace."),
        Key::new(
            "format",
            Shape::Text,
            "parquet, csv, tsv, json, ndjson, arrow or avro; else what the path ends with.",
        ),
        Key::new("compression", Shape::Text, "A codec of the format, such as zstd."),
        Key::new("partition_by", Shape::Texts, "Columns whose values become folders.")
            .or(&["partition_cols"]),
        Key::new("row_group_size", Shape::Count, "Rows in a row group of Parquet."),
        Key::new(
            "overwrite",
            Shape::Bool,
            "Whether what is there is replaced, once the new files are whole; true.",
        ),
        Key::new("options", Shape::Scalars, "Further options of COPY, such as delim."),
        Key::new("write_index", Shape::Bool, "Read for compatibility.")
            .without_effect("rows have no index here"),
    ],
    description: "Writes rows to files of any format, or into a table. Files appear when they are whole.",
    example: "- name: out\n  type: save\n  input: totals\n  output: out/totals.parquet\n  compression: zstd\n",
    sql: save,
};

fn save(step: &Step, inputs: &[Input]) -> Result<String, Problem> {
    let input = one(step, inputs)?;
    match (step.text("path"), step.text("table")) {
        (Some(path), None) => copy(step, input, &path),
        (None, Some(table)) => table_statement(step, input, &table),
        _ => Err(step.problem("it needs either 'output' (a path) or 'table'")),
    }
}

/// Keys that have no meaning with the others are refused, not passed over.
fn refuse(step: &Step, keys: &[&str], with: &str) -> Result<(), Problem> {
    match keys.iter().find(|key| step.parameter(key).is_some()) {
        Some(key) => Err(step.problem_at(key, format!("'{key}' has no meaning with '{with}'"))),
        None => Ok(()),
    }
}

fn copy(step: &Step, input: &Input, path: &str) -> Result<String, Problem> {
    refuse(step, &["kind", "unique_key"], "output")?;
    let mut options = vec![];
    if let Some(format) = step.text("format") {
        options.push(format!("FORMAT {}", identifier(&format.to_lowercase())));
    }
    if let Some(codec) = step.text("compression") {
        options.push(format!("COMPRESSION {}", literal(&codec)));
    }
    let partition_by = names(step, "partition_by");
    for column in &partition_by {
        input.need(step, "partition_by", column)?;
    }
    let folder = !partition_by.is_empty() || path.ends_with('/');
    if !partition_by.is_empty() {
        options.push(format!("PARTITION_BY ({})", identifiers(&partition_by)));
    }
    let overwrite = step.text("overwrite").as_deref() != Some("false");
    if folder && overwrite {
        options.push("OVERWRITE true".to_string());
    }
    if let Some(rows) = step.text("row_group_size") {
        options.push(format!("ROW_GROUP_SIZE {rows}"));
    }
    for (key, node) in step.parameter("options").map(Node::entries).unwrap_or_default() {
        options.push(format!("{} {}", key.name, value(node).unwrap_or_default()));
    }
    let options = match options.is_empty() {
        true => String::new(),
        false => format!(" ({})", options.join(", ")),
    };
    Ok(format!("COPY (SELECT * FROM {}) TO {}{options}", input.relation, literal(path)))
}

fn table_statement(step: &Step, input: &Input, table: &str) -> Result<String, Problem> {
    let of_files =
        ["format", "compression", "partition_by", "row_group_size", "options", "overwrite"];
    refuse(step, &of_files, "table")?;
    let target = table.split('.').map(identifier).collect::<Vec<_>>().join(".");
    let kind = step.text("kind").unwrap_or_else(|| "table".to_string()).to_lowercase();
    if kind != "merge" {
        refuse(step, &["unique_key"], &format!("kind: {kind}"))?;
    }
    let rows = format!("SELECT * FROM {}", input.relation);
    match kind.as_str() {
        "table" => Ok(format!("CREATE OR REPLACE TABLE {target} AS {rows}")),
        "view" => Ok(format!("CREATE OR REPLACE VIEW {target} AS {rows}")),
        "append" => Ok(format!("INSERT INTO {target} BY NAME {rows}")),
        "merge" => {
            let keys = names(step, "unique_key");
            if keys.is_empty() {
                return Err(step.problem("kind: merge needs 'unique_key'"));
            }
            for key in &keys {
                input.need(step, "unique_key", key)?;
            }
            let is_key = |name: &str| keys.iter().any(|key| key.eq_ignore_ascii_case(name));
            let on: Vec<String> = keys
                .iter()
                .map(|key| format!("existing.{0} = incoming.{0}", identifier(key)))
                .collect();
            let columns: Vec<String> =
                input.columns.iter().map(|column| identifier(&column.name)).collect();
            let set: Vec<String> = input
                .columns
                .iter()
                .filter(|column| !is_key(&column.name))
                .map(|column| format!("{0} = incoming.{0}", identifier(&column.name)))
                .collect();
            let update = match set.is_empty() {
                true => String::new(),
                false => format!(" WHEN MATCHED THEN UPDATE SET {}", set.join(", ")),
            };
            let incoming: Vec<String> =
                columns.iter().map(|column| format!("incoming.{column}")).collect();
            Ok(format!(
                "MERGE INTO {target} AS existing USING ({rows}) AS incoming ON {}{update} \
                 WHEN NOT MATCHED THEN INSERT ({}) VALUES ({})",
                on.join(" AND "),
                columns.join(", "),
                incoming.join(", ")
            ))
        }
        "delete+insert" | "time_range" => Err(step
            .problem_at(
                "kind",
                format!(
                    "kind: {kind} is not supported yet, because two statements cannot be one change"
                ),
            )
            .with_hint("merge replaces rows by a key, table makes the table anew")),
        _ => {
            let message = format!("step '{}': '{kind}' is not a kind of table", step.name);
            let position = step.parameter("kind").map_or(step.position, |node| node.position);
            Err(Problem::unknown(position, message, &kind, &["table", "view", "append", "merge"]))
        }
    }
}
