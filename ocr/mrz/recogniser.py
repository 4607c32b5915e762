"""Reads straightened lines: strips in, CTC log probabilities of the glyphs out. The net: `models/recogniser.md`."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Lattice = NDArray[np.float32]

HEIGHT = 32
STEP = 4
"""Columns of a strip for one step of its lattice."""

_MODEL = Path(__file__).parent / "models" / "recogniser.onnx"
_BATCH = 8  # a zone is three lines at most; more at once would only grow the memory


def lattices(strips: Sequence[Image]) -> list[Lattice]:
    """One lattice for each strip, in order: natural logarithms of probabilities, (T, 38), T = width / 4 rounded up.

    A row's classes are in the order of `alphabet.ALPHABET`, then `alphabet.BLANK`; `exp` of a row sums to one. Step
    `t` looks at the columns around `4 t`. Strips are grey, 32 rows high, of any width from 1; they may differ. Safe
    to call from several threads.

    Raises:
        ValueError: a strip is not 32 rows of grey.
    """
    out: list[Lattice] = []
    for start in range(0, len(strips), _BATCH):
        part = strips[start : start + _BATCH]
        (rows,) = _session().run(None, {"strips": normalised(part)})
        for row, strip in zip(rows, part, strict=True):
            out.append(np.asarray(row[: -(-strip.shape[1] // STEP)], np.float32))
    return out


def normalised(strips: Sequence[Image]) -> NDArray[np.float32]:
    """The net's input, (n, 1, 32, W): each strip with mean zero and deviation one, padded with zeros on its right.

    W is the widest strip's width, rounded up to whole steps.

    Raises:
        ValueError: a strip is not 32 rows of grey.
    """
    if any(strip.ndim != 2 or strip.shape[0] != HEIGHT or strip.shape[1] < 1 for strip in strips):
        raise ValueError("a strip is 32 rows of grey pixels")
    widest = max(strip.shape[1] for strip in strips)
    batch = np.zeros((len(strips), 1, HEIGHT, -(-widest // STEP) * STEP), np.float32)
    for place, strip in zip(batch, strips, strict=True):
        pixels = strip.astype(np.float32)
        # Four grey levels: a strip without print must not have its noise blown up into print.
        place[0, :, : strip.shape[1]] = (pixels - pixels.mean()) / max(float(pixels.std()), 4.0)
    return batch


@cache
def _session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(_MODEL, options, providers=["CPUExecutionProvider"])
