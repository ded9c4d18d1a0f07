//! Every kernel against the plainest way to say what it computes, on small random graphs.

mod random;

use algorithms::*;
use random::{Sample, samples};

const WEIGHTS: &[f64] = &[0.0, 0.5, 1.0, 1.0, 2.0, 3.0];
const POSITIVE: &[f64] = &[0.5, 1.0, 2.0, 3.0];

fn run() -> Run {
    Run::default()
}

fn close(first: f64, second: f64) -> bool {
    first == second || (first - second).abs() <= 1e-9 * (1.0 + first.abs())
}

fn all_close(first: &[f64], second: &[f64], what: &str) {
    assert_eq!(first.len(), second.len(), "{what}");
    assert!(first.iter().zip(second).all(|(a, b)| close(*a, *b)), "{what}: {first:?} {second:?}");
}

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
