//! Files are tables: `read_*` functions, `FROM 'path'` and `CREATE EXTERNAL TABLE`.
//!
//! A call names files by path, folder or pattern ([`listing`]). Each file's schema is found out and
//! brought together with the others' ([`schema`]), the folders' `key=value` names become columns
//! ([`hive`]), and the result is a [`FilesTable`](table::FilesTable), which lists anew at each scan.

mod external;
mod functions;
mod hive;
mod information;
mod listing;
mod options;
mod prune;
mod schema;
mod table;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use extension::Registry;

/// Adds the scan functions and table factories.
pub(crate) fn register(registry: &mut Registry) {
    registry.scan_functions.extend(functions::all());
    registry.scan_functions.extend(information::all());
    registry.table_versions.push(table::version);
    registry.statement_overrides.push(Arc::new(external::KnownFormats));
    for name in external::FORMATS {
        registry.table_factories.push(((*name).to_string(), Arc::new(external::FilesTableFactory)));
    }
}
