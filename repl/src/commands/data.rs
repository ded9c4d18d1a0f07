//! Commands that move data in and out: `.import` and `.dump`.

use std::io::Write;

use engine::{Error, Result};

use super::{Arguments, inspect, matches};
use crate::format::write_literal;
use crate::quote::{identifier, literal};
use crate::run::Run;
use crate::shell::Shell;

pub(super) fn import(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    let (Some(file), Some(table), None) = (arguments.get(0), arguments.get(1), arguments.get(2))
    else {
        return Err(arguments.usage());
    };
    let session = shell.session.clone();
    let tables = shell.runtime.block_on(session.tables())?;
    let known = tables.iter().any(|known| known.name == table && known.schema != "system");
    let source = format!("SELECT * FROM {}", literal(file));
    let table = identifier(table);
    shell.query(&match known {
        true => format!("INSERT INTO {table} {source}"),
        false => format!("CREATE TABLE {table} AS {source}"),
    })?;
    Ok(Run::Continue(()))
}

/// The columns of a table that INSERT writes, to select and to insert: all but the generated ones.
fn written(shell: &mut Shell, table: &str, definition: &str) -> Result<(String, String)> {
    let session = shell.session.clone();
    let looked_up = table.to_string();
    let columns = shell.interruptibly(async move { session.columns(&looked_up).await })?;
    let is_generated = |name: &str, kind: &str| {
        definition.contains(&format!("{name} {kind} GENERATED "))
            || definition.contains(&format!("{} {kind} GENERATED ", identifier(name)))
    };
    let names: Vec<String> = columns
        .iter()
        .filter(|(name, kind)| !is_generated(name, kind))
        .map(|(name, _)| identifier(name))
        .collect();
    let list = names.join(", ");
    Ok(match names.len() == columns.len() {
        true => ("*".to_string(), String::new()),
        false => (list.clone(), format!(" ({list})")),
    })
}

pub(super) fn dump(shell: &mut Shell, arguments: &Arguments<'_>) -> Result<Run> {
    let pattern = arguments.at_most_one()?;
    let tables = inspect::user_tables(shell)?;
    let chosen: Vec<_> = tables.iter().filter(|table| matches(pattern, &table.name)).collect();
    if let (Some(pattern), true) = (pattern, chosen.is_empty()) {
        return Err(Error::not_found(format!("no table is called '{pattern}'")));
    }
    for table in chosen {
        let definition = inspect::definition(shell, table)?;
        writeln!(shell.output, "{definition}")?;
        // Views and external tables hold no rows of their own.
        if !definition.starts_with("CREATE TABLE") {
            continue;
        }
        let name = inspect::qualified(table);
        let (columns, list) = written(shell, &name, &definition)?;
        for batch in shell.query(&format!("SELECT {columns} FROM {name}"))? {
            for row in 0..batch.num_rows() {
                let mut line = format!("INSERT INTO {name}{list} VALUES (");
                for (index, column) in batch.columns().iter().enumerate() {
                    if index > 0 {
                        line.push_str(", ");
                    }
                    write_literal(&mut line, column.as_ref(), row);
                }
                line.push_str(");\n");
                shell.output.write_all(line.as_bytes())?;
            }
        }
    }
    shell.output.end_result()?;
    Ok(Run::Continue(()))
}
