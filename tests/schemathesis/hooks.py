"""Schemathesis hooks: generated requests get images that the app at hand understands.

Without them nearly every request would end at INVALID_PAYLOAD_IMAGE_MISSING and the code behind it would not be tested.
"""

import base64
import os
import pathlib
import zlib

import schemathesis

PHOTOS = [
    base64.b64encode(pathlib.Path(path).read_bytes()).decode()
    for path in os.environ.get("FACEGATE_TEST_PHOTOS", "").split(os.pathsep)
    if path
]
SCENARIOS = [
    "LIVE_PERSON_A_1",
    "LIVE_PERSON_BLUR_MV_B_2",
    "SPOOF_PERSON_DARK_A_1",
    "LIVE_PERSON_C_9",
    "NO_FACE_PHOTO",
    "IMAGE_EXCEED_LIMIT",
]


@schemathesis.hook
def before_call(context, case, kwargs):
    """Two of three text images become a photograph (or a scenario); the rest stay as generated."""
    if not isinstance(case.body, dict):
        return
    for name in ("image", "image_1", "image_2"):
        value = case.body.get(name)
        if not isinstance(value, str) or not value:
            continue
        choice = zlib.crc32(value.encode("utf-8", "surrogatepass"))
        named = value.startswith(("LIVE_", "SPOOF_"))
        pool = PHOTOS or SCENARIOS
        if PHOTOS and named or not named and choice % 3:
            case.body[name] = pool[choice % len(pool)]
    subject = case.body.get("subject_id")
    if case.operation.path.endswith("/verify") and isinstance(subject, str) and zlib.crc32(repr(subject).encode()) % 3:
        case.body["subject_id"] = "SUB_EXIST"
    # The example deletes the one subject that every sandbox app has; a live app needs it for verify.
    if PHOTOS and case.method.upper() == "DELETE" and subject == "SUB_EXIST":
        case.body["subject_id"] = "citra"
