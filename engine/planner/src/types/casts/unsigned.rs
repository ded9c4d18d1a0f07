//! Numbers to UHUGEINT, which no number below zero is.

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Field};
use extension::Result;

use super::{CastRule, arrow_cast, misfit, rounding, sql_type};

#[derive(Debug)]
pub(super) struct ToUnsigned;

impl CastRule for ToUnsigned {
    fn claims(&self, from: &Field, to: &Field) -> bool {
        sql_type(to) == Some("UHUGEINT") && sql_type(from) != Some("UHUGEINT")
    }

    fn cast(&self, values: &ArrayRef, _from: &Field, to: &Field, safe: bool) -> Result<ArrayRef> {
        let rounded = rounding::rounded(values)?;
        let numbers = arrow_cast(&rounded, &DataType::Decimal128(38, 0), safe)?;
        let decimals = numbers.as_primitive::<Decimal128Type>();
        if let Some(negative) = decimals.iter().flatten().find(|number| *number < 0)
            && !safe
        {
            return Err(misfit(&negative.to_string(), to));
        }
        let valid =
            decimals.unary_opt::<_, Decimal128Type>(|number| (number >= 0).then_some(number));
        Ok(std::sync::Arc::new(valid.with_data_type(DataType::Decimal128(38, 0))))
    }
}
