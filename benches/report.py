"""python3 -m benches.report: puts the results of docs/performance into docs/PERFORMANCE.md, between its markers."""

import json
import re
import sys

from .peers import summary
from .places import RESULTS, ROOT, say

PAGE = ROOT / "docs" / "PERFORMANCE.md"


def main() -> None:
    text = PAGE.read_text("utf-8")
    for name, make in PARTS.items():
        path = RESULTS / f"{name}.json"
        if not path.is_file():
            say(f"docs/performance/{name}.json is not there: this part of the page stays as it is")
            continue
        text = replaced(text, name, make(json.loads(path.read_text("utf-8"))))
    PAGE.write_text(text, "utf-8")
    say("docs/PERFORMANCE.md is up to date")


def replaced(text: str, name: str, part: str) -> str:
    """The page with a new part between `<!-- begin NAME -->` and `<!-- end NAME -->`."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        sys.exit(f"docs/PERFORMANCE.md must have {begin} and {end} once each")
    return re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n{part}\n{end}", text, flags=re.DOTALL)


def stages(found: "dict") -> str:
    """A table for each group of benches."""
    parts = [_head(found, "cargo bench -p facegate-benches")]
    groups: "dict[str, list]" = {}
    for one in found["benches"]:
        groups.setdefault(one["group"], []).append(one)
    for group, benches in groups.items():
        rows = [f"| {group} | median | 95 % interval |", "|---|---:|---:|"]
        for one in benches:
            rows.append(f"| {one['name']} | {_time(one['ns'])} | {_time(one['ns_low'])} – {_time(one['ns_high'])} |")
        parts.append("\n".join(rows))
    return "\n\n".join(parts)


def whole(found: "dict") -> str:
    """A row for each set of photographs."""
    rows = [
        "| photos | networks, CPU ms | runs of networks | request, CPU ms | ratio | served/s | p50, ms | p99, ms | peak memory, MB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for one in found["sets"]:
        rows.append(
            f"| {one['photos']} | {one['networks_cpu_ms']:.1f} | {one['network_runs']:.1f} | {one['request_cpu_ms']:.1f} "
            f"| **{one['ratio']:.2f}** | {one['served_per_second']:.1f} | {one['p50_ms']:.1f} | {one['p99_ms']:.1f} "
            f"| {one['peak_resident'] / 1e6:.0f} |"
        )
    return _head(found, "python3 -m benches --only whole") + "\n\n" + "\n".join(rows)


def overload(found: "dict") -> str:
    """The three loads and the ratios."""
    rows = [
        "| load | sent/s | served/s | p50, ms | p99, ms | refused | p99 of a refusal, ms | failed |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for run in found["runs"]:
        sent = "–" if run["rate"] is None else f"{run['rate']:.1f}"
        rows.append(
            f"| {run['name']} | {sent} | {run['served_per_second']:.1f} | {run['served']['p50']:.1f} "
            f"| {run['served']['p99']:.1f} | {run['refused']['count']} | {run['refused']['p99']:.1f} "
            f"| {run['failed']['count']} |"
        )
    over = found["overload"]
    says = (
        f"Served of the most it serves: {over['goodput_ratio']:.1%}. p99 of the served ones: {over['p99_ratio']:.2f} times "
        f"that of one at a time. Refused within 50 ms: {over['refused_promptly']:.1%}, the last after "
        f"{over['refused_max_ms']:.1f} ms."
    )
    plot = "![times](performance/overload/latency.svg)"
    return "\n\n".join([_head(found, found["command"]), "\n".join(rows), says, plot])


def memory(found: "dict") -> str:
    """Memory before, at the end, and its curve."""
    run, start = found["runs"][0], found["start"]
    curve = run["cost"]["resident_curve"]
    middle = curve[len(curve) // 2][1] if curve else run["cost"]["resident"]
    rows = [
        "| ready after, s | idle, MB | half-way, MB | at the end, MB | peak, MB | requests |",
        "|---:|---:|---:|---:|---:|---:|",
        f"| {start['ready_seconds']:.2f} | {start['idle_resident'] / 1e6:.0f} | {middle / 1e6:.0f} "
        f"| {run['cost']['resident'] / 1e6:.0f} | {run['cost']['peak_resident'] / 1e6:.0f} | {run['served']['count']} |",
    ]
    plot = "![memory](performance/memory/memory.svg)"
    return "\n\n".join([_head(found, found["command"]), "\n".join(rows), plot])


def peers(found: "dict") -> str:
    """As the runner prints it."""
    return _head(found, found["command"]) + "\n\n" + summary.as_text(found)


PARTS = {"whole": whole, "stages": stages, "overload": overload, "memory": memory, "peers": peers}


def _head(found: "dict", command: str) -> str:
    machine = found["machine"]
    features = " ".join(machine["features"])
    gib = machine["memory_bytes"] / 2**30
    place = f"{machine['processor']}, {machine['cores']} cores ({features}), {gib:.0f} GiB, {machine['system']}"
    return f"`{command}`, {found['date'][:10]}, {place}:"


def _time(ns: float) -> str:
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            return f"{ns / size:.3g} {unit}" if ns < 100 * size else f"{ns / size:.0f} {unit}"
    return f"{ns:.0f} ns"


if __name__ == "__main__":
    main()
