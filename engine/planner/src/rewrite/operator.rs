//! Operators that are functions underneath: `**` and `^`, `GLOB`, `SIMILAR TO`, rows of values.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType, ExactNumberInfo, Expr, UnaryOperator, Value, ValueWithSpan,
};
use extension::{Error, GLOB, Result};

use super::build::{call, nested, text};

pub(super) fn rewrite(expr: &mut Expr) -> Result<()> {
    match expr {
        Expr::BinaryOp { left, op: BinaryOperator::PGExp, right } => {
            *expr = call("power", vec![as_double(left), as_double(right)]);
        }
        Expr::BinaryOp { left, op: BinaryOperator::Custom(name), right } if name == GLOB => {
            let Some(pattern) = constant_text(right) else {
                return Err(Error::unsupported("GLOB takes a constant pattern"));
            };
            *expr = call("regexp_like", vec![left.as_ref().clone(), text(glob_to_regex(pattern))]);
        }
        Expr::SimilarTo { negated, expr: value, pattern, escape_char } => {
            if escape_char.is_some() {
                return Err(Error::unsupported("ESCAPE in SIMILAR TO is not supported"));
            }
            // As in DuckDB, the pattern is a regular expression that the whole text must match.
            let pattern = match constant_text(pattern) {
                Some(pattern) => text(format!("^(?:{pattern})$")),
                None => joined(joined(text("^(?:"), pattern.as_ref().clone()), text(")$")),
            };
            let matches = call("regexp_like", vec![value.as_ref().clone(), pattern]);
            *expr = match negated {
                false => matches,
                true => Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(nested(matches)) },
            };
        }
        // The planner takes names and literals in a row of values, and computed ones in a call.
        Expr::Tuple(values) if values.iter().any(is_computed) => {
            *expr = call("row", std::mem::take(values));
        }
        _ => {}
    }
    Ok(())
}

fn is_computed(expr: &Expr) -> bool {
    !matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_))
}

/// Two texts as one, or NULL if either is.
fn joined(left: Expr, right: Expr) -> Expr {
    let (left, right) = (Box::new(left), Box::new(nested(right)));
    Expr::BinaryOp { left, op: BinaryOperator::StringConcat, right }
}

fn as_double(expr: &Expr) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(expr.clone()),
        data_type: DataType::Double(ExactNumberInfo::None),
        array: false,
        format: None,
    }
}

/// The text of a literal.
pub(super) fn constant_text(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => Some(text),
        Expr::Nested(inner) => constant_text(inner),
        _ => None,
    }
}

/// The regular expression of a pattern of a shell: `*`, `?`, `[a-z]`, `[!a]` and `\` before any sign.
pub(super) fn glob_to_regex(pattern: &str) -> String {
    let mut regex = String::from("(?s)^");
    let mut signs = pattern.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '[' => {
                regex.push('[');
                if signs.next_if(|sign| *sign == '!' || *sign == '^').is_some() {
                    regex.push('^');
                }
                for inside in signs.by_ref() {
                    match inside {
                        ']' => break,
                        '\\' | '[' | '&' | '~' | '^' => {
                            regex.push('\\');
                            regex.push(inside);
                        }
                        _ => regex.push(inside),
                    }
                }
                regex.push(']');
            }
            '\\' => escape(signs.next().unwrap_or('\\'), &mut regex),
            _ => escape(sign, &mut regex),
        }
    }
    regex.push('$');
    regex
}

fn escape(sign: char, regex: &mut String) {
    if !sign.is_alphanumeric() && sign != '_' && sign.is_ascii() {
        regex.push('\\');
    }
    regex.push(sign);
}

#[cfg(test)]
mod tests {
    use super::glob_to_regex;

    #[test]
    fn patterns_of_shells_become_regular_expressions() {
        assert_eq!(glob_to_regex("a*.c?v"), r"(?s)^a.*\.c.v$");
        assert_eq!(glob_to_regex("[!a-c]x"), r"(?s)^[^a-c]x$");
        assert_eq!(glob_to_regex(r"\*"), r"(?s)^\*$");
    }
}
