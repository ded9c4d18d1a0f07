//! Every kernel that looks for structure against the plainest way to say what it computes, on small random
//! graphs.
#![allow(clippy::needless_range_loop, reason = "nodes are numbers here, as in the kernels")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by panicking")]

mod random;

use algorithms::*;
use random::{POSITIVE, Random, Sample, WEIGHTS, all_close, close, run, samples};

#[test]
fn components_are_those_that_reach_each_other() {
    let number = |same: &dyn Fn(usize, usize) -> bool, nodes: usize| {
        let mut smallest: Vec<Node> = Vec::new();
        let mut component = vec![0; nodes];
        for node in 0..nodes {
            let place = smallest.iter().position(|first| same(*first as usize, node));
            component[node] = place.unwrap_or(smallest.len()) as u32;
            if place.is_none() {
                smallest.push(node as Node);
            }
        }
        Components { component, smallest }
    };
    for sample in samples(&[]) {
        let distances = sample.distances(false);
        let both = |a: usize, b: usize| distances[a][b].is_finite() && distances[b][a].is_finite();
        assert_eq!(scc(&sample.graph, &run()).unwrap(), number(&both, sample.nodes));
        let undirected = Sample::new(sample.nodes, false, false, sample.edges.clone());
        let distances = undirected.distances(false);
        let reaches = |a: usize, b: usize| distances[a][b].is_finite();
        assert_eq!(wcc(&sample.graph, &run()).unwrap(), number(&reaches, sample.nodes));
    }
}

#[test]
fn pagerank_is_the_dense_iteration() {
    for (index, sample) in samples(WEIGHTS).enumerate() {
        for weighted in [false, true] {
            let nodes = sample.nodes;
            let personalization = (index % 3 == 0 && nodes > 2).then(|| vec![(1, 2.0), (2, 1.0)]);
            let mut jump = vec![1.0 / nodes as f64; nodes];
            if let Some(personalization) = &personalization {
                jump.fill(0.0);
                personalization
                    .iter()
                    .for_each(|(node, weight)| jump[*node as usize] = weight / 3.0);
            }
            let weight = |arc: &(usize, usize, f64)| if weighted { arc.2 } else { 1.0 };
            let mut out = vec![0.0; nodes];
            sample.arcs().iter().for_each(|arc| out[arc.0] += weight(arc));
            let mut ranks = vec![1.0 / nodes as f64; nodes];
            for _ in 0..7 {
                let dangling: f64 =
                    (0..nodes).filter(|node| out[*node] == 0.0).map(|node| ranks[node]).sum();
                let mut next: Vec<f64> =
                    jump.iter().map(|jump| (0.15 + 0.85 * dangling) * jump).collect();
                for arc in sample.arcs() {
                    if out[arc.0] > 0.0 {
                        next[arc.1] += 0.85 * ranks[arc.0] * weight(&arc) / out[arc.0];
                    }
                }
                ranks = next;
            }
            let options = PageRankOptions {
                fixed_iterations: Some(7),
                weighted,
                personalization,
                ..Default::default()
            };
            let found = pagerank(&sample.graph, &options, &run()).unwrap();
            all_close(&found.scores, &ranks, "ranks");
            if nodes > 0 {
                assert!(close(found.scores.iter().sum(), 1.0));
            }
        }
    }
}

#[test]
fn triangles_and_clustering_by_looking_at_all_triples() {
    for sample in samples(&[]) {
        let adjacent = sample.adjacent();
        let arc =
            |a: usize, b: usize| a != b && sample.arcs().iter().any(|arc| arc.0 == a && arc.1 == b);
        let mut triangles = vec![0; sample.nodes];
        let mut coefficient = vec![0.0; sample.nodes];
        for node in 0..sample.nodes {
            let neighbors: Vec<usize> = (0..sample.nodes).filter(|b| adjacent[node][*b]).collect();
            let mut arcs = 0;
            for a in &neighbors {
                for b in &neighbors {
                    triangles[node] += u64::from(a < b && adjacent[*a][*b]);
                    arcs += usize::from(arc(*a, *b));
                }
            }
            let degree = neighbors.len();
            if degree > 1 {
                coefficient[node] = arcs as f64 / (degree * (degree - 1)) as f64;
            }
        }
        let found = triangle_count(&sample.graph, &TriangleOptions::default(), &run()).unwrap();
        assert_eq!(found.triangles, triangles);
        assert_eq!(found.total * 3, triangles.iter().sum::<u64>());
        let options = ClusteringOptions::default();
        let found = local_clustering_coefficient(&sample.graph, &options, &run()).unwrap();
        all_close(&found, &coefficient, "clustering");
    }
}

