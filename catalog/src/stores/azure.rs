//! `az://container/…` and `abfss://container@account.dfs.core.windows.net/…`: Azure Blob Storage.

use std::sync::Arc;

use extension::{Error, Result};
use object_store::ObjectStore;
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use url::Url;

use super::credentials::{BoundedProvider, client_options, retry, variable};
use crate::secrets::Secret;

pub(crate) fn open(url: &Url, secret: Option<&Secret>) -> Result<Arc<dyn ObjectStore>> {
    let value = |key: &str| secret.and_then(|secret| secret.value(key));
    let mut builder = match secret {
        Some(secret) if secret.provider() != "credential_chain" => MicrosoftAzureBuilder::new(),
        _ => MicrosoftAzureBuilder::from_env(),
    };
    builder = builder.with_retry(retry());

    // `container@account.host` names both; otherwise the host is the container.
    let container = match url.username() {
        "" => url.host_str().unwrap_or_default(),
        container => {
            let account =
                url.host_str().and_then(|host| host.split('.').next()).unwrap_or_default();
            builder = builder.with_account(account);
            container
        }
    };
    if container.is_empty() {
        return Err(Error::invalid_input(format!("'{url}' names no container"))
            .with_hint("write az://container/path"));
    }
    builder = builder.with_container_name(container);

    let mut endpoint = value("endpoint").map(str::to_string);
    let connection_string = value("connection_string")
        .map(str::to_string)
        .or_else(|| variable("AZURE_STORAGE_CONNECTION_STRING").filter(|_| secret.is_none()));
    let mut has_credentials = [
        "AZURE_STORAGE_ACCOUNT_KEY",
        "AZURE_STORAGE_ACCESS_KEY",
        "AZURE_STORAGE_SAS_TOKEN",
        "AZURE_STORAGE_SAS_KEY",
        "AZURE_CLIENT_SECRET",
        "AZURE_STORAGE_CLIENT_SECRET",
        "AZURE_FEDERATED_TOKEN_FILE",
        "AZURE_STORAGE_TOKEN",
    ]
    .iter()
    .any(|name| variable(name).is_some());
    if let Some(text) = connection_string {
        has_credentials = true;
        for (key, part) in connection_parts(&text) {
            builder = match key.as_str() {
                "accountname" => builder.with_account(part),
                "accountkey" => builder.with_access_key(part),
                "sharedaccesssignature" => builder.with_config(AzureConfigKey::SasKey, part),
                "blobendpoint" => {
                    endpoint.get_or_insert(part);
                    builder
                }
                _ => builder,
            };
        }
    }
    for (key, config) in [
        ("account_name", AzureConfigKey::AccountName),
        ("account_key", AzureConfigKey::AccessKey),
        ("sas_token", AzureConfigKey::SasKey),
        ("access_token", AzureConfigKey::Token),
        ("tenant_id", AzureConfigKey::AuthorityId),
        ("client_id", AzureConfigKey::ClientId),
        ("client_secret", AzureConfigKey::ClientSecret),
    ] {
        if let Some(value) = value(key) {
            has_credentials |= extension::is_secret_key(key);
            builder = builder.with_config(config, value);
        }
    }
    if secret.is_some_and(|secret| secret.provider() == "anonymous") {
        has_credentials = true;
        builder = builder.with_skip_signature(true);
    }
    let allow_http = endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"))
        || variable("AZURE_ALLOW_HTTP").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    builder = builder.with_client_options(client_options(allow_http));

    if builder.get_config_value(&AzureConfigKey::AccountName).is_none() {
        return Err(missing(container).context("the account is not known"));
    }
    if !has_credentials {
        let inner = Arc::clone(builder.clone().build()?.credentials());
        let bounded = BoundedProvider::new(inner, "Azure", missing(container));
        builder = builder.with_credentials(Arc::new(bounded));
    }
    Ok(Arc::new(builder.build()?))
}

/// The `Name=Value` parts of a connection string, names in lower case.
pub(crate) fn connection_parts(text: &str) -> Vec<(String, String)> {
    text.split(';')
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_string()))
        .collect()
}

fn missing(container: &str) -> Error {
    Error::permission_denied(format!(
        "no credentials for 'az://{container}': looked for a secret with that scope, the AZURE_STORAGE_* \
         variables, a client secret or federated token, and the metadata service of the machine"
    ))
    .with_hint(format!(
        "CREATE SECRET (TYPE azure, CONNECTION_STRING '…', SCOPE 'az://{container}'), or with \
         ACCOUNT_NAME and ACCOUNT_KEY"
    ))
}
