//! The store of one bucket, container or host: sends each path to the store whose secret is for it,
//! and names the location in errors.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use extension::Error;
use futures::stream::BoxStream;
use futures::{StreamExt, TryFutureExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
};
use url::{Position, Url};

use super::errors::{Place, explain};
use super::schemes::Scheme;
use crate::secrets::Secret;

/// The store for the paths below a prefix.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) prefix: Path,
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) secret: Option<Arc<Secret>>,
}

/// One or more stores under one authority.
#[derive(Debug)]
pub(crate) struct LocatedStore {
    authority: String,
    scheme: &'static str,
    secret_type: &'static str,
    writable: bool,
    /// The longest prefix first; the last is empty and takes all.
    routes: Arc<[Route]>,
}

impl LocatedStore {
    pub(crate) fn new(url: &Url, scheme: &Scheme, routes: Vec<Route>) -> Self {
        Self {
            authority: format!(
                "{}://{}",
                url.scheme(),
                &url[Position::BeforeHost..Position::BeforePath]
            ),
            scheme: scheme.names[0],
            secret_type: scheme.secret_type.unwrap_or("config"),
            writable: scheme.writable,
            routes: routes.into(),
        }
    }

    fn route(&self, location: &Path) -> &Route {
        route(&self.routes, location)
    }

    fn place(&self, location: &Path) -> Place {
        Place {
            url: format!("{}/{location}", self.authority),
            authority: self.authority.clone(),
            secret: self.route(location).secret.as_ref().map(|secret| secret.name().to_string()),
            secret_type: self.secret_type,
        }
    }

    fn check_writable(&self) -> Result<()> {
        match self.writable {
            true => Ok(()),
            false => Err(object_store::Error::NotSupported {
                source: Box::new(
                    Error::unsupported(format!(
                        "'{}' cannot be written: {} locations are read-only",
                        self.authority, self.scheme
                    ))
                    .with_hint("write to a local path or to s3://, gs:// or az://"),
                ),
            }),
        }
    }
}

fn route<'a>(routes: &'a [Route], location: &Path) -> &'a Route {
    routes
        .iter()
        .find(|route| location.prefix_matches(&route.prefix))
        .unwrap_or(&routes[routes.len() - 1])
}

impl fmt::Display for LocatedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.authority)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl ObjectStore for LocatedStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.check_writable()?;
        let store = &self.route(location).store;
        store
            .put_opts(location, payload, options)
            .await
            .map_err(|error| explain(error, &self.place(location)))
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.check_writable()?;
        let store = &self.route(location).store;
        store
            .put_multipart_opts(location, options)
            .await
            .map_err(|error| explain(error, &self.place(location)))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let store = &self.route(location).store;
        store
            .get_opts(location, options)
            .await
            .map_err(|error| explain(error, &self.place(location)))
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let store = &self.route(location).store;
        store
            .get_ranges(location, ranges)
            .await
            .map_err(|error| explain(error, &self.place(location)))
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        if let Err(error) = self.check_writable() {
            return futures::stream::once(async { Err(error) }).boxed();
        }
        if let [only] = &*self.routes {
            let place = self.place(&Path::default());
            return only
                .store
                .delete_stream(locations)
                .map_err(move |error| explain(error, &place))
                .boxed();
        }
        let routes = Arc::clone(&self.routes);
        locations
            .map(move |location| {
                let routes = Arc::clone(&routes);
                async move {
                    let location = location?;
                    route(&routes, &location).store.delete(&location).await?;
                    Ok(location)
                }
            })
            .buffered(8)
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let root = Path::default();
        let place = self.place(prefix.unwrap_or(&root));
        let store = &self.route(prefix.unwrap_or(&root)).store;
        store.list(prefix).map_err(move |error| explain(error, &place)).boxed()
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        let root = Path::default();
        let place = self.place(prefix.unwrap_or(&root));
        let store = &self.route(prefix.unwrap_or(&root)).store;
        store.list_with_offset(prefix, offset).map_err(move |error| explain(error, &place)).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let root = Path::default();
        let place = self.place(prefix.unwrap_or(&root));
        let store = &self.route(prefix.unwrap_or(&root)).store;
        store.list_with_delimiter(prefix).map_err(|error| explain(error, &place)).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.check_writable()?;
        let store = &self.route(to).store;
        store.copy_opts(from, to, options).await.map_err(|error| explain(error, &self.place(to)))
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.check_writable()?;
        let store = &self.route(to).store;
        store.rename_opts(from, to, options).await.map_err(|error| explain(error, &self.place(to)))
    }
}
