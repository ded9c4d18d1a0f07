#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;
use std::sync::Arc;

use arrow::util::pretty::pretty_format_batches;
use datafusion::common::ScalarValue;
use datafusion::prelude::{SessionConfig, SessionContext};
use extension::{Arguments, Error, Result, ScanFunction};

use super::functions;

/// A session that splits even small files.
fn session(threads: usize) -> SessionContext {
    let config = SessionConfig::new()
        .with_target_partitions(threads)
        .with_repartition_file_min_size(1)
        .with_batch_size(100);
    SessionContext::new_with_config(config)
}

fn function(name: &str) -> Arc<dyn ScanFunction> {
    functions::all().into_iter().find(|function| function.signature().name == name).unwrap()
}

/// Runs SQL over `t`, the table of a call.
async fn query(
    context: &SessionContext,
    name: &str,
    path: &Path,
    named: &[(&str, ScalarValue)],
    sql: &str,
) -> Result<String> {
    let function = function(name);
    let named = named.iter().map(|(name, value)| ((*name).to_string(), value.clone())).collect();
    let path = ScalarValue::from(path.to_str().unwrap());
    let arguments = Arguments::new(function.signature(), vec![path], named)?;
    let table = function.scan(&arguments, &context.state()).await?;
    context.register_table("t", table)?;
    let batches = async { context.sql(sql).await?.collect().await }.await;
    context.deregister_table("t")?;
    Ok(pretty_format_batches(&batches.map_err(Error::from)?)?.to_string())
}

/// The rows without the frame.
fn rows(text: &str) -> Vec<String> {
    text.lines()
        .skip(3)
        .filter(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            cells.join(",")
        })
        .collect()
}

#[tokio::test]
async fn parts_of_a_file_have_each_row_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.csv");
    for (line_end, last) in [("\n", "\n"), ("\r\n", ""), ("\n", "\n\n\n")] {
        let mut text = format!("id,text{line_end}");
        for id in 0..3000 {
            text += &format!("{id},row {}{line_end}", "x".repeat(id % 40));
            if id % 100 == 0 {
                text += line_end;
            }
        }
        text += last;
        std::fs::write(&path, &text).unwrap();
        for threads in [1, 2, 3, 7, 16] {
            let context = session(threads);
            let sql = "SELECT count(*), count(DISTINCT id), sum(id), sum(length(text)) FROM t";
            let answer = query(&context, "read_csv", &path, &[], sql).await.unwrap();
            assert_eq!(rows(&answer), ["3000,3000,4498500,70500"], "{threads} threads");
            let count =
                query(&context, "read_csv", &path, &[], "SELECT count(*) FROM t").await.unwrap();
            assert_eq!(rows(&count), ["3000"]);
        }
    }
}

/// Line breaks in quotes that come after the sample, so that the file is split in spite of them.
#[tokio::test]
async fn line_breaks_in_quotes_after_the_sample() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("breaks.csv");
    let mut text = "id,text\n".to_string();
    for id in 0..2000 {
        match id > 500 {
            true => text += &format!("{id},\"line one\nline, two\n3,\"\"x\"\"\n\"\n"),
            false => text += &format!("{id},plain\n"),
        }
    }
    std::fs::write(&path, &text).unwrap();
    let named = [("sample_size", ScalarValue::Int64(Some(10)))];
    for threads in [1, 2, 5, 13] {
        let context = session(threads);
        let answer =
            query(&context, "read_csv", &path, &named, "SELECT count(*), sum(id) FROM t").await;
        match answer {
            Ok(answer) => assert_eq!(rows(&answer), ["2000,1999000"], "{threads} threads"),
            // A guess may be wrong, but then it is found out.
            Err(error) => assert!(error.to_string().contains("parallel => false"), "{error}"),
        }
        let mut named = named.to_vec();
        named.push(("parallel", ScalarValue::Boolean(Some(false))));
        let answer =
            query(&context, "read_csv", &path, &named, "SELECT count(*), sum(id) FROM t").await;
        assert_eq!(rows(&answer.unwrap()), ["2000,1999000"]);
    }
}

#[tokio::test]
async fn bad_values_have_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.csv");
    let mut text = "id,amount\n".to_string();
    for id in 2..5000 {
        text += &match id {
            4000 => "4000,many\n".to_string(),
            _ => format!("{id},{}.5\n", id % 7),
        };
    }
    std::fs::write(&path, &text).unwrap();
    let named = [("sample_size", ScalarValue::Int64(Some(100)))];
    for threads in [1, 4] {
        let context = session(threads);
        let error = query(&context, "read_csv", &path, &named, "SELECT sum(amount) FROM t")
            .await
            .unwrap_err();
        let expected =
            format!("'{}', line 4000: column 'amount': 'many' is not a DOUBLE", path.display());
        assert_eq!(error.message(), expected);
        assert!(error.hint().unwrap().contains("types => {'amount': 'VARCHAR'}"));
        // The column is not needed, so its value does not matter.
        let answer =
            query(&context, "read_csv", &path, &named, "SELECT count(id) FROM t").await.unwrap();
        assert_eq!(rows(&answer), ["4998"]);
        let mut named = named.to_vec();
        named.push(("ignore_errors", ScalarValue::Boolean(Some(true))));
        let answer =
            query(&context, "read_csv", &path, &named, "SELECT count(*) FROM t WHERE amount >= 0")
                .await;
        assert_eq!(rows(&answer.unwrap()), ["4997"]);
    }
}

