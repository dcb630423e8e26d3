"""The same weights on ONNX Runtime, from Python: numpy for what stands around the networks, OpenCV for pixels."""

import base64
import os

import cv2
import fastapi
import numpy
import onnxruntime
import pydantic

WEIGHTS = os.environ["PEER_WEIGHTS"]
REFERENCE = numpy.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)], numpy.float32
)
STRIDES = (8, 16, 32)

cv2.setNumThreads(1)


def session(name):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(f"{WEIGHTS}/{name}.onnx", options, providers=["CPUExecutionProvider"])


yunet, sface = session("yunet"), session("sface")
app = fastapi.FastAPI()


class Photo(pydantic.BaseModel):
    image: str


def detect(image):
    """The five landmarks of the best face in pixels of the image, or None."""
    long = max(image.shape[:2])
    scale = (320 if long <= 480 else 640) / long
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = (-(-side // 32) * 32 for side in small.shape[:2])
    canvas = numpy.zeros((height, width, 3), numpy.float32)
    canvas[: small.shape[0], : small.shape[1]] = small
    names = [f"{kind}_{stride}" for kind in ("cls", "obj", "kps") for stride in STRIDES]
    found = yunet.run(names, {yunet.get_inputs()[0].name: canvas.transpose(2, 0, 1)[None]})
    best, points = 0.0, None
    for index, stride in enumerate(STRIDES):
        scores = numpy.sqrt(found[index][0, :, 0].clip(0, 1) * found[3 + index][0, :, 0].clip(0, 1))
        cell = int(scores.argmax())
        if scores[cell] > best:
            best, columns = float(scores[cell]), width // stride
            points = (found[6 + index][0, cell].reshape(5, 2) + (cell % columns, cell // columns)) * stride / scale
    return points if best >= 0.6 else None


@app.post("/embed")
async def embed(photo: Photo):
    data = numpy.frombuffer(base64.b64decode(photo.image), numpy.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if image is None:
        raise fastapi.HTTPException(400, "not an image")
    points = detect(image)
    if points is None:
        raise fastapi.HTTPException(422, "no face")
    matrix, _ = cv2.estimateAffinePartial2D(points.astype(numpy.float32), REFERENCE, method=cv2.LMEDS)
    face = cv2.cvtColor(cv2.warpAffine(image, matrix, (112, 112)), cv2.COLOR_BGR2RGB)
    tensor = face.astype(numpy.float32).transpose(2, 0, 1)[None]
    return {"embedding": sface.run(["fc1"], {sface.get_inputs()[0].name: tensor})[0][0].tolist()}
