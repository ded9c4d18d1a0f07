//! What a session keeps besides tables: sequences, variables, prepared statements and macros.

use datafusion::sql::sqlparser::keywords::ALL_KEYWORDS;

use super::cells::Cell;
use super::{Kind, Listing};

pub(super) const SEQUENCES: Listing = Listing {
    name: "duckdb_sequences",
    description: "The sequences of the session, one a row, with the columns of DuckDB's function.",
    columns: &[
        ("database_name", Kind::Text),
        ("database_oid", Kind::Number),
        ("schema_name", Kind::Text),
        ("schema_oid", Kind::Number),
        ("sequence_name", Kind::Text),
        ("sequence_oid", Kind::Number),
        ("comment", Kind::Text),
        ("tags", Kind::Tags),
        ("temporary", Kind::Truth),
        ("start_value", Kind::Number),
        ("min_value", Kind::Number),
        ("max_value", Kind::Number),
        ("increment_by", Kind::Number),
        ("cycle", Kind::Truth),
        ("last_value", Kind::Number),
        ("sql", Kind::Text),
    ],
    rows: |session| {
        let mut rows = vec![];
        for sequence in session.objects.sequences.list() {
            let schema = session
                .schemas
                .iter()
                .find(|schema| schema.name.eq_ignore_ascii_case(&sequence.schema));
            rows.push(vec![
                session.default_catalog.as_str().into(),
                session.default_oids.0.into(),
                sequence.schema.as_str().into(),
                schema.map(|schema| schema.oid).into(),
                sequence.name.as_str().into(),
                session.oid("sequence", &sequence.key()).into(),
                session.objects.comment("sequence", &sequence.key()).into(),
                Cell::None,
                sequence.temporary.into(),
                sequence.start.into(),
                sequence.least.into(),
                sequence.greatest.into(),
                sequence.step.into(),
                sequence.cycles.into(),
                sequence.last.into(),
                sequence.to_sql().into(),
            ]);
        }
        rows
    },
    example: "CREATE SEQUENCE ids; SELECT sequence_name, start_value FROM duckdb_sequences()",
};

pub(super) const VARIABLES: Listing = Listing {
    name: "duckdb_variables",
    description: "The variables that SET VARIABLE made, one a row.",
    columns: &[("name", Kind::Text), ("value", Kind::Text), ("type", Kind::Text)],
    rows: |session| {
        let variables = session.objects.variables.read();
        let row = |(name, value): (&String, &datafusion::common::ScalarValue)| {
            vec![
                name.as_str().into(),
                (!value.is_null()).then(|| value.to_string()).into(),
                extension::sql_type_name(&value.data_type()).into(),
            ]
        };
        variables.iter().map(row).collect()
    },
    example: "SET VARIABLE answer = 42; SELECT name, value FROM duckdb_variables()",
};

pub(super) const PREPARED_STATEMENTS: Listing = Listing {
    name: "duckdb_prepared_statements",
    description: "The statements that PREPARE keeps, one a row.",
    columns: &[("name", Kind::Text), ("statement", Kind::Text)],
    rows: |session| {
        let prepared = session.objects.prepared.read();
        prepared
            .iter()
            .map(|(name, prepared)| {
                vec![name.as_str().into(), prepared.statement.to_string().into()]
            })
            .collect()
    },
    example: "PREPARE one AS SELECT 1; SELECT name FROM duckdb_prepared_statements()",
};

pub(super) const MACROS: Listing = Listing {
    name: "system_macros",
    description: "The macros that the user made, one a row, with the statement that makes each.",
    columns: &[
        ("macro_name", Kind::Text),
        ("kind", Kind::Text),
        ("comment", Kind::Text),
        ("sql", Kind::Text),
    ],
    rows: |session| {
        let macros = session.objects.macros.read();
        macros
            .values()
            .map(|found| {
                vec![
                    found.name.as_str().into(),
                    (if found.is_table() { "table_macro" } else { "macro" }).into(),
                    session.objects.comment("macro", &found.name).into(),
                    found.to_sql().into(),
                ]
            })
            .collect()
    },
    example: "CREATE MACRO one() AS 1; SELECT macro_name, sql FROM system_macros()",
};

pub(super) const DEPENDENCIES: Listing = Listing {
    name: "duckdb_dependencies",
    description: "Which things need which others, with the columns of DuckDB's function. None are kept.",
    columns: &[
        ("classid", Kind::Number),
        ("objid", Kind::Number),
        ("objsubid", Kind::Small),
        ("refclassid", Kind::Number),
        ("refobjid", Kind::Number),
        ("refobjsubid", Kind::Small),
        ("deptype", Kind::Text),
    ],
    rows: |_| vec![],
    example: "SELECT count(*) FROM duckdb_dependencies()",
};

pub(super) const KEYWORDS: Listing = Listing {
    name: "duckdb_keywords",
    description: "The words that the grammar knows, one a row.",
    columns: &[("keyword_name", Kind::Text), ("keyword_category", Kind::Text)],
    rows: |_| {
        use datafusion::sql::sqlparser::keywords::{
            ALL_KEYWORDS_INDEX, RESERVED_FOR_COLUMN_ALIAS, RESERVED_FOR_TABLE_ALIAS,
        };
        ALL_KEYWORDS
            .iter()
            .zip(ALL_KEYWORDS_INDEX)
            .map(|(word, keyword)| {
                let category = match (
                    RESERVED_FOR_COLUMN_ALIAS.contains(keyword),
                    RESERVED_FOR_TABLE_ALIAS.contains(keyword),
                ) {
                    (true, _) => "reserved",
                    (false, true) => "type_function",
                    (false, false) => "unreserved",
                };
                vec![word.to_lowercase().into(), category.into()]
            })
            .collect()
    },
    example: "SELECT keyword_category FROM duckdb_keywords() WHERE keyword_name = 'select'",
};
