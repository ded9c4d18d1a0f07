#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int64Array, ListArray, RecordBatch, StringArray, TimestampMicrosecondArray,
    UInt64Array,
};
use arrow::datatypes::Int64Type;
use datafusion::datasource::file_format::write::BatchSerializer;

use super::csv::CsvSerializer;
use super::{Encoding, encoding};

fn csv(options: &[(&str, &str)], batch: &RecordBatch) -> String {
    let options: HashMap<String, String> =
        options.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let bytes = CsvSerializer::new(&options).unwrap().serialize(batch.clone(), true).unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn rows() -> RecordBatch {
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>([
        Some(vec![Some(1), None]),
        Some(vec![]),
        None,
    ]);
    RecordBatch::try_from_iter([
        ("a", Arc::new(Int64Array::from(vec![Some(1), None, Some(-3)])) as ArrayRef),
        ("b,c", Arc::new(StringArray::from(vec![Some("x \"y\""), Some(""), None]))),
        ("t", Arc::new(TimestampMicrosecondArray::from(vec![0, 1_500_000, 86_400_000_000]))),
        ("l", Arc::new(list)),
    ])
    .unwrap()
}

#[test]
fn csv_tells_null_from_empty_and_quotes_what_needs_it() {
    assert_eq!(
        csv(&[], &rows()),
        "a,\"b,c\",t,l\n\
         1,\"x \"\"y\"\"\",1970-01-01 00:00:00,\"[1, NULL]\"\n\
         ,\"\",1970-01-01 00:00:01.500,[]\n\
         -3,,1970-01-02 00:00:00,\n"
            .replace("NULL", "")
    );
}

#[test]
fn csv_writes_columns_without_values() {
    let batch = RecordBatch::try_from_iter([
        ("a", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef),
        ("b", Arc::new(arrow::array::NullArray::new(2))),
    ])
    .unwrap();
    assert_eq!(csv(&[], &batch), "a,b\n1,\n2,\n");
}

#[test]
fn csv_options_are_honoured() {
    let options = [
        ("delimiter", "|"),
        ("null", "NA"),
        ("header", "false"),
        ("force_quote", "a"),
        ("timestampformat", "%H:%M"),
    ];
    assert_eq!(csv(&options, &rows()).lines().nth(1), Some("NA|\"\"|00:00|[]"));
    assert_eq!(csv(&options, &rows()).lines().nth(2), Some("\"-3\"|NA|00:00|NA"));
}

#[test]
fn files_have_a_beginning_and_an_end() {
    let batch = RecordBatch::try_from_iter([(
        "a",
        Arc::new(UInt64Array::from(vec![Some(u64::MAX), None])) as ArrayRef,
    )])
    .unwrap();
    for (format, options, start) in [
        ("avro", vec![("compression", "zstd")], &b"Obj\x01"[..]),
        ("arrow", vec![("compression", "lz4")], b"ARROW1"),
        (
            "json",
            vec![("array", "true")],
            b"[\n\t{\"a\":18446744073709551615},\n\t{\"a\":null}\n]\n",
        ),
    ] {
        let options = options.into_iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        let (encoding, _) = encoding(format, &options).unwrap();
        let Encoding::Files(make) = encoding else { panic!("{format}") };
        let mut encoder = make(&batch.schema()).unwrap();
        let mut out = vec![];
        encoder.encode(&batch, &mut out).unwrap();
        encoder.finish(&mut out).unwrap();
        assert!(out.starts_with(start), "{format}: {:?}", &out[..start.len().min(out.len())]);
    }
}
