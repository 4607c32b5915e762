"""A page's machine-readable zone, from pixels to values: find its lines, straighten them, read and decode them."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ocr.glyphs import find_glyphs
from ocr.mrz.decoding import Decoded, decode
from ocr.mrz.document import MrzDocument, parse
from ocr.mrz.faintness import is_faint
from ocr.mrz.finder import find, straighten
from ocr.mrz.recogniser import Image, lattices
from ocr.mrz.views import Quad

_MOST_ZONES = 3
# Seen so far: zones read exactly have -3.3 and more, other print less than -4.2 (contracts, tables).
LEAST_SCORE = -3.7


@dataclass(frozen=True)
class ZoneReading:
    """A zone as read. `quads` are its lines in page pixels, in the order of `decoded.lines`, each as it reads.

    `rival`: another zone elsewhere on the page says something else. `faint`: people may not see this one beside the
    page's other print. Neither is ever `valid`.
    """

    decoded: Decoded
    document: MrzDocument
    quads: tuple[Quad, ...]
    rival: bool = False
    faint: bool = False

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
    check digits together make likeliest, a clear one before a faint one. `today` settles the centuries.

    Accepted: a second zone that the finder does not see, or of which nothing can be made, is no rival.
    """
    found = [zone.lines for zone in find(grey)[:_MOST_ZONES]]
    readings = [reading for lines in found for reading in _either_way_up(grey, lines, today)]
    if not readings:
        return None
    glyphs = find_glyphs(grey)
    judged = [replace(each, faint=is_faint(grey, each.quads, glyphs)) for each in readings]
    best = max(judged, key=lambda reading: (not reading.faint, reading.decoded.score))
    best = replace(best, rival=any(_contradicts(other, best) for other in judged))
    relied = best.decoded.valid and not best.rival and not best.faint
    return replace(best, decoded=replace(best.decoded, valid=relied))


def _either_way_up(grey: Image, lines: Sequence[Quad], today: datetime.date) -> list[ZoneReading]:
    """What can be made out of these lines; they may be found rightly and taken to read the wrong way."""
    for quads in (lines, _turned(lines)):
        readings = [each for each in _readings(grey, quads, today) if each.decoded.score >= LEAST_SCORE]
        if readings:
            return readings
    return []


def _readings(grey: Image, lines: Sequence[Quad], today: datetime.date) -> Iterator[ZoneReading]:
    decoded = decode(lattices([straighten(grey, quad) for quad in lines]), today)
    if decoded is not None:
        yield ZoneReading(decoded, parse(decoded.lines, today), tuple(lines[line] for line in decoded.order))


def _contradicts(other: ZoneReading, reading: ZoneReading) -> bool:
    """Whether it reads otherwise and elsewhere: not the same lines turned, and neither is a part of the other."""
    return (
        other.decoded.lines != reading.decoded.lines
        and not _within(other.quads, reading.quads)
        and not _within(reading.quads, other.quads)
    )


def _within(quads: Sequence[Quad], others: Sequence[Quad]) -> bool:
    """Whether each line is one of the others, or a stretch of it."""
    return all(any(_same_line(quad, other) for other in others) for quad in quads)


def _same_line(quad: Quad, other: Quad) -> bool:
    height, their_height = (float(np.linalg.norm(each[3] - each[0])) for each in (quad, other))
    x, y = (float(part) for part in quad.mean(0))
    near = cv2.pointPolygonTest(other, (x, y), True) > -0.5 * their_height
    return near and 0.5 < height / max(1e-6, their_height) < 2


def _turned(quads: Sequence[Quad]) -> tuple[Quad, ...]:
    """The same lines with the page on its head."""
    return tuple(np.roll(quad, 2, 0) for quad in reversed(quads))
