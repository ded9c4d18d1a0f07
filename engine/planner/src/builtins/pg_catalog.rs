//! The catalog of PostgreSQL, as far as psql, drivers and BI clients read it. Columns are those of
//! PostgreSQL, and what there is nothing to say about is NULL, 0 or false.

use super::View;

const fn view(name: &'static str, sql: &'static str) -> View {
    View { schema: "pg_catalog", name, sql }
}

/// Tables, columns and types.
pub(super) const VIEWS: &[View] = &[
    view(
        "pg_namespace",
        "SELECT oid, schema_name AS nspname, 0::BIGINT AS nspowner, NULL::VARCHAR AS nspacl \
         FROM duckdb_schemas()",
    ),
    view(
        "pg_class",
        "SELECT oid, relname, relnamespace, 0::BIGINT AS reltype, 0::BIGINT AS reloftype, 0::BIGINT AS relowner, \
         0::BIGINT AS relam, 0::BIGINT AS relfilenode, 0::BIGINT AS reltablespace, 0 AS relpages, \
         reltuples, 0 AS relallvisible, 0::BIGINT AS reltoastrelid, 0::BIGINT AS reltoastidxid, \
         false AS relhasindex, false AS relisshared, relpersistence, relkind, relnatts, relchecks, \
         false AS relhasoids, relhaspkey, false AS relhasrules, false AS relhastriggers, \
         false AS relhassubclass, false AS relrowsecurity, false AS relforcerowsecurity, \
         true AS relispopulated, 'd' AS relreplident, false AS relispartition, 0::BIGINT AS relrewrite, \
         0::BIGINT AS relfrozenxid, NULL::BIGINT AS relminmxid, NULL::VARCHAR AS relacl, \
         NULL::VARCHAR[] AS reloptions, NULL::VARCHAR AS relpartbound FROM ( \
         SELECT table_oid AS oid, table_name AS relname, schema_oid AS relnamespace, \
         estimated_size::FLOAT AS reltuples, CASE WHEN temporary THEN 't' ELSE 'p' END AS relpersistence, \
         'r' AS relkind, column_count AS relnatts, check_constraint_count AS relchecks, \
         has_primary_key AS relhaspkey FROM duckdb_tables() \
         UNION ALL SELECT view_oid, view_name, schema_oid, 0::FLOAT, \
         CASE WHEN temporary THEN 't' ELSE 'p' END, 'v', column_count, 0, false FROM duckdb_views() \
         UNION ALL SELECT sequence_oid, sequence_name, schema_oid, 0::FLOAT, \
         CASE WHEN temporary THEN 't' ELSE 'p' END, 'S', 0, 0, false FROM duckdb_sequences())",
    ),
    view(
        "pg_attribute",
        "SELECT table_oid AS attrelid, column_name AS attname, data_type_id AS atttypid, 0 AS attstattarget, \
         NULL::INTEGER AS attlen, column_index AS attnum, 0 AS attndims, -1 AS attcacheoff, \
         CASE WHEN data_type LIKE 'DECIMAL%' THEN numeric_precision * 65536 + numeric_scale + 4 ELSE -1 END AS atttypmod, \
         false AS attbyval, NULL::VARCHAR AS attstorage, NULL::VARCHAR AS attalign, \
         NOT is_nullable AS attnotnull, column_default IS NOT NULL AS atthasdef, false AS atthasmissing, \
         '' AS attidentity, CASE WHEN is_generated THEN 's' ELSE '' END AS attgenerated, \
         false AS attisdropped, true AS attislocal, 0 AS attinhcount, 0::BIGINT AS attcollation, \
         '' AS attcompression, NULL::VARCHAR AS attacl, NULL::VARCHAR[] AS attoptions, \
         NULL::VARCHAR[] AS attfdwoptions, NULL::VARCHAR AS attmissingval FROM duckdb_columns()",
    ),
    view(
        "pg_attrdef",
        "SELECT column_index::BIGINT AS oid, table_oid AS adrelid, column_index AS adnum, column_default AS adbin \
         FROM duckdb_columns() WHERE column_default IS NOT NULL",
    ),
    view(
        "pg_type",
        "SELECT type_oid AS oid, format_pg_type(logical_type, type_name) AS typname, \
         (SELECT max(oid) FROM duckdb_schemas() WHERE schema_name = 'pg_catalog' AND database_name = current_database()) AS typnamespace, \
         0::BIGINT AS typowner, type_size AS typlen, false AS typbyval, \
         CASE logical_type WHEN 'ENUM' THEN 'e' ELSE 'b' END AS typtype, \
         CASE type_category WHEN 'NUMERIC' THEN 'N' WHEN 'STRING' THEN 'S' WHEN 'DATETIME' THEN 'D' \
         WHEN 'BOOLEAN' THEN 'B' WHEN 'COMPOSITE' THEN 'C' ELSE 'X' END AS typcategory, \
         false AS typispreferred, true AS typisdefined, ',' AS typdelim, 0::BIGINT AS typrelid, \
         0::BIGINT AS typsubscript, 0::BIGINT AS typelem, 0::BIGINT AS typarray, NULL::VARCHAR AS typinput, \
         NULL::VARCHAR AS typoutput, NULL::VARCHAR AS typreceive, NULL::VARCHAR AS typsend, \
         NULL::VARCHAR AS typmodin, NULL::VARCHAR AS typmodout, NULL::VARCHAR AS typanalyze, \
         'd' AS typalign, 'p' AS typstorage, false AS typnotnull, 0::BIGINT AS typbasetype, \
         -1 AS typtypmod, 0 AS typndims, 0::BIGINT AS typcollation, NULL::VARCHAR AS typdefaultbin, \
         NULL::VARCHAR AS typdefault, NULL::VARCHAR AS typacl FROM duckdb_types()",
    ),
    view(
        "pg_enum",
        "SELECT type_oid * 1000 + place AS oid, type_oid AS enumtypid, place::FLOAT AS enumsortorder, \
         labels[place] AS enumlabel FROM (SELECT type_oid, labels, unnest(range(1, len(labels) + 1)) AS place \
         FROM duckdb_types() WHERE labels IS NOT NULL)",
    ),
    view(
        "pg_constraint",
        "SELECT table_oid * 1000000 + constraint_index AS oid, constraint_name AS conname, \
         schema_oid AS connamespace, CASE constraint_type WHEN 'CHECK' THEN 'c' WHEN 'UNIQUE' THEN 'u' \
         WHEN 'PRIMARY KEY' THEN 'p' WHEN 'FOREIGN KEY' THEN 'f' WHEN 'NOT NULL' THEN 'n' ELSE 'x' END AS contype, \
         false AS condeferrable, false AS condeferred, true AS convalidated, table_oid AS conrelid, \
         0::BIGINT AS contypid, 0::BIGINT AS conindid, 0::BIGINT AS conparentid, 0::BIGINT AS confrelid, \
         ' ' AS confupdtype, ' ' AS confdeltype, ' ' AS confmatchtype, true AS conislocal, \
         0 AS coninhcount, false AS connoinherit, \
         list_transform(constraint_column_indexes, i -> i + 1) AS conkey, NULL::BIGINT[] AS confkey, \
         expression AS conbin FROM duckdb_constraints()",
    ),
    view(
        "pg_index",
        "SELECT 0::BIGINT AS indexrelid, table_oid AS indrelid, 0 AS indnatts, 0 AS indnkeyatts, \
         false AS indisunique, false AS indisprimary, false AS indisexclusion, true AS indimmediate, \
         false AS indisclustered, true AS indisvalid, false AS indcheckxmin, true AS indisready, \
         true AS indislive, false AS indisreplident, NULL::BIGINT[] AS indkey, NULL::VARCHAR AS indexprs, \
         NULL::VARCHAR AS indpred FROM duckdb_indexes()",
    ),
    view(
        "pg_description",
        "SELECT table_oid AS objoid, 1259::BIGINT AS classoid, 0 AS objsubid, comment AS description \
         FROM duckdb_tables() WHERE comment IS NOT NULL \
         UNION ALL SELECT view_oid, 1259, 0, comment FROM duckdb_views() WHERE comment IS NOT NULL \
         UNION ALL SELECT table_oid, 1259, column_index, comment FROM duckdb_columns() WHERE comment IS NOT NULL \
         UNION ALL SELECT sequence_oid, 1259, 0, comment FROM duckdb_sequences() WHERE comment IS NOT NULL",
    ),
];

