//! Writes that become visible together or not at all.
//!
//! A sink writes through [`StagedStore`]s. What it finishes is held back: small objects in memory,
//! larger ones as multipart uploads that are complete but for the last request (on the local file
//! system these are files beside the target whose names end in `#` and a number, which no listing
//! shows). [`Staging::commit`] completes them all, [`Staging::abort`] leaves no trace.
//!
//! ```text
//!  sink ── put ──────────► held payload ─┐
//!       └─ multipart ────► held upload ──┴─► commit: put / complete    abort: forget / abort
//! ```
//!
//! Files are renamed into place but not synced to the disk, as with DuckDB: a process may die at any
//! moment, while a power failure may take the newest files with it.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::common::Result as DataFusionResult;
use datafusion::execution::object_store::ObjectStoreRegistry;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
    UploadPart,
};
use parking_lot::Mutex;
use url::Url;

/// How many bytes of small objects are held in memory; beyond that they become uploads too.
const HELD_IN_MEMORY: usize = 32 << 20;
/// How many objects are completed at once.
const PARALLEL_COMMITS: usize = 16;

/// What one statement has written so far.
#[derive(Debug, Default)]
pub(crate) struct Staging {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    held: usize,
    writes: Vec<StagedWrite>,
    first_error: Option<object_store::Error>,
}

/// One object that is written but not visible.
struct StagedWrite {
    store: Arc<dyn ObjectStore>,
    location: Path,
    content: Content,
}

enum Content {
    Payload(PutPayload, PutOptions),
    Upload(Box<dyn MultipartUpload>),
}

impl fmt::Debug for StagedWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StagedWrite({})", self.location)
    }
}

impl Staging {
    /// The error that a store gave first. Sinks often turn it into a text, so this one says more.
    pub(crate) fn take_error(&self) -> Option<object_store::Error> {
        self.state.lock().first_error.take()
    }

    /// The locations that a commit would write.
    pub(crate) fn locations(&self) -> HashSet<Path> {
        self.state.lock().writes.iter().map(|write| write.location.clone()).collect()
    }

    /// Makes everything visible. If a part fails, what else was new is removed again, as far as
    /// `existed` says that it replaced nothing.
    pub(crate) async fn commit(&self, existed: impl Fn(&Path) -> bool) -> Result<()> {
        let writes = {
            let mut state = self.state.lock();
            state.closed = true;
            std::mem::take(&mut state.writes)
        };
        let results: Vec<(Arc<dyn ObjectStore>, Path, Result<()>)> = futures::stream::iter(writes)
            .map(|write| async move {
                let result = complete(&*write.store, &write.location, write.content).await;
                (write.store, write.location, result)
            })
            .buffer_unordered(PARALLEL_COMMITS)
            .collect()
            .await;
        if results.iter().all(|(_, _, result)| result.is_ok()) {
            return Ok(());
        }
        let mut first_error = None;
        for (store, location, result) in results {
            match result {
                Ok(()) if existed(&location) => {}
                // The commit has failed already; a left-over file must not hide why.
                Ok(()) => drop(store.delete(&location).await),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        first_error.map_or(Ok(()), Err)
    }

    /// Forgets everything.
    pub(crate) async fn abort(&self) {
        for write in self.close() {
            if let Content::Upload(mut upload) = write.content {
                // Nothing is visible either way; an upload that cannot be aborted expires.
                let _ = upload.abort().await;
            }
        }
    }

    fn close(&self) -> Vec<StagedWrite> {
        let mut state = self.state.lock();
        state.closed = true;
        std::mem::take(&mut state.writes)
    }

    /// Keeps a finished write, or gives it back if the statement has ended meanwhile.
    fn keep(&self, write: StagedWrite) -> Option<Content> {
        let mut state = self.state.lock();
        match state.closed {
            true => Some(write.content),
            false => {
                state.writes.push(write);
                None
            }
        }
    }

    /// Whether `size` more bytes may be held in memory; if so they count.
    fn reserve(&self, size: usize) -> bool {
        let mut state = self.state.lock();
        let fits = state.held + size <= HELD_IN_MEMORY;
        if fits {
            state.held += size;
        }
        fits
    }

    /// Remembers the first error and passes it on.
    fn note(&self, error: object_store::Error) -> object_store::Error {
        let message = error.to_string();
        let mut state = self.state.lock();
        if state.first_error.is_none() {
            state.first_error = Some(error);
            // The sink only needs to know that it failed; the statement reports the kept error.
            return object_store::Error::Generic { store: "staged", source: message.into() };
        }
        error
    }
}

/// Dropping the last reference without a commit, as a cancelled query does, aborts.
impl Drop for Staging {
    fn drop(&mut self) {
        for write in self.close() {
            if let Content::Upload(upload) = write.content {
                discard(&*write.store, upload);
            }
        }
    }
}

/// Aborts an upload where nobody waits for it: local files at once, as the process may be about to
/// end, and others in the background.
fn discard(store: &dyn ObjectStore, mut upload: Box<dyn MultipartUpload>) {
    if store.to_string().starts_with("LocalFileSystem") {
        // On a thread without a runtime a local upload removes its file while it is dropped.
        let _ = std::thread::spawn(move || drop(upload)).join();
    } else if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(async move {
            let _ = upload.abort().await;
        });
    }
}

async fn complete(store: &dyn ObjectStore, location: &Path, content: Content) -> Result<()> {
    match content {
        Content::Payload(payload, options) => {
            store.put_opts(location, payload, options).await?;
        }
        Content::Upload(mut upload) => {
            if let Err(error) = upload.complete().await {
                let _ = upload.abort().await;
                return Err(error);
            }
        }
    }
    Ok(())
}

/// A store whose writes wait for the commit. Reads see what is committed.
#[derive(Debug)]
pub(crate) struct StagedStore {
    inner: Arc<dyn ObjectStore>,
    staging: Arc<Staging>,
}

impl StagedStore {
    pub(crate) fn new(inner: Arc<dyn ObjectStore>, staging: Arc<Staging>) -> Self {
        Self { inner, staging }
    }

