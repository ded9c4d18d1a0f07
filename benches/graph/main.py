"""Times the graph kernels and their peers side by side on one R-MAT graph, one process each, in turn.

    python benches/graph/main.py --scale 18

builds the kernels' example, writes the graph to a temporary folder, and prints for each kernel the seconds
of the clock and of the processors, the best peer, and how many times as long that takes.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ["scipy", "networkit", "igraph", "rustworkx", "kuzu"]


def measure(command, limit):
    """The lines of one program; what it printed before it crashed or ran out of time counts."""
    try:
        output = subprocess.run(
            command, capture_output=True, text=True, timeout=limit, check=False
        )
        text, problem = output.stdout, output.returncode and output.stderr[-300:]
    except subprocess.TimeoutExpired as error:
        text, problem = (error.stdout or b"").decode(), f"stopped after {limit} s"
    if problem:
        print(
            f"# {command[-2] if len(command) > 2 else command}: {problem}",
            file=sys.stderr,
        )
    rows = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, clock, processors, checksum = line.split("\t")
            rows[name] = (float(clock), float(processors), checksum)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=int, default=18)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", default="", help="kernels, separated by commas")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument(
        "--limit", type=int, default=600, help="seconds for each program"
    )
    parser.add_argument("--binary", help="the kernels' example, if it is built already")
    arguments = parser.parse_args()
    binary = arguments.binary
    if binary is None:
        package = ["-p", "parquetframe-graph-algorithms", "--example", "kernels"]
        subprocess.run(["cargo", "build", "--release", *package], cwd=ROOT, check=True)
        target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
        binary = pathlib.Path(target) / "release/examples/kernels"
    options = ["--threads", str(arguments.threads), "--repeat", str(arguments.repeat)]
    if arguments.only:
        options += ["--only", arguments.only]
    with tempfile.TemporaryDirectory() as folder:
        file = str(pathlib.Path(folder) / "edges")
        command = [str(binary), str(arguments.scale), "--write", file, *options]
        ours = measure(command, arguments.limit)
        peers = {}
        for peer in filter(None, arguments.peers.split(",")):
            script = str(pathlib.Path(__file__).with_name("peers.py"))
            peers[peer] = measure(
                [sys.executable, script, peer, file, *options], arguments.limit
            )
    print(
        "| kernel | wall s | cpu s | best peer by wall | times | best peer by cpu | times |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, (clock, processors, _) in ours.items():
        cells = [name, f"{clock:.4f}", f"{processors:.4f}"]
        for place, own in ((0, clock), (1, processors)):
            found = [
                (rows[name][place], peer)
                for peer, rows in peers.items()
                if name in rows
            ]
            best = min(found, default=None)
            cells += (
                [f"{best[1]} {best[0]:.4f}", f"{best[0] / own:.2f}"]
                if best
                else ["", ""]
            )
        print("| " + " | ".join(cells) + " |")
    print()
    for name in {name: None for rows in [ours, *peers.values()] for name in rows}:
        values = {"ours": ours, **peers}
        shown = [
            f"{who} {rows[name][2]}" for who, rows in values.items() if name in rows
        ]
        print(f"{name}: " + ", ".join(shown))


main()
