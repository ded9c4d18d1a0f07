//! Files and what the sniffer makes of them.

#![allow(clippy::unwrap_used, clippy::panic)]

use datafusion::common::ScalarValue;
use extension::{Arguments, Signature, sql_type_name};

use super::*;
use crate::formats::csv::options::PARAMETERS;

/// What the sniffer says of a file: delimiter, whether there is a header, and the columns.
fn sniff_with(text: &str, named: &[(&str, ScalarValue)]) -> Result<String> {
    let signature = Signature {
        name: "read_csv",
        aliases: &[],
        description: "",
        parameters: PARAMETERS,
        positional: 0,
        example: "",
    };
    let named = named.iter().map(|(name, value)| ((*name).to_string(), value.clone())).collect();
    let arguments = Arguments::new(&signature, vec![], named)?;
    let options = CsvOptions::from_arguments(&arguments, None)?;
    let mut sniffer = Sniffer::start(text.as_bytes(), true, &options, "f.csv")?;
    let start = sniffer.data_start();
    sniffer.add(&text.as_bytes()[start..], true)?;
    let Sniffed { details: file, columns, blank } = sniffer.finish("f.csv", Compression::None)?;
    if blank {
        return Ok("blank".into());
    }
    let columns: Vec<String> = columns
        .iter()
        .map(|(name, data_type)| format!("{name} {}", sql_type_name(data_type)))
        .collect();
    let header = if file.has_header { "header" } else { "data" };
    let delimiter = match file.dialect.delimiter {
        b'\t' => "tab".to_string(),
        other => char::from(other).to_string(),
    };
    let rest = String::from_utf8_lossy(&text.as_bytes()[file.data_start as usize..]);
    Ok(format!(
        "{delimiter} {header} [{}] {:?}",
        columns.join(", "),
        rest.lines().next().unwrap_or("")
    ))
}

fn check(text: &str, expected: &str) {
    assert_eq!(sniff_with(text, &[]).unwrap(), expected, "{text:?}");
}

#[test]
fn delimiters_and_headers() {
    check("a,b\n1,2\n", ", header [a BIGINT, b BIGINT] \"1,2\"");
    check("a;b\n1,5;2\n2,5;3\n", "; header [a VARCHAR, b BIGINT] \"1,5;2\"");
    check("a|b\n1|2\n", "| header [a BIGINT, b BIGINT] \"1|2\"");
    check("a\tb\n1\t2\n", "tab header [a BIGINT, b BIGINT] \"1\\t2\"");
    check("1,2,3\n", ", data [column0 BIGINT, column1 BIGINT, column2 BIGINT] \"1,2,3\"");
    check("1,foo\n2,bar\n", ", data [column0 BIGINT, column1 VARCHAR] \"1,foo\"");
    check("x,y\nfoo,bar\nbaz,qux\n", ", header [x VARCHAR, y VARCHAR] \"foo,bar\"");
    check("a,b,c\n", ", header [a NULL, b NULL, c NULL] \"\"");
    check("a,b,c", ", header [a NULL, b NULL, c NULL] \"\"");
    check("a\nfoo\nbar\n", ", header [a VARCHAR] \"foo\"");
    check("text\nHello, world\nfoo; bar; baz\n", "tab header [text VARCHAR] \"Hello, world\"");
    check("", "blank");
    check("\n\n", "blank");
}

#[test]
fn lines() {
    check("\u{feff}a,b\n1,2\n", ", header [a BIGINT, b BIGINT] \"1,2\"");
    check("a,b\r\n1,2\r\n3,4\r\n", ", header [a BIGINT, b BIGINT] \"1,2\"");
    check("a,b\r1,2\r3,4\r", ", header [a BIGINT, b BIGINT] \"1,2\\r3,4\\r\"");
    check("a,b\n1,2\n\n3,4\n", ", header [a BIGINT, b BIGINT] \"1,2\"");
    check("a\n1\n\n3\n", ", header [a BIGINT] \"1\"");
}

#[test]
fn names() {
    check("a,a,b\n1,2,3\n", ", header [a BIGINT, a_1 BIGINT, b BIGINT] \"1,2,3\"");
    check("a,A,a\n1,2,3\n", ", header [a BIGINT, A_1 BIGINT, a_2 BIGINT] \"1,2,3\"");
    check("a,,b\n1,2,3\n", ", header [a BIGINT, column1 BIGINT, b BIGINT] \"1,2,3\"");
    check(" a , b \n1,2\n", ", header [a BIGINT, b BIGINT] \"1,2\"");
    check("\"a,b\",\"c\"\"d\"\n1,2\n", ", header [a,b BIGINT, c\"d BIGINT] \"1,2\"");
    let wide = sniff_with("0,1,2,3,4,5,6,7,8,9,10\n", &[]).unwrap();
    assert!(wide.contains("column00 BIGINT") && wide.contains("column10 BIGINT"), "{wide}");
}