#[test]
fn cores_and_trusses_by_taking_away() {
    for sample in samples(&[]) {
        let adjacent = sample.adjacent();
        let nodes = sample.nodes;
        let mut core = vec![0; nodes];
        for level in 1..nodes as u32 {
            let mut left = vec![true; nodes];
            loop {
                let degree =
                    |node: usize| (0..nodes).filter(|b| left[*b] && adjacent[node][*b]).count();
                let gone = (0..nodes).find(|node| left[*node] && degree(*node) < level as usize);
                let Some(gone) = gone else { break };
                left[gone] = false;
            }
            (0..nodes).filter(|node| left[*node]).for_each(|node| core[node] = level);
        }
        assert_eq!(k_core(&sample.graph, &run()).unwrap(), core);

        let mut expected = Trusses::default();
        for a in 0..nodes {
            for b in a + 1..nodes {
                if adjacent[a][b] {
                    expected.source.push(a as Node);
                    expected.target.push(b as Node);
                    expected.truss.push(2);
                }
            }
        }
        for level in 3..=nodes as u32 {
            let mut left = adjacent.clone();
            loop {
                let weak =
                    (0..nodes).flat_map(|a| (0..nodes).map(move |b| (a, b))).find(|(a, b)| {
                        let common = (0..nodes).filter(|c| left[*a][*c] && left[*b][*c]).count();
                        left[*a][*b] && common + 2 < level as usize
                    });
                let Some((a, b)) = weak else { break };
                left[a][b] = false;
                left[b][a] = false;
            }
            for edge in 0..expected.source.len() {
                if left[expected.source[edge] as usize][expected.target[edge] as usize] {
                    expected.truss[edge] = level;
                }
            }
        }
        assert_eq!(k_truss(&sample.graph, &run()).unwrap(), expected);
    }
}

#[test]
fn labels_spread_as_counted_by_hand() {
    for sample in samples(WEIGHTS) {
        for weighted in [false, true] {
            let mut label: Vec<u32> = (0..sample.nodes as u32).collect();
            for _ in 0..4 {
                let mut counts = vec![vec![0.0; sample.nodes]; sample.nodes];
                let mut seen = vec![vec![false; sample.nodes]; sample.nodes];
                for (a, b, weight) in &sample.edges {
                    let weight = if weighted { *weight } else { 1.0 };
                    let mut add = |from: usize, to: usize| {
                        counts[to][label[from] as usize] += weight;
                        seen[to][label[from] as usize] = true;
                    };
                    add(*a, *b);
                    if sample.directed || a != b {
                        add(*b, *a);
                    }
                }
                label = (0..sample.nodes)
                    .map(|node| {
                        let mut best = (f64::NEG_INFINITY, label[node]);
                        for other in 0..sample.nodes {
                            if seen[node][other] && counts[node][other] > best.0 {
                                best = (counts[node][other], other as u32);
                            }
                        }
                        best.1
                    })
                    .collect();
            }
            let options =
                LabelPropagationOptions { max_iterations: 4, weighted, ..Default::default() };
            let found = label_propagation(&sample.graph, &options, &run()).unwrap();
            assert_eq!(found.label, label);
        }
    }
}

#[test]
fn spanning_forests_weigh_what_plain_kruskal_finds() {
    for sample in samples(WEIGHTS) {
        for maximum in [false, true] {
            let mut edges = sample.edges.clone();
            edges.sort_by(|a, b| if maximum { b.2.total_cmp(&a.2) } else { a.2.total_cmp(&b.2) });
            let mut component: Vec<usize> = (0..sample.nodes).collect();
            let (mut weight, mut count) = (0.0, 0);
            for (a, b, edge) in edges {
                let (a, b) = (component[a], component[b]);
                if a != b {
                    component.iter_mut().filter(|node| **node == b).for_each(|node| *node = a);
                    weight += edge;
                    count += 1;
                }
            }
            let options = SpanningTreeOptions { maximum, ..Default::default() };
            let tree = minimum_spanning_tree(&sample.graph, &options, &run()).unwrap();
            assert_eq!(tree.len(), count);
            assert!(close(tree.value.iter().sum(), weight));
        }
    }
}

