//! The manual in the code: every function and statement of ours is documented, its example runs, and
//! a sqllogictest uses it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::prelude::SessionContext;
use engine::{FunctionInfo, Session};

use crate::workspace::repository;

/// More names of functions that take lambdas, which DataFusion documents in its own way.
const TAKES_LAMBDAS: [&str; 4] = ["apply", "array_apply", "filter", "list_apply"];

/// The functions that DataFusion does not have by itself.
fn functions(session: &Session) -> Vec<FunctionInfo> {
    let plain = SessionContext::new().state();
    let theirs: BTreeSet<&String> = plain
        .scalar_functions()
        .keys()
        .chain(plain.higher_order_functions().keys())
        .chain(plain.aggregate_functions().keys())
        .chain(plain.window_functions().keys())
        .collect();
    let ours: Vec<FunctionInfo> = session
        .functions()
        .into_iter()
        .filter(|function| !theirs.contains(&function.name))
        .filter(|function| !TAKES_LAMBDAS.contains(&function.name.as_str()))
        .collect();
    assert!(ours.iter().any(|function| function.name == "tpch_lineitem"), "no functions of ours");
    ours
}

#[test]
fn every_function_is_documented() {
    let session = Session::new().unwrap();
    let found: Vec<String> = functions(&session)
        .into_iter()
        .filter(|f| {
            f.description.is_empty()
                || f.example.is_none()
                || !f.usage.starts_with(&f.name) && f.kind != "table"
        })
        .map(|function| format!("{} {}", function.kind, function.name))
        .collect();
    assert!(found.is_empty(), "functions without description, usage or example: {found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_function_is_in_system_functions() {
    let session = Session::new().unwrap();
    let listed = session.functions().len();
    let batches =
        session.sql("SELECT * FROM system.functions").await.unwrap().collect().await.unwrap();
    let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
    assert_eq!(rows, listed);
}

/// The examples are written as a user would in the repository's folder, and write beside its data.
#[tokio::test(flavor = "multi_thread")]
async fn every_example_runs() {
    // The only test of this binary that relies on the working directory; the others name no files by
    // relative paths. The folder outlives the test, since the others may still be running.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples");
    let _ = fs::remove_dir_all(&folder);
    copy(&repository().join("tests/data"), &folder.join("tests/data"));
    std::env::set_current_dir(&folder).unwrap();
    let session = Session::new().unwrap();
    let mut failed = Vec::new();
    let functions =
        functions(&session).into_iter().map(|f| (f.name, f.example.unwrap_or_default()));
    let statements = session
        .statement_syntaxes()
        .into_iter()
        .map(|statement| (statement.name.to_string(), statement.example.to_string()));
    for (name, example) in functions.chain(statements) {
        // Each in a session of its own, so that none leans on another.
        let session = Session::new().unwrap();
        for (statement, text) in SAMPLES {
            if example.contains(statement) {
                run(&session, text).await.unwrap();
            }
        }
        if let Err(error) = run(&session, &example).await {
            failed.push(format!("{name}: {error}\n    {example}"));
        }
    }
    assert!(failed.is_empty(), "examples that do not run:\n  {}", failed.join("\n  "));
}

/// What an example that contains the first text needs to be there.
const SAMPLES: [(&str, &str); 0] = [];

async fn run(session: &Session, script: &str) -> engine::Result<()> {
    for statement in session.statements(script)? {
        session.run(&statement).await?.collect().await?;
    }
    Ok(())
}

/// An example that ends with `; -- result` answers just that: one row of one column.
#[tokio::test(flavor = "multi_thread")]
async fn every_stated_result_is_right() {
    let session = Session::new().unwrap();
    let (mut stated, mut wrong) = (0, Vec::new());
    for function in functions(&session) {
        let example = function.example.unwrap_or_default();
        let Some((script, expected)) = example.rsplit_once("; -- ") else { continue };
        stated += 1;
        let found = answer(&session, script).await.unwrap_or_else(|error| error.to_string());
        if found != expected {
            wrong.push(format!(
                "{}: {script}\n    says {expected}\n    is   {found}",
                function.name
            ));
        }
    }
    assert!(stated > 200, "only {stated} examples state a result");
    assert!(wrong.is_empty(), "examples that answer something else:\n  {}", wrong.join("\n  "));
}

/// The one value that a script answers, as text.
async fn answer(session: &Session, script: &str) -> engine::Result<String> {
    let mut found = String::from("nothing");
    for statement in session.statements(script)? {
        let batches = session.run(&statement).await?.collect().await?;
        let options = FormatOptions::new().with_null("NULL");
        for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
            let column = ArrayFormatter::try_new(batch.column(0), &options)?;
            found = column.value(0).to_string();
            assert_eq!((batch.num_rows(), batch.num_columns()), (1, 1), "{script}");
        }
    }
    Ok(found)
}

/// Invariant 7: nothing a user wrote is silently ignored.
#[tokio::test(flavor = "multi_thread")]
async fn unknown_parameters_are_refused() {
    let session = Session::new().unwrap();
    let mut accepted = Vec::new();
    // What `graph_table` takes is a pattern.
    let takes_parameters =
        |function: &FunctionInfo| function.kind == "table" && function.name != "graph_table";
    for function in functions(&session).into_iter().filter(takes_parameters) {
        let call = format!("SELECT * FROM {}(no_such_parameter => 1)", function.name);
        match run(&session, &call).await {
            Err(error) if error.to_string().contains("no_such_parameter") => {}
            other => accepted.push(format!("{call}: {other:?}")),
        }
    }
    for statement in [
        "SET no_such_setting = 1",
        "SET datafusion.no_such_setting = 1",
        "COPY (SELECT 1) TO 'no.parquet' (NO_SUCH_OPTION 1)",
        "COPY (SELECT 1) TO 'no.csv' (NO_SUCH_OPTION 1)",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION 'no.csv' OPTIONS ('format.no_such_option' '1')",
    ] {
        match run(&session, statement).await {
            Err(error) if error.to_string().to_lowercase().contains("no_such_") => {}
            other => accepted.push(format!("{statement}: {other:?}")),
        }
    }
    assert!(accepted.is_empty(), "not refused by name:\n  {}", accepted.join("\n  "));
}

/// What is promised to a user is written down as data.
#[test]
fn every_function_and_statement_is_used_in_a_sqllogictest() {
    let session = Session::new().unwrap();
    let mut texts = String::new();
    read(&repository().join("tests/slt"), &mut texts);
    let texts = texts.to_lowercase();
    // One of a function's names will do: they share their description.
    let functions = functions(&session);
    let used: BTreeSet<&str> = functions
        .iter()
        .filter(|function| texts.contains(&format!("{}(", function.name.to_lowercase())))
        .map(|function| function.description.as_str())
        .collect();
    let mut unused: Vec<String> = functions
        .iter()
        .filter(|function| !used.contains(function.description.as_str()))
        .map(|function| function.name.clone())
        .collect();
    unused.extend(
        session
            .statement_syntaxes()
            .into_iter()
            .map(|statement| statement.name.to_lowercase())
            .filter(|name| !texts.contains(name.as_str())),
    );
    assert!(unused.is_empty(), "no file of tests/slt uses {unused:?}");
}

fn read(folder: &Path, texts: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => read(&path, texts),
            false => texts.push_str(&fs::read_to_string(&path).unwrap()),
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => fs::write(&target, fs::read(entry.path()).unwrap()).unwrap(),
        }
    }
}
