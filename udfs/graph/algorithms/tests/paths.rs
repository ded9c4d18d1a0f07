//! Every kernel that follows paths against the plainest way to say what it computes, on small random graphs.
#![allow(clippy::needless_range_loop, reason = "nodes are numbers here, as in the kernels")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by panicking")]

mod random;

use algorithms::*;
use random::{POSITIVE, Sample, WEIGHTS, all_close, close, run, samples};

#[test]
fn shortest_paths_are_those_of_floyd_and_warshall() {
    for sample in samples(WEIGHTS) {
        let distances = sample.distances(true);
        for source in 0..sample.nodes {
            for algorithm in [
                ShortestPathAlgorithm::Auto,
                ShortestPathAlgorithm::Dijkstra,
                ShortestPathAlgorithm::DeltaStepping,
                ShortestPathAlgorithm::BellmanFord,
            ] {
                let options = SsspOptions {
                    sources: vec![source as Node],
                    algorithm,
                    delta: Some(0.7),
                    ..Default::default()
                };
                let found = sssp(&sample.graph, &options, &run()).unwrap();
                all_close(&found.distance, &distances[source], "distance");
                check_tree(&sample, source, &found);
            }
            for target in 0..sample.nodes {
                let options = ShortestPathOptions {
                    source: source as Node,
                    target: target as Node,
                    ..Default::default()
                };
                let path = shortest_path(&sample.graph, &options, &run()).unwrap();
                let cost = path.first().map_or(f64::INFINITY, Path::cost);
                assert!(close(cost, distances[source][target]));
            }
        }
        let pairs =
            all_pairs_shortest_paths(&sample.graph, &AllPairsOptions::default(), &run()).unwrap();
        let reached = distances.iter().flatten().filter(|distance| distance.is_finite()).count();
        assert_eq!(pairs.len(), reached);
        for ((source, target), value) in pairs.source.iter().zip(&pairs.target).zip(&pairs.value) {
            assert!(close(*value, distances[*source as usize][*target as usize]));
        }
    }
}

/// Following predecessors from any reached node leads to the source by edges that add up.
fn check_tree(sample: &Sample, source: usize, found: &ShortestPaths) {
    for node in 0..sample.nodes {
        if found.distance[node].is_infinite() {
            assert_eq!(found.predecessor[node], NONE);
            continue;
        }
        let (mut at, mut steps) = (node, 0);
        while at != source {
            let before = found.predecessor[at] as usize;
            let fits = |arc: &(usize, usize, f64)| {
                arc.0 == before
                    && arc.1 == at
                    && found.distance[before] + arc.2 == found.distance[at]
            };
            assert!(sample.arcs().iter().any(fits), "no edge from {before} to {at}");
            at = before;
            steps += 1;
            assert!(steps <= sample.nodes, "the predecessors go in a circle");
        }
        assert_eq!(found.predecessor[source], NONE);
    }
}

#[test]
fn yen_gives_all_simple_paths_in_order() {
    fn walk(
        sample: &Sample,
        path: &mut Vec<usize>,
        to: usize,
        cost: f64,
        all: &mut Vec<(f64, Vec<usize>)>,
    ) {
        let at = *path.last().unwrap();
        if at == to {
            all.push((cost, path.clone()));
            return;
        }
        for next in 0..sample.nodes {
            let step = sample.arcs().into_iter().filter(|arc| arc.0 == at && arc.1 == next);
            let step = step.map(|arc| arc.2).fold(f64::INFINITY, f64::min);
            if step.is_finite() && !path.contains(&next) {
                path.push(next);
                walk(sample, path, to, cost + step, all);
                path.pop();
            }
        }
    }
    for seed in 0..60 {
        let sample = Sample::random(seed, seed % 2 == 0, POSITIVE);
        if sample.nodes < 2 || sample.nodes > 6 {
            continue;
        }
        let mut all = Vec::new();
        walk(&sample, &mut vec![0], 1, 0.0, &mut all);
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let options = ShortestPathOptions { target: 1, count: 1000, ..Default::default() };
        let paths = shortest_path(&sample.graph, &options, &run()).unwrap();
        let costs: Vec<f64> = all.iter().map(|path| path.0).collect();
        all_close(&paths.iter().map(Path::cost).collect::<Vec<_>>(), &costs, "costs");
        let mut nodes: Vec<_> = paths.iter().map(|path| path.nodes.clone()).collect();
        nodes.sort();
        nodes.dedup();
        assert_eq!(nodes.len(), paths.len());
    }
}