#[test]
fn bridges_and_articulation_points_by_removal() {
    for sample in samples(&[]) {
        let components = |edges: Vec<(usize, usize, f64)>| {
            let sample = Sample::new(sample.nodes, false, false, edges);
            wcc(&sample.graph, &run()).unwrap()
        };
        let whole = components(sample.edges.clone()).smallest.len();
        let mut expected = Vec::new();
        for place in 0..sample.edges.len() {
            let mut edges = sample.edges.clone();
            let (a, b, _) = edges.remove(place);
            if components(edges).smallest.len() > whole {
                expected.push((a.min(b) as Node, a.max(b) as Node));
            }
        }
        expected.sort_unstable();
        assert_eq!(bridges(&sample.graph, &run()).unwrap(), expected);
        let expected: Vec<Node> = (0..sample.nodes)
            .filter(|node| {
                let kept = sample.edges.iter().filter(|edge| edge.0 != *node && edge.1 != *node);
                let isolated = sample
                    .edges
                    .iter()
                    .all(|edge| edge.0 == edge.1 || (edge.0 != *node && edge.1 != *node));
                // The node itself becomes a component of its own.
                !isolated && components(kept.copied().collect()).smallest.len() > whole + 1
            })
            .map(|node| node as Node)
            .collect();
        assert_eq!(articulation_points(&sample.graph, &run()).unwrap(), expected);
        // Nodes in several biconnected components are the articulation points.
        let biconnected = biconnected_components(&sample.graph, &run()).unwrap();
        let shared: Vec<Node> = (0..sample.nodes as Node)
            .filter(|node| {
                let mut mine: Vec<u32> = (0..biconnected.source.len())
                    .filter(|edge| {
                        biconnected.source[*edge] == *node || biconnected.target[*edge] == *node
                    })
                    .map(|edge| biconnected.component[edge])
                    .collect();
                mine.dedup();
                mine.sort_unstable();
                mine.dedup();
                mine.len() > 1
            })
            .collect();
        assert_eq!(shared, expected);
    }
}

#[test]
fn communities_have_the_modularity_they_say() {
    for sample in samples(POSITIVE) {
        let mut total = 0.0;
        let mut strength = vec![0.0; sample.nodes];
        for (a, b, weight) in &sample.edges {
            strength[*a] += weight;
            strength[*b] += weight;
            total += 2.0 * weight;
        }
        let modularity = |community: &[u32]| {
            if total == 0.0 {
                return 0.0;
            }
            let within = sample.edges.iter().filter(|edge| community[edge.0] == community[edge.1]);
            let mut sums = vec![0.0; sample.nodes];
            (0..sample.nodes).for_each(|node| sums[community[node] as usize] += strength[node]);
            within.map(|edge| 2.0 * edge.2 / total).sum::<f64>()
                - sums.iter().map(|sum| (sum / total) * (sum / total)).sum::<f64>()
        };
        let alone: Vec<u32> = (0..sample.nodes as u32).collect();
        let found = louvain(&sample.graph, &LouvainOptions::default(), &run()).unwrap();
        assert!(close(found.modularity, modularity(&found.community)));
        assert!(found.modularity >= modularity(&alone) - 1e-9);
        let found = leiden(&sample.graph, &LeidenOptions::default(), &run()).unwrap();
        assert!(close(found.modularity, modularity(&found.community)));
        assert!(found.modularity >= modularity(&alone) - 1e-9);
        assert_eq!(parts_of(&sample.graph, &found.community), found.count);
    }
}

/// How many parts the communities fall into when only edges inside them are followed.
fn parts_of(graph: &Graph, community: &[u32]) -> usize {
    let rows = graph.simple(&run()).unwrap();
    let mut seen = vec![false; community.len()];
    let mut parts = 0;
    for start in 0..community.len() {
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        parts += 1;
        let mut open = vec![start as Node];
        while let Some(node) = open.pop() {
            for next in rows.neighbors(node) {
                let inside = community[*next as usize] == community[node as usize];
                if inside && !std::mem::replace(&mut seen[*next as usize], true) {
                    open.push(*next);
                }
            }
        }
    }
    parts
}

/// A graph of groups with many edges inside and few between them, and the modularity of these groups.
fn planted(groups: usize, size: usize, between: usize, seed: u64) -> (Graph, f64) {
    let mut random = Random::new(seed);
    let nodes = groups * size;
    let mut edges = Edges::default();
    let mut within = 0;
    for node in 0..nodes {
        for other in node + 1..nodes {
            let together = node / size == other / size;
            let joined = match together {
                true => random.below(10) < 3,
                false => random.below(1000) < between,
            };
            if joined {
                edges.source.push(node as Node);
                edges.target.push(other as Node);
                within += usize::from(together);
            }
        }
    }
    let total = edges.source.len() as f64;
    // The groups are alike but for chance, so each has about its share of the edges.
    let planted = within as f64 / total - 1.0 / groups as f64;
    (Graph::build(edges, nodes, false, &run()).unwrap(), planted)
}

