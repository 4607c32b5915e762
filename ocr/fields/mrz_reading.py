"""Reading the cells of a passport's zone with Tesseract, part by part, each part with the characters it may hold.

Doc 9303-4, 4.2.2 says which places hold letters, which digits, which either. Fillers are known by their shape and
painted over, so the recogniser sees short words of known length; a word of another length is a failed reading of
that word. Everything is read at two sizes: where the two agree a character counts as `agreed`, and nothing without a
check digit is trusted without that. Where they differ, the check digit chooses among what was really read.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ocr.fields.mrz import check_digit
from ocr.fields.mrz_cells import COLUMNS, Cells
from ocr.fields.mrz_zone import HEIGHT, PITCH
from ocr.recognise import Image, Word, words

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = "0123456789"
_SIZES = (1.0, 0.75)  # capitals of 32 and 24 pixels, about where the recogniser's own training lies
_GAP = PITCH  # white between words, on top of the fillers' own
_BORDER = 20
_SECONDS = 10.0
# What OCR-B's digits are taken for when letters are allowed too; only ever used towards the digit.
_LOOKALIKES = {"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "G": "6", "B": "8"}
_CONFIDENT = 0.6


@dataclass(frozen=True)
class Part:
    """Cells start..end-1 of line 0 or 1."""

    line: int
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """Both lines as 44 characters, and for each whether the readings agreed on it with confidence.

    `repaired` names the places (line, column) where a letter was read and its look-alike digit taken.
    """

    lines: tuple[str, str]
    agreed: tuple[tuple[bool, ...], tuple[bool, ...]]
    repaired: frozenset[tuple[int, int]]

    def trusted(self, part: Part) -> bool:
        """Every character of the part was agreed on."""
        return all(self.agreed[part.line][part.start : part.end])


# What is read with which characters: rows of one picture, one run of the recogniser for each alphabet.
_BY_ALPHABET: tuple[tuple[str, tuple[tuple[Part, ...], ...]], ...] = (
    (_LETTERS, ((Part(0, 0, 44),), (Part(1, 10, 13), Part(1, 20, 21)))),
    (_DIGITS, ((Part(1, 13, 20), Part(1, 21, 28), Part(1, 42, 44)), (Part(1, 9, 10),))),
    (_LETTERS + _DIGITS, ((Part(1, 0, 9),), (Part(1, 28, 42),))),
)
# (covered part, place of its check digit), Doc 9303-4 4.2.4
_CHECKED = ((Part(1, 0, 9), 9), (Part(1, 13, 19), 19), (Part(1, 21, 27), 27), (Part(1, 28, 42), 42))


@dataclass(frozen=True)
class _Seen:
    """One reading: a character for each cell ('' where the word had the wrong length) and its confidence."""

    text: tuple[list[str], list[str]]
    confidence: tuple[list[float], list[float]]


def read_cells(upper: Cells, lower: Cells, scratch: Path | None = None) -> Reading:
    """Read both lines of a located zone.

    Raises:
        ReadingFailed: the recogniser could not run.
    """
    lines = (upper, lower)
    seen = [_read_at(lines, size, scratch) for size in _SIZES]
    text = tuple([_first(seen, row, i) for i in range(COLUMNS)] for row in (0, 1))
    agreed = tuple([_agree(seen, row, i) for i in range(COLUMNS)] for row in (0, 1))
    repaired: set[tuple[int, int]] = set()
    for part, digit in _CHECKED:
        chosen = _choose(seen, part, digit)
        if chosen is not None:
            for column, character in zip([*range(part.start, part.end), digit], chosen, strict=True):
                if character not in {reading.text[part.line][column] for reading in seen}:
                    repaired.add((part.line, column))
                text[part.line][column] = character
    return Reading(
        ("".join(text[0]), "".join(text[1])), (tuple(agreed[0]), tuple(agreed[1])), frozenset(repaired)
    )


def _first(seen: Sequence[_Seen], row: int, column: int) -> str:
    return next((reading.text[row][column] for reading in seen if reading.text[row][column]), "<")


def _agree(seen: Sequence[_Seen], row: int, column: int) -> bool:
    characters = {reading.text[row][column] for reading in seen}
    weakest = min(reading.confidence[row][column] for reading in seen)
    return len(characters) == 1 and "" not in characters and weakest >= _CONFIDENT


def _choose(seen: Sequence[_Seen], part: Part, digit: int) -> str | None:
    """The one text among the readings (as they are, or look-alikes as digits) that its check digit confirms."""
    candidates = set()
    for body, check in itertools.product(seen, seen):
        characters = body.text[part.line][part.start : part.end]
        last = check.text[part.line][digit]
        if "" in characters or not last:
            continue
        for form in _forms("".join(characters)):
            if last in (check_digit(form), "<" if not form.strip("<") else ""):
                candidates.add(form + last)
    return candidates.pop() if len(candidates) == 1 else None


def _forms(text: str) -> Iterator[str]:
    """The text as read; with its look-alikes as digits from the first digit on, or from the second place on."""
    yield text
    first = next((i for i, character in enumerate(text) if character.isdigit()), len(text))
    for start in {first, 1, 2}:
        yield text[:start] + "".join(_LOOKALIKES.get(character, character) for character in text[start:])


def _read_at(lines: tuple[Cells, Cells], size: float, scratch: Path | None) -> _Seen:
    text = tuple(["<" if filler else "" for filler in line.fillers] for line in lines)
    confidence = tuple([1.0 if filler else 0.0 for filler in line.fillers] for line in lines)
    seen = _Seen((text[0], text[1]), (confidence[0], confidence[1]))
    for alphabet, rows in _BY_ALPHABET:
        runs = [list(_runs(lines, row)) for row in rows]
        runs = [row for row in runs if row]
        if not runs:
            continue
        picture, places = _compose(lines, runs)
        shrunk = cv2.resize(picture, None, fx=size, fy=size, interpolation=cv2.INTER_AREA)
        found = words(
            np.asarray(shrunk, np.uint8),
            "eng",
            6,
            options=(f"tessedit_char_whitelist={alphabet} ", "load_system_dawg=0", "load_freq_dawg=0"),
            seconds=_SECONDS,
            scratch=scratch,
        )
        _assign(seen, runs, places, found, size)
    return seen


def _runs(lines: tuple[Cells, Cells], row: Sequence[Part]) -> Iterator[Part]:
    """The stretches between fillers."""
    for part in row:
        fillers = lines[part.line].fillers
        for filler, group in itertools.groupby(range(part.start, part.end), key=lambda i: fillers[i]):
            columns = list(group)
            if not filler:
                yield Part(part.line, columns[0], columns[-1] + 1)


def _compose(
    lines: tuple[Cells, Cells], runs: Sequence[Sequence[Part]]
) -> tuple[Image, list[list[tuple[int, int]]]]:
    """One picture with a line of print for each row; and where each run stands in it (left, right)."""
    places: list[list[tuple[int, int]]] = []
    width = max(sum((run.end - run.start) * PITCH + _GAP for run in row) for row in runs) + 2 * _BORDER
    picture = np.full((len(runs) * HEIGHT + 2 * _BORDER, width), 240, np.uint8)
    for i, row in enumerate(runs):
        left, top = _BORDER, _BORDER + i * HEIGHT
        places.append([])
        for run in row:
            cut = lines[run.line].cut(run.start, run.end)
            picture[top : top + HEIGHT, left : left + cut.shape[1]] = cut
            places[-1].append((left, left + cut.shape[1]))
            left += cut.shape[1] + _GAP
    return picture, places


def _assign(
    seen: _Seen,
    runs: Sequence[Sequence[Part]],
    places: Sequence[Sequence[tuple[int, int]]],
    found: Sequence[Word],
    size: float,
) -> None:
    """Put each run's characters into their cells, if there are as many as cells."""
    for i, row in enumerate(runs):
        for run, (left, right) in zip(row, places[i], strict=True):
            here = [word for word in found if _inside(word, i, left, right, size)]
            text = "".join(word.text for word in here)
            if len(text) != run.end - run.start:
                continue
            sure = [word.confidence for word in here for _ in word.text]
            seen.text[run.line][run.start : run.end] = list(text)
            seen.confidence[run.line][run.start : run.end] = sure


def _inside(word: Word, row: int, left: int, right: int, size: float) -> bool:
    x = (word.box[0] + word.box[2] / 2) / size
    y = (word.box[1] + word.box[3] / 2) / size
    return left - _GAP / 2 < x < right + _GAP / 2 and row == int((y - _BORDER) // HEIGHT)
