"""Times one peer on the graph that `kernels --write` left; run in a process of its own, since some crash.

Prints lines of kernel, seconds of the clock, seconds of the processors, and a checksum.
"""

import argparse
import os
import resource
import time

import numpy

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument(
    "peer", choices=["scipy", "networkit", "igraph", "rustworkx", "kuzu"]
)
parser.add_argument("file")
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--repeat", type=int, default=3)
parser.add_argument("--only", default="")
arguments = parser.parse_args()
only = set(filter(None, arguments.only.split(",")))

with open(arguments.file, "rb") as file:
    count = int(numpy.fromfile(file, "<u8", 1)[0])
    source = numpy.fromfile(file, "<u4", count)
    target = numpy.fromfile(file, "<u4", count)
    weight = numpy.fromfile(file, "<f4", count).astype(float)
nodes = int(max(source.max(), target.max())) + 1
nodes = 1 << (nodes - 1).bit_length()
start = int(numpy.bincount(source, minlength=nodes).argmax())


def processors():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def timed(name, work, repeat=None):
    """Prints the best of some runs; a `work` that gives a number gives the checksum."""
    if only and name not in only:
        return
    best = (float("inf"), float("inf"))
    result = None
    for _ in range(repeat or arguments.repeat):
        clock, used = time.perf_counter(), processors()
        result = work()
        used, clock = processors() - used, time.perf_counter() - clock
        best = (min(best[0], clock), min(best[1], used))
    checksum = result if isinstance(result, (int, float)) else ""
    print(f"{name}\t{best[0]:.4f}\t{best[1]:.4f}\t{checksum}", flush=True)


def silent(work):
    """`work` without what it returns."""

    def run():
        work()

    return run


def with_scipy():
    from scipy.sparse import csgraph, csr_array

    def build():
        return csr_array((numpy.ones(count), (source, target)), shape=(nodes, nodes))

    timed("build", silent(lambda: build()))
    timed("build_both", silent(lambda: build().tocsc()))
    matrix = build()
    weighted = csr_array((weight, (source, target)), shape=(nodes, nodes))
    transposed = matrix.T.tocsr()
    degree = numpy.asarray(matrix.sum(axis=1)).ravel()

    def pagerank(iterations=None):
        share = numpy.divide(1.0, degree, out=numpy.zeros(nodes), where=degree > 0)
        ranks = numpy.full(nodes, 1.0 / nodes)
        made = 0
        while True:
            dangling = ranks[degree == 0].sum()
            new = (
                0.85 * (transposed @ (ranks * share)) + (0.15 + 0.85 * dangling) / nodes
            )
            change = numpy.abs(new - ranks).sum()
            ranks = new
            made += 1
            if made == iterations or (iterations is None and change <= 1e-6):
                return made

    timed("pagerank_20", silent(lambda: pagerank(20)))
    timed("pagerank_1e-6", pagerank)
    timed("bfs", lambda: len(csgraph.breadth_first_order(matrix, start)[0]))
    timed(
        "wcc", lambda: int(csgraph.connected_components(matrix, connection="weak")[0])
    )
    timed(
        "scc", lambda: int(csgraph.connected_components(matrix, connection="strong")[0])
    )

    def dijkstra():
        distance = csgraph.dijkstra(weighted, indices=start)
        return float(distance[numpy.isfinite(distance)].sum())

    timed("sssp", dijkstra)
    timed(
        "minimum_spanning_tree",
        lambda: float(csgraph.minimum_spanning_tree(weighted).sum()),
    )


def with_networkit():
    import networkit

    networkit.setNumberOfThreads(arguments.threads)

    def build(directed=True):
        coordinates = (source.astype("u8"), target.astype("u8"))
        return networkit.GraphFromCoo(coordinates, n=nodes, directed=directed)

    timed("build_both", silent(lambda: build()))
    graph = build()
    weighted = networkit.GraphFromCoo(
        (weight, (source.astype("u8"), target.astype("u8"))),
        n=nodes,
        directed=True,
        weighted=True,
    )
    undirected = networkit.graphtools.toUndirected(graph)
    undirected.removeMultiEdges()
    pagerank = networkit.centrality.PageRank(graph, 0.85, 1e-6)
    pagerank.norm = networkit.centrality.Norm.L1_NORM
    timed("pagerank_1e-6", lambda: pagerank.run().numberOfIterations())
    timed(
        "bfs",
        silent(lambda: networkit.distance.BFS(graph, start, storePaths=False).run()),
    )
    timed(
        "sssp",
        silent(
            lambda: networkit.distance.Dijkstra(weighted, start, storePaths=False).run()
        ),
    )
    components = networkit.components
    timed(
        "wcc",
        lambda: components.WeaklyConnectedComponents(graph).run().numberOfComponents(),
    )
    timed(
        "scc",
        lambda: components.StronglyConnectedComponents(graph)
        .run()
        .numberOfComponents(),
    )
    timed(
        "k_core",
        lambda: int(
            networkit.centrality.CoreDecomposition(undirected).run().maxCoreNumber()
        ),
    )
    timed(
        "cdlp_10",
        silent(lambda: networkit.community.PLP(undirected, maxIterations=10).run()),
    )

    def communities(algorithm):
        return networkit.community.Modularity().getQuality(
            algorithm.run().getPartition(), undirected
        )

    timed("louvain", lambda: communities(networkit.community.PLM(undirected)), 1)
    timed(
        "leiden",
        lambda: communities(
            networkit.community.ParallelLeiden(undirected, iterations=3)
        ),
        1,
    )
    timed(
        "betweenness_8",
        silent(
            lambda: networkit.centrality.EstimateBetweenness(graph, 8, True, True).run()
        ),
        1,
    )
    clustering = networkit.centrality.LocalClusteringCoefficient
    timed("lcc_undirected", lambda: sum(clustering(undirected).run().scores()), 1)


