//! Which statements hold a secret and must not be written down.

use crate::lexer::{Kind, Open, tokens};

/// Words, or parts of words, that announce a secret.
const TELLTALES: &[&str] =
    &["secret", "password", "passwd", "token", "access_key", "account_key", "credential"];

/// Whether the statement should stay out of the history.
pub(crate) fn holds_secret(sql: &str) -> bool {
    let (tokens, _) = tokens(sql, Open::Nothing);
    let mut announced = false;
    for token in tokens.iter().filter(|token| !matches!(token.kind, Kind::Space | Kind::Comment)) {
        let text = &sql[token.range.clone()];
        match token.kind {
            Kind::Text if announced || has_login(text) => return true,
            Kind::Word | Kind::QuotedName | Kind::Text => {
                let lower = text.to_lowercase();
                announced |= TELLTALES.iter().any(|telltale| lower.contains(telltale));
            }
            // The end of a statement ends what it announced.
            Kind::Sign if text == ";" => announced = false,
            _ => {}
        }
    }
    false
}

/// Whether the text is a URL with a password in it.
fn has_login(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| {
        let authority = rest.split(['/', '?', '#', '\'']).next().unwrap_or_default();
        authority.rsplit_once('@').is_some_and(|(login, _)| login.contains(':'))
    })
}

#[cfg(test)]
mod tests {
    use super::holds_secret;

    #[test]
    fn secrets_are_noticed() {
        for secret in [
            "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
            "create external table t stored as csv location 's3://b/' options ('aws.secret_access_key' 'x')",
            "SET password = 'x'",
            "ATTACH 'postgres://me:word@host/db' AS db",
        ] {
            assert!(holds_secret(secret), "{secret}");
        }
    }

    #[test]
    fn other_statements_are_kept() {
        for plain in [
            "SELECT * FROM 'a.csv' WHERE name = 'x'",
            "SELECT * FROM 'http://host:80/a@b.csv'",
            "SHOW SECRETS",
        ] {
            assert!(!holds_secret(plain), "{plain}");
        }
    }
}
