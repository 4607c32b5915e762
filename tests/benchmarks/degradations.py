"""Good pages made bad in known ways, and changed in ways that harm nothing: what the quality verdict is measured on.

Strengths are told in heights of a letter, as blur and size matter to a reader. Between what is called harmless and
what is called a flaw lies a gap, in which Tesseract loses some words and not others: nothing is generated there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.quality.findings import Flaw
from tests.benchmarks.picture_changes import (
    Picture,
    Random,
    camera,
    cropped,
    defocused,
    lit,
    moved,
    resized,
    with_finger,
)


@dataclass(frozen=True)
class Good:
    """A page without flaw: RGB, its print's glyphs (left, top, width, height), a letter's height, its zone's lines.

    `photographed`: it shows a light's colour and a table's edge, so glare on it looks as it does in life.
    """

    name: str
    kind: str
    rgb: Picture
    glyphs: NDArray[np.float32]
    size: float
    lines: tuple[NDArray[np.float32], ...]
    photographed: bool


@dataclass(frozen=True)
class Sample:
    """A changed page, handed in as `kind`; `flaws` must be found, `allowed` may be, others are false alarms."""

    name: str
    kind: str
    rgb: Picture
    flaws: frozenset[Flaw]
    allowed: frozenset[Flaw] = frozenset()


def samples(good: Good, random: Random) -> Iterator[Sample]:
    """Every change that makes sense for this page, with strengths and places drawn from `random`."""
    for make in _CONTRACT if good.kind == "contract" else _PASSPORT:
        yield from make(good, random)


def _flawed(good: Good, how: str, rgb: Picture, flaw: Flaw, *allowed: Flaw) -> Sample:
    return Sample(f"{good.name} {how}", good.kind, rgb, frozenset((flaw,)), frozenset(allowed))


def _harmless(good: Good, how: str, rgb: Picture) -> Sample:
    return Sample(f"{good.name} {how}", good.kind, rgb, frozenset())


def blurred(good: Good, random: Random) -> Iterator[Sample]:
    """Out of focus, moved; and sharp pages that a simpler measure takes for blurred ones, or the reverse."""
    size = good.size
    for strength in (0.28, 0.4, 0.6):
        soft = cv2.GaussianBlur(good.rgb, (0, 0), strength * size)
        noise = float(random.choice((0, 3, 8)))
        yield _flawed(good, f"gauss {strength} noise {noise}", camera(soft, random, noise), Flaw.BLURRED)
    radius = float(random.choice((0.55, 0.8))) * size
    yield _flawed(
        good, f"focus {radius / size:.2f}", camera(defocused(good.rgb, radius), random, 2), Flaw.BLURRED
    )
    length = float(random.choice((1.2, 1.8))) * size
    shaken = moved(good.rgb, length, float(random.uniform(0, 180)))
    yield _flawed(good, f"moved {length / size:.1f}", camera(shaken, random, 2), Flaw.BLURRED)
    slight = cv2.GaussianBlur(good.rgb, (0, 0), 0.08 * size)
    yield _harmless(good, "slightly soft", camera(slight, random, 2))
    yield _harmless(good, "noisy", camera(good.rgb, random, 9))
    if good.kind == "contract":
        yield _harmless(good, "little print", camera(_little_print(good, random), random, 2))


def too_small(good: Good, random: Random) -> Iterator[Sample]:
    """Reduced until letters are gone, and to a size that still reads."""
    bad, fine = ((2.2, 2.9), (5.5, 8.0)) if good.kind == "contract" else ((2.4, 3.4), (7.5, 9.0))
    for height in bad:
        small = resized(good.rgb, height / good.size)
        yield _flawed(
            good,
            f"{height} px",
            camera(small, random, 1),
            Flaw.TOO_SMALL,
            Flaw.MRZ_MISSING,
            Flaw.WRONG_SIDE,
            Flaw.BLURRED,
        )
    for height in fine:
        if height < good.size:
            yield _harmless(
                good, f"{height} px", camera(resized(good.rgb, height / good.size), random, 1, 92)
            )


def too_dark(good: Good, random: Random) -> Iterator[Sample]:
    """So little light that noise outweighs print, and a dim room in which it does not."""
    for light, noise in ((0.07, 5.0), (0.04, 3.5)):
        yield _flawed(
            good,
            f"dark {light}",
            camera(good.rgb * light, random, noise),
            Flaw.TOO_DARK,
            Flaw.MRZ_MISSING,
            Flaw.WRONG_SIDE,
            Flaw.BLANK,
        )
    for light, noise in ((0.45, 2.0), (0.3, 1.5)):
        yield _harmless(good, f"dim {light}", camera(good.rgb * light, random, noise))


def glare(good: Good, random: Random) -> Iterator[Sample]:
    """White light over print; the same beside it; a glow through which print shows."""
    if not good.photographed:
        return
    short = min(good.rgb.shape[:2])
    for share in (0.05, 0.1):
        left, top, width, height = good.glyphs[random.integers(len(good.glyphs))]
        shining = lit(good.rgb, (left + width / 2, top + height / 2), max(share * short, 2 * good.size), 330)
        # Over the zone it hides glyphs from the finder too.
        yield _flawed(
            good, f"glare {share}", camera(shining, random, 2), Flaw.GLARE, Flaw.MRZ_MISSING, Flaw.WRONG_SIDE
        )
    beside = _free_place(good, 0.06 * short, random)
    if beside is not None:
        yield _harmless(good, "glare beside", camera(lit(good.rgb, beside, 0.035 * short, 330), random, 2))
    left, top = good.glyphs[random.integers(len(good.glyphs))][:2]
    yield _harmless(good, "glow", camera(lit(good.rgb, (left, top), 0.12 * short, 40, most=238), random, 2))


def cut_contract(good: Good, random: Random) -> Iterator[Sample]:
    """Each side cut through the print; and cropped with a narrow margin left."""
    left, top = np.percentile(good.glyphs[:, :2], 1.5, axis=0)
    right, bottom = np.percentile(good.glyphs[:, :2] + good.glyphs[:, 2:], 98.5, axis=0)
    width, height = right - left, bottom - top
    share = float(random.uniform(0.08, 0.3))
    whole = [0, 0, good.rgb.shape[1], good.rgb.shape[0]]
    middles = good.glyphs[:, 1] + good.glyphs[:, 3] / 2
    upper, lower = (  # through a line: between two lines nobody sees that there were more
        middles[np.abs(middles - edge).argmin()] for edge in (top + share * height, bottom - share * height)
    )
    at = (left + share * width, upper, right - share * width, lower)
    for side, name in enumerate(("left", "top", "right", "bottom")):
        frame = list(whole)
        frame[side] = int(at[side])
        yield _flawed(good, f"cut {name} {share:.2f}", cropped(good.rgb, frame), Flaw.CUT_EDGE)
    (l0, t0), room = good.glyphs[:, :2].min(0), 2.5 * good.size
    r0, b0 = (good.glyphs[:, :2] + good.glyphs[:, 2:]).max(0)
    close = [max(0, int(l0 - room)), max(0, int(t0 - room)), int(r0 + room), int(b0 + room)]
    yield _harmless(good, "cropped close", cropped(good.rgb, close))


def cut_passport(good: Good, random: Random) -> Iterator[Sample]:
    """The zone's first or last glyphs outside the picture; and a crop close around it."""
    points = np.concatenate(good.lines)
    (left, _), (right, bottom) = points.min(0), points.max(0)
    share = float(random.uniform(0.06, 0.2))
    whole = [0, 0, good.rgb.shape[1], good.rgb.shape[0]]
    for side, at, name in (
        (0, left + share * (right - left), "left"),
        (2, right - share * (right - left), "right"),
    ):
        frame = list(whole)
        frame[side] = int(at)
        yield _flawed(
            good, f"cut {name}", cropped(good.rgb, frame), Flaw.CUT_EDGE, Flaw.MRZ_MISSING, Flaw.WRONG_SIDE
        )
    pitch = (right - left) / 44
    height = (right - left) * 0.75
    close = [left - 1.5 * pitch, bottom - height, right + 1.5 * pitch, bottom + 2 * pitch]
    yield _harmless(good, "cropped close", cropped(good.rgb, [max(0, int(at)) for at in close]))


