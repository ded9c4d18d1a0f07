#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use datafusion::prelude::SessionContext;
use datafusion::sql::parser::DFParserBuilder;
use datafusion::sql::sqlparser::dialect::DuckDbDialect;
use extension::{Error, ParsedStatement, StatementParser};

use super::Secrets;
use super::statements::{CreateSecretParser, DropSecretParser};

fn parse(secrets: &Arc<Secrets>, sql: &str) -> Result<Option<ParsedStatement>, Error> {
    let dialect = DuckDbDialect {};
    let mut parser = DFParserBuilder::new(sql).with_dialect(&dialect).build().unwrap();
    if let Some(statement) = CreateSecretParser::new(Arc::clone(secrets)).parse(&mut parser)? {
        return Ok(Some(statement));
    }
    DropSecretParser::new(Arc::clone(secrets)).parse(&mut parser)
}

fn run(secrets: &Arc<Secrets>, sql: &str) -> Result<(), Error> {
    match parse(secrets, sql)? {
        Some(ParsedStatement::Command(command)) => {
            let context = SessionContext::new();
            futures::executor::block_on(command.run(&context)).map(|_| ())
        }
        other => panic!("{sql}: {other:?}"),
    }
}

#[test]
fn secrets_are_made_listed_and_dropped() {
    let secrets = Arc::new(Secrets::default());
    run(&secrets, "CREATE SECRET (TYPE s3, KEY_ID 'me', SECRET 'hush', SCOPE 's3://b/p')").unwrap();
    let all = secrets.all();
    assert_eq!(
        all[0].redacted(),
        "name=__default_s3;type=s3;provider=config;scope=s3://b/p;key_id=me;secret=redacted"
    );
    assert!(!format!("{all:?} {secrets:?}").contains("hush"));
    let before = secrets.generation();
    run(
        &secrets,
        "create or replace temporary secret __default_s3 (type 's3', region eu, use_ssl false)",
    )
    .unwrap();
    assert!(secrets.generation() > before);
    assert_eq!(secrets.get("__DEFAULT_S3").unwrap().value("region"), Some("eu"));
    run(&secrets, "CREATE SECRET IF NOT EXISTS __default_s3 (TYPE gcs)").unwrap();
    assert_eq!(secrets.get("__default_s3").unwrap().type_name(), "s3");
    run(&secrets, "DROP SECRET __default_s3").unwrap();
    run(&secrets, "DROP SECRET IF EXISTS __default_s3").unwrap();
    assert!(secrets.all().is_empty());
}

#[test]
fn what_does_not_fit_is_refused() {
    let secrets = Arc::new(Secrets::default());
    run(&secrets, "CREATE SECRET prod (TYPE s3, KEY_ID 'a', SECRET 'b')").unwrap();
    for (sql, expected) in [
        ("CREATE SECRET prod (TYPE s3)", "secret 'prod' exists already"),
        ("CREATE PERSISTENT SECRET x (TYPE s3)", "persistent secrets are not supported"),
        ("CREATE SECRET x (KEY_ID 'a')", "needs a TYPE"),
        ("CREATE SECRET x (TYPE s4)", "'s4' is not a type of secret"),
        ("CREATE SECRET x (TYPE s3, KEYID 'a')", "did you mean KEY_ID?"),
        ("CREATE SECRET x (TYPE s3, PROVIDER magic)", "'magic' is not a provider of s3 secrets"),
        ("CREATE SECRET x (TYPE s3, KEY_ID 'a')", "a secret with KEY_ID needs SECRET too"),
        ("CREATE SECRET x (TYPE s3, SCOPE 'gs://b')", "must be a URL that begins with s3://"),
        ("CREATE SECRET x (TYPE s3, URL_STYLE round)", "must be 'path' or 'vhost'"),
        ("CREATE SECRET x (TYPE s3, USE_SSL maybe)", "must be true or false"),
        ("CREATE SECRET x (TYPE s3, REGION 'a', REGION 'b')", "is given twice"),
        ("CREATE SECRET x (TYPE s3", "the statement ends"),
        ("CREATE SECRET x (TYPE s3) y", "expected the end of the statement"),
        ("CREATE OR REPLACE SECRET IF NOT EXISTS x (TYPE s3)", "exclude each other"),
        ("DROP SECRET prd", "did you mean 'prod'?"),
    ] {
        let error = run(&secrets, sql).unwrap_err().to_string();
        assert!(error.contains(expected), "{sql}: {error}");
    }
    let error = run(&secrets, "CREATE SECRET x (TYPE s3, SECRET ('hush', 'hush'))").unwrap_err();
    assert!(!error.to_string().contains("hush"), "{error}");
}

#[test]
fn other_statements_are_left_alone() {
    let secrets = Arc::new(Secrets::default());
    for sql in [
        "CREATE TABLE secret (a INT)",
        "DROP TABLE t",
        "SELECT 1",
        "CREATE OR REPLACE VIEW v AS SELECT 1",
    ] {
        assert!(parse(&secrets, sql).unwrap().is_none(), "{sql}");
    }
}
