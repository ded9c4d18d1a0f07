//! Each output format, to the letter.

use crate::process::{Folder, printed, run, script};

/// A bit of everything: text to quote, NULL, numbers, time, nested values, wide characters.
const ROWS: &str = "select * from (values \
    (1, 'a,b \"q\"', cast(1.50 as decimal(4,2)), arrow_cast('2024-01-02 03:04:05.5', 'Timestamp(Microsecond, None)'), [1, 2]), \
    (2, null, cast(-0.25 as decimal(4,2)), null, null), \
    (3, '日本', cast(10 as decimal(4,2)), arrow_cast('1969-12-31 23:59:59', 'Timestamp(Microsecond, None)'), [])) t(n, text, d, at, list)";

#[track_caller]
fn check(format: &str, expected: &str) {
    let text: String = expected
        .trim_matches('\n')
        .lines()
        .flat_map(|line| [line.strip_prefix("        ").unwrap_or(line), "\n"])
        .collect();
    let found = printed(run(&["--format", format, "-c", ROWS]));
    assert_eq!(found, text, "\n{found}");
}

#[test]
fn box_is_the_default() {
    check(
        "box",
        "
        ┌────────┬─────────┬──────────────┬───────────────────────┬──────────┐
        │   n    │  text   │      d       │          at           │   list   │
        │ BIGINT │ VARCHAR │ DECIMAL(4,2) │       TIMESTAMP       │ BIGINT[] │
        ├────────┼─────────┼──────────────┼───────────────────────┼──────────┤
        │      1 │ a,b \"q\" │         1.50 │ 2024-01-02 03:04:05.5 │ [1, 2]   │
        │      2 │ NULL    │        -0.25 │ NULL                  │ NULL     │
        │      3 │ 日本    │        10.00 │ 1969-12-31 23:59:59   │ []       │
        └────────┴─────────┴──────────────┴───────────────────────┴──────────┘",
    );
    assert_eq!(printed(run(&["-c", ROWS])), printed(run(&["--format", "box", "-c", ROWS])));
}

#[test]
fn table_is_plain() {
    check(
        "table",
        "
        +---+---------+-------+-----------------------+--------+
        | n |  text   |   d   |          at           |  list  |
        +---+---------+-------+-----------------------+--------+
        | 1 | a,b \"q\" |  1.50 | 2024-01-02 03:04:05.5 | [1, 2] |
        | 2 | NULL    | -0.25 | NULL                  | NULL   |
        | 3 | 日本    | 10.00 | 1969-12-31 23:59:59   | []     |
        +---+---------+-------+-----------------------+--------+",
    );
}

#[test]
fn csv_quotes_what_needs_it() {
    check(
        "csv",
        "
        n,text,d,at,list
        1,\"a,b \"\"q\"\"\",1.50,2024-01-02 03:04:05.5,\"[1, 2]\"
        2,,-0.25,,
        3,日本,10.00,1969-12-31 23:59:59,[]",
    );
    // An empty text is not NULL.
    assert_eq!(
        printed(script("select '' as a, null as b, 'x\ny' as c;")),
        "a,b,c\n\"\",,\"x\ny\"\n"
    );
}

#[test]
fn tsv_and_list() {
    let found = printed(run(&["--format", "tsv", "-c", "select 1 as a, 'x y' as b, 'p\tq' as c"]));
    assert_eq!(found, "a\tb\tc\n1\tx y\t\"p\tq\"\n");
    let found = printed(run(&["--format", "list", "-c", "select 1 as a, null as b"]));
    assert_eq!(found, "a|b\n1|NULL\n");
}

#[test]
fn json_is_one_array_per_result() {
    check(
        "json",
        r#"
        [{"n":1,"text":"a,b \"q\"","d":1.50,"at":"2024-01-02 03:04:05.5","list":[1,2]},
        {"n":2,"text":null,"d":-0.25,"at":null,"list":null},
        {"n":3,"text":"日本","d":10.00,"at":"1969-12-31 23:59:59","list":[]}]"#,
    );
    assert_eq!(printed(run(&["--format", "json", "-c", "select 1 as a where false"])), "[]\n");
    let found = printed(run(&[
        "--format",
        "json",
        "-c",
        "select 'nan'::double as x, named_struct('k', map {'m': 1.5}) as s",
    ]));
    let value: serde_json::Value = serde_json::from_str(&found).unwrap();
    assert_eq!(value, serde_json::json!([{"x": null, "s": {"k": {"m": 1.5}}}]));
}

