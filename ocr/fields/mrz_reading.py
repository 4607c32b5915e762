"""Reading the cells of a passport's zone with Tesseract, part by part, each part with the characters it may hold.

Doc 9303-4, 4.2.2 says which places hold letters, which digits, which either. Fillers are known by their shape and
painted over, so the recogniser sees short words of known length; a word of another length is a failed reading of
that word. Everything is read at two sizes: where the two agree a character counts as `agreed`, and nothing without a
check digit is trusted without that. Where they differ, the check digit chooses among what was really read.
"""

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
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
_MORE_SIZES = (1.25, 0.9)  # tried one by one while a check digit is left unsatisfied or a character unread
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
    """Both lines as 44 characters, a filler standing where nothing could be read.

    `agreed`: the sizes agreed on the character, with confidence. `confirmed`: the places of the check digits that
    confirm exactly one of the texts read before them. In such a text letters may have been taken for the digits
    they look like: the check digit is what speaks for it.
    """

    lines: tuple[str, str]
    agreed: tuple[tuple[bool, ...], tuple[bool, ...]]
    confirmed: frozenset[int]

    def trusted(self, part: Part) -> bool:
        """Every character of the part was agreed on."""
        return all(self.agreed[part.line][part.start : part.end])


# What is read with which characters: rows of one picture, one run of the recogniser for each alphabet.
_BY_ALPHABET: tuple[tuple[str, tuple[tuple[Part, ...], ...]], ...] = (
    (_LETTERS, ((Part(0, 0, 44),), (Part(1, 10, 13), Part(1, 20, 21)))),
    (_DIGITS, ((Part(1, 9, 10), Part(1, 13, 20), Part(1, 21, 28), Part(1, 42, 44)),)),
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
    pictures = (upper, lower)
    with ThreadPoolExecutor(
        len(_SIZES)
    ) as pool:  # each is a process of its own; somebody waits at the counter
        seen = list(pool.map(lambda size: _read_at(pictures, size, scratch), _SIZES))
    for size in _MORE_SIZES:
        if _settled(seen):
            break
        seen.append(_read_at(pictures, size, scratch))
    text = tuple([_first(seen, row, i) for i in range(COLUMNS)] for row in (0, 1))
    agreed = tuple([_agree(seen, row, i) for i in range(COLUMNS)] for row in (0, 1))
    confirmed = set()
    for part, digit in _CHECKED:
        chosen = _choose(seen, part, digit)
        if chosen is not None:
            confirmed.add(digit)
            text[part.line][part.start : part.end] = list(chosen[:-1])
            text[part.line][digit] = chosen[-1]
    lines = "".join(text[0]), "".join(text[1])
    return Reading(lines, (tuple(agreed[0]), tuple(agreed[1])), frozenset(confirmed))


def _settled(seen: Sequence[_Seen]) -> bool:
    """Every character read at some size, and every check digit satisfied."""
    read = all(any(reading.text[row][i] for reading in seen) for row in (0, 1) for i in range(COLUMNS))
    return read and all(_choose(seen, part, digit) is not None for part, digit in _CHECKED)


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
        heard = [[word for word in found if _inside(word, i, left, right, size)] for left, right in places[i]]
        texts = ["".join(word.text for word in here) for here in heard]
        lengths = [run.end - run.start for run in row]
        if [len(text) for text in texts] != lengths and len("".join(texts)) == sum(lengths):
            # Two words run together, or a letter went to its neighbour: the row as a whole still fits.
            whole, spread = (
                "".join(texts),
                [word.confidence for here in heard for word in here for _ in word.text],
            )
            ends = list(itertools.accumulate(lengths, initial=0))
            texts = [whole[start:end] for start, end in itertools.pairwise(ends)]
            sure = [spread[start:end] for start, end in itertools.pairwise(ends)]
        else:
            sure = [[word.confidence for word in here for _ in word.text] for here in heard]
        for run, text, confidence in zip(row, texts, sure, strict=True):
            if len(text) == run.end - run.start:
                seen.text[run.line][run.start : run.end] = list(text)
                seen.confidence[run.line][run.start : run.end] = confidence


def _inside(word: Word, row: int, left: int, right: int, size: float) -> bool:
    x = (word.box[0] + word.box[2] / 2) / size
    y = (word.box[1] + word.box[3] / 2) / size
    return left - _GAP / 2 < x < right + _GAP / 2 and row == int((y - _BORDER) // HEIGHT)
