//! What a part brings for `ATTACH … (TYPE kind)`.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::CatalogProvider;
use datafusion::execution::SessionState;

use crate::option_list::{OptionEntry, unknown_option};
use crate::{Parameter, Result};

/// The manual of a kind, from which checks of options and help are made.
#[derive(Debug, Clone, Copy)]
pub struct DatabaseManual {
    /// The name after TYPE.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// What is attached, in a sentence or two.
    pub description: &'static str,
    /// The options beside TYPE and READ_ONLY.
    pub options: &'static [Parameter],
    /// Whether its tables can be changed, and so whether READ_ONLY means something.
    pub writable: bool,
    /// Whether its tables live in the session alone, so that to replace one by itself would lose them.
    pub holds_data: bool,
    /// The schema of names that have the database before them and no schema.
    pub default_schema: &'static str,
    /// A statement that runs.
    pub example: &'static str,
}

/// A kind of database that can be attached.
#[async_trait]
pub trait DatabaseKind: Debug + Send + Sync {
    /// The manual.
    fn manual(&self) -> &DatabaseManual;

    /// Whether a target that came without a TYPE is of this kind.
    async fn recognises(&self, target: &str, state: &SessionState) -> bool;

    /// The catalog of the target.
    async fn attach(
        &self,
        attach: &Attach,
        state: &SessionState,
    ) -> Result<Arc<dyn CatalogProvider>>;
}

/// What an ATTACH says.
#[derive(Clone)]
pub struct Attach {
    /// What stands in quotes.
    pub target: String,
    /// The name that the database gets.
    pub name: String,
    /// Whether it shall not be changed.
    pub read_only: bool,
    /// Options of the kind alone.
    pub options: Vec<OptionEntry>,
}

impl Attach {
    /// Fails for options that the kind does not have.
    pub fn check_options(&self, manual: &DatabaseManual) -> Result<()> {
        let names = || manual.options.iter().map(|option| option.name);
        let unknown = |entry: &&OptionEntry| names().all(|name| name != entry.name);
        match self.options.iter().find(unknown) {
            Some(entry) => {
                let known = ["type", "read_only"].into_iter().chain(names());
                Err(unknown_option(entry, &format!("ATTACH of TYPE {}", manual.name), known))
            }
            None => Ok(()),
        }
    }

    /// An option, if it was given.
    pub fn option(&self, name: &str) -> Option<&OptionEntry> {
        self.options.iter().find(|entry| entry.name == name)
    }
}

impl Debug for Attach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Options may hold secrets, and so may the target.
        f.debug_struct("Attach")
            .field("target", &crate::redact(&self.target))
            .field("name", &self.name)
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}

/// The name that a target gives to what it holds: `data/social.graph.yml` is `social`.
///
/// ```
/// use parquetframe_extension::stem_of;
/// assert_eq!(stem_of("data/social.graph.yml").as_deref(), Some("social"));
/// assert_eq!(stem_of("s3://bucket/graphs/movies/").as_deref(), Some("movies"));
/// assert_eq!(stem_of(":memory:").as_deref(), Some("memory"));
/// assert_eq!(stem_of("/"), None);
/// ```
pub fn stem_of(target: &str) -> Option<String> {
    let target = target.split(['?', '#']).next().unwrap_or(target);
    let last = target.trim_end_matches('/').rsplit(['/', '\\']).next()?;
    let stem = last.trim_matches(':').trim_start_matches('.').split('.').next()?;
    (!stem.is_empty()).then(|| stem.to_string())
}
