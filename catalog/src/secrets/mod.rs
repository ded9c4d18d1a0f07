//! Secrets: credentials of locations, made by `CREATE SECRET` and kept in the session's memory.
//!
//! A secret belongs to a type of store and to scopes, which are beginnings of URLs. The secret with
//! the longest scope that fits a URL is the one used. Values never appear in debug output, errors or
//! `system.secrets`.

mod kinds;
mod statements;
mod table;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use extension::{Error, Registry, Result, SystemTable, closest, is_secret_key};
use parking_lot::RwLock;

pub(crate) use kinds::SecretKind;

/// Credentials for the URLs within a scope.
#[derive(Clone)]
pub struct Secret {
    name: String,
    kind: &'static SecretKind,
    provider: &'static str,
    scope: Vec<String>,
    values: Vec<(&'static str, String)>,
}

impl Secret {
    /// The name it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The type: `s3`, `gcs`, `azure` or `http`.
    pub fn type_name(&self) -> &'static str {
        self.kind.name
    }

    /// Where the credentials come from, such as `config` or `credential_chain`.
    pub fn provider(&self) -> &'static str {
        self.provider
    }

    /// The beginnings of the URLs that it is for.
    pub fn scope(&self) -> &[String] {
        &self.scope
    }

    /// The value of a key, unredacted.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.values.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }

    /// All but the values that must not be shown, as DuckDB writes it.
    pub fn redacted(&self) -> String {
        let mut text = format!(
            "name={};type={};provider={};scope={}",
            self.name,
            self.kind.name,
            self.provider,
            self.scope.join(",")
        );
        for (key, value) in &self.values {
            let hidden = is_secret_key(key) || *key == "extra_http_headers";
            let shown = match hidden {
                true => "redacted".into(),
                false => extension::redact(value),
            };
            text.push_str(&format!(";{key}={shown}"));
        }
        text
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.redacted())
    }
}

/// What to do with a secret whose name is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnConflict {
    Fail,
    Keep,
    Replace,
}

/// The secrets of a session.
#[derive(Debug, Default)]
pub struct Secrets {
    secrets: RwLock<Vec<Arc<Secret>>>,
    generation: AtomicU64,
}

impl Secrets {
    /// All secrets, in the order in which they were made.
    pub fn all(&self) -> Vec<Arc<Secret>> {
        self.secrets.read().clone()
    }

    /// The secret with that name.
    ///
    /// # Errors
    /// There is none; the hint names those that exist.
    pub fn get(&self, name: &str) -> Result<Arc<Secret>> {
        let secrets = self.secrets.read();
        let found = secrets.iter().find(|secret| secret.name.eq_ignore_ascii_case(name));
        found.cloned().ok_or_else(|| not_found(name, &secrets))
    }

    /// Changes whenever a secret is made, replaced or dropped.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(crate) fn create(&self, secret: Secret, on_conflict: OnConflict) -> Result<()> {
        let mut secrets = self.secrets.write();
        let existing =
            secrets.iter().position(|other| other.name.eq_ignore_ascii_case(&secret.name));
        match (existing, on_conflict) {
            (Some(_), OnConflict::Fail) => {
                return Err(Error::already_exists(format!(
                    "secret '{}' exists already",
                    secret.name
                ))
                .with_hint("use CREATE OR REPLACE SECRET, or CREATE SECRET IF NOT EXISTS"));
            }
            (Some(_), OnConflict::Keep) => return Ok(()),
            (Some(index), OnConflict::Replace) => secrets[index] = Arc::new(secret),
            (None, _) => secrets.push(Arc::new(secret)),
        }
        self.generation.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    pub(crate) fn remove(&self, name: &str, if_exists: bool) -> Result<()> {
        let mut secrets = self.secrets.write();
        let Some(index) = secrets.iter().position(|secret| secret.name.eq_ignore_ascii_case(name))
        else {
            return match if_exists {
                true => Ok(()),
                false => Err(not_found(name, &secrets)),
            };
        };
        secrets.remove(index);
        self.generation.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }
}

fn not_found(name: &str, secrets: &[Arc<Secret>]) -> Error {
    let names: Vec<&str> = secrets.iter().map(|secret| secret.name.as_str()).collect();
    let error = Error::not_found(format!("secret '{name}' does not exist"));
    match closest(name, names.iter().copied()) {
        Some(near) => error.with_hint(format!("did you mean '{near}'?")),
        None if names.is_empty() => {
            error.with_hint("there are no secrets; make one with CREATE SECRET")
        }
        None => error.with_hint(format!("secrets: {}", names.join(", "))),
    }
}

/// Adds the statements, the system table and the service.
pub(crate) fn register(registry: &mut Registry, secrets: &Arc<Secrets>) {
    registry.statements.push(Arc::new(statements::CreateSecretParser::new(Arc::clone(secrets))));
    registry.statements.push(Arc::new(statements::DropSecretParser::new(Arc::clone(secrets))));
    registry.system_tables.push(SystemTable {
        name: "secrets",
        description: "One row for each secret of the session; values that must not be shown are hidden.",
        provider: Arc::new(table::table(Arc::clone(secrets))),
    });
    registry.add_service(Arc::clone(secrets));
}
