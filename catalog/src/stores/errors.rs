//! What a store's failure means for a person: which location, what was refused, what to do.

use extension::Error;

/// Where the failed request went and whose credentials it carried.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The URL of the file or folder.
    pub(crate) url: String,
    /// The part before the path, such as `s3://bucket`.
    pub(crate) authority: String,
    /// The secret in use, if any.
    pub(crate) secret: Option<String>,
    /// The type of secret that would be used.
    pub(crate) secret_type: &'static str,
}

/// What the text of a refused request contains.
const REFUSALS: &[&str] = &[
    "status code: 401",
    "status code: 403",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AccessDenied",
];

/// Gives the error our words, and keeps its kind, which callers look at.
pub(crate) fn explain(error: object_store::Error, place: &Place) -> object_store::Error {
    use object_store::Error as E;
    if has_our_words(&error) {
        return error;
    }
    let text = full_text(&error);
    let path = place.url.clone();
    let missing_bucket = text.contains("NoSuchBucket") || text.contains("ContainerNotFound");
    if missing_bucket {
        let message = format!("'{}' does not exist", place.authority);
        let source = Box::new(Error::not_found(message).with_hint("check the name of the bucket"));
        return E::NotFound { path, source };
    }
    match error {
        E::NotFound { .. } => {
            let source = Box::new(Error::not_found(format!("'{}' does not exist", place.url)));
            E::NotFound { path, source }
        }
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => {
            E::PermissionDenied { path, source: Box::new(refused(&text, place)) }
        }
        // A listing does not tell refusal from other failures, but its text does.
        E::Generic { .. } if REFUSALS.iter().any(|refusal| text.contains(refusal)) => {
            E::PermissionDenied { path, source: Box::new(refused(&text, place)) }
        }
        E::Generic { store, .. } if text.contains("incorrectly configured region") => {
            let source =
                Error::io(format!("'{}' is in another region than the one asked", place.authority))
                    .with_hint("give the REGION of the secret, or set AWS_REGION");
            E::Generic { store, source: Box::new(source) }
        }
        E::Generic { store, .. } => {
            let source = Box::new(Error::io(format!("'{}': {}", place.url, short(&text))));
            E::Generic { store, source }
        }
        other => other,
    }
}

fn refused(text: &str, place: &Place) -> Error {
    let reason =
        match (between(text, "<Code>", "</Code>"), between(text, "<Message>", "</Message>")) {
            (Some(code), Some(message)) => format!(": {code}, {}", message.trim_end_matches('.')),
            (Some(code), None) => format!(": {code}"),
            _ => String::new(),
        };
    let hint = match &place.secret {
        Some(name) => format!(
            "the credentials are those of secret '{name}'; replace it with CREATE OR REPLACE SECRET"
        ),
        None => format!(
            "the credentials are those of the environment; give others with CREATE SECRET (TYPE {}, …, SCOPE '{}')",
            place.secret_type, place.authority
        ),
    };
    Error::permission_denied(format!("access to '{}' was refused{reason}", place.url))
        .with_hint(hint)
}

fn has_our_words(error: &object_store::Error) -> bool {
    let mut current: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = current {
        if error.is::<Error>() {
            return true;
        }
        current = error.source();
    }
    false
}

/// The messages of the error and its causes that are not part of one another.
fn full_text(error: &object_store::Error) -> String {
    let mut text = error.to_string();
    let mut current = std::error::Error::source(error);
    while let Some(cause) = current {
        let message = cause.to_string();
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        current = cause.source();
    }
    text
}

/// The end of a chain of causes, which says most, without what a request contained.
fn short(text: &str) -> String {
    if let Some(code) = between(text, "<Code>", "</Code>") {
        let message = between(text, "<Message>", "</Message>").unwrap_or_default();
        return format!("{code} {}", message.trim_end_matches('.')).trim().to_string();
    }
    let text = text.split_once(" - ").map_or(text, |(_, rest)| rest);
    let line = text.lines().next().unwrap_or_default();
    extension::redact(line.trim_end_matches('.')).into_owned()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let rest = &text[text.find(start)? + start.len()..];
    Some(&rest[..rest.find(end)?])
}