    fn keep(&self, location: &Path, content: Content) {
        let write =
            StagedWrite { store: Arc::clone(&self.inner), location: location.clone(), content };
        if let Some(Content::Upload(upload)) = self.staging.keep(write) {
            discard(&*self.inner, upload);
        }
    }
}

impl fmt::Display for StagedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

fn put_result() -> PutResult {
    PutResult { e_tag: None, version: None }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl ObjectStore for StagedStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        if self.staging.reserve(payload.content_length()) {
            self.keep(location, Content::Payload(payload, options));
            return Ok(put_result());
        }
        let mut upload = self.put_multipart_opts(location, PutMultipartOptions::default()).await?;
        upload.put_part(payload).await?;
        upload.complete().await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let inner = self
            .inner
            .put_multipart_opts(location, options)
            .await
            .map_err(|error| self.staging.note(error))?;
        Ok(Box::new(StagedUpload {
            inner: Some(inner),
            location: location.clone(),
            store: Self { inner: Arc::clone(&self.inner), staging: Arc::clone(&self.staging) },
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.inner.rename_opts(from, to, options).await
    }
}

/// An upload whose completion waits for the commit.
struct StagedUpload {
    inner: Option<Box<dyn MultipartUpload>>,
    location: Path,
    store: StagedStore,
}

impl fmt::Debug for StagedUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StagedUpload({})", self.location)
    }
}

fn finished() -> object_store::Error {
    object_store::Error::Generic { store: "staged", source: "the upload has ended already".into() }
}

#[async_trait]
impl MultipartUpload for StagedUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let Some(inner) = self.inner.as_mut() else {
            return Box::pin(async { Err(finished()) });
        };
        let part = inner.put_part(data);
        let staging = Arc::clone(&self.store.staging);
        Box::pin(async move { part.await.map_err(|error| staging.note(error)) })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let inner = self.inner.take().ok_or_else(finished)?;
        self.store.keep(&self.location, Content::Upload(inner));
        Ok(put_result())
    }

    async fn abort(&mut self) -> Result<()> {
        match self.inner.take() {
            Some(mut inner) => inner.abort().await,
            None => Ok(()),
        }
    }
}

impl Drop for StagedUpload {
    fn drop(&mut self) {
        if let Some(upload) = self.inner.take() {
            discard(&*self.store.inner, upload);
        }
    }
}

/// Hands out staged stores, so that a sink that finds its own store writes through staging too.
#[derive(Debug)]
pub(crate) struct StagedRegistry {
    inner: Arc<dyn ObjectStoreRegistry>,
    staging: Arc<Staging>,
}

impl StagedRegistry {
    pub(crate) fn new(inner: Arc<dyn ObjectStoreRegistry>, staging: Arc<Staging>) -> Self {
        Self { inner, staging }
    }
}

impl ObjectStoreRegistry for StagedRegistry {
    fn register_store(
        &self,
        url: &Url,
        store: Arc<dyn ObjectStore>,
    ) -> Option<Arc<dyn ObjectStore>> {
        self.inner.register_store(url, store)
    }

    fn deregister_store(&self, url: &Url) -> DataFusionResult<Arc<dyn ObjectStore>> {
        self.inner.deregister_store(url)
    }

    fn get_store(&self, url: &Url) -> DataFusionResult<Arc<dyn ObjectStore>> {
        let inner = self.inner.get_store(url)?;
        Ok(Arc::new(StagedStore::new(inner, Arc::clone(&self.staging))))
    }
}

/// All objects below a folder, except the folder's own marker.
pub(crate) async fn list(store: &dyn ObjectStore, folder: &Path) -> Result<Vec<Path>> {
    let folder = folder.clone();
    store
        .list(Some(&folder))
        .map_ok(|object| object.location)
        .try_filter(|location| futures::future::ready(*location != folder))
        .try_collect()
        .await
}
