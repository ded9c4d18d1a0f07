//! `INTERVAL (expression) unit`, which the planner takes with a literal alone.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType, DateTimeField, ExactNumberInfo, Expr, Interval,
    UnaryOperator, Value, ValueWithSpan,
};
use extension::Result;

use super::build::call;

pub(super) fn rewrite(expr: &mut Expr) -> Result<()> {
    let Expr::Interval(Interval { value, leading_field: Some(unit), last_field: None, .. }) = expr
    else {
        return Ok(());
    };
    // The frame of a window takes a text alone.
    if let Expr::Value(literal) = value.as_mut()
        && let Value::Number(number, _) = &literal.value
    {
        literal.value = Value::SingleQuotedString(number.clone());
    }
    if is_literal(value) {
        return Ok(());
    }
    // Parts of a second are kept; of the rest there are whole ones alone.
    let (function, whole) = match unit {
        DateTimeField::Year | DateTimeField::Years => ("to_years", true),
        DateTimeField::Month | DateTimeField::Months => ("to_months", true),
        DateTimeField::Week(None) | DateTimeField::Weeks => ("to_weeks", true),
        DateTimeField::Day | DateTimeField::Days => ("to_days", true),
        DateTimeField::Hour | DateTimeField::Hours => ("to_hours", true),
        DateTimeField::Minute | DateTimeField::Minutes => ("to_minutes", true),
        DateTimeField::Second | DateTimeField::Seconds => ("to_seconds", false),
        DateTimeField::Millisecond | DateTimeField::Milliseconds => ("to_milliseconds", false),
        DateTimeField::Microsecond | DateTimeField::Microseconds => ("to_microseconds", true),
        DateTimeField::Quarter => ("to_quarters", true),
        DateTimeField::Decade => ("to_decades", true),
        DateTimeField::Century => ("to_centuries", true),
        DateTimeField::Millennium => ("to_millennia", true),
        _ => return Ok(()),
    };
    let cast = |expr: Expr, data_type: DataType| Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(expr),
        data_type,
        array: false,
        format: None,
    };
    let number = cast(value.as_ref().clone(), DataType::Double(ExactNumberInfo::None));
    let number = match whole {
        true => cast(call("trunc", vec![number]), DataType::BigInt(None)),
        false => number,
    };
    *expr = call(function, vec![number]);
    Ok(())
}

fn is_literal(value: &Expr) -> bool {
    match value {
        Expr::Value(ValueWithSpan { value, .. }) => {
            matches!(value, Value::SingleQuotedString(_) | Value::Number(..))
        }
        Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr } => is_literal(expr),
        // MySQL's sums of texts, which the planner adds up by itself.
        Expr::BinaryOp { left, op: BinaryOperator::Plus | BinaryOperator::Minus, right } => {
            is_literal(left) && is_literal(right)
        }
        _ => false,
    }
}
