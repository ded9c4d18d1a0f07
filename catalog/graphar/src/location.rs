//! Where a graph is: a store, a folder in it, and what a person calls it.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::catalog::Session;
use datafusion::execution::object_store::ObjectStoreUrl;
use extension::{Error, ErrorKind, Result};
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use url::{Position, Url};

/// A folder or a file of a store.
#[derive(Debug, Clone)]
pub(crate) struct Location {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) path: Path,
    /// As a person wrote it, without a slash at the end.
    pub(crate) shown: String,
    /// The path on this machine.
    pub(crate) local: Option<PathBuf>,
}

impl Location {
    /// The place of a path or URL.
    pub(crate) fn parse(target: &str, state: &dyn Session) -> Result<Self> {
        let shown = target.trim_end_matches('/').to_string();
        let (url, path, local) = match target.split_once("://") {
            Some(("file", rest)) => local_place(rest.strip_prefix("localhost").unwrap_or(rest))?,
            Some(_) => {
                let url = Url::parse(target).map_err(|error| {
                    Error::invalid_input(format!("'{}': {error}", extension::redact(target)))
                })?;
                let path = Path::from_url_path(url.path()).map_err(invalid_path(target))?;
                (ObjectStoreUrl::parse(&url[..Position::BeforePath])?, path, None)
            }
            None => local_place(target)?,
        };
        let store = state.runtime_env().object_store(&url)?;
        Ok(Self { store, path, shown, local })
    }

    /// A folder or file below, by its path with slashes.
    pub(crate) fn join(&self, relative: &str) -> Self {
        let mut path = self.path.clone();
        let mut shown = self.shown.clone();
        let mut local = self.local.clone();
        for part in relative.split('/').filter(|part| !part.is_empty() && *part != ".") {
            if part == ".." {
                path = parent(&path);
                shown = shown.rsplit_once('/').map_or(String::new(), |(before, _)| before.into());
                local = local.map(|local| local.parent().map(Into::into).unwrap_or(local));
                continue;
            }
            path = path.join(part);
            shown = if shown.is_empty() { part.to_string() } else { format!("{shown}/{part}") };
            local = local.map(|local| local.join(part));
        }
        Self { store: Arc::clone(&self.store), path, shown, local }
    }

    /// The folder that it is in.
    pub(crate) fn folder(&self) -> Self {
        let shown = match self.shown.rsplit_once('/') {
            Some((before, _)) => before.to_string(),
            None => ".".to_string(),
        };
        let local = self.local.as_ref().and_then(|local| local.parent().map(Into::into));
        Self { store: Arc::clone(&self.store), path: parent(&self.path), shown, local }
    }

    /// The last part of its name.
    pub(crate) fn file_name(&self) -> &str {
        self.path.filename().unwrap_or_default()
    }

    /// All bytes of the file.
    pub(crate) async fn read(&self) -> Result<Bytes> {
        let read = async { self.store.get(&self.path).await?.bytes().await };
        read.await.map_err(|error| self.explain(error))
    }

    /// All bytes of the file, or `None` if there is no such file.
    pub(crate) async fn read_if_there(&self) -> Result<Option<Bytes>> {
        match self.read().await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The text of the file.
    pub(crate) async fn read_text(&self) -> Result<String> {
        String::from_utf8(self.read().await?.into())
            .map_err(|_| Error::invalid_data(format!("'{}' is no text in UTF-8", self.shown)))
    }

    /// The number in the file: eight bytes, the least first.
    pub(crate) async fn read_count(&self) -> Result<Option<u64>> {
        let Some(bytes) = self.read_if_there().await? else { return Ok(None) };
        let number = bytes.as_ref().try_into().ok().map(i64::from_le_bytes);
        match number.and_then(|number| u64::try_from(number).ok()) {
            Some(number) => Ok(Some(number)),
            None => Err(Error::invalid_data(format!(
                "'{}' must hold a count of eight bytes, and does not",
                self.shown
            ))),
        }
    }

    /// The names of files and folders right in the folder.
    pub(crate) async fn names(&self) -> Result<(Vec<String>, Vec<String>)> {
        let listed = self.store.list_with_delimiter(Some(&self.path)).await;
        let listed = listed.map_err(|error| self.explain(error))?;
        let name = |path: &Path| path.filename().unwrap_or_default().to_string();
        let mut files: Vec<String> =
            listed.objects.iter().map(|object| name(&object.location)).collect();
        let mut folders: Vec<String> = listed.common_prefixes.iter().map(name).collect();
        files.sort();
        folders.sort();
        Ok((files, folders))
    }

    /// All files below the folder.
    pub(crate) async fn files(&self) -> Result<Vec<ObjectMeta>> {
        let listed = self.store.list(Some(&self.path)).try_collect().await;
        listed.map_err(|error| self.explain(error))
    }

    /// An error of the store, with the name that a person knows.
    pub(crate) fn explain(&self, error: object_store::Error) -> Error {
        match error {
            object_store::Error::NotFound { .. } => {
                Error::not_found(format!("'{}' does not exist", self.shown))
            }
            other => Error::from(datafusion::error::DataFusionError::from(other))
                .context(format_args!("'{}'", self.shown)),
        }
    }
}

fn parent(path: &Path) -> Path {
    let mut parts: Vec<_> = path.parts().collect();
    parts.pop();
    Path::from_iter(parts)
}

fn invalid_path<E: std::fmt::Display>(target: &str) -> impl FnOnce(E) -> Error {
    let target = extension::redact(target).into_owned();
    move |error| Error::invalid_input(format!("'{target}' is no path: {error}"))
}

fn local_place(path: &str) -> Result<(ObjectStoreUrl, Path, Option<PathBuf>)> {
    if path.trim().is_empty() {
        return Err(Error::invalid_input("the path of the graph is empty"));
    }
    let home = path
        .strip_prefix("~/")
        .and_then(|rest| Some(format!("{}/{rest}", std::env::var("HOME").ok()?)));
    let absolute = std::path::absolute(home.as_deref().unwrap_or(path))?;
    // The store knows no `..`.
    let mut local = PathBuf::new();
    for part in absolute.components() {
        match part {
            std::path::Component::ParentDir => {
                local.pop();
            }
            other => local.push(other),
        }
    }
    let path = Path::from_absolute_path(&local).map_err(invalid_path(path))?;
    Ok((ObjectStoreUrl::local_filesystem(), path, Some(local)))
}
