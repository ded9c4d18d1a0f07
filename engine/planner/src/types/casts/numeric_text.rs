//! Text to whole numbers: `'2.5'` is 3, as the number it spells would be.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::datatypes::{DataType, Field};
use extension::Result;

use super::{CastRule, arrow_cast, as_strings, is_text, misfit, rounding};

#[derive(Debug)]
pub(super) struct TextToInteger;

impl CastRule for TextToInteger {
    fn claims(&self, from: &Field, to: &Field) -> bool {
        is_text(from.data_type()) && to.data_type().is_integer()
    }

    fn cast(&self, values: &ArrayRef, _from: &Field, to: &Field, safe: bool) -> Result<ArrayRef> {
        let texts = as_strings(values)?;
        let whole = arrow_cast(&texts, to.data_type(), true)?;
        if whole.null_count() == texts.null_count() {
            return Ok(whole);
        }
        // Some text is no whole number as it stands: it may have a fraction, or space around it.
        let fractions = arrow_cast(&texts, &DataType::Decimal128(38, 10), true)?;
        let rounded = arrow_cast(&rounding::rounded(&fractions)?, to.data_type(), true)?;
        let missing = datafusion::arrow::compute::is_null(&whole)?;
        let merged = datafusion::arrow::compute::kernels::zip::zip(&missing, &rounded, &whole)?;
        if !safe && merged.null_count() > texts.null_count() {
            let failed = (0..texts.len()).find(|row| merged.is_null(*row) && texts.is_valid(*row));
            let texts = datafusion::arrow::array::AsArray::as_string::<i32>(&texts);
            return Err(misfit(failed.map_or("", |row| texts.value(row)), to));
        }
        Ok(Arc::clone(&merged))
    }
}
