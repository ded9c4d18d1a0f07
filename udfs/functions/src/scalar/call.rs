//! The arguments of one evaluation, as kernels read them.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayAccessor, ArrayRef, AsArray, BinaryArray, BinaryViewArray, BooleanArray,
    IntervalMonthDayNanoArray, LargeBinaryArray, LargeStringArray, ListArray, PrimitiveArray,
    StringArray, StringBuilder, StringViewArray,
};
use datafusion::arrow::datatypes::{ArrowPrimitiveType, DataType, Field, FieldRef};
use datafusion::common::config::ConfigOptions;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};
use extension::{Error, Result};

/// The arguments of one evaluation: an array each, of one value where the argument is a constant.
pub(crate) struct Call {
    name: &'static str,
    arrays: Vec<ArrayRef>,
    constant: Vec<bool>,
    fields: Vec<FieldRef>,
    /// How many values the result has.
    pub(crate) rows: usize,
    /// The type that was promised for the result.
    pub(crate) returns: DataType,
    /// The session's settings.
    pub(crate) options: Arc<ConfigOptions>,
}

impl Call {
    pub(super) fn new(name: &'static str, args: ScalarFunctionArgs, rows: usize) -> Result<Self> {
        let mut arrays = Vec::with_capacity(args.args.len());
        let mut constant = Vec::with_capacity(args.args.len());
        for value in args.args {
            constant.push(matches!(value, ColumnarValue::Scalar(_)));
            arrays.push(match value {
                ColumnarValue::Scalar(value) => value.to_array_of_size(1)?,
                ColumnarValue::Array(array) => array,
            });
        }
        let returns = args.return_field.data_type().clone();
        let (fields, options) = (args.arg_fields, args.config_options);
        Ok(Self { name, arrays, constant, fields, rows, returns, options })
    }

    /// How many arguments there are.
    pub(crate) fn len(&self) -> usize {
        self.arrays.len()
    }

    /// An argument with as many values as the result.
    pub(crate) fn array(&self, index: usize) -> Result<ArrayRef> {
        let array = self.raw(index)?;
        if self.constant[index] && self.rows != 1 {
            let zeros = datafusion::arrow::array::UInt32Array::from(vec![0; self.rows]);
            return Ok(datafusion::arrow::compute::take(array, &zeros, None)?);
        }
        Ok(Arc::clone(array))
    }

    /// An argument as it came: one value if it is a constant.
    pub(crate) fn raw(&self, index: usize) -> Result<&ArrayRef> {
        self.arrays.get(index).ok_or_else(|| {
            Error::internal(format!("{}: argument {} is missing", self.name, index + 1))
        })
    }

    /// What is known of an argument: its type, and which of SQL's types it is.
    pub(crate) fn field(&self, index: usize) -> Option<&Field> {
        self.fields.get(index).map(Arc::as_ref)
    }

    /// Whether the argument is a constant.
    pub(crate) fn is_constant(&self, index: usize) -> bool {
        self.constant.get(index).copied().unwrap_or(true)
    }

    /// A text argument.
    pub(crate) fn text(&self, index: usize) -> Result<Text<'_>> {
        let array = self.raw(index)?;
        let constant = self.constant[index];
        Ok(match array.data_type() {
            DataType::Utf8 => Text::Small(Values { array: array.as_string(), constant }),
            DataType::LargeUtf8 => Text::Large(Values { array: array.as_string(), constant }),
            DataType::Utf8View => Text::View(Values { array: array.as_string_view(), constant }),
            other => return Err(self.wrong(index, other)),
        })
    }

    /// A text argument that may be left out.
    pub(crate) fn optional_text(&self, index: usize) -> Result<Option<Text<'_>>> {
        (index < self.len()).then(|| self.text(index)).transpose()
    }

    /// An argument of bytes; those of a text are its UTF-8.
    pub(crate) fn bytes(&self, index: usize) -> Result<Bytes<'_>> {
        let array = self.raw(index)?;
        let constant = self.constant[index];
        Ok(match array.data_type() {
            DataType::Binary => Bytes::Small(Values { array: array.as_binary(), constant }),
            DataType::LargeBinary => Bytes::Large(Values { array: array.as_binary(), constant }),
            DataType::BinaryView => Bytes::View(Values { array: array.as_binary_view(), constant }),
            _ => Bytes::Text(self.text(index)?),
        })
    }

    /// An argument of numbers, dates or times.
    pub(crate) fn primitive<T: ArrowPrimitiveType>(
        &self,
        index: usize,
    ) -> Result<Values<'_, PrimitiveArray<T>>> {
        let array = self.raw(index)?;
        let typed = array.as_primitive_opt::<T>();
        let array = typed.ok_or_else(|| self.wrong(index, array.data_type()))?;
        Ok(Values { array, constant: self.constant[index] })
    }

    /// An argument of intervals.
    pub(crate) fn interval(&self, index: usize) -> Result<Values<'_, IntervalMonthDayNanoArray>> {
        self.primitive(index)
    }

    /// An argument of truth values.
    pub(crate) fn boolean(&self, index: usize) -> Result<Values<'_, BooleanArray>> {
        let array = self.raw(index)?;
        let typed = array.as_boolean_opt();
        let array = typed.ok_or_else(|| self.wrong(index, array.data_type()))?;
        Ok(Values { array, constant: self.constant[index] })
    }

    /// A list argument.
    pub(crate) fn list(&self, index: usize) -> Result<Values<'_, ListArray>> {
        let array = self.raw(index)?;
        let typed = array.as_list_opt::<i32>();
        let array = typed.ok_or_else(|| self.wrong(index, array.data_type()))?;
        Ok(Values { array, constant: self.constant[index] })
    }

    /// A text for each row. `write` appends a row's text to the buffer, or returns `None` for NULL.
    pub(crate) fn write_text(
        &self,
        mut write: impl FnMut(usize, &mut String) -> Option<Result<()>>,
    ) -> Result<ArrayRef> {
        let mut texts = StringBuilder::with_capacity(self.rows, self.rows * 16);
        let mut buffer = String::new();
        for row in 0..self.rows {
            buffer.clear();
            match write(row, &mut buffer) {
                Some(written) => {
                    written?;
                    texts.append_value(&buffer);
                }
                None => texts.append_null(),
            }
        }
        Ok(Arc::new(texts.finish()))
    }

    /// A value for each row, of an array that collects them.
    pub(crate) fn map<A, V>(&self, value: impl FnMut(usize) -> Option<V>) -> Result<ArrayRef>
    where
        A: Array + FromIterator<Option<V>> + 'static,
    {
        Ok(Arc::new((0..self.rows).map(value).collect::<A>()))
    }

    /// A value for each row, of an array that collects them, up to the first error.
    pub(crate) fn try_map<A, V>(
        &self,
        mut value: impl FnMut(usize) -> Option<Result<V>>,
    ) -> Result<ArrayRef>
    where
        A: Array + FromIterator<Option<V>> + 'static,
    {
        Ok(Arc::new((0..self.rows).map(|row| value(row).transpose()).collect::<Result<A>>()?))
    }

    fn wrong(&self, index: usize, found: &DataType) -> Error {
        Error::internal(format!("{}: argument {} is of type {found}", self.name, index + 1))
    }
}

