//! What a statement costs before and beside the work on rows: opening a session, planning, a tiny
//! query from text to batches, sniffing a CSV file.
#![allow(missing_docs)]

use std::fmt::Write;

use criterion::{Criterion, criterion_group, criterion_main};
use engine::Session;

fn benches(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a tokio runtime starts");
    let session = Session::new().expect("a session opens");
    let folder = tempfile::tempdir().expect("a folder for the data");

    criterion.bench_function("open a session", |bencher| {
        bencher.iter(|| Session::new().expect("a session opens"));
    });

    let run = |sql: &str| {
        runtime.block_on(async {
            let query = session.sql(sql).await.expect("the statement is planned");
            query.collect().await.expect("the query runs")
        })
    };
    criterion.bench_function("select 1", |bencher| bencher.iter(|| run("SELECT 1")));
    criterion.bench_function("plan a join of four relations with grouping", |bencher| {
        let sql = "EXPLAIN WITH t AS (SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v(k, name)) \
                   SELECT a.name, count(*), sum(b.k) FROM t a JOIN t b USING (k) JOIN t c USING (k) \
                   JOIN t d USING (k) WHERE a.k > 0 GROUP BY a.name ORDER BY 2 DESC LIMIT 10";
        bencher.iter(|| run(sql));
    });

    let csv = folder.path().join("wide.csv");
    let mut text = String::from("id,name,price,day,at,flag\n");
    for row in 0..20_000 {
        let _ = writeln!(text, "{row},name {row},{row}.25,2026-01-02,2026-01-02 03:04:05,true");
    }
    std::fs::write(&csv, text).expect("the file is written");
    let limit = format!("SELECT * FROM '{}' LIMIT 1", csv.display());
    criterion
        .bench_function("sniff a CSV file and read a row", |bencher| bencher.iter(|| run(&limit)));
    let count = format!("SELECT count(*), sum(price) FROM '{}'", csv.display());
    criterion.bench_function("aggregate a CSV file of 20,000 rows", |bencher| {
        bencher.iter(|| run(&count))
    });
}

criterion_group!(engine, benches);
criterion_main!(engine);