def with_igraph():
    import igraph

    pairs = numpy.column_stack([source, target]).astype("i8")
    timed("build_both", silent(lambda: igraph.Graph(nodes, pairs, directed=True)), 1)
    graph = igraph.Graph(nodes, pairs, directed=True)
    undirected = graph.as_undirected(mode="collapse")
    timed("pagerank_exact", silent(lambda: graph.pagerank()), 1)
    timed("bfs", lambda: len(graph.bfs(start, mode="out")[0]))
    timed("sssp", silent(lambda: graph.distances([start], weights=weight.tolist())), 1)
    timed("wcc", lambda: len(graph.connected_components(mode="weak")))
    timed("scc", lambda: len(graph.connected_components(mode="strong")))
    timed("k_core", lambda: max(undirected.coreness()))
    timed(
        "triangle_count",
        lambda: sum(undirected.transitivity_local_undirected(mode="zero")),
        1,
    )
    timed(
        "lcc_undirected",
        lambda: sum(undirected.transitivity_local_undirected(mode="zero")),
        1,
    )
    timed("cdlp_10", silent(lambda: undirected.community_label_propagation()), 1)
    timed("louvain", lambda: undirected.community_multilevel().modularity, 1)
    timed(
        "leiden",
        lambda: undirected.community_leiden("modularity", n_iterations=2).modularity,
        1,
    )
    timed(
        "minimum_spanning_tree", silent(lambda: graph.spanning_tree(weight.tolist())), 1
    )


def with_rustworkx():
    import rustworkx

    def build():
        graph = rustworkx.PyDiGraph(node_count_hint=nodes, edge_count_hint=count)
        graph.add_nodes_from(range(nodes))
        graph.add_edges_from_no_data(
            list(zip(source.tolist(), target.tolist(), strict=True))
        )
        return graph

    timed("build_both", silent(lambda: build()), 1)
    graph = build()
    timed(
        "pagerank_1e-6", silent(lambda: rustworkx.pagerank(graph, tol=1e-6 / nodes)), 1
    )
    timed("wcc", lambda: rustworkx.number_weakly_connected_components(graph))
    timed("scc", lambda: len(rustworkx.strongly_connected_components(graph)), 1)


def with_kuzu():
    """Its algorithms run in its database, so what is timed includes handing out a row for each node."""
    import shutil
    import tempfile

    import kuzu
    import pyarrow
    import pyarrow.parquet

    folder = tempfile.mkdtemp()
    ids = pyarrow.array(numpy.arange(nodes))
    pyarrow.parquet.write_table(pyarrow.table({"id": ids}), f"{folder}/n.parquet")
    edges = pyarrow.table({"a": source.astype("i8"), "b": target.astype("i8")})
    pyarrow.parquet.write_table(edges, f"{folder}/e.parquet")
    database = kuzu.Database(f"{folder}/db")
    connection = kuzu.Connection(database, num_threads=arguments.threads)
    connection.execute("CREATE NODE TABLE P(id INT64, PRIMARY KEY(id))")
    connection.execute("CREATE REL TABLE K(FROM P TO P)")
    connection.execute(f'COPY P FROM "{folder}/n.parquet"')

    def build():
        connection.execute(f'COPY K FROM "{folder}/e.parquet"')

    timed("build_both", build, 1)
    try:
        connection.execute("LOAD EXTENSION algo")
    except RuntimeError:
        pass  # It is linked in.
    connection.execute("CALL PROJECT_GRAPH('G', ['P'], ['K'])")

    def call(text, column):
        result = connection.execute(
            f"CALL {text} RETURN count(DISTINCT {column}), count(*)"
        )
        return int(result.get_next()[0])

    timed(
        "pagerank_20",
        silent(
            lambda: call(
                "page_rank('G', maxIterations := 20, tolerance := 0.0)", "rank"
            )
        ),
        1,
    )
    timed("wcc", lambda: call("weakly_connected_components('G')", "group_id"), 1)
    timed("scc", lambda: call("strongly_connected_components('G')", "group_id"), 1)
    timed("k_core", silent(lambda: call("k_core_decomposition('G')", "k_degree")), 1)
    timed("louvain", silent(lambda: call("louvain('G')", "louvain_id")), 1)
    shutil.rmtree(folder, ignore_errors=True)


{
    "kuzu": with_kuzu,
    "scipy": with_scipy,
    "networkit": with_networkit,
    "igraph": with_igraph,
    "rustworkx": with_rustworkx,
}[arguments.peer]()
