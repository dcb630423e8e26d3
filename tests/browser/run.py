"""Runs the console and the capture page in a real browser against a real server.

Usage: python3 tests/browser/run.py [--shots DIR]
Needs target/debug/facegate (or $FACEGATE_BIN) built with the pages (`make console`), models/, the test photographs, Node.js 20
or later with npm, and Chromium: Debian's is installed where this may do so, else the test says that it was skipped, and why.
Exits with 1 if something fails.
"""

import argparse
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.places import PHOTOS
from harness.server import Server

HERE = pathlib.Path(__file__).resolve().parent
BROWSERS = ["chromium", "chromium-browser", "google-chrome"]
# The first that playwright-core runs on.
MIN_NODE = 20
SECONDS = 540


def skip(why: str) -> None:
    """Ends well, and says that nothing was tested."""
    print(f"SKIPPED: the pages were not tested in a browser: {why}")
    sys.exit(0)


def browser() -> str:
    """Chromium's path; installs Debian's package where it may."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        return found
    if shutil.which("apt-get") is None:
        skip("there is no Chromium; install it")
    if os.geteuid() != 0:
        skip("there is no Chromium; install it (apt install chromium)")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-qq", "-y", "chromium", "fonts-dejavu-core"]):
        if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL).returncode:
            skip("Debian's package chromium could not be installed (no network?)")
    return shutil.which("chromium") or skip("Debian's package chromium brought no browser") or ""


def node() -> None:
    """Sets the libraries beside this file as the lock file says."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        skip("there is no Node.js with npm")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    if int(version[1:].partition(".")[0] or 0) < MIN_NODE:
        skip(f"this is Node.js {version}, and {MIN_NODE} is needed")
    done, lock = HERE / "node_modules" / ".done", HERE / "package-lock.json"
    if not done.exists() or done.read_bytes() != lock.read_bytes():
        if subprocess.run(["npm", "ci", "--ignore-scripts", "--loglevel=error"], cwd=HERE).returncode:
            sys.exit("could not install the browser test's libraries (no network?)")
        done.write_bytes(lock.read_bytes())


def camera(scratch: pathlib.Path, name: str) -> pathlib.Path:
    """A film for Chromium's fake camera: the same photograph again and again."""
    photo = (PHOTOS / "face_recognition" / name).read_bytes()
    film = scratch / "camera.mjpeg"
    film.write_bytes(photo * 4)
    return film


def code(server: Server) -> str:
    """The set-up code that the server printed."""
    found = re.search(r"Set-up code: ([A-Z0-9-]+)", server.log.read_text())
    return found[1] if found else sys.exit("the server printed no set-up code")


def main() -> int:
    """The exit code."""
    arguments = argparse.ArgumentParser(description="The pages in a browser.")
    arguments.add_argument("--shots", help="folder for screenshots of every page")
    shots = arguments.parse_args().shots
    if not PHOTOS.is_dir():
        sys.exit("the test photographs are missing; run: make photos")
    chromium = browser()
    node()
    with tempfile.TemporaryDirectory() as scratch:
        data = pathlib.Path(scratch) / "data"
        data.mkdir()
        # The page of somebody else's that shows the capture page in a frame.
        with socket.create_server(("127.0.0.1", 0)) as listener:
            parent = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with Server(str(data), CAPTURE__ORIGINS=parent) as server:
            app = server.app("live", "--name", "Klinik Sehat")
            settings = {
                "TEST_PARENT": parent,
                "TEST_APP_ID": app["app_id"],
                "TEST_APP_KEY": app["api_key"],
                "FACEGATE_URL": server.url,
                "FACEGATE_SETUP_CODE": code(server),
                "FACEGATE_LOG": str(server.log),
                "TEST_CHROMIUM": chromium,
                "TEST_CAMERA": str(camera(pathlib.Path(scratch), "obama2.jpg")),
                "TEST_PHOTOS": str(PHOTOS),
            }
            if shots:
                pathlib.Path(shots).mkdir(parents=True, exist_ok=True)
                settings["TEST_SHOTS"] = str(pathlib.Path(shots).resolve())
            ended = subprocess.run(["node", str(HERE / "all.mjs")], env=os.environ | settings, timeout=SECONDS)
            alive = server.alive()
    if not alive:
        print("the server ended while it was tested")
    return 0 if ended.returncode == 0 and alive else 1


if __name__ == "__main__":
    sys.exit(main())
