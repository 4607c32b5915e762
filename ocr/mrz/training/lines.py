"""Training lines for the recogniser: printed, photographed and straightened again as `finder.straighten` would.

Severity runs over the levels 0 (a clean scan) to 4 (hardly readable); every line comes from the seeded generator alone.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.mrz.training import degrade, glyphs
from ocr.mrz.training.texts import LETTERS, text

STRIP, CAPITAL_ROWS, MARGIN = 32, 18, 7
_SIDE = 230  # canvas columns left and right of the line
# Lowest and highest capital height in the photograph, by level.
_CAPITALS = ((15, 40), (12, 34), (9.5, 26), (7, 20), (4.8, 13))
LEVELS = len(_CAPITALS)

Matrix = NDArray[Any]


@dataclass(frozen=True)
class Line:
    """A strip (`STRIP` rows), what it says, and the column of each glyph's centre."""

    strip: NDArray[np.uint8]
    text: str
    centres: NDArray[np.float64]


def render(rng: np.random.Generator, level: int, said: str, widest: int | None = None) -> Line:
    """Renders `said` at a level; glyphs not at least half inside the strip and its `widest` columns are left out."""
    severity = float(np.clip((level + rng.uniform(-0.5, 0.5)) / (LEVELS - 1), 0, 1))
    ink, centres, pitch = _printed(rng, said, severity)
    strip_of, width = _strip_of_canvas(rng, centres, pitch, severity)
    width = width if widest is None else min(width, widest)
    low, high = _CAPITALS[level]
    capital = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    photo, photo_of = _photograph(rng, ink, np.linalg.inv(strip_of), (width, capital), severity)
    strip = _straighten(rng, photo, strip_of @ np.linalg.inv(photo_of), width, capital)
    points = strip_of @ np.stack(
        [centres, np.full(len(said), (glyphs.TOP + glyphs.BASE) / 2), np.ones(len(said))]
    )
    columns = points[0] / points[2]
    seen = (columns > 5.5) & (columns < width - 5.5)
    return Line(strip, "".join(g for g, s in zip(said, seen, strict=True) if s), columns[seen])


