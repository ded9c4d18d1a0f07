//! Clauses of a table in FROM, and kinds of tables that nothing plans.

use datafusion::sql::sqlparser::ast::{TableAlias, TableFactor};

use super::{Ignored, first_of};

pub(super) fn check(table: &TableFactor) -> Option<Ignored> {
    let indexed =
        |alias: &Option<TableAlias>| alias.as_ref().is_some_and(|alias| alias.at.is_some());
    match table {
        TableFactor::Table {
            alias,
            args,
            with_hints,
            version,
            with_ordinality,
            partitions,
            json_path,
            sample: _,
            index_hints,
            name: _,
        } => first_of([
            ("a table hint", !with_hints.is_empty() || !index_hints.is_empty()),
            ("a table version", version.is_some()),
            ("WITH ORDINALITY", *with_ordinality),
            ("PARTITION", !partitions.is_empty()),
            ("a JSON path in FROM", json_path.is_some()),
            ("SETTINGS", args.as_ref().is_some_and(|args| args.settings.is_some())),
            ("AT after an alias", indexed(alias)),
        ]),
        TableFactor::Function { with_ordinality, .. } => {
            first_of([("WITH ORDINALITY", *with_ordinality)])
        }
        TableFactor::UNNEST { with_ordinality, with_offset, .. } => {
            first_of([("WITH ORDINALITY", *with_ordinality), ("WITH OFFSET", *with_offset)])
        }
        TableFactor::JsonTable { .. } => first_of([("JSON_TABLE", true)]),
        TableFactor::OpenJsonTable { .. } => first_of([("OPENJSON", true)]),
        TableFactor::XmlTable { .. } => first_of([("XMLTABLE", true)]),
        TableFactor::MatchRecognize { .. } => first_of([("MATCH_RECOGNIZE", true)]),
        TableFactor::SemanticView { .. } => first_of([("SEMANTIC_VIEW", true)]),
        TableFactor::Pivot { default_on_null, .. } => {
            first_of([("DEFAULT ON NULL", default_on_null.is_some())])
        }
        _ => None,
    }
}
