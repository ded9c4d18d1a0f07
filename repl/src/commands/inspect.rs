//! Commands that show what there is: tables, columns, functions, settings.

use std::sync::Arc;

use engine::arrow::array::{ArrayRef, AsArray, StringArray};
use engine::arrow::compute::cast;
use engine::arrow::datatypes::DataType;
use engine::arrow::record_batch::RecordBatch;
use engine::{Error, Result, TableInfo, closest};

use super::{Arguments, matches};
use crate::quote::{identifier, literal};
use crate::run::Run;
use crate::shell::Shell;
use crate::terminal;

const DONE: Result<Run> = Ok(Run::Continue(()));

/// Rows of text as a result.
fn rows<const N: usize>(names: [&str; N], rows: &[[String; N]]) -> Result<RecordBatch> {
    let columns = names.iter().enumerate().map(|(index, name)| {
        let values = StringArray::from_iter_values(rows.iter().map(|row| row[index].as_str()));
        (*name, Arc::new(values) as ArrayRef)
    });
    Ok(RecordBatch::try_from_iter(columns)?)
}

/// Tables and views that are not the engine's own.
pub(super) fn user_tables(shell: &mut Shell) -> Result<Vec<TableInfo>> {
    let session = shell.session.clone();
    let tables = shell.interruptibly(async move { session.tables().await })?;
    let theirs = |table: &TableInfo| table.kind != "system" && table.schema != "information_schema";
    Ok(tables.into_iter().filter(theirs).collect())
}

/// The name of a table as SQL needs it in this session.
pub(super) fn qualified(table: &TableInfo) -> String {
    let parts = match (table.catalog.as_str(), table.schema.as_str()) {
        ("memory", "main") => vec![&table.name],
        ("memory", _) => vec![&table.schema, &table.name],
        _ => vec![&table.catalog, &table.schema, &table.name],
    };
    parts.into_iter().map(|part| identifier(part)).collect::<Vec<_>>().join(".")
}

pub(super) fn tables(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    let pattern = arguments.at_most_one()?;
    let names: Vec<String> = user_tables(shell)?
        .iter()
        .filter(|table| matches(pattern, &table.name))
        .map(qualified)
        .collect();
    shell.print_text(&in_columns(&names, terminal::width().unwrap_or(80)))?;
    DONE
}

/// Names side by side, sorted downwards.
fn in_columns(names: &[String], width: usize) -> String {
    let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or(1) + 2;
    let columns = (width / widest).max(1);
    let lines = names.len().div_ceil(columns);
    let mut text = String::new();
    for line in 0..lines {
        let row: String =
            names.iter().skip(line).step_by(lines).map(|name| format!("{name:<widest$}")).collect();
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

pub(super) fn describe(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    let Some(name) = arguments.at_most_one()? else {
        let tables: Vec<[String; 4]> = user_tables(shell)?
            .into_iter()
            .map(|table| [table.catalog, table.schema, table.name, table.kind.to_string()])
            .collect();
        let batch = rows(["catalog", "schema", "name", "kind"], &tables)?;
        shell.print(&[batch])?;
        return DONE;
    };
    let name = name.trim_end_matches(';');
    let file = arguments.raw.starts_with('\'') || std::path::Path::new(name).is_file();
    let relation = if file { literal(name) } else { name.to_string() };
    match shell.query(&format!("DESCRIBE SELECT * FROM {relation}")) {
        Ok(batches) => shell.print(&batches)?,
        Err(error) => return Err(suggest_table(shell, name, error)),
    }
    DONE
}

fn suggest_table(shell: &mut Shell, name: &str, error: Error) -> Error {
    // The place is one in the shell's own statement.
    let mut plain = Error::new(error.kind(), error.message());
    if let Some(hint) = error.hint() {
        return plain.with_hint(hint);
    }
    if let Ok(tables) = user_tables(shell)
        && let Some(near) = closest(name, tables.iter().map(|table| table.name.as_str()))
    {
        plain = plain.with_hint(format!("did you mean '{near}'?"));
    }
    plain
}

pub(super) fn schema(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    let pattern = arguments.at_most_one()?;
    let mut text = String::new();
    for table in user_tables(shell)?.iter().filter(|table| matches(pattern, &table.name)) {
        text.push_str(&definition(shell, table)?);
        text.push('\n');
    }
    shell.print_text(&text)?;
    DONE
}

/// The statement that makes a table.
pub(super) fn definition(shell: &mut Shell, table: &TableInfo) -> Result<String> {
    let batches = shell.query(&format!(
        "SELECT definition FROM information_schema.views WHERE table_catalog = {} AND table_schema = {} AND table_name = {}",
        literal(&table.catalog),
        literal(&table.schema),
        literal(&table.name)
    ))?;
    for batch in &batches {
        let definitions = cast(batch.column(0), &DataType::Utf8)?;
        if let Some(definition) = definitions.as_string::<i32>().iter().flatten().next() {
            return Ok(format!("{};", definition.trim_end().trim_end_matches(';')));
        }
    }
    let name = qualified(table);
    let session = shell.session.clone();
    let looked_up = name.clone();
    let columns = shell.interruptibly(async move { session.columns(&looked_up).await })?;
    let columns: Vec<String> = columns
        .iter()
        .map(|(name, type_name)| format!("{} {type_name}", identifier(name)))
        .collect();
    Ok(format!("CREATE TABLE {name} ({});", columns.join(", ")))
}

pub(super) fn databases(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    arguments.none()?;
    let batches = shell.query(
        "SELECT catalog_name AS catalog, schema_name AS schema FROM information_schema.schemata \
         WHERE schema_name <> 'information_schema' ORDER BY 1, 2",
    )?;
    shell.print(&batches)?;
    DONE
}

pub(super) fn functions(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    let pattern = arguments.at_most_one()?;
    let list: Vec<[String; 3]> = shell
        .session
        .functions()
        .into_iter()
        .filter(|function| matches(pattern, &function.name))
        .map(|function| {
            [function.name, function.kind.to_string(), first_sentence(&function.description)]
        })
        .collect();
    let batch = rows(["name", "kind", "description"], &list)?;
    shell.print(&[batch])?;
    DONE
}

fn first_sentence(text: &str) -> String {
    text.split_inclusive(". ")
        .next()
        .unwrap_or_default()
        .lines()
        .next()
        .unwrap_or_default()
        .trim()
        .to_string()
}

pub(super) fn settings(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    let pattern = arguments.at_most_one()?;
    let list: Vec<[String; 3]> = shell
        .session
        .settings()
        .into_iter()
        .filter(|setting| matches(pattern, &setting.name))
        .map(|setting| {
            [setting.name, setting.value.unwrap_or_default(), first_sentence(&setting.description)]
        })
        .collect();
    let batch = rows(["name", "value", "description"], &list)?;
    shell.print(&[batch])?;
    DONE
}

pub(super) fn version(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    arguments.none()?;
    let versions = format!(
        "pframe {}\ndatafusion {}\n",
        env!("CARGO_PKG_VERSION"),
        engine::datafusion::DATAFUSION_VERSION
    );
    shell.print_text(&versions)?;
    DONE
}

#[cfg(test)]
mod tests {
    use super::in_columns;

    #[test]
    fn names_go_down_before_they_go_right() {
        let names: Vec<String> = ["a", "b", "c", "d", "e"].map(str::to_string).to_vec();
        assert_eq!(in_columns(&names, 7), "a  d\nb  e\nc\n");
        assert_eq!(in_columns(&[], 80), "");
    }
}
