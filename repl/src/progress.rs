//! The progress bar of a long query: rows, rows a second, the share done if it is known, and the time.

use std::io::{IsTerminal, Result, Write};
use std::time::Duration;

use engine::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

use crate::terminal;

/// Queries shorter than this show no bar.
const PATIENCE: Duration = Duration::from_millis(500);
/// The steps of a full bar.
const STEPS: u64 = 1000;

/// A bar on standard error, which appears when a query takes long.
#[derive(Debug)]
pub(crate) struct Bar {
    bar: Option<ProgressBar>,
    enabled: bool,
}

impl Bar {
    /// A bar, if wanted and if there is a terminal to show it.
    pub(crate) fn new(wanted: bool) -> Self {
        let possible = std::io::stderr().is_terminal() && terminal::moves_cursor();
        Self { bar: None, enabled: wanted && possible }
    }

    /// Shows the state of the query.
    pub(crate) fn show(&mut self, progress: &Progress) {
        if !self.enabled || progress.elapsed < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(
                Some(STEPS),
                ProgressDrawTarget::term_like(Box::new(NarrowTerminal)),
            );
            bar.set_style(look(progress.fraction.is_some()));
            bar
        });
        match progress.fraction {
            Some(fraction) => {
                bar.set_style(look(true));
                bar.set_position((fraction.clamp(0.0, 1.0) * STEPS as f64) as u64);
            }
            None => bar.tick(),
        }
        bar.set_message(describe(progress));
    }

    /// Takes the bar away for good, because results appear where it would be.
    pub(crate) fn end(&mut self) {
        self.clear();
        self.enabled = false;
    }

    /// Takes the bar away.
    pub(crate) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Standard error with room at the end of the line: the terminal prints `^C` behind the bar, which must
/// not begin a new line, or the bar could not be taken away.
#[derive(Debug)]
struct NarrowTerminal;

impl NarrowTerminal {
    fn send(&self, text: &str) -> Result<()> {
        std::io::stderr().write_all(text.as_bytes())
    }

    fn move_cursor(&self, count: usize, direction: char) -> Result<()> {
        match count {
            0 => Ok(()),
            _ => self.send(&format!("\x1b[{count}{direction}")),
        }
    }
}

impl TermLike for NarrowTerminal {
    fn width(&self) -> u16 {
        terminal::error_width().saturating_sub(4)
    }

    fn move_cursor_up(&self, count: usize) -> Result<()> {
        self.move_cursor(count, 'A')
    }

    fn move_cursor_down(&self, count: usize) -> Result<()> {
        self.move_cursor(count, 'B')
    }

    fn move_cursor_right(&self, count: usize) -> Result<()> {
        self.move_cursor(count, 'C')
    }

    fn move_cursor_left(&self, count: usize) -> Result<()> {
        self.move_cursor(count, 'D')
    }

    fn write_line(&self, text: &str) -> Result<()> {
        self.send(text)?;
        self.send("\n")
    }

    fn write_str(&self, text: &str) -> Result<()> {
        self.send(text)
    }

    fn clear_line(&self) -> Result<()> {
        self.send("\r\x1b[2K")
    }

    fn flush(&self) -> Result<()> {
        std::io::stderr().flush()
    }
}

fn look(known: bool) -> ProgressStyle {
    let template = match known {
        true => "{percent:>3}% ▕{bar:30}▏ {msg}",
        false => "{spinner} {msg}",
    };
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("█▉▊▋▌▍▎▏ ")
}

fn describe(progress: &Progress) -> String {
    let seconds = progress.elapsed.as_secs_f64();
    match progress.rows {
        0 => format!("{seconds:.1} s"),
        rows => format!(
            "{} rows · {} rows/s · {seconds:.1} s",
            short(rows as f64),
            short(rows as f64 / seconds)
        ),
    }
}

/// A count in three or four digits.
pub(crate) fn short(count: f64) -> String {
    match count {
        c if c < 1e3 => format!("{c:.0}"),
        c if c < 1e6 => format!("{:.1}k", c / 1e3),
        c if c < 1e9 => format!("{:.1}M", c / 1e6),
        c => format!("{:.1}G", c / 1e9),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn counts_are_short() {
        assert_eq!(super::short(999.0), "999");
        assert_eq!(super::short(1234.0), "1.2k");
        assert_eq!(super::short(59_986_052.0), "60.0M");
    }
}
