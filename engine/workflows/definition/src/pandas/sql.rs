//! The tree as SQL.

use super::QueryError;
use super::parser::Expression;
use crate::problem::closest;
use crate::quote::{identifier, literal};
use crate::steps::{Column, ColumnKind};

type Result<T> = std::result::Result<T, QueryError>;

/// A condition that selects the rows that pandas selects; NULL and false are the same to it.
pub(super) fn condition(expression: &Expression, columns: &[Column]) -> Result<String> {
    Writer { columns }.condition(expression)
}

struct Writer<'a> {
    columns: &'a [Column],
}

impl Writer<'_> {
    fn condition(&self, expression: &Expression) -> Result<String> {
        Ok(match expression {
            Expression::And(left, right) => {
                format!("({} AND {})", self.condition(left)?, self.condition(right)?)
            }
            Expression::Or(left, right) => {
                format!("({} OR {})", self.condition(left)?, self.condition(right)?)
            }
            Expression::Not(inner) => format!("({} IS NOT TRUE)", self.condition(inner)?),
            Expression::Compare(left, sign, right) => self.compare(left, sign, right)?,
            Expression::In { value, list, negated } => {
                let within = self.within(value, list)?;
                match negated {
                    true => format!("({within} IS NOT TRUE)"),
                    false => within,
                }
            }
            Expression::Bool(value) => value.to_string(),
            Expression::Column(_) | Expression::Member { .. } => self.value(expression)?,
            _ => return Err(QueryError::new("the query is not a condition")),
        })
    }

    fn compare(&self, left: &Expression, sign: &str, right: &Expression) -> Result<String> {
        if matches!(left, Expression::None) || matches!(right, Expression::None) {
            return Err(QueryError::new("comparing with None is never true; use .isna()"));
        }
        let (a, b) = (self.value(left)?, self.value(right)?);
        let operator = match sign {
            "==" | "!=" => "=",
            other => other,
        };
        // In SQL NaN equals itself and is greater than any number; in pandas all of that is false.
        let checked = match operator {
            ">" | ">=" => self.may_be_nan(left),
            "<" | "<=" => self.may_be_nan(right),
            _ => self.may_be_nan(left) && self.may_be_nan(right),
        };
        let number = if matches!(operator, "<" | "<=") { &b } else { &a };
        let plain = match checked {
            true => format!("({a} {operator} {b} AND NOT isnan({number}))"),
            false => format!("({a} {operator} {b})"),
        };
        Ok(match sign {
            "!=" => format!("({plain} IS NOT TRUE)"),
            _ => plain,
        })
    }

    fn within(&self, value: &Expression, list: &Expression) -> Result<String> {
        let Expression::List(items) = list else {
            return Err(QueryError::new("'in' needs a list of values"));
        };
        let value = self.value(value)?;
        let missing = items.iter().any(|item| matches!(item, Expression::None));
        let values = items
            .iter()
            .filter(|item| !matches!(item, Expression::None))
            .map(|item| self.value(item))
            .collect::<Result<Vec<_>>>()?;
        let plain = match values.is_empty() {
            true => "false".to_string(),
            false => format!("{value} IN ({})", values.join(", ")),
        };
        Ok(match missing {
            true => format!("({plain} OR {value} IS NULL)"),
            false => format!("({plain})"),
        })
    }

    /// Whether the value may be NaN: it comes from a column of floating point numbers.
    fn may_be_nan(&self, expression: &Expression) -> bool {
        match expression {
            Expression::Column(name) => self
                .columns
                .iter()
                .any(|column| column.name == *name && column.kind == ColumnKind::Float),
            Expression::Arithmetic(left, _, right) => {
                self.may_be_nan(left) || self.may_be_nan(right)
            }
            Expression::Negative(inner) => self.may_be_nan(inner),
            Expression::Member { value, name, .. } => {
                matches!(name.as_str(), "abs" | "round") && self.may_be_nan(value)
            }
            _ => false,
        }
    }

    fn column(&self, name: &str) -> Result<String> {
        if !self.columns.is_empty() && !self.columns.iter().any(|column| column.name == name) {
            let near = closest(name, self.columns.iter().map(|column| column.name.as_str()));
            let hint = near.map(|near| format!("; did you mean '{near}'?")).unwrap_or_default();
            return Err(QueryError {
                message: format!("column '{name}' does not exist{hint}"),
                unknown_column: true,
            });
        }
        Ok(identifier(name))
    }

    fn value(&self, expression: &Expression) -> Result<String> {
        Ok(match expression {
            Expression::Column(name) => self.column(name)?,
            Expression::Number(number) => number.clone(),
            Expression::Text(text) => literal(text),
            Expression::Bool(value) => value.to_string(),
            Expression::None => return Err(QueryError::new("None is no value; use .isna()")),
            Expression::List(_) => return Err(QueryError::new("a list stands only after 'in'")),
            Expression::Negative(inner) => format!("(- {})", self.value(inner)?),
            Expression::Arithmetic(left, sign, right) => {
                let (a, b) = (self.value(left)?, self.value(right)?);
                match *sign {
                    "//" => format!("floor({a} / {b})"),
                    // Python's remainder has the sign of the divisor.
                    "%" => format!("({a} - {b} * floor({a} / {b}))"),
                    "**" => format!("power({a}, {b})"),
                    sign => format!("({a} {sign} {b})"),
                }
            }
            Expression::Member { value, name, arguments } => {
                self.member(value, name, arguments.as_deref())?
            }
            _ => self.condition(expression)?,
        })
    }

    fn member(
        &self,
        value: &Expression,
        name: &str,
        arguments: Option<&[(Option<String>, Expression)]>,
    ) -> Result<String> {
        let unknown = || QueryError::new(format!("'.{name}' is not known in queries"));
        if let Expression::Member { value: inner, name: accessor, arguments: None } = value {
            let operand = self.value(inner)?;
            match (accessor.as_str(), arguments) {
                ("str", Some(arguments)) => {
                    return text_method(self, &operand, name, arguments)?.ok_or_else(unknown);
                }
                ("dt", None) => {
                    let part = match name {
                        "year" | "month" | "day" | "hour" | "minute" | "quarter" => name,
                        "dayofyear" | "day_of_year" => "doy",
                        // pandas counts from Monday, which is 0.
                        "dayofweek" | "day_of_week" | "weekday" => {
                            return Ok(format!("(date_part('isodow', {operand}) - 1)"));
                        }
                        "second" => return Ok(format!("floor(date_part('second', {operand}))")),
                        "date" => return Ok(format!("CAST({operand} AS DATE)")),
                        _ => return Err(unknown()),
                    };
                    return Ok(format!("date_part('{part}', {operand})"));
                }
                _ => {}
            }
        }
        let operand = self.value(value)?;
        let missing = match self.may_be_nan(value) {
            true => format!("({operand} IS NULL OR isnan({operand}))"),
            false => format!("({operand} IS NULL)"),
        };
        Ok(match (name, arguments) {
            ("isna" | "isnull", Some([])) => missing,
            ("notna" | "notnull", Some([])) => format!("(NOT {missing})"),
            ("isin", Some([(None, list)])) => self.within(value, list)?,
            ("between", Some([(None, low), (None, high)])) => {
                let low = self.compare(value, ">=", low)?;
                format!("({low} AND {})", self.compare(value, "<=", high)?)
            }
            ("abs", Some([])) => format!("abs({operand})"),
            _ => return Err(unknown()),
        })
    }
}

