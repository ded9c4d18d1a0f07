//! The types of secrets: their providers, keys and default scopes, in the order of the manual.

/// A type of secret.
#[derive(Debug)]
pub(crate) struct SecretKind {
    /// The name after TYPE.
    pub(crate) name: &'static str,
    /// Where the credentials may come from; the first is the default.
    pub(crate) providers: &'static [&'static str],
    /// The keys that may be given.
    pub(crate) keys: &'static [&'static str],
    /// What the secret is for if no SCOPE is given.
    pub(crate) default_scope: &'static [&'static str],
}

/// All types.
pub(crate) const KINDS: &[SecretKind] = &[
    SecretKind {
        name: "s3",
        providers: &["config", "credential_chain", "env", "profile", "anonymous"],
        keys: &[
            "key_id",
            "secret",
            "session_token",
            "region",
            "endpoint",
            "url_style",
            "use_ssl",
            "requester_pays",
            "kms_key_id",
            "profile",
        ],
        default_scope: &["s3://", "s3n://", "s3a://"],
    },
    SecretKind {
        name: "gcs",
        providers: &["config", "credential_chain", "anonymous"],
        keys: &["key_id", "secret", "service_account", "bearer_token", "endpoint"],
        default_scope: &["gs://", "gcs://"],
    },
    SecretKind {
        name: "azure",
        providers: &[
            "config",
            "credential_chain",
            "service_principal",
            "access_token",
            "anonymous",
        ],
        keys: &[
            "connection_string",
            "account_name",
            "account_key",
            "sas_token",
            "tenant_id",
            "client_id",
            "client_secret",
            "access_token",
            "endpoint",
        ],
        default_scope: &["azure://", "az://", "abfs://", "abfss://"],
    },
    SecretKind {
        name: "http",
        providers: &["config"],
        keys: &["bearer_token", "username", "password", "extra_http_headers", "http_proxy"],
        default_scope: &["http://", "https://"],
    },
];

/// The type with that name.
pub(crate) fn find(name: &str) -> Option<&'static SecretKind> {
    KINDS.iter().find(|kind| kind.name.eq_ignore_ascii_case(name))
}
