"""Runs targets: every seed and regression first, then new inputs until the time is over."""

import contextlib
import os
import pathlib
import subprocess
import tempfile
import time
import typing

from . import report
from .build import FUZZ, ROOT, folder

# An input takes microseconds; one that takes seconds is a finding.
_SLOW = 10
# Alone, an input that needs less has ended by then also on a busy machine.
_PATIENCE = 60
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
    # Once in any case: what nobody has tried is not "nothing found".
    _once(result, program, corpus, seconds, *options)
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
    with _scratch() as place:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", **place
        )
    result.seconds += time.monotonic() - began
    tried = result.inputs
    result.add(done.stdout)
    if done.returncode or result.inputs == tried:
        new = sorted(set(findings.glob(f"{prefix.name}*")) - before)
        if new and all("-timeout-" in path.name and _is_fine_alone(program, path) for path in new):
            # The machine was busy, the input is not slow.
            for path in new:
                path.unlink()
            return
        log = pathlib.Path(f"{prefix}{int(time.time())}.log")
        log.write_text(done.stdout, "utf-8")
        result.findings += [str(path) for path in new] or [str(log)]
        why = report.reason(done.stdout) if done.returncode else "not a single input was tried"
        result.reasons.append(f"{why} (all of it: {log})")


@contextlib.contextmanager
def _scratch() -> "typing.Iterator[dict[str, typing.Any]]":
    """Where a target runs: what it writes goes with it, also when it is stopped."""
    with tempfile.TemporaryDirectory(prefix="facegate-fuzz-") as scratch:
        yield {"env": {"TMPDIR": scratch, "RUST_BACKTRACE": "1"}, "cwd": scratch, "stdin": subprocess.DEVNULL}


def _is_fine_alone(program: pathlib.Path, path: pathlib.Path) -> bool:
    """Whether an input that libFuzzer, by the clock on the wall, found slow ends well and costs less than that of a processor."""
    command = [str(program), "-timeout=600", _LIMITS[1], str(path)]
    with _scratch() as place:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **place)
        ends = time.monotonic() + _PATIENCE
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        while not ended:
            if time.monotonic() > ends:
                # It waits for what does not come.
                process.kill()
                process.wait()
                return False
            time.sleep(0.05)
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode == 0 and usage.ru_utime + usage.ru_stime < _SLOW


def inputs(target: str) -> "list[pathlib.Path]":
    """The folders of inputs that are kept for a target."""
    return [path for path in (FUZZ / "seeds" / target, FUZZ / "regressions" / target) if path.is_dir()]
