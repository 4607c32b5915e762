"""Where a page's machine-readable zones lie, at any angle, and a straight strip of each line for the recogniser.

A small net marks the cores of the lines on the reduced page; what it marks is looked at again, straight and at one
size, so that ends and edges are exact however small the document lies in the picture.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.mrz.edges import fitted
from ocr.mrz.grouping import Group, evened, groups, levelled, score, turned, upright
from ocr.mrz.legibility import legibility
from ocr.mrz.line_maps import STRIDE, Maps, line_maps
from ocr.mrz.pitch import evenness
from ocr.mrz.traces import Trace, traces
from ocr.mrz.views import Image, Quad, View, view

_FIRST_SIDES = (640, 1152)  # of the reduced page; the second only when the first shows nothing good
_LOOK = 704  # width of the second look, along the zone
_LOOK_MARGIN = 60
_LOOK_CAPITAL = 16.0  # pixels: no taller than the net was taught
_RIM = 16  # around the reduced page: print that runs to the very edge keeps a ground to stand on
_SURE_AT_FIRST = 0.8
_GOOD = 0.75  # a better one than this ends the search
_LEAST_SCORE = 0.35
_SURE_BY_LOOK = 0.9  # at or above this a zone need not be set at an even pitch: small print blurs it
_LEAST_EVENNESS = 0.5
_LONGEST_OF_CARD = (
    44.0  # in capital heights, as the net sees them: 30 glyphs have 31.5, but it may take 24 for 31
)
_SURE_OF_WAY = 0.85  # below this vote (0..1) the zone is handed over both ways up
_MOST = 3  # zones looked at again
STRIP_HEIGHT, STRIP_CAPITAL, STRIP_MARGIN = 32, 18, 7


@dataclass(frozen=True)
class Zone:
    """Two or three lines in reading order, as quads around their glyphs in page pixels, and a score (0..1)."""

    lines: tuple[Quad, ...]
    score: float


def find(grey: Image) -> list[Zone]:
    """The page's zones, best first; none when the page has none.

    Lines are given as they read: from the first glyph's left edge to the last one's right, top of the capitals to
    their base. Where the reading direction is unclear the same zone comes twice, the less likely way up later.
    """
    found: list[Zone] = []
    for side in _FIRST_SIDES:
        for group in _worth_a_look(_seen(grey, side)):
            closer = _looked_at(grey, group)
            if len(closer) > 1 and score(closer) >= _LEAST_SCORE:
                found += _ways_up(grey, _completed(grey, _on_ink(grey, closer)), score(closer))
        if any(zone.score > _GOOD for zone in found) or side >= 1.2 * max(640, *grey.shape):
            break
    return sorted(_distinct(found), key=lambda zone: -zone.score)


def straighten(grey: Image, quad: Quad) -> Image:
    """One line as a level strip: 32 rows, capitals 18 rows tall in the middle, 7 columns before and after."""
    across = np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])
    along = np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])
    width = int(np.clip(round(STRIP_CAPITAL * float(along) / max(1.0, float(across))), 32, 2000))
    target = (
        np.array([[0, 0], [width, 0], [width, STRIP_CAPITAL], [0, STRIP_CAPITAL]], np.float32) + STRIP_MARGIN
    )
    return view(grey, quad, target, (width + 2 * STRIP_MARGIN, STRIP_HEIGHT)).grey


def _seen(grey: Image, side: int) -> list[Group]:
    """What the net marks on the reduced page, in page pixels."""
    scale = side / max(grey.shape)
    size = (max(8, round(grey.shape[1] * scale)), max(8, round(grey.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = np.asarray(cv2.resize(grey, size, interpolation=how), np.uint8)
    small = np.asarray(cv2.copyMakeBorder(small, _RIM, _RIM, _RIM, _RIM, cv2.BORDER_REPLICATE), np.uint8)
    ratio = np.array(grey.shape[::-1]) / size
    found = groups(traces(line_maps(small)))
    return [tuple(_moved(line, (line.quad - _RIM) * ratio) for line in group) for group in found]


def _worth_a_look(found: list[Group]) -> list[Group]:
    """The likeliest few, and none that is far behind the best."""
    return [group for group in found[:_MOST] if score(group) > 0.5 * score(found[0])]


def _moved(line: Trace, quad: NDArray[np.floating]) -> Trace:
    return Trace(np.asarray(quad, np.float32), line.strength, line.sureness)


def _looked_at(grey: Image, group: Group) -> Group:
    """The zone looked at again, straight and close; once more where its lines run out of the picture.

    A find that was all but sure stays as it was when the closer look shows much less of it.
    """
    best = group if score(group) > _SURE_AT_FIRST else group[:1]
    for _ in range(2):
        look, inside = _close_view(grey, group)
        found = groups(traces(_on_page(line_maps(look.grey), look.outline)))
        if not found:
            return best
        close = found[0]
        closer = tuple(_moved(line, look.on_page(line.quad)) for line in upright(close))
        if score(closer) < 0.8 * score(best):
            return best
        best = closer
        if not _cut(close, look.grey.shape[1]) and inside:
            return best
        group = best
    return best


def _on_page(maps: Maps, outline: Quad) -> Maps:
    """The maps without what lies beyond the page, where its border drawn out looks like strokes."""
    mask = np.zeros(maps.shape[1:], np.uint8)
    corners = np.clip(outline / STRIDE, -8000, 8000)
    cv2.fillConvexPoly(mask, np.round(corners).astype(np.int32), 1)
    maps[0] *= mask
    return maps


def _cut(group: Group, width: int) -> bool:
    """Whether a line reaches so far out that it may go on beyond the picture."""
    ends = [float(point[0]) for line in group for point in (line.start, line.end)]
    return min(ends) < _LOOK_MARGIN / 4 or max(ends) > width - _LOOK_MARGIN / 4


def _close_view(grey: Image, group: Group) -> tuple[View, bool]:
    """The group level in a picture of standard width with room around; and whether it was a likely zone's shape."""
    along = sum((line.end - line.start for line in group), np.zeros(2))
    along /= max(1e-6, float(np.linalg.norm(along)))
    normal = np.array([-along[1], along[0]])
    points = np.vstack([line.quad for line in group]).astype(np.float64)
    across, down = points @ along, points @ normal
    height = float(np.mean([line.height for line in group]))
    whole = len(group) > 1 and np.ptp(across) > 24 * height
    room = 2.2 * height if whole else 7 * height
    # A piece of a line: as wide a look as the longest line would need on either side.
    side = 0.0 if whole else max(0.0, (47 * height - np.ptp(across)) * 0.6)
    left, right = across.min() - side, across.max() + side
    low, high = down.min() - room, down.max() + room
    scale = min((_LOOK - 2 * _LOOK_MARGIN) / max(8.0, right - left), _LOOK_CAPITAL / max(1.0, height))
    rows = int(np.clip(np.ceil((high - low) * scale / 32) * 32, 96, 448))
    corners = [left * along + low * normal, right * along + low * normal]
    corners += [right * along + high * normal, left * along + high * normal]
    pad = (rows - (high - low) * scale) / 2
    beside = (_LOOK - (right - left) * scale) / 2
    x0, x1, y0, y1 = beside, _LOOK - beside, pad, rows - pad
    target = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
    return view(grey, np.array(corners, np.float32), target, (_LOOK, rows)), bool(whole)


