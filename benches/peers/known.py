"""Our server and the peers: how each is installed, started and asked."""

import json
import os
import pathlib
import shutil
import subprocess

from ..places import BINARY, ROOT
from . import install
from .install import Skipped
from .servers import Server, clean_environment, image_body

HERE = pathlib.Path(__file__).parent
CORES = os.cpu_count() or 1
# Each worker computes in one thread: one process a core is the fastest arrangement for all of them.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def ours(store: pathlib.Path) -> Server:
    """facegate as it is served, with an app of its own."""
    if not BINARY.is_file():
        raise SystemExit(f"{BINARY.name} is not built: run `make build`")
    create = [str(BINARY), "app", "create", "--mode", "live", "--json", "--data", str(store)]
    made = subprocess.run(create, check=True, capture_output=True, text=True, cwd=ROOT, env=clean_environment())
    app = json.loads(made.stdout)
    headers = {"App-ID": app["app_id"], "API-Key": app["api_key"]}
    server = Server("facegate", "facegate", "/v1/face/enroll", image_body(), headers)
    serve = [str(BINARY), "serve", "--listen", f"127.0.0.1:{server.port}", "--data", str(store)]
    server.start([*serve, "--models", str(ROOT / "models")], ROOT, {})
    return server


def opencv(cache: pathlib.Path) -> Server:
    return _uvicorn("opencv", "FastAPI, OpenCV 5.0 (FaceDetectorYN, FaceRecognizerSF)", cache)


def onnxruntime(cache: pathlib.Path) -> Server:
    return _uvicorn("onnxruntime", "FastAPI, ONNX Runtime", cache)


def face_recognition(cache: pathlib.Path) -> Server:
    return _uvicorn("face_recognition", "FastAPI, face_recognition (dlib)", cache)


def deepface(cache: pathlib.Path) -> Server:
    """Its own REST service, with our weights where it looks for them."""
    python = install.python(HERE / "deepface", cache)
    source, home = install.weights(cache), cache / "deepface-home"
    place = home / ".deepface" / "weights"
    place.mkdir(parents=True, exist_ok=True)
    for ours_, theirs in (("yunet", "face_detection_yunet_2023mar"), ("sface", "face_recognition_sface_2021dec")):
        shutil.copy(source / f"{ours_}.onnx", place / f"{theirs}.onnx")
    wanted = {"model_name": "SFace", "detector_backend": "yunet", "enforce_detection": True, "align": True}
    body = json.dumps({"img": "data:image/jpeg;base64,{image}", **wanted})
    server = Server("deepface", "deepface's REST service (YuNet, SFace)", "/represent", body)
    command = [str(python), "-m", "gunicorn", "--workers", str(CORES), "--timeout", "3600"]
    command += ["--bind", f"127.0.0.1:{server.port}", "deepface.api.src.app:create_app()"]
    server.start(command, home, {"DEEPFACE_HOME": str(home), **ONE_THREAD})
    return server


def human(cache: pathlib.Path) -> Server:
    node = shutil.which("node")
    if node is None:
        raise Skipped("Node.js is not installed")
    home = install.node(HERE / "human", cache)
    server = Server("human", "@vladmandic/human on Node (WebAssembly)", "/embed", image_body())
    server.start([node, "server.mjs", str(server.port), str(CORES)], home, {})
    return server


PEERS = {
    "opencv": opencv,
    "onnxruntime": onnxruntime,
    "deepface": deepface,
    "face_recognition": face_recognition,
    "human": human,
}


def _uvicorn(key: str, title: str, cache: pathlib.Path) -> Server:
    python = install.python(HERE / key, cache)
    environment = {"PEER_WEIGHTS": str(install.weights(cache)), **ONE_THREAD}
    server = Server(key, title, "/embed", image_body())
    command = [str(python), "-m", "uvicorn", "app:app", "--host", "127.0.0.1", "--port", str(server.port)]
    command += ["--workers", str(CORES), "--no-access-log", "--log-level", "warning"]
    server.start(command, HERE / key, environment)
    return server