#[tokio::test]
async fn records_that_do_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.csv");
    let context = session(2);
    for (text, expected) in [
        ("a,b\n1,2\n3\n4,5\n", "line 3: 1 columns, but the header names 2"),
        ("a,b\n1,2,3\n4,5\n", "line 2: 3 columns, but the header names 2"),
        ("a,b\n1,\"x\ny\"\n2,\"z\"w\n3,q\n", "line 4: text follows a closing quote"),
        ("a,b\n1,x\n2,\"never\nclosed\n", "line 3: a quote is never closed"),
        ("1,2\n3,4,5\n6,7\n", "line 2: 3 columns, but the first record has 2"),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = query(&context, "read_csv", &path, &[], "SELECT * FROM t").await.unwrap_err();
        assert!(error.message().contains(expected), "{text:?}: {error}");
    }
    std::fs::write(&path, b"a,b\n1,x\n2,\xff\xfe\n").unwrap();
    let error = query(&context, "read_csv", &path, &[], "SELECT * FROM t").await.unwrap_err();
    assert!(
        error.message().contains("line 3: column 'b'") && error.message().contains("UTF-8"),
        "{error}"
    );
}

#[tokio::test]
async fn csv_values() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.csv");
    let context = session(1);
    let text = |text: &str| ScalarValue::from(text);
    let yes = ScalarValue::Boolean(Some(true));
    for (file, named, expected) in [
        ("a,b\n\"\",x\n,y\n", vec![], vec![",x", ",y"]),
        (
            "a,b\n\"\",x\n,y\n",
            vec![("allow_quoted_nulls", ScalarValue::Boolean(Some(false)))],
            vec![",x", ",y"],
        ),
        ("a,b\n\"x \"\"y\"\", z\",1\n", vec![], vec!["x \"y\", z,1"]),
        ("a,b,c\n1,2\n3,4,5\n", vec![("null_padding", yes.clone())], vec!["1,2,", "3,4,5"]),
        ("a,b\nNA,NA\n,\n1,x\n", vec![("nullstr", text("NA"))], vec![",", ",", "1,x"]),
        ("a\n1\n\n3\n", vec![], vec!["1", "", "3"]),
        ("a,b\n1,2\n\n3,4\n", vec![], vec!["1,2", "3,4"]),
        ("a\n02/01/2024\n", vec![("dateformat", text("%d/%m/%Y"))], vec!["2024-01-02"]),
        (
            "a\n02/01/2024 10:30\n",
            vec![("timestampformat", text("%d/%m/%Y %H:%M"))],
            vec!["2024-01-02T10:30:00"],
        ),
        ("a;b\n1,5;x\n2,25;y\n", vec![("decimal_separator", text(","))], vec!["1.5,x", "2.25,y"]),
        ("a,b\n1,2\nx\n5,6,7\n8,9\n", vec![("ignore_errors", yes.clone())], vec!["1,2", "8,9"]),
        ("a\r1\r2\r", vec![], vec!["1", "2"]),
        ("# note, here\na,b\n1,2\n# more\n3,4", vec![("comment", text("#"))], vec!["1,2", "3,4"]),
    ] {
        std::fs::write(&path, file).unwrap();
        let answer = query(&context, "read_csv", &path, &named, "SELECT * FROM t").await.unwrap();
        assert_eq!(rows(&answer), expected, "{file:?} {named:?}");
    }
}

#[tokio::test]
async fn json_layouts_and_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.json");
    for threads in [1, 5] {
        let context = session(threads);
        for (text, expected) in [
            ("[{\"a\":1,\"b\":[1,2]},\n{\"a\":2}]", vec!["1,[1, 2]", "2,"]),
            (
                "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n{\"a\":3,\"b\":\"z\"}",
                vec!["1,x", "2,y", "3,z"],
            ),
            (
                "{\n \"a\": 1,\n \"b\": {\"c\": true}\n}\n{\"a\": 2,\n\"b\": null}\n",
                vec!["1,{c: true}", "2,"],
            ),
            ("\u{feff}[{\"a\": \"x\", \"b\": 1}]", vec!["x,1"]),
        ] {
            std::fs::write(&path, text).unwrap();
            let answer = query(&context, "read_json", &path, &[], "SELECT * FROM t ORDER BY a")
                .await
                .unwrap();
            assert_eq!(rows(&answer), expected, "{text:?}");
        }
        let lines: String = (1..2000)
            .map(|id| match id {
                1500 => "{\"id\": \"many\"}\n".to_string(),
                _ => format!("{{\"id\": {id}}}\n"),
            })
            .collect();
        std::fs::write(&path, &lines).unwrap();
        let named = [("sample_size", ScalarValue::Int64(Some(100)))];
        let error =
            query(&context, "read_json", &path, &named, "SELECT sum(id) FROM t").await.unwrap_err();
        assert!(error.message().contains("f.json', line 1500: "), "{error}");
        let mut named = named.to_vec();
        named.push(("ignore_errors", ScalarValue::Boolean(Some(true))));
        let answer =
            query(&context, "read_json", &path, &named, "SELECT count(*), count(id) FROM t")
                .await
                .unwrap();
        assert_eq!(rows(&answer), ["1999,1998"]);
    }
}
