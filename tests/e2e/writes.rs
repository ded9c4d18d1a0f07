//! Local files that are written: all or nothing.

use std::path::Path;
use std::time::Duration;

use datafusion::arrow::util::display::array_value_to_string;
use engine::{Error, Session};
use futures::StreamExt;
use tempfile::TempDir;

async fn run(session: &Session, sql: &str) -> Result<(), Error> {
    session.sql(sql).await?.collect().await.map(|_| ())
}

async fn value(session: &Session, sql: &str) -> String {
    let batches = session.sql(sql).await.unwrap().collect().await.unwrap();
    array_value_to_string(batches[0].column(0), 0).unwrap()
}

/// Every file below the folder, by its path in it.
fn files(folder: &Path) -> Vec<String> {
    let mut folders = vec![folder.to_path_buf()];
    let mut found = vec![];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.push(path.strip_prefix(folder).unwrap().display().to_string()),
            }
        }
    }
    found.sort();
    found
}

/// Rows that fail after some ten megabytes.
const FAILING: &str = "SELECT value AS n, value % 2 AS k, repeat('x', 100) AS s, 1 % (300000 - value) AS d FROM range(400000)";

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_write_leaves_the_old_file_or_none() {
    let folder = TempDir::new().unwrap();
    let at = folder.path().display();
    let session = Session::new().unwrap();
    for format in ["parquet", "csv", "json", "avro", "arrow"] {
        run(&session, &format!("COPY (SELECT 1 AS n) TO '{at}/old.{format}'")).await.unwrap();
        let old = folder.path().join(format!("old.{format}"));
        let before = std::fs::read(&old).unwrap();
        for target in ["old", "new"] {
            let error = run(&session, &format!("COPY ({FAILING}) TO '{at}/{target}.{format}'"))
                .await
                .unwrap_err();
            assert!(error.to_string().to_lowercase().contains("zero"), "{format}: {error}");
        }
        let partitioned =
            format!("COPY ({FAILING}) TO '{at}/parts' (FORMAT {format}, PARTITION_BY (k))");
        run(&session, &partitioned).await.unwrap_err();
        assert_eq!(std::fs::read(&old).unwrap(), before, "{format}");
        settled(folder.path(), &[format!("old.{format}")]).await;
        std::fs::remove_file(old).unwrap();
    }
    let insert = format!("CREATE EXTERNAL TABLE t (n BIGINT) STORED AS CSV LOCATION '{at}/table/'");
    std::fs::create_dir(folder.path().join("table")).unwrap();
    run(&session, &insert).await.unwrap();
    run(&session, &format!("INSERT INTO t SELECT d FROM ({FAILING})")).await.unwrap_err();
    settled(folder.path(), &[]).await;
}

