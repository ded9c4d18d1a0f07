//! Times the kernels on an R-MAT graph with the parameters of Graph500, and writes the graph for peers.
//!
//! `kernels SCALE [--threads N] [--repeat N] [--write FILE] [--only NAME,NAME]` prints one line a kernel:
//! its name, the seconds of the clock and of the processors of the best run, and a checksum. The file has
//! the number of edges as eight bytes, then the sources and the targets as four bytes each, then the
//! weights as four bytes each, little end first.

use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use algorithms::*;

/// Edges for each node.
const EDGE_FACTOR: usize = 16;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Distinct edges without self-loops between nodes numbered at random, with weights from 1 to 255.
fn rmat(scale: u32, seed: u64) -> Edges {
    let mut random = Random(seed);
    let nodes = 1_u32 << scale;
    let mut names: Vec<u32> = (0..nodes).collect();
    for end in (1..nodes as usize).rev() {
        names.swap(end, (random.next() % (end as u64 + 1)) as usize);
    }
    let mut pairs: Vec<u64> = (0..EDGE_FACTOR << scale)
        .map(|_| {
            let (mut source, mut target) = (0_u32, 0_u32);
            for _ in 0..scale {
                let (down, right) = match random.next() % 100 {
                    0..57 => (0, 0),
                    57..76 => (0, 1),
                    76..95 => (1, 0),
                    _ => (1, 1),
                };
                source = source << 1 | down;
                target = target << 1 | right;
            }
            u64::from(names[source as usize]) << 32 | u64::from(names[target as usize])
        })
        .filter(|pair| pair >> 32 != pair & 0xffff_ffff)
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    // Tables are seldom in the order of their columns.
    for end in (1..pairs.len()).rev() {
        pairs.swap(end, (random.next() % (end as u64 + 1)) as usize);
    }
    let weight = pairs.iter().map(|_| (random.next() % 255 + 1) as f64).collect();
    Edges {
        source: pairs.iter().map(|pair| (pair >> 32) as u32).collect(),
        target: pairs.iter().map(|pair| *pair as u32).collect(),
        weight: Some(weight),
    }
}

/// The time all threads have spent on a processor, in seconds.
fn processor_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanoseconds: f64 = tasks
        .filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok())
        .filter_map(|text| text.split_whitespace().next()?.parse::<f64>().ok())
        .sum();
    nanoseconds / 1e9
}

/// Runs kernels and prints how long they took.
struct Timer {
    out: std::io::Stdout,
    repeat: usize,
    only: Option<String>,
}

impl Timer {
    /// The best of some runs of `work`, without what `prepare` makes for it.
    fn prepared<T>(
        &mut self,
        name: &str,
        prepare: impl Fn() -> T,
        work: impl Fn(T) -> Result<f64>,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let wanted = |only: &String| only.split(',').any(|part| part == name);
        if !self.only.as_ref().is_none_or(wanted) {
            return Ok(());
        }
        let mut best = (f64::INFINITY, f64::INFINITY, 0.0);
        for _ in 0..self.repeat {
            let prepared = prepare();
            let (wall, processor) = (Instant::now(), processor_seconds());
            let checksum = work(prepared)?;
            let processor = processor_seconds() - processor;
            best = (best.0.min(wall.elapsed().as_secs_f64()), best.1.min(processor), checksum);
        }
        writeln!(self.out, "{name}\t{:.4}\t{:.4}\t{}", best.0, best.1, best.2)?;
        Ok(self.out.flush()?)
    }

