"""Drawn documents for the finder's training: passports, cards, visas with a zone, and pages without one.

Everything is invented here from a seeded generator: no photograph, no person, no real document.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from ocr.mrz.training.drawing import (
    BOTH,
    DIGITS,
    LETTERS,
    NEIGHBOURS,
    OCR_B,
    Floats,
    Grey,
    Rng,
    chars,
    cloud,
    fill,
    flourish,
    font_of,
    ground,
    ink_over,
    pick,
    text_block,
)

# Width and height in mm, glyphs a line, lines: Doc 9303 parts 4 (TD3), 5 (TD1), 6 (TD2) and 7 (MRV-A, MRV-B).
_KINDS = ((125, 88, 44, 2), (85.6, 54, 30, 3), (105, 74, 36, 2), (120, 80, 44, 2), (105, 74, 36, 2))
_SHARES = (0.45, 0.25, 0.12, 0.1, 0.08)


@dataclass(frozen=True)
class Drawing:
    """A document as drawn: its grey picture and, line by line, the zone's quads (see `ocr.mrz.finder.Quad`)."""

    grey: Grey
    lines: tuple[Floats, ...]


def zone_lines(rng: Rng, glyphs: int, count: int) -> list[str]:
    """Text shaped like a zone's lines: names with fillers, numbers with dates; check digits are not computed."""
    names = chars(rng, LETTERS, int(rng.integers(3, 14)))
    for _ in range(int(rng.integers(1, 4))):
        names += "<" * int(rng.integers(1, 3)) + chars(rng, LETTERS, int(rng.integers(2, 11)))
    head = pick(rng, ("P<", "PA", "ID", "I<", "AC", "V<", "C<")) + chars(rng, LETTERS, 3)
    dates = chars(rng, BOTH, 9) + chars(rng, DIGITS, 1) + chars(rng, LETTERS, 3)
    dates += chars(rng, DIGITS, 7) + pick(rng, ("M", "F", "<")) + chars(rng, DIGITS, 7)
    tail = chars(rng, BOTH, int(rng.integers(0, 15))) if rng.random() < 0.6 else ""
    end = chars(rng, DIGITS, int(rng.integers(0, 3)))
    if count == 2:
        second = (dates + tail).ljust(glyphs - len(end), "<")[: glyphs - len(end)] + end
        return [(head + names).ljust(glyphs, "<")[:glyphs], second]
    first = (head + chars(rng, BOTH, 9) + chars(rng, DIGITS, 1) + tail).ljust(glyphs, "<")[:glyphs]
    second = dates[13:] + dates[10:13] + chars(rng, BOTH, int(rng.integers(0, 11)))
    return [
        first,
        second.ljust(glyphs - 1, "<")[: glyphs - 1] + chars(rng, DIGITS, 1),
        names.ljust(glyphs, "<")[:glyphs],
    ]


def _print_zone(
    rng: Rng, grey: Grey, place: tuple[float, float, float, float], lines: list[str]
) -> tuple[Floats, ...]:
    """Print the lines with the first glyph's left at x and the first line's top at y; pitch and spacing in pixels."""
    x, y, pitch, spacing = place
    capital = pitch / rng.uniform(0.98, 1.16)
    other = rng.random() < 0.12
    path = pick(rng, NEIGHBOURS if other else OCR_B)
    trial = font_of(path, 100).getbbox("H", anchor="ls")
    font = font_of(path, max(6, round(100 * capital / -trial[1])))
    mask = Pillow.new("L", (grey.shape[1], grey.shape[0]), 0)
    draw = ImageDraw.Draw(mask)
    quads = []
    for row, text in enumerate(lines):
        base = y + capital + row * spacing
        for column, glyph in enumerate(text):
            draw.text((x + column * pitch, base), glyph, 255, font=font, anchor="ls")
        left = x + font.getbbox(text[0], anchor="ls")[0]
        right = x + (len(text) - 1) * pitch + font.getbbox(text[-1], anchor="ls")[2]
        top = base + font.getbbox("H", anchor="ls")[1]
        quads.append(np.array([[left, top], [right, top], [right, base], [left, base]], np.float32))
    ink = np.asarray(mask)
    weight = rng.random()
    if weight < 0.3 and capital > 14:
        ink = cv2.erode(ink, np.ones((2, 2), np.uint8))
    elif weight > 0.6:
        ink = cv2.dilate(ink, np.ones((2, 2) if capital < 26 else (3, 3), np.uint8))
    if rng.random() < 0.15:  # worn print
        ink = cv2.multiply(ink, cloud(rng, grey.shape, 6, 0.4, 1.3), dtype=cv2.CV_8U)
    ink_over(grey, np.asarray(ink, np.uint8), rng.uniform(0, 85), rng.uniform(0.75, 1))
    return tuple(quads)