def _exact(grey: Image, group: Group) -> Group:
    """The lines with their edges on the ink, equally long and tall."""
    for _ in range(2):
        lines = evened(levelled(group))
        group = tuple(_moved(line, fitted(grey, line.quad)) for line in lines)
    return evened(levelled(group))


def _on_ink(grey: Image, group: Group) -> Group:
    """The lines fitted to their ink, or as they were where a patterned ground has drawn them away from the glyphs."""
    exact = _exact(grey, group)
    if evenness(_strips(grey, exact), STRIP_MARGIN) >= _LEAST_EVENNESS:
        return exact
    return _most_legible(grey, (exact, evened(levelled(group))))


def _completed(grey: Image, group: Group) -> Group:
    """Two lines as long as a card's with the third, above or below: the easiest to miss when short or in glare."""
    if len(group) != 2 or max(line.length / line.height for line in group) > _LONGEST_OF_CARD:
        return group
    if not legibility(_strips(grey, group)).card:
        return group
    first, last = group
    step = last.quad - first.quad
    choices = (_moved(first, first.quad - step), first, last), (first, last, _moved(last, last.quad + step))
    return _most_legible(grey, tuple(_on_ink(grey, choice) for choice in choices))


def _most_legible(grey: Image, choices: tuple[Group, ...]) -> Group:
    return max(choices, key=lambda group: legibility(_strips(grey, group)).sureness)


def _strips(grey: Image, group: Group) -> list[Image]:
    return [straighten(grey, line.quad) for line in group]


def _ways_up(grey: Image, group: Group, worth: float) -> list[Zone]:
    """The zone as it reads, and upside down after it where that is unclear; nothing if it is ordinary print."""
    strips = _strips(grey, group)
    if worth < _SURE_BY_LOOK and evenness(strips, STRIP_MARGIN) < _LEAST_EVENNESS:
        # A patterned ground fills the gaps as print does: if it reads like a zone it is one, but the search goes on.
        if not legibility(strips).zone:
            return []
        worth = min(worth, _GOOD)
    sure = float(np.mean([line.sureness for line in group]))
    ways = [Zone(tuple(line.quad for line in group), worth)]
    if sure < _SURE_OF_WAY:
        ways.append(Zone(tuple(line.quad for line in turned(group)), worth * 0.5))
    return ways


def _distinct(zones: list[Zone]) -> list[Zone]:
    """Without a second find of the same lines the same way up."""
    kept: list[Zone] = []
    for zone in sorted(zones, key=lambda zone: -zone.score):
        start = zone.lines[0][0]
        length = float(np.linalg.norm(zone.lines[0][1] - start))
        if all(float(np.linalg.norm(other.lines[0][0] - start)) > 0.1 * length for other in kept):
            kept.append(zone)
    return kept
