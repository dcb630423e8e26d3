"""Runs targets: every seed and regression first, then new inputs until the time is over."""

import os
import pathlib
import subprocess
import tempfile
import time

from . import report
from .build import FUZZ, ROOT, folder

# An input takes microseconds; one that takes seconds is a finding.
_SLOW = 10
_LIMITS = [f"-timeout={_SLOW}", "-rss_limit_mb=1024", "-print_final_stats=1", "-max_len=65536", "-verbosity=1"]
# A target that fails this often is broken in one place: more of the same tells nothing.
_ENOUGH = 5


def bounded(target: str, program: pathlib.Path, seconds: float) -> report.Result:
    """The same inputs in the same order at every run, as far as the time reaches; ends at the first finding."""
    with tempfile.TemporaryDirectory(prefix="facegate-fuzz-") as corpus:
        return _until(target, program, seconds, pathlib.Path(corpus), 1, "-seed=1")


def long(target: str, program: pathlib.Path, seconds: float) -> report.Result:
    """With the corpus of earlier runs, which grows; goes on after a finding."""
    corpus = ROOT / ".cache" / "fuzz" / target
    corpus.mkdir(parents=True, exist_ok=True)
    return _until(target, program, seconds, corpus, _ENOUGH, "-reload=0")


def _until(
    target: str, program: pathlib.Path, seconds: float, corpus: pathlib.Path, enough: int, *options: str
) -> report.Result:
    result = report.Result(target)
    while result.seconds + 1 < seconds and len(result.findings) < enough:
        _once(result, program, corpus, seconds - result.seconds, *options)
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
        if new and all("-timeout-" in path.name and _cpu_seconds(program, path) < _SLOW for path in new):
            # The machine was busy, the input is not slow.
            for path in new:
                path.unlink()
            return
        log = pathlib.Path(f"{prefix}{int(time.time())}.log")
        log.write_text(done.stdout, "utf-8")
        result.findings += [str(path) for path in new] or [str(log)]
        result.reasons.append(f"{report.reason(done.stdout)} (all of it: {log})")


def _cpu_seconds(program: pathlib.Path, path: pathlib.Path) -> float:
    """What one input costs by itself: libFuzzer goes by the clock on the wall."""
    command = [str(program), "-timeout=600", str(path)]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, **quiet)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def inputs(target: str) -> "list[pathlib.Path]":
    """The folders of inputs that are kept for a target."""
    return [path for path in (FUZZ / "seeds" / target, FUZZ / "regressions" / target) if path.is_dir()]