/// Methods of `.str`.
fn text_method(
    writer: &Writer<'_>,
    operand: &str,
    name: &str,
    arguments: &[(Option<String>, Expression)],
) -> Result<Option<String>> {
    let flag = |keyword: &str, default: bool| {
        let found = arguments.iter().find(|(name, _)| name.as_deref() == Some(keyword));
        match found {
            None => Ok(default),
            Some((_, Expression::Bool(value))) => Ok(*value),
            Some(_) => Err(QueryError::new(format!("'{keyword}' is True or False"))),
        }
    };
    let known = ["case", "regex", "na"];
    let wrong = arguments
        .iter()
        .filter_map(|(name, _)| name.as_deref())
        .find(|keyword| !known.contains(keyword) || name != "contains" && *keyword != "na");
    if let Some(keyword) = wrong {
        return Err(QueryError::new(format!("'.str.{name}' takes no '{keyword}' here")));
    }
    // pandas' default leaves a missing value missing, which selects nothing, as NULL does.
    let na = flag("na", false)?;
    let positional: Vec<&Expression> =
        arguments.iter().filter(|(name, _)| name.is_none()).map(|(_, argument)| argument).collect();
    let condition = match (name, positional.as_slice()) {
        ("startswith", [prefix]) => format!("starts_with({operand}, {})", writer.value(prefix)?),
        ("endswith", [suffix]) => format!("ends_with({operand}, {})", writer.value(suffix)?),
        ("contains", [Expression::Text(pattern)]) => {
            let (case, regex) = (flag("case", true)?, flag("regex", true)?);
            match (case, regex) {
                (true, true) => format!("regexp_matches({operand}, {})", literal(pattern)),
                (false, true) => {
                    format!("regexp_matches({operand}, {})", literal(&format!("(?i){pattern}")))
                }
                (true, false) => format!("contains({operand}, {})", literal(pattern)),
                (false, false) => {
                    format!("contains(lower({operand}), lower({}))", literal(pattern))
                }
            }
        }
        ("match", [Expression::Text(pattern)]) => {
            format!("regexp_matches({operand}, {})", literal(&format!("^(?:{pattern})")))
        }
        ("lower", []) => return Ok(Some(format!("lower({operand})"))),
        ("upper", []) => return Ok(Some(format!("upper({operand})"))),
        ("strip", []) => return Ok(Some(format!("trim({operand})"))),
        ("len", []) => return Ok(Some(format!("length({operand})"))),
        _ => return Ok(None),
    };
    Ok(Some(match na {
        true => format!("coalesce({condition}, true)"),
        false => condition,
    }))
}