def draw(rng: np.random.Generator, level: int, longest: int, widest: int | None = None) -> Line:
    """A line of up to `longest` glyphs that nobody ever printed."""
    length = longest if rng.random() < 0.35 else int(rng.integers(max(3, longest // 4), longest + 1))
    return render(rng, level, text(rng, length), widest)


def _printed(
    rng: np.random.Generator, said: str, severity: float
) -> tuple[NDArray[Any], NDArray[np.float64], float]:
    """The canvas's ink, the glyphs' centres and the pitch."""
    # ICAO Doc 9303 part 3 asks for 2.54 mm at capitals of about 2.4 mm; cards are found from 0.9 to 1.7.
    pitch = float(rng.normal(42.8, 1.8) if rng.random() < 0.72 else rng.uniform(37, 66))
    canvas = np.zeros((glyphs.HEIGHT, round(len(said) * pitch) + 2 * _SIDE), np.uint8)
    chosen = glyphs.draw_cut(rng)
    at = (_SIDE + pitch / 2, pitch, float(glyphs.BASE))
    centres = np.array(glyphs.set_line(rng, canvas, chosen, said, at))
    intruders = np.zeros_like(canvas)
    for side in (-1, 1):
        if rng.random() < 0.35:
            base = glyphs.BASE + side * float(rng.uniform(70, 110))
            glyphs.set_line(rng, intruders, chosen, text(rng, len(said)), (at[0], pitch, base))
        elif rng.random() < 0.25:
            _intrude(rng, intruders, side)
    ink = glyphs.press(rng, np.maximum(canvas, intruders), severity)
    if rng.random() < 0.15:
        _rule(rng, ink, centres, pitch)
    if rng.random() < 0.15:
        _beside(rng, ink, centres, pitch)
    return ink, centres, pitch


def _intrude(rng: np.random.Generator, canvas: NDArray[np.uint8], side: int) -> None:
    """Ordinary print above or below, not always clear of the line."""
    words = " ".join(
        "".join(LETTERS[i] for i in rng.integers(26, size=int(rng.integers(1, 9)))) for _ in range(6)
    )
    if rng.random() < 0.6:
        words = words.lower()
    print_ = glyphs.prose(glyphs.PROSE[int(rng.integers(4))], words, int(rng.integers(26, 70)))
    print_ = print_[:, : canvas.shape[1]]
    gap = int(rng.integers(-3, 16))
    left = int(rng.integers(0, canvas.shape[1] - print_.shape[1] + 1))
    if side < 0:
        bottom = glyphs.TOP - gap
        print_ = print_[-bottom:]
        canvas[bottom - print_.shape[0] : bottom, left : left + print_.shape[1]] = print_
    else:
        top = glyphs.BASE + gap
        print_ = print_[: glyphs.HEIGHT - top]
        canvas[top : top + print_.shape[0], left : left + print_.shape[1]] = print_


def _rule(rng: np.random.Generator, ink: NDArray[Any], centres: NDArray[np.float64], pitch: float) -> None:
    """A frame's rule along the line or across one of its ends."""
    thick, dark = int(rng.integers(1, 7)), float(rng.uniform(0.3, 1))
    if rng.random() < 0.6:
        row = (
            glyphs.TOP - int(rng.integers(4, 20))
            if rng.random() < 0.5
            else glyphs.BASE + int(rng.integers(4, 20))
        )
        part = ink[max(0, row - thick) : row]
    else:
        out = pitch * float(rng.uniform(0.62, 1.6))
        column = round(centres[0] - out if rng.random() < 0.5 else centres[-1] + out)
        part = ink[:, column : column + thick]
    np.maximum(part, dark, out=part)


def _beside(rng: np.random.Generator, ink: NDArray[Any], centres: NDArray[np.float64], pitch: float) -> None:
    """Something else beyond one end: a page's edge with the table behind it, or what is printed next to the zone."""
    out = pitch * float(rng.uniform(0.75, 2))
    before = rng.random() < 0.5
    place = ink[:, : max(0, round(centres[0] - out))] if before else ink[:, round(centres[-1] + out) :]
    if rng.random() < 0.4:
        np.maximum(place, float(rng.uniform(0.1, 1)), out=place)
        return
    words = "".join(LETTERS[i] for i in rng.integers(26, size=12)).capitalize()
    print_ = glyphs.prose(glyphs.PROSE[int(rng.integers(4))], words, int(rng.integers(26, 80)))
    top = int(rng.integers(10, glyphs.BASE))
    print_ = print_[: place.shape[0] - top, : place.shape[1]]
    part = (
        place[top : top + print_.shape[0], -print_.shape[1] :] if before else place[top:, : print_.shape[1]]
    )
    part = part[: print_.shape[0]]
    np.maximum(part, print_ * (float(rng.uniform(0.4, 1)) / 255), out=part)


def _strip_of_canvas(
    rng: np.random.Generator, centres: NDArray[np.float64], pitch: float, severity: float
) -> tuple[Matrix, int]:
    """From canvas to strip, and the strip's width: where a finder that errs a little puts the line's corners."""
    left, right = centres[0] - pitch / 2 + 3, centres[-1] + pitch / 2 - 3
    corners = np.array(
        [[left, glyphs.TOP], [right, glyphs.TOP], [right, glyphs.BASE], [left, glyphs.BASE]], np.float64
    )
    wild = float(rng.choice((1.0, 2.0, 3.2), p=(0.45, 0.37, 0.18)))  # near, fair, poor corners
    shift = np.clip(rng.normal(0, 0.045 * wild), -0.2, 0.2) * glyphs.CAPITAL
    for end, (top, bottom) in enumerate(((0, 3), (1, 2))):
        slope = np.clip(rng.normal(0, 0.04 * wild), -0.2, 0.2) * glyphs.CAPITAL
        grow = np.clip(rng.normal(0.01, 0.055 * wild), -0.3, 0.36) * glyphs.CAPITAL / 2
        corners[top, 1] += shift + slope - grow
        corners[bottom, 1] += shift + slope + grow
        out = rng.normal(2, 5) if rng.random() < 0.55 else rng.uniform(-8, 130)
        lean = rng.normal(0, 0.04 * wild) * glyphs.CAPITAL
        sign = -1 if end == 0 else 1
        corners[top, 0] += sign * out + lean
        corners[bottom, 0] += sign * out - lean
    stretch = float(np.clip(rng.normal(1, 0.05 + 0.02 * severity), 0.86, 1.15))
    # The strip's width follows the quad's, so a quad that is too high makes narrow glyphs as well as low ones.
    high = (corners[3, 1] - corners[0, 1] + corners[2, 1] - corners[1, 1]) / 2
    wide = (corners[1, 0] - corners[0, 0]) * CAPITAL_ROWS / high * stretch
    m, c = MARGIN, CAPITAL_ROWS
    target = np.array([[m, m], [m + wide, m], [m + wide, m + c], [m, m + c]])
    strip_of = cv2.getPerspectiveTransform(corners.astype(np.float32), target.astype(np.float32))
    return np.asarray(strip_of, np.float64), max(24, round(wide) + 2 * MARGIN)


def _photograph(
    rng: np.random.Generator,
    ink: NDArray[Any],
    canvas_of_strip: Matrix,
    size: tuple[int, float],
    severity: float,
) -> tuple[NDArray[np.uint8], Matrix]:
    """What the camera saves of the part that the strip will show; and the map from canvas to photograph."""
    width, capital = size
    shrink = capital / glyphs.CAPITAL
    near = min(1.0, shrink * 1.3)  # reduced by areas first, so that the warp does not alias
    if near < 1:
        ink = cv2.resize(ink, None, fx=near, fy=near, interpolation=cv2.INTER_AREA)
    turn = float(rng.normal(0, 0.5) if rng.random() < 0.6 else rng.uniform(-9, 9)) * np.pi / 180
    squeeze = float(rng.uniform(0.9, 1.1))
    spin = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1.0]])
    photo_of = spin @ np.diag([shrink * squeeze, shrink, 1.0])
    edge = np.array([[-2, width + 2, width + 2, -2], [-2, -2, STRIP + 2, STRIP + 2], [1, 1, 1, 1.0]])
    seen = photo_of @ canvas_of_strip @ edge
    seen = seen[:2] / seen[2]
    low = seen.min(axis=1) - rng.uniform(0, 1, 2) - 2
    photo_of = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1.0]]) @ photo_of
    wide, high = (int(v) + 3 for v in np.ceil(seen.max(axis=1) - low))
    coverage = cv2.warpPerspective(ink, photo_of @ np.diag([1 / near, 1 / near, 1.0]), (wide, high))
    white = rng.uniform(110, 250)
    contrast = rng.uniform(0.92 - 0.55 * severity, 1)
    sheet = white * (1 + rng.uniform(0, 0.12 + 0.28 * severity) * degrade.paper(rng, (high, wide)))
    if rng.random() < 0.5:
        sheet = sheet * (1 + rng.uniform(0, 0.2) * degrade.paper(rng, (high, wide)))
    dark = white * (1 - contrast)
    picture = sheet + (dark - sheet) * coverage
    if rng.random() < 0.12 + 0.2 * severity:  # lamination and holograms lie over the ink too
        picture = picture + rng.uniform(5, 20 + 50 * severity) * degrade.paper(rng, (high, wide))
    picture = degrade.light(rng, picture.astype(np.float32), severity)
    picture = degrade.lens(rng, picture, capital, severity)
    return degrade.sensor(rng, picture, severity), photo_of


