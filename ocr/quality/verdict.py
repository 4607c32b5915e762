"""A page's quality in one call: what is wrong, where, and whether it must be photographed again.

Under 0.3 s for 12 megapixels on one core. A passport's zone is looked for by whoever reads it, and given here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ocr.cleanup.sheet import corners_at_border, sheet_with
from ocr.glyphs import Glyphs, find_glyphs
from ocr.pixels import Pixels
from ocr.quality.blank import is_blank
from ocr.quality.borders import cut_edges
from ocr.quality.findings import Box, Finding, Flaw, Verdict
from ocr.quality.glare import glare
from ocr.quality.light import is_dark, is_too_dark
from ocr.quality.portrait import has_portrait
from ocr.quality.sharpness import edge_width, sharpest_edges
from ocr.quality.zones import Zone, bounds, capital_height, cut, fingers, glyph_boxes, reduced
from ocr.recognise import Image, grey
from ocr.scaling import scaled

Kind = Literal["passport", "contract"]
_SURE_ZONE = 0.6  # what the finder takes for a zone on a page without one scores about 0.45
_SHORT_SIDE, _LONG_SIDE = 64, 400  # pixels: nothing can be told below; no print can be found below
_MOST_PIXELS = 12_000_000  # as a telephone takes them; more tell no more, and cost time
_LEAST_GLYPHS = 12
_X_HEIGHT = 0.75  # of a capital
_BLUR_REFUSED, _BLUR_TOLD = 0.125, 0.112  # heights of a letter: beyond, more than every second word is lost
_PIXELS_BLUR = 0.95  # pixels: letters of few pixels have no sharper edges
_NOTHING_SHARP = 0.004  # of the long side
_CONTRACT_REFUSED, _CONTRACT_TOLD = 3.6, 4.6  # pixels of a letter's height: a fifth of the words is lost at 4
_ZONE_REFUSED, _ZONE_TOLD = 5.5, 8.0  # pixels of a capital


@dataclass(frozen=True)
class _Print:
    """The print that counts, in page pixels: its boxes (left, top, width, height) and a letter's height."""

    boxes: NDArray[np.float32]
    size: float


def judge(page: Pixels, kind: Kind, zones: Sequence[Zone] = ()) -> Verdict:
    """What is wrong with a page, worst first; nothing for a good one.

    `zones` are the machine-readable zones found on a passport's page, best first. Judged are the zone, where there
    is one, and else all print. Accepted: a page without any print is not judged for blur by its print, and glare on
    paper that is itself white to the limit is not seen.
    """
    if min(page.width, page.height) < _SHORT_SIDE:
        return Verdict((Finding(Flaw.TOO_SMALL, None, "refuse"),))
    scale = min(1.0, math.sqrt(_MOST_PIXELS / (page.width * page.height)))
    if scale == 1:
        return _judged(page, kind, zones, 1.0)
    small = scaled(page.array, scale)
    less = Pixels(small.shape[1], small.shape[0], small.tobytes())
    verdict = _judged(less, kind, [reduced(zone, scale) for zone in zones], scale)
    return Verdict(tuple(replace(each, box=_enlarged(each.box, scale)) for each in verdict.findings))


def _enlarged(box: Box | None, scale: float) -> Box | None:
    """A place on the reduced page where it lies on the page itself."""
    if box is None:
        return None
    left, top, width, height = (int(side / scale) for side in box)
    return left, top, width, height