def missing_zone(good: Good, random: Random) -> Iterator[Sample]:
    """The zone covered by a sheet of paper, or below the picture's edge: only the face tells what page it is."""
    points = np.concatenate(good.lines)
    (left, top), (right, bottom) = points.min(0).astype(int), points.max(0).astype(int)
    margin = int(0.04 * (right - left))
    covered = good.rgb.copy()
    ground = np.median(
        good.rgb[max(0, top - 2 * margin) : max(1, top - margin), left:right].reshape(-1, 3), axis=0
    )
    covered[max(0, top - margin) : bottom + margin, max(0, left - 2 * margin) : right + 2 * margin] = ground
    yield _flawed(good, "zone covered", camera(covered, random, 2), Flaw.MRZ_MISSING)
    above = cropped(good.rgb, [0, 0, good.rgb.shape[1], top - margin])
    if min(above.shape[:2]) > 400:
        yield _flawed(
            good, "zone below the picture", camera(above, random, 2), Flaw.MRZ_MISSING, Flaw.CUT_EDGE
        )


def finger(good: Good, random: Random) -> Iterator[Sample]:
    """A thumb over either end of the zone or its middle; and one that holds the page elsewhere."""
    points = np.concatenate(good.lines)
    (left, top), (right, bottom) = points.min(0), points.max(0)
    length, middle = right - left, (top + bottom) / 2
    places = (
        ("left", left + 0.05 * length),
        ("right", right - 0.06 * length),
        ("middle", left + 0.5 * length),
    )
    name, across = places[random.integers(3)]
    wide = 0.11 * length
    yield _flawed(
        good,
        f"finger {name}",
        camera(with_finger(good.rgb, (across, middle), wide, random), random, 2),
        Flaw.FINGER,
        Flaw.MRZ_MISSING,
    )
    held = with_finger(
        good.rgb, (left + 0.3 * length, max(0.0, top - 0.62 * length)), wide, random, upwards=True
    )
    yield _harmless(good, "finger elsewhere", camera(held, random, 2))


