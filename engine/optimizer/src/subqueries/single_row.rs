//! `single_row`: the one value of a group, for sub-queries that stand for a value.

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};
use std::sync::Arc;

/// The aggregate function that refuses a second row.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct SingleRow {
    signature: Signature,
}

impl Default for SingleRow {
    fn default() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for SingleRow {
    fn name(&self) -> &str {
        "single_row"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        Ok(arguments[0].clone())
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let value = ScalarValue::try_from(arguments.return_field.data_type())?;
        Ok(Box::new(Value { value, seen: false }))
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![
            Arc::new(Field::new("value", arguments.return_field.data_type().clone(), true)),
            Arc::new(Field::new("seen", DataType::Boolean, false)),
        ])
    }
}

#[derive(Debug)]
struct Value {
    value: ScalarValue,
    seen: bool,
}

impl Value {
    fn see(&mut self, values: &dyn Array, index: usize) -> Result<()> {
        if self.seen {
            return exec_err!(
                "more than one row returned by a sub-query used as an expression; \
                 LIMIT 1 or an aggregate makes it one"
            );
        }
        self.seen = true;
        self.value = ScalarValue::try_from_array(values, index)?;
        Ok(())
    }
}

impl Accumulator for Value {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        match values[0].len() {
            0 => Ok(()),
            1 => self.see(values[0].as_ref(), 0),
            _ => {
                self.see(values[0].as_ref(), 0)?;
                self.see(values[0].as_ref(), 1)
            }
        }
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.value.clone())
    }

    fn size(&self) -> usize {
        size_of_val(self) - size_of_val(&self.value) + self.value.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.value.clone(), ScalarValue::Boolean(Some(self.seen))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for index in 0..states[0].len() {
            let seen = ScalarValue::try_from_array(&states[1], index)?;
            if seen == ScalarValue::Boolean(Some(true)) {
                self.see(states[0].as_ref(), index)?;
            }
        }
        Ok(())
    }
}
