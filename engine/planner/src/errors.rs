//! Errors of the parser and planner, made more helpful.

use std::collections::BTreeMap;

use datafusion::execution::SessionState;
use datafusion::logical_expr::Documentation;
use extension::{Error, ErrorKind, Position, closest};

use crate::Statement;

/// The parser knows no place for the end of the text; it is where the statement ends.
pub(crate) fn at_end_of(statement: &Statement, error: Error) -> Error {
    if error.position().is_some() || !error.message().ends_with("found: EOF") {
        return error;
    }
    let Position { line, column } = statement.position;
    let below = statement.text.matches('\n').count() as u64;
    let last_line = statement.text.rsplit('\n').next().unwrap_or_default();
    let width = last_line.chars().count() as u64;
    error.at(Position {
        line: line + below,
        column: if below == 0 { column + width } else { width + 1 },
    })
}

/// Says which function may have been meant where one does not exist, and how it is called.
fn with_near_functions(error: Error, state: &SessionState) -> Error {
    let Some(name) = error
        .message()
        .strip_prefix("Invalid function '")
        .and_then(|rest| rest.split('\'').next())
        .map(str::to_string)
    else {
        return error;
    };
    let functions = state
        .scalar_functions()
        .iter()
        .map(|(name, function)| (name, function.documentation()))
        .chain(state.aggregate_functions().iter().map(|(name, f)| (name, f.documentation())))
        .chain(state.window_functions().iter().map(|(name, f)| (name, f.documentation())));
    let usages: BTreeMap<&str, Option<&Documentation>> =
        functions.map(|(name, manual)| (name.as_str(), manual)).collect();
    let mut better = Error::not_found(format!("function '{name}' does not exist"));
    if let Some(position) = error.position() {
        better = better.at(position);
    }
    match closest(&name, usages.keys().copied()) {
        Some(near) => better.with_hint(match usages.get(near) {
            Some(Some(manual)) => {
                format!("did you mean '{near}'? usage: {}", manual.syntax_example)
            }
            _ => format!("did you mean '{near}'?"),
        }),
        None => better.with_hint("SELECT name FROM system.functions lists them"),
    }
}

/// Says which table or function may have been meant where one does not exist.
pub(crate) async fn with_near_tables(error: Error, state: &SessionState) -> Error {
    let error = with_near_functions(error, state);
    let Some(full_name) =
        error.message().strip_prefix("table '").and_then(|rest| rest.strip_suffix("' not found"))
    else {
        return error;
    };
    let name = full_name.rsplit('.').next().unwrap_or(full_name).to_string();
    let shown = match local_name(full_name, state) {
        Some(local) => local,
        None => full_name,
    };
    let message = format!("table '{shown}' does not exist");
    let mut better = Error::new(ErrorKind::NotFound, message);
    if let Some(position) = error.position() {
        better = better.at(position);
    }
    let tables = table_names(state);
    match closest(&name, tables.iter().map(String::as_str)) {
        Some(near) => better.with_hint(format!("did you mean '{near}'?")),
        None if name.contains('.') || full_name.matches('.').count() > 2 => {
            better.with_hint("files go in single quotes, as in FROM 'data/orders.csv'")
        }
        None => better,
    }
}

/// The name without the default catalog and schema.
fn local_name<'a>(full_name: &'a str, state: &SessionState) -> Option<&'a str> {
    let catalog = &state.config_options().catalog;
    full_name
        .strip_prefix(catalog.default_catalog.as_str())?
        .strip_prefix('.')?
        .strip_prefix(catalog.default_schema.as_str())?
        .strip_prefix('.')
}

fn table_names(state: &SessionState) -> Vec<String> {
    let catalogs = state.catalog_list();
    catalogs
        .catalog_names()
        .iter()
        .filter_map(|name| catalogs.catalog(name))
        .flat_map(|catalog| {
            let schemas = catalog.schema_names();
            schemas.into_iter().filter_map(move |name| catalog.schema(&name)).collect::<Vec<_>>()
        })
        .flat_map(|schema| schema.table_names())
        .collect()
}
