"""Measures the finder on drawn pages of full size that its training never saw: what models/finder.md reports.

python -m ocr.mrz.training.measure_finder --pages 200 --seed 99
"""

import argparse
import time

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.mrz.finder import Zone, find
from ocr.mrz.training.drawing import Floats, Grey, Rng
from ocr.mrz.training.pages import Pool, anywhere, backdrop, put
from ocr.mrz.training.photographing import degrade

_CAPITALS = (9.0, 40.0)  # pixels on a page of 1600 x 1200: what a recogniser can read, and up


def page(rng: Rng, pool: Pool, zone: bool) -> tuple[Grey, list[Floats]]:
    """A photographed page of 1600 x 1200 and the true quads of its lines, all within the picture."""
    while True:
        canvas = backdrop(rng, pool, 1600, 1200)
        drawing = pool.take(zone)
        matrix = anywhere(rng, drawing, 1600, 1200, _CAPITALS)
        quads = [cv2.perspectiveTransform(quad[None], matrix)[0] for quad in drawing.lines]
        corners = np.vstack(quads) if quads else np.full((1, 2), 600.0)
        if corners.min() > 2 and corners[:, 0].max() < 1598 and corners[:, 1].max() < 1198:
            canvas, _ = put(rng, canvas, drawing, matrix)
            return degrade(rng, canvas, ()), [np.asarray(quad, np.float32) for quad in quads]


def misfits(zone: Zone, quads: list[Floats]) -> NDArray[np.float64] | None:
    """Distances of corners along and across the line in capital heights, lines x 4 x 2; None if other lines."""
    if len(zone.lines) != len(quads):
        return None
    off = []
    for found, true in zip(zone.lines, quads, strict=True):
        along = (true[1] - true[0]) / np.linalg.norm(true[1] - true[0])
        height = np.linalg.norm(true[3] - true[0])
        axes = np.column_stack([along, [-along[1], along[0]]])
        off.append((found - true) @ axes / height)
    return np.array(off)


def main() -> None:
    """Print found shares, corner errors and time."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=int, default=200)
    options.add_argument("--seed", type=int, default=99)
    chosen = options.parse_args()
    cv2.setNumThreads(1)
    rng = np.random.default_rng(chosen.seed)
    pool = Pool(rng)
    good, upside, missed, off, spent = 0, 0, 0, [], []
    for _ in range(chosen.pages):
        grey, quads = page(rng, pool, zone=True)
        began = time.process_time()
        zones = find(grey)
        spent.append(time.process_time() - began)
        fits = [
            fit for zone in zones if (fit := misfits(zone, quads)) is not None and np.abs(fit).max() < 1.2
        ]
        good, missed = good + bool(fits), missed + (not zones)
        off += [np.abs(fits[0]).reshape(-1, 2)] if fits else []
        ways = zones[0].lines[0] if zones else None
        upside += ways is not None and bool((ways[1] - ways[0]) @ (quads[0][1] - quads[0][0]) < 0)
    along, across = np.quantile(np.vstack(off), (0.5, 0.95), axis=0).T
    false = sum(bool(find(page(rng, pool, zone=False)[0])) for _ in range(chosen.pages // 2))
    print(  # noqa: T201
        f"{chosen.pages} pages: right {good}, nothing {missed}, best upside down {upside}; corners off in capital "
        f"heights (median, 95 %): along {along.round(3)}, across {across.round(3)}; {np.median(spent) * 1000:.0f} ms; "
        f"{chosen.pages // 2} pages without a zone: {false} with a find"
    )


if __name__ == "__main__":
    main()