def document(rng: Rng, zone: bool = True) -> Drawing:
    """A passport page, card or visa; without its zone it is one of the things that must not be found."""
    wide, high, glyphs, count = _KINDS[int(rng.choice(len(_KINDS), p=_SHARES))]
    scale = rng.uniform(5, 9)
    width, height = int(wide * scale * rng.uniform(0.94, 1.06)), int(high * scale * rng.uniform(0.9, 1.1))
    grey = ground(rng, width, height)
    pitch = 2.54 * scale * rng.uniform(0.92, 1.06)
    pitch = min(pitch, width * 0.985 / glyphs)
    spacing = pitch * (rng.uniform(2.1, 2.7) if count == 2 else rng.uniform(1.6, 2.6))
    if rng.random() < 0.05:
        spacing *= 1.25
    deep = spacing * (count - 1) + pitch
    y = height - deep - rng.uniform(0.15, 2.4) * pitch
    if rng.random() < 0.5:  # a plain strip below the zone's print
        strip = grey[int(max(0, y - pitch * rng.uniform(0.3, 1.5))) :]
        cv2.addWeighted(
            strip, rng.uniform(0, 0.5), np.full_like(strip, int(rng.uniform(180, 255))), 0.5, 0, strip
        )
    fill(rng, grey, (0, 0, width, y - pitch * 0.4), pitch)
    if not zone:
        fill(rng, grey, (0, y, width, height), pitch)
        return Drawing(grey, ())
    x = rng.uniform(0.2, 0.8) * (width - glyphs * pitch)
    quads = _print_zone(rng, grey, (x, y, pitch, spacing), zone_lines(rng, glyphs, count))
    if rng.random() < 0.15:
        flourish(rng, grey)
    return _spread(rng, grey, quads) if rng.random() < 0.3 else Drawing(grey, quads)


def _spread(rng: Rng, grey: Grey, quads: tuple[Floats, ...]) -> Drawing:
    """An open booklet, or the front of a card beside its back."""
    other = ground(rng, grey.shape[1], grey.shape[0])
    if rng.random() < 0.7:
        fill(rng, other, (0, 0, other.shape[1], other.shape[0]), grey.shape[1] / 50)
    if rng.random() < 0.65:
        return Drawing(np.vstack([other, grey]), _aside(quads, 0, other.shape[0]))
    if rng.random() < 0.5:
        return Drawing(np.hstack([grey, other]), quads)
    return Drawing(np.hstack([other, grey]), _aside(quads, other.shape[1], 0))


def _aside(quads: tuple[Floats, ...], right: int, down: int) -> tuple[Floats, ...]:
    return tuple(quad + np.array([right, down], np.float32) for quad in quads)


def bare_lines(rng: Rng) -> Drawing:
    """Nothing but the zone's lines, with hardly a margin."""
    _, _, glyphs, count = _KINDS[int(rng.choice(len(_KINDS), p=_SHARES))]
    pitch = rng.uniform(14, 24)
    spacing = pitch * rng.uniform(1.6, 2.7)
    margin = pitch * rng.uniform(0.15, 2.5, 4)
    width = int(glyphs * pitch + margin[0] + margin[1])
    height = int((count - 1) * spacing + pitch + margin[2] + margin[3])
    grey = ground(rng, width, height)
    return Drawing(
        grey, _print_zone(rng, grey, (margin[0], margin[2], pitch, spacing), zone_lines(rng, glyphs, count))
    )


def print_page(rng: Rng) -> Drawing:
    """A page of a contract, a table or a listing: print without any zone."""
    width, height = int(rng.integers(600, 1000)), int(rng.integers(600, 1100))
    grey = (
        ground(rng, width, height)
        if rng.random() < 0.4
        else np.full((height, width), int(rng.uniform(170, 255)), np.uint8)
    )
    kind = rng.random()
    if kind < 0.6:
        size = int(rng.integers(9, 26))
        text_block(rng, grey, (int(width * 0.06), int(height * 0.04), int(width * 0.95), height), size)
    elif kind < 0.85:
        for column in range(int(rng.integers(2, 6))):
            left = int(width * (0.03 + column * 0.24))
            text_block(
                rng,
                grey,
                (left, int(height * 0.05), left + int(width * 0.2), int(height * 0.95)),
                int(rng.integers(9, 20)),
            )
            cv2.line(grey, (left, 0), (left, height), 60, 2)
    else:
        fill(rng, grey, (0, 0, width, height), rng.uniform(9, 30))
    for _ in range(int(rng.integers(0, 3))):
        flourish(rng, grey)
    return Drawing(grey, ())
