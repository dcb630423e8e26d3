"""Runs targets: every seed and regression first, then new inputs until the time is over."""

import pathlib
import subprocess
import tempfile
import time

from . import report
from .build import FUZZ, ROOT, folder

# An input takes microseconds; one that takes seconds is a finding.
_LIMITS = ["-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1", "-max_len=65536", "-verbosity=1"]
# A target that fails this often is broken in one place: more of the same tells nothing.
_ENOUGH = 5


def bounded(target: str, program: pathlib.Path, seconds: float) -> report.Result:
    """The same inputs in the same order at every run, as far as the time reaches; ends at the first finding."""
    result = report.Result(target)
    with tempfile.TemporaryDirectory(prefix="facegate-fuzz-") as corpus:
        _once(result, program, pathlib.Path(corpus), seconds, "-seed=1")
    return result


def long(target: str, program: pathlib.Path, seconds: float) -> report.Result:
    """With the corpus of earlier runs, which grows; goes on after a finding."""
    corpus = ROOT / ".cache" / "fuzz" / target
    corpus.mkdir(parents=True, exist_ok=True)
    result = report.Result(target)
    while result.seconds + 1 < seconds and len(result.findings) < _ENOUGH:
        _once(result, program, corpus, seconds - result.seconds, "-reload=0")
    return result


def _once(result: report.Result, program: pathlib.Path, corpus: pathlib.Path, seconds: float, *options: str) -> None:
    findings = folder() / "findings"
    findings.mkdir(parents=True, exist_ok=True)
    prefix = findings / f"{result.target}-"
    before = set(findings.glob(f"{prefix.name}*"))
    command = [str(program), *_LIMITS, *options, f"-max_total_time={max(1, round(seconds))}", f"-artifact_prefix={prefix}"]
    dictionary = FUZZ / "dictionaries" / result.target
    command += [f"-dict={dictionary}"] if dictionary.exists() else []
    command += [str(corpus), *(str(path) for path in inputs(result.target))]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="facegate-fuzz-") as scratch:
        # What a target writes goes with it, also when it is stopped.
        done = subprocess.run(
            command,
            env={"TMPDIR": scratch, "RUST_BACKTRACE": "1"},
            cwd=scratch,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    result.seconds += time.monotonic() - began
    result.add(done.stdout)
    if done.returncode:
        new = sorted(set(findings.glob(f"{prefix.name}*")) - before)
        log = pathlib.Path(f"{prefix}{int(time.time())}.log")
        log.write_text(done.stdout, "utf-8")
        result.findings += [str(path) for path in new] or [str(log)]
        result.reasons.append(f"{report.reason(done.stdout)} (all of it: {log})")


def inputs(target: str) -> "list[pathlib.Path]":
    """The folders of inputs that are kept for a target."""
    return [path for path in (FUZZ / "seeds" / target, FUZZ / "regressions" / target) if path.is_dir()]