def blank(good: Good, random: Random) -> Iterator[Sample]:
    """The back of a sheet: paper, a shadow and noise."""
    height, width = good.rgb.shape[:2]
    shade = np.linspace(1, float(random.uniform(0.6, 0.95)), width)[None, :, None]
    sheet = np.full((height, width, 3), random.uniform(190, 240)) * shade
    yield _flawed(good, "blank", camera(sheet, random, 2), Flaw.BLANK)


def wrong_side(good: Good, random: Random) -> Iterator[Sample]:
    """A contract's page where a passport's should be."""
    name = f"{good.name} as a passport"
    yield Sample(name, "passport", camera(good.rgb, random, 2), frozenset((Flaw.WRONG_SIDE,)))


def untouched(good: Good, random: Random) -> Iterator[Sample]:
    """As it is."""
    yield _harmless(good, "as it is", good.rgb)


Make = Callable[[Good, Random], Iterator[Sample]]
_BOTH: tuple[Make, ...] = (untouched, blurred, too_small, too_dark, glare, blank)
_CONTRACT: tuple[Make, ...] = (*_BOTH, cut_contract, wrong_side)
_PASSPORT: tuple[Make, ...] = (*_BOTH, cut_passport, missing_zone, finger)


def _free_place(good: Good, radius: float, random: Random) -> tuple[float, float] | None:
    """Somewhere no print is near."""
    height, width = good.rgb.shape[:2]
    middles = good.glyphs[:, :2] + good.glyphs[:, 2:] / 2
    for _ in range(200):
        at = random.uniform((0, 0), (width, height))
        if np.hypot(*(middles - at).T).min() > 2 * radius:
            return float(at[0]), float(at[1])
    return None


def _little_print(good: Good, random: Random) -> Picture:
    """All but a few lines painted over with the paper beside them."""
    kept = good.glyphs[random.integers(len(good.glyphs)), 1]
    sheet = good.rgb.copy()
    paper = cv2.medianBlur(cv2.dilate(resized(good.rgb, 0.125), np.ones((5, 5), np.uint8)), 15)
    paper = cv2.resize(paper, sheet.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    for left, top, width, height in good.glyphs.astype(int).tolist():
        if abs(top - kept) > 4 * good.size:
            part = (slice(max(0, top - 8), top + height + 8), slice(max(0, left - 8), left + width + 8))
            sheet[part] = paper[part]
    return sheet