#[test]
fn types() {
    check(
        "a,b,c,d\ntrue,t,yes,1\nfalse,f,no,0\n",
        ", header [a BOOLEAN, b BOOLEAN, c BOOLEAN, d BIGINT] \"true,t,yes,1\"",
    );
    check("a,b\n007,+5\n008,-5\n", ", header [a VARCHAR, b VARCHAR] \"007,+5\"");
    check("a\n9223372036854775808\n1\n", ", header [a DOUBLE] \"9223372036854775808\"");
    check("a,b\n1.10,1e5\n2,2\n", ", header [a DOUBLE, b DOUBLE] \"1.10,1e5\"");
    check("a,b\n,1\n,2\n", ", header [a NULL, b BIGINT] \",1\"");
    check(
        "a,b\n2024-01-02,10:00\n2024-01-03,11:00:05\n",
        ", header [a DATE, b TIME] \"2024-01-02,10:00\"",
    );
    check(
        "a,b\n2024-01-02 10:00:00,2024-01-02T10:00:00Z\n",
        ", header [a TIMESTAMP, b TIMESTAMP WITH TIME ZONE] \"2024-01-02 10:00:00,2024-01-02T10:00:00Z\"",
    );
    check("a\n2024-01-02\nsoon\n", ", header [a VARCHAR] \"2024-01-02\"");
    check(
        "a,b\n\"1\",\"x\"\n\"2\",\"y\"\n",
        ", header [a BIGINT, b VARCHAR] \"\\\"1\\\",\\\"x\\\"\"",
    );
    check("a,b\n1,NULL\n2,null\n", ", header [a BIGINT, b VARCHAR] \"1,NULL\"");
}

#[test]
fn quotes() {
    check("a,b\n\"x,1\",2\n\"y\",3\n", ", header [a VARCHAR, b BIGINT] \"\\\"x,1\\\",2\"");
    check("a,b\n'x,1',2\n'y',3\n", ", header [a VARCHAR, b BIGINT] \"'x,1',2\"");
    check(
        "a,b\n1,\"x\\\"y\"\n2,\"z\"\n",
        ", header [a BIGINT, b VARCHAR] \"1,\\\"x\\\\\\\"y\\\"\"",
    );
    check("a,b\n1, \"x y\"\n2, \"z\"\n", ", header [a BIGINT, b VARCHAR] \"1, \\\"x y\\\"\"");
    check("a,b\n1,it's\n2,that's\n", ", header [a BIGINT, b VARCHAR] \"1,it's\"");
}

/// The first line decides the width, so that what does not fit it is an error with its line.
#[test]
fn headers_that_lie() {
    check("a,b\n1,2,3\n4,5,6\n", ", header [a NULL, b NULL] \"1,2,3\"");
    check("a,b,c,d\n1,2,3\n4,5,6\n", ", header [a NULL, b NULL, c NULL, d NULL] \"1,2,3\"");
    check("a,b,c\n1,2,3\n4,5\n6,7,8\n", ", header [a BIGINT, b BIGINT, c BIGINT] \"1,2,3\"");
}

#[test]
fn options() {
    let text = |text: &str| ScalarValue::from(text);
    let yes = ScalarValue::Boolean(Some(true));
    for (file, named, expected) in [
        (
            "a,b\n1,2\n",
            vec![("header", ScalarValue::Boolean(Some(false)))],
            ", data [column0 VARCHAR, column1 VARCHAR] \"a,b\"",
        ),
        (
            "a,b\n1,2\n",
            vec![("all_varchar", yes.clone())],
            ", header [a VARCHAR, b VARCHAR] \"1,2\"",
        ),
        (
            "junk\na,b\n1,2\n",
            vec![("skip", ScalarValue::Int64(Some(1)))],
            ", header [a BIGINT, b BIGINT] \"1,2\"",
        ),
        (
            "# c, d, e\na,b\n1,2\n",
            vec![("comment", text("#"))],
            ", header [a BIGINT, b BIGINT] \"1,2\"",
        ),
        (
            "a,b\nNA,NA\n1,x\n",
            vec![("nullstr", text("NA"))],
            ", header [a BIGINT, b VARCHAR] \"NA,NA\"",
        ),
        (
            "a\n02/01/2024\n",
            vec![("dateformat", text("%d/%m/%Y"))],
            ", header [a DATE] \"02/01/2024\"",
        ),
        (
            "a;b\n1,5;x\n2,25;y\n",
            vec![("decimal_separator", text(","))],
            "; header [a DOUBLE, b VARCHAR] \"1,5;x\"",
        ),
        (
            "a,b,c\n1,2\n3,4,5\n",
            vec![("null_padding", yes.clone())],
            ", header [a BIGINT, b BIGINT, c BIGINT] \"1,2\"",
        ),
        ("a~b\n1~2\n", vec![("delim", text("~"))], "~ header [a BIGINT, b BIGINT] \"1~2\""),
        ("\"a\n\"b\n", vec![("quote", text(""))], ", header [\"a VARCHAR] \"\\\"b\""),
    ] {
        assert_eq!(sniff_with(file, &named).unwrap(), expected, "{file:?} {named:?}");
    }
}

#[test]
fn wrong_options() {
    let text = |text: &str| ScalarValue::from(text);
    for (file, named, expected) in [
        (
            "a,b\n1,2\n",
            vec![("delim", text(",,"))],
            "parameter 'delim' must be one ASCII character",
        ),
        (
            "a,b\n1,2\n",
            vec![("delim", text(";")), ("sep", text(","))],
            "parameter 'sep' must be left out when delim is given",
        ),
        (
            "a,b\n1,2\n",
            vec![("sample_size", ScalarValue::Int64(Some(0)))],
            "parameter 'sample_size' must be -1 or a positive number",
        ),
        (
            "a,b\n1,2\n",
            vec![("delim", text("\"")), ("quote", text("\""))],
            "different from the delimiter",
        ),
        ("a,b\n1,2\n", vec![("compression", text("zip"))], "must be auto, none, gzip"),
    ] {
        let error = sniff_with(file, &named).unwrap_err();
        assert!(error.message().contains(expected), "{error}");
    }
}
