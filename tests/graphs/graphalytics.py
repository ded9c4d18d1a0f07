"""The validation cases of LDBC Graphalytics through SQL.

    python tests/graphs/graphalytics.py --binary target/release/pframe FOLDER

FOLDER holds `G.v`, `G.e`, `G.properties` and the expected values `G-ALG`. BFS and CDLP must be equal, WCC
the same partition, and PR, LCC and SSSP equal to 0.01 %.
"""

import argparse
import math
import pathlib
import re
import sys

from shell import answers

UNREACHABLE = 9223372036854775807


def properties(path):
    """The properties of a graph, without the prefix."""
    found = {}
    for line in path.read_text().splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            key, value = line.split("=", 1)
            found[re.sub(r"^graph\.[^.]*\.", "", key.strip())] = value.strip()
    return found


def relations(folder, name):
    """The edges and nodes of a graph as queries."""
    weighted = len((folder / f"{name}.e").read_text().split("\n", 1)[0].split()) > 2
    columns = {"src": "BIGINT", "dst": "BIGINT"}
    if weighted:
        columns["weight"] = "DOUBLE"
    spelled = ", ".join(f"'{key}': '{value}'" for key, value in columns.items())
    read = "(SELECT * FROM read_csv('{}', delim => ' ', header => false, columns => {{{}}}))"
    edges = read.format(folder / f"{name}.e", spelled)
    nodes = read.format(folder / f"{name}.v", "'id': 'BIGINT'")
    return edges, nodes


def call(algorithm, folder, name):
    """The call that answers a case, and the column of its values."""
    known = properties(folder / f"{name}.properties")
    edges, nodes = relations(folder, name)
    common = f"nodes => {nodes}, directed => {known['directed']}"
    if algorithm == "BFS":
        source = known["bfs.source-vertex"]
        more = f"source => {source}, include_unreachable => true, {common}"
        return f"bfs({edges}, {more})", "distance"
    if algorithm == "SSSP":
        source = known["sssp.source-vertex"]
        weight = known["sssp.weight-property"]
        more = f"source => {source}, weight => '{weight}', include_unreachable => true, {common}"
        return f"sssp({edges}, {more})", "distance"
    if algorithm == "PR":
        more = f"damping => {known['pr.damping-factor']}, fixed_iterations => {known['pr.num-iterations']}"
        return f"pagerank({edges}, {more}, {common})", "rank"
    if algorithm == "CDLP":
        more = f"max_iter => {known['cdlp.max-iterations']}"
        return f"label_propagation({edges}, {more}, {common})", "community"
    if algorithm == "LCC":
        return f"lcc({edges}, {common})", "coefficient"
    return f"wcc({edges}, {common}, component_label => 'min_node')", "component"


def expected(path):
    """The expected values by vertex."""
    rows = (line.split() for line in path.read_text().splitlines() if line.strip())
    return {int(vertex): value for vertex, value in rows}


def differences(algorithm, found, wanted):
    """What is not as it must be."""
    if sorted(found) != sorted(wanted):
        yield "the vertices differ"
        return
    if algorithm == "WCC":
        pairs = {(found[vertex], wanted[vertex]) for vertex in wanted}
        if len(pairs) != len({a for a, _ in pairs}) or len(pairs) != len({b for _, b in pairs}):
            yield "the components differ"
        return
    for vertex, text in wanted.items():
        value = found[vertex]
        if algorithm in ("BFS", "CDLP"):
            same = int(text) == (UNREACHABLE if value is None else value)
        else:
            number = float(text.replace("infinity", "inf"))
            value = math.inf if value is None else value
            same = value == number or abs(value - number) <= 1e-4 * abs(number)
        if not same:
            yield f"vertex {vertex}: {value}, not {text}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    cases = []
    for path in sorted(folder.glob("*-*")):
        name, _, algorithm = path.name.rpartition("-")
        if algorithm in ("BFS", "CDLP", "LCC", "PR", "SSSP", "WCC"):
            cases.append((name, algorithm, path))
    calls = [call(algorithm, folder, name) for name, algorithm, _ in cases]
    if not cases:
        sys.exit(f"there are no cases in {folder}")
    failed = 0
    for threads in (1, 4):
        statements = [f"SELECT * FROM {text}" for text, _ in calls]
        for case, (_, column), rows in zip(
            cases, calls, answers(arguments.binary, statements, threads), strict=True
        ):
            name, algorithm, path = case
            if isinstance(rows, str):
                wrong = [rows]
            else:
                found = {row["node"]: row[column] for row in rows}
                wrong = list(differences(algorithm, found, expected(path)))
            if wrong:
                failed += 1
                print(f"{name}-{algorithm} with {threads} threads: {'; '.join(wrong[:3])}")
    print(f"graphalytics: {2 * len(cases) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
