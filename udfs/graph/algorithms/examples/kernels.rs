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
    let repeat = number("--repeat", 3);
    let only = option("--only");
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
    let mut out = std::io::stdout();
    writeln!(out, "# scale {scale}: {nodes} nodes, {count} edges, {threads} threads")?;
    let wanted =
        |name: &str| only.as_ref().is_none_or(|only| only.split(',').any(|part| part == name));
    let mut time = |name: &str,
                    work: &mut dyn FnMut() -> Result<f64>|
     -> Result<(), Box<dyn std::error::Error>> {
        if !wanted(name) {
            return Ok(());
        }
        let mut best = (f64::INFINITY, f64::INFINITY, 0.0);
        for _ in 0..repeat {
            let (wall, processor) = (Instant::now(), processor_seconds());
            let checksum = work()?;
            let processor = processor_seconds() - processor;
            best = (best.0.min(wall.elapsed().as_secs_f64()), best.1.min(processor), checksum);
        }
        writeln!(out, "{name}\t{:.4}\t{:.4}\t{}", best.0, best.1, best.2)?;
        out.flush()?;
        Ok(())
    };

    let plain = Edges { weight: None, ..edges.clone() };
    let mut copies: Vec<Edges> = (0..repeat * 2).map(|_| plain.clone()).collect();
    time("build", &mut || {
        let graph = Graph::build(copies.pop().unwrap_or_default(), nodes, true, &run)?;
        Ok(graph.outgoing().len() as f64)
    })?;
    time("build_both", &mut || {
        let graph = Graph::build(copies.pop().unwrap_or_default(), nodes, true, &run)?;
        Ok(graph.incoming(&run)?.len() as f64)
    })?;
    drop(copies);
    let graph = Graph::build(plain, nodes, true, &run)?;
    let weighted = Graph::build(edges, nodes, true, &run)?;
    let source = (0..nodes as u32).max_by_key(|node| graph.outgoing().degree(*node)).unwrap_or(0);
    let sources = vec![source];
    let finite = |values: &[f64]| values.iter().filter(|value| value.is_finite()).sum::<f64>();

    let search = BfsOptions { sources: sources.clone(), ..Default::default() };
    time("bfs_forward_only", &mut || {
        let found = bfs(&graph, &search, &run)?;
        Ok(found.distance.iter().filter(|distance| **distance != NONE).count() as f64)
    })?;
    time("simple_view", &mut || Ok(graph.simple(&run)?.len() as f64))?;
    graph.incoming(&run)?;
    time("bfs", &mut || {
        let found = bfs(&graph, &search, &run)?;
        Ok(found.distance.iter().filter(|distance| **distance != NONE).count() as f64)
    })?;
    let ranks = PageRankOptions { fixed_iterations: Some(20), ..Default::default() };
    time("pagerank_20", &mut || Ok(pagerank(&graph, &ranks, &run)?.scores.iter().sum()))?;
    let ranks = PageRankOptions::default();
    time("pagerank_1e-6", &mut || Ok(pagerank(&graph, &ranks, &run)?.iterations.into()))?;
    time("wcc", &mut || Ok(wcc(&graph, &run)?.smallest.len() as f64))?;
    time("scc", &mut || Ok(scc(&graph, &run)?.smallest.len() as f64))?;
    let paths = SsspOptions { sources: sources.clone(), ..Default::default() };
    time("sssp", &mut || Ok(finite(&sssp(&weighted, &paths, &run)?.distance)))?;
    let paths = SsspOptions { algorithm: ShortestPathAlgorithm::Dijkstra, ..paths };
    time("dijkstra", &mut || Ok(finite(&sssp(&weighted, &paths, &run)?.distance)))?;
    time("k_core", &mut || Ok(k_core(&graph, &run)?.into_iter().max().map_or(0.0, f64::from)))?;
    let options = TriangleOptions::default();
    time("triangle_count", &mut || Ok(triangle_count(&graph, &options, &run)?.total as f64))?;
    let options = ClusteringOptions::default();
    time("lcc", &mut || Ok(local_clustering_coefficient(&graph, &options, &run)?.iter().sum()))?;
    let options = ClusteringOptions { directed: Some(false) };
    time("lcc_undirected", &mut || {
        Ok(local_clustering_coefficient(&graph, &options, &run)?.iter().sum())
    })?;
    let options = LabelPropagationOptions::default();
    time("cdlp_10", &mut || {
        let mut labels = label_propagation(&graph, &options, &run)?.label;
        labels.sort_unstable();
        labels.dedup();
        Ok(labels.len() as f64)
    })?;
    graph.merged(true, &run)?;
    time("louvain", &mut || Ok(louvain(&graph, &LouvainOptions::default(), &run)?.modularity))?;
    time("leiden", &mut || Ok(leiden(&graph, &LeidenOptions::default(), &run)?.modularity))?;
    let options = BetweennessOptions { samples: Some(8), ..Default::default() };
    time("betweenness_8", &mut || Ok(finite(&betweenness(&graph, &options, &run)?)))?;
    let options = SpanningTreeOptions::default();
    time("minimum_spanning_tree", &mut || {
        Ok(minimum_spanning_tree(&weighted, &options, &run)?.value.iter().sum())
    })?;
    Ok(())
}
