"""What each function must answer, by NetworkX or igraph.

A check takes the case and the rows, and returns what is wrong, or None.
"""

import math

import igraph
import networkx as nx
from shell import literal


def close(a, b, tolerance=1e-6):
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


def by_node(rows, column):
    return {row["node"]: row[column] for row in rows}


def scores(column, expected, tolerance=1e-6):
    """The numbers of a column are those of a dictionary by node."""

    def check(case, rows):
        if isinstance(rows, str):
            return rows
        wanted, found = expected(case), by_node(rows, column)
        if list(found) != sorted(wanted):
            return f"nodes {list(found)}, not {sorted(wanted)}"
        wrong = {n: (found[n], wanted[n]) for n in wanted if not close(found[n], wanted[n], tolerance)}
        return wrong and f"(found, expected) {wrong}"

    return check


def partition(column, expected):
    """The column tells the same parts of the nodes, numbered by their smallest nodes."""

    def check(case, rows):
        if isinstance(rows, str):
            return rows
        parts = sorted((sorted(part) for part in expected(case)), key=lambda part: part[0])
        wanted = {node: number for number, part in enumerate(parts) for node in part}
        found = by_node(rows, column)
        return found != dict(sorted(wanted.items())) and f"{found}, not {wanted}"

    return check


def refuses(words):
    def check(_case, rows):
        return None if isinstance(rows, str) and words in rows else f"not refused: {rows}"

    return check


def of_igraph(case):
    graph = igraph.Graph(directed=case.directed)
    graph.add_vertices(len(case.nodes))
    number = {node: index for index, node in enumerate(case.nodes)}
    graph.add_edges([(number[a], number[b]) for a, b, _ in case.edges])
    graph.es["weight"] = [w for *_, w in case.edges]
    return graph


