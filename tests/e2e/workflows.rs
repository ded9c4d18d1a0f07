//! A pipeline of the usual shape over Parquet, CSV, JSON and S3.

use std::path::Path;
use std::time::Duration;

use engine::{ErrorKind, Session};

use crate::s3::{fails, run, secret, session, value};
use crate::s3_server::S3Server;

const PIPELINE: &str = r#"
name: sales
variables:
  least: {type: int, default: 1}
  out: {type: string, default: "s3://data/out"}
steps:
  - {name: orders, type: read, input: orders.parquet}
  - {name: customers, type: read, input: customers.csv}
  - {name: prices, type: read, input: prices.ndjson}
  - {name: returns, type: read, input: "s3://data/in/returns.parquet"}
  - name: check_orders
    type: check
    input: orders
    checks: [{not_null: [id, customer]}, {unique: id}]
  - {name: kept, type: sql, sql: "SELECT * FROM orders ANTI JOIN returns USING (id)"}
  - {name: large, type: filter, input: kept, query: "quantity >= ${least}", output: large}
  - {name: priced, type: join, inputs: [large, prices], on: item, how: left, output: priced}
  - {name: amounts, type: sql, sql: "SELECT *, quantity * price AS amount FROM priced"}
  - {name: named, type: join, inputs: [amounts, customers], on: customer, how: inner, output: named}
  - {name: by_city, type: groupby, input: named, by: city, agg: {amount: [sum, mean], orders: "(id, count)"}, output: by_city}
  - {name: best, type: sort, input: by_city, by: amount_sum desc, output: best}
  - {name: top, type: limit, input: best, n: 2, output: top}
  - {name: write_cities, type: save, input: by_city, output: "${out}/cities.parquet"}
  - {name: write_top, type: save, input: top, output: "${out}/top.csv"}
  - {name: write_parts, type: save, input: named, output: "${out}/parts/", format: parquet, partition_by: city}
  - {name: report, type: save, input: top, output: report.json}
"#;

