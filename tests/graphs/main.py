"""Compares graph functions with NetworkX and igraph on random graphs.

    python tests/graphs/main.py --binary target/release/pframe --rounds 3

A difference is printed with the seed, the kind of graph and the call.
"""

import argparse
import sys

from checks import CHECKS
from graphs import cases
from shell import answers, table


def statements(case):
    """The calls for a graph, with what checks their answers."""
    edges = table(case.edges, ["src", "dst", "weight"], [case.kind, case.kind, "DOUBLE"])
    nodes = table([(node,) for node in case.nodes], ["id"], [case.kind])
    common = f"nodes => {nodes}, directed => {str(case.directed).lower()}"
    for function, arguments, applies, check in CHECKS:
        if applies(case):
            more = arguments(case) if callable(arguments) else arguments
            more = f"{more}, {common}" if more else common
            yield f"SELECT * FROM {function}({edges}, {more})", (function, more, check)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="functions whose name contains this")
    arguments = parser.parse_args()
    passed, failed = 0, 0
    for seed in range(arguments.seed, arguments.seed + arguments.rounds):
        for case in cases(seed):
            calls = [call for call in statements(case) if arguments.only in call[1][0]]
            threads = 1 if seed % 2 else 4
            found = answers(arguments.binary, [text for text, _ in calls], threads)
            for (_, (function, more, check)), rows in zip(calls, found, strict=True):
                try:
                    wrong = check(case, rows)
                except Exception as error:  # noqa: BLE001 - an answer of another shape is a difference too
                    wrong = f"{type(error).__name__} {error}"
                if wrong:
                    failed += 1
                    short = more.split(", nodes =>")[0]
                    print(f"seed {seed}, {case.name}: {function}({short}): {str(wrong)[:400]}")
                else:
                    passed += 1
    print(f"graphs: {passed} answers agree, {failed} differ")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