#[test]
fn planted_communities_are_found() {
    for (groups, size, between) in [(8, 40, 5), (20, 30, 5), (40, 25, 2), (10, 50, 20)] {
        for seed in 1..4 {
            let (graph, planted) = planted(groups, size, between, seed);
            let louvain = louvain(&graph, &LouvainOptions::default(), &run()).unwrap();
            let leiden = leiden(&graph, &LeidenOptions::default(), &run()).unwrap();
            assert!(louvain.modularity > planted - 0.01, "{} {planted}", louvain.modularity);
            assert!(leiden.modularity > planted - 0.01, "{} {planted}", leiden.modularity);
            assert!(leiden.modularity > louvain.modularity - 0.005);
            assert_eq!(parts_of(&graph, &leiden.community), leiden.count);
        }
    }
}

#[test]
fn similarity_of_sets_of_neighbors() {
    for sample in samples(&[]) {
        let nodes = sample.nodes;
        let neighbors: Vec<Vec<usize>> = (0..nodes)
            .map(|node| {
                (0..nodes)
                    .filter(|other| match sample.directed {
                        true => sample.edges.iter().any(|edge| edge.0 == node && edge.1 == *other),
                        false => sample.adjacent()[node][*other],
                    })
                    .collect()
            })
            .collect();
        let mut expected = Pairs::default();
        for a in 0..nodes {
            let mut found: Vec<(f64, usize)> = (0..nodes)
                .filter(|b| *b != a)
                .map(|b| {
                    let common = neighbors[a].iter().filter(|c| neighbors[b].contains(c)).count();
                    let all = neighbors[a].len() + neighbors[b].len() - common;
                    (if all == 0 { 0.0 } else { common as f64 / all as f64 }, b)
                })
                .filter(|(score, _)| *score > 0.0)
                .collect();
            found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            for (score, b) in found.into_iter().take(2) {
                expected.source.push(a as Node);
                expected.target.push(b as Node);
                expected.value.push(score);
            }
        }
        let options = SimilarityOptions { top_k: 2, ..Default::default() };
        assert_eq!(node_similarity(&sample.graph, &options, &run()).unwrap(), expected);
    }
}

#[test]
fn views_hold_what_the_edges_say() {
    for sample in samples(WEIGHTS) {
        let graph = &sample.graph;
        let rows = |rows: &Adjacency| -> Vec<(Node, Node, f64)> {
            let row = |node: Node| {
                rows.weighted_neighbors(node, true).map(move |(to, weight)| (node, to, weight))
            };
            (0..sample.nodes as Node).flat_map(row).collect()
        };
        let sorted = |mut arcs: Vec<(Node, Node, f64)>| {
            arcs.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
            arcs
        };
        let arcs = sample.arcs().into_iter().map(|(a, b, weight)| (a as Node, b as Node, weight));
        let arcs: Vec<_> = arcs.collect();
        assert_eq!(rows(graph.outgoing()), sorted(arcs.clone()));
        let back = arcs.iter().map(|(a, b, weight)| (*b, *a, *weight)).collect();
        assert_eq!(rows(graph.incoming(&run()).unwrap()), sorted(back));
        let adjacent = sample.adjacent();
        let simple = graph.simple(&run()).unwrap();
        for node in 0..sample.nodes {
            let expected: Vec<Node> =
                (0..sample.nodes as Node).filter(|other| adjacent[node][*other as usize]).collect();
            assert_eq!(simple.neighbors(node as Node), expected);
        }
        let merged = graph.merged(true, &run()).unwrap();
        for (node, other, weight) in rows(merged) {
            let ends = [(node as usize, other as usize), (other as usize, node as usize)];
            let between = sample.edges.iter().filter(|edge| ends.contains(&(edge.0, edge.1)));
            assert!(close(between.map(|edge| edge.2).sum(), weight));
        }
        let again = Graph::from_adjacency(
            graph.outgoing().offsets().to_vec(),
            graph.outgoing().targets().to_vec(),
            graph.outgoing().weights().map(<[f64]>::to_vec),
            &run(),
        )
        .unwrap();
        assert_eq!(rows(again.outgoing()), rows(graph.outgoing()));
    }
}
