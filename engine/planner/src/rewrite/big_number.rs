//! Whole numbers beyond 64 bits keep all their digits: `99999999999999999999` is a HUGEINT and no DOUBLE.

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, ExactNumberInfo, Expr, Value, ValueWithSpan,
};
use extension::Result;

/// The digits that a HUGEINT has room for.
const MOST_DIGITS: usize = 38;

pub(super) fn rewrite(expr: &mut Expr) -> Result<()> {
    let Expr::Value(ValueWithSpan { value: Value::Number(text, _), span }) = expr else {
        return Ok(());
    };
    let digits = text.replace('_', "");
    let digits = digits.trim_start_matches('0');
    let is_whole = digits.bytes().all(|digit| digit.is_ascii_digit());
    if !is_whole || digits.len() > MOST_DIGITS || digits.len() < 19 || digits.parse::<u64>().is_ok()
    {
        return Ok(());
    }
    let text = Value::SingleQuotedString(digits.to_string()).with_span(*span);
    *expr = Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(Expr::Value(text)),
        data_type: DataType::Decimal(ExactNumberInfo::PrecisionAndScale(MOST_DIGITS as u64, 0)),
        array: false,
        format: None,
    };
    Ok(())
}
