//! Threads that do not matter, runs that are stopped, memory that is not there, options that are wrong.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by panicking")]

mod random;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use algorithms::*;
use random::Random;

/// A graph with hubs, large enough for several blocks.
fn edges(weighted: bool) -> (Edges, usize) {
    let (nodes, count) = (20_000, 150_000);
    let mut random = Random::new(7);
    let mut node = || {
        let limit = random.below(nodes) + 1;
        let limit = random.below(limit) + 1;
        random.below(limit) as Node
    };
    let source: Vec<Node> = (0..count).map(|_| node()).collect();
    let target: Vec<Node> = (0..count).map(|_| node()).collect();
    let mut random = Random::new(8);
    let weight = weighted.then(|| (0..count).map(|_| random.below(100) as f64 / 7.0).collect());
    (Edges { source, target, weight }, nodes)
}

fn with_threads(threads: usize) -> Run {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    Run::default().with_pool(Arc::new(pool))
}

/// Everything all kernels say about a graph, as text.
fn everything(graph: &Graph, run: &Run) -> Vec<(&'static str, String)> {
    let sources = vec![3];
    let mut results = Vec::new();
    macro_rules! add {
        ($name:literal, $result:expr) => {
            results.push(($name, format!("{:?}", $result.unwrap())));
        };
    }
    let search = BfsOptions { sources: sources.clone(), ..Default::default() };
    add!("bfs out only", bfs(graph, &search, run));
    add!("pagerank", pagerank(graph, &PageRankOptions::default(), run));
    add!("bfs", bfs(graph, &search, run));
    let search = BfsOptions { direction: Direction::Both, ..search };
    add!("bfs both", bfs(graph, &search, run));
    add!("wcc", wcc(graph, run));
    add!("scc", scc(graph, run));
    add!("sssp", sssp(graph, &SsspOptions { sources, ..Default::default() }, run));
    add!("labels", label_propagation(graph, &LabelPropagationOptions::default(), run));
    add!("louvain", louvain(graph, &LouvainOptions::default(), run));
    add!("leiden", leiden(graph, &LeidenOptions::default(), run));
    add!("triangles", triangle_count(graph, &TriangleOptions::default(), run));
    add!("lcc", local_clustering_coefficient(graph, &ClusteringOptions::default(), run));
    add!("k_core", k_core(graph, run));
    add!("degree", degree(graph, &DegreeOptions::default(), run));
    add!("stats", graph_stats(graph, run));
    let options = BetweennessOptions { samples: Some(9), ..Default::default() };
    add!("betweenness", betweenness(graph, &options, run));
    add!("eigenvector", eigenvector(graph, &EigenvectorOptions::default(), run));
    add!("katz", katz(graph, &KatzOptions { alpha: 0.001, ..Default::default() }, run));
    add!("hits", hits(graph, &HitsOptions::default(), run));
    add!("tree", minimum_spanning_tree(graph, &SpanningTreeOptions::default(), run));
    let sources = Some(vec![1, 2, 3, 4000]);
    let options = RandomWalkOptions { sources, in_out_factor: 2.0, ..Default::default() };
    add!("walks", random_walk(graph, &options, run));
    let options = AllPairsOptions { sources: Some(vec![1, 2, 3]), ..Default::default() };
    add!("all pairs", all_pairs_shortest_paths(graph, &options, run));
    results
}

#[test]
fn results_do_not_depend_on_threads() {
    for weighted in [false, true] {
        for directed in [true, false] {
            let mut first: Option<Vec<(&str, String)>> = None;
            for threads in [1, 4] {
                let run = with_threads(threads);
                let (edges, nodes) = edges(weighted);
                let graph = Graph::build(edges, nodes, directed, &run).unwrap();
                let results = everything(&graph, &run);
                let first = first.get_or_insert_with(|| results.clone());
                for ((name, result), (_, first)) in results.iter().zip(first.iter()) {
                    assert!(result == first, "{name} differs with {threads} threads");
                }
            }
        }
    }
}

/// An account that counts, refuses beyond a limit, and stops the run at some request.
#[derive(Debug, Default)]
struct Account {
    used: AtomicUsize,
    greatest: AtomicUsize,
    requests: AtomicUsize,
    limit: usize,
    stop_at: usize,
    cancelled: Arc<AtomicBool>,
    phases: Mutex<Vec<&'static str>>,
}

