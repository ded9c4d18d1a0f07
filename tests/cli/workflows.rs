//! `pframe workflow` as people run it: outcomes, what a killed run leaves, stopping, mistakes in a file.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{Folder, Ran, pframe};

/// Two files; the second takes as long as `n` says.
const FLOW: &str = r#"name: flow
variables: {n: 10}
settings: {max_parallel: 1}
steps:
  - {name: numbers, type: sql, sql: "SELECT i, random() AS r FROM range(100) AS t(i)"}
  - {name: first, type: save, input: numbers, output: first.parquet}
  - {name: sum, type: sql, sql: "SELECT sum(a.i + b.j) AS n FROM range(${n}) AS a(i), range(${n}) AS b(j)"}
  - {name: second, type: save, input: sum, output: second.parquet, depends_on: [first]}
"#;
const ENDLESS: &str = "n=10000000";

fn workflow(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = pframe();
    command
        .arg("workflow")
        .args(arguments)
        .current_dir(folder.path())
        .env("PARQUETFRAME_HISTORY", folder.path().join("history"))
        .stdin(Stdio::null());
    command
}

fn run(folder: &Folder, arguments: &[&str]) -> Ran {
    workflow(folder, arguments).output().unwrap().into()
}

/// Starts a run whose second file never comes, and waits for the first.
fn start(folder: &Folder) -> Child {
    let child = workflow(folder, &["run", "flow.yml", "-V", ENDLESS, "--progress", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    let noted = || {
        let records = std::fs::read_dir(folder.path().join("history")).into_iter().flatten();
        records
            .flatten()
            .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
            .any(|record| record.contains("\"completed\""))
    };
    while !noted() {
        assert!(start.elapsed() < Duration::from_secs(30), "the first step did not end");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

fn exists(folder: &Folder, name: &str) -> bool {
    folder.path().join(name).exists()
}

#[test]
fn a_run_tells_what_became_of_each_step() {
    let folder = Folder::new();
    folder.file("flow.yml", FLOW);
    let ran = run(&folder, &["run", "flow.yml", "--progress", "json"]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    let events: Vec<serde_json::Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let completed: Vec<&str> = events
        .iter()
        .filter(|event| event["type"] == "completed")
        .filter_map(|event| event["step_id"].as_str())
        .collect();
    for step in ["numbers", "first", "sum", "second"] {
        assert!(completed.contains(&step), "{step}: {}", ran.stdout);
    }
    let ran = folder.run(&["--format", "csv", "-c", "SELECT n FROM 'second.parquet'"]);
    assert_eq!(ran.stdout, "n\n900\n");
    let history = run(&folder, &["history"]);
    assert!(history.stdout.contains("completed"), "{}", history.stdout);
}

#[test]
fn a_killed_run_leaves_whole_files_and_can_be_resumed() {
    let folder = Folder::new();
    folder.file("flow.yml", FLOW);
    let mut child = start(&folder);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(exists(&folder, "first.parquet"));
    assert!(!exists(&folder, "second.parquet"));
    let before =
        std::fs::metadata(folder.path().join("first.parquet")).unwrap().modified().unwrap();
    let ran = run(&folder, &["run", "flow.yml", "--resume", "--progress", "plain"]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("first unchanged"), "{}", ran.stderr);
    assert!(ran.stderr.contains("second completed"), "{}", ran.stderr);
    let after = std::fs::metadata(folder.path().join("first.parquet")).unwrap().modified().unwrap();
    assert_eq!(before, after);
    // Without the flag everything runs, and so does random() where only what is sure may be left.
    let ran = run(&folder, &["run", "flow.yml", "--skip-unchanged", "--progress", "plain"]);
    assert!(ran.stderr.contains("first completed"), "{}", ran.stderr);
    assert!(ran.stderr.contains("second unchanged"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn the_second_interrupt_stops_a_run_now() {
    let folder = Folder::new();
    folder.file("flow.yml", FLOW);
    let child = start(&folder);
    let interrupt = || {
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    };
    interrupt();
    std::thread::sleep(Duration::from_millis(300));
    let stopped = Instant::now();
    interrupt();
    let ran: Ran = child.wait_with_output().unwrap().into();
    assert!(stopped.elapsed() < Duration::from_secs(5), "{:?}", stopped.elapsed());
    assert_ne!(ran.status, Some(0));
    assert!(ran.stderr.contains("cancelled"), "{}", ran.stderr);
    assert!(exists(&folder, "first.parquet") && !exists(&folder, "second.parquet"));
}

#[test]
fn mistakes_of_a_file_are_told_at_once_with_their_places() {
    let folder = Folder::new();
    folder.file(
        "bad.yml",
        "name: bad\nsteps:\n  - {name: a, type: reed, input: x.csv}\n  - {name: b, type: filter, querry: x}\n",
    );
    let ran = run(&folder, &["check", "bad.yml"]);
    assert_eq!(ran.status, Some(1));
    for part in [
        "bad.yml:3:21: step 'a': 'reed'",
        "did you mean 'read'?",
        "bad.yml:4:29",
        "'querry'",
        "2 problems",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    folder.file(
        "cycle.yml",
        "steps:\n  - {name: a, type: sql, sql: 'FROM b'}\n  - {name: b, type: sql, sql: 'FROM a'}\n",
    );
    let ran = run(&folder, &["check", "cycle.yml"]);
    assert!(
        ran.stderr.contains("a → b → a") || ran.stderr.contains("a -> b -> a"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_chain_of_a_thousand_steps_is_planned() {
    let folder = Folder::new();
    let mut text =
        String::from("steps:\n  - {name: s0, type: sql, sql: 'SELECT * FROM range(9) AS t(i)'}\n");
    for step in 1..1000 {
        let line =
            format!("  - {{name: s{step}, type: select, input: s{}, columns: i}}\n", step - 1);
        text.push_str(&line);
    }
    text.push_str("  - {name: out, type: save, input: s999, output: out.csv}\n");
    folder.file("chain.yml", &text);
    let ran = run(&folder, &["run", "chain.yml", "--quiet"]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert_eq!(folder.read("out.csv").lines().count(), 10);
}