def _straighten(
    rng: np.random.Generator, photo: NDArray[Any], strip_of: Matrix, width: int, capital: float
) -> NDArray[np.uint8]:
    if capital > 1.3 * CAPITAL_ROWS:
        fit = 1.1 * CAPITAL_ROWS / capital
        photo = cv2.resize(photo, None, fx=fit, fy=fit, interpolation=cv2.INTER_AREA)
        strip_of = strip_of @ np.diag([1 / fit, 1 / fit, 1.0])
    back = np.linalg.inv(strip_of)
    x, y = np.meshgrid(np.arange(width), np.arange(STRIP))
    if rng.random() < 0.2:  # a bent page
        y = y + rng.normal(0, 0.7) * np.sin(x * rng.uniform(0.003, 0.03) + rng.uniform(0, 6.3))
    depth = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    from_x = ((back[0, 0] * x + back[0, 1] * y + back[0, 2]) / depth).astype(np.float32)
    from_y = ((back[1, 0] * x + back[1, 1] * y + back[1, 2]) / depth).astype(np.float32)
    way = cv2.INTER_LINEAR if rng.random() < 0.6 else cv2.INTER_CUBIC
    return np.asarray(cv2.remap(photo, from_x, from_y, way, borderMode=cv2.BORDER_REPLICATE), np.uint8)
