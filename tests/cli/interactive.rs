//! The shell at a terminal: `script` of util-linux gives it one.
#![cfg(unix)]

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::process::{Folder, pframe};

/// Runs for minutes if nobody stops it.
pub(crate) const ENDLESS: &str = "select sum(a.value * b.value) from generate_series(1, 3000000) a join generate_series(1, 3000000) b on a.value % 7 = b.value % 5";

const PATIENCE: Duration = Duration::from_secs(20);

struct Terminal {
    child: Child,
    keys: ChildStdin,
    seen: Arc<Mutex<Vec<u8>>>,
    read: usize,
}

impl Terminal {
    /// The shell at a terminal; `None`, and a word about it, if there is no `script`.
    fn start(folder: &Folder, arguments: &str) -> Option<Self> {
        let binary = pframe();
        let mut command = Command::new("script");
        command.args([
            "-qfec",
            &format!("stty cols 80 rows 24; exec {} {arguments}", binary.get_program().to_str()?),
            "/dev/null",
        ]);
        for (name, value) in binary.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let child = command
            .env("TERM", "xterm")
            .env("NO_COLOR", "1")
            .env("PFRAME_HISTORY", folder.path().join("history"))
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else {
            eprintln!(
                "SKIPPED: the shell is not tested at a terminal, because `script` of util-linux is missing"
            );
            return None;
        };
        let seen = Arc::new(Mutex::new(vec![]));
        let mut screen = child.stdout.take()?;
        let sink = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut buffer) {
                sink.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Some(Self { keys: child.stdin.take()?, child, seen, read: 0 })
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits until the text appears after what was waited for before.
    #[track_caller]
    fn wait_for(&mut self, text: &str) -> String {
        let started = Instant::now();
        loop {
            let seen = self.seen.lock().unwrap().clone();
            let new = String::from_utf8_lossy(&seen[self.read..]).into_owned();
            if let Some(found) = new.find(text) {
                self.read += found + text.len();
                return new[..found].to_string();
            }
            assert!(started.elapsed() < PATIENCE, "{text:?} did not appear in {new:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Presses the last keys and waits until the shell is gone.
    #[track_caller]
    fn end(mut self, keys: &str) -> Option<i32> {
        self.press(keys);
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(started.elapsed() < PATIENCE, "the shell did not leave");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed must not leave its shell behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn statements_may_take_several_lines() {
    let folder = Folder::new();
    let Some(mut terminal) = Terminal::start(&folder, "") else { return };
    terminal.wait_for("pframe> ");
    terminal.press("select 40 +\r");
    terminal.wait_for("...> ");
    terminal.press("2 as answer;\r");
    terminal.wait_for("│     42 │");
    terminal.wait_for("pframe> ");
    terminal.press(".mode csv\r");
    terminal.wait_for("pframe> ");
    terminal.press("select nope;\r");
    terminal.wait_for("error: ");
    terminal.wait_for("pframe> ");
    assert_eq!(terminal.end("exit\r"), Some(0));
    let history = folder.read("history");
    assert!(history.contains("select 40 +\\n2 as answer;"), "{history}");
}

#[test]
fn secrets_are_not_kept() {
    let folder = Folder::new();
    let Some(mut terminal) = Terminal::start(&folder, "--quiet") else { return };
    terminal.wait_for("pframe> ");
    terminal.press("create secret s (type s3, secret 'very hidden');\r");
    terminal.wait_for("hidden");
    terminal.wait_for("pframe> ");
    terminal.press("select 1;\r");
    terminal.wait_for("pframe> ");
    assert_eq!(terminal.end("\u{4}"), Some(0));
    let history = folder.read("history");
    assert!(history.contains("select 1;") && !history.contains("hidden"), "{history}");
}

#[test]
fn ctrl_c_stops_the_query_and_not_the_shell() {
    let folder = Folder::new();
    let Some(mut terminal) = Terminal::start(&folder, "") else { return };
    terminal.wait_for("pframe> ");
    terminal.press(&format!("{ENDLESS};\r"));
    // The bar shows that the query runs.
    terminal.wait_for(" s ");
    let pressed = Instant::now();
    terminal.press("\u{3}");
    terminal.wait_for("error: interrupted");
    let took = pressed.elapsed();
    terminal.wait_for("pframe> ");
    assert!(took < Duration::from_millis(300), "{took:?}");
    // At the prompt it forgets the line.
    terminal.press("select 'forgotten\u{3}");
    terminal.wait_for("pframe> ");
    terminal.press("select 6 * 7 as answer;\r");
    terminal.wait_for("│     42 │");
    assert_eq!(terminal.end("\u{4}"), Some(0));
}

#[test]
fn tab_completes() {
    let folder = Folder::new();
    folder.file("numbers.csv", "first_column,other\n1,2\n");
    let Some(mut terminal) = Terminal::start(&folder, "") else { return };
    terminal.wait_for("pframe> ");
    terminal.press("select count(*) as n from 'numb\t;\r");
    terminal.wait_for("numbers.csv'");
    terminal.wait_for("│      1 │");
    terminal.wait_for("pframe> ");
    terminal.press("create table some_table as select 5 as some_column;\r");
    terminal.wait_for("pframe> ");
    terminal.press("select * from some_ta\t x where x.some_c\t = 5;\r");
    terminal.wait_for("│           5 │");
    terminal.wait_for("pframe> ");
    terminal.press(".hea\tof\t\r");
    terminal.wait_for("pframe> ");
    terminal.press("sel\t 7 as b;\r");
    terminal.wait_for("│      7 │");
    terminal.wait_for("pframe> ");
    assert_eq!(terminal.end("\u{4}"), Some(0));
}