/// Waits until the files are these; what is aborted is removed in the background.
async fn settled(folder: &Path, expected: &[String]) {
    for _ in 0..100 {
        if files(folder) == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(files(folder), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_write_leaves_the_old_file() {
    let folder = TempDir::new().unwrap();
    let at = folder.path().display();
    let session = Session::new().unwrap();
    run(&session, &format!("COPY (SELECT 1 AS n) TO '{at}/one.csv'")).await.unwrap();
    let endless = format!(
        "COPY (SELECT a.value, repeat('x', 1000) AS s FROM range(1000000) AS a, range(1000000) AS b) TO '{at}/one.csv'"
    );
    let mut query = session.sql(&endless).await.unwrap();
    assert!(tokio::time::timeout(Duration::from_secs(1), query.next()).await.is_err());
    drop(query);
    settled(folder.path(), &["one.csv".to_string()]).await;
    assert_eq!(std::fs::read_to_string(folder.path().join("one.csv")).unwrap(), "n\n1\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_may_read_what_it_overwrites() {
    let folder = TempDir::new().unwrap();
    let at = folder.path().display();
    let session = Session::new().unwrap();
    for format in ["parquet", "csv"] {
        run(&session, &format!("COPY (SELECT value AS n FROM range(300000)) TO '{at}/t.{format}'"))
            .await
            .unwrap();
        run(
            &session,
            &format!("COPY (SELECT n + 1 AS n FROM '{at}/t.{format}') TO '{at}/t.{format}'"),
        )
        .await
        .unwrap();
        assert_eq!(
            value(&session, &format!("SELECT sum(n) FROM '{at}/t.{format}'")).await,
            "45000150000",
            "{format}"
        );
    }
    let table = "(FORMAT parquet, PARTITION_BY (k), OVERWRITE)";
    run(
        &session,
        &format!("COPY (SELECT value AS n, value % 5 AS k FROM range(1000)) TO '{at}/p' {table}"),
    )
    .await
    .unwrap();
    run(
        &session,
        &format!("COPY (SELECT n, k % 2 AS k FROM '{at}/p/**/*.parquet') TO '{at}/p' {table}"),
    )
    .await
    .unwrap();
    assert_eq!(files(&folder.path().join("p")), ["k=0/data_0.parquet", "k=1/data_0.parquet"]);
    assert_eq!(
        value(&session, &format!("SELECT count(n) FROM '{at}/p/**/*.parquet'")).await,
        "1000"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_write_leaves_is_not_read() {
    let folder = TempDir::new().unwrap();
    let at = folder.path().display();
    let session = Session::new().unwrap();
    run(&session, &format!("COPY (SELECT 1 AS n) TO '{at}/a.parquet'")).await.unwrap();
    std::fs::write(folder.path().join("a.parquet#1"), "half").unwrap();
    for from in [format!("{at}/*.parquet"), format!("{at}/"), format!("{at}/a.parquet")] {
        assert_eq!(value(&session, &format!("SELECT count(*) FROM '{from}'")).await, "1", "{from}");
    }
    run(&session, &format!("COPY (SELECT 2 AS n) TO '{at}/a.parquet'")).await.unwrap();
    assert_eq!(value(&session, &format!("SELECT n FROM '{at}/a.parquet'")).await, "2");
}

/// Names the file that [`the_process_that_is_killed`] writes.
const TARGET: &str = "PARQUETFRAME_TEST_TARGET";

/// Writes without end where [`a_killed_process_leaves_the_old_file`] asks for it, in a process of its own.
#[tokio::test(flavor = "multi_thread")]
async fn the_process_that_is_killed() {
    let Ok(target) = std::env::var(TARGET) else { return };
    let session = Session::new().unwrap();
    let rows = "SELECT a.value AS n, a.value % 3 AS k, repeat('x', 1000) AS s FROM range(1000000) AS a, range(1000000) AS b";
    let options = match target.ends_with('/') {
        true => "(FORMAT csv, PARTITION_BY (k), OVERWRITE)",
        false => "(FORMAT csv)",
    };
    run(&session, &format!("COPY ({rows}) TO '{target}' {options}")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_leaves_the_old_file() {
    let folder = TempDir::new().unwrap();
    let at = folder.path().display();
    let session = Session::new().unwrap();
    run(&session, &format!("COPY (SELECT 1 AS n, 0 AS k) TO '{at}/one.csv'")).await.unwrap();
    run(
        &session,
        &format!("COPY (SELECT 1 AS n, 0 AS k) TO '{at}/parts' (FORMAT csv, PARTITION_BY (k))"),
    )
    .await
    .unwrap();
    for target in ["one.csv", "parts/"] {
        let mut process = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "writes::the_process_that_is_killed"])
            .env(TARGET, format!("{at}/{target}"))
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // Killed once it has written something aside.
        for round in 0.. {
            assert!(round < 1000, "nothing was written to {target}");
            assert!(process.try_wait().unwrap().is_none(), "writing {target} ended");
            if files(folder.path()).iter().any(|file| file.contains('#')) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        process.kill().unwrap();
        process.wait().unwrap();
        assert_eq!(value(&session, &format!("SELECT sum(n) FROM '{at}/one.csv'")).await, "1");
        assert_eq!(value(&session, &format!("SELECT sum(n) FROM '{at}/parts/'")).await, "1");
        assert_eq!(
            value(
                &session,
                &format!("SELECT sum(n) FROM read_csv('{at}/**/*.csv', union_by_name => true)")
            )
            .await,
            "2"
        );
        for left in files(folder.path()).iter().filter(|file| file.contains('#')) {
            std::fs::remove_file(folder.path().join(left)).unwrap();
        }
    }
}
