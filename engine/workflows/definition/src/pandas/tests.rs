use super::to_sql;
use crate::steps::{Column, ColumnKind};

fn columns() -> Vec<Column> {
    let column = |name: &str, kind| Column { name: name.to_string(), kind };
    vec![
        column("age", ColumnKind::Integer),
        column("score", ColumnKind::Float),
        column("city", ColumnKind::Text),
        column("at", ColumnKind::Time),
        column("two words", ColumnKind::Text),
        column("active", ColumnKind::Bool),
    ]
}

fn check(query: &str, expected: &str) {
    assert_eq!(to_sql(query, &columns()).unwrap(), expected, "{query}");
}

#[test]
fn conditions_keep_pandas_meaning_of_missing_values() {
    check("age > 5", r#"("age" > 5)"#);
    check("age != 5", r#"(("age" = 5) IS NOT TRUE)"#);
    check("not age > 5", r#"(("age" > 5) IS NOT TRUE)"#);
    check("score > 1", r#"("score" > 1 AND NOT isnan("score"))"#);
    check("score < 1", r#"("score" < 1)"#);
    check("score == score", r#"("score" = "score" AND NOT isnan("score"))"#);
    check("city not in ['a', 'b']", r#"(("city" IN ('a', 'b')) IS NOT TRUE)"#);
    check("city == ['a']", r#"("city" IN ('a'))"#);
    check("~active", r#"("active" IS NOT TRUE)"#);
    check("score.isna()", r#"("score" IS NULL OR isnan("score"))"#);
    check("city.notna()", r#"(NOT ("city" IS NULL))"#);
}

#[test]
fn python_grammar() {
    check("1 < age <= 3", r#"((1 < "age") AND ("age" <= 3))"#);
    check("age > 1 & city == 'x' | active", r#"((("age" > 1) AND ("city" = 'x')) OR "active")"#);
    check("`two words` == \"it's\"", r#"("two words" = 'it''s')"#);
    check("age % 2 == 1", r#"(("age" - 2 * floor("age" / 2)) = 1)"#);
    check("-age ** 2 < -1e3", r#"((- power("age", 2)) < (- 1e3))"#);
    check(
        "city.str.startswith('A') and at.dt.year >= 2024",
        r#"(starts_with("city", 'A') AND (date_part('year', "at") >= 2024))"#,
    );
    check(
        "city.str.contains('a.b', case=False, na=True)",
        r#"coalesce(regexp_matches("city", '(?i)a.b'), true)"#,
    );
    check("age.between(1, 3)", r#"(("age" >= 1) AND ("age" <= 3))"#);
}

#[test]
fn what_is_not_understood_says_so() {
    let error = |query: &str| to_sql(query, &columns()).unwrap_err();
    assert!(error("agee > 1").unknown_column);
    assert!(error("agee > 1").message.contains("did you mean 'age'?"));
    assert!(error("age = 1").message.contains("'=='"));
    assert!(error("age > @low").message.contains("${name}"));
    assert!(error("age >").message.contains("ends too early"));
    assert!(error("city.str.zfill(3) == 'a'").message.contains("zfill"));
    assert!(error("age + 1").message.contains("not a condition"));
    assert!(error(&"(".repeat(5000)).message.contains("nested"));
    assert!(error("").message.contains("empty"));
}
