//! Our tree: every file once with one thread and once with several.

use std::path::{Path, PathBuf};

use datafusion_sqllogictest::{df_value_validator, value_normalizer};
use engine::Session;
use futures::StreamExt;
use sqllogictest::{Record, Runner, parse_file, strict_column_validator};

use super::connection::{Connection, Engine};
use super::sources::{Block, files, sql_blocks};
use super::{Options, Total};
use crate::workspace::repository;

/// The numbers of threads, and so of partitions, that every file must give the same answers with; a
/// record may be restricted to one by `onlyif` or `skipif` with the label.
const CONFIGURATIONS: [(usize, &str); 2] = [(4, "many_threads"), (1, "one_thread")];

/// Runs what the options select.
pub(crate) async fn run(options: &Options) -> Result<Total, String> {
    let repository = repository();
    enter(&repository)?;
    let mut total = Total::default();

    let selected = |path: &PathBuf| options.selects(&name(path));
    let mut tests: Vec<PathBuf> = files(&repository.join("tests/slt"), "slt")?;
    tests.retain(selected);
    if options.update {
        for test in &tests {
            update(test).await.map_err(|error| format!("{}: {error}", name(test)))?;
        }
    }
    let cases: Vec<_> = tests
        .iter()
        .flat_map(|test| CONFIGURATIONS.map(|configuration| (test.clone(), configuration)))
        .collect();
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let mut outcomes = futures::stream::iter(cases)
        .map(|(test, configuration)| async move {
            let outcome = tokio::spawn({
                let test = test.clone();
                async move { run_test(&test, configuration).await }
            });
            (
                test,
                configuration,
                outcome.await.unwrap_or_else(|error| Err(vec![error.to_string()])),
            )
        })
        .buffer_unordered(workers);
    let mut records = 0;
    while let Some((test, (threads, _), outcome)) = outcomes.next().await {
        match outcome {
            Ok(count) => {
                total.passed += 1;
                records += count;
            }
            Err(errors) => {
                total.failed += 1;
                println!("FAILED {} with {threads} threads\n", name(&test));
                for error in errors {
                    println!("{error}\n");
                }
            }
        }
    }
    drop(outcomes);
    println!("sqllogictests: {} files, {records} records, at 1 and 4 threads", tests.len());

    // Scripts and pages write beside themselves, so each has a working directory of its own, and as
    // a process has one, they take turns.
    let mut scripts = files(&repository.join("sql/examples"), "sql")?;
    scripts.retain(selected);
    let mut pages = files(&repository.join("docs"), "md")?;
    pages.retain(selected);
    let mut blocks_run = 0;
    for path in scripts.iter().chain(&pages) {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read '{}': {error}", path.display()))?;
        let blocks = match path.extension().is_some_and(|extension| extension == "md") {
            true => sql_blocks(&text).map_err(|error| format!("{}: {error}", name(path)))?,
            false => vec![Block { line: 1, sql: without_dot_commands(&text) }],
        };
        if blocks.is_empty() {
            continue;
        }
        blocks_run += blocks.len();
        for (threads, _) in CONFIGURATIONS {
            let scratch = scratch()?;
            enter(scratch.path())?;
            let outcome = run_blocks(&blocks, threads).await;
            enter(&repository)?;
            match outcome {
                Ok(()) => total.passed += 1,
                Err(error) => {
                    total.failed += 1;
                    println!("FAILED {}:{error} (with {threads} threads)\n", name(path));
                }
            }
        }
    }
    println!(
        "scripts and pages: {} files, {blocks_run} blocks, at 1 and 4 threads",
        scripts.len() + pages.len()
    );
    if !options.filters.is_empty() && tests.is_empty() && scripts.is_empty() && pages.is_empty() {
        return Err(format!("no file's path contains {}", options.filters.join(" or ")));
    }
    Ok(total)
}

/// The path as the user writes it: from the root of the repository.
fn name(path: &Path) -> String {
    path.strip_prefix(repository()).unwrap_or(path).display().to_string()
}

fn enter(folder: &Path) -> Result<(), String> {
    std::env::set_current_dir(folder)
        .map_err(|error| format!("cannot enter '{}': {error}", folder.display()))
}

/// A script without the lines that speak to the shell alone; the others keep their numbers.
fn without_dot_commands(script: &str) -> String {
    let lines = script.lines().map(|line| if line.starts_with('.') { "" } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

fn scratch() -> Result<tempfile::TempDir, String> {
    tempfile::tempdir().map_err(|error| format!("cannot make a scratch folder: {error}"))
}

fn session(threads: usize) -> Result<Session, String> {
    Session::builder()
        .with_setting("threads", &threads.to_string())
        .and_then(engine::SessionBuilder::build)
        .map_err(|error| error.to_string())
}

/// Runs a sqllogictest file: the number of its records, or every record that failed.
async fn run_test(test: &Path, (threads, label): (usize, &str)) -> Result<usize, Vec<String>> {
    let scratch = scratch().map_err(|error| vec![error])?;
    let folder = scratch.path().display().to_string();
    let session = session(threads).map_err(|error| vec![error])?;
    let mut runner = Runner::new(|| async {
        Ok(Connection::new(Engine::Ours(session.clone())).with_name("$TEST_DIR", folder.clone()))
    });
    runner.add_label(label);
    runner.with_column_validator(strict_column_validator);
    runner.with_normalizer(value_normalizer);
    runner.with_validator(df_value_validator);
    let records = parse_file(test).map_err(|error| vec![error.to_string()])?;
    let (mut count, mut errors) = (0, Vec::new());
    for record in records {
        if let Record::Halt { .. } = record {
            errors.push("halt stops the file; it is for debugging".to_string());
            break;
        }
        count += usize::from(matches!(record, Record::Statement { .. } | Record::Query { .. }));
        if let Err(error) = runner.run_async(record).await {
            errors.push(error.to_string());
        }
    }
    runner.shutdown_async().await;
    match errors.is_empty() {
        true => Ok(count),
        false => Err(errors),
    }
}

/// Rewrites the expected results of a file by what the first configuration answers.
async fn update(test: &Path) -> Result<(), String> {
    let scratch = scratch()?;
    let folder = scratch.path().display().to_string();
    let (threads, label) = CONFIGURATIONS[0];
    let session = session(threads)?;
    let mut runner = Runner::new(|| async {
        Ok(Connection::new(Engine::Ours(session.clone())).with_name("$TEST_DIR", folder.clone()))
    });
    runner.add_label(label);
    runner
        .update_test_file(test, " ", df_value_validator, value_normalizer, strict_column_validator)
        .await
        .map_err(|error| error.to_string())
}

/// Runs blocks in order in one session, up to the first that fails: `line: what`.
async fn run_blocks(blocks: &[Block], threads: usize) -> Result<(), String> {
    let session = session(threads)?;
    for block in blocks {
        let at = |line: usize| block.line + line - 1;
        let statements = session.statements(&block.sql).map_err(|error| {
            let line = error.position().map_or(1, |position| position.line as usize);
            format!("{}: {error}", at(line))
        })?;
        for statement in statements {
            let outcome = match session.run(&statement).await {
                Ok(query) => query.collect().await,
                Err(error) => Err(error),
            };
            if let Err(error) = outcome {
                let line = statement.position.line as usize;
                return Err(format!("{}: {error}\n{}", at(line), statement.text));
            }
        }
    }
    Ok(())
}
