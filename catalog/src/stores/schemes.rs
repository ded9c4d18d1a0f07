//! The kinds of locations, in the order of the manual.

use std::sync::Arc;

use extension::Result;
use object_store::ObjectStore;
use url::Url;

use super::{azure, gcs, http, s3};
use crate::secrets::Secret;

/// Makes the store of a URL with the credentials of a secret, or of the environment.
type Open = fn(&Url, Option<&Secret>) -> Result<Arc<dyn ObjectStore>>;

/// A kind of location.
#[derive(Debug)]
pub(crate) struct Scheme {
    /// What stands before `://`; the first is the usual name.
    pub(crate) names: &'static [&'static str],
    /// The type of secret that it asks for.
    pub(crate) secret_type: Option<&'static str>,
    /// Whether all names mean the same, as `s3` and `s3a` do but `http` and `https` do not.
    pub(crate) same_when_renamed: bool,
    /// Whether it is the local file system, which is never opened.
    pub(crate) is_local: bool,
    /// Whether files can be written there.
    pub(crate) writable: bool,
    /// Makes the store of a URL.
    pub(crate) open: Open,
}

/// All kinds.
pub(crate) const SCHEMES: &[Scheme] = &[
    Scheme {
        names: &["file"],
        secret_type: None,
        same_when_renamed: true,
        is_local: true,
        writable: true,
        open: |_, _| Ok(Arc::new(object_store::local::LocalFileSystem::new())),
    },
    Scheme {
        names: &["s3", "s3a", "s3n"],
        secret_type: Some("s3"),
        same_when_renamed: true,
        is_local: false,
        writable: true,
        open: s3::open,
    },
    Scheme {
        names: &["gs", "gcs"],
        secret_type: Some("gcs"),
        same_when_renamed: true,
        is_local: false,
        writable: true,
        open: gcs::open,
    },
    Scheme {
        names: &["az", "azure", "abfs", "abfss"],
        secret_type: Some("azure"),
        same_when_renamed: false,
        is_local: false,
        writable: true,
        open: azure::open,
    },
    Scheme {
        names: &["https", "http"],
        secret_type: Some("http"),
        same_when_renamed: false,
        is_local: false,
        writable: false,
        open: http::open,
    },
];
