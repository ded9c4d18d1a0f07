//! Writing beside the target, and letting everything appear there at once.
//!
//! On this machine a folder beside the target is filled and renamed. In an object store, which renames
//! nothing, the file that describes the graph comes last; a folder without it is no graph. What fails or
//! is cancelled is taken away again.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use extension::{Error, Result};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parking_lot::Mutex;

use crate::location::Location;

/// A write that has begun.
#[derive(Debug)]
pub(super) struct Stage {
    target: Location,
    /// The folder that is filled.
    root: Location,
    overwrite: bool,
    /// What an object store holds already, and the file that is put last.
    remote: Mutex<Remote>,
    committed: bool,
}

#[derive(Debug, Default)]
struct Remote {
    written: Vec<Path>,
    last: Option<(Path, Vec<u8>)>,
}

impl Stage {
    /// Begins to write.
    pub(super) async fn begin(
        target: &str,
        overwrite: bool,
        context: &SessionContext,
    ) -> Result<Self> {
        let target = Location::parse(target, &context.state())?;
        if target.file_name().is_empty() {
            return Err(Error::invalid_input(format!(
                "'{}' is no folder of its own",
                target.shown
            )));
        }
        let taken = match &target.local {
            Some(local) if local.is_file() => {
                return Err(Error::already_exists(format!("'{}' is a file", target.shown)));
            }
            Some(local) => local.read_dir().is_ok_and(|mut entries| entries.next().is_some()),
            None => !target.files().await?.is_empty(),
        };
        if taken && !overwrite {
            return Err(Error::already_exists(format!(
                "'{}' exists and is not empty",
                target.shown
            ))
            .with_hint("the option OVERWRITE replaces it"));
        }
        let root = match target.local {
            Some(_) => {
                let name = format!(".{}.{}", target.file_name(), uuid::Uuid::new_v4().simple());
                target.folder().join(&name)
            }
            None => target.clone(),
        };
        if let Some(local) = &root.local {
            std::fs::create_dir_all(local)?;
        }
        Ok(Self { target, root, overwrite, remote: Mutex::default(), committed: false })
    }

    /// The folder that is filled.
    pub(super) fn root(&self) -> &Location {
        &self.root
    }

    /// The name of the target's folder without an ending.
    pub(super) fn name(&self) -> String {
        let name = self.target.file_name();
        extension::stem_of(name).unwrap_or_else(|| name.to_string())
    }

    /// Writes a file by its path in the folder.
    pub(super) async fn put(&self, path: &str, bytes: Vec<u8>) -> Result<()> {
        let file = self.root.join(path);
        let put = self.root.store.put(&file.path, bytes.into()).await;
        put.map_err(|error| file.explain(error))?;
        if self.root.local.is_none() {
            self.remote.lock().written.push(file.path);
        }
        Ok(())
    }

    /// Writes the file that makes a graph of the folder.
    pub(super) async fn put_last(&self, path: &str, bytes: Vec<u8>) -> Result<()> {
        match self.root.local {
            Some(_) => self.put(path, bytes).await,
            None => {
                self.remote.lock().last = Some((self.root.join(path).path, bytes));
                Ok(())
            }
        }
    }

    /// Lets everything appear.
    pub(super) async fn commit(mut self) -> Result<()> {
        match (&self.root.local, &self.target.local) {
            (Some(root), Some(target)) => replace(root, target)?,
            _ => self.commit_remote().await?,
        }
        self.committed = true;
        Ok(())
    }

    async fn commit_remote(&self) -> Result<()> {
        let (written, last) = {
            let mut remote = self.remote.lock();
            (remote.written.clone(), remote.last.take())
        };
        let Some((path, bytes)) = last else {
            return Err(Error::internal("a graph was written without its description"));
        };
        // What was there before and is not written anew would belong to no graph, or to another.
        let old: Vec<Path> = match self.overwrite {
            true => {
                let files = self.target.files().await?.into_iter().map(|file| file.location);
                files.filter(|old| !written.contains(old) && *old != path).collect()
            }
            false => vec![],
        };
        let store = &self.root.store;
        let put = store.put(&path, bytes.into()).await;
        put.map_err(|error| self.target.explain(error))?;
        remove(store, old).await.map_err(|error| self.target.explain(error))
    }
}

/// Puts a folder in the place of another.
fn replace(root: &PathBuf, target: &PathBuf) -> Result<()> {
    if !target.exists() {
        return Ok(std::fs::rename(root, target)?);
    }
    // Both are in one folder, so each rename is one step.
    let old = root.with_extension("old");
    std::fs::rename(target, &old)?;
    if let Err(error) = std::fs::rename(root, target) {
        std::fs::rename(&old, target)?;
        return Err(error.into());
    }
    Ok(std::fs::remove_dir_all(&old)?)
}

async fn remove(store: &Arc<dyn ObjectStore>, paths: Vec<Path>) -> object_store::Result<()> {
    let paths = futures::stream::iter(paths.into_iter().map(Ok)).boxed();
    store.delete_stream(paths).try_for_each(|_| futures::future::ready(Ok(()))).await
}

impl Drop for Stage {
    fn drop(&mut self) {
        if self.committed {
            return;
        }
        match &self.root.local {
            // Nothing can be done about what cannot be removed; it is no graph that anybody sees.
            Some(local) => drop(std::fs::remove_dir_all(local)),
            None => {
                let written = std::mem::take(&mut self.remote.lock().written);
                let store = Arc::clone(&self.root.store);
                if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                    runtime.spawn(async move { remove(&store, written).await });
                }
            }
        }
    }
}