    fn time(
        &mut self,
        name: &str,
        work: impl Fn() -> Result<f64>,
    ) -> Result<(), Box<dyn std::error::Error>> {
        self.prepared(name, || (), |()| work())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).cloned()
    };
    let number = |name: &str, default: usize| match option(name) {
        Some(text) => text.parse().unwrap_or(default),
        None => default,
    };
    let scale: u32 = arguments.first().and_then(|scale| scale.parse().ok()).unwrap_or(16);
    let threads = number("--threads", std::thread::available_parallelism()?.get());
    let edges = rmat(scale, 1);
    if let Some(path) = option("--write") {
        let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
        file.write_all(&(edges.source.len() as u64).to_le_bytes())?;
        for value in edges.source.iter().chain(&edges.target) {
            file.write_all(&value.to_le_bytes())?;
        }
        for weight in edges.weight.iter().flatten() {
            file.write_all(&(*weight as f32).to_le_bytes())?;
        }
        file.flush()?;
    }
    let nodes = 1_usize << scale;
    let count = edges.source.len();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let run = Run::default().with_pool(Arc::new(pool));
    let mut timer =
        Timer { out: std::io::stdout(), repeat: number("--repeat", 3), only: option("--only") };
    writeln!(timer.out, "# scale {scale}: {nodes} nodes, {count} edges, {threads} threads")?;

    let plain = Edges { weight: None, ..edges.clone() };
    let build = |edges| Graph::build(edges, nodes, true, &run);
    timer.prepared("build", || plain.clone(), |edges| Ok(build(edges)?.outgoing().len() as f64))?;
    timer.prepared(
        "build_both",
        || plain.clone(),
        |edges| Ok(build(edges)?.incoming(&run)?.len() as f64),
    )?;
    timer.prepared(
        "simple_view",
        || build(plain.clone()),
        |graph| Ok(graph?.simple(&run)?.len() as f64),
    )?;
    let graph = Graph::build(plain, nodes, true, &run)?;
    // Offsets of eight bytes, targets of four; both directions are kept.
    let bytes = 2 * (graph.outgoing().offsets().len() * 8 + graph.outgoing().len() * 4);
    writeln!(
        timer.out,
        "# {:.2} bytes an edge, unweighted, both directions",
        bytes as f64 / count as f64
    )?;
    let weighted = Graph::build(edges, nodes, true, &run)?;
    let source = (0..nodes as u32).max_by_key(|node| graph.outgoing().degree(*node)).unwrap_or(0);
    let sources = vec![source];
    let finite = |values: &[f64]| values.iter().filter(|value| value.is_finite()).sum::<f64>();

    let search = BfsOptions { sources: sources.clone(), ..Default::default() };
    timer.time("bfs_forward_only", || {
        let found = bfs(&graph, &search, &run)?;
        Ok(found.distance.iter().filter(|distance| **distance != NONE).count() as f64)
    })?;
    graph.incoming(&run)?;
    timer.time("bfs", || {
        let found = bfs(&graph, &search, &run)?;
        Ok(found.distance.iter().filter(|distance| **distance != NONE).count() as f64)
    })?;
    let ranks = PageRankOptions { fixed_iterations: Some(20), ..Default::default() };
    timer.time("pagerank_20", || Ok(pagerank(&graph, &ranks, &run)?.scores.iter().sum()))?;
    let ranks = PageRankOptions::default();
    timer.time("pagerank_1e-6", || Ok(pagerank(&graph, &ranks, &run)?.iterations.into()))?;
    timer.time("wcc", || Ok(wcc(&graph, &run)?.smallest.len() as f64))?;
    timer.time("scc", || Ok(scc(&graph, &run)?.smallest.len() as f64))?;
    let paths = SsspOptions { sources: sources.clone(), ..Default::default() };
    timer.time("sssp_paths", || Ok(finite(&sssp(&weighted, &paths, &run)?.distance)))?;
    timer.time("sssp", || Ok(finite(&sssp_distances(&weighted, &paths, &run)?)))?;
    let paths = SsspOptions { algorithm: ShortestPathAlgorithm::Dijkstra, ..paths };
    timer.time("dijkstra", || Ok(finite(&sssp_distances(&weighted, &paths, &run)?)))?;
    timer.time("k_core", || Ok(k_core(&graph, &run)?.into_iter().max().map_or(0.0, f64::from)))?;
    let options = TriangleOptions::default();
    timer.time("triangle_count", || Ok(triangle_count(&graph, &options, &run)?.total as f64))?;
    let options = ClusteringOptions::default();
    timer.time("lcc", || Ok(local_clustering_coefficient(&graph, &options, &run)?.iter().sum()))?;
    let options = ClusteringOptions { directed: Some(false) };
    timer.time("lcc_undirected", || {
        Ok(local_clustering_coefficient(&graph, &options, &run)?.iter().sum())
    })?;
    let options = LabelPropagationOptions::default();
    timer.time("cdlp_10", || {
        let mut labels = label_propagation(&graph, &options, &run)?.label;
        labels.sort_unstable();
        labels.dedup();
        Ok(labels.len() as f64)
    })?;
    // Peers find communities in the undirected graph without parallel edges.
    let simple = graph.simple(&run)?;
    let pairs = (0..nodes as u32).flat_map(|node| {
        let row = simple.neighbors(node).iter().filter(move |target| node < **target);
        row.map(move |target| (node, *target))
    });
    let (source, target) = pairs.unzip();
    let undirected = Graph::build(Edges { source, target, weight: None }, nodes, false, &run)?;
    undirected.merged(false, &run)?;
    timer.time("louvain", || {
        Ok(louvain(&undirected, &LouvainOptions::default(), &run)?.modularity)
    })?;
    timer
        .time("leiden", || Ok(leiden(&undirected, &LeidenOptions::default(), &run)?.modularity))?;
    let options = BetweennessOptions { samples: Some(8), ..Default::default() };
    timer.time("betweenness_8", || Ok(finite(&betweenness(&graph, &options, &run)?)))?;
    let options = SpanningTreeOptions::default();
    timer.time("minimum_spanning_tree", || {
        Ok(minimum_spanning_tree(&weighted, &options, &run)?.value.iter().sum())
    })?;
    Ok(())
}
