//! Where SQL comes from, in which order it runs, and the exit status.

use crate::process::{Folder, printed, run, script};

#[test]
fn commands_and_files_run_in_the_order_of_the_command_line() {
    let folder = Folder::new();
    folder
        .file("one.sql", "select 1 as one;")
        .file("three.sql", "select 3 as three;\nselect 4 as four");
    let ran = folder.run(&[
        "--format",
        "csv",
        "-f",
        "one.sql",
        "-c",
        "select 2 as two",
        "-f",
        "three.sql",
    ]);
    assert_eq!(printed(ran), "one\n1\ntwo\n2\nthree\n3\nfour\n4\n");
}

#[test]
fn a_command_may_hold_several_statements_that_share_a_session() {
    let ran = run(&[
        "--format",
        "csv",
        "-c",
        "create table t as select 1 as a; insert into t values (2); select sum(a) as s from t",
        "-c",
        "select count(*) as n from t",
    ]);
    let stdout = printed(ran);
    assert!(stdout.ends_with("s\n3\nn\n2\n"), "{stdout}");
}

#[test]
fn standard_input_is_sql_with_commands_between() {
    let sql = "-- a comment; with a semicolon\n.mode json\nselect ';' as a;\n.mode csv\nselect\n  1 as b\n;\n  select 2 as c";
    assert_eq!(printed(script(sql)), "[{\"a\":\";\"}]\nb\n1\nc\n2\n");
}

#[test]
fn standard_input_can_be_named() {
    let folder = Folder::new();
    let ran =
        folder.run_with(&["--format", "csv", "-c", "select 1 as a", "-f", "-"], "select 2 as b;");
    assert_eq!(printed(ran), "a\n1\nb\n2\n");
}

#[test]
fn the_first_error_ends_a_script() {
    let ran = script("select 1 as a;\nselect nope;\nselect 3 as c;\n");
    assert_eq!((ran.stdout.as_str(), ran.status), ("a\n1\n", Some(1)));
    let ran = run(&["-c", "select nope", "-c", "select 1"]);
    assert_eq!((ran.stdout.as_str(), ran.status), ("", Some(1)));
}

#[test]
fn bail_off_goes_on_and_still_fails() {
    let ran = script(".bail off\nselect nope; select 2 as b;\n.nope\nselect 3 as c;\n");
    assert_eq!((ran.stdout.as_str(), ran.status), ("b\n2\nc\n3\n", Some(1)));
    assert_eq!(ran.stderr.matches("error: ").count(), 2, "{}", ran.stderr);
}

#[test]
fn scripts_read_scripts() {
    let folder = Folder::new();
    folder
        .file("inner.sql", "select 2 as b;")
        .file("outer.sql", "select 1 as a;\n.read inner.sql\n\\i inner.sql\nselect 3 as c;")
        .file("loop.sql", ".read loop.sql");
    let ran = folder.run(&["--format", "csv", "-f", "outer.sql"]);
    assert_eq!(printed(ran), "a\n1\nb\n2\nb\n2\nc\n3\n");
    let ran = folder.run(&["-f", "loop.sql"]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("is read by a script that it reads"), "{}", ran.stderr);
    let ran = folder.run(&["-f", "absent.sql"]);
    assert_eq!(
        (ran.stderr.as_str(), ran.status),
        ("error: script 'absent.sql' does not exist\n", Some(1))
    );
}

#[test]
fn a_script_may_begin_with_a_mark_and_the_name_of_its_program() {
    let folder = Folder::new();
    folder
        .file("a.sql", "#!/usr/bin/env -S pframe -f\nselect 1 as a;")
        .file("b.sql", "\u{feff}select 2 as b;");
    assert_eq!(
        printed(folder.run(&["--format", "csv", "-f", "a.sql", "-f", "b.sql"])),
        "a\n1\nb\n2\n"
    );
}

#[test]
fn exit_leaves_with_a_status() {
    assert_eq!(script("select 1 as a;\n.exit\nselect 2;").status, Some(0));
    assert_eq!(script(".exit 7\n").status, Some(7));
    assert_eq!(script(".bail off\nselect nope;\n\\q\n").status, Some(1));
}

#[test]
fn nothing_to_run_is_fine() {
    assert_eq!(printed(script("")), "");
    assert_eq!(printed(script("-- only a comment\n;;\n")), "");
}

#[test]
fn a_wrong_command_line_is_a_usage_error() {
    for (arguments, message) in [
        (vec!["--bogus"], "unexpected argument '--bogus'"),
        (vec!["--format", "jsn", "-c", "select 1"], "invalid value 'jsn'"),
        (vec!["--set", "thread=1", "-c", "select 1"], "setting 'thread' does not exist"),
        (vec!["--set", "threads", "-c", "select 1"], "expected KEY=VALUE"),
        (vec!["--threads", "none", "-c", "select 1"], "threads must be a whole number"),
        (vec!["folder"], "persistent databases are not supported yet"),
        (vec!["-c", "select 1", "info", "x"], "cannot be combined"),
    ] {
        let ran = run(&arguments);
        assert_eq!(
            (ran.stdout.as_str(), ran.status),
            ("", Some(2)),
            "{arguments:?}: {}",
            ran.stderr
        );
        assert!(ran.stderr.contains(message), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn settings_come_from_the_command_line() {
    let ran = run(&[
        "--format",
        "csv",
        "--set",
        "datafusion.execution.batch_size=123",
        "--threads",
        "3",
        "--memory-limit",
        "512MiB",
        "-c",
        "select value from system.settings where name in ('memory_limit', 'threads', 'datafusion.execution.batch_size') order by name",
    ]);
    assert_eq!(printed(ran), "value\n123\n512.0 MiB\n3\n");
    let ran = run(&["--read-only", "-c", "create table t as select 1"]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("read-only"), "{}", ran.stderr);
}

#[test]
fn version_help_and_completions() {
    assert_eq!(printed(run(&["--version"])), format!("pframe {}\n", env!("CARGO_PKG_VERSION")));
    let help = printed(run(&["--help"]));
    for option in [
        "--command",
        "--file",
        "--format",
        "--set",
        "--read-only",
        "--memory-limit",
        "--threads",
        "--quiet",
        "--no-progress",
        "info",
        "convert",
        "completions",
    ] {
        assert!(help.contains(option), "{option} is missing in\n{help}");
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(printed(run(&["completions", shell])).contains("pframe"));
    }
}
