//! Sequences: numbers that are given out one after the other, each once.

use std::collections::BTreeMap;

use datafusion::common::utils::quote_identifier;
use extension::{Error, Result, closest};
use parking_lot::RwLock;

/// A sequence, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sequence {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) temporary: bool,
    pub(crate) start: i64,
    pub(crate) step: i64,
    pub(crate) least: i64,
    pub(crate) greatest: i64,
    pub(crate) cycles: bool,
    /// The number that was given out last.
    pub(crate) last: Option<i64>,
    /// The next number; none is left after the last one of a sequence that does not cycle.
    pub(crate) next: Option<i64>,
}

impl Sequence {
    /// What the sequence is found by: names are the same in any case.
    pub(crate) fn key(&self) -> String {
        key(&self.schema, &self.name)
    }

    /// Gives out a number.
    fn advance(&mut self) -> Result<i64> {
        let Some(value) = self.next else {
            let (end, limit) = match self.step > 0 {
                true => ("maximum", self.greatest),
                false => ("minimum", self.least),
            };
            return Err(Error::invalid_data(format!(
                "nextval: reached {end} value of sequence \"{}\" ({limit})",
                self.name
            ))
            .with_hint("CREATE SEQUENCE … CYCLE starts again"));
        };
        self.last = Some(value);
        let following = value.checked_add(self.step);
        let fits = |value: &i64| (self.least..=self.greatest).contains(value);
        self.next = match following.filter(fits) {
            Some(next) => Some(next),
            None if !self.cycles => None,
            None if self.step > 0 => Some(self.least),
            None => Some(self.greatest),
        };
        Ok(value)
    }

    /// The statement that makes a sequence which goes on from here.
    pub(crate) fn to_sql(&self) -> String {
        let mut name = quote_identifier(&self.name).into_owned();
        if self.schema != "main" {
            name = format!("{}.{name}", quote_identifier(&self.schema));
        }
        // One that has given out all its numbers goes on giving out none.
        let start = self.next.or(self.last).unwrap_or(self.start);
        format!(
            "CREATE SEQUENCE {name} INCREMENT BY {} MINVALUE {} MAXVALUE {} START {start} {}",
            self.step,
            self.least,
            self.greatest,
            if self.cycles { "CYCLE" } else { "NO CYCLE" }
        )
    }
}

fn key(schema: &str, name: &str) -> String {
    format!("{}.{}", schema.to_lowercase(), name.to_lowercase())
}

/// The sequences of a session.
#[derive(Debug, Default)]
pub(crate) struct Sequences(RwLock<BTreeMap<String, Sequence>>);

impl Sequences {
    /// All of them, by schema and name.
    pub(crate) fn list(&self) -> Vec<Sequence> {
        self.0.read().values().cloned().collect()
    }

    /// Adds a sequence.
    pub(crate) fn create(
        &self,
        sequence: Sequence,
        or_replace: bool,
        if_not_exists: bool,
    ) -> Result<()> {
        let mut sequences = self.0.write();
        let key = sequence.key();
        match sequences.contains_key(&key) {
            true if if_not_exists => return Ok(()),
            true if !or_replace => {
                return Err(Error::already_exists(format!(
                    "sequence with name \"{}\" already exists",
                    sequence.name
                ))
                .with_hint("CREATE OR REPLACE SEQUENCE replaces it"));
            }
            _ => {}
        }
        sequences.insert(key, sequence);
        Ok(())
    }

    /// Takes a sequence away and returns its key.
    pub(crate) fn drop(&self, schema: &str, name: &str, if_exists: bool) -> Result<String> {
        let key = key(schema, name);
        match self.0.write().remove(&key).is_some() || if_exists {
            true => Ok(key),
            false => Err(self.missing(name)),
        }
    }

    /// Whether there is one of the name; the key if so.
    pub(crate) fn find(&self, schema: &str, name: &str) -> Result<String> {
        let key = key(schema, name);
        match self.0.read().contains_key(&key) {
            true => Ok(key),
            false => Err(self.missing(name)),
        }
    }

    /// The next numbers of a sequence.
    pub(crate) fn next(&self, schema: &str, name: &str, count: usize) -> Result<Vec<i64>> {
        self.change(schema, name, |sequence| (0..count).map(|_| sequence.advance()).collect())
    }

    /// The number that was given out last.
    pub(crate) fn current(&self, schema: &str, name: &str) -> Result<i64> {
        self.change(schema, name, |sequence| {
            sequence.last.ok_or_else(|| {
                Error::invalid_input("currval: sequence is not yet defined in this session")
                    .with_hint("nextval gives out a number first")
            })
        })
    }

    fn change<T>(
        &self,
        schema: &str,
        name: &str,
        change: impl FnOnce(&mut Sequence) -> Result<T>,
    ) -> Result<T> {
        let mut sequences = self.0.write();
        match sequences.get_mut(&key(schema, name)) {
            Some(sequence) => change(sequence),
            None => {
                drop(sequences);
                Err(self.missing(name))
            }
        }
    }

    fn missing(&self, name: &str) -> Error {
        let sequences = self.0.read();
        let error = Error::not_found(format!("sequence with name {name} does not exist"));
        match closest(name, sequences.values().map(|sequence| sequence.name.as_str())) {
            Some(near) => error.with_hint(format!("did you mean '{near}'?")),
            None => error.with_hint("CREATE SEQUENCE makes one"),
        }
    }
}
