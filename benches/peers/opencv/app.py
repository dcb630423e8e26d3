"""The usual recipe: FastAPI with OpenCV's FaceDetectorYN and FaceRecognizerSF."""

import base64
import os

import cv2
import fastapi
import numpy
import pydantic

WEIGHTS = os.environ["PEER_WEIGHTS"]
LARGEST = 640  # long side that the detector sees, in pixels

cv2.setNumThreads(1)  # one process a core beats many threads in one
detector = cv2.FaceDetectorYN.create(f"{WEIGHTS}/yunet.onnx", "", (320, 320), 0.6, 0.3, 5000)
recognizer = cv2.FaceRecognizerSF.create(f"{WEIGHTS}/sface.onnx", "")
app = fastapi.FastAPI()


class Photo(pydantic.BaseModel):
    image: str


@app.post("/embed")
async def embed(photo: Photo):
    data = numpy.frombuffer(base64.b64decode(photo.image), numpy.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if image is None:
        raise fastapi.HTTPException(400, "not an image")
    height, width = image.shape[:2]
    scale = min(1.0, LARGEST / max(height, width))
    small = image if scale == 1.0 else cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    detector.setInputSize((small.shape[1], small.shape[0]))
    _, faces = detector.detect(small)
    if faces is None:
        raise fastapi.HTTPException(422, "no face")
    face = max(faces, key=lambda found: found[2] * found[3]).copy()
    face[:14] /= scale
    aligned = recognizer.alignCrop(image, face)
    # The network was trained on RGB; `feature` turns BGR around by itself.
    return {"embedding": recognizer.feature(aligned)[0].tolist()}
