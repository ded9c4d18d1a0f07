//! What errors look like and where they go.

use std::io::Read;
use std::process::Stdio;

use crate::process::{Folder, pframe, run, script};

#[test]
fn an_error_names_the_file_line_and_column_and_points() {
    let folder = Folder::new();
    folder.file("query.sql", "select 1;\n\nselect a,\n  bb\nfrom (select 1 as a, 2 as b);\n");
    let ran = folder.run(&["--format", "csv", "-f", "query.sql"]);
    assert_eq!(ran.status, Some(1));
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert!(lines[0].starts_with("error: query.sql:4:3: "), "{}", ran.stderr);
    assert_eq!(&lines[1..3], [" 4 |   bb", "   |   ^"], "{}", ran.stderr);
}

#[test]
fn syntax_errors_point_too() {
    let ran = run(&["-c", "select 1", "-c", "select * frm t"]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.starts_with("error: -c:1:"), "{}", ran.stderr);
    assert!(ran.stderr.contains("\n 1 | select * frm t\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains('^'), "{}", ran.stderr);
}

#[test]
fn what_is_not_closed_is_named_with_its_place() {
    let ran = script("select 1 as a;\nselect 'abc\n\n;");
    assert_eq!((ran.stdout.as_str(), ran.status), ("a\n1\n", Some(1)));
    assert!(ran.stderr.starts_with("error: stdin:2:8: "), "{}", ran.stderr);
}

#[test]
fn errors_are_plain_where_nobody_sees_colours() {
    let ran = script("select nope;");
    assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
}

#[test]
fn unknown_commands_get_a_suggestion() {
    let ran = script("select 1 as a;\n.moed csv\n");
    assert_eq!(ran.status, Some(1));
    assert_eq!(
        ran.stderr,
        "error: stdin:2: unknown command '.moed'\nhint: did you mean '.mode'? `.help` lists all commands\n"
    );
}

#[test]
fn an_error_while_rows_are_made_comes_after_them() {
    let ran = script("select 1 as a; select cast(v as int) as i from (values ('1'), ('x')) t(v);");
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.starts_with("error: stdin:1:"), "{}", ran.stderr);
}

#[test]
fn a_reader_that_leaves_ends_the_run_quietly() {
    let mut child = pframe()
        .args(["--format", "csv", "-c", "select * from generate_series(1, 100000000)"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut beginning = [0; 64];
    child.stdout.take().unwrap().read_exact(&mut beginning).unwrap();
    let ran = child.wait_with_output().unwrap();
    assert_eq!((String::from_utf8_lossy(&ran.stderr).as_ref(), ran.status.code()), ("", Some(141)));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_script_with_130() {
    use std::time::{Duration, Instant};

    let mut child = pframe()
        .args(["--format", "csv", "-c", "select 1 as started", "-c", super::interactive::ENDLESS])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut beginning = [0; 10];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut beginning).unwrap();
    // The first result is out, so the endless query is planned or runs by now.
    std::thread::sleep(Duration::from_millis(300));
    let killed = Instant::now();
    let status = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
    let ran = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("interrupted"), "{stderr}");
    assert!(killed.elapsed() < Duration::from_secs(2), "{:?}", killed.elapsed());
}
