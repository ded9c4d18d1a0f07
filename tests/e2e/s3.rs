//! Files in S3, against a server that checks signatures.

use std::time::{Duration, Instant};

use datafusion::arrow::util::display::array_value_to_string;
use engine::{Error, ErrorKind, Session};
use futures::StreamExt;

use crate::s3_server::S3Server;

pub(crate) async fn run(session: &Session, sql: &str) -> Result<Vec<Vec<String>>, Error> {
    let batches = session.sql(sql).await?.collect().await?;
    let mut rows = vec![];
    for batch in &batches {
        for row in 0..batch.num_rows() {
            rows.push(
                batch
                    .columns()
                    .iter()
                    .map(|column| array_value_to_string(column, row).unwrap())
                    .collect(),
            );
        }
    }
    Ok(rows)
}

/// The only value, as text.
pub(crate) async fn value(session: &Session, sql: &str) -> String {
    run(session, sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"))[0][0].clone()
}

pub(crate) async fn fails(session: &Session, sql: &str) -> Error {
    match run(session, sql).await {
        Ok(rows) => panic!("{sql}: {rows:?}"),
        Err(error) => error,
    }
}

pub(crate) fn secret(server: &S3Server, user: &str, key: &str, scope: &str) -> String {
    format!(
        "(TYPE s3, KEY_ID '{user}', SECRET '{key}', ENDPOINT '{}', USE_SSL false, URL_STYLE path, \
         REGION 'us-east-1', SCOPE '{scope}')",
        server.address()
    )
}

pub(crate) async fn session(server: &S3Server) -> Session {
    let session = Session::new().unwrap();
    run(
        &session,
        &format!("CREATE SECRET lake {}", secret(server, "alice", "wonderland", "s3://")),
    )
    .await
    .unwrap();
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_written_and_read() {
    let server = S3Server::start(&["data"]).await;
    let session = session(&server).await;
    for (index, format) in ["parquet", "csv", "ndjson", "avro", "arrow"].iter().enumerate() {
        let sql = format!(
            "COPY (SELECT value AS n, 'x' || value AS s FROM range({})) TO 's3://data/in/{format}/part.{format}'",
            1000 * (index + 1)
        );
        assert_eq!(value(&session, &sql).await, (1000 * (index + 1)).to_string(), "{format}");
        let from = format!(
            "SELECT count(*) || ' ' || sum(n) || ' ' || max(s) FROM 's3://data/in/{format}/part.{format}'"
        );
        let n = 1000 * (index + 1);
        assert_eq!(
            value(&session, &from).await,
            format!("{n} {} x999", n * (n - 1) / 2),
            "{format}"
        );
    }
    let more =
        "COPY (SELECT value AS n, 'y' AS s FROM range(10)) TO 's3://data/in/parquet/more.parquet'";
    run(&session, more).await.unwrap();
    assert_eq!(
        value(&session, "SELECT count(n) FROM 's3://data/in/parquet/*.parquet'").await,
        "1010"
    );
    assert_eq!(value(&session, "SELECT count(n) FROM 's3://data/in/parquet/'").await, "1010");
    assert_eq!(
        value(&session, "SELECT count(n) FROM read_parquet(['s3://data/in/parquet/more.parquet'])")
            .await,
        "10"
    );
    assert_eq!(
        value(&session, "SELECT count(n) FROM 's3a://data/in/parquet/more.parquet'").await,
        "10"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_are_written_and_read_back() {
    let server = S3Server::start(&["data"]).await;
    let session = session(&server).await;
    let copy = "COPY (SELECT value AS n, value % 3 AS k FROM range(300)) TO 's3://data/out' (FORMAT parquet, PARTITION_BY (k)";
    run(&session, &format!("{copy})")).await.unwrap();
    assert_eq!(
        server.objects("data"),
        ["out/k=0/data_0.parquet", "out/k=1/data_0.parquet", "out/k=2/data_0.parquet"]
    );
    let read = "SELECT sum(n * k) FROM read_parquet('s3://data/out/**/*.parquet', hive_partitioning => true)";
    let expected = (0..300).map(|n| n * (n % 3)).sum::<i32>().to_string();
    assert_eq!(value(&session, read).await, expected);

    let error = fails(&session, &format!("{copy})")).await;
    assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
    run(&session, "COPY (SELECT 7 AS n, 9 AS k) TO 's3://data/out' (FORMAT parquet, PARTITION_BY (k), APPEND)").await.unwrap();
    assert_eq!(server.objects("data").len(), 4);
    run(&session, &format!("{copy}, OVERWRITE)")).await.unwrap();
    assert_eq!(server.objects("data").len(), 3);
    assert_eq!(value(&session, read).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn overwriting_is_seen_at_once() {
    let server = S3Server::start(&["data"]).await;
    let session = session(&server).await;
    for n in 1..=3 {
        run(&session, &format!("COPY (SELECT {n} AS n) TO 's3://data/one.parquet'")).await.unwrap();
        assert_eq!(value(&session, "SELECT n FROM 's3://data/one.parquet'").await, n.to_string());
    }
    let sql = "COPY (SELECT n + 1 AS n FROM 's3://data/one.parquet') TO 's3://data/one.parquet'";
    run(&session, sql).await.unwrap();
    assert_eq!(value(&session, "SELECT n FROM 's3://data/one.parquet'").await, "4");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_explained_and_not_shown() {
    let server = S3Server::start(&["data"]).await;
    let good = session(&server).await;
    run(&good, "COPY (SELECT 1 AS n) TO 's3://data/one.parquet'").await.unwrap();

    let session = Session::new().unwrap();
    for (user, key) in [("alice", "looking-glass"), ("mallory", "looking-glass")] {
        let sql = format!("CREATE OR REPLACE SECRET lake {}", secret(&server, user, key, "s3://"));
        run(&session, &sql).await.unwrap();
        let start = Instant::now();
        for sql in [
            "SELECT n FROM 's3://data/one.parquet'",
            "SELECT n FROM 's3://data/*.parquet'",
            "COPY (SELECT 1) TO 's3://data/two.parquet'",
        ] {
            let error = fails(&session, sql).await;
            assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{sql}: {error}");
            assert!(error.to_string().contains("secret 'lake'"), "{sql}: {error}");
            assert!(!error.to_string().contains("looking-glass"), "{error}");
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    }
    let sql = format!(
        "CREATE OR REPLACE SECRET lake (TYPE s3, PROVIDER anonymous, ENDPOINT '{}', USE_SSL false, REGION 'us-east-1')",
        server.address()
    );
    run(&session, &sql).await.unwrap();
    let error = fails(&session, "SELECT n FROM 's3://data/one.parquet'").await;
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");

    // Replacing the secret takes effect on the next query.
    run(
        &session,
        &format!(
            "CREATE OR REPLACE SECRET lake {}",
            secret(&server, "alice", "wonderland", "s3://")
        ),
    )
    .await
    .unwrap();
    assert_eq!(value(&session, "SELECT n FROM 's3://data/one.parquet'").await, "1");
    assert_eq!(server.objects("data"), ["one.parquet"]);

    for table in ["secrets", "queries"] {
        let rows = run(&session, &format!("SELECT * FROM system.{table}")).await.unwrap();
        let text = format!("{rows:?}");
        assert!(text.contains("lake"), "system.{table}: {text}");
        assert!(
            !text.contains("wonderland") && !text.contains("looking-glass"),
            "system.{table}: {text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named() {
    let server = S3Server::start(&["data"]).await;
    let session = session(&server).await;
    for (sql, expected) in [
        ("SELECT * FROM 's3://nowhere/one.parquet'", "s3://nowhere"),
        ("SELECT * FROM 's3://data/none.parquet'", "s3://data/none.parquet"),
        ("SELECT * FROM 's3://data/*.parquet'", "s3://data/*.parquet"),
    ] {
        let error = fails(&session, sql).await;
        assert_eq!(error.kind(), ErrorKind::NotFound, "{sql}: {error}");
        assert!(error.to_string().contains(expected), "{sql}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_credentials_fail_soon() {
    let server = S3Server::start(&["data"]).await;
    let session = Session::new().unwrap();
    let sql = format!(
        "CREATE SECRET (TYPE s3, PROVIDER credential_chain, ENDPOINT '{}', USE_SSL false, REGION 'us-east-1')",
        server.address()
    );
    run(&session, &sql).await.unwrap();
    let start = Instant::now();
    let error = fails(&session, "SELECT * FROM 's3://data/one.parquet'").await;
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert!(error.to_string().contains("CREATE"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_scope_wins() {
    let server = S3Server::start(&["data", "data2"]).await;
    let session = session(&server).await;
    for path in ["data/open/a.csv", "data/closed/a.csv", "data2/a.csv"] {
        run(&session, &format!("COPY (SELECT '{path}' AS path) TO 's3://{path}'")).await.unwrap();
    }
    run(
        &session,
        &format!(
            "CREATE OR REPLACE SECRET lake {}",
            secret(&server, "alice", "wonderland", "s3://data/open")
        ),
    )
    .await
    .unwrap();
    run(&session, &format!("CREATE SECRET closed {}", secret(&server, "alice", "no", "s3://data")))
        .await
        .unwrap();
    run(
        &session,
        &format!("CREATE SECRET other {}", secret(&server, "bob", "builder", "s3://data2")),
    )
    .await
    .unwrap();
    assert_eq!(value(&session, "SELECT path FROM 's3://data/open/a.csv'").await, "data/open/a.csv");
    assert_eq!(value(&session, "SELECT path FROM 's3://data2/a.csv'").await, "data2/a.csv");
    let error = fails(&session, "SELECT path FROM 's3://data/closed/a.csv'").await;
    assert!(error.to_string().contains("secret 'closed'"), "{error}");
    run(&session, "DROP SECRET closed").await.unwrap();
    run(&session, &format!("CREATE SECRET both {}", secret(&server, "bob", "builder", "s3://")))
        .await
        .unwrap();
    assert_eq!(
        value(&session, "SELECT path FROM 's3://data/closed/a.csv'").await,
        "data/closed/a.csv"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_fails_or_is_stopped_changes_nothing() {
    let server = S3Server::start(&["data"]).await;
    let session = session(&server).await;
    run(&session, "COPY (SELECT 1 AS n) TO 's3://data/one.csv'").await.unwrap();
    let before = std::fs::read(server.path("data", "one.csv")).unwrap();

    // Fails after some ten megabytes, in one file and in partitions.
    let rows = "SELECT value AS n, value % 2 AS k, repeat('x', 100) AS s, 1 % (300000 - value) AS d FROM range(400000)";
    for copy in [
        format!("COPY ({rows}) TO 's3://data/one.csv'"),
        format!("COPY ({rows}) TO 's3://data/new.csv'"),
        format!("COPY ({rows}) TO 's3://data/parts' (FORMAT csv, PARTITION_BY (k))"),
        format!("COPY ({rows}) TO 's3://data/parts/' (FORMAT parquet, PER_THREAD_OUTPUT)"),
    ] {
        let error = fails(&session, &copy).await;
        assert!(error.to_string().to_lowercase().contains("zero"), "{copy}: {error}");
    }
    assert_eq!(server.objects("data"), ["one.csv"]);

    // Stopped while it writes.
    let endless = "COPY (SELECT a.value, repeat('x', 1000) AS s FROM range(1000000) AS a, range(1000000) AS b) TO 's3://data/one.csv'";
    let mut query = session.sql(endless).await.unwrap();
    let stopped = tokio::time::timeout(Duration::from_secs(2), query.next()).await;
    assert!(stopped.is_err(), "an endless query ended");
    drop(query);
    let start = Instant::now();
    while server.open_uploads() > 0 && start.elapsed() < Duration::from_secs(10) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(server.open_uploads(), 0, "uploads were left open");
    assert_eq!(server.objects("data"), ["one.csv"]);
    assert_eq!(std::fs::read(server.path("data", "one.csv")).unwrap(), before);
}
