//! The registry of queries: what runs, what ran, and how to stop it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use extension::{Error, ErrorKind};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::memory::Account;

/// How many finished queries are remembered.
const REMEMBERED: usize = 1000;

/// What became of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryState {
    /// It is being planned or run, or its rows are being fetched.
    Running,
    /// All its rows were fetched.
    Finished,
    /// It ended with an error.
    Failed,
    /// It was stopped on request or not fetched to its end.
    Cancelled,
}

impl QueryState {
    /// The word in `system.queries`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A row of `system.queries`.
#[derive(Debug, Clone)]
pub struct QueryInfo {
    /// The id that `KILL QUERY` takes.
    pub id: String,
    /// The SQL text, with secrets redacted.
    pub text: String,
    /// What became of it.
    pub state: QueryState,
    /// When it started.
    pub started: DateTime<Utc>,
    /// How long it ran, or has run so far.
    pub duration: Duration,
    /// Rows fetched.
    pub rows: u64,
    /// Bytes of the memory pool that it holds now.
    pub memory: usize,
    /// Bytes of the memory pool that it held at most.
    pub peak_memory: usize,
    /// The error of a failed query.
    pub error: Option<String>,
}

/// The queries of a session.
#[derive(Debug, Default)]
pub(crate) struct Queries {
    entries: Mutex<VecDeque<Arc<Entry>>>,
}

/// One query while it runs and after.
#[derive(Debug)]
pub(crate) struct Entry {
    id: String,
    text: String,
    started: DateTime<Utc>,
    clock: Instant,
    rows: AtomicU64,
    pub(crate) account: Arc<Account>,
    pub(crate) cancellation: CancellationToken,
    outcome: Mutex<Option<(QueryState, Duration, Option<String>)>>,
}

impl Queries {
    /// Registers a query that starts now.
    pub(crate) fn start(&self, text: String) -> Running {
        let entry = Arc::new(Entry {
            // Version 7 ids sort by time.
            id: uuid::Uuid::now_v7().to_string(),
            text: extension::redact(&text).into_owned(),
            started: Utc::now(),
            clock: Instant::now(),
            rows: AtomicU64::new(0),
            account: Arc::default(),
            cancellation: CancellationToken::new(),
            outcome: Mutex::new(None),
        });
        let mut entries = self.entries.lock();
        entries.push_back(Arc::clone(&entry));
        if entries.len() > REMEMBERED
            && let Some(oldest) = entries.iter().position(|entry| entry.outcome.lock().is_some())
        {
            entries.remove(oldest);
        }
        Running(entry)
    }

    /// All remembered queries, oldest first.
    pub(crate) fn list(&self) -> Vec<QueryInfo> {
        self.entries.lock().iter().map(|entry| entry.info()).collect()
    }

    /// Stops a query; false if none of that id is running.
    pub(crate) fn cancel(&self, id: &str) -> bool {
        let entries = self.entries.lock();
        match entries.iter().find(|entry| entry.id == id && entry.outcome.lock().is_none()) {
            Some(entry) => {
                entry.cancellation.cancel();
                true
            }
            None => false,
        }
    }

    /// Stops every running query.
    pub(crate) fn cancel_all(&self) {
        for entry in self.entries.lock().iter() {
            if entry.outcome.lock().is_none() {
                entry.cancellation.cancel();
            }
        }
    }
}

/// The hold on a query that runs. Dropping it before the query ended means that nobody wants the rest.
#[derive(Debug)]
pub(crate) struct Running(Arc<Entry>);

impl std::ops::Deref for Running {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        &self.0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end(QueryState::Cancelled, None);
    }
}

impl Entry {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn add_rows(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    /// Notes how the query ended; the first note stands.
    pub(crate) fn finish(&self, error: Option<&Error>) {
        let state = match error.map(Error::kind) {
            None => QueryState::Finished,
            Some(ErrorKind::Cancelled) => QueryState::Cancelled,
            Some(_) => QueryState::Failed,
        };
        self.end(state, error.map(|error| error.message().to_string()));
    }

    /// Whatever operators still do after the end is no longer wanted.
    fn end(&self, state: QueryState, error: Option<String>) {
        self.cancellation.cancel();
        self.outcome.lock().get_or_insert_with(|| (state, self.clock.elapsed(), error));
    }

    fn info(&self) -> QueryInfo {
        let outcome = self.outcome.lock().clone();
        let (state, duration, error) =
            outcome.unwrap_or_else(|| (QueryState::Running, self.clock.elapsed(), None));
        QueryInfo {
            id: self.id.clone(),
            text: self.text.clone(),
            state,
            started: self.started,
            duration,
            rows: self.rows.load(Ordering::Relaxed),
            memory: self.account.held(),
            peak_memory: self.account.peak(),
            error,
        }
    }
}
