//! Where the parts of a file that are read in parallel really meet.

use std::collections::HashMap;

use extension::{Error, Result};
use parking_lot::Mutex;

/// What the two parts that meet at an offset say about the first record after it.
#[derive(Debug, Default, Clone, Copy)]
struct Meeting {
    /// Where the part before ended.
    end: Option<u64>,
    /// Where the part after started.
    start: Option<u64>,
}

/// The meetings of all files of a scan. A part only guesses where its first record starts; when both
/// neighbours are done, the guess is held against the truth.
#[derive(Debug, Default)]
pub(crate) struct Boundaries {
    meetings: Mutex<HashMap<(String, u64), Meeting>>,
}

impl Boundaries {
    /// The part that ends at `offset` is done, and the next record starts at `next`.
    pub(crate) fn ended(&self, file: &str, offset: u64, next: u64) -> Result<()> {
        self.meet(file, offset, |meeting| meeting.end = Some(next))
    }

    /// The part that starts at `offset` took the record at `first` for its first.
    pub(crate) fn started(&self, file: &str, offset: u64, first: u64) -> Result<()> {
        self.meet(file, offset, |meeting| meeting.start = Some(first))
    }

    fn meet(&self, file: &str, offset: u64, note: impl FnOnce(&mut Meeting)) -> Result<()> {
        let mut meetings = self.meetings.lock();
        let meeting = meetings.entry((file.to_string(), offset)).or_default();
        note(meeting);
        match *meeting {
            Meeting { end: Some(end), start: Some(start) } if end != start => {
                Err(Error::invalid_data(format!(
                    "'{file}' has line breaks inside of quotes that parallel reading took for ends of records"
                ))
                .with_hint("parallel => false reads it in one go"))
            }
            _ => Ok(()),
        }
    }
}
