//! `s3://bucket/…`: Amazon S3 and the many stores that speak its language.
//!
//! Credentials come from a secret, or from where the AWS tools look: the environment, the profile in
//! `~/.aws`, a container's or a web identity, and at last the machine's metadata service.

use std::sync::Arc;

use extension::{Error, Result};
use object_store::ObjectStore;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use url::Url;

use super::aws_profile::{self, Profile};
use super::credentials::{BoundedProvider, client_options, retry, variable};
use super::region::RegionStore;
use crate::secrets::Secret;

pub(crate) fn open(url: &Url, secret: Option<&Secret>) -> Result<Arc<dyn ObjectStore>> {
    let bucket = url.host_str().filter(|bucket| !bucket.is_empty()).ok_or_else(|| {
        Error::invalid_input(format!("'{url}' names no bucket")).with_hint("write s3://bucket/path")
    })?;
    let value = |key| secret.and_then(|secret| secret.value(key));
    let configured =
        secret.is_some_and(|secret| secret.provider() == "config" && value("key_id").is_some());
    let anonymous = secret.is_some_and(|secret| secret.provider() == "anonymous");
    let profile_only = secret.is_some_and(|secret| secret.provider() == "profile");

    let mut builder = match configured || anonymous || profile_only {
        true => AmazonS3Builder::new(),
        false => AmazonS3Builder::from_env(),
    };
    builder = builder.with_bucket_name(bucket).with_retry(retry());

    let mut has_credentials =
        configured || anonymous || !profile_only && environment_has_credentials();
    let wanted_profile = value("profile").map(str::to_string).or_else(|| variable("AWS_PROFILE"));
    let wants_profile = profile_only || value("profile").is_some() || !has_credentials;
    if wants_profile && !configured && !anonymous {
        let explicit = profile_only || wanted_profile.is_some();
        let name = wanted_profile.unwrap_or_else(|| "default".to_string());
        match aws_profile::load(&name)? {
            Some(profile) => {
                has_credentials |= profile.has_keys();
                builder = with_profile(builder, &profile);
            }
            None if explicit => return Err(aws_profile::missing(&name)),
            None => {}
        }
    }

    if configured && let (Some(key_id), Some(key)) = (value("key_id"), value("secret")) {
        builder = builder.with_access_key_id(key_id).with_secret_access_key(key);
        if let Some(token) = value("session_token") {
            builder = builder.with_token(token);
        }
    }
    if let Some(region) = value("region") {
        builder = builder.with_region(region);
    }
    if anonymous {
        builder = builder.with_skip_signature(true);
    }
    if value("requester_pays") == Some("true") {
        builder = builder.with_request_payer(true);
    }
    if let Some(key) = value("kms_key_id") {
        builder = builder.with_sse_kms_encryption(key);
    }

    let endpoint = match value("endpoint") {
        Some(endpoint) => Some(endpoint_url(endpoint, value("use_ssl"))?),
        None => builder
            .get_config_value(&AmazonS3ConfigKey::S3Endpoint)
            .or_else(|| builder.get_config_value(&AmazonS3ConfigKey::Endpoint)),
    };
    let mut allow_http =
        variable("AWS_ALLOW_HTTP").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let region_known = endpoint.is_some()
        || builder.get_config_value(&AmazonS3ConfigKey::Region).is_some()
        || builder.get_config_value(&AmazonS3ConfigKey::DefaultRegion).is_some();
    if let Some(endpoint) = endpoint {
        allow_http |= endpoint.starts_with("http://");
        let virtual_hosted = value("url_style") == Some("vhost");
        let endpoint = match virtual_hosted {
            true => endpoint.replacen("://", &format!("://{bucket}."), 1),
            false => endpoint,
        };
        builder = builder
            .with_config(AmazonS3ConfigKey::S3Endpoint, endpoint)
            .with_virtual_hosted_style_request(virtual_hosted);
    } else {
        builder = builder.with_virtual_hosted_style_request(value("url_style") != Some("path"));
        // A bucket with dots does not match the certificate of its host name.
        if bucket.contains('.') && value("url_style").is_none() {
            builder = builder.with_virtual_hosted_style_request(false);
        }
    }
    builder = builder.with_client_options(client_options(allow_http));

    if !has_credentials {
        let inner = Arc::clone(builder.clone().build()?.credentials());
        let bounded = BoundedProvider::new(inner, "S3", missing(bucket));
        builder = builder.with_credentials(Arc::new(bounded));
    }
    Ok(match region_known {
        true => Arc::new(builder.build()?),
        false => Arc::new(RegionStore::new(bucket, builder)),
    })
}

/// Whether the environment says where credentials are, so that no guessing is needed.
fn environment_has_credentials() -> bool {
    let skips =
        variable("AWS_SKIP_SIGNATURE").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    skips
        || [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ]
        .iter()
        .any(|name| variable(name).is_some())
}

fn with_profile(mut builder: AmazonS3Builder, profile: &Profile) -> AmazonS3Builder {
    if let (Some(id), Some(key)) =
        (profile.get("aws_access_key_id"), profile.get("aws_secret_access_key"))
    {
        builder = builder.with_access_key_id(id).with_secret_access_key(key);
    }
    if let Some(token) = profile.get("aws_session_token") {
        builder = builder.with_token(token);
    }
    let unset = |builder: &AmazonS3Builder, key| builder.get_config_value(&key).is_none();
    if let Some(region) = profile.get("region")
        && unset(&builder, AmazonS3ConfigKey::Region)
    {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = profile.get("endpoint_url")
        && unset(&builder, AmazonS3ConfigKey::Endpoint)
    {
        builder = builder.with_endpoint(endpoint);
    }
    builder
}

/// `host:port`, as DuckDB writes it, or a whole URL.
fn endpoint_url(endpoint: &str, use_ssl: Option<&str>) -> Result<String> {
    let endpoint = endpoint.trim_end_matches('/');
    match (endpoint.split_once("://"), use_ssl) {
        (None, Some("false")) => Ok(format!("http://{endpoint}")),
        (None, _) => Ok(format!("https://{endpoint}")),
        (Some(("http", _)), Some("true")) | (Some(("https", _)), Some("false")) => {
            Err(Error::invalid_input(format!(
                "the secret's ENDPOINT '{endpoint}' contradicts its USE_SSL"
            )))
        }
        (Some(_), _) => Ok(endpoint.to_string()),
    }
}

fn missing(bucket: &str) -> Error {
    Error::permission_denied(format!(
        "no credentials for 's3://{bucket}': looked for a secret with that scope, AWS_ACCESS_KEY_ID and \
         AWS_SECRET_ACCESS_KEY, a profile in ~/.aws, a web or container identity, and the metadata \
         service of the machine"
    ))
    .with_hint(format!(
        "CREATE SECRET (TYPE s3, KEY_ID '…', SECRET '…', REGION '…', SCOPE 's3://{bucket}'), or for a \
         public bucket CREATE SECRET (TYPE s3, PROVIDER anonymous, REGION '…', SCOPE 's3://{bucket}')"
    ))
}
