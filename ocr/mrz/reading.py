"""A page's machine-readable zone, from pixels to values: find its lines, straighten them, read and decode them."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ocr.mrz.decoding import Decoded, decode
from ocr.mrz.document import MrzDocument, parse
from ocr.mrz.finder import find, straighten
from ocr.mrz.recogniser import Image, lattices
from ocr.mrz.views import Quad

_MOST_ZONES = 3
# Seen so far: zones read exactly have -3.3 and more, other print less than -4.2 (contracts, tables).
LEAST_SCORE = -3.7


@dataclass(frozen=True)
class ZoneReading:
    """A zone as read. `quads` are its lines in page pixels, in the order of `decoded.lines`, each as it reads."""

    decoded: Decoded
    document: MrzDocument
    quads: tuple[Quad, ...]

    def place(self, line: int, start: int, end: int) -> Quad:
        """Where glyphs start..end-1 of a line stand on the page: top left, top right, bottom right, bottom left."""
        top_left, top_right, bottom_right, bottom_left = self.quads[line]
        width = len(self.decoded.lines[line])
        corners = (
            top_left + (top_right - top_left) * (start / width),
            top_left + (top_right - top_left) * (end / width),
            bottom_left + (bottom_right - bottom_left) * (end / width),
            bottom_left + (bottom_right - bottom_left) * (start / width),
        )
        return np.asarray(np.stack(corners), np.float32)


def read_zone(grey: Image, today: datetime.date) -> ZoneReading | None:
    """The page's zone, whichever way the page lies; None where there is none that can be made out.

    Of several candidates (places on the page, either way up) the one is taken that its format, the picture and the
    check digits together make likeliest. `today` settles the centuries.
    """
    found = [zone.lines for zone in find(grey)[:_MOST_ZONES]]
    readings = [reading for lines in found for reading in _readings(grey, lines, today)]
    if found and not any(_made_out(reading) for reading in readings):
        # Lines may be found rightly and taken to read the wrong way.
        readings += _readings(grey, _turned(found[0]), today)
    best = max(readings, key=lambda reading: reading.decoded.score, default=None)
    return best if best is not None and _made_out(best) else None


def _made_out(reading: ZoneReading) -> bool:
    return reading.decoded.score >= LEAST_SCORE


def _readings(grey: Image, lines: Sequence[Quad], today: datetime.date) -> Iterator[ZoneReading]:
    decoded = decode(lattices([straighten(grey, quad) for quad in lines]), today)
    if decoded is not None:
        yield ZoneReading(decoded, parse(decoded.lines, today), tuple(lines[line] for line in decoded.order))


def _turned(quads: Sequence[Quad]) -> tuple[Quad, ...]:
    """The same lines with the page on its head."""
    return tuple(np.roll(quad, 2, 0) for quad in reversed(quads))
