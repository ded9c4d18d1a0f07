//! Sessions under pressure: little memory, queries that are stopped, and settings from all sides.

use std::time::{Duration, Instant};

use datafusion::arrow::array::AsArray;
use datafusion::arrow::record_batch::RecordBatch;
use engine::{Config, ErrorKind, QueryState, Session};
use futures::StreamExt;

/// A query that holds memory and ends only when it is stopped.
const ENDLESS: &str =
    "SELECT count(*) FROM range(1000000) AS a JOIN range(100000000000) AS b ON a.value = b.value";
/// How soon a stopped query must have given up.
const SOON: Duration = Duration::from_millis(100);
/// When a query that does not start or stop is given up.
const TIME_LIMIT: Duration = Duration::from_secs(20);

fn limited(memory: &str) -> Session {
    Session::builder()
        .with_setting("memory_limit", memory)
        .and_then(|builder| builder.with_setting("threads", "2"))
        .and_then(engine::SessionBuilder::build)
        .unwrap()
}

async fn rows(session: &Session, sql: &str) -> Vec<RecordBatch> {
    session.sql(sql).await.unwrap().collect().await.unwrap()
}

/// The text of the only value.
async fn value(session: &Session, sql: &str) -> String {
    let batches = rows(session, sql).await;
    let column = batches[0].column(0);
    datafusion::arrow::util::display::array_value_to_string(column, 0).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sort_larger_than_the_limit_spills() {
    const LIMIT: usize = 64 << 20;
    let session = limited("64MB");
    // About 200 MB of rows.
    let sql = "SELECT l_comment, l_orderkey, l_shipinstruct FROM tpch_lineitem(sf => 0.3) ORDER BY l_comment";
    let mut query = session.sql(sql).await.unwrap();
    let (mut count, mut last) = (0, String::new());
    while let Some(batch) = query.next().await {
        let batch = batch.unwrap();
        let comments = datafusion::arrow::compute::cast(
            batch.column(0),
            &datafusion::arrow::datatypes::DataType::Utf8View,
        )
        .unwrap();
        for comment in comments.as_string_view().iter().flatten() {
            assert!(last.as_str() <= comment, "{comment:?} comes after {last:?}");
            comment.clone_into(&mut last);
        }
        count += batch.num_rows();
    }
    let expected = value(&session, "SELECT count(*) FROM tpch_lineitem(sf => 0.3)").await;
    assert_eq!(count.to_string(), expected);
    let info = session.queries().into_iter().find(|info| info.text == sql).unwrap();
    assert_eq!(info.state, QueryState::Finished);
    assert!(
        info.peak_memory > LIMIT / 8 && info.peak_memory <= LIMIT,
        "peak was {}",
        info.peak_memory
    );
    assert_eq!(info.memory, 0);

    let mut analysis = String::new();
    for batch in rows(&session, &format!("EXPLAIN ANALYZE {sql}")).await {
        for row in 0..batch.num_rows() {
            analysis +=
                &datafusion::arrow::util::display::array_value_to_string(batch.column(1), row)
                    .unwrap();
        }
    }
    let spills = analysis.split("spill_count=").skip(1).any(|rest| !rest.starts_with('0'));
    assert!(spills, "nothing was spilled:\n{analysis}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_larger_than_the_limit_fails_with_the_way_out() {
    let session = limited("64MB");
    let sql = "SELECT max(a.l_comment), max(b.l_comment) \
               FROM tpch_lineitem(sf => 0.3) AS a JOIN tpch_lineitem(sf => 0.3) AS b \
               ON a.l_orderkey = b.l_orderkey AND a.l_linenumber = b.l_linenumber";
    let outcome = match session.sql(sql).await {
        Ok(query) => query.collect().await,
        Err(error) => Err(error),
    };
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResourcesExhausted, "{error}");
    assert!(
        error.to_string().contains("memory_limit"),
        "the error does not name the setting: {error}"
    );
    // The session lives on, and what the query held becomes free.
    assert_eq!(value(&session, "SELECT 1").await, "1");
    let held = || session.queries().iter().map(|info| info.memory).sum::<usize>();
    let asked = Instant::now();
    while held() > 0 {
        assert!(asked.elapsed() < TIME_LIMIT, "{} bytes are still held", held());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    session.set("memory_limit", "2GB").unwrap();
    assert_eq!(rows(&session, sql).await.iter().map(RecordBatch::num_rows).sum::<usize>(), 1);
}

/// Starts the endless query and waits until it holds memory, and so is at work.
async fn start(
    session: &Session,
) -> (String, tokio::task::JoinHandle<engine::Result<Vec<RecordBatch>>>) {
    let query = session.sql(ENDLESS).await.unwrap();
    let id = query.id().to_string();
    let task = tokio::spawn(query.collect());
    let at_work =
        "SELECT count(*) FROM system.queries WHERE memory_bytes > 0 AND state = 'running'";
    let asked = Instant::now();
    while value(session, &format!("{at_work} AND id = '{id}'")).await != "1" {
        assert!(asked.elapsed() < TIME_LIMIT, "the query does not start");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (id, task)
}

/// Stops endless queries by `stop` until one has given up, memory and all, as soon as it must; a busy
/// machine may take longer now and then.
async fn stops_soon(session: &Session, stop: impl AsyncFn(&str)) {
    let mut fastest = Duration::MAX;
    for _ in 0..10 {
        let (id, task) = start(session).await;
        let asked = Instant::now();
        stop(&id).await;
        let outcome =
            tokio::time::timeout(TIME_LIMIT, task).await.expect("the query stops").unwrap();
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        let info = || session.queries().into_iter().find(|info| info.id == id).unwrap();
        assert_eq!(info().state, QueryState::Cancelled);
        // The operators are gone, too, and do not work on.
        while info().memory > 0 {
            assert!(asked.elapsed() < TIME_LIMIT, "{} bytes are still held", info().memory);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        fastest = fastest.min(asked.elapsed());
        if fastest < SOON {
            return;
        }
    }
    panic!("the fastest of ten took {fastest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_can_be_cancelled_by_its_id() {
    let session = Session::new().unwrap();
    stops_soon(&session, async |id| {
        assert!(session.cancel(id));
    })
    .await;
    let id = session.queries()[0].id.clone();
    assert!(!session.cancel(&id), "it is not running any more");
    assert!(!session.cancel("no such id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_query_stops_a_query() {
    let session = Session::new().unwrap();
    stops_soon(&session, async |id| {
        rows(&session, &format!("KILL QUERY '{id}'")).await;
    })
    .await;
    let state =
        "SELECT DISTINCT state FROM system.queries WHERE text LIKE '%range(1000000) AS a JOIN%'";
    assert_eq!(value(&session, &format!("{state} AND state <> 'running'")).await, "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_stops_a_query_whoever_fetches_it() {
    let session = Session::new().unwrap();
    let query = session.sql(ENDLESS).await.unwrap();
    let handle = query.cancel_handle();
    let task = tokio::spawn(query.collect());
    handle.cancel();
    let error = tokio::time::timeout(TIME_LIMIT, task).await.unwrap().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
}

/// An operator that is busy within one batch for long does not keep the one who waits for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_busy_operator_keeps_nobody_waiting() {
    let session = Session::builder()
        .with_setting("threads", "1")
        .and_then(engine::SessionBuilder::build)
        .unwrap();
    let sql =
        "SELECT count(*) FROM range(30000) AS a, range(30000) AS b WHERE a.value + b.value = -1";
    let mut fastest = Duration::MAX;
    for _ in 0..3 {
        let query = session.sql(sql).await.unwrap();
        let handle = query.cancel_handle();
        let task = tokio::spawn(query.collect());
        tokio::time::sleep(Duration::from_millis(50)).await;
        let asked = Instant::now();
        handle.cancel();
        let error = task.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        fastest = fastest.min(asked.elapsed());
    }
    assert!(fastest < SOON, "the fastest of three took {fastest:?}");
}

/// Operators that hold the processor for long between two batches must be stopped all the same.
#[tokio::test(flavor = "multi_thread")]
async fn sorts_joins_and_aggregates_stop_soon() {
    let session = Session::new().unwrap();
    for sql in [
        "SELECT value FROM range(1000000000) ORDER BY value % 1000003, value",
        "SELECT value % 7, count(DISTINCT value) FROM range(1000000000) GROUP BY 1",
        "SELECT count(*) FROM range(100000000) AS a JOIN range(1000000000) AS b ON a.value = b.value + 1",
        "SELECT sum(l_quantity) OVER (PARTITION BY l_partkey ORDER BY l_shipdate) FROM tpch_lineitem(sf => 100)",
        "CREATE TABLE huge AS SELECT value FROM range(100000000000) WHERE value % 2 = 5",
    ] {
        let mut fastest = Duration::MAX;
        for _ in 0..10 {
            let running = session.clone();
            let task = tokio::spawn(async move { running.sql(sql).await?.collect().await });
            tokio::time::sleep(Duration::from_millis(150)).await;
            let asked = Instant::now();
            session.cancel_all();
            let outcome = tokio::time::timeout(TIME_LIMIT, task)
                .await
                .unwrap_or_else(|_| panic!("does not stop: {sql}"))
                .unwrap();
            let error = outcome.err().unwrap_or_else(|| panic!("ended by itself: {sql}"));
            assert_eq!(error.kind(), ErrorKind::Cancelled, "{sql}: {error}");
            fastest = fastest.min(asked.elapsed());
            if fastest < SOON {
                break;
            }
        }
        assert!(fastest < SOON, "the fastest of ten took {fastest:?}: {sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_a_query_stops_it() {
    let session = Session::new().unwrap();
    let mut query = session.sql("SELECT * FROM range(100000000)").await.unwrap();
    let id = query.id().to_string();
    assert!(query.next().await.unwrap().unwrap().num_rows() > 0);
    drop(query);
    let info = session.queries().into_iter().find(|info| info.id == id).unwrap();
    assert_eq!(info.state, QueryState::Cancelled);
    assert!(info.rows > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_come_from_file_then_caller_then_set() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(
        &file,
        "threads = 3\nmemory_limit = \"1GB\"\n[datafusion.execution]\nbatch_size = 1024\n",
    )
    .unwrap();
    let mut config = Config::load(Some(&file)).unwrap();
    assert_eq!((config.threads, config.memory_limit_bytes()), (3, 1_000_000_000));
    config.set("threads", "5").unwrap();
    let session = Session::builder().with_config(config).build().unwrap();
    assert_eq!(
        value(&session, "SELECT value FROM system.settings WHERE name = 'threads'").await,
        "5"
    );
    let batch_size =
        "SELECT value FROM system.settings WHERE name = 'datafusion.execution.batch_size'";
    assert_eq!(value(&session, batch_size).await, "1024");
    rows(&session, "SET threads = 7").await;
    assert_eq!(session.config().threads, 7);
    assert_eq!(session.context().state().config().target_partitions(), 7);
    rows(&session, "RESET threads").await;
    assert_eq!(session.config().threads, Config::default().threads);
}

#[test]
fn a_wrong_configuration_names_what_and_where() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    for (text, expected) in [
        ("memory_limt = '1GB'", "memory_limt"),
        ("memory_limit = 'much'", "much"),
        ("threads = 0", "threads"),
        ("threads =", "config.toml"),
    ] {
        std::fs::write(&file, text).unwrap();
        let error = Config::load(Some(&file)).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("config.toml"), "{text}: {error}");
    }
    let error = Config::load(Some(&folder.path().join("none.toml"))).unwrap_err().to_string();
    assert!(error.contains("none.toml"), "{error}");
    let error = Config::default().set("memory_limt", "1GB").unwrap_err().to_string();
    assert!(error.contains("memory_limit"), "no suggestion: {error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_session_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out.parquet");
    let session = Session::builder()
        .with_setting("read_only", "true")
        .and_then(engine::SessionBuilder::build)
        .unwrap();
    for statement in [
        format!("COPY (SELECT 1 AS a) TO '{}'", target.display()),
        "CREATE TABLE t AS SELECT 1 AS a".to_string(),
        "SET read_only = false".to_string(),
    ] {
        let error = match session.sql(&statement).await {
            Ok(query) => query.collect().await.unwrap_err(),
            Err(error) => error,
        };
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{statement}: {error}");
    }
    assert!(!target.exists());
    assert_eq!(value(&session, "SELECT 1").await, "1");
}
