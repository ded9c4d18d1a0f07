//! `CREATE SECRET` and `DROP SECRET`.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::DFParser;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{
    Command, Error, ParsedStatement, Result, StatementParser, StatementSyntax, closest,
};

use super::kinds::{self, KINDS, SecretKind};
use super::{OnConflict, Secret, Secrets};
use crate::option_list::{
    self, OptionEntry, OptionValue, expect_end, expected, peek_word, take_word, unknown_option,
};

const CREATE: StatementSyntax = StatementSyntax {
    name: "CREATE SECRET",
    syntax: "CREATE [OR REPLACE] [TEMPORARY] SECRET [IF NOT EXISTS] [name] (TYPE s3 | gcs | azure | http [, PROVIDER provider] [, SCOPE 'url' | ('url', …)] [, key value]…)",
    description: "Keeps credentials for the locations that begin with the scope, until the session ends. The longest scope that fits a location wins.",
    example: "CREATE SECRET lake (TYPE s3, KEY_ID 'me', SECRET 'hush', REGION 'eu-west-1', SCOPE 's3://lake')",
};

const DROP: StatementSyntax = StatementSyntax {
    name: "DROP SECRET",
    syntax: "DROP [TEMPORARY] SECRET [IF EXISTS] name",
    description: "Forgets a secret.",
    example: "DROP SECRET IF EXISTS lake",
};

/// Reads `CREATE SECRET`.
#[derive(Debug)]
pub(crate) struct CreateSecretParser {
    secrets: Arc<Secrets>,
}

impl CreateSecretParser {
    pub(crate) fn new(secrets: Arc<Secrets>) -> Self {
        Self { secrets }
    }
}

impl StatementParser for CreateSecretParser {
    fn syntax(&self) -> &StatementSyntax {
        &CREATE
    }

    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>> {
        let parser = &mut parser.parser;
        let Some(prefix) = create_prefix(parser) else {
            return Ok(None);
        };
        let mut replace = false;
        for _ in 0..prefix {
            let token = parser.next_token();
            if let Token::Word(word) = &token.token {
                replace |= word.value.eq_ignore_ascii_case("replace");
                if word.value.eq_ignore_ascii_case("persistent") {
                    return Err(Error::unsupported("persistent secrets are not supported")
                        .with_hint("write CREATE SECRET without PERSISTENT in a start-up script, or set the environment variables of the store")
                        .at(option_list::position(&token)));
                }
            }
        }
        let if_not_exists = take_if_not_exists(parser)?;
        let name = match parser.peek_token().token {
            Token::LParen => None,
            _ => Some(parse_name(parser)?),
        };
        let entries = option_list::parse(parser)?;
        expect_end(parser)?;
        let on_conflict = match (replace, if_not_exists) {
            (true, true) => {
                return Err(Error::syntax("OR REPLACE and IF NOT EXISTS exclude each other"));
            }
            (true, false) => OnConflict::Replace,
            (false, true) => OnConflict::Keep,
            (false, false) => OnConflict::Fail,
        };
        let secret = secret_of(name, &entries)?;
        Ok(Some(ParsedStatement::Command(Arc::new(CreateSecret {
            secrets: Arc::clone(&self.secrets),
            secret,
            on_conflict,
        }))))
    }
}

/// How many tokens `CREATE … SECRET` takes, if it is that.
fn create_prefix(parser: &Parser<'_>) -> Option<usize> {
    if !peek_word(parser, 0, "create") {
        return None;
    }
    let mut at = 1;
    if peek_word(parser, at, "or") && peek_word(parser, at + 1, "replace") {
        at += 2;
    }
    if ["temporary", "temp", "persistent"].iter().any(|word| peek_word(parser, at, word)) {
        at += 1;
    }
    peek_word(parser, at, "secret").then_some(at + 1)
}

fn take_if_not_exists(parser: &mut Parser<'_>) -> Result<bool> {
    if !(peek_word(parser, 0, "if") && peek_word(parser, 1, "not")) {
        return Ok(false);
    }
    parser.next_token();
    parser.next_token();
    match take_word(parser, "exists") {
        true => Ok(true),
        false => Err(expected("EXISTS", &parser.peek_token())),
    }
}

fn parse_name(parser: &mut Parser<'_>) -> Result<String> {
    let token = parser.next_token();
    match token.token {
        Token::Word(word) => Ok(match word.quote_style {
            Some(_) => word.value,
            None => word.value.to_lowercase(),
        }),
        _ => Err(expected("the name of the secret", &token)),
    }
}

fn secret_of(name: Option<String>, entries: &[OptionEntry]) -> Result<Secret> {
    let option = |name: &str| entries.iter().find(|entry| entry.name == name);
    let types = || KINDS.iter().map(|kind| kind.name);
    let type_list = || types().collect::<Vec<_>>().join(", ");
    let Some(type_entry) = option("type") else {
        return Err(Error::invalid_input("CREATE SECRET needs a TYPE")
            .with_hint(format!("types: {}", type_list())));
    };
    let type_name = type_entry.text()?;
    let kind = kinds::find(type_name).ok_or_else(|| {
        let near = match closest(type_name, types()) {
            Some(near) => format!("did you mean {near}? "),
            None => String::new(),
        };
        Error::invalid_input(format!("'{type_name}' is not a type of secret"))
            .with_hint(format!("{near}types: {}", type_list()))
            .at(type_entry.position)
    })?;
    let mut secret = Secret {
        name: name.unwrap_or_else(|| format!("__default_{}", kind.name)),
        kind,
        provider: kind.providers[0],
        scope: kind.default_scope.iter().map(|scope| scope.to_string()).collect(),
        values: vec![],
    };
    for entry in entries {
        match entry.name.as_str() {
            "type" => {}
            "provider" => secret.provider = provider_of(kind, entry)?,
            "scope" => secret.scope = scope_of(kind, entry)?,
            _ => secret.values.push(value_of(kind, entry)?),
        }
    }
    check(&secret)?;
    Ok(secret)
}

