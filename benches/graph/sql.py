"""Times graph functions as a user calls them, from a Parquet file to the rows, beside scipy and igraph doing the same.

    python benches/graph/sql.py --binary target/release/pframe --scale 18

Each measurement is a process of its own: what is read, numbered, built and printed counts. The last columns
are the most memory that our operator took, and that for an edge.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import time

CALLS = {
    "pagerank": "pagerank('{file}', fixed_iterations => 20)",
    "wcc": "wcc('{file}')",
    "scc": "scc('{file}')",
    "bfs": "bfs('{file}', {start})",
    "k_core": "k_core('{file}')",
    "degree": "degree('{file}')",
}
PEERS = {
    "pagerank": {"igraph": "sum(graph.pagerank())"},
    "wcc": {
        "scipy": "csgraph.connected_components(matrix, connection='weak')[0]",
        "igraph": "len(graph.connected_components(mode='weak'))",
    },
    "scc": {
        "scipy": "csgraph.connected_components(matrix, connection='strong')[0]",
        "igraph": "len(graph.connected_components(mode='strong'))",
    },
    "bfs": {"scipy": "len(csgraph.breadth_first_order(matrix, {start})[0])"},
    "k_core": {"igraph": "max(graph.as_undirected().coreness())"},
    "degree": {"igraph": "max(graph.degree())"},
}
PROGRAM = """
import numpy, pyarrow.parquet
table = pyarrow.parquet.read_table('{file}')
source, target = (table.column(name).to_numpy() for name in ('src', 'dst'))
names, ends = numpy.unique(numpy.concatenate([source, target]), return_inverse=True)
source, target = ends[:len(source)], ends[len(source):]
if '{peer}' == 'scipy':
    from scipy.sparse import csgraph, csr_array
    matrix = csr_array((numpy.ones(len(source)), (source, target)), shape=(len(names),) * 2)
else:
    import igraph
    graph = igraph.Graph(len(names), numpy.column_stack([source, target]), directed=True)
print({work})
"""


def seconds(command, repeat):
    """The best of some runs, and what the last printed."""
    best, text = float("inf"), ""
    for _ in range(repeat):
        start = time.perf_counter()
        text = subprocess.run(
            command, capture_output=True, text=True, timeout=600, check=True
        ).stdout
        best = min(best, time.perf_counter() - start)
    return best, text


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--kernels", help="the kernels' example", required=True)
    parser.add_argument("--scale", type=int, default=18)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        raw, file = f"{folder}/edges", f"{folder}/edges.parquet"
        write = [arguments.kernels, str(arguments.scale), "--write", raw]
        subprocess.run(
            [*write, "--only", "none"], check=True, stdout=subprocess.DEVNULL
        )
        import numpy
        import pyarrow
        import pyarrow.parquet

        with open(raw, "rb") as edges:
            count = int(numpy.fromfile(edges, "<u8", 1)[0])
            columns = [numpy.fromfile(edges, "<u4", count).astype("i8") for _ in "ab"]
        start = int(numpy.bincount(columns[0]).argmax())
        table = pyarrow.table(dict(zip(["src", "dst"], columns, strict=True)))
        pyarrow.parquet.write_table(table, file)
        pathlib.Path(raw).unlink()
        print("| function | ours s | best peer s | times | peak MB | bytes an edge |")
        print("|---|---|---|---|---|---|")
        for name, call in CALLS.items():
            call = call.format(file=file, start=start)
            shell = [arguments.binary, "-q", "--format", "trash", "-c"]
            ours, _ = seconds([*shell, f"SELECT * FROM {call}"], arguments.repeat)
            explain = f"EXPLAIN ANALYZE SELECT * FROM {call}"
            command = [arguments.binary, "-q", "--format", "csv", "-c", explain]
            found = re.search(r"peak_bytes=([\d.]+)( [KMG])?", seconds(command, 1)[1])
            units = {"K": 1e3, "M": 1e6, "G": 1e9}
            peak = float(found[1]) * units.get((found[2] or "").strip(), 1)
            peers = []
            for peer, work in PEERS[name].items():
                work = work.format(start=start)
                program = PROGRAM.format(file=file, peer=peer, work=work)
                taken, _ = seconds([sys.executable, "-c", program], arguments.repeat)
                peers.append((taken, peer))
            taken, peer = min(peers)
            print(
                f"| {name} | {ours:.3f} | {peer} {taken:.3f} | {taken / ours:.1f} | {peak / 1e6:.1f} | {peak / count:.1f} |",
                flush=True,
            )


main()
