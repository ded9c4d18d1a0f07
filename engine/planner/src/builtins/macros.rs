//! Macros that every session has: what clients of PostgreSQL call and what DuckDB writes in SQL too.

/// A macro, its manual, and an example with its result.
#[derive(Debug, Clone, Copy)]
pub struct BuiltInMacro {
    /// The name.
    pub name: &'static str,
    /// The reference page it stands on.
    pub family: &'static str,
    /// Parameters and bodies, as CREATE MACRO has them after the name.
    pub sql: &'static str,
    /// How it is called.
    pub usage: &'static str,
    /// What it is.
    pub description: &'static str,
    /// A query.
    pub example: &'static str,
    /// What the example answers.
    pub result: &'static str,
}

macro_rules! allowed {
    ($name:literal, $object:literal) => {
        BuiltInMacro {
            name: $name,
            family: "session",
            sql: "(object, privilege) AS true, (user_, object, privilege) AS true",
            usage: concat!($name, "([user,] ", $object, ", privilege)"),
            description: "Always true, for clients of PostgreSQL that ask.",
            example: concat!("SELECT ", $name, "('x', 'USAGE')"),
            result: "true",
        }
    };
}

macro_rules! visible {
    ($name:literal) => {
        BuiltInMacro {
            name: $name,
            family: "session",
            sql: "(oid) AS true",
            usage: concat!($name, "(oid)"),
            description: "Always true, for clients of PostgreSQL that ask.",
            example: concat!("SELECT ", $name, "(1)"),
            result: "true",
        }
    };
}

/// The columns of `json_each` and `json_tree` by name, so that they may stand beside another table's.
macro_rules! json_rows {
    () => {
        "r.key AS key, r.value AS value, r.type AS type, r.atom AS atom, r.id AS id, r.parent AS parent, r.fullkey AS fullkey, r.path AS path"
    };
}

macro_rules! user {
    ($name:literal, $call:literal) => {
        BuiltInMacro {
            name: $name,
            family: "session",
            sql: "() AS 'parquetframe'",
            usage: concat!($name, "()"),
            description: "The name of the user: a session has one.",
            example: concat!("SELECT ", $call),
            result: "parquetframe",
        }
    };
}

