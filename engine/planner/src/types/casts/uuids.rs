//! Text to UUID: any of the usual spellings, kept as the one with dashes in lower case.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::Field;
use extension::Result;

use super::{CastRule, is_text, sql_type, texts};

#[derive(Debug)]
pub(super) struct TextToUuid;

impl CastRule for TextToUuid {
    fn claims(&self, from: &Field, to: &Field) -> bool {
        sql_type(to) == Some("UUID")
            && sql_type(from) != Some("UUID")
            && (is_text(from.data_type()) || from.data_type().is_null())
    }

    fn cast(&self, values: &ArrayRef, _from: &Field, to: &Field, safe: bool) -> Result<ArrayRef> {
        texts(values, to, safe, |text| {
            Ok(uuid::Uuid::try_parse(text).ok().map(|uuid| uuid.to_string()))
        })
    }
}