/// What lists things for people, and what there is none of.
pub(super) const MORE_VIEWS: &[View] = &[
    view(
        "pg_tables",
        "SELECT schema_name AS schemaname, table_name AS tablename, current_user AS tableowner, \
         NULL::VARCHAR AS tablespace, index_count > 0 AS hasindexes, false AS hasrules, \
         false AS hastriggers, false AS rowsecurity FROM duckdb_tables()",
    ),
    view(
        "pg_views",
        "SELECT schema_name AS schemaname, view_name AS viewname, current_user AS viewowner, \
         sql AS definition FROM duckdb_views()",
    ),
    view(
        "pg_matviews",
        "SELECT schema_name AS schemaname, view_name AS matviewname, sql AS definition FROM duckdb_views() WHERE false",
    ),
    view(
        "pg_indexes",
        "SELECT schema_name AS schemaname, table_name AS tablename, index_name AS indexname, \
         NULL::VARCHAR AS tablespace, sql AS indexdef FROM duckdb_indexes()",
    ),
    view(
        "pg_sequences",
        "SELECT schema_name AS schemaname, sequence_name AS sequencename, current_user AS sequenceowner, \
         'bigint' AS data_type, start_value, min_value, max_value, increment_by, cycle, \
         0::BIGINT AS cache_size, last_value FROM duckdb_sequences()",
    ),
    view(
        "pg_sequence",
        "SELECT sequence_oid AS seqrelid, 20::BIGINT AS seqtypid, start_value AS seqstart, \
         increment_by AS seqincrement, max_value AS seqmax, min_value AS seqmin, 0::BIGINT AS seqcache, \
         cycle AS seqcycle FROM duckdb_sequences()",
    ),
    view(
        "pg_database",
        "SELECT database_oid AS oid, database_name AS datname, 0::BIGINT AS datdba, 6 AS encoding, \
         'C' AS datcollate, 'C' AS datctype, false AS datistemplate, true AS datallowconn, \
         -1 AS datconnlimit, NULL::VARCHAR AS datacl FROM duckdb_databases()",
    ),
    view(
        "pg_settings",
        "SELECT name, value AS setting, NULL::VARCHAR AS unit, family AS category, description AS short_desc, \
         NULL::VARCHAR AS extra_desc, 'user' AS context, \
         CASE upper(type) WHEN 'BOOLEAN' THEN 'bool' WHEN 'BIGINT' THEN 'integer' ELSE 'string' END AS vartype, \
         \"default\" AS boot_val, \"default\" AS reset_val FROM (SELECT *, 'Session' AS family FROM system.settings)",
    ),
    view(
        "pg_proc",
        "SELECT hash(name || kind) % 2147483647 AS oid, name AS proname, \
         (SELECT max(oid) FROM duckdb_schemas() WHERE schema_name = 'pg_catalog') AS pronamespace, \
         0::BIGINT AS proowner, CASE kind WHEN 'aggregate' THEN 'a' WHEN 'window' THEN 'w' ELSE 'f' END AS prokind, \
         kind = 'table' AS proretset, 0::BIGINT AS prorettype, NULL::VARCHAR AS prosrc \
         FROM system.functions",
    ),
    view(
        "pg_prepared_statements",
        "SELECT name, statement, NULL::TIMESTAMP AS prepare_time, true AS from_sql FROM duckdb_prepared_statements()",
    ),
    view(
        "pg_am",
        "SELECT 2::BIGINT AS oid, 'heap' AS amname, NULL::VARCHAR AS amhandler, 't' AS amtype",
    ),
    view(
        "pg_tablespace",
        "SELECT 1663::BIGINT AS oid, 'pg_default' AS spcname, 0::BIGINT AS spcowner, NULL::VARCHAR AS spcacl, \
         NULL::VARCHAR[] AS spcoptions",
    ),
    view(
        "pg_roles",
        "SELECT 10::BIGINT AS oid, current_user AS rolname, true AS rolsuper, true AS rolinherit, \
         true AS rolcreaterole, true AS rolcreatedb, true AS rolcanlogin, false AS rolreplication, \
         -1 AS rolconnlimit, NULL::TIMESTAMP AS rolvaliduntil",
    ),
    view(
        "pg_user",
        "SELECT current_user AS usename, 10::BIGINT AS usesysid, true AS usecreatedb, true AS usesuper",
    ),
    view(
        "pg_collation",
        "SELECT 100::BIGINT AS oid, 'default' AS collname, 0::BIGINT AS collnamespace WHERE false",
    ),
    view(
        "pg_extension",
        "SELECT 0::BIGINT AS oid, '' AS extname, 0::BIGINT AS extnamespace, '' AS extversion WHERE false",
    ),
    view("pg_depend", "SELECT * FROM duckdb_dependencies()"),
    view(
        "pg_inherits",
        "SELECT 0::BIGINT AS inhrelid, 0::BIGINT AS inhparent, 0 AS inhseqno WHERE false",
    ),
    view("pg_trigger", "SELECT 0::BIGINT AS oid, 0::BIGINT AS tgrelid, '' AS tgname WHERE false"),
    view("pg_policy", "SELECT 0::BIGINT AS oid, '' AS polname, 0::BIGINT AS polrelid WHERE false"),
    view(
        "pg_statistic_ext",
        "SELECT 0::BIGINT AS oid, 0::BIGINT AS stxrelid, '' AS stxname WHERE false",
    ),
    view(
        "pg_publication",
        "SELECT 0::BIGINT AS oid, '' AS pubname, false AS puballtables WHERE false",
    ),
    view(
        "pg_publication_rel",
        "SELECT 0::BIGINT AS oid, 0::BIGINT AS prpubid, 0::BIGINT AS prrelid WHERE false",
    ),
    view(
        "pg_foreign_table",
        "SELECT 0::BIGINT AS ftrelid, 0::BIGINT AS ftserver, NULL::VARCHAR[] AS ftoptions WHERE false",
    ),
    view(
        "pg_rewrite",
        "SELECT 0::BIGINT AS oid, '' AS rulename, 0::BIGINT AS ev_class WHERE false",
    ),
    view(
        "pg_shdescription",
        "SELECT 0::BIGINT AS objoid, 0::BIGINT AS classoid, '' AS description WHERE false",
    ),
    view("pg_range", "SELECT 0::BIGINT AS rngtypid, 0::BIGINT AS rngsubtype WHERE false"),
    view(
        "pg_stat_activity",
        "SELECT current_database() AS datname, 0 AS pid, current_user AS usename, state, text AS query, \
         started AS query_start FROM system.queries",
    ),
];