#[test]
fn breadth_first_search_counts_edges() {
    for sample in samples(&[]) {
        let distances = sample.distances(false);
        for made in [false, true] {
            if made {
                sample.graph.incoming(&run()).unwrap();
            }
            for source in 0..sample.nodes {
                for direction in [Direction::Out, Direction::In] {
                    let options = BfsOptions {
                        sources: vec![source as Node],
                        direction,
                        ..Default::default()
                    };
                    let found = bfs(&sample.graph, &options, &run()).unwrap();
                    for node in 0..sample.nodes {
                        let expected = match direction {
                            Direction::In => distances[node][source],
                            _ => distances[source][node],
                        };
                        let distance = match found.distance[node] {
                            NONE => f64::INFINITY,
                            distance => f64::from(distance),
                        };
                        assert_eq!(distance, expected);
                        let leads = |before: usize| {
                            sample.arcs().iter().any(|arc| match direction {
                                Direction::In => arc.1 == before && arc.0 == node,
                                _ => arc.0 == before && arc.1 == node,
                            }) && found.distance[before].checked_add(1)
                                == Some(found.distance[node])
                        };
                        let smallest = (0..sample.nodes).find(|before| leads(*before));
                        let expected = match node == source || distance.is_infinite() {
                            true => NONE,
                            false => smallest.unwrap() as Node,
                        };
                        assert_eq!(found.predecessor[node], expected);
                    }
                }
            }
        }
    }
}

#[test]
fn depth_first_search_goes_as_recursion_does() {
    fn visit(
        sample: &Sample,
        node: usize,
        depth: u32,
        order: &mut Vec<u32>,
        depths: &mut Vec<u32>,
        next: &mut u32,
    ) {
        order[node] = *next;
        depths[node] = depth;
        *next += 1;
        for target in 0..sample.nodes {
            let edge = sample.arcs().iter().any(|arc| arc.0 == node && arc.1 == target);
            if edge && order[target] == NONE {
                visit(sample, target, depth + 1, order, depths, next);
            }
        }
    }
    for sample in samples(&[]) {
        let (mut order, mut depth) = (vec![NONE; sample.nodes], vec![NONE; sample.nodes]);
        let mut next = 0;
        let sources: Vec<Node> = (0..sample.nodes as Node).rev().take(2).collect();
        for source in &sources {
            if order[*source as usize] == NONE {
                visit(&sample, *source as usize, 0, &mut order, &mut depth, &mut next);
            }
        }
        let options = DfsOptions { sources, ..Default::default() };
        let found = dfs(&sample.graph, &options, &run()).unwrap();
        assert_eq!((found.order, found.depth), (order, depth));
    }
}

#[test]
fn betweenness_counts_the_shares_of_paths() {
    for sample in samples(POSITIVE) {
        for weighted in [false, true] {
            let nodes = sample.nodes;
            let distance = sample.distances(weighted);
            // Different neighbours at the lightest weight.
            let mut step = vec![vec![f64::INFINITY; nodes]; nodes];
            for (a, b, weight) in sample.arcs() {
                if a != b {
                    step[a][b] = step[a][b].min(if weighted { weight } else { 1.0 });
                }
            }
            // The number of shortest paths, by the order of distances from each source.
            let mut paths = vec![vec![0.0; nodes]; nodes];
            for source in 0..nodes {
                let mut order: Vec<usize> =
                    (0..nodes).filter(|node| distance[source][*node].is_finite()).collect();
                order.sort_by(|a, b| distance[source][*a].total_cmp(&distance[source][*b]));
                paths[source][source] = 1.0;
                for node in order.into_iter().skip(1) {
                    for before in 0..nodes {
                        if distance[source][before] + step[before][node] == distance[source][node] {
                            paths[source][node] += paths[source][before];
                        }
                    }
                }
            }
            let mut scores = vec![0.0; nodes];
            for a in 0..nodes {
                for b in 0..nodes {
                    for (over, score) in scores.iter_mut().enumerate() {
                        let through = distance[a][over] + distance[over][b] == distance[a][b];
                        if a != b && over != a && over != b && distance[a][b].is_finite() && through
                        {
                            *score += paths[a][over] * paths[over][b] / paths[a][b];
                        }
                    }
                }
            }
            if nodes > 2 {
                let pairs = ((nodes - 1) * (nodes - 2)) as f64;
                scores.iter_mut().for_each(|score| *score /= pairs);
            }
            let options = BetweennessOptions { weighted, ..Default::default() };
            all_close(
                &betweenness(&sample.graph, &options, &run()).unwrap(),
                &scores,
                "betweenness",
            );
        }
    }
}