impl Memory for Account {
    fn try_grow(&self, bytes: usize) -> Result<(), String> {
        if self.requests.fetch_add(1, Ordering::Relaxed) + 1 == self.stop_at {
            self.cancelled.store(true, Ordering::Relaxed);
        }
        let used = self.used.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if used > self.limit {
            self.used.fetch_sub(bytes, Ordering::Relaxed);
            return Err(format!("{used} is more than {}", self.limit));
        }
        self.greatest.fetch_max(used, Ordering::Relaxed);
        Ok(())
    }

    fn shrink(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Progress for Account {
    fn phase(&self, name: &'static str, _elapsed: std::time::Duration) {
        self.phases.lock().unwrap().push(name);
    }

    fn iteration(&self, _number: u32, _change: f64) {}
}

#[test]
fn memory_is_given_back_and_refusals_are_errors() {
    let (columns, nodes) = edges(true);
    let account = Arc::new(Account { limit: usize::MAX, ..Default::default() });
    let run = with_threads(2).with_memory(account.clone()).with_progress(account.clone());
    let graph = Graph::build(columns.clone(), nodes, true, &run).unwrap();
    let arrays = account.used.load(Ordering::Relaxed);
    assert_eq!(arrays, columns.source.len() * 12 + (nodes + 1) * 8);
    everything(&graph, &run);
    drop(graph);
    assert_eq!(account.used.load(Ordering::Relaxed), 0);
    assert!(account.phases.lock().unwrap().contains(&"pagerank"));
    let needed = account.greatest.load(Ordering::Relaxed);

    let account = Arc::new(Account { limit: needed / 8, ..Default::default() });
    let run = with_threads(2).with_memory(account.clone());
    let built = Graph::build(columns.clone(), nodes, true, &run);
    let error = match built {
        Err(error) => error,
        Ok(graph) => louvain(&graph, &LouvainOptions::default(), &run).unwrap_err(),
    };
    assert!(matches!(error, Error::Memory { .. }), "{error}");
    assert_eq!(account.used.load(Ordering::Relaxed), 0);
}

#[test]
fn a_cancelled_run_stops() {
    let (columns, nodes) = edges(true);
    for stop_at in 1..40 {
        let account = Arc::new(Account { limit: usize::MAX, stop_at, ..Default::default() });
        let cancelled = Arc::clone(&account.cancelled);
        let run = with_threads(2).with_memory(account.clone()).with_cancel(cancelled.clone());
        let work = || -> Result<(), Error> {
            let graph = Graph::build(columns.clone(), nodes, true, &run)?;
            pagerank(&graph, &PageRankOptions::default(), &run)?;
            local_clustering_coefficient(&graph, &ClusteringOptions::default(), &run)?;
            leiden(&graph, &LeidenOptions::default(), &run)?;
            betweenness(
                &graph,
                &BetweennessOptions { samples: Some(2), ..Default::default() },
                &run,
            )?;
            Ok(())
        };
        let result = work();
        if cancelled.load(Ordering::Relaxed) {
            assert_eq!(result, Err(Error::Cancelled), "at request {stop_at}");
        }
        assert_eq!(account.used.load(Ordering::Relaxed), 0);
    }
}

#[test]
fn what_is_wrong_is_said() {
    let run = Run::default();
    let build = |source: Vec<Node>, target: Vec<Node>, weight: Option<Vec<f64>>| {
        Graph::build(Edges { source, target, weight }, 3, true, &run)
    };
    assert_eq!(
        build(vec![0, 3], vec![1, 1], None).unwrap_err(),
        Error::MissingNode { node: 3, nodes: 3 }
    );
    assert!(matches!(build(vec![0], vec![], None), Err(Error::UnequalColumns { .. })));
    let error = build(vec![0], vec![1], Some(vec![f64::NAN])).unwrap_err();
    assert!(matches!(error, Error::InvalidWeight { source_node: 0, target: 1, .. }));

    let negative = build(vec![0, 1], vec![1, 2], Some(vec![2.0, -1.0])).unwrap();
    let expected = Error::NegativeWeight { source_node: 1, target: 2, weight: -1.0 };
    let options = SsspOptions {
        sources: vec![0],
        algorithm: ShortestPathAlgorithm::Dijkstra,
        ..Default::default()
    };
    assert_eq!(sssp(&negative, &options, &run).unwrap_err(), expected);
    assert_eq!(pagerank(&negative, &PageRankOptions::default(), &run).unwrap_err(), expected);
    let options = SsspOptions { algorithm: ShortestPathAlgorithm::Auto, ..options };
    assert_eq!(sssp(&negative, &options, &run).unwrap().distance, [0.0, 2.0, 1.0]);
    let cycle = build(vec![0, 1, 2], vec![1, 2, 1], Some(vec![1.0, -2.0, 1.0])).unwrap();
    let error = sssp(&cycle, &options, &run).unwrap_err();
    assert_eq!(error, Error::NegativeCycle { nodes: vec![2, 1] });

    let cycle = build(vec![0, 1, 2], vec![1, 2, 1], None).unwrap();
    let error = topological_sort(&cycle, &run).unwrap_err();
    assert_eq!(error, Error::Cycle { nodes: vec![1, 2] });
    let search = BfsOptions { sources: vec![9], ..Default::default() };
    assert_eq!(bfs(&cycle, &search, &run).unwrap_err(), Error::MissingNode { node: 9, nodes: 3 });
    let options = PageRankOptions { damping: 1.5, ..Default::default() };
    let error = pagerank(&cycle, &options, &run).unwrap_err();
    assert_eq!(error.to_string(), "invalid damping: 1.5 is not between 0 and 1");
}

#[test]
fn edges_in_order_make_the_same_graph() {
    for weighted in [false, true] {
        let (edges, nodes) = edges(weighted);
        let shuffled = Graph::build(edges.clone(), nodes, true, &Run::default()).unwrap();
        let mut order: Vec<usize> = (0..edges.source.len()).collect();
        for by_target in [false, true] {
            order.sort_by_key(|edge| {
                (edges.source[*edge], if by_target { edges.target[*edge] } else { 0 })
            });
            let sorted = Edges {
                source: order.iter().map(|edge| edges.source[*edge]).collect(),
                target: order.iter().map(|edge| edges.target[*edge]).collect(),
                weight: edges.weight.as_ref().map(|w| order.iter().map(|edge| w[*edge]).collect()),
            };
            let sorted = Graph::build(sorted, nodes, true, &Run::default()).unwrap();
            assert_eq!(sorted.outgoing().offsets(), shuffled.outgoing().offsets());
            assert_eq!(sorted.outgoing().targets(), shuffled.outgoing().targets());
            assert_eq!(sorted.outgoing().weights(), shuffled.outgoing().weights());
        }
    }
    let beyond = Edges { source: vec![0, 3], target: vec![1, 0], weight: None };
    assert!(matches!(
        Graph::build(beyond, 2, true, &Run::default()),
        Err(Error::MissingNode { node: 3, nodes: 2 })
    ));
}

/// How long a kernel goes on after it was told to stop.
fn stopping(work: impl FnOnce(&Run) -> Result<(), Error> + Send) -> std::time::Duration {
    let cancelled = Arc::new(AtomicBool::new(false));
    let run = with_threads(2).with_cancel(Arc::clone(&cancelled));
    std::thread::scope(|scope| {
        let working = scope.spawn(|| work(&run));
        std::thread::sleep(std::time::Duration::from_millis(30));
        let start = std::time::Instant::now();
        cancelled.store(true, Ordering::Relaxed);
        assert_eq!(working.join().unwrap(), Err(Error::Cancelled));
        start.elapsed()
    })
}

#[test]
fn a_run_that_is_cancelled_ends_within_50_milliseconds() {
    let (edges, nodes) = edges(true);
    let graph = Graph::build(edges, nodes, true, &Run::default()).unwrap();
    let forever = u32::MAX;
    type Kernel<'a> = Box<dyn Fn(&Run) -> Result<(), Error> + Send + Sync + 'a>;
    let kernels: [(&str, Kernel<'_>); 5] = [
        (
            "pagerank",
            Box::new(|run| {
                let options =
                    PageRankOptions { fixed_iterations: Some(forever), ..Default::default() };
                pagerank(&graph, &options, run).map(drop)
            }),
        ),
        (
            "betweenness",
            Box::new(|run| betweenness(&graph, &BetweennessOptions::default(), run).map(drop)),
        ),
        (
            "closeness",
            Box::new(|run| {
                let options = ClosenessOptions { weighted: true, ..Default::default() };
                closeness(&graph, &options, run).map(drop)
            }),
        ),
        (
            "all_pairs",
            Box::new(|run| {
                all_pairs_shortest_paths(&graph, &AllPairsOptions::default(), run).map(drop)
            }),
        ),
        (
            "random_walk",
            Box::new(|run| {
                let options = RandomWalkOptions { walks_per_node: 10_000, ..Default::default() };
                random_walk(&graph, &options, run).map(drop)
            }),
        ),
    ];
    for (name, kernel) in &kernels {
        // The best of some tries, since other work on the machine may hold a thread up.
        let best = (0..5).map(|_| stopping(kernel)).min().unwrap();
        assert!(best.as_millis() < 50, "{name} went on for {best:?}");
    }
}
