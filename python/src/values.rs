//! Cells as Python objects, for `to_dicts`, and as text, for previews.

use engine::arrow::array::{Array, AsArray, RecordBatch};
use engine::arrow::compute::cast;
use engine::arrow::datatypes::{
    ArrowPrimitiveType, ArrowTimestampType, DataType, Date32Type, Date64Type, Decimal128Type,
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    IntervalMonthDayNanoType, IntervalUnit, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use engine::arrow::util::display::{ArrayFormatter, FormatOptions};
use engine::{Error, Result};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDateTime, PyDict, PyList};

/// The rows of a batch as dictionaries.
pub(crate) fn rows<'py>(py: Python<'py>, batch: &RecordBatch) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let rows: Vec<Bound<'py, PyDict>> = (0..batch.num_rows()).map(|_| PyDict::new(py)).collect();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let name = field.name().into_pyobject(py)?;
        for (index, row) in rows.iter().enumerate() {
            row.set_item(&name, cell(py, column.as_ref(), index)?)?;
        }
    }
    Ok(rows)
}

/// The rows of a batch as text, `None` for NULL.
pub(crate) fn texts(batch: &RecordBatch) -> Result<Vec<Vec<Option<String>>>> {
    let options = text_options();
    let columns = batch
        .columns()
        .iter()
        .map(|column| Ok((column, ArrayFormatter::try_new(column.as_ref(), &options)?)))
        .collect::<Result<Vec<_>>>()?;
    (0..batch.num_rows())
        .map(|row| {
            columns
                .iter()
                .map(|(column, formatter)| match column.is_null(row) {
                    true => Ok(None),
                    false => Ok(Some(formatter.value(row).try_to_string()?)),
                })
                .collect()
        })
        .collect()
}

fn text_options() -> FormatOptions<'static> {
    FormatOptions::default()
        .with_null("NULL")
        .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"))
        .with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.f%:z"))
}

