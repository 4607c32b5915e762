"""A page as text: words with boxes and confidence, lines in reading order, the languages they are in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels of the clean page."""

Language = Literal["vi", "en", "ms", "th", "zh-Hant"]

_CELL_GAP = 1.5
"""Of a line's height: no space between two words of a sentence is as wide, even where text is justified."""


@dataclass(frozen=True)
class Word:
    """One word as read: NFC text, its place, confidence 0 to 1."""

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True)
class Line:
    """The words of one printed line of one column, or of one row of a table; `language` None where it is mixed."""

    words: tuple[Word, ...]
    box: Box
    language: Language | None

    @property
    def text(self) -> str:
        """The words with a space between them; a tab where the next cell of a table's row begins."""
        return "".join(
            f"{'' if number == 0 else self._gap(number)}{word.text}" for number, word in enumerate(self.words)
        )

    def _gap(self, number: int) -> str:
        left, right = self.words[number - 1].box, self.words[number].box
        return "\t" if right[0] - left[0] - left[2] > _CELL_GAP * self.box[3] else " "


@dataclass(frozen=True)
class PageText:
    """A page's lines in reading order: a column is read to its end before the next one; a table row by row."""

    lines: tuple[Line, ...]
    width: int
    height: int
    languages: tuple[Language, ...]


def around(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds all of `boxes`, of which there is at least one."""
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top
