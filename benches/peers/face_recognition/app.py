"""face_recognition (dlib): its HOG detector and its ResNet."""

import base64
import io

import face_recognition
import fastapi
import numpy
import PIL.Image
import pydantic

LARGEST = 640  # long side that the detector sees, in pixels, as the other peers do

app = fastapi.FastAPI()


class Photo(pydantic.BaseModel):
    image: str


@app.post("/embed")
async def embed(photo: Photo):
    image = PIL.Image.open(io.BytesIO(base64.b64decode(photo.image))).convert("RGB")
    image.thumbnail((LARGEST, LARGEST))
    pixels = numpy.asarray(image)
    boxes = face_recognition.face_locations(pixels)
    if not boxes:
        raise fastapi.HTTPException(422, "no face")
    largest = max(boxes, key=lambda box: box[2] - box[0])
    return {"embedding": face_recognition.face_encodings(pixels, [largest])[0].tolist()}
