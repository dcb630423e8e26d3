"""python3 -m benches.instructions: how many instructions each of our stages takes, against a committed baseline.

Unlike times, instruction counts hardly depend on what else the machine does, so a CI can hold a change to them. Valgrind
presents one processor whatever the real one is, so code that chooses its kernels at run time chooses the same ones.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

from .places import ROOT, say

BASELINE = pathlib.Path(__file__).with_name("instructions.json")
ALLOWED = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m benches.instructions", description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="make today's counts the baseline")
    parser.add_argument("--json", type=pathlib.Path, help="write today's counts too")
    options = parser.parse_args()
    reason = _cannot()
    if reason:
        print(f"skipped: instructions cannot be counted: {reason}")
        return
    counted = {"compiler": _compiler(), "instructions": _count(_build())}
    if options.json:
        options.json.write_text(json.dumps(counted, indent=1) + "\n", "utf-8")
    if options.update:
        BASELINE.write_text(json.dumps(counted, indent=1) + "\n", "utf-8")
        print(f"{BASELINE.relative_to(ROOT)} holds {len(counted['instructions'])} stages")
        return
    sys.exit(compare(json.loads(BASELINE.read_text("utf-8")), counted))


def compare(baseline: "dict", counted: "dict") -> int:
    """Prints every stage; the exit code is 1 if one is off by more than allowed, or missing, or new."""
    before, now = baseline["instructions"], counted["instructions"]
    wrong = 0
    for name in sorted({*before, *now}):
        old, new = before.get(name), now.get(name)
        if old is None or new is None:
            wrong += 1
            print(f"{name:44} {'new: not in the baseline' if old is None else 'gone: only in the baseline'}")
            continue
        change = new / old - 1
        far = abs(change) > ALLOWED
        wrong += far
        print(f"{name:44} {old:>14,} {new:>14,} {change:+7.1%}{'  more than 5 % off' if far else ''}")
    if wrong and baseline["compiler"] != counted["compiler"]:
        print(f"not judged: the baseline is of {baseline['compiler']}, this is {counted['compiler']}")
        return 0
    if wrong:
        print("If the change is meant, commit the baseline that `python3 -m benches.instructions --update` writes.")
    return 1 if wrong else 0


def _cannot() -> "str | None":
    if platform.machine() != "x86_64":
        return "the baseline is of x86-64"
    if shutil.which("valgrind") is None:
        return "valgrind is not installed (apt-get install valgrind)"
    flags = pathlib.Path("/proc/cpuinfo")
    if flags.exists() and " avx2" not in flags.read_text():
        return "the processor has no AVX2, which valgrind would present"
    return None


def _build() -> pathlib.Path:
    say("building")
    cargo = [os.environ.get("CARGO", "cargo"), "build", "--release", "--quiet", "--locked", "-p", "facegate-benches"]
    subprocess.run([*cargo, "--bin", "instructions"], cwd=ROOT, check=True)
    return ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / "instructions"


def _compiler() -> str:
    """The compiler's version without its date: another one makes other instructions."""
    text = subprocess.run(["rustc", "--version"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return " ".join(text.split()[:2])


def _count(program: pathlib.Path) -> "dict[str, int]":
    with tempfile.TemporaryDirectory(prefix="facegate-instructions-") as folder:
        recording, out = f"{folder}/recording.json", pathlib.Path(folder) / "out"
        subprocess.run([str(program), "record", recording], cwd=ROOT, check=True)
        say("counting (a minute or two)")
        # Counts begin anew where the marked function is entered and are written where it is left, in all threads.
        marks = ["--zero-before=instructions::measured", "--dump-after=instructions::measured"]
        valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *marks]
        done = subprocess.run(
            [*valgrind, str(program), "run", recording], cwd=ROOT, capture_output=True, text=True, env=_quiet()
        )
        if done.returncode:
            sys.exit(f"the run under callgrind failed:\n{done.stderr[-2000:]}")
        names = done.stdout.split("\n")[:-1]
        counts = [_total(pathlib.Path(f"{out}.{number}")) for number in range(1, len(names) + 1)]
    return dict(zip(names, counts))


def _quiet() -> "dict[str, str]":
    return {name: value for name, value in os.environ.items() if not name.startswith(("FACEGATE_", "VALGRIND_"))}


def _total(dump: pathlib.Path) -> int:
    found = re.search(r"^(?:summary|totals): (\d+)", dump.read_text("utf-8", "replace"), re.MULTILINE)
    if not found:
        sys.exit(f"callgrind wrote no total into {dump.name}")
    return int(found[1])


if __name__ == "__main__":
    main()
