"""Random graphs of every awkward kind, as edges, nodes and NetworkX graphs."""

import random

import networkx as nx

NAMES = {"BIGINT": lambda n: n * 7 - 20, "VARCHAR": lambda n: f"né {n % 3}-{n:02}"}


class Case:
    """A graph: its nodes in the order of their identifiers, its edges, and whether they lead one way."""

    def __init__(self, name, nodes, edges, directed, kind="BIGINT", acyclic=False):
        self.name, self.directed, self.kind, self.acyclic = name, directed, kind, acyclic
        spell = NAMES[kind]
        self.nodes = sorted(spell(node) for node in nodes)
        self.edges = [(spell(a), spell(b), w) for a, b, w in edges]

    def multigraph(self):
        graph = nx.MultiDiGraph() if self.directed else nx.MultiGraph()
        graph.add_nodes_from(self.nodes)
        graph.add_weighted_edges_from(self.edges)
        return graph

    def lightest(self):
        """The graph with the lightest of parallel edges."""
        graph = nx.DiGraph() if self.directed else nx.Graph()
        graph.add_nodes_from(self.nodes)
        for a, b, w in self.edges:
            if not graph.has_edge(a, b) or graph[a][b]["weight"] > w:
                graph.add_edge(a, b, weight=w)
        return graph

    def merged(self):
        """The graph whose edges count how many there are, and weigh what they weigh together."""
        graph = nx.DiGraph() if self.directed else nx.Graph()
        graph.add_nodes_from(self.nodes)
        for a, b, w in self.edges:
            if graph.has_edge(a, b):
                graph[a][b]["count"] += 1
                graph[a][b]["weight"] += w
            else:
                graph.add_edge(a, b, count=1, weight=w)
        return graph

    def simple(self):
        """The undirected graph without self-loops and parallel edges."""
        graph = nx.Graph()
        graph.add_nodes_from(self.nodes)
        graph.add_edges_from((a, b) for a, b, _ in self.edges if a != b)
        return graph


def cases(seed):
    """One graph of each kind."""
    rng = random.Random(seed)

    def edges(nodes, count, loops=False, acyclic=False):
        found = []
        while len(found) < count and nodes:
            a, b = rng.choice(nodes), rng.choice(nodes)
            if acyclic:
                a, b = min(a, b), max(a, b)
            if a != b or loops:
                # Quarters are exact, and rarely equal.
                found.append((a, b, rng.randrange(1, 400) / 4))
        return found

    for directed in (True, False):
        word = "directed" if directed else "undirected"
        for kind in NAMES:
            nodes = list(range(rng.randrange(8, 30)))
            yield Case(f"{word} {kind}", nodes, edges(nodes, 3 * len(nodes)), directed, kind)
        nodes = list(range(20))
        yield Case(f"{word} loops and parallel", nodes, edges(range(8), 40, loops=True), directed)
        halves = edges(range(10), 18) + edges(range(10, 20), 18)
        yield Case(f"{word} disconnected, isolated", list(range(24)), halves, directed)
        sparse = edges(list(range(40)), 36)
        yield Case(f"{word} sparse", list(range(40)), sparse, directed)
        yield Case(f"{word} empty", [], [], directed)
        yield Case(f"{word} one node", [3], [], directed)
        yield Case(f"{word} one loop", [3], [(3, 3, 1.5)], directed)
    nodes = list(range(25))
    yield Case("acyclic", nodes, edges(nodes, 50, acyclic=True), True, "VARCHAR", True)
