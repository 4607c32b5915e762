"""The finder's net: where on a grey picture the lines of a zone run, which way they read, how tall they are."""

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ocr.mrz.views import Image

STRIDE = 4  # picture pixels to a cell of the maps
UNIT = 8.0  # the maps' distances are natural logarithms of multiples of this many pixels
_SIDES = 32  # the net halves five times
_MODEL = Path(__file__).parent / "models" / "finder.onnx"
Maps = NDArray[np.float32]


@lru_cache(maxsize=1)
def _session() -> onnxruntime.InferenceSession:
    """Loaded at first use and kept; running it is safe from several threads."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(_MODEL), options, providers=["CPUExecutionProvider"])


def line_maps(grey: Image) -> Maps:
    """Five maps at a quarter of the picture's size (rounded up to whole cells of it and its padding).

    Core of a line (0..1); the reading direction's cosine and sine; distances to the line's top and to its base
    in the picture's pixels.
    """
    height, width = grey.shape
    below, right = -height % _SIDES, -width % _SIDES
    padded = cv2.copyMakeBorder(grey, 0, below, 0, right, cv2.BORDER_REPLICATE)
    page = np.asarray(padded, np.float32)[None, None] / np.float32(255)
    maps = np.array(_session().run(["maps"], {"page": page})[0][0], np.float32)
    maps[0] = 1 / (1 + np.exp(-maps[0]))
    maps[3:] = UNIT * np.exp(np.clip(maps[3:], -4, 3))
    # Padding repeats the border, print included: nothing is a line there.
    maps[0, -(-height // STRIDE) :] = 0
    maps[0, :, -(-width // STRIDE) :] = 0
    return maps