fn provider_of(kind: &SecretKind, entry: &OptionEntry) -> Result<&'static str> {
    let given = entry.text()?;
    kind.providers.iter().find(|name| name.eq_ignore_ascii_case(given)).copied().ok_or_else(|| {
        Error::invalid_input(format!("'{given}' is not a provider of {} secrets", kind.name))
            .with_hint(format!("providers: {}", kind.providers.join(", ")))
            .at(entry.position)
    })
}

fn scope_of(kind: &SecretKind, entry: &OptionEntry) -> Result<Vec<String>> {
    let scopes = entry.list()?;
    for scope in &scopes {
        if !kind.default_scope.iter().any(|prefix| scope.starts_with(prefix)) {
            return Err(entry
                .invalid(&format!("a URL that begins with {}", kind.default_scope.join(" or ")))
                .with_hint(format!("for example SCOPE '{}name/folder'", kind.default_scope[0])));
        }
    }
    match scopes.is_empty() {
        true => Err(entry.invalid("a URL")),
        false => Ok(scopes),
    }
}

fn value_of(kind: &SecretKind, entry: &OptionEntry) -> Result<(&'static str, String)> {
    let Some(key) = kind.keys.iter().find(|key| **key == entry.name) else {
        let known = ["type", "provider", "scope"].into_iter().chain(kind.keys.iter().copied());
        return Err(unknown_option(entry, &format!("a secret of type {}", kind.name), known));
    };
    let value = match (*key, &entry.value) {
        ("use_ssl" | "requester_pays", _) => entry.boolean()?.to_string(),
        ("url_style", _) => match entry.text()?.to_lowercase().as_str() {
            style @ ("path" | "vhost") => style.to_string(),
            _ => return Err(entry.invalid("'path' or 'vhost'")),
        },
        ("extra_http_headers", OptionValue::Map(headers)) => headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect::<Vec<_>>()
            .join("\n"),
        ("extra_http_headers", _) => {
            return Err(entry.invalid("a map such as MAP {'name': 'value'}"));
        }
        _ => entry.text()?.to_string(),
    };
    Ok((key, value))
}

/// Refuses keys that cannot work together, as early as possible.
fn check(secret: &Secret) -> Result<()> {
    let given = |key: &str| secret.value(key).is_some();
    let together = |first: &str, second: &str| match given(first) == given(second) {
        true => Ok(()),
        false => {
            let (given, missing) = if given(first) { (first, second) } else { (second, first) };
            Err(Error::invalid_input(format!(
                "a secret with {} needs {} too",
                given.to_uppercase(),
                missing.to_uppercase()
            )))
        }
    };
    match secret.kind.name {
        "s3" | "gcs" => together("key_id", "secret"),
        "http" => together("username", "password"),
        _ => Ok(()),
    }
}

/// Makes a secret.
#[derive(Debug)]
struct CreateSecret {
    secrets: Arc<Secrets>,
    secret: Secret,
    on_conflict: OnConflict,
}

#[async_trait]
impl Command for CreateSecret {
    // A secret lives in the session's memory, and a read-only session needs it to read.
    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, _context: &SessionContext) -> Result<Option<RecordBatch>> {
        self.secrets.create(self.secret.clone(), self.on_conflict)?;
        Ok(None)
    }
}

/// Reads `DROP SECRET`.
#[derive(Debug)]
pub(crate) struct DropSecretParser {
    secrets: Arc<Secrets>,
}

impl DropSecretParser {
    pub(crate) fn new(secrets: Arc<Secrets>) -> Self {
        Self { secrets }
    }
}

impl StatementParser for DropSecretParser {
    fn syntax(&self) -> &StatementSyntax {
        &DROP
    }

    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>> {
        let parser = &mut parser.parser;
        let storage =
            ["temporary", "temp", "persistent"].iter().any(|word| peek_word(parser, 1, word));
        let at = if storage { 2 } else { 1 };
        if !(peek_word(parser, 0, "drop") && peek_word(parser, at, "secret")) {
            return Ok(None);
        }
        if peek_word(parser, 1, "persistent") {
            return Err(Error::unsupported("persistent secrets are not supported"));
        }
        for _ in 0..=at {
            parser.next_token();
        }
        let if_exists = peek_word(parser, 0, "if") && peek_word(parser, 1, "exists");
        if if_exists {
            parser.next_token();
            parser.next_token();
        }
        let name = parse_name(parser)?;
        expect_end(parser)?;
        Ok(Some(ParsedStatement::Command(Arc::new(DropSecret {
            secrets: Arc::clone(&self.secrets),
            name,
            if_exists,
        }))))
    }
}

/// Forgets a secret.
#[derive(Debug)]
struct DropSecret {
    secrets: Arc<Secrets>,
    name: String,
    if_exists: bool,
}

#[async_trait]
impl Command for DropSecret {
    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, _context: &SessionContext) -> Result<Option<RecordBatch>> {
        self.secrets.remove(&self.name, self.if_exists)?;
        Ok(None)
    }
}
