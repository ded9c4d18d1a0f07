#![allow(clippy::unwrap_used, clippy::panic)]

use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::dialect::DuckDbDialect;
use extension::{Error, ParsedStatement, StatementParser};

use super::copy::CopyParser;
use super::options::by_extension;

fn parse(sql: &str) -> Result<Option<Statement>, Error> {
    let dialect = DuckDbDialect {};
    let mut parser = DFParserBuilder::new(sql).with_dialect(&dialect).build().unwrap();
    Ok(match CopyParser.parse(&mut parser)? {
        Some(ParsedStatement::DataFusion(statement)) => Some(*statement),
        Some(other) => panic!("{other:?}"),
        None => None,
    })
}

fn text(sql: &str) -> String {
    parse(sql).unwrap().unwrap().to_string()
}

#[test]
fn copy_to_becomes_the_copy_of_datafusion() {
    for (sql, expected) in [
        (
            "COPY t TO 'a.parquet'",
            "COPY (SELECT * FROM t) TO a.parquet STORED AS PARQUET OPTIONS ('copy.single_file' 'true', 'copy.existing' 'fail', 'format.compression' 'snappy', 'format.max_row_group_size' '122880')",
        ),
        (
            "COPY a.b.t(x, \"y z\") TO 'a.csv.gz' (DELIM ';', HEADER false)",
            "COPY (SELECT x, \"y z\" FROM a.b.t) TO a.csv.gz STORED AS CSV OPTIONS ('copy.single_file' 'true', 'copy.existing' 'fail', 'copy.compression' 'gzip', 'copy.header' 'false', 'copy.delimiter' ';')",
        ),
        (
            "copy (select (1) as a, 2 as b) to 'out' with (format parquet, partition_by (a), overwrite, compression zstd, compression_level 9)",
            "COPY (SELECT (1) AS a, 2 AS b) TO out STORED AS PARQUET PARTITIONED BY (a) OPTIONS ('copy.single_file' 'false', 'copy.existing' 'replace', 'copy.filename_pattern' 'data_{i}', 'copy.file_extension' 'parquet', 'format.compression' 'zstd(9)', 'format.max_row_group_size' '122880')",
        ),
        (
            "COPY 'x.csv' TO 'y.json' (ARRAY)",
            "COPY (SELECT * FROM 'x.csv') TO y.json STORED AS JSON OPTIONS ('copy.single_file' 'true', 'copy.existing' 'fail', 'copy.compression' 'uncompressed', 'copy.array' 'true')",
        ),
    ] {
        assert_eq!(text(sql), expected, "{sql}");
    }
}

#[test]
fn copy_from_becomes_an_insert() {
    for (sql, expected) in [
        ("COPY t FROM 'a.parquet'", "INSERT INTO t SELECT * FROM read_parquet('a.parquet')"),
        (
            "COPY s.t (b, a) FROM 'it''s.tbl' (DELIMITER '|', HEADER, NULL 'x')",
            "INSERT INTO s.t (b, a) SELECT * FROM read_csv('it''s.tbl', \"delim\" => '|', \"header\" => true, \"nullstr\" => 'x', \"all_varchar\" => true)",
        ),
        (
            "COPY t FROM 'a.tsv'",
            "INSERT INTO t SELECT * FROM read_csv('a.tsv', \"delim\" => '\t', \"all_varchar\" => true)",
        ),
        ("COPY t FROM 'a.gz' (FORMAT json)", "INSERT INTO t SELECT * FROM read_json('a.gz')"),
    ] {
        assert_eq!(text(sql), expected, "{sql}");
    }
}

#[test]
fn the_spelling_of_datafusion_is_left_alone() {
    for sql in [
        "COPY t TO 'a' STORED AS PARQUET",
        "COPY (SELECT 1) TO 'a.parquet' OPTIONS (compression 'zstd')",
        "COPY t TO 'a.parquet' PARTITIONED BY (a)",
        "COPY t STORED AS CSV TO 'a'",
        "SELECT 1",
    ] {
        assert!(parse(sql).unwrap().is_none(), "{sql}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    for (sql, expected) in [
        ("COPY t TO 'a'", "the format of 'a' is not known"),
        ("COPY t TO 'a.parquet' (ROW_GROUP_SIZ 1)", "did you mean ROW_GROUP_SIZE?"),
        ("COPY t TO 'a.parquet' (DELIMITER ',')", "COPY to parquet has no option DELIMITER"),
        ("COPY t TO 'a.csv' (FORMAT xml)", "'xml' is not a format that can be written"),
        ("COPY t TO 'a.csv' (COMPRESSION snappy)", "must be one of uncompressed, gzip"),
        ("COPY t TO 'a.csv' (DELIM ',', SEP ';')", "mean the same"),
        ("COPY t TO 'a.csv' (DELIM 'ab')", "must be one character"),
        ("COPY t TO 'a.parquet' (COMPRESSION zstd, COMPRESSION_LEVEL 99)", "from 1 to 22"),
        ("COPY t TO 'a.parquet' (COMPRESSION_LEVEL 1)", "snappy has no compression levels"),
        ("COPY t TO 'a.parquet' (ROW_GROUP_SIZE 0)", "at least 1"),
        ("COPY t TO 'a.parquet' (APPEND)", "is for writing a folder"),
        ("COPY t TO 'a/' (FORMAT csv, APPEND, OVERWRITE)", "exclude each other"),
        ("COPY t TO 'a/' (FORMAT csv, APPEND, FILENAME_PATTERN 'x')", "{uuid}"),
        ("COPY t TO '*.csv'", "is a pattern"),
        ("COPY t TO '/dev/stdout' (FORMAT csv)", "is a device"),
        ("COPY t TO STDOUT", "not the standard output"),
        ("COPY t TO ''", "the path is empty"),
        ("COPY t TO 'a.csv' (DATEFORMAT '%Q')", "a format such as"),
        ("COPY t INTO 'a.csv'", "expected TO or FROM"),
        ("COPY (SELECT 1 TO 'a.csv'", "not closed"),
        ("COPY (SELECT 1) FROM 'a.csv'", "needs a table"),
        ("COPY t TO 'a.csv' x", "end of the statement"),
    ] {
        let error =
            parse(sql).map(|statement| panic!("{sql}: {statement:?}")).unwrap_err().to_string();
        assert!(error.contains(expected), "{sql}: {error}");
    }
}

#[test]
fn extensions_tell_format_and_compression() {
    for (path, format, compression) in [
        ("a.parquet", Some("parquet"), None),
        ("dir.csv/b", None, None),
        ("s3://b/x.CSV.GZ", Some("csv"), Some("gzip")),
        ("x.jsonl.zst", Some("ndjson"), Some("zstd")),
        ("csv", None, None),
        ("x.gz", None, Some("gzip")),
    ] {
        let (found, codec) = by_extension(path);
        assert_eq!((found.map(|format| format.name), codec), (format, compression), "{path}");
    }
}