/// One cell. What has no equal in Python, such as a date of the year 12000, becomes its text.
fn cell<'py>(py: Python<'py>, array: &dyn Array, row: usize) -> PyResult<Bound<'py, PyAny>> {
    use DataType as T;
    if array.is_null(row) {
        return Ok(py.None().into_bound(py));
    }
    match array.data_type() {
        T::Null => Ok(py.None().into_bound(py)),
        T::Boolean => array.as_boolean().value(row).into_bound_py_any(py),
        T::Int8 => number::<Int8Type>(py, array, row),
        T::Int16 => number::<Int16Type>(py, array, row),
        T::Int32 => number::<Int32Type>(py, array, row),
        T::Int64 => number::<Int64Type>(py, array, row),
        T::UInt8 => number::<UInt8Type>(py, array, row),
        T::UInt16 => number::<UInt16Type>(py, array, row),
        T::UInt32 => number::<UInt32Type>(py, array, row),
        T::UInt64 => number::<UInt64Type>(py, array, row),
        T::Float16 => array.as_primitive::<Float16Type>().value(row).to_f64().into_bound_py_any(py),
        T::Float32 => number::<Float32Type>(py, array, row),
        T::Float64 => number::<Float64Type>(py, array, row),
        T::Utf8 => array.as_string::<i32>().value(row).into_bound_py_any(py),
        T::LargeUtf8 => array.as_string::<i64>().value(row).into_bound_py_any(py),
        T::Utf8View => array.as_string_view().value(row).into_bound_py_any(py),
        T::Binary => Ok(PyBytes::new(py, array.as_binary::<i32>().value(row)).into_any()),
        T::LargeBinary => Ok(PyBytes::new(py, array.as_binary::<i64>().value(row)).into_any()),
        T::BinaryView => Ok(PyBytes::new(py, array.as_binary_view().value(row)).into_any()),
        T::FixedSizeBinary(_) => {
            Ok(PyBytes::new(py, array.as_fixed_size_binary().value(row)).into_any())
        }
        // HUGEINT, which sums of whole numbers are.
        T::Decimal128(38, 0) => {
            array.as_primitive::<Decimal128Type>().value(row).into_bound_py_any(py)
        }
        T::Decimal32(..) | T::Decimal64(..) | T::Decimal128(..) | T::Decimal256(..) => {
            py.import("decimal")?.getattr("Decimal")?.call1((text(py, array, row)?,))
        }
        T::Date32 => or_text(py, array, row, array.as_primitive::<Date32Type>().value_as_date(row)),
        T::Date64 => or_text(py, array, row, array.as_primitive::<Date64Type>().value_as_date(row)),
        T::Time32(TimeUnit::Second) => {
            or_text(py, array, row, array.as_primitive::<Time32SecondType>().value_as_time(row))
        }
        T::Time32(_) => or_text(
            py,
            array,
            row,
            array.as_primitive::<Time32MillisecondType>().value_as_time(row),
        ),
        T::Time64(TimeUnit::Microsecond) => or_text(
            py,
            array,
            row,
            array.as_primitive::<Time64MicrosecondType>().value_as_time(row),
        ),
        T::Time64(_) => {
            or_text(py, array, row, array.as_primitive::<Time64NanosecondType>().value_as_time(row))
        }
        T::Timestamp(TimeUnit::Second, zone) => {
            timestamp::<TimestampSecondType>(py, array, row, zone.as_deref())
        }
        T::Timestamp(TimeUnit::Millisecond, zone) => {
            timestamp::<TimestampMillisecondType>(py, array, row, zone.as_deref())
        }
        T::Timestamp(TimeUnit::Microsecond, zone) => {
            timestamp::<TimestampMicrosecondType>(py, array, row, zone.as_deref())
        }
        T::Timestamp(TimeUnit::Nanosecond, zone) => {
            timestamp::<TimestampNanosecondType>(py, array, row, zone.as_deref())
        }
        T::Duration(TimeUnit::Second) => or_text(
            py,
            array,
            row,
            array.as_primitive::<DurationSecondType>().value_as_duration(row),
        ),
        T::Duration(TimeUnit::Millisecond) => or_text(
            py,
            array,
            row,
            array.as_primitive::<DurationMillisecondType>().value_as_duration(row),
        ),
        T::Duration(TimeUnit::Microsecond) => or_text(
            py,
            array,
            row,
            array.as_primitive::<DurationMicrosecondType>().value_as_duration(row),
        ),
        T::Duration(TimeUnit::Nanosecond) => or_text(
            py,
            array,
            row,
            array.as_primitive::<DurationNanosecondType>().value_as_duration(row),
        ),
        T::Interval(IntervalUnit::MonthDayNano) => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            match value.months {
                // Months have no fixed length, so only the rest is a `timedelta`.
                0 => py.import("datetime")?.getattr("timedelta")?.call1((
                    value.days,
                    0,
                    value.nanoseconds / 1000,
                )),
                _ => text(py, array, row),
            }
        }
        T::List(_) => list(py, array.as_list::<i32>().value(row).as_ref()),
        T::LargeList(_) => list(py, array.as_list::<i64>().value(row).as_ref()),
        T::ListView(_) => list(py, array.as_list_view::<i32>().value(row).as_ref()),
        T::LargeListView(_) => list(py, array.as_list_view::<i64>().value(row).as_ref()),
        T::FixedSizeList(..) => list(py, array.as_fixed_size_list().value(row).as_ref()),
        T::Struct(fields) => {
            let dict = PyDict::new(py);
            for (field, column) in fields.iter().zip(array.as_struct().columns()) {
                dict.set_item(field.name(), cell(py, column.as_ref(), row)?)?;
            }
            Ok(dict.into_any())
        }
        T::Map(..) => {
            let entries = array.as_map().value(row);
            let dict = PyDict::new(py);
            for entry in 0..entries.len() {
                dict.set_item(
                    cell(py, entries.column(0), entry)?,
                    cell(py, entries.column(1), entry)?,
                )?;
            }
            Ok(dict.into_any())
        }
        T::Union(..) => cell(py, array.as_union().value(row).as_ref(), 0),
        T::Dictionary(_, values) => decoded(py, array, values, row),
        T::RunEndEncoded(_, values) => decoded(py, array, values.data_type(), row),
        _ => text(py, array, row),
    }
}

