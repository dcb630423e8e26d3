"""From rounds to one line a server, and to ratios."""

import statistics


def line(rounds: "list[dict]") -> "dict[str, object]":
    """Medians over the rounds; memory and failures at their worst."""

    def values(name: str) -> "list[float]":
        return [run[name] for run in rounds if run[name] is not None]

    def middle(found: "list[float]") -> "float | None":
        return statistics.median(found) if found else None

    def cost(name: str) -> "list[float]":
        return [run["cost"][name] for run in rounds if run["cost"][name] is not None]

    busy = [run["cost"]["cpu_seconds"] / run["cost"]["seconds"] for run in rounds if run["cost"]["cpu_seconds"]]
    return {
        "served_per_second": middle(values("served_per_second")),
        "served_per_second_range": [min(values("served_per_second")), max(values("served_per_second"))],
        "cpu_ms_per_request": middle(values("cpu_ms_per_request")),
        "cores_busy": middle(busy),
        "p50_ms": statistics.median(run["served"]["p50"] for run in rounds),
        "p99_ms": statistics.median(run["served"]["p99"] for run in rounds),
        "resident_bytes": max(cost("resident"), default=None),
        "proportional_bytes": max(cost("proportional"), default=None),
        "failed": sum(run["failed"]["count"] + run["refused"]["count"] for run in rounds),
    }


def with_ratios(lines: "dict[str, dict]") -> "dict[str, dict]":
    """Each with how many times ours is as fast and how much less CPU it takes; the median of ratios is not used, since
    rounds are interleaved and a median round of each is from the same minutes."""
    own = lines["facegate"]
    for found in lines.values():
        found["times_as_fast"] = _ratio(own["served_per_second"], found["served_per_second"])
        found["times_less_cpu"] = _ratio(found["cpu_ms_per_request"], own["cpu_ms_per_request"])
    return lines


def table(lines: "dict[str, dict]", titles: "dict[str, str]") -> str:
    """Markdown."""
    rows = [
        "| server | requests/s (range) | facegate is | CPU, ms a request | facegate takes | p50, ms | p99, ms | cores busy | memory, MB | failed |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for key, found in lines.items():
        low, high = found["served_per_second_range"]
        rows.append(
            f"| {titles[key]} | {_number(found['served_per_second'], 1)} ({low:.1f}–{high:.1f}) "
            f"| {_times(found['times_as_fast'])} | {_number(found['cpu_ms_per_request'], 1)} "
            f"| {_share(found['times_less_cpu'])} | {found['p50_ms']:.1f} | {found['p99_ms']:.1f} "
            f"| {_number(found['cores_busy'], 2)} | {_mb(found['proportional_bytes'])} | {found['failed']} |"
        )
    return "\n".join(rows)


def as_text(result: "dict") -> str:
    """The tables in Markdown."""
    parts = []
    for one in result["sets"]:
        head = f"{one['name']}: {one['photos']} photos, {one['rounds']} rounds of {one['seconds']:g} s, "
        head += f"{one['concurrency']} requests at once"
        if one["left_out"]:
            head += f"; {one['left_out']} photos left out that not every server can use"
        parts.append(head + "\n\n" + table(one["servers"], result["titles"]))
    parts += [f"Skipped: {name}: {reason}" for name, reason in result["skipped"].items()]
    return "\n\n".join(parts)


def _ratio(a: "float | None", b: "float | None") -> "float | None":
    return a / b if a and b else None


def _number(value: "float | None", digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _times(value: "float | None") -> str:
    return "–" if value is None else f"{value:.2f} × as fast"


def _share(value: "float | None") -> str:
    return "–" if value is None else f"{100 / value:.0f} % of it"


def _mb(value: "float | None") -> str:
    return "–" if value is None else f"{value / 1e6:.0f}"
