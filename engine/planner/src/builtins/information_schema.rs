//! The views of the information schema that DataFusion lacks.

use super::View;

const fn view(name: &'static str, sql: &'static str) -> View {
    View { schema: "information_schema", name, sql }
}

pub(super) const VIEWS: &[View] = &[
    view(
        "table_constraints",
        "SELECT database_name AS constraint_catalog, schema_name AS constraint_schema, constraint_name, \
         database_name AS table_catalog, schema_name AS table_schema, table_name, \
         CASE constraint_type WHEN 'NOT NULL' THEN 'CHECK' ELSE constraint_type END AS constraint_type, \
         'NO' AS is_deferrable, 'NO' AS initially_deferred, 'YES' AS enforced, 'YES' AS nulls_distinct \
         FROM duckdb_constraints()",
    ),
    view(
        "key_column_usage",
        "SELECT database_name AS constraint_catalog, schema_name AS constraint_schema, constraint_name, \
         database_name AS table_catalog, schema_name AS table_schema, table_name, \
         unnest(constraint_column_names) AS column_name, \
         unnest(range(1, len(constraint_column_names) + 1)) AS ordinal_position, \
         CAST(NULL AS BIGINT) AS position_in_unique_constraint \
         FROM duckdb_constraints() WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY')",
    ),
    view(
        "constraint_column_usage",
        "SELECT database_name AS table_catalog, schema_name AS table_schema, table_name, \
         unnest(constraint_column_names) AS column_name, database_name AS constraint_catalog, \
         schema_name AS constraint_schema, constraint_name, constraint_type, constraint_text \
         FROM duckdb_constraints() WHERE constraint_type <> 'NOT NULL'",
    ),
    view(
        "constraint_table_usage",
        "SELECT database_name AS table_catalog, schema_name AS table_schema, table_name, \
         database_name AS constraint_catalog, schema_name AS constraint_schema, constraint_name, \
         constraint_type FROM duckdb_constraints() WHERE constraint_type <> 'NOT NULL'",
    ),
    view(
        "check_constraints",
        "SELECT database_name AS constraint_catalog, schema_name AS constraint_schema, constraint_name, \
         CASE constraint_type WHEN 'NOT NULL' THEN constraint_column_names[1] || ' IS NOT NULL' \
         ELSE constraint_text END AS check_clause \
         FROM duckdb_constraints() WHERE constraint_type IN ('CHECK', 'NOT NULL')",
    ),
    view(
        "referential_constraints",
        "SELECT f.database_name AS constraint_catalog, f.schema_name AS constraint_schema, f.constraint_name, \
         c.database_name AS unique_constraint_catalog, c.schema_name AS unique_constraint_schema, \
         c.constraint_name AS unique_constraint_name, 'NONE' AS match_option, \
         'NO ACTION' AS update_rule, 'NO ACTION' AS delete_rule \
         FROM duckdb_constraints() f JOIN duckdb_constraints() c ON f.schema_oid = c.schema_oid \
         AND f.referenced_table = c.table_name \
         AND f.referenced_column_names = c.constraint_column_names \
         WHERE f.constraint_type = 'FOREIGN KEY' AND c.constraint_type IN ('PRIMARY KEY', 'UNIQUE')",
    ),
    view(
        "sequences",
        "SELECT database_name AS sequence_catalog, schema_name AS sequence_schema, sequence_name, \
         'BIGINT' AS data_type, 64 AS numeric_precision, 2 AS numeric_precision_radix, 0 AS numeric_scale, \
         start_value, min_value AS minimum_value, max_value AS maximum_value, \
         increment_by AS increment, CASE WHEN cycle THEN 'YES' ELSE 'NO' END AS cycle_option \
         FROM duckdb_sequences()",
    ),
    view(
        "character_sets",
        "SELECT CAST(NULL AS VARCHAR) AS character_set_catalog, CAST(NULL AS VARCHAR) AS character_set_schema, \
         'UTF8' AS character_set_name, 'UCS' AS character_repertoire, 'UTF8' AS form_of_use, \
         current_database() AS default_collate_catalog, 'pg_catalog' AS default_collate_schema, \
         'ucs_basic' AS default_collate_name",
    ),
];