async fn pipeline(session: &Session, folder: &Path) {
    let file = |name: &str| folder.join(name).display().to_string();
    for sql in [
        format!(
            "COPY (SELECT i AS id, i % 7 AS customer, i % 3 AS item, i % 5 AS quantity FROM range(1000) AS t(i)) TO '{}'",
            file("orders.parquet")
        ),
        format!(
            "COPY (SELECT i AS customer, CASE WHEN i < 2 THEN 'Bern' WHEN i < 5 THEN 'Basel' ELSE 'Chur' END AS city FROM range(6) AS t(i)) TO '{}'",
            file("customers.csv")
        ),
        format!(
            "COPY (SELECT i AS item, (i + 1) * 1.5 AS price FROM range(3) AS t(i)) TO '{}'",
            file("prices.ndjson")
        ),
        "COPY (SELECT i * 10 AS id FROM range(100) AS t(i)) TO 's3://data/in/returns.parquet'"
            .to_string(),
    ] {
        run(session, &sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    std::fs::write(folder.join("sales.yml"), PIPELINE).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_reads_and_writes_files_of_all_kinds() {
    let server = S3Server::start(&["data"]).await;
    let session = session(&server).await;
    let folder = tempfile::tempdir().unwrap();
    pipeline(&session, folder.path()).await;
    let flow = folder.path().join("sales.yml").display().to_string();
    let steps = run(&session, &format!("RUN WORKFLOW '{flow}'")).await.unwrap();
    assert_eq!(steps.len(), 17, "{steps:?}");
    assert!(steps.iter().all(|step| step[2] == "completed"), "{steps:?}");

    // The same by hand.
    let file = |name: &str| folder.path().join(name).display().to_string();
    let by_hand = format!(
        "SELECT city, sum(quantity * price) AS amount, count(*) AS n FROM '{}' AS o \
         JOIN '{}' AS c USING (customer) JOIN '{}' AS p USING (item) \
         WHERE quantity >= 1 AND id % 10 <> 0 GROUP BY city",
        file("orders.parquet"),
        file("customers.csv"),
        file("prices.ndjson")
    );
    let same = format!(
        "SELECT count(*) || ' ' || count(*) FILTER (WHERE amount = amount_sum AND n = orders) \
         FROM ({by_hand}) JOIN 's3://data/out/cities.parquet' USING (city)"
    );
    assert_eq!(value(&session, &same).await, "3 3");
    let top = format!("SELECT list(city ORDER BY amount DESC)[:2]::VARCHAR FROM ({by_hand})");
    let cities = "SELECT list(city)::VARCHAR FROM (FROM 's3://data/out/top.csv')";
    assert_eq!(value(&session, cities).await, value(&session, &top).await);
    let parts = "SELECT count(*) FROM 's3://data/out/parts/*/*.parquet' WHERE city = 'Bern'";
    assert_eq!(
        value(&session, parts).await,
        value(&session, &format!("SELECT n FROM ({by_hand}) WHERE city = 'Bern'")).await
    );
    assert_eq!(
        value(&session, &format!("SELECT count(*) FROM '{}'", file("report.json"))).await,
        "2"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_fails_leaves_the_others_whole() {
    let server = S3Server::start(&["data"]).await;
    let session = session(&server).await;
    let folder = tempfile::tempdir().unwrap();
    pipeline(&session, folder.path()).await;
    let flow = folder.path().join("sales.yml").display().to_string();
    let closed = secret(&server, "alice", "not hers", "s3://closed");
    run(&session, &format!("CREATE SECRET closed {closed}")).await.unwrap();
    let error =
        fails(&session, &format!("RUN WORKFLOW '{flow}' WITH (out = 's3://closed/out')")).await;
    assert!(error.to_string().contains("closed"), "{error}");
    assert!(folder.path().join("report.json").exists());
    assert!(server.objects("data").iter().all(|key| key.starts_with("in/")));

    // Rows that break a check stop what follows.
    let broken = "COPY (SELECT 1 AS id, NULL::BIGINT AS customer, 1 AS item, 1 AS quantity FROM range(3)) TO";
    run(&session, &format!("{broken} '{}'", folder.path().join("orders.parquet").display()))
        .await
        .unwrap();
    let error = fails(&session, &format!("RUN WORKFLOW '{flow}'")).await;
    assert!(error.to_string().contains("check"), "{error}");
    assert!(
        server.objects("data").iter().all(|key| key.starts_with("in/")),
        "{:?}",
        server.objects("data")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_cancelled_writes_nothing() {
    let server = S3Server::start(&["data"]).await;
    let session = session(&server).await;
    let folder = tempfile::tempdir().unwrap();
    let flow = folder.path().join("endless.yml");
    std::fs::write(
        &flow,
        "steps:\n  - {name: rows, type: sql, sql: 'SELECT sum(a.i * b.j) AS n FROM range(9000000) AS a(i), range(9000000) AS b(j)'}\n  - {name: out, type: save, input: rows, output: 's3://data/out.parquet'}\n",
    )
    .unwrap();
    let statement = format!("RUN WORKFLOW '{}'", flow.display());
    let query = session.sql(&statement);
    let session_too = session.clone();
    let stop = async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let id = value(
            &session_too,
            "SELECT run_id FROM system.workflow_runs WHERE status = 'running' AND workflow = 'endless'",
        )
        .await;
        // The first lets the running step end, the second does not.
        for _ in 0..2 {
            run(&session_too, &format!("CANCEL WORKFLOW '{id}'")).await.unwrap();
        }
    };
    let work = async { query.await?.collect().await };
    let (outcome, ()) = tokio::join!(work, stop);
    let error = outcome.expect_err("an endless run ended");
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    assert!(server.objects("data").is_empty());
}