/// The list.
pub const MACROS: &[BuiltInMacro] = &[
    user!("current_user", "current_user"),
    user!("current_role", "current_role()"),
    user!("session_user", "session_user"),
    allowed!("has_database_privilege", "database"),
    allowed!("has_schema_privilege", "schema"),
    allowed!("has_table_privilege", "table"),
    allowed!("has_sequence_privilege", "sequence"),
    allowed!("has_function_privilege", "function"),
    allowed!("has_any_column_privilege", "table"),
    allowed!("has_language_privilege", "language"),
    allowed!("has_server_privilege", "server"),
    allowed!("has_tablespace_privilege", "tablespace"),
    allowed!("has_foreign_data_wrapper_privilege", "wrapper"),
    allowed!("pg_has_role", "role"),
    BuiltInMacro {
        name: "has_column_privilege",
        family: "session",
        sql: "(object, col, privilege) AS true, (user_, object, col, privilege) AS true",
        usage: "has_column_privilege([user,] table, column, privilege)",
        description: "Always true, for clients of PostgreSQL that ask.",
        example: "SELECT has_column_privilege('x', 'y', 'SELECT')",
        result: "true",
    },
    visible!("pg_table_is_visible"),
    visible!("pg_type_is_visible"),
    visible!("pg_function_is_visible"),
    visible!("pg_operator_is_visible"),
    visible!("pg_opclass_is_visible"),
    visible!("pg_opfamily_is_visible"),
    visible!("pg_collation_is_visible"),
    visible!("pg_conversion_is_visible"),
    visible!("pg_ts_config_is_visible"),
    visible!("pg_ts_dict_is_visible"),
    visible!("pg_ts_parser_is_visible"),
    visible!("pg_ts_template_is_visible"),
    BuiltInMacro {
        name: "format_pg_type",
        family: "session",
        sql: "(logical_type, type_name) AS CASE upper(logical_type) WHEN 'FLOAT' THEN 'float4' WHEN 'DOUBLE' THEN 'float8' \
            WHEN 'DECIMAL' THEN 'numeric' WHEN 'ENUM' THEN lower(type_name) WHEN 'BLOB' THEN 'bytea' \
            WHEN 'TIMESTAMP WITH TIME ZONE' THEN 'timestamptz' WHEN 'SMALLINT' THEN 'int2' \
            WHEN 'INTEGER' THEN 'int4' WHEN 'BIGINT' THEN 'int8' WHEN 'BOOLEAN' THEN 'bool' \
            ELSE lower(logical_type) END",
        usage: "format_pg_type(logical_type, name)",
        description: "The name that PostgreSQL has for a type.",
        example: "SELECT format_pg_type('BIGINT', 'bigint')",
        result: "int8",
    },
    BuiltInMacro {
        name: "format_type",
        family: "session",
        sql: "(type_oid_, typemod) AS (SELECT max(format_pg_type(logical_type, type_name)) \
            FROM duckdb_types() WHERE type_oid = type_oid_) || CASE WHEN typemod > 4 THEN \
            concat('(', ((typemod - 4) // 65536)::VARCHAR, ',', ((typemod - 4) % 65536)::VARCHAR, ')') ELSE '' END",
        usage: "format_type(oid, modifier)",
        description: "The name of a type by its number in pg_type.",
        example: "SELECT format_type(23, -1)",
        result: "int4",
    },
    BuiltInMacro {
        name: "pg_get_viewdef",
        family: "session",
        sql: "(oid_) AS (SELECT max(sql) FROM duckdb_views() WHERE view_oid = oid_), \
            (oid_, pretty) AS (SELECT max(sql) FROM duckdb_views() WHERE view_oid = oid_)",
        usage: "pg_get_viewdef(oid)",
        description: "The statement that made a view, by the number of the view in pg_class.",
        example: "SELECT pg_get_viewdef(1) IS NULL",
        result: "true",
    },
    BuiltInMacro {
        name: "pg_get_constraintdef",
        family: "session",
        sql: "(oid_) AS (SELECT max(constraint_text) FROM duckdb_constraints() WHERE table_oid = oid_ // 1000000 AND constraint_index = oid_ % 1000000), \
            (oid_, pretty) AS (SELECT max(constraint_text) FROM duckdb_constraints() WHERE table_oid = oid_ // 1000000 AND constraint_index = oid_ % 1000000)",
        usage: "pg_get_constraintdef(oid)",
        description: "The text of a rule, by its number in pg_constraint.",
        example: "SELECT pg_get_constraintdef(1) IS NULL",
        result: "true",
    },
    BuiltInMacro {
        name: "pg_get_expr",
        family: "session",
        sql: "(node, relation) AS node, (node, relation, pretty) AS node",
        usage: "pg_get_expr(expression, relation)",
        description: "The text of a default, which pg_attrdef has as it is.",
        example: "SELECT pg_get_expr('1 + 1', 0)",
        result: "1 + 1",
    },
    BuiltInMacro {
        name: "pg_get_userbyid",
        family: "session",
        sql: "(oid_) AS 'parquetframe'",
        usage: "pg_get_userbyid(oid)",
        description: "The name of the user: a session has one.",
        example: "SELECT pg_get_userbyid(10)",
        result: "parquetframe",
    },
    BuiltInMacro {
        name: "pg_encoding_to_char",
        family: "session",
        sql: "(encoding) AS 'UTF8'",
        usage: "pg_encoding_to_char(encoding)",
        description: "The encoding of all texts.",
        example: "SELECT pg_encoding_to_char(6)",
        result: "UTF8",
    },
    BuiltInMacro {
        name: "pg_is_in_recovery",
        family: "session",
        sql: "() AS false",
        usage: "pg_is_in_recovery()",
        description: "Always false, for clients of PostgreSQL that ask.",
        example: "SELECT pg_is_in_recovery()",
        result: "false",
    },
    BuiltInMacro {
        name: "pg_backend_pid",
        family: "session",
        sql: "() AS 0",
        usage: "pg_backend_pid()",
        description: "Always 0: a session is no process of its own.",
        example: "SELECT pg_backend_pid()",
        result: "0",
    },
    BuiltInMacro {
        name: "pg_my_temp_schema",
        family: "session",
        sql: "() AS 0",
        usage: "pg_my_temp_schema()",
        description: "Always 0, for clients of PostgreSQL that ask.",
        example: "SELECT pg_my_temp_schema()",
        result: "0",
    },
    BuiltInMacro {
        name: "pg_is_other_temp_schema",
        family: "session",
        sql: "(oid_) AS false",
        usage: "pg_is_other_temp_schema(oid)",
        description: "Always false, for clients of PostgreSQL that ask.",
        example: "SELECT pg_is_other_temp_schema(1)",
        result: "false",
    },
    BuiltInMacro {
        name: "obj_description",
        family: "session",
        sql: "(oid_, class) AS (SELECT max(description) FROM pg_catalog.pg_description WHERE objoid = oid_ AND objsubid = 0), \
            (oid_) AS (SELECT max(description) FROM pg_catalog.pg_description WHERE objoid = oid_ AND objsubid = 0)",
        usage: "obj_description(oid [, catalog])",
        description: "The comment on a table or view, by its number in pg_class.",
        example: "SELECT obj_description(1, 'pg_class') IS NULL",
        result: "true",
    },
    BuiltInMacro {
        name: "col_description",
        family: "session",
        sql: "(oid_, position_) AS (SELECT max(description) FROM pg_catalog.pg_description WHERE objoid = oid_ AND objsubid = position_)",
        usage: "col_description(oid, position)",
        description: "The comment on a column, by the number of its table in pg_class.",
        example: "SELECT col_description(1, 1) IS NULL",
        result: "true",
    },
    BuiltInMacro {
        name: "shobj_description",
        family: "session",
        sql: "(oid_, class) AS NULL::VARCHAR",
        usage: "shobj_description(oid, catalog)",
        description: "Always NULL: nothing is shared between databases.",
        example: "SELECT shobj_description(1, 'pg_database') IS NULL",
        result: "true",
    },
    BuiltInMacro {
        name: "current_schemas",
        family: "session",
        sql: "(implicit) AS CASE WHEN implicit THEN [current_schema(), 'temp', 'pg_catalog'] ELSE [current_schema()] END",
        usage: "current_schemas(implicit)",
        description: "The schemas in which names without a schema are looked up.",
        example: "SELECT current_schemas(false)",
        result: "[main]",
    },
    BuiltInMacro {
        name: "inet_client_addr",
        family: "session",
        sql: "() AS NULL::VARCHAR",
        usage: "inet_client_addr()",
        description: "Always NULL: nobody is connected over a network.",
        example: "SELECT inet_client_addr() IS NULL",
        result: "true",
    },
    BuiltInMacro {
        name: "inet_server_addr",
        family: "session",
        sql: "() AS NULL::VARCHAR",
        usage: "inet_server_addr()",
        description: "Always NULL: nobody is connected over a network.",
        example: "SELECT inet_server_addr() IS NULL",
        result: "true",
    },
    BuiltInMacro {
        name: "duckdb_settings",
        family: "tables",
        sql: "() AS TABLE SELECT name, value, description, type AS input_type, 'GLOBAL' AS scope, \
            []::VARCHAR[] AS aliases FROM system.settings",
        usage: "duckdb_settings()",
        description: "The settings of the session, one a row, with the columns of DuckDB's function.",
        example: "SELECT value FROM duckdb_settings() WHERE name = 'default_schema'",
        result: "main",
    },
    BuiltInMacro {
        name: "duckdb_functions",
        family: "tables",
        sql: "() AS TABLE SELECT current_database() AS database_name, NULL::VARCHAR AS database_oid, 'main' AS schema_name, \
            name AS function_name, NULL::VARCHAR AS alias_of, \
            CASE kind WHEN 'window' THEN 'window' ELSE kind END AS function_type, description, \
            NULL::VARCHAR AS comment, NULL::VARCHAR AS return_type, \
            list_transform(list_filter(string_split(regexp_extract(usage, '\\((.*)\\)', 1), ','), p -> trim(p) <> ''), p -> trim(p)) AS parameters, \
            NULL::VARCHAR[] AS parameter_types, NULL::VARCHAR AS varargs, NULL::VARCHAR AS macro_definition, \
            false AS has_side_effects, true AS internal, NULL::VARCHAR AS extension_name, \
            hash(name || kind)::HUGEINT % 2147483647 AS function_oid, [example] AS examples, \
            NULL::VARCHAR AS stability, [family] AS categories FROM system.functions \
            UNION ALL SELECT current_database(), NULL, 'main', macro_name, NULL, kind, NULL, comment, NULL, \
            NULL, NULL, NULL, sql, false, false, NULL, hash(macro_name)::HUGEINT % 2147483647, NULL, NULL, NULL \
            FROM system_macros()",
        usage: "duckdb_functions()",
        description: "Every function and macro that SQL may call, one a row, with the columns of DuckDB's function.",
        example: "SELECT function_type FROM duckdb_functions() WHERE function_name = 'median'",
        result: "aggregate",
    },
    BuiltInMacro {
        name: "fmod",
        family: "numbers",
        sql: "(x, y) AS x - y * floor(x / y)",
        usage: "fmod(x, y)",
        description: "What is left of x after whole multiples of y, with the sign of y.",
        example: "SELECT fmod(-7, 3)",
        result: "2.0",
    },
    BuiltInMacro {
        name: "ago",
        family: "dates",
        sql: "(i) AS current_timestamp - i::INTERVAL",
        usage: "ago(interval)",
        description: "The moment that lies the interval back.",
        example: "SELECT ago(INTERVAL 1 HOUR) < now()",
        result: "true",
    },
    BuiltInMacro {
        name: "assert_true",
        family: "others",
        sql: "(condition) AS CASE WHEN condition THEN NULL ELSE error('Assertion failed') END, \
            (condition, message) AS CASE WHEN condition THEN NULL ELSE error('Assertion: ' || message) END",
        usage: "assert_true(condition [, message])",
        description: "NULL where the condition holds, and an error otherwise.",
        example: "SELECT assert_true(1 = 1) IS NULL",
        result: "true",
    },
    BuiltInMacro {
        name: "map_contains_value",
        family: "others",
        sql: "(m, v) AS list_contains(map_values(m), v)",
        usage: "map_contains_value(map, value)",
        description: "Whether the value stands under some key.",
        example: "SELECT map_contains_value(MAP {'a': 1, 'b': 2}, 2)",
        result: "true",
    },
    BuiltInMacro {
        name: "map_contains_entry",
        family: "others",
        sql: "(m, k, v) AS coalesce(list_contains(map_extract(m, k), v), false)",
        usage: "map_contains_entry(map, key, value)",
        description: "Whether the value stands under the key.",
        example: "SELECT map_contains_entry(MAP {'a': 1, 'b': 2}, 'a', 2)",
        result: "false",
    },
    BuiltInMacro {
        name: "regexp_split_to_table",
        family: "text",
        sql: "(t, pattern) AS unnest(string_split_regex(t, pattern))",
        usage: "regexp_split_to_table(text, pattern)",
        description: "The parts between matches of the pattern, one a row.",
        example: "SELECT string_agg(p, '|') FROM (SELECT regexp_split_to_table('a1b', '[0-9]') AS p)",
        result: "a|b",
    },
    BuiltInMacro {
        name: "generate_subscripts",
        family: "lists",
        sql: "(arr, dim) AS unnest(range(1, len(arr) + 1))",
        usage: "generate_subscripts(list, dimension)",
        description: "The positions in a list, one a row.",
        example: "SELECT sum(i) FROM (SELECT generate_subscripts([7, 8, 9], 1) AS i)",
        result: "6",
    },
    BuiltInMacro {
        name: "json_each",
        family: "json",
        sql: concat!(
            "(json_text) AS TABLE (SELECT ",
            json_rows!(),
            " FROM (SELECT unnest(json_each_rows(json_text)) AS r)), ",
            "(json_text, json_path) AS TABLE (SELECT ",
            json_rows!(),
            " FROM (SELECT unnest(json_each_rows(json_text, json_path)) AS r))"
        ),
        usage: "json_each(json [, path])",
        description: "A table of the members of an object or the elements of an array: key, value, type, atom, id, parent, fullkey and path.",
        example: "SELECT string_agg(key || '=' || value, ' ') FROM json_each('{\"a\": 1, \"b\": true}')",
        result: "a=1 b=true",
    },
    BuiltInMacro {
        name: "json_tree",
        family: "json",
        sql: concat!(
            "(json_text) AS TABLE (SELECT ",
            json_rows!(),
            " FROM (SELECT unnest(json_tree_rows(json_text)) AS r)), ",
            "(json_text, json_path) AS TABLE (SELECT ",
            json_rows!(),
            " FROM (SELECT unnest(json_tree_rows(json_text, json_path)) AS r))"
        ),
        usage: "json_tree(json [, path])",
        description: "A table of all values in JSON, with the columns of json_each.",
        example: "SELECT count(*) FROM json_tree('{\"a\": [1, 2]}')",
        result: "4",
    },
    BuiltInMacro {
        name: "json_group_structure",
        family: "json",
        sql: "(x) AS json_structure('[' || string_agg(x::VARCHAR, ',') || ']') -> 0",
        usage: "json_group_structure(json)",
        description: "The structure that the JSON values of a group have together.",
        example: "SELECT json_group_structure(j) FROM (VALUES ('{\"a\": 1}'::JSON)) t(j)",
        result: "{\"a\":\"UBIGINT\"}",
    },
    BuiltInMacro {
        name: "current_localtimestamp",
        family: "dates",
        sql: "() AS CAST(current_timestamp AS TIMESTAMP)",
        usage: "current_localtimestamp()",
        description: "The moment on the clock of the session's time zone.",
        example: "SELECT current_localtimestamp() > TIMESTAMP '2024-01-01'",
        result: "true",
    },
    BuiltInMacro {
        name: "current_localtime",
        family: "dates",
        sql: "() AS CAST(CAST(current_timestamp AS TIMESTAMP) AS TIME)",
        usage: "current_localtime()",
        description: "The time of day on the clock of the session's time zone.",
        example: "SELECT current_localtime() >= TIME '00:00:00'",
        result: "true",
    },
    BuiltInMacro {
        name: "count_star",
        family: "aggregates",
        sql: "() AS count(*)",
        usage: "count_star()",
        description: "How many rows there are.",
        example: "SELECT count_star() FROM range(3)",
        result: "3",
    },
    BuiltInMacro {
        name: "get_bit",
        family: "others",
        sql: "(bits, place) AS CASE WHEN place BETWEEN 0 AND length(bits::VARCHAR) - 1 THEN substr(bits::VARCHAR, place + 1, 1)::INTEGER ELSE error('get_bit: there is no bit ' || place)::INTEGER END",
        usage: "get_bit(bits, place)",
        description: "The bit at the place, which counts from 0 on the left.",
        example: "SELECT get_bit('0110010'::BIT, 2)",
        result: "1",
    },
    BuiltInMacro {
        name: "set_bit",
        family: "others",
        sql: "(bits, place, value_) AS CASE WHEN place BETWEEN 0 AND length(bits::VARCHAR) - 1 AND value_ IN (0, 1) THEN (left(bits::VARCHAR, place::BIGINT) || value_ || substr(bits::VARCHAR, place + 2))::BIT ELSE error('set_bit: there is no bit ' || place || ', or the new value is neither 0 nor 1')::BIT END",
        usage: "set_bit(bits, place, value)",
        description: "The bits with another one at the place, which counts from 0 on the left.",
        example: "SELECT set_bit('0110010'::BIT, 2, 0)::VARCHAR",
        result: "0100010",
    },
    BuiltInMacro {
        name: "bit_position",
        family: "others",
        sql: "(part, bits) AS strpos(bits::VARCHAR, part::VARCHAR)",
        usage: "bit_position(part, bits)",
        description: "Where the part stands in the bits, from 1, or 0.",
        example: "SELECT bit_position('010'::BIT, '1110101'::BIT)",
        result: "4",
    },
    BuiltInMacro {
        name: "bitstring",
        family: "others",
        sql: "(bits, length_) AS CASE WHEN length_ >= length(bits::VARCHAR) THEN lpad(bits::VARCHAR, length_::BIGINT, '0')::BIT ELSE error('bitstring: the length must be at least that of the bits') END",
        usage: "bitstring(bits, length)",
        description: "The bits, with zeros before them up to the length.",
        example: "SELECT bitstring('1010'::BIT, 7)::VARCHAR",
        result: "0001010",
    },
    BuiltInMacro {
        name: "uuidv7",
        family: "others",
        sql: "() AS (left(lpad(to_hex(epoch_ms(now())), 12, '0'), 8) || '-' || substr(lpad(to_hex(epoch_ms(now())), 12, '0'), 9, 4) || '-7' || substr(gen_random_uuid()::VARCHAR, 16))::UUID",
        usage: "uuidv7()",
        description: "A new UUID of version 7: the milliseconds of now and chance, so that later ones are greater.",
        example: "SELECT uuid_extract_version(uuidv7())",
        result: "7",
    },
    BuiltInMacro {
        name: "uuid_extract_version",
        family: "others",
        sql: "(id) AS ('0x' || substr(id::VARCHAR, 15, 1))::UINTEGER",
        usage: "uuid_extract_version(uuid)",
        description: "The version of a UUID.",
        example: "SELECT uuid_extract_version('019f8e84-2a33-7000-8000-000000000000'::UUID)",
        result: "7",
    },
    BuiltInMacro {
        name: "uuid_extract_timestamp",
        family: "others",
        sql: "(id) AS make_timestamp(('0x' || replace(left(id::VARCHAR, 13), '-', ''))::BIGINT * 1000)::TIMESTAMPTZ",
        usage: "uuid_extract_timestamp(uuid)",
        description: "The moment at which a UUID of version 7 was made.",
        example: "SELECT year(uuid_extract_timestamp('019f8e84-2a33-7000-8000-000000000000'::UUID))",
        result: "2026",
    },
    BuiltInMacro {
        name: "make_timestamptz",
        family: "dates",
        sql: "(years, months, days, hours, minutes, seconds) AS make_timestamp(years, months, days, hours, minutes, seconds)::TIMESTAMPTZ, (micros) AS make_timestamp(micros)::TIMESTAMPTZ",
        usage: "make_timestamptz(year, month, day, hour, minute, seconds)",
        description: "The moment on the clock of the session's time zone.",
        example: "SELECT make_timestamptz(2024, 1, 31, 10, 0, 0.0) = TIMESTAMPTZ '2024-01-31 10:00:00'",
        result: "true",
    },
    BuiltInMacro {
        name: "get_current_time",
        family: "dates",
        sql: "() AS CAST(CAST(current_timestamp AS TIMESTAMP) AS TIME)",
        usage: "get_current_time()",
        description: "The time of day on the clock of the session's time zone.",
        example: "SELECT get_current_time() >= TIME '00:00:00'",
        result: "true",
    },
    BuiltInMacro {
        name: "timezone",
        family: "dates",
        sql: "(zone, moment) AS moment AT TIME ZONE zone",
        usage: "timezone(zone, timestamp)",
        description: "The same as `timestamp AT TIME ZONE zone`.",
        example: "SELECT timezone('UTC', TIMESTAMP '2024-01-31 10:00:00') = TIMESTAMPTZ '2024-01-31 10:00:00+00'",
        result: "true",
    },
    BuiltInMacro {
        name: "repeat_row",
        family: "others",
        sql: "(column0, num_rows) AS TABLE (SELECT column0 AS column0 FROM range(num_rows::BIGINT)), (column0, column1, num_rows) AS TABLE (SELECT column0 AS column0, column1 AS column1 FROM range(num_rows::BIGINT)), (column0, column1, column2, num_rows) AS TABLE (SELECT column0 AS column0, column1 AS column1, column2 AS column2 FROM range(num_rows::BIGINT)), (column0, column1, column2, column3, num_rows) AS TABLE (SELECT column0 AS column0, column1 AS column1, column2 AS column2, column3 AS column3 FROM range(num_rows::BIGINT))",
        usage: "repeat_row(values..., num_rows := n)",
        description: "A table of the same row, of up to four values, n times.",
        example: "SELECT count(*) FROM repeat_row(1, 'a', num_rows := 3)",
        result: "3",
    },
];