#[test]
fn closeness_and_harmonic_from_all_distances() {
    for sample in samples(POSITIVE) {
        for weighted in [false, true] {
            let distance = sample.distances(weighted);
            let nodes = sample.nodes;
            let (mut close_to, mut harmonic_of) = (vec![0.0; nodes], vec![0.0; nodes]);
            for node in 0..nodes {
                let to: Vec<f64> = (0..nodes)
                    .map(|from| distance[from][node])
                    .filter(|distance| distance.is_finite())
                    .collect();
                let (sum, others) = (to.iter().sum::<f64>(), to.len() as f64 - 1.0);
                if sum > 0.0 {
                    close_to[node] = others / sum * others / (nodes as f64 - 1.0);
                }
                harmonic_of[node] = to
                    .iter()
                    .filter(|distance| **distance > 0.0)
                    .map(|distance| 1.0 / distance)
                    .sum();
            }
            let options = ClosenessOptions { weighted, ..Default::default() };
            all_close(&closeness(&sample.graph, &options, &run()).unwrap(), &close_to, "closeness");
            let options = HarmonicOptions { weighted, ..Default::default() };
            all_close(
                &harmonic(&sample.graph, &options, &run()).unwrap(),
                &harmonic_of,
                "harmonic",
            );
        }
    }
}

#[test]
fn orders_of_acyclic_graphs_and_cycles_of_the_others() {
    for sample in samples(POSITIVE) {
        let cycle = find_cycle(&sample.graph, &run()).unwrap();
        if let Some(cycle) = &cycle {
            for (place, node) in cycle.iter().enumerate() {
                let next = cycle[(place + 1) % cycle.len()] as usize;
                assert!(sample.arcs().iter().any(|arc| arc.0 == *node as usize && arc.1 == next));
            }
        }
        if !sample.directed {
            let components = wcc(&sample.graph, &run()).unwrap().smallest.len();
            assert_eq!(cycle.is_some(), sample.edges.len() > sample.nodes - components);
            continue;
        }
        let sorted = topological_sort(&sample.graph, &run());
        let distances = sample.distances(false);
        let loops = sample.edges.iter().any(|edge| distances[edge.1][edge.0].is_finite());
        assert_eq!(cycle.is_some(), loops);
        let Ok(sorted) = sorted else {
            assert!(matches!(sorted, Err(Error::Cycle { .. })) && loops);
            continue;
        };
        assert!(!loops);
        let longest =
            longest_path(&sample.graph, &LongestPathOptions::default(), &run()).unwrap().distance;
        for (a, b, weight) in &sample.edges {
            assert!(sorted.position[*a] < sorted.position[*b]);
            assert!(sorted.generation[*a] < sorted.generation[*b]);
            assert!(longest[*a] + weight <= longest[*b]);
        }
        for node in 0..sample.nodes {
            let into = sample.edges.iter().filter(|edge| edge.1 == node);
            let expected = into.map(|edge| longest[edge.0] + edge.2).fold(0.0, f64::max);
            assert_eq!(longest[node], expected);
        }
    }
}

#[test]
fn flows_are_as_great_as_the_least_cut() {
    for sample in samples(WEIGHTS) {
        if sample.nodes < 2 {
            continue;
        }
        let least = (0..1_u32 << sample.nodes)
            .filter(|side| side & 1 == 1 && side & 2 == 0)
            .map(|side| {
                let inside = |node: usize| side >> node & 1 == 1;
                let cut = sample.arcs().into_iter().filter(|arc| inside(arc.0) && !inside(arc.1));
                cut.map(|arc| arc.2).sum::<f64>()
            })
            .fold(f64::INFINITY, f64::min);
        let options = FlowOptions { source: 0, sink: 1, ..Default::default() };
        let flow = max_flow(&sample.graph, &options, &run()).unwrap();
        assert!(close(flow.value, least), "{} {least}", flow.value);
        let mut balance = vec![0.0; sample.nodes];
        for place in 0..flow.edges.len() {
            balance[flow.edges.source[place] as usize] -= flow.edges.value[place];
            balance[flow.edges.target[place] as usize] += flow.edges.value[place];
        }
        assert!(close(balance[1], flow.value) && close(balance[0], -flow.value));
        assert!(balance[2..].iter().all(|balance| close(*balance, 0.0)));
        let cut = min_cut(&sample.graph, &options, &run()).unwrap();
        assert!(close(cut.value, least));
        assert!(cut.source_side[0] && !cut.source_side[1]);
    }
}
