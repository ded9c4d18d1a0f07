use super::{holds_secret, is_secret_key, redact};

#[test]
fn names_of_secrets_are_known() {
    for name in [
        "secret",
        "SECRET",
        "aws.secret_access_key",
        "s3_secret_access_key",
        "password",
        "PASSWORD",
        "session_token",
        "token",
        "account_key",
        "connection_string",
        "client_secret",
        "sas_token",
        "api_key",
        "apikey",
        "private_key",
        "bearer_token",
        "azure_storage_account_key",
        "X-Amz-Signature",
        "google.service_account_private_key",
        "footer_key_as_hex",
    ] {
        assert!(is_secret_key(name), "{name}");
    }
    for name in [
        "key_id",
        "aws_access_key_id",
        "region",
        "key",
        "primary_key",
        "scope",
        "tokens",
        "secrets",
        "max_tokens",
        "passworded",
        "endpoint",
        "secret_id",
        "",
    ] {
        assert!(!is_secret_key(name), "{name}");
    }
}

#[test]
fn values_of_secrets_are_hidden() {
    for (sql, expected) in [
        (
            "CREATE SECRET (TYPE s3, KEY_ID 'me', SECRET 'x')",
            "CREATE SECRET (TYPE s3, KEY_ID 'me', SECRET '***')",
        ),
        ("create secret s(type s3,secret'x')", "create secret s(type s3,secret'***')"),
        (
            "CREATE SECRET s (SECRET\n\t 'it''s',\n REGION 'r')",
            "CREATE SECRET s (SECRET\n\t '***',\n REGION 'r')",
        ),
        (
            "CREATE SECRET (SECRET /* no */ 'x' -- y\n)",
            "CREATE SECRET (SECRET /* no */ '***' -- y\n)",
        ),
        ("CREATE SECRET (SECRET \"x\")", "CREATE SECRET (SECRET '***')"),
        ("CREATE SECRET (SECRET hush)", "CREATE SECRET (SECRET '***')"),
        ("CREATE SECRET (SECRET 12)", "CREATE SECRET (SECRET '***')"),
        ("CREATE SECRET (SECRET $$x$$)", "CREATE SECRET (SECRET '***')"),
        ("CREATE SECRET (SECRET $a$x$a$)", "CREATE SECRET (SECRET '***')"),
        ("CREATE SECRET (SECRET E'x')", "CREATE SECRET (SECRET '***')"),
        ("CREATE SECRET (SECRET 'x' || 'y')", "CREATE SECRET (SECRET '***' || '***')"),
        ("CREATE SECRET (SECRET 'x", "CREATE SECRET (SECRET '***'"),
        ("CREATE SECRET \"prod\" (TYPE s3)", "CREATE SECRET \"prod\" (TYPE s3)"),
        ("CREATE TABLE t (secret VARCHAR)", "CREATE TABLE t (secret VARCHAR)"),
        (
            "OPTIONS('aws.secret_access_key' 'x', 'aws.region' 'y')",
            "OPTIONS('aws.secret_access_key' '***', 'aws.region' 'y')",
        ),
        ("OPTIONS (\"aws.secret_access_key\" 'x')", "OPTIONS (\"aws.secret_access_key\" '***')"),
        ("OPTIONS (aws.secret_access_key 'x')", "OPTIONS (aws.secret_access_key '***')"),
        ("SET s3_secret_access_key = 'x'", "SET s3_secret_access_key = '***'"),
        (
            "SELECT * FROM f(password => 'x', b => 'y')",
            "SELECT * FROM f(password => '***', b => 'y')",
        ),
        ("SELECT {'token': 'x'}", "SELECT {'token': '***'}"),
        (
            "ATTACH 'postgres://me:x@host/db?sslmode=on' AS p",
            "ATTACH 'postgres://me:***@host/db?sslmode=on' AS p",
        ),
        ("FROM 'https://h/f.csv?sig=x&a=1'", "FROM 'https://h/f.csv?sig=***&a=1'"),
        ("FROM 'https://me@h/f.csv'", "FROM 'https://me@h/f.csv'"),
        ("ATTACH 'x' (TYPE postgres, SECRET mine)", "ATTACH 'x' (TYPE postgres, SECRET mine)"),
        ("DROP SECRET mine; SELECT 'secret', 'x'", "DROP SECRET mine; SELECT 'secret', 'x'"),
        ("SELECT password FROM t WHERE a = 'x'", "SELECT password FROM t WHERE a = 'x'"),
        ("", ""),
        ("$", "$"),
        ("SELECT $1, '", "SELECT $1, '"),
        ("é 'ü' SECRET 'ö'", "é 'ü' SECRET '***'"),
    ] {
        assert_eq!(redact(sql), expected, "{sql}");
    }
}

#[test]
fn statements_with_secrets_are_noticed() {
    for secret in [
        "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
        "create external table t stored as csv location 's3://b/' options ('aws.secret_access_key' 'x')",
        "SET password = 'x'",
        "ATTACH 'postgres://me:word@host/db' AS db",
    ] {
        assert!(holds_secret(secret), "{secret}");
    }
    for plain in [
        "SELECT * FROM 'a.csv' WHERE name = 'x'",
        "SELECT * FROM 'http://host:80/a@b.csv'",
        "SHOW SECRETS",
    ] {
        assert!(!holds_secret(plain), "{plain}");
    }
}
