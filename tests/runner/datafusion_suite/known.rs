//! The list of known differences: records that answer otherwise, each under its reason.
//!
//! ```text
//! # a comment
//! [reason] What it means, in a sentence.
//! aggregate.slt: 18 40-90
//! string/string.slt>string_query.slt.part: 12
//! ```
//!
//! The numbers are lines of the file at which records begin; a range covers the records between. A
//! file that others include stands behind the one that includes it.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::fs;
use std::path::Path;

use sqllogictest::Location;

use super::{Outcome, Outcomes};

/// The reason of records that fail on DataFusion itself, which `--update` finds out.
const ELSEWHERE: &str = "upstream";
/// Where `--update` puts what differs and has no reason yet; it does not excuse a record.
const UNEXPLAINED: &str = "unexplained";

/// A record: its file and the line at which it begins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RecordName {
    file: String,
    line: u32,
}

impl RecordName {
    /// The record of `file`, relative to the suite, at `location`.
    pub(crate) fn new(file: &Path, location: &Location) -> Self {
        let file = file.display().to_string();
        let written_in = Path::new(location.file());
        let included =
            written_in.file_name().filter(|name| !file.ends_with(&*name.to_string_lossy()));
        let file = match included {
            Some(included) => format!("{file}>{}", included.to_string_lossy()),
            None => file,
        };
        Self { file, line: location.line() }
    }
}

impl fmt::Display for RecordName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

#[derive(Debug, Default)]
struct Section {
    reason: String,
    explanation: String,
    /// By file, ranges of lines, both ends included.
    records: BTreeMap<String, Vec<(u32, u32)>>,
}

/// The list.
#[derive(Debug, Default)]
pub(crate) struct Known {
    comments: Vec<String>,
    sections: Vec<Section>,
}

impl Known {
    /// Reads the list.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path)
            .map_err(|error| format!("cannot read '{}': {error}", path.display()))?;
        let mut known = Self::default();
        for (index, line) in text.lines().enumerate() {
            known
                .read_line(line.trim())
                .map_err(|error| format!("{}:{}: {error}", path.display(), index + 1))?;
        }
        Ok(known)
    }

    fn read_line(&mut self, line: &str) -> Result<(), String> {
        if line.is_empty() {
            return Ok(());
        }
        if line.starts_with('#') {
            self.comments.push(line.to_string());
            return Ok(());
        }
        if let Some(heading) = line.strip_prefix('[') {
            let (reason, explanation) = heading.split_once(']').ok_or("a reason ends with ]")?;
            if explanation.trim().is_empty() {
                return Err(format!("[{reason}] is not explained"));
            }
            self.sections.push(Section {
                reason: reason.to_string(),
                explanation: explanation.trim().to_string(),
                records: BTreeMap::new(),
            });
            return Ok(());
        }
        let section = self.sections.last_mut().ok_or("records stand under a [reason]")?;
        let (file, ranges) = line.split_once(": ").ok_or("records are written 'file: lines'")?;
        let ranges: Result<Vec<_>, String> = ranges.split_whitespace().map(range).collect();
        section.records.entry(file.to_string()).or_default().extend(ranges?);
        Ok(())
    }

    /// The reason why the record may differ.
    pub(crate) fn reason(&self, record: &RecordName) -> Option<&str> {
        self.sections
            .iter()
            .filter(|section| section.reason != UNEXPLAINED)
            .find(|section| section.contains(record))
            .map(|section| section.reason.as_str())
    }

    /// Brings the list up to date with a run on ours and on DataFusion: what passes leaves it, what
    /// fails on both is put under [`ELSEWHERE`], what has a reason keeps it, and the rest is put
    /// under [`UNEXPLAINED`]. Records that were not run stay as they are.
    pub(crate) fn update(&mut self, ours: &Outcomes, elsewhere: &Outcomes) {
        let failed = |outcome: Option<&Outcome>| matches!(outcome, Some(Outcome::Failed(_)));
        let mut reasons: BTreeMap<&RecordName, String> = BTreeMap::new();
        for (record, outcome) in ours.iter().filter(|(_, outcome)| failed(Some(outcome))) {
            let _ = outcome;
            let reason = match failed(elsewhere.get(record)) {
                true => ELSEWHERE,
                false => match self.reason(record) {
                    Some(ELSEWHERE) | None => UNEXPLAINED,
                    Some(reason) => reason,
                },
            };
            reasons.insert(record, reason.to_string());
        }
        for (reason, explanation) in [
            (
                ELSEWHERE,
                "The record fails on DataFusion itself here, mostly for data that its crate does not carry.",
            ),
            (UNEXPLAINED, "To be given a reason, or to be mended."),
        ] {
            if !self.sections.iter().any(|section| section.reason == reason) {
                self.sections.push(Section {
                    reason: reason.to_string(),
                    explanation: explanation.to_string(),
                    records: BTreeMap::new(),
                });
            }
        }
        let mut by_file: BTreeMap<&str, Vec<&RecordName>> = BTreeMap::new();
        for record in ours.keys() {
            by_file.entry(record.file.as_str()).or_default().push(record);
        }
        for section in &mut self.sections {
            for (file, records) in &by_file {
                // A range is closed by the first record, in the file's order, that is not of it.
                let mut ranges: Vec<(u32, u32)> = Vec::new();
                let mut open = false;
                for record in records {
                    let inside =
                        reasons.get(*record).is_some_and(|reason| *reason == section.reason);
                    match ranges.last_mut() {
                        Some(last) if inside && open => last.1 = record.line,
                        _ if inside => ranges.push((record.line, record.line)),
                        _ => {}
                    }
                    open = inside;
                }
                match ranges.is_empty() {
                    true => section.records.remove(*file),
                    false => section.records.insert((*file).to_string(), ranges),
                };
            }
        }
        self.sections
            .retain(|section| section.reason != UNEXPLAINED || !section.records.is_empty());
    }

    /// Writes the list.
    pub(crate) fn write(&self, path: &Path) -> Result<(), String> {
        let mut text = self.comments.join("\n");
        for section in &self.sections {
            let _ = write!(text, "\n\n[{}] {}", section.reason, section.explanation);
            for (file, ranges) in &section.records {
                let _ = write!(text, "\n{file}:");
                for (first, last) in ranges {
                    let _ = match first == last {
                        true => write!(text, " {first}"),
                        false => write!(text, " {first}-{last}"),
                    };
                }
            }
        }
        text.push('\n');
        fs::write(path, text).map_err(|error| format!("cannot write '{}': {error}", path.display()))
    }
}

impl Section {
    fn contains(&self, record: &RecordName) -> bool {
        self.records.get(&record.file).is_some_and(|ranges| {
            ranges.iter().any(|(first, last)| (*first..=*last).contains(&record.line))
        })
    }
}

fn range(text: &str) -> Result<(u32, u32), String> {
    let number = |text: &str| {
        text.parse::<u32>().map_err(|_| format!("'{text}' is not a line, write 12 or 12-40"))
    };
    match text.split_once('-') {
        Some((first, last)) => Ok((number(first)?, number(last)?)),
        None => number(text).map(|line| (line, line)),
    }
}
