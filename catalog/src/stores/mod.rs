//! Locations: from a URL to the object store that holds it.
//!
//! Stores are made when a URL first asks for one, from the list of [`schemes`] and the session's
//! secrets, and kept until a secret changes. A store that was registered by hand comes first.

mod aws_profile;
mod azure;
mod credentials;
mod errors;
mod gcs;
mod http;
mod located;
mod region;
mod s3;
mod schemes;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::object_store::ObjectStoreRegistry;
use extension::{Error, Registry, Result, closest};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use parking_lot::RwLock;
use url::{Position, Url};

use crate::secrets::{Secret, Secrets};
use located::{LocatedStore, Route};
use schemes::{SCHEMES, Scheme};

/// Makes and keeps the stores of a session.
#[derive(Debug)]
pub struct Stores {
    secrets: Arc<Secrets>,
    local: Arc<dyn ObjectStore>,
    registered: RwLock<HashMap<String, Arc<dyn ObjectStore>>>,
    made: RwLock<HashMap<String, Made>>,
}

#[derive(Debug)]
struct Made {
    store: Arc<dyn ObjectStore>,
    /// The state of the secrets that it was made from.
    generation: u64,
}

impl Stores {
    /// No stores yet; credentials come from `secrets` and the environment.
    pub fn new(secrets: Arc<Secrets>) -> Self {
        Self {
            secrets,
            local: Arc::new(LocalFileSystem::new()),
            registered: RwLock::default(),
            made: RwLock::default(),
        }
    }

    fn store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        if let Some(store) = self.registered.read().get(&registered_key(url)) {
            return Ok(Arc::clone(store));
        }
        let scheme = find_scheme(url.scheme())?;
        if scheme.is_local {
            return Ok(Arc::clone(&self.local));
        }
        let generation = self.secrets.generation();
        // The user part of a URL may name the container, so it belongs to the key.
        let key = url[..Position::BeforePath].to_string();
        if let Some(made) = self.made.read().get(&key)
            && made.generation == generation
        {
            return Ok(Arc::clone(&made.store));
        }
        let store = self.open(scheme, url)?;
        let made = Made { store: Arc::clone(&store), generation };
        self.made.write().insert(key, made);
        Ok(store)
    }

    /// One store for the authority of the URL, and others for the folders with secrets of their own.
    fn open(&self, scheme: &Scheme, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        let (general, special) = self.secrets_for(scheme, url);
        let mut routes = vec![];
        for (prefix, secret) in special {
            routes.push(Route {
                prefix,
                store: (scheme.open)(url, Some(&secret))?,
                secret: Some(secret),
            });
        }
        // The longest prefix is looked for first.
        routes.sort_by_key(|route| std::cmp::Reverse(route.prefix.parts().count()));
        let store = (scheme.open)(url, general.as_deref())?;
        routes.push(Route { prefix: Path::default(), store, secret: general });
        Ok(Arc::new(LocatedStore::new(url, scheme, routes)))
    }

    /// The secret with the longest scope that holds all of the store, and those that hold a part.
    #[allow(clippy::type_complexity)]
    fn secrets_for(
        &self,
        scheme: &Scheme,
        url: &Url,
    ) -> (Option<Arc<Secret>>, Vec<(Path, Arc<Secret>)>) {
        let authority = canonical(scheme, &url[..Position::BeforePath]);
        let mut general: Option<(usize, Arc<Secret>)> = None;
        let mut special: Vec<(Path, Arc<Secret>)> = vec![];
        for secret in self.secrets.all() {
            if Some(secret.type_name()) != scheme.secret_type {
                continue;
            }
            for scope in secret.scope() {
                let scope = canonical(scheme, scope);
                let rest = match scope.strip_prefix(authority.as_str()) {
                    Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                        rest.trim_matches('/')
                    }
                    _ if within(&authority, &scope) => "",
                    _ => continue,
                };
                if !rest.is_empty() {
                    special.push((Path::from(rest), Arc::clone(&secret)));
                } else if general.as_ref().is_none_or(|(length, _)| scope.len() > *length) {
                    general = Some((scope.len(), Arc::clone(&secret)));
                }
            }
        }
        (general.map(|(_, secret)| secret), special)
    }
}

/// Whether a store lies within a scope such as `s3://` or `s3://bucket`. Names are compared whole:
/// the scope `s3://data` does not hold `s3://data2`.
fn within(authority: &str, scope: &str) -> bool {
    let scope = scope.strip_suffix('/').filter(|scope| !scope.ends_with('/')).unwrap_or(scope);
    match authority.strip_prefix(scope) {
        Some(rest) => rest.is_empty() || rest.starts_with('/') || scope.ends_with('/'),
        None => false,
    }
}

/// The URL with the first of the scheme's names, so that `s3a://b` and `s3://b` are the same.
fn canonical(scheme: &Scheme, url: &str) -> String {
    match url.split_once("://") {
        Some((name, rest)) if scheme.names.contains(&name) && scheme.same_when_renamed => {
            format!("{}://{rest}", scheme.names[0])
        }
        _ => url.to_string(),
    }
}

fn find_scheme(name: &str) -> Result<&'static Scheme> {
    SCHEMES.iter().find(|scheme| scheme.names.contains(&name)).ok_or_else(|| {
        let names = || SCHEMES.iter().flat_map(|scheme| scheme.names.iter().copied());
        let list = names().map(|name| format!("{name}://")).collect::<Vec<_>>().join(", ");
        let near = match closest(name, names()) {
            Some(near) => format!("did you mean {near}://? "),
            None => String::new(),
        };
        Error::unsupported(format!("'{name}://' is not a kind of location"))
            .with_hint(format!("{near}kinds: {list}"))
    })
}

/// The key of DataFusion's own registry, without user and password.
fn registered_key(url: &Url) -> String {
    format!("{}://{}", url.scheme(), &url[Position::BeforeHost..Position::AfterPort])
}

impl ObjectStoreRegistry for Stores {
    fn register_store(
        &self,
        url: &Url,
        store: Arc<dyn ObjectStore>,
    ) -> Option<Arc<dyn ObjectStore>> {
        self.registered.write().insert(registered_key(url), store)
    }

    fn deregister_store(&self, url: &Url) -> DataFusionResult<Arc<dyn ObjectStore>> {
        self.registered.write().remove(&registered_key(url)).ok_or_else(|| {
            Error::not_found(format!("no store is registered for '{}'", registered_key(url))).into()
        })
    }

    fn get_store(&self, url: &Url) -> DataFusionResult<Arc<dyn ObjectStore>> {
        self.store(url).map_err(DataFusionError::from)
    }
}

/// Makes the registry of stores the session's.
pub(crate) fn register(registry: &mut Registry, secrets: &Arc<Secrets>) {
    registry.object_stores = Some(Arc::new(Stores::new(Arc::clone(secrets))));
}
