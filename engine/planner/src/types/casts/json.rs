//! Text to JSON: checked, and kept as it was written.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::Field;
use extension::{Error, Result};

use super::{CastRule, is_text, sql_type, texts};

#[derive(Debug)]
pub(super) struct TextToJson;

impl CastRule for TextToJson {
    fn claims(&self, from: &Field, to: &Field) -> bool {
        sql_type(to) == Some("JSON")
            && sql_type(from) != Some("JSON")
            && (is_text(from.data_type()) || from.data_type().is_null())
    }

    fn cast(&self, values: &ArrayRef, _from: &Field, to: &Field, safe: bool) -> Result<ArrayRef> {
        texts(values, to, safe, |text| match serde_json::from_str::<serde_json::Value>(text) {
            Ok(_) => Ok(Some(text.to_string())),
            Err(error) => Err(Error::invalid_data(format!("'{text}' is not JSON: {error}"))),
        })
    }
}
