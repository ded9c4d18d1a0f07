//! `https://host/…`: files on web servers, for reading.

use std::sync::Arc;

use extension::{Error, Result};
use object_store::http::HttpBuilder;
use object_store::{ClientOptions, HeaderMap, HeaderValue, ObjectStore};
use url::{Position, Url};

use super::credentials::{client_options, retry, variable};
use crate::secrets::Secret;

pub(crate) fn open(url: &Url, secret: Option<&Secret>) -> Result<Arc<dyn ObjectStore>> {
    let value = |key| secret.and_then(|secret| secret.value(key));
    let mut headers = HeaderMap::new();
    let authorization = match (value("bearer_token"), value("username"), value("password")) {
        (Some(token), _, _) => Some(format!("Bearer {token}")),
        (None, Some(user), Some(password)) => {
            Some(format!("Basic {}", base64(&format!("{user}:{password}"))))
        }
        _ => match (url.username(), url.password()) {
            ("", _) => None,
            (user, password) => Some(format!(
                "Basic {}",
                base64(&format!("{user}:{}", password.unwrap_or_default()))
            )),
        },
    };
    if let Some(text) = authorization {
        headers.insert("authorization", sensitive(&text)?);
    }
    headers.extend(extra_headers(value("extra_http_headers").unwrap_or_default())?);
    let mut options: ClientOptions = client_options(true).with_default_headers(headers);
    let proxy = value("http_proxy").map(str::to_string).or_else(|| variable("HTTP_PROXY"));
    if let Some(proxy) = proxy.filter(|_| secret.is_some()) {
        options = options.with_proxy_url(proxy);
    }
    let origin = format!("{}://{}", url.scheme(), &url[Position::BeforeHost..Position::BeforePath]);
    let store = HttpBuilder::new()
        .with_url(origin)
        .with_client_options(options)
        .with_retry(retry())
        .build()?;
    Ok(Arc::new(store))
}

fn sensitive(text: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        Error::invalid_input("a secret's value has characters that no HTTP header may have")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// The headers that a secret adds, one a line.
fn extra_headers(lines: &str) -> Result<HeaderMap> {
    lines
        .lines()
        .map(|line| {
            let (name, text) = line.split_once(": ").unwrap_or((line, ""));
            let invalid =
                |_| Error::invalid_input(format!("'{name}' is not the name of an HTTP header"));
            Ok((name.parse().map_err(invalid)?, sensitive(text)?))
        })
        .collect()
}

/// Base64 as basic authentication asks for it.
pub(crate) fn base64(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for position in 0..4 {
            match position <= chunk.len() {
                true => out.push(char::from(ALPHABET[(bits >> (18 - 6 * position) & 63) as usize])),
                false => out.push('='),
            }
        }
    }
    out
}
