//! `pframe info` and `pframe convert`.

use crate::process::{Folder, printed};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.file("it's.csv", "id,name\n1,a\n2,\n3,ccc\n");
    folder
}

#[test]
fn convert_writes_any_format() {
    let folder = folder();
    let ran = folder.run(&["convert", "it's.csv", "out.parquet", "--compression", "zstd"]);
    assert_eq!((ran.stdout.as_str(), ran.status), ("", Some(0)), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("3 rows to 'out.parquet' in "), "{}", ran.stderr);
    printed(folder.run(&["--quiet", "convert", "out.parquet", "out.json"]));
    let ran = folder.run(&[
        "--format",
        "csv",
        "-c",
        "select sum(id) as s, count(name) as n from 'out.json'",
    ]);
    assert_eq!(printed(ran), "s,n\n6,2\n");
}

#[test]
fn convert_replaces_only_on_request() {
    let folder = folder();
    folder.file("out.csv", "precious");
    let ran = folder.run(&["convert", "it's.csv", "out.csv"]);
    assert_eq!(
        (ran.stderr.as_str(), ran.status),
        ("error: 'out.csv' exists\nhint: --overwrite replaces it\n", Some(1))
    );
    assert_eq!(folder.read("out.csv"), "precious");
    printed(folder.run(&["-q", "convert", "it's.csv", "out.csv", "--overwrite"]));
    assert!(folder.read("out.csv").starts_with("id,name\n1,a\n"));
}

#[test]
fn convert_says_what_is_wrong() {
    let folder = folder();
    let ran = folder.run(&["convert", "absent.csv", "out.parquet"]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("absent.csv"), "{}", ran.stderr);
    let ran = folder.run(&["convert", "it's.csv", "out.parquet", "--format", "json"]);
    assert_eq!(ran.status, Some(2));
}

#[test]
fn info_shows_files_and_columns() {
    let folder = folder();
    printed(folder.run(&["-q", "convert", "it's.csv", "out.parquet"]));
    let found = printed(folder.run(&["info", "out.parquet"]));
    for part in ["rows = 3", "format = parquet", "row_groups = 1", "│ id ", "BIGINT", "VARCHAR"] {
        assert!(found.contains(part), "{part} is missing in\n{found}");
    }
    let found = printed(folder.run(&["--format", "json", "info", "out.parquet"]));
    let value: serde_json::Value = serde_json::from_str(&found).unwrap();
    assert_eq!(value[0]["rows"], 3);
    assert_eq!(value[0]["columns"][0]["column_name"], "id");
    assert_eq!(value[0]["columns"][1]["null_count"], 1);
    let ran = folder.run(&["info", "absent.parquet"]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("absent.parquet"), "{}", ran.stderr);
}