fn number<'py, T>(py: Python<'py>, array: &dyn Array, row: usize) -> PyResult<Bound<'py, PyAny>>
where
    T: ArrowPrimitiveType<Native: IntoPyObject<'py>>,
{
    array.as_primitive::<T>().value(row).into_bound_py_any(py)
}

/// The values of a column.
pub(crate) fn list_of<'py>(py: Python<'py>, values: &dyn Array) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for row in 0..values.len() {
        list.append(cell(py, values, row)?)?;
    }
    Ok(list)
}

fn list<'py>(py: Python<'py>, values: &dyn Array) -> PyResult<Bound<'py, PyAny>> {
    Ok(list_of(py, values)?.into_any())
}

/// A value of a dictionary or of a run, as its plain type has it.
fn decoded<'py>(
    py: Python<'py>,
    array: &dyn Array,
    plain: &DataType,
    row: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let plain = cast(&array.slice(row, 1), plain).map_err(|error| engine_error(py, error))?;
    cell(py, plain.as_ref(), 0)
}

/// A `datetime`, in its zone where it has one.
fn timestamp<'py, T: ArrowTimestampType>(
    py: Python<'py>,
    array: &dyn Array,
    row: usize,
    zone: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(zone) = zone else {
        return or_text(py, array, row, array.as_primitive::<T>().value_as_datetime(row));
    };
    // The stored instant counts from the epoch in UTC, whatever the zone it is shown in.
    let utc = array
        .as_primitive::<T>()
        .reinterpret_cast::<T>()
        .with_data_type(DataType::Timestamp(T::UNIT, None));
    let naive = or_text(py, &utc, row, utc.value_as_datetime(row))?;
    if !naive.is_instance_of::<PyDateTime>() {
        return Ok(naive);
    }
    let datetime = py.import("datetime")?;
    let keywords = PyDict::new(py);
    keywords.set_item("tzinfo", datetime.getattr("timezone")?.getattr("utc")?)?;
    let aware = naive.call_method("replace", (), Some(&keywords))?;
    let zone = match zone.as_bytes().first() {
        Some(b'+' | b'-') => {
            let text = format!("2000-01-01T00:00:00{zone}");
            datetime
                .getattr("datetime")?
                .call_method1("fromisoformat", (text,))?
                .getattr("tzinfo")?
        }
        _ => py.import("zoneinfo")?.getattr("ZoneInfo")?.call1((zone,))?,
    };
    aware.call_method1("astimezone", (zone,))
}

/// The value as Python's own type, or its text where Python has no such value.
fn or_text<'py, V: IntoPyObject<'py>>(
    py: Python<'py>,
    array: &dyn Array,
    row: usize,
    value: Option<V>,
) -> PyResult<Bound<'py, PyAny>> {
    match value.map(|value| value.into_bound_py_any(py)) {
        Some(Ok(value)) => Ok(value),
        _ => text(py, array, row),
    }
}

fn text<'py>(py: Python<'py>, array: &dyn Array, row: usize) -> PyResult<Bound<'py, PyAny>> {
    let options = text_options();
    ArrayFormatter::try_new(array, &options)
        .and_then(|formatter| formatter.value(row).try_to_string())
        .map_err(|error| engine_error(py, error))?
        .into_bound_py_any(py)
}

fn engine_error(py: Python<'_>, error: engine::arrow::error::ArrowError) -> PyErr {
    crate::error::to_python(py, &Error::from(error), None)
}
