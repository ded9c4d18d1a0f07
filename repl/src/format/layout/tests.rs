use super::*;

fn cells(names: &[&str], rows: &[&[&str]], total: usize) -> Cells {
    let texts = |row: &[&str]| row.iter().map(|text| escape(text)).collect::<Vec<String>>();
    Cells {
        names: texts(names),
        types: names.iter().map(|_| "VARCHAR".to_string()).collect(),
        right: names.iter().map(|name| name.starts_with('n')).collect(),
        head: rows.iter().map(|row| texts(row)).collect(),
        tail: vec![],
        total,
    }
}

#[track_caller]
fn check(cells: &Cells, width: Option<usize>, expected: &str) {
    let drawn = draw(cells, &Look { width, ..BOX });
    let expected: String =
        expected.lines().map(str::trim).filter(|l| !l.is_empty()).flat_map(|l| [l, "\n"]).collect();
    assert_eq!(drawn, expected, "\n{drawn}");
}

#[test]
fn numbers_stand_right_and_headers_in_the_middle() {
    check(
        &cells(&["text", "nb"], &[&["a", "1"], &["bb", "100"]], 2),
        None,
        "
        ┌─────────┬─────────┐
        │  text   │   nb    │
        │ VARCHAR │ VARCHAR │
        ├─────────┼─────────┤
        │ a       │       1 │
        │ bb      │     100 │
        └─────────┴─────────┘",
    );
}

#[test]
fn no_rows_are_counted() {
    check(
        &cells(&["a"], &[], 0),
        None,
        "
        ┌─────────┐
        │    a    │
        │ VARCHAR │
        ├─────────┤
        │ 0 rows  │
        └─────────┘",
    );
}

#[test]
fn rows_left_out_are_dots_and_counted() {
    let mut table = cells(&["a"], &[&["1"]], 1000);
    table.tail = vec![vec!["1000".to_string()]];
    check(
        &table,
        None,
        "
        ┌─────────────────────┐
        │          a          │
        │       VARCHAR       │
        ├─────────────────────┤
        │ 1                   │
        │          ·          │
        │          ·          │
        │          ·          │
        │ 1000                │
        ├─────────────────────┤
        │ 1000 rows (2 shown) │
        │ 1 column            │
        └─────────────────────┘",
    );
}

#[test]
fn wide_characters_and_control_characters_keep_the_lines_straight() {
    check(
        &cells(&["text"], &[&["日本語"], &["e\u{301}"], &["😀"], &["a\nb\u{1b}"]], 4),
        None,
        "
        ┌──────────┐
        │   text   │
        │ VARCHAR  │
        ├──────────┤
        │ 日本語   │
        │ e\u{301}        │
        │ 😀       │
        │ a\\nb\\x1b │
        └──────────┘",
    );
}

#[test]
fn columns_in_the_middle_give_way() {
    let names: Vec<String> = (0..20).map(|index| format!("column_{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let row: Vec<&str> = names.iter().map(|_| "x").collect();
    check(
        &cells(&names, &[&row], 1),
        Some(50),
        "
        ┌──────────┬──────────┬───┬───────────┐
        │ column_0 │ column_1 │ … │ column_19 │
        │ VARCHAR  │ VARCHAR  │ … │  VARCHAR  │
        ├──────────┼──────────┼───┼───────────┤
        │ x        │ x        │ … │ x         │
        ├──────────┴──────────┴───┴───────────┤
        │ 1 row          20 columns (3 shown) │
        └─────────────────────────────────────┘",
    );
}

#[test]
fn long_text_is_cut_before_columns_are_left_out() {
    let long = "x".repeat(200);
    check(
        &cells(&["a", "b"], &[&["1", &long]], 1),
        Some(40),
        "
        ┌─────────┬────────────────────────────┐
        │    a    │             b              │
        │ VARCHAR │          VARCHAR           │
        ├─────────┼────────────────────────────┤
        │ 1       │ xxxxxxxxxxxxxxxxxxxxxxxxx… │
        └─────────┴────────────────────────────┘",
    );
}

#[test]
fn every_width_is_kept() {
    let names: Vec<String> = (0..30).map(|index| format!("c{}", "x".repeat(index))).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let row: Vec<&str> = names.clone();
    let table = cells(&names, &[&row], 1);
    for limit in 40..400 {
        let drawn = draw(&table, &Look { width: Some(limit), ..BOX });
        let widest = drawn.lines().map(width).max().unwrap_or_default();
        assert!(widest <= limit, "{widest} > {limit}\n{drawn}");
        let narrowest = drawn.lines().map(width).min().unwrap_or_default();
        assert_eq!(widest, narrowest, "\n{drawn}");
    }
}
