"""Graphs that pframe writes, read by the official library of Apache GraphAr.

usage: official.py PFRAME

Each graph is read in a process of its own, since the library may crash where a file is not as it expects.
Without the library (`pip install --pre graphar`) nothing is checked, and the last line says so.
"""

import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

PEOPLE = """(SELECT 10 + value * 7 % 101 AS id, 'name ' || value AS name, value % 2 = 0 AS even,
  value / 3 AS height, value::INTEGER AS small, DATE '2020-01-01' + value::INTEGER AS born
  FROM range(100))"""
KNOWS = """(SELECT 10 + (value % 40) * 7 % 101 AS a, 10 + (value * 13 % 97) * 7 % 101 AS b,
  value AS weight FROM range(500))"""
CITIES = "(SELECT 'c' || value AS code FROM range(3))"
LIVES = "(SELECT 10 + value * 7 % 101 AS who, 'c' || value % 2 AS city FROM range(50))"


def read(path):
    """What the library sees, as JSON; runs in a process of its own."""
    import graphar
    from graphar.high_level import EdgesCollection, VerticesCollection
    from graphar.types import AdjListType

    graph = graphar.GraphInfo.load(path)
    seen = {}
    people = VerticesCollection.Make(graph, "person")
    rows = [[v.id(), v.property("id"), v.property("name"), v.property("even"), v.property("height"), v.property("small")] for v in people]
    seen["people"] = sorted(rows)
    cities = VerticesCollection.Make(graph, "city")
    seen["cities"] = sorted([v.id(), v.property("code")] for v in cities)
    for order in ["ordered_by_source", "ordered_by_dest"]:
        kind = getattr(AdjListType, order)
        edges = EdgesCollection.Make(graph, "person", "knows", "person", kind)
        seen[f"knows {order}"] = sorted([e.source(), e.destination(), e.property("weight")] for e in edges)
        seen[f"size {order}"] = edges.size()
        lives = EdgesCollection.Make(graph, "person", "lives_in", "city", kind)
        seen[f"lives {order}"] = sorted([e.source(), e.destination()] for e in lives)
    found = EdgesCollection.Make(graph, "person", "knows", "person", AdjListType.ordered_by_source)
    it, end, beside = found.find_src(3, found.begin()), found.end(), []
    while it != end and it.source() == 3:
        beside.append(it.destination())
        it.__next__() if hasattr(it, "__next__") else next(it)
    seen["edges of 3"] = sorted(beside)
    print(json.dumps(seen))


def query(pframe, sql):
    ran = subprocess.run([pframe, "--format", "json", "-c", sql], capture_output=True, text=True, timeout=120)
    if ran.returncode != 0:
        sys.exit(f"{sql}: {ran.stderr}")
    decoder, at, last = json.JSONDecoder(), 0, []
    while at < len(ran.stdout.rstrip()):
        last, at = decoder.raw_decode(ran.stdout, at)
        at += len(ran.stdout[at:]) - len(ran.stdout[at:].lstrip())
    return [list(row.values()) for row in last]


def check(pframe, folder, file_type, chunk_size):
    target = f"{folder}/{file_type}{chunk_size}"
    query(
        pframe,
        f"""COPY GRAPH (VERTICES {PEOPLE} AS person KEY id, {CITIES} AS city KEY code
        EDGES {KNOWS} AS knows SOURCE a REFERENCES person DESTINATION b REFERENCES person,
              {LIVES} AS lives_in SOURCE who REFERENCES person DESTINATION city REFERENCES city)
        TO '{target}' (FORMAT graphar, NAME g, FILE_TYPE {file_type}, CHUNK_SIZE {chunk_size}, EDGE_CHUNK_SIZE {chunk_size * 2})""",
    )
    command = [sys.executable, __file__, "--read", f"{target}/g.graph.yml"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if ran.returncode != 0:
        sys.exit(f"{file_type}, chunks of {chunk_size}: the library failed\n{ran.stderr[-2000:]}")
    seen = json.loads(ran.stdout.splitlines()[-1])
    attach = f"ATTACH '{target}' AS g; "
    wanted = {
        "people": query(pframe, attach + "SELECT _id, id, name, even, height, small FROM g.person ORDER BY _id"),
        "cities": query(pframe, attach + "SELECT _id, code FROM g.city ORDER BY _id"),
        "edges of 3": [row[0] for row in query(pframe, attach + "SELECT _dst FROM g.person_knows_person WHERE _src = 3 ORDER BY 1")],
    }
    # The tables that were written, joined by hand: what both readers must see.
    joined = f"""WITH v AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS i FROM {PEOPLE}) SELECT s.i, d.i, weight
        FROM {KNOWS} e JOIN v s ON s.id = e.a JOIN v d ON d.id = e.b ORDER BY ALL"""
    knows = query(pframe, joined)
    for order in ["ordered_by_source", "ordered_by_dest"]:
        wanted[f"knows {order}"] = knows
        wanted[f"size {order}"] = len(knows)
        wanted[f"lives {order}"] = query(pframe, attach + f"SELECT _src, _dst FROM g.{order}.person_lives_in_city ORDER BY ALL")
    for what, rows in wanted.items():
        if seen[what] != rows:
            sys.exit(f"{file_type}, chunks of {chunk_size}, {what}: {str(seen[what])[:300]} is not {str(rows)[:300]}")


def main():
    if sys.argv[1] == "--read":
        return read(sys.argv[2])
    if importlib.util.find_spec("graphar") is None:
        print("skipped: the official library is not installed (pip install --pre graphar)")
        return None
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        for file_type in ["parquet", "csv", "json"]:
            for chunk_size in [7, 64, 1000]:
                check(sys.argv[1], folder, file_type, chunk_size)
                count += 1
    print(f"{count} graphs are read alike by the official library")
    return None


main()