#[test]
fn ndjson_is_one_object_a_line() {
    let found = printed(run(&[
        "--format",
        "ndjson",
        "-c",
        "select * from (values (1), (2)) t(a) order by a",
        "-c",
        "select 'x' as b",
    ]));
    assert_eq!(found, "{\"a\":1}\n{\"a\":2}\n{\"b\":\"x\"}\n");
}

#[test]
fn markdown_escapes_bars() {
    let found = printed(run(&["--format", "markdown", "-c", "select 1 as n, 'a|b' as text"]));
    assert_eq!(found, "|   n | text |\n|----:|------|\n|   1 | a\\|b |\n");
}

#[test]
fn vertical_has_one_value_a_line() {
    let found = printed(run(&[
        "--format",
        "vertical",
        "-c",
        "select * from (values (1, 'x'), (2, null)) t(a, long)",
    ]));
    assert_eq!(found, "   a = 1\nlong = x\n\n   a = 2\nlong = NULL\n");
}

#[test]
fn insert_html_and_trash() {
    let found = printed(script(".mode insert it's\nselect 1 as a, 'o''k' as \"B\", null as c;"));
    assert_eq!(found, "INSERT INTO \"it's\" (a, \"B\", c) VALUES (1, 'o''k', NULL);\n");
    let found = printed(run(&["--format", "html", "-c", "select '<a>' as x"]));
    assert_eq!(found, "<table>\n<tr><th>x</th></tr>\n<tr><td>&lt;a&gt;</td></tr>\n</table>\n");
    assert_eq!(printed(run(&["--format", "trash", "-c", "select 1"])), "");
}

#[test]
fn arrow_and_parquet_are_readable_files() {
    let folder = Folder::new();
    for (format, file) in [("arrow", "out.arrow"), ("parquet", "out.parquet")] {
        let output = crate::process::pframe()
            .args(["--format", format, "-c", "select * from generate_series(1, 20000) t(n)"])
            .output()
            .unwrap();
        assert!(output.status.success());
        std::fs::write(folder.path().join(file), &output.stdout).unwrap();
        let ran = folder.run(&[
            "--format",
            "csv",
            "-c",
            &format!("select count(*) as n, sum(n) as s from '{file}'"),
        ]);
        assert_eq!(printed(ran), "n,s\n20000,200010000\n");
    }
    let ran = folder.run(&["--format", "parquet", "-c", "select 1 as a; select 2 as b"]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("holds one result"), "{}", ran.stderr);
}

#[test]
fn long_results_keep_their_ends() {
    let found = printed(run(&["-c", "select value as n from generate_series(1, 1000)"]));
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines.len(), 4 + 20 + 3 + 20 + 4, "{found}");
    assert_eq!(lines[4], "│                    1 │", "{found}");
    assert_eq!(lines[24], "│          ·           │", "{found}");
    assert_eq!(lines[27], "│                  981 │", "{found}");
    assert_eq!(lines[48], "│ 1000 rows (40 shown) │", "{found}");
    let found =
        printed(run(&["-c", ".maxrows 0", "-c", "select value as n from generate_series(1, 100)"]));
    assert_eq!(found.lines().count(), 4 + 100 + 4, "{found}");
}

#[test]
fn a_box_can_be_narrow() {
    let columns: Vec<String> = (0..30).map(|index| format!("{index} as column_{index}")).collect();
    let query = format!("select {}", columns.join(", "));
    let found = printed(run(&["-c", ".maxwidth 60", "-c", &query]));
    assert!(found.lines().all(|line| line.chars().count() <= 60), "{found}");
    assert!(found.contains(" … "), "{found}");
    assert!(found.contains("30 columns (4 shown)"), "{found}");
    // Where no terminal sets a limit, nothing is left out.
    assert!(printed(run(&["-c", &query])).contains("column_15"));
}

#[test]
fn statements_without_rows_print_nothing() {
    assert_eq!(
        printed(run(&["--format", "json", "-c", "create table t (a int); set threads = 2"])),
        ""
    );
}

#[test]
fn empty_results_show_their_columns() {
    let found = printed(run(&["-c", "select 1 as a where false"]));
    assert_eq!(found, "┌────────┐\n│   a    │\n│ BIGINT │\n├────────┤\n│ 0 rows │\n└────────┘\n");
    assert_eq!(printed(script("select 1 as a where false;")), "a\n");
}

#[test]
fn plans_are_text() {
    let found = printed(run(&["-c", "explain select 1"]));
    assert!(found.starts_with("logical_plan:\n  "), "{found}");
    let found = printed(run(&["-c", ".explain off", "-c", "explain select 1"]));
    assert!(found.starts_with('┌'), "{found}");
}
