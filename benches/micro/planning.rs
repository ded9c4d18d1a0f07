//! What planning TPC-H's queries costs by our session against a plain context of DataFusion, over the same
//! tables in one run: from the text to a stream that nobody reads. The last line is the ratio.

#![expect(clippy::print_stdout, reason = "a bench says what it measured")]
#![allow(missing_docs)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use datafusion::datasource::MemTable;
use datafusion::execution::context::{SessionConfig, SessionContext};
use engine::Session;
use tokio::runtime::Runtime;

const TABLES: [&str; 8] =
    ["region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem"];

/// Rounds over all queries for the ratio; who begins changes from round to round.
const ROUNDS: usize = 20;

struct Engines {
    runtime: Runtime,
    ours: Session,
    theirs: SessionContext,
}

impl Engines {
    fn open() -> Self {
        let runtime = Runtime::new().expect("a tokio runtime starts");
        let ours = Session::new().expect("a session opens");
        let threads = ours.config().threads;
        let theirs =
            SessionContext::new_with_config(SessionConfig::new().with_target_partitions(threads));
        runtime.block_on(async {
            for table in TABLES {
                let sql = format!("SELECT * FROM tpch_{table}(sf => 0.001)");
                let query = ours.sql(&sql).await.expect("the table is planned");
                let (schema, batches) =
                    (query.schema(), query.collect().await.expect("the table is made"));
                let data = Arc::new(
                    MemTable::try_new(schema, vec![batches]).expect("the batches fit the schema"),
                );
                ours.register_table(table, Arc::clone(&data) as _).expect("ours takes a table");
                theirs.register_table(table, data).expect("theirs takes a table");
            }
        });
        Self { runtime, ours, theirs }
    }

    fn plan_ours(&self, sql: &str) {
        self.runtime.block_on(async { self.ours.sql(sql).await.expect("ours plans it") });
    }

    fn plan_theirs(&self, sql: &str) {
        self.runtime.block_on(async {
            let frame = self.theirs.sql(sql).await.expect("theirs plans it");
            frame.execute_stream().await.expect("theirs starts it")
        });
    }
}

/// The texts of the queries with their names, in order.
fn queries() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/queries/tpch");
    let files = std::fs::read_dir(folder).expect("the queries are there");
    let mut queries: Vec<(String, String)> = files
        .map(|file| {
            let path = file.expect("the folder can be read").path();
            let name = path.file_stem().map(|name| name.to_string_lossy().into_owned());
            let text = std::fs::read_to_string(&path).expect("the query can be read");
            (name.unwrap_or_default(), text.trim().trim_end_matches(';').to_string())
        })
        .collect();
    queries.sort();
    queries
}

fn benches(criterion: &mut Criterion) {
    let engines = Engines::open();
    let queries = queries();
    criterion.bench_function("plan TPC-H, ours", |bencher| {
        bencher.iter(|| queries.iter().for_each(|(_, sql)| engines.plan_ours(sql)));
    });
    criterion.bench_function("plan TPC-H, DataFusion", |bencher| {
        bencher.iter(|| queries.iter().for_each(|(_, sql)| engines.plan_theirs(sql)));
    });
    ratio(&engines, &queries);
}

/// The ratio of the fastest times, query by query and in sum.
fn ratio(engines: &Engines, queries: &[(String, String)]) {
    let mut fastest = vec![(Duration::MAX, Duration::MAX); queries.len()];
    for round in 0..ROUNDS {
        for ((_, sql), best) in queries.iter().zip(&mut fastest) {
            for turn in 0..2 {
                let began = Instant::now();
                match (round + turn) % 2 {
                    0 => {
                        engines.plan_ours(sql);
                        best.0 = best.0.min(began.elapsed());
                    }
                    _ => {
                        engines.plan_theirs(sql);
                        best.1 = best.1.min(began.elapsed());
                    }
                }
            }
        }
    }
    let per_query: Vec<f64> =
        fastest.iter().map(|(ours, theirs)| ours.as_secs_f64() / theirs.as_secs_f64()).collect();
    for ((name, _), ((ours, theirs), ratio)) in queries.iter().zip(fastest.iter().zip(&per_query)) {
        println!("{name}  ours {ours:>9.2?}  DataFusion {theirs:>9.2?}  ratio {ratio:.2}");
    }
    let (ours, theirs) = fastest
        .iter()
        .fold((Duration::ZERO, Duration::ZERO), |sum, best| (sum.0 + best.0, sum.1 + best.1));
    let mean = per_query.iter().map(|ratio| ratio.ln()).sum::<f64>() / per_query.len() as f64;
    println!(
        "planning TPC-H: ours {ours:.2?}, DataFusion {theirs:.2?}, ratio of sums {:.2}, geometric mean {:.2}",
        ours.as_secs_f64() / theirs.as_secs_f64(),
        mean.exp()
    );
}

criterion_group!(planning, benches);
criterion_main!(planning);
