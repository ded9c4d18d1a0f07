//! The validation cases of LDBC Graphalytics, read from the folder of test suites beside the project.
//! Breadth-first search and label propagation must match exactly, the others to one part in ten thousand.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by panicking")]

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use algorithms::{
    BfsOptions, ClusteringOptions, Edges, Graph, LabelPropagationOptions, NONE, Node,
    PageRankOptions, Run, SsspOptions, bfs, label_propagation, local_clustering_coefficient,
    pagerank, sssp, wcc,
};

struct Case {
    graph: Graph,
    identifiers: Vec<u64>,
    properties: HashMap<String, String>,
}

impl Case {
    fn read(folder: &Path, name: &str) -> Self {
        let text = |suffix: &str| std::fs::read_to_string(folder.join(name.to_owned() + suffix));
        let mut identifiers: Vec<u64> =
            text(".v").unwrap().split_whitespace().map(|id| id.parse().unwrap()).collect();
        identifiers.sort_unstable();
        let number = |id: &str| identifiers.binary_search(&id.parse().unwrap()).unwrap() as Node;
        let mut edges = Edges::default();
        let mut weights = Vec::new();
        for line in text(".e").unwrap().lines() {
            let mut fields = line.split_whitespace();
            edges.source.push(number(fields.next().unwrap()));
            edges.target.push(number(fields.next().unwrap()));
            weights.extend(fields.next().map(|weight| weight.parse::<f64>().unwrap()));
        }
        edges.weight = (weights.len() == edges.source.len()).then_some(weights);
        let properties: HashMap<String, String> = text(".properties")
            .unwrap()
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(key, value)| {
                let key = key.trim().trim_start_matches(&format!("graph.{name}."));
                (key.to_owned(), value.trim().to_owned())
            })
            .collect();
        let directed = properties["directed"] == "true";
        let graph = Graph::build(edges, identifiers.len(), directed, &Run::default()).unwrap();
        Self { graph, identifiers, properties }
    }

    fn node(&self, property: &str) -> Node {
        let identifier = self.properties[property].parse().unwrap();
        self.identifiers.binary_search(&identifier).unwrap() as Node
    }

    fn number(&self, property: &str) -> u32 {
        self.properties[property].parse().unwrap()
    }

    /// The value of each node, as the files write it.
    fn run(&self, algorithm: &str) -> Vec<String> {
        let run = Run::default();
        let graph = &self.graph;
        match algorithm {
            "BFS" => {
                let sources = vec![self.node("bfs.source-vertex")];
                let options = BfsOptions { sources, ..Default::default() };
                let distance = bfs(graph, &options, &run).unwrap().distance;
                let value = |distance: u32| match distance {
                    NONE => i64::MAX.to_string(),
                    distance => distance.to_string(),
                };
                distance.into_iter().map(value).collect()
            }
            "CDLP" => {
                let max_iterations = self.number("cdlp.max-iterations");
                let options = LabelPropagationOptions {
                    max_iterations,
                    weighted: false,
                    ..Default::default()
                };
                let labels = label_propagation(graph, &options, &run).unwrap().label;
                labels.iter().map(|label| self.identifiers[*label as usize].to_string()).collect()
            }
            "LCC" => {
                let options = ClusteringOptions::default();
                let scores = local_clustering_coefficient(graph, &options, &run).unwrap();
                scores.iter().map(f64::to_string).collect()
            }
            "PR" => {
                let options = PageRankOptions {
                    damping: self.properties["pr.damping-factor"].parse().unwrap(),
                    fixed_iterations: Some(self.number("pr.num-iterations")),
                    weighted: false,
                    ..Default::default()
                };
                let ranks = pagerank(graph, &options, &run).unwrap();
                ranks.scores.iter().map(f64::to_string).collect()
            }
            "SSSP" => {
                let sources = vec![self.node("sssp.source-vertex")];
                let options = SsspOptions { sources, ..Default::default() };
                let distance = sssp(graph, &options, &run).unwrap().distance;
                distance
                    .iter()
                    .map(|distance| distance.to_string().replace("inf", "infinity"))
                    .collect()
            }
            "WCC" => {
                let components = wcc(graph, &run).unwrap();
                let smallest = |component: &u32| components.smallest[*component as usize];
                let labels = components.component.iter().map(smallest);
                labels.map(|label| self.identifiers[label as usize].to_string()).collect()
            }
            other => panic!("unknown algorithm {other}"),
        }
    }
}

fn folder() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    ["../shared", "../../shared", "../../../shared"]
        .iter()
        .map(|shared| root.join(shared).join("suites/graphalytics/example-data-sets/graphs"))
        .find(|folder| folder.is_dir())
}

/// Whether every node has the value expected; components may be named differently.
fn check(algorithm: &str, expected: &[String], values: &[String]) -> Result<(), String> {
    let mut names = HashMap::new();
    let mut back = HashMap::new();
    for (node, (expected, value)) in expected.iter().zip(values).enumerate() {
        let same = match algorithm {
            "BFS" | "CDLP" => expected == value,
            "WCC" => {
                names.entry(expected).or_insert(value) == &value
                    && back.entry(value).or_insert(expected) == &expected
            }
            _ => {
                let (expected, value): (f64, f64) =
                    (expected.parse().unwrap(), value.parse().unwrap());
                expected == value || (expected - value).abs() <= 1e-4 * expected.abs()
            }
        };
        if !same {
            return Err(format!("node {node}: {value} instead of {expected}"));
        }
    }
    Ok(())
}

#[test]
fn graphalytics() {
    let Some(folder) = folder() else {
        writeln!(std::io::stdout(), "skipped: the folder suites/graphalytics is not there")
            .unwrap();
        return;
    };
    let mut checked = 0;
    let mut failures = Vec::new();
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    files.sort();
    for file in files {
        let file = file.to_str().unwrap().to_owned();
        let Some((name, algorithm)) = file.rsplit_once('-') else { continue };
        if algorithm.contains('.') || !folder.join(format!("{name}.v")).exists() {
            continue;
        }
        let case = Case::read(&folder, name);
        let text = std::fs::read_to_string(folder.join(&file)).unwrap();
        let expected: HashMap<u64, String> = text
            .lines()
            .filter_map(|line| line.split_once(char::is_whitespace))
            .map(|(id, value)| (id.parse().unwrap(), value.trim().to_lowercase()))
            .collect();
        let expected: Vec<String> =
            case.identifiers.iter().map(|id| expected[id].clone()).collect();
        if let Err(failure) = check(algorithm, &expected, &case.run(algorithm)) {
            failures.push(format!("{file}: {failure}"));
        }
        checked += 1;
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(checked > 0, "no case was found in {}", folder.display());
    writeln!(std::io::stdout(), "{checked} cases").unwrap();
}
