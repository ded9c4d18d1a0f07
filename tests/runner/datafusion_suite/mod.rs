//! DataFusion's own sqllogictests, which its crate `datafusion-sqllogictest` carries, run through a
//! session of ours.
//!
//! Every record must answer as DataFusion does, or stand in `tests/datafusion_suite/known.txt` under
//! the reason why it does not ([`known`]). [`layout`] puts the files where their relative paths work
//! and [`context`] makes a session with the names and settings that they assume.
//!
//! A record that expects an error passes when we refuse the statement too: our texts are our own by
//! design (kind, hint, SQL names of types), and how many read otherwise is printed.

mod context;
mod known;
mod layout;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use datafusion_sqllogictest::{
    DFColumnType, TestContext, df_value_validator, setup_scratch_dir, value_normalizer,
};
use futures::StreamExt;
use sqllogictest::{
    Location, Record, RecordOutput, Runner, TestErrorKind, parse_file, strict_column_validator,
};

use self::known::{Known, RecordName};
use super::connection::{Connection, Engine};
use super::{Options, Total};
use crate::workspace::repository;

/// What a record came to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Passed,
    /// An error where one is expected, in other words.
    OtherWords,
    Failed(String),
}

type Outcomes = BTreeMap<RecordName, Outcome>;

/// On what a file runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Ours,
    DataFusion,
}

/// Runs the files that the options select.
pub(crate) async fn run(options: &Options) -> Result<Total, String> {
    let started = Instant::now();
    let list = repository().join("tests/datafusion_suite/known.txt");
    let mut known = Known::read(&list)?;
    let layout = layout::prepare()?;
    std::env::set_current_dir(&layout.working_directory).map_err(|error| error.to_string())?;
    let files: Vec<PathBuf> = layout::test_files()?
        .into_iter()
        .filter(|file| options.selects(&file.display().to_string()))
        .collect();
    if files.is_empty() {
        return Err(format!("no file's path contains {}", options.filters.join(" or ")));
    }
    let number_of_files = files.len();

    // The messages of panics, which fail their records, would drown the report.
    std::panic::set_hook(Box::new(|_| {}));
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let root = layout.root.display().to_string();
    let mut all = Outcomes::new();
    let mut elsewhere = Outcomes::new();
    let mut results = futures::stream::iter(files)
        .map(|file| {
            let (root, update) = (root.clone(), options.update);
            async move {
                let ours = run_file(&file, On::Ours, &root).await?;
                let elsewhere = match update {
                    true => run_file(&file, On::DataFusion, &root).await?,
                    false => Outcomes::new(),
                };
                Ok::<_, String>((ours, elsewhere))
            }
        })
        .buffer_unordered(workers);
    while let Some(result) = results.next().await {
        let (ours, plain) = result?;
        all.extend(ours);
        elsewhere.extend(plain);
    }
    drop(results);

    if options.update {
        known.update(&all, &elsewhere);
        known.write(&list)?;
    }
    Ok(report(&all, &known, number_of_files, started))
}

fn report(all: &Outcomes, known: &Known, files: usize, started: Instant) -> Total {
    let (mut passed, mut other_words, mut failed, mut listed) = (0, 0, 0, 0);
    let mut stale = Vec::new();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for (record, outcome) in all {
        let reason = known.reason(record);
        if let Some(reason) = reason {
            *reasons.entry(reason).or_default() += 1;
            listed += 1;
        }
        match (outcome, reason) {
            (Outcome::Failed(_), Some(_)) => {}
            (Outcome::Failed(text), None) => {
                failed += 1;
                println!("FAILED {record}\n{text}\n");
            }
            (_, Some(_)) => stale.push(record),
            (outcome, None) => {
                passed += 1;
                other_words += usize::from(*outcome == Outcome::OtherWords);
            }
        }
    }
    if !stale.is_empty() {
        println!("listed as known differences, but passing now:");
        for record in &stale {
            println!("  {record}");
        }
    }
    let total = all.len();
    let share = 100.0 * passed as f64 / (total - listed).max(1) as f64;
    println!(
        "DataFusion's suite: {files} files, {total} records in {:.0} s",
        started.elapsed().as_secs_f64()
    );
    println!("  passed            {passed:>6}  ({other_words} of them are errors in other words)");
    println!("  known differences {listed:>6}  ({} of them pass now)", stale.len());
    for (reason, count) in reasons {
        println!("    {reason:<16}{count:>6}");
    }
    println!("  unexpected        {failed:>6}");
    println!("  share passed of those not listed: {share:.2} %");
    Total { passed, failed }
}

/// Runs every record of a file; `file` is relative to `test_files`.
async fn run_file(file: &Path, on: On, root: &str) -> Result<Outcomes, String> {
    let (file, root) = (file.to_path_buf(), root.to_string());
    let name = file.display().to_string();
    // A task of its own, so that a panic outside of a record is reported with the file's name.
    let task = tokio::spawn(async move { run_records(&file, on, &root).await });
    task.await
        .map_err(|error| format!("{name}: {error}"))?
        .map_err(|error| format!("{name}: {error}"))
}

async fn run_records(file: &Path, on: On, root: &str) -> Result<Outcomes, String> {
    let Some(theirs) = TestContext::try_new_for_test_file(file).await else {
        return Ok(Outcomes::new());
    };
    setup_scratch_dir(file).map_err(|error| error.to_string())?;
    let engine = match on {
        On::Ours => Engine::Ours(context::session(theirs.session_ctx(), file)?),
        On::DataFusion => Engine::DataFusion(theirs.session_ctx().clone()),
    };
    // Object store paths begin without a slash.
    let root = root.trim_start_matches('/');
    let spark = file.starts_with("spark");
    let mut runner = Runner::new(|| async {
        Ok(Connection::new(engine.clone())
            .with_name("WORKSPACE_ROOT", root)
            .with_spark_values(spark))
    });
    runner.add_label("Datafusion");
    runner.add_label("DataFusion");
    runner.with_column_validator(strict_column_validator);
    runner.with_normalizer(value_normalizer);
    runner.with_validator(df_value_validator);

    let path = Path::new("test_files").join(file);
    let records = parse_file::<DFColumnType>(&path).map_err(|error| error.to_string())?;
    let mut outcomes = Outcomes::new();
    for record in records {
        if let Record::Halt { .. } = record {
            break;
        }
        let name = location(&record).map(|location| RecordName::new(file, location));
        let outcome = match runner.run_async(record).await {
            Ok(RecordOutput::Nothing) => continue,
            Ok(_) => Outcome::Passed,
            Err(error) => match error.kind() {
                TestErrorKind::ErrorMismatch { .. } if on == On::Ours => Outcome::OtherWords,
                _ => Outcome::Failed(error.to_string()),
            },
        };
        if let Some(name) = name {
            outcomes.insert(name, outcome);
        }
    }
    runner.shutdown_async().await;
    Ok(outcomes)
}

/// Where a record that is run begins.
fn location(record: &Record<DFColumnType>) -> Option<&Location> {
    match record {
        Record::Statement { loc, .. }
        | Record::Query { loc, .. }
        | Record::System { loc, .. }
        | Record::Let { loc, .. } => Some(loc),
        _ => None,
    }
}
