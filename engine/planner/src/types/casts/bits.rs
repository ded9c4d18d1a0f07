//! Text to BIT: zeros and ones.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::Field;
use extension::{Error, Result};

use super::{CastRule, is_text, sql_type, texts};

#[derive(Debug)]
pub(super) struct TextToBits;

impl CastRule for TextToBits {
    fn claims(&self, from: &Field, to: &Field) -> bool {
        sql_type(to) == Some("BIT") && sql_type(from) != Some("BIT")
    }

    fn cast(&self, values: &ArrayRef, from: &Field, to: &Field, safe: bool) -> Result<ArrayRef> {
        if !is_text(from.data_type()) && !from.data_type().is_null() {
            return Err(Error::unsupported(format!(
                "a cast of {} to BIT is not supported",
                extension::sql_field_type_name(from)
            )));
        }
        texts(values, to, safe, |text| {
            let valid = !text.is_empty() && text.chars().all(|bit| matches!(bit, '0' | '1'));
            Ok(valid.then(|| text.to_string()))
        })
    }
}
