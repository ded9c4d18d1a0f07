//! Graphs that others wrote: the samples of Apache GraphAr, where they stand beside the checkout.

use engine::Session;
use serde_json::Value;

use crate::workspace::repository;

async fn number(session: &Session, sql: &str) -> i64 {
    let batches = session
        .sql(sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
        .collect()
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    let text =
        datafusion::arrow::util::display::array_value_to_string(batches[0].column(0), 0).unwrap();
    text.parse().unwrap_or_else(|_| panic!("{sql}: '{text}' is no number"))
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::print_stdout)]
async fn the_samples_are_read_as_the_official_library_reads_them() {
    let samples = repository().join("../shared/suites/graphar");
    let Ok(text) = std::fs::read_to_string(samples.join("EXPECTED.json")) else {
        println!("skipped: there are no samples of GraphAr at {}", samples.display());
        return;
    };
    let expected: Value = serde_json::from_str(&text).unwrap();
    let session = Session::new().unwrap();
    let mut checked = 0;
    for (file, graph) in expected.as_object().unwrap() {
        let path = samples.join(file);
        let path = path.display();
        let sql = format!("ATTACH OR REPLACE '{path}' AS g (TYPE graphar)");
        session.sql(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        for (vertex, count) in graph["vertices"].as_object().unwrap() {
            let count = count.as_i64().unwrap();
            // Counted by the file of counts, by the rows, and by the ids.
            let table = format!("g.\"{vertex}\"");
            assert_eq!(number(&session, &format!("SELECT count(*) FROM {table}")).await, count);
            let columns = format!("SELECT count(*) FROM (SELECT DISTINCT * FROM {table})");
            assert_eq!(number(&session, &columns).await, count, "{file} {vertex}");
            let ids = format!("SELECT sum(_id) FROM {table}");
            assert_eq!(number(&session, &ids).await, count * (count - 1) / 2, "{file} {vertex}");
        }
        for (edge, facts) in graph["edges"].as_object().unwrap() {
            let (name, order) = edge.rsplit_once('/').unwrap();
            let table = format!("g.{order}.\"{name}\"");
            let size = facts["iterated"].as_i64().unwrap();
            assert_eq!(number(&session, &format!("SELECT count(*) FROM {table}")).await, size);
            let sum = format!("SELECT sum((_src + 1) * (_dst + 3)) FROM {table}");
            let wanted = facts["sum((src+1)*(dst+3))"].as_i64().unwrap();
            assert_eq!(number(&session, &sum).await, wanted, "{file} {edge}");
            // Keys, properties and internal ids belong together in every order.
            let main = format!("g.\"{name}\"");
            let differ =
                format!("SELECT count(*) FROM (SELECT * FROM {table} EXCEPT SELECT * FROM {main})");
            assert_eq!(number(&session, &differ).await, 0, "{file} {edge}");
            // The offsets find the same edges as a scan does.
            for end in ["_src", "_dst"] {
                let sought = format!("SELECT sum(_src + _dst) FROM {main} WHERE {end} IN (1, 3)");
                let scanned =
                    format!("SELECT sum(_src + _dst) FROM {main} WHERE {end} + 0 IN (1, 3)");
                let any = format!("SELECT count(*) FROM {main} WHERE {end} + 0 IN (1, 3)");
                if number(&session, &any).await > 0 {
                    let sought = number(&session, &sought).await;
                    assert_eq!(sought, number(&session, &scanned).await, "{file} {edge} {end}");
                }
            }
            checked += 1;
        }
    }
    assert!(checked > 0);
    println!("{checked} edge lists agree with the official library");
}