/// An argument's values, of which there is one if it is a constant.
pub(crate) struct Values<'a, A> {
    /// The values as they came.
    pub(crate) array: &'a A,
    constant: bool,
}

impl<'a, A> Values<'a, A>
where
    A: Array,
    &'a A: ArrayAccessor,
{
    /// The value of a row, unless it is NULL.
    pub(crate) fn get(&self, row: usize) -> Option<<&'a A as ArrayAccessor>::Item> {
        let row = self.index(row);
        self.array.is_valid(row).then(|| self.array.value(row))
    }

    /// Where the row's value stands in the array.
    pub(crate) fn index(&self, row: usize) -> usize {
        if self.constant { 0 } else { row }
    }
}

impl Values<'_, ListArray> {
    /// Where the row's elements stand among all elements, unless the list is NULL.
    pub(crate) fn range(&self, row: usize) -> Option<std::ops::Range<usize>> {
        let row = self.index(row);
        let offsets = self.array.value_offsets();
        self.array.is_valid(row).then(|| offsets[row] as usize..offsets[row + 1] as usize)
    }
}

/// Texts of any encoding.
pub(crate) enum Text<'a> {
    Small(Values<'a, StringArray>),
    Large(Values<'a, LargeStringArray>),
    View(Values<'a, StringViewArray>),
}

impl<'a> Text<'a> {
    /// The text of a row, unless it is NULL.
    pub(crate) fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Text::Small(values) => values.get(row),
            Text::Large(values) => values.get(row),
            Text::View(values) => values.get(row),
        }
    }
}

/// Bytes of any encoding, or the UTF-8 of texts.
pub(crate) enum Bytes<'a> {
    Small(Values<'a, BinaryArray>),
    Large(Values<'a, LargeBinaryArray>),
    View(Values<'a, BinaryViewArray>),
    Text(Text<'a>),
}

impl<'a> Bytes<'a> {
    /// The bytes of a row, unless it is NULL.
    pub(crate) fn get(&self, row: usize) -> Option<&'a [u8]> {
        match self {
            Bytes::Small(values) => values.get(row),
            Bytes::Large(values) => values.get(row),
            Bytes::View(values) => values.get(row),
            Bytes::Text(texts) => texts.get(row).map(str::as_bytes),
        }
    }
}

/// Lists of texts: `append` adds the elements of a row, or returns `None` for NULL.
pub(crate) fn text_list(
    rows: usize,
    mut append: impl FnMut(usize, &mut StringBuilder) -> Option<Result<()>>,
) -> Result<ArrayRef> {
    let mut texts = StringBuilder::new();
    let mut offsets = Vec::with_capacity(rows + 1);
    let mut valid = datafusion::arrow::array::BooleanBufferBuilder::new(rows);
    offsets.push(0);
    for row in 0..rows {
        let appended = append(row, &mut texts);
        valid.append(appended.is_some());
        appended.transpose()?;
        let end = i32::try_from(datafusion::arrow::array::ArrayBuilder::len(&texts));
        offsets.push(end.map_err(|_| Error::invalid_data("a list grows too long"))?);
    }
    let nulls = datafusion::arrow::buffer::NullBuffer::new(valid.finish());
    Ok(Arc::new(ListArray::try_new(
        Arc::new(Field::new_list_field(DataType::Utf8, true)),
        datafusion::arrow::buffer::OffsetBuffer::new(offsets.into()),
        Arc::new(texts.finish()),
        Some(nulls),
    )?))
}
