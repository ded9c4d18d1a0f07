"""Medians, ratios and the machine, as Markdown and JSON."""

from __future__ import annotations

import json
import os
import platform
import statistics
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Run:
    """All measurements of a scenario: seconds by query, engine and round."""

    title: str
    versions: dict[str, str]
    threads: int
    rounds: int
    profile: str
    wall: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    cpu: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def add(self, query: str, engine: str, wall: float, cpu: float) -> None:
        self.wall.setdefault(query, {}).setdefault(engine, []).append(wall)
        self.cpu.setdefault(query, {}).setdefault(engine, []).append(cpu)

    def medians(self, kind: str) -> dict[str, dict[str, float]]:
        seconds = self.wall if kind == "wall" else self.cpu
        return {
            query: {engine: statistics.median(all_) for engine, all_ in engines.items()}
            for query, engines in seconds.items()
        }


def geometric_mean(ratios: list[float]) -> float:
    return statistics.geometric_mean(ratios)


def machine() -> dict[str, str]:
    def first(path: str, prefix: str) -> str:
        try:
            for line in Path(path).read_text().splitlines():
                if line.startswith(prefix):
                    return line.split(":", 1)[1].strip()
        except OSError:
            pass
        return "unknown"

    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": first("/proc/cpuinfo", "model name"),
        "cores": str(os.cpu_count()),
        "memory": first("/proc/meminfo", "MemTotal"),
        "load before the run": "{:.2f} {:.2f} {:.2f}".format(*os.getloadavg()),
        "python": platform.python_version(),
    }


def markdown(run: Run, machine_: dict[str, str]) -> str:
    ours, *peers = run.versions
    lines = [f"# {run.title}", ""]
    versions = [
        f"{name} {version}" + (f" (profile {run.profile})" if name == ours else "")
        for name, version in run.versions.items()
    ]
    lines.append(
        f"Engines: {', '.join(versions)}; {run.threads} threads each, "
        f"median of {run.rounds} rounds after one to warm up, results equal."
    )
    facts = "; ".join(f"{key} {value}" for key, value in machine_.items())
    lines += ["", f"Machine: {facts}"]
    for kind, what in (("wall", "Wall time"), ("cpu", "CPU time")):
        medians = run.medians(kind)
        lines += ["", f"## {what}", ""]
        header = ["query", *(f"{name} s" for name in run.versions)]
        header += [f"{ours} / {peer}" for peer in peers]
        lines.append("| " + " | ".join(header) + " |")
        lines.append("| --- |" + " ---: |" * (len(header) - 1))
        ratios: dict[str, list[float]] = {peer: [] for peer in peers}
        for query, seconds in medians.items():
            cells = [query, *(f"{seconds[name]:.3f}" for name in run.versions)]
            for peer in peers:
                # A clock tick keeps a query that took no CPU time out of a division by zero.
                ratio = max(seconds[ours], 1e-4) / max(seconds[peer], 1e-4)
                ratios[peer].append(ratio)
                cells.append(f"{ratio:.2f}")
            lines.append("| " + " | ".join(cells) + " |")
        sums = [
            sum(seconds[name] for seconds in medians.values()) for name in run.versions
        ]
        means = [geometric_mean(ratios[peer]) for peer in peers]
        cells = ["**sum, geometric mean**", *(f"**{total:.3f}**" for total in sums)]
        cells += [f"**{mean:.2f}**" for mean in means]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def as_json(run: Run, machine_: dict[str, str]) -> str:
    ours, *peers = run.versions
    means = {}
    for kind in ("wall", "cpu"):
        medians = run.medians(kind)
        means[kind] = {
            peer: geometric_mean(
                [max(s[ours], 1e-4) / max(s[peer], 1e-4) for s in medians.values()]
            )
            for peer in peers
        }
    return json.dumps(
        {
            "title": run.title,
            "machine": machine_,
            "versions": run.versions,
            "profile": run.profile,
            "threads": run.threads,
            "rounds": run.rounds,
            "geometric_mean_of_ratios": means,
            "wall_seconds": run.wall,
            "cpu_seconds": run.cpu,
        },
        indent=1,
    )
