"""enlarge.py FOLDER PHOTO...: each photo as a 12-megapixel JPEG, as a phone would have taken it from further away.

Runs in the interpreter of the OpenCV peer.
"""

import pathlib
import sys

import cv2
import numpy

WIDTH, HEIGHT = 4000, 3000


def enlarged(photo):
    """The photo at 60 % of the height, in the middle of a blurred and noisy copy of itself, as rich as a real picture."""
    background = cv2.resize(photo, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    background = cv2.GaussianBlur(background, (0, 0), 25)
    noise = numpy.random.default_rng(1).normal(0, 6, background.shape)
    background = numpy.clip(background + noise, 0, 255).astype(numpy.uint8)
    scale = 0.6 * HEIGHT / photo.shape[0]
    face = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    top, left = (HEIGHT - face.shape[0]) // 2, max(0, (WIDTH - face.shape[1]) // 2)
    width = min(WIDTH, face.shape[1])
    background[top : top + face.shape[0], left : left + width] = face[:, :width]
    return background


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:]:
        picture = enlarged(cv2.imread(name))
        cv2.imwrite(str(folder / pathlib.Path(name).name), picture, [cv2.IMWRITE_JPEG_QUALITY, 85])


main()
