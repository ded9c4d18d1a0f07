#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use engine::arrow::array::*;
use engine::arrow::buffer::OffsetBuffer;
use engine::arrow::datatypes::{DataType, Field, Int32Type, IntervalMonthDayNanoType};

use super::write_value;

fn text(array: &dyn Array, row: usize) -> String {
    let mut out = String::new();
    write_value(&mut out, array, row, "NULL");
    out
}

#[test]
fn floats_keep_their_point_and_grow_an_exponent() {
    for (value, expected) in [
        (1.0, "1.0"),
        (0.1 + 0.2, "0.30000000000000004"),
        (-0.0, "-0.0"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"),
        (1.5e300, "1.5e+300"),
        (0.0001, "0.0001"),
        (0.000_012, "1.2e-05"),
        (123.456, "123.456"),
        (f64::NAN, "nan"),
        (f64::NEG_INFINITY, "-inf"),
    ] {
        assert_eq!(text(&Float64Array::from(vec![value]), 0), expected);
    }
    assert_eq!(text(&Float32Array::from(vec![0.1_f32]), 0), "0.1");
}

#[test]
fn dates_cover_the_whole_range() {
    for (day, expected) in [
        (0, "1970-01-01"),
        (-1, "1969-12-31"),
        (11_016, "2000-02-29"),
        (-719_162, "0001-01-01"),
        (-719_163, "0001-12-31 (BC)"),
        (i32::MAX, "5881580-07-11"),
    ] {
        assert_eq!(text(&Date32Array::from(vec![day]), 0), expected);
    }
}

#[test]
fn timestamps_drop_zeros_and_show_their_zone() {
    let plain = TimestampMicrosecondArray::from(vec![1_700_000_000_120_000, -1]);
    assert_eq!(text(&plain, 0), "2023-11-14 22:13:20.12");
    assert_eq!(text(&plain, 1), "1969-12-31 23:59:59.999999");
    let utc = TimestampSecondArray::from(vec![1_700_000_000]).with_timezone("UTC");
    assert_eq!(text(&utc, 0), "2023-11-14 22:13:20+00");
    let india = TimestampSecondArray::from(vec![1_700_000_000]).with_timezone("Asia/Kolkata");
    assert_eq!(text(&india, 0), "2023-11-15 03:43:20+05:30");
}

#[test]
fn intervals_name_their_parts() {
    let make = |months, days, nanoseconds| {
        IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNanoType::make_value(
            months,
            days,
            nanoseconds,
        )])
    };
    assert_eq!(text(&make(14, 3, 3_600_000_000_000), 0), "1 year 2 months 3 days 01:00:00");
    assert_eq!(text(&make(0, 0, 0), 0), "00:00:00");
    assert_eq!(text(&make(0, -1, -1_500_000_000), 0), "-1 days -00:00:01.5");
}

#[test]
fn nested_values_quote_what_could_be_misread() {
    let words =
        StringArray::from(vec![Some("plain"), Some("a, b"), Some("null"), None, Some("it's")]);
    let list = ListArray::new(
        Arc::new(Field::new_list_field(DataType::Utf8, true)),
        OffsetBuffer::from_lengths([5]),
        Arc::new(words),
        None,
    );
    assert_eq!(text(&list, 0), r"[plain, 'a, b', 'null', NULL, 'it\'s']");
    let structure = StructArray::from(vec![(
        Arc::new(Field::new("a", DataType::Int32, true)),
        Arc::new(Int32Array::from(vec![1])) as ArrayRef,
    )]);
    assert_eq!(text(&structure, 0), "{'a': 1}");
}

#[test]
fn encodings_are_looked_through() {
    let dictionary: DictionaryArray<Int32Type> =
        vec![Some("x"), None, Some("x")].into_iter().collect();
    assert_eq!(text(&dictionary, 2), "x");
    assert_eq!(text(&dictionary, 1), "NULL");
    assert_eq!(text(&NullArray::new(1), 0), "NULL");
}

#[test]
fn decimals_and_blobs() {
    let decimal = Decimal128Array::from(vec![-5]).with_precision_and_scale(15, 2).unwrap();
    assert_eq!(text(&decimal, 0), "-0.05");
    assert_eq!(text(&BinaryArray::from(vec![b"a\x00\\".as_slice()]), 0), r"a\x00\x5C");
}
