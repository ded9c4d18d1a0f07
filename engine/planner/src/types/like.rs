//! LIKE as in DuckDB: no character escapes another unless ESCAPE says which.
//!
//! DataFusion takes the backslash for one, always and only. So patterns are written with backslashes that
//! mean what the statement means.

use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::functions::string::replace;
use datafusion::logical_expr::{Cast, Expr, ExprSchemable, Like, cast, lit};

/// The expression with a pattern that DataFusion reads as it is meant.
pub(super) fn with_backslashes(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let Expr::Like(like) = expr else { return Ok(Transformed::no(expr)) };
    let pattern = match (constant(&like.pattern), like.escape_char) {
        (Some(text), None) if !text.contains('\\') => None,
        (Some(text), escape) => rewritten(text, escape).map(lit),
        (None, None) => Some(replace().call(vec![*like.pattern.clone(), lit("\\"), lit("\\\\")])),
        // The backslash is understood, and any other refused when the plan is made.
        (None, Some(_)) => None,
    };
    let Some(pattern) = pattern else { return Ok(Transformed::no(Expr::Like(like))) };
    // The types agree already, and stay as they are.
    let pattern = Box::new(cast(pattern, like.pattern.get_type(schema)?));
    Ok(Transformed::yes(Expr::Like(Like { pattern, escape_char: Some('\\'), ..like })))
}

fn constant(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(value, _) => value.try_as_str().flatten(),
        Expr::Cast(Cast { expr, field }) if field.data_type().is_string() => constant(expr),
        _ => None,
    }
}

/// The pattern with the backslash as its escape character; nothing if it ends with one that escapes nothing.
fn rewritten(pattern: &str, escape: Option<char>) -> Option<String> {
    let mut text = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let (character, is_escaped) = match escape == Some(character) {
            true => (characters.next()?, true),
            false => (character, character == '\\'),
        };
        if is_escaped && matches!(character, '%' | '_' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::rewritten;

    #[test]
    fn only_the_named_character_escapes() {
        let of = |pattern: &str, escape| rewritten(pattern, escape).unwrap_or_default();
        assert_eq!(of(r"a\_b", None), r"a\\_b");
        assert_eq!(of("a!%!!%", Some('!')), r"a\%!%");
        assert_eq!(of(r"a\%\", Some('!')), r"a\\%\\");
        assert_eq!(of(r"a\%", Some('\\')), r"a\%");
        assert_eq!(rewritten("a!", Some('!')), None);
    }
}
