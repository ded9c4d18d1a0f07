//! How a run tells what it does: a bar for each running step, lines, or JSON.

use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::workflow::{Event, Listener};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::progress::short;
use crate::terminal;

/// Takes the events of a run.
pub(crate) struct Reporter {
    listener: Listener,
    bars: Option<MultiProgress>,
}

impl Reporter {
    /// `how` is `bar`, `plain`, `json` or `none`; a bar without a terminal is plain.
    pub(crate) fn new(how: &str, steps: usize) -> Self {
        let on_terminal = std::io::stderr().is_terminal() && terminal::moves_cursor();
        match how {
            "json" => Self { listener: Arc::new(json_line), bars: None },
            "none" => Self { listener: Arc::new(|_| {}), bars: None },
            "bar" if on_terminal => {
                let bars = Bars::new(steps);
                let all = bars.all.clone();
                Self { listener: Arc::new(move |event| bars.take(&event)), bars: Some(all) }
            }
            _ => Self { listener: Arc::new(plain_line), bars: None },
        }
    }

    pub(crate) fn listener(&self) -> Listener {
        Arc::clone(&self.listener)
    }

    /// Takes the bars away.
    pub(crate) fn end(&self) {
        if let Some(bars) = &self.bars {
            let _ = bars.clear();
        }
    }
}

/// Events on standard output, one a line, so that a program can read them.
fn json_line(event: Event) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", event.to_json());
    let _ = out.flush();
}

fn plain_line(event: Event) {
    if let Some(line) = line(&event) {
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }
}

fn rate(rows: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    format!(
        "{} rows · {} rows/s · {seconds:.1} s",
        short(rows as f64),
        short(rows as f64 / seconds.max(1e-6))
    )
}

/// What an event is worth a line of.
fn line(event: &Event) -> Option<String> {
    Some(match event {
        Event::Retrying { step, attempt, wait, error } => {
            format!("  {step}: try {attempt} failed, again in {wait:?}: {error}")
        }
        Event::Warning { step, message } => format!("warning: {step}: {message}"),
        Event::Ended { step, status, rows, elapsed, message } => {
            let mark = match *status {
                "completed" => "✓",
                "failed" => "✗",
                _ => "–",
            };
            let rows =
                rows.map(|rows| format!(" · {} rows", short(rows as f64))).unwrap_or_default();
            let message =
                message.as_deref().map(|message| format!(" · {message}")).unwrap_or_default();
            format!("{mark} {step} {status} · {:.2} s{rows}{message}", elapsed.as_secs_f64())
        }
        _ => return None,
    })
}

/// A bar for each step that runs, and one for the run.
struct Bars {
    all: MultiProgress,
    run: ProgressBar,
    running: Mutex<HashMap<String, ProgressBar>>,
}

impl Bars {
    fn new(steps: usize) -> Self {
        let all = MultiProgress::new();
        let run = all.add(ProgressBar::new(steps as u64));
        run.set_style(style("{bar:30} {pos}/{len} steps · {elapsed}"));
        Self { all, run, running: Mutex::default() }
    }

    fn take(&self, event: &Event) {
        let Ok(mut running) = self.running.lock() else { return };
        match event {
            Event::RunStarted { steps, .. } => self.run.set_length(steps.len() as u64),
            Event::Started { step, kind } => {
                let bar = self.all.insert_before(&self.run, ProgressBar::new(1000));
                bar.set_style(style("  {spinner} {prefix} {msg}"));
                bar.set_prefix(format!("{step} ({kind})"));
                bar.enable_steady_tick(Duration::from_millis(120));
                running.insert(step.clone(), bar);
            }
            Event::Progress { step, rows, fraction, elapsed, .. } => {
                if let Some(bar) = running.get(step) {
                    if let Some(fraction) = fraction {
                        bar.set_style(style("  {prefix} ▕{bar:20}▏ {msg}"));
                        bar.set_position((fraction * 1000.0) as u64);
                    }
                    bar.set_message(rate(*rows, *elapsed));
                }
            }
            Event::Ended { step, .. } => {
                if let Some(bar) = running.remove(step) {
                    bar.finish_and_clear();
                }
                self.run.inc(1);
            }
            _ => {}
        }
        if let Some(line) = line(event) {
            let _ = self.all.println(line);
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("█▉▊▋▌▍▎▏ ")
}
