//! The function that stands for a cast of the list.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use extension::sql_field_type_name;

use super::{CASTS, CastRule};

/// A cast to a field, as a function of one argument.
#[derive(Debug)]
struct SqlCast {
    rule: &'static dyn CastRule,
    name: String,
    from: FieldRef,
    to: FieldRef,
    safe: bool,
    signature: Signature,
}

/// Arrow's own cast, where what does not fit becomes NULL. The optimizer takes `TRY_CAST(x AS INTEGER) < 5`
/// for `x < 5` and `TRY_CAST(x AS DATE) IS DISTINCT FROM NULL` for `x IS NOT NULL`; a function it lets be.
#[derive(Debug)]
struct OrNull;

impl CastRule for OrNull {
    fn claims(&self, from: &Field, to: &Field) -> bool {
        from.data_type() != to.data_type()
    }

    fn cast(
        &self,
        values: &ArrayRef,
        _from: &Field,
        to: &Field,
        safe: bool,
    ) -> extension::Result<ArrayRef> {
        super::arrow_cast(values, to.data_type(), safe)
    }
}

/// The function for a cast, if an entry of the list claims it.
pub(super) fn cast_function(from: &FieldRef, to: &FieldRef, safe: bool) -> Option<ScalarUDF> {
    let or_null: &'static dyn CastRule = &OrNull;
    let rule = CASTS
        .iter()
        .find(|rule| rule.claims(from, to))
        .or_else(|| (safe && or_null.claims(from, to)).then_some(&or_null))
        .copied()?;
    let verb = if safe { "try_cast" } else { "cast" };
    let cast = SqlCast {
        rule,
        // Texts of two encodings must not look alike where common expressions are computed once.
        name: match to.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 => {
                format!("{verb} to {} as {}", sql_field_type_name(to), to.data_type())
            }
            _ => format!("{verb} to {}", sql_field_type_name(to)),
        },
        from: Arc::clone(from),
        to: Arc::clone(to),
        safe,
        signature: Signature::any(1, Volatility::Immutable),
    };
    Some(ScalarUDF::from(cast))
}

impl PartialEq for SqlCast {
    fn eq(&self, other: &Self) -> bool {
        self.from == other.from && self.to == other.to && self.safe == other.safe
    }
}

impl Eq for SqlCast {}

impl Hash for SqlCast {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for SqlCast {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(self.to.data_type().clone())
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let nullable = self.safe || arguments.arg_fields.iter().any(|field| field.is_nullable());
        let field: Field = self.to.as_ref().clone();
        Ok(Arc::new(field.with_name(&self.name).with_nullable(nullable)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value] = arguments.args.as_slice() else {
            return internal_err!("a cast takes one argument");
        };
        let is_scalar = matches!(value, ColumnarValue::Scalar(_));
        let values = value.to_array(if is_scalar { 1 } else { arguments.number_rows })?;
        let converted = self.rule.cast(&values, &self.from, &self.to, self.safe)?;
        Ok(match is_scalar {
            true => ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(
                &converted, 0,
            )?),
            false => ColumnarValue::Array(converted),
        })
    }
}