def _judged(page: Pixels, kind: Kind, zones: Sequence[Zone], scale: float) -> Verdict:
    """The verdict on a page that is `scale` times as large as what was handed in."""
    picture = grey(page.array)
    if is_blank(page):
        flaw = Flaw.TOO_DARK if is_dark(picture) else Flaw.BLANK
        return Verdict((Finding(flaw, None, "refuse"),))
    glyphs = find_glyphs(picture)
    zone = next((zone for zone in zones if zone.score >= _SURE_ZONE), None) if kind == "passport" else None
    printed = _zone_print(zone) if zone else _page_print(glyphs)
    findings = _darkness(glyphs, printed)
    if printed is None:
        findings = findings or _unprinted(page, glyphs)
    else:
        findings = findings or _legibility(picture, printed, glyphs, zone, scale)
        seen = glyphs.boxes / np.float32(glyphs.scale)
        findings += glare(page.array, seen, printed.size, printed.boxes if zone else None)
    if kind == "contract":
        findings += [] if _is_whole(glyphs) else cut_edges(glyphs)
    elif zone:
        findings += cut(zone, page.width, page.height) + fingers(page.array, zone)
    elif not any(finding.level == "refuse" for finding in findings):
        findings.append(_without_zone(page))
    return Verdict(tuple(sorted(findings, key=lambda finding: finding.level != "refuse")))


def _page_print(glyphs: Glyphs) -> _Print | None:
    if len(glyphs.boxes) < _LEAST_GLYPHS:
        return None
    boxes = glyphs.boxes / np.float32(glyphs.scale)
    return _Print(boxes, glyphs.size / glyphs.scale)


def _zone_print(zone: Zone) -> _Print:
    return _Print(glyph_boxes(zone), _X_HEIGHT * capital_height(zone))


def _darkness(glyphs: Glyphs, printed: _Print | None) -> list[Finding]:
    if printed is None:
        dark = is_dark(glyphs.grey)
    else:
        dark = is_too_dark(glyphs, printed.boxes * np.float32(glyphs.scale), printed.size * glyphs.scale)
    return [Finding(Flaw.TOO_DARK, None, "refuse")] if dark else []


def _legibility(
    picture: Image, printed: _Print, glyphs: Glyphs, zone: Zone | None, scale: float
) -> list[Finding]:
    """Small or blurred, one of them: blur breaks large letters into small scraps, small letters have wide edges."""
    size, blur = _size(printed, zone, scale), _blur(picture, printed, glyphs, zone)
    return size if any(finding.level == "refuse" for finding in size) else blur or size


def _size(printed: _Print, zone: Zone | None, scale: float) -> list[Finding]:
    refused, told = (_CONTRACT_REFUSED, _CONTRACT_TOLD)
    height = printed.size / scale
    if zone:
        refused, told, height = _ZONE_REFUSED, _ZONE_TOLD, height / _X_HEIGHT
    if height >= told:
        return []
    return [Finding(Flaw.TOO_SMALL, bounds(zone) if zone else None, "refuse" if height < refused else "warn")]


def _blur(picture: Image, printed: _Print, glyphs: Glyphs, zone: Zone | None) -> list[Finding]:
    noise = glyphs.noise / glyphs.scale  # averaging while reducing took that much away
    width = edge_width(picture, printed.boxes, printed.size, noise)
    if width is None or width < max(_BLUR_TOLD, _PIXELS_BLUR / printed.size):
        return []
    level: Literal["refuse", "warn"] = "refuse" if width >= _BLUR_REFUSED else "warn"
    return [Finding(Flaw.BLURRED, bounds(zone) if zone else None, level)]


def _unprinted(page: Pixels, glyphs: Glyphs) -> list[Finding]:
    """Why no print was found: a small picture, or one of which not even the strongest edges are sharp."""
    if max(page.width, page.height) < _LONG_SIDE:
        return [Finding(Flaw.TOO_SMALL, None, "refuse")]
    width = sharpest_edges(glyphs.grey, glyphs.noise)
    return [Finding(Flaw.BLURRED, None, "refuse")] if width > _NOTHING_SHARP * max(glyphs.grey.shape) else []


def _is_whole(glyphs: Glyphs) -> bool:
    """A sheet of which all four corners are seen, whatever lies beside it."""
    sheet = sheet_with(glyphs)
    return sheet is not None and not corners_at_border(sheet * np.float32(glyphs.scale), glyphs.grey)


def _without_zone(page: Pixels) -> Finding:
    """A face without the zone is the right page with its zone hidden; without one it is another page."""
    return Finding(Flaw.MRZ_MISSING if has_portrait(page.array) else Flaw.WRONG_SIDE, None, "refuse")
