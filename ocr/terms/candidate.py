"""A value found for a term, before it is decided how sure it is."""

from dataclasses import dataclass

from ocr.terms.passages import Passage
from ocr.text.page_text import Language

_LONGEST = 240
"""Of a wording, in signs."""


@dataclass(frozen=True)
class Candidate:
    """A value at `start` up to `end` of `passage`, announced by a label that had `slips` letters misread.

    `value` is empty where the digits are doubtful. `clear` is False where the label or the form leaves doubt, however
    well the signs were read. `spelled` is True where words beside the digits say the same, False where something else.
    `alone` is False where only something else that agrees can make it sure.
    `said` is what of the passage is shown as the wording.
    """

    name: str
    value: str
    passage: Passage
    start: int
    end: int
    language: Language | None
    slips: int = 0
    clear: bool = True
    spelled: bool | None = None
    said: tuple[int, int] | None = None
    weight: float = 0.0
    alone: bool = True

    @property
    def wording(self) -> str:
        """The print that says it: the sentence or the label with its value."""
        start, end = self.said or self.passage.sentence(self.start)
        if end - start > _LONGEST:
            start, end = self._nearby(start, end)
        return " ".join(self.passage.text[start:end].split())

    @property
    def confidence(self) -> float:
        """That of the weakest word of the value."""
        return self.passage.place(self.start, self.end).confidence

    def _nearby(self, start: int, end: int) -> tuple[int, int]:
        """Of a sentence without end, as a poor scan or Thai makes it, the words around the value."""
        text = self.passage.text
        begin, stop = (
            max(start, self.start - _LONGEST // 2),
            min(end, max(self.end, self.start + _LONGEST // 2)),
        )
        cut = text.find(" ", begin, self.start) if begin > start else begin
        last = text.rfind(" ", self.end, stop) if stop < end else stop
        return (cut if cut >= 0 else begin), (last if last >= 0 else stop)
