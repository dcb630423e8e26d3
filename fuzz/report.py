"""What libFuzzer writes, as figures; and the table of them."""

import dataclasses
import re

_STATUS = re.compile(r"^#\d+\s+[A-Za-z]+\s+cov: (\d+) ft: (\d+)", re.MULTILINE)
_STAT = re.compile(r"^stat::(\w+):\s+(\d+)$", re.MULTILINE)
_PULSE = re.compile(r"^#(\d+)\s", re.MULTILINE)
_WHY = re.compile(r"(panicked at [^\n]*\n[^\n]*|ERROR: libFuzzer: [^\n]*|SUMMARY: [^\n]*)")


@dataclasses.dataclass
class Result:
    """One target's run, or several one after another."""

    target: str
    seconds: float = 0.0
    inputs: int = 0
    coverage: int = 0
    peak_mib: int = 0
    findings: "list[str]" = dataclasses.field(default_factory=list)
    reasons: "list[str]" = dataclasses.field(default_factory=list)

    def add(self, text: str) -> None:
        """Counts in what one process of libFuzzer wrote."""
        statuses, stats = _STATUS.findall(text), dict(_STAT.findall(text))
        self.coverage = max([self.coverage, *(int(coverage) for coverage, _ in statuses)])
        # A process that found something may end without its statistics.
        counted = [int(number) for number in _PULSE.findall(text)]
        self.inputs += int(stats.get("number_of_executed_units", max(counted, default=0)))
        self.peak_mib = max(self.peak_mib, int(stats.get("peak_rss_mb", 0)))

    def json(self) -> "dict[str, object]":
        """For a line of the record of long runs."""
        return dataclasses.asdict(self) | {"seconds": round(self.seconds, 1)}


def reason(text: str) -> str:
    """Why a process ended that found something, in a line."""
    found = _WHY.search(text)
    return " ".join(found.group(1).split()) if found else "no reason given"


def table(results: "list[Result]") -> str:
    """A line a target."""
    lines = [f"{'target':14} {'inputs':>10} {'edges':>7} {'MiB':>5} {'s':>6}  result"]
    for one in sorted(results, key=lambda result: result.target):
        said = f"{len(one.findings)} found" if one.findings else "nothing found"
        lines.append(f"{one.target:14} {one.inputs:>10,} {one.coverage:>7,} {one.peak_mib:>5} {one.seconds:>6.0f}  {said}")
    return "\n".join(lines)
