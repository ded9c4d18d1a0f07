//! `gs://bucket/…`: Google Cloud Storage, natively by a service account or token, or by its
//! S3-compatible door with an HMAC key.

use std::sync::Arc;

use extension::{Error, Result};
use object_store::ObjectStore;
use object_store::StaticCredentialProvider;
use object_store::aws::AmazonS3Builder;
use object_store::gcp::{GcpCredential, GoogleCloudStorageBuilder};
use url::Url;

use super::credentials::{BoundedProvider, client_options, retry, variable};
use crate::secrets::Secret;

pub(crate) fn open(url: &Url, secret: Option<&Secret>) -> Result<Arc<dyn ObjectStore>> {
    let bucket = url.host_str().filter(|bucket| !bucket.is_empty()).ok_or_else(|| {
        Error::invalid_input(format!("'{url}' names no bucket")).with_hint("write gs://bucket/path")
    })?;
    let value = |key| secret.and_then(|secret| secret.value(key));
    let endpoint = value("endpoint");
    let allow_http = endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"));

    if let (Some(key_id), Some(key)) = (value("key_id"), value("secret")) {
        let store = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region("auto")
            .with_endpoint(endpoint.unwrap_or("https://storage.googleapis.com"))
            .with_access_key_id(key_id)
            .with_secret_access_key(key)
            .with_retry(retry())
            .with_client_options(client_options(allow_http))
            .build()?;
        return Ok(Arc::new(store));
    }

    let mut builder = match secret {
        Some(secret) if secret.provider() == "config" => GoogleCloudStorageBuilder::new(),
        _ => GoogleCloudStorageBuilder::from_env(),
    };
    builder = builder
        .with_bucket_name(bucket)
        .with_retry(retry())
        .with_client_options(client_options(allow_http));
    if let Some(endpoint) = endpoint {
        builder = builder.with_base_url(endpoint);
    }
    let mut has_credentials = [
        "GOOGLE_SERVICE_ACCOUNT",
        "GOOGLE_SERVICE_ACCOUNT_PATH",
        "GOOGLE_SERVICE_ACCOUNT_KEY",
        "SERVICE_ACCOUNT",
        "GOOGLE_APPLICATION_CREDENTIALS",
    ]
    .iter()
    .any(|name| variable(name).is_some());
    if let Some(account) = value("service_account") {
        has_credentials = true;
        builder = match account.trim_start().starts_with('{') {
            true => builder.with_service_account_key(account),
            false => builder.with_service_account_path(account),
        };
    } else if let Some(token) = value("bearer_token") {
        has_credentials = true;
        let credential = GcpCredential { bearer: token.to_string() };
        builder = builder.with_credentials(Arc::new(StaticCredentialProvider::new(credential)));
    }
    if secret.is_some_and(|secret| secret.provider() == "anonymous") {
        has_credentials = true;
        builder = builder.with_skip_signature(true);
    }
    if !has_credentials {
        let inner = Arc::clone(builder.clone().build()?.credentials());
        let bounded = BoundedProvider::new(inner, "GCS", missing(bucket));
        builder = builder.with_credentials(Arc::new(bounded));
    }
    Ok(Arc::new(builder.build()?))
}

fn missing(bucket: &str) -> Error {
    Error::permission_denied(format!(
        "no credentials for 'gs://{bucket}': looked for a secret with that scope, \
         GOOGLE_SERVICE_ACCOUNT, GOOGLE_APPLICATION_CREDENTIALS, gcloud's default credentials, and the \
         metadata service of the machine"
    ))
    .with_hint(format!(
        "CREATE SECRET (TYPE gcs, SERVICE_ACCOUNT 'key.json', SCOPE 'gs://{bucket}'), or with an HMAC \
         key CREATE SECRET (TYPE gcs, KEY_ID '…', SECRET '…')"
    ))
}
