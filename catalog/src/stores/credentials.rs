//! Credentials that must come from somewhere else, with an end to the patience.
//!
//! Without configured credentials the stores ask the machine's metadata service, which outside a
//! cloud often never answers. Here the wait is bounded, a failure is remembered for a while, and the
//! error says what was looked for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use extension::Error;
use object_store::{BackoffConfig, ClientOptions, CredentialProvider, RetryConfig};
use parking_lot::Mutex;

/// How long a metadata service may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a failure is not tried again.
const MEMORY: Duration = Duration::from_secs(20);

/// Asks another provider, but not for long.
#[derive(Debug)]
pub(crate) struct BoundedProvider<T> {
    inner: Arc<dyn CredentialProvider<Credential = T>>,
    store: &'static str,
    missing: Error,
    failed: Mutex<Option<Instant>>,
}

impl<T> BoundedProvider<T> {
    /// Asks `inner`, and fails with `missing`.
    pub(crate) fn new(
        inner: Arc<dyn CredentialProvider<Credential = T>>,
        store: &'static str,
        missing: Error,
    ) -> Self {
        Self { inner, store, missing, failed: Mutex::new(None) }
    }

    fn failure(&self) -> object_store::Error {
        object_store::Error::Unauthenticated {
            path: self.store.to_string(),
            source: Box::new(self.missing.clone()),
        }
    }
}

#[async_trait]
impl<T: std::fmt::Debug + Send + Sync> CredentialProvider for BoundedProvider<T> {
    type Credential = T;

    async fn get_credential(&self) -> object_store::Result<Arc<T>> {
        if self.failed.lock().is_some_and(|at| at.elapsed() < MEMORY) {
            return Err(self.failure());
        }
        match tokio::time::timeout(PATIENCE, self.inner.get_credential()).await {
            Ok(Ok(credential)) => Ok(credential),
            _ => {
                *self.failed.lock() = Some(Instant::now());
                Err(self.failure())
            }
        }
    }
}

/// How often and how long requests are repeated: long enough for a hiccup, short enough for a person.
pub(crate) fn retry() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(5),
            base: 2.,
        },
        max_retries: 6,
        retry_timeout: Duration::from_secs(30),
    }
}

/// The options of the HTTP client. Large transfers are bounded by idle time, not by a total.
pub(crate) fn client_options(allow_http: bool) -> ClientOptions {
    ClientOptions::new()
        .with_allow_http(allow_http)
        .with_connect_timeout(Duration::from_secs(5))
        .with_timeout(Duration::from_secs(120))
        .with_user_agent(object_store::HeaderValue::from_static(concat!(
            "parquetframe/",
            env!("CARGO_PKG_VERSION")
        )))
}

/// The value of an environment variable that is set to something.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