def first(case):
    return case.nodes[len(case.nodes) // 3]


def last(case):
    return case.nodes[-1]


def source(case):
    return f"source => {literal(first(case))}"


def ends(case):
    return f"source => {literal(first(case))}, target => {literal(last(case))}"


def anything(case):
    return True


def not_empty(case):
    return bool(case.nodes)


def two_nodes(case):
    return len(case.nodes) > 1


def directed(case):
    return case.directed and bool(case.nodes)


def no_loops(case):
    return bool(case.nodes) and all(a != b for a, b, _ in case.edges)


def pagerank(weighted):
    def expected(case):
        if not case.directed and any(a == b for a, b, _ in case.edges):
            # igraph follows an undirected self-loop from both of its ends; NetworkX and we do once.
            name = "weight" if weighted else "count"
            return nx.pagerank(case.merged(), weight=name, tol=1e-13, max_iter=10000)
        graph = of_igraph(case)
        weights = "weight" if weighted else None
        return dict(zip(case.nodes, graph.pagerank(damping=0.85, weights=weights), strict=True))

    return expected


def personalized(case):
    jumps = {first(case): 1.0, last(case): 3.0}
    return nx.pagerank(case.merged(), personalization=jumps, weight="count", tol=1e-12, max_iter=1000)


def jumps(case):
    rows = f"({literal(first(case))}, 1.0), ({literal(last(case))}, 3.0)"
    return f"personalization => (VALUES {rows}), tol => 1e-12, max_iter => 1000"


def bfs(case, rows):
    wanted = nx.single_source_shortest_path_length(case.multigraph(), first(case))
    found = by_node(rows, "distance")
    if found != dict(sorted(wanted.items())):
        return f"{found}, not {wanted}"
    for row in rows:
        before = row["predecessor"]
        if before is None:
            assert row["node"] == first(case)
        else:
            assert wanted[before] + 1 == wanted[row["node"]]
            assert case.multigraph().has_edge(before, row["node"])
    return None


def bfs_in(case):
    graph = case.multigraph().reverse() if case.directed else case.multigraph()
    return nx.single_source_shortest_path_length(graph, first(case))


def dfs(case, rows):
    wanted = nx.descendants(case.multigraph(), first(case)) | {first(case)}
    assert [row["node"] for row in rows] == sorted(wanted)
    assert sorted(row["order"] for row in rows) == list(range(len(rows)))
    known = {row["node"]: row for row in rows}
    for row in rows:
        if row["predecessor"] is not None:
            before = known[row["predecessor"]]
            assert before["order"] < row["order"] and before["depth"] + 1 == row["depth"]
            assert case.multigraph().has_edge(before["node"], row["node"])
    return None


def sssp(case):
    return nx.single_source_dijkstra_path_length(case.lightest(), first(case))


def path(case, rows):
    if isinstance(rows, str):
        return rows
    graph = case.lightest()
    if not nx.has_path(graph, first(case), last(case)):
        return rows and f"a path where there is none: {rows}"
    wanted = nx.shortest_path_length(graph, first(case), last(case), weight="weight")
    (row,) = rows
    assert close(row["cost"], wanted), (row, wanted)
    assert close(nx.path_weight(graph, row["path"], "weight"), wanted)
    assert close(row["costs"][-1], wanted) and row["costs"][0] == 0
    return None


def paths(case, rows):
    if isinstance(rows, str):
        return rows
    graph = case.lightest()
    if not nx.has_path(graph, first(case), last(case)) or first(case) == last(case):
        return None
    wanted = []
    for found in nx.shortest_simple_paths(graph, first(case), last(case), weight="weight"):
        wanted.append(nx.path_weight(graph, found, "weight"))
        if len(wanted) == 4:
            break
    costs = [row["cost"] for row in rows]
    assert len(costs) == len(wanted) and all(map(close, costs, wanted)), (costs, wanted)
    assert len({tuple(row["path"]) for row in rows}) == len(rows)
    return None


def all_pairs(case, rows):
    if isinstance(rows, str):
        return rows
    wanted = {
        (a, b): length
        for a, lengths in nx.all_pairs_dijkstra_path_length(case.lightest())
        for b, length in lengths.items()
    }
    found = {(row["source"], row["target"]): row["distance"] for row in rows}
    assert list(found) == sorted(wanted)
    assert all(close(found[pair], wanted[pair]) for pair in wanted)
    return None


def clustering(case):
    """Graphalytics: edges between neighbours of either direction, each counted."""
    graph = nx.DiGraph() if case.directed else nx.Graph()
    graph.add_nodes_from(case.nodes)
    graph.add_edges_from((a, b) for a, b, _ in case.edges if a != b)
    if not case.directed:
        return nx.clustering(graph)
    both = graph.to_undirected()
    found = {}
    for node in graph:
        near = set(both[node])
        between = sum(1 for a in near for b in graph[a] if b in near)
        found[node] = between / (len(near) * (len(near) - 1)) if len(near) > 1 else 0.0
    return found


def degrees(case, rows):
    graph = case.multigraph()
    for row in rows:
        node = row["node"]
        assert row["degree"] == graph.degree(node), row
        if case.directed:
            assert (row["in_degree"], row["out_degree"]) == (
                graph.in_degree(node),
                graph.out_degree(node),
            ), row
    return None


def unweighted(case):
    graph = nx.DiGraph() if case.directed else nx.Graph()
    graph.add_nodes_from(case.nodes)
    graph.add_edges_from((a, b) for a, b, _ in case.edges)
    return graph


def katz(case):
    return nx.katz_centrality(case.merged(), alpha=0.02, weight="count", tol=1e-12, max_iter=10000)


def hits(case, rows):
    if isinstance(rows, str):
        return rows
    graph = case.merged()
    # Only where the two greatest singular values differ is the answer one.
    for column in ("hub", "authority"):
        total = sum(row[column] for row in rows)
        assert close(total, 1.0) or not graph.edges, total
    return None


def tree(case, rows):
    if isinstance(rows, str):
        return rows
    # NetworkX merges an edge with one back when it forgets directions.
    graph = nx.MultiGraph()
    graph.add_nodes_from(case.nodes)
    graph.add_weighted_edges_from(case.edges)
    wanted = nx.minimum_spanning_tree(graph, weight="weight").size(weight="weight")
    forest = nx.Graph()
    forest.add_nodes_from(case.nodes)
    forest.add_edges_from((row["src"], row["dst"]) for row in rows)
    assert nx.number_connected_components(forest) == nx.number_connected_components(case.simple())
    assert nx.is_forest(forest) if len(forest) else True
    assert close(sum(row["weight"] for row in rows), wanted), wanted
    return None


def topological(case, rows):
    graph = case.multigraph()
    if not nx.is_directed_acyclic_graph(graph):
        return None if isinstance(rows, str) and "cycle" in rows else f"not refused: {rows}"
    order = by_node(rows, "order")
    assert sorted(order.values()) == list(range(len(order)))
    assert all(order[a] < order[b] for a, b, _ in case.edges)
    wanted = {n: level for level, ns in enumerate(nx.topological_generations(graph)) for n in ns}
    assert by_node(rows, "generation") == dict(sorted(wanted.items()))
    return None


def longest(case):
    graph = case.multigraph()
    found = dict.fromkeys(case.nodes, 0.0)
    for node in nx.topological_sort(graph):
        for _, after, weight in graph.out_edges(node, data="weight"):
            found[after] = max(found[after], found[node] + weight)
    return found


def flow_graph(case):
    graph = nx.DiGraph() if case.directed else nx.Graph()
    graph.add_nodes_from(case.nodes)
    for a, b, w in case.edges:
        if a != b:
            before = graph[a][b]["capacity"] if graph.has_edge(a, b) else 0
            graph.add_edge(a, b, capacity=before + w)
    return graph


def flow(case, rows):
    if isinstance(rows, str):
        return rows
    wanted = nx.maximum_flow_value(flow_graph(case), first(case), last(case))
    leaves = sum(row["flow"] for row in rows if row["src"] == first(case))
    returns = sum(row["flow"] for row in rows if row["dst"] == first(case))
    assert close(leaves - returns, wanted), (leaves, returns, wanted)
    return None


def cut(case, rows):
    if isinstance(rows, str):
        return rows
    graph = flow_graph(case)
    wanted = nx.minimum_cut_value(graph, first(case), last(case))
    assert close(sum(row["capacity"] for row in rows), wanted), (rows, wanted)
    graph.remove_edges_from((row["src"], row["dst"]) for row in rows)
    assert not nx.has_path(graph, first(case), last(case))
    return None


def bridges(case, rows):
    wanted = sorted(tuple(sorted(edge)) for edge in nx.bridges(collapsed(case)))
    found = [tuple(sorted((row["src"], row["dst"]))) for row in rows]
    return sorted(found) != wanted and f"{found}, not {wanted}"


def collapsed(case):
    """The undirected multigraph without self-loops."""
    graph = nx.MultiGraph()
    graph.add_nodes_from(case.nodes)
    graph.add_edges_from((a, b) for a, b, _ in case.edges if a != b)
    return graph


def articulation(case, rows):
    wanted = sorted(nx.articulation_points(case.simple()))
    found = [row["node"] for row in rows]
    return found != wanted and f"{found}, not {wanted}"


def cycle(case, rows):
    graph = case.multigraph()
    has = not nx.is_directed_acyclic_graph(graph) if case.directed else not nx.is_forest_or_empty(graph)
    assert bool(rows) == has, rows
    nodes = [row["node"] for row in sorted(rows, key=lambda row: row["position"])]
    for a, b in zip(nodes, nodes[1:] + nodes[:1], strict=True):
        assert graph.has_edge(a, b), nodes
    return None


def is_forest_or_empty(graph):
    return len(graph) == 0 or nx.is_forest(graph) and not any(nx.selfloop_edges(graph))


nx.is_forest_or_empty = is_forest_or_empty


def similarity(metric, expected):
    def check(case, rows):
        if isinstance(rows, str):
            return rows
        graph = case.simple()
        pairs = [(row["node1"], row["node2"]) for row in rows]
        wanted = {frozenset((a, b)): value for a, b, value in expected(graph, pairs)}
        for row in rows:
            assert close(row["similarity"], wanted[frozenset((row["node1"], row["node2"]))]), row
        near = {
            frozenset((a, b))
            for a, b in nx.non_edges(graph)
            if any(True for _ in nx.common_neighbors(graph, a, b))
        }
        assert {frozenset(pair) for pair in pairs} == near
        return None

    return check


def modular(function):
    def check(case, rows):
        if isinstance(rows, str):
            return rows
        graph = nx.Graph()
        graph.add_nodes_from(case.nodes)
        for a, b, _ in case.edges:
            before = graph[a][b]["weight"] if graph.has_edge(a, b) else 0
            graph.add_edge(a, b, weight=before + 1)
        found = by_node(rows, "community")
        if not graph.edges:
            return None
        parts = {}
        for node, part in found.items():
            parts.setdefault(part, set()).add(node)
        ours = nx.community.modularity(graph, parts.values(), weight="weight")
        best = nx.community.modularity(
            graph, nx.community.louvain_communities(graph, seed=1), weight="weight"
        )
        assert ours >= best - 0.05, f"{function}: modularity {ours}, NetworkX {best}"
        return None

    return check


def walks(case, rows):
    graph = case.multigraph()
    for row in rows:
        walk = row["path"]
        assert all(graph.has_edge(a, b) for a, b in zip(walk, walk[1:], strict=False)), walk
        assert len(walk) == 5 or not list(graph.neighbors(walk[-1])), walk
    assert len(rows) == 2 * len(case.nodes)
    return None


def stats(case, rows):
    (row,) = rows
    graph = case.multigraph()
    assert (row["nodes"], row["edges"]) == (len(graph), graph.number_of_edges())
    assert row["self_loops"] == nx.number_of_selfloops(graph)
    assert close(row["density"], nx.density(graph)), (row, nx.density(graph))
    assert row["isolated_nodes"] == sum(1 for n in graph if graph.degree(n) == 0)
    assert row["components"] == nx.number_connected_components(case.simple())
    return None


def trusses(case, rows):
    graph = case.simple()
    for row in rows:
        k = row["truss"]
        assert nx.k_truss(graph, k).has_edge(row["src"], row["dst"]), row
        assert not nx.k_truss(graph, k + 1).has_edge(row["src"], row["dst"]), row
    assert len(rows) == graph.number_of_edges()
    return None


def weak(case):
    return nx.connected_components(case.simple())


def strong(case):
    graph = case.multigraph()
    return nx.strongly_connected_components(graph) if case.directed else weak(case)


EXACT = "tol => 1e-12, max_iter => 10000"

# Function, arguments, the cases it is for, check.
CHECKS = [
    ("pagerank", EXACT, not_empty, scores("rank", pagerank(False))),
    ("pagerank", f"weight => 'weight', {EXACT}", not_empty, scores("rank", pagerank(True))),
    ("pagerank", jumps, two_nodes, scores("rank", personalized)),
    ("wcc", "", anything, partition("component", weak)),
    ("scc", "", anything, partition("component", strong)),
    ("bfs", source, not_empty, bfs),
    ("bfs", lambda c: f"{source(c)}, direction => 'in'", not_empty, scores("distance", bfs_in)),
    ("dfs", source, not_empty, dfs),
    ("sssp", source, not_empty, scores("distance", sssp)),
    ("sssp", lambda c: f"{source(c)}, algorithm => 'bellman_ford'", directed, scores("distance", sssp)),
    ("sssp", lambda c: f"{source(c)}, algorithm => 'dijkstra'", not_empty, scores("distance", sssp)),
    ("sssp", "source => (SELECT NULL)", not_empty, refuses("NULL")),
    ("shortest_path", lambda c: f"{ends(c)}, weight => 'weight'", not_empty, path),
    ("shortest_path", lambda c: f"{ends(c)}, weight => 'weight', k => 4", two_nodes, paths),
    ("all_pairs_shortest_paths", "weight => 'weight'", anything, all_pairs),
    ("triangle_count", "", anything, scores("triangles", lambda c: nx.triangles(c.simple()))),
    ("lcc", "", anything, scores("coefficient", clustering)),
    ("k_core", "", anything, scores("core", lambda c: nx.core_number(c.simple()))),
    ("k_truss", "", anything, trusses),
    ("degree", "", anything, degrees),
    ("betweenness", "", two_nodes, scores("score", lambda c: nx.betweenness_centrality(unweighted(c)))),
    (
        "betweenness",
        "normalized => false, endpoints => true",
        two_nodes,
        scores(
            "score",
            lambda c: nx.betweenness_centrality(unweighted(c), normalized=False, endpoints=True),
        ),
    ),
    (
        "betweenness",
        "weight => 'weight'",
        two_nodes,
        scores("score", lambda c: nx.betweenness_centrality(c.lightest(), weight="weight")),
    ),
    ("closeness", "", not_empty, scores("score", lambda c: nx.closeness_centrality(unweighted(c)))),
    (
        "closeness",
        "distance => 'weight', wf_improved => false",
        not_empty,
        scores(
            "score",
            lambda c: nx.closeness_centrality(c.lightest(), distance="weight", wf_improved=False),
        ),
    ),
    ("harmonic", "", not_empty, scores("score", lambda c: nx.harmonic_centrality(unweighted(c)))),
    ("katz", "alpha => 0.02, tol => 1e-12, max_iter => 10000", not_empty, scores("score", katz)),
    ("hits", "on_no_convergence => 'warn'", not_empty, hits),
    ("minimum_spanning_tree", "", anything, tree),
    ("topological_sort", "", directed, topological),
    ("longest_path", "", lambda c: c.acyclic and no_loops(c), scores("distance", longest)),
    ("max_flow", lambda c: f"{ends(c)}, capacity => 'weight'", two_nodes, flow),
    ("min_cut", lambda c: f"{ends(c)}, capacity => 'weight'", two_nodes, cut),
    ("bridges", "", anything, bridges),
    ("articulation_points", "", anything, articulation),
    ("find_cycle", "", anything, cycle),
    ("link_prediction", "metric => 'jaccard'", anything, similarity("jaccard", nx.jaccard_coefficient)),
    (
        "link_prediction",
        "metric => 'adamic_adar'",
        anything,
        similarity("adamic_adar", nx.adamic_adar_index),
    ),
    (
        "link_prediction",
        "metric => 'preferential_attachment'",
        anything,
        similarity("preferential_attachment", nx.preferential_attachment),
    ),
    ("louvain", "", anything, modular("louvain")),
    ("leiden", "", anything, modular("leiden")),
    ("random_walk", "walk_length => 5, walks_per_node => 2", anything, walks),
    ("graph_stats", "", anything, stats),
    ("pagerank", "dumping => 0.5", not_empty, refuses("damping")),
]
