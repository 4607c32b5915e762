"""Lines joined to the paragraphs they were printed from, each sign still knowing its page, line and word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ocr.terms.folding import fold
from ocr.terms.languages import language_of
from ocr.terms.phrases import find_phrases
from ocr.terms.sheets import furniture
from ocr.terms.topics import TOPICS
from ocr.text.page_text import Box, Language, Line, PageText, Word, around

_HEADING = re.compile(
    r"^\W{0,2}(?:(?:d?ieu|dicu|art[il1]c[l1i]?es?|clause|section|perkara|fasal|muc|chuong|ข้อ(?:ที่)?|ขอ)\s{0,2}\d{1,2}\b"
    r"|(?:[ivx]{1,5}|\d{1,2})\s?[.)]\s?(?=[^\W\d]))"
)
_ITEM = re.compile(r"^\W{0,2}(?:[a-hก-ฮ]\)|[-+•*]\s|\(?\d{1,2}(?:\.\d{1,2})?[.)]\s)")
_ENDED = re.compile(r"[.;:!?。][\"')\]]?\s*$")
_NO_END = re.compile(r"\b(?:no|co|ltd|sdn|bhd|mr|ms|mrs|tp|st|dr)\.$")
_LONGEST = 3000
_FULL = 0.8


@dataclass(frozen=True)
class Piece:
    """One word within a passage's text."""

    start: int
    end: int
    page: int
    line: Line
    word: Word


@dataclass(frozen=True)
class Place:
    """Where a part of a passage stands: page from 1, the box of its lines there, the least confidence of its words."""

    page: int
    box: Box
    confidence: float


@dataclass(frozen=True)
class Passage:
    """A paragraph, or a table cell, or a labelled line; `folded` is as long as `text`.

    `topic` is that of the section it stands in, `lead` the folded heading where it is the first of its language below.
    """

    text: str
    folded: str
    pieces: tuple[Piece, ...]
    language: Language | None
    topic: str = ""
    lead: str = ""
    heading: bool = False

    def place(self, start: int, end: int) -> Place:
        """The place of the signs from `start` up to `end`: on the page where they begin."""
        inside = [piece for piece in self.pieces if piece.start < end and start < piece.end] or [
            self.pieces[0]
        ]
        page = inside[0].page
        boxes = [piece.line.box for piece in inside if piece.page == page]
        return Place(page, around(boxes), min(piece.word.confidence for piece in inside))

    def sentence(self, start: int, *, whole: bool = False) -> tuple[int, int]:
        """Where the sentence that the sign at `start` is in begins and ends; a semicolon parts, unless `whole`."""
        begin, end = 0, len(self.folded)
        for stop in re.finditer(r"[.](?=\s)" if whole else r"[.;](?=\s)", self.folded):
            if _NO_END.search(self.folded[max(0, stop.start() - 5) : stop.end()]):
                continue
            if stop.end() <= start:
                begin = stop.end()
            elif stop.start() >= start:
                end = stop.start()
                break
        return begin, end


@dataclass
class _Open:
    """A paragraph that lines are still added to."""

    language: Language | None
    heading: bool
    lines: list[tuple[int, Line]] = field(default_factory=list)

    @property
    def length(self) -> int:
        return sum(len(line.text) + 1 for _, line in self.lines)


def flowing_lines(pages: Sequence[PageText]) -> list[tuple[int, Line]]:
    """Page number, from 1, and line: without page numbers, running heads and empty lines."""
    aside = furniture(pages)
    return [
        (number, line)
        for number, page in enumerate(pages, start=1)
        for line in page.lines
        if id(line) not in aside and line.text.strip()
    ]


def passages(pages: Sequence[PageText]) -> tuple[Passage, ...]:
    """The paragraphs of all pages, in reading order, each with the topic of its section."""
    paragraphs: list[_Open] = []
    latest: dict[Language | None, _Open] = {}
    for page, line in flowing_lines(pages):
        language = language_of(line)
        folded = fold(line.text.strip())
        heading = is_heading(folded)
        target = None if heading or _ITEM.match(folded) else _continued(paragraphs, latest, line, language)
        if target is None:
            target = _Open(language, heading)
            paragraphs.append(target)
        target.lines.append((page, line))
        target.language = target.language or language
        latest[target.language] = target
    return tuple(_with_topics(_passage(paragraph) for paragraph in paragraphs))


def is_heading(folded: str) -> bool:
    """Whether a folded line begins a numbered section."""
    return bool(_HEADING.match(folded))


def passage_of(page: int, line: Line) -> Passage:
    """One line as a passage of its own."""
    return _passage(_Open(language_of(line), heading=False, lines=[(page, line)]))


def _continued(
    paragraphs: list[_Open], latest: dict[Language | None, _Open], line: Line, language: Language | None
) -> _Open | None:
    """The paragraph that `line` goes on with: the one before it, or, past the other column, its language's last."""
    last = paragraphs[-1] if paragraphs else None
    if last and _goes_on(last, line, language):
        return last
    earlier = latest.get(language) if language else None
    first = next((sign for sign in line.text if sign.isalnum()), "")
    if earlier and earlier is not last and first.islower() and not earlier.heading and not _ended(earlier):
        return earlier
    return None


def _goes_on(last: _Open, line: Line, language: Language | None) -> bool:
    if last.length > _LONGEST or (language and last.language and language != last.language):
        return False
    before = last.lines[-1][1]
    if last.heading or _in_capitals(before.text):
        return _in_capitals(before.text) and _in_capitals(line.text) and not _ENDED.search(before.text)
    return not _ended(last) and not (last.language == "th" and _stops_short(last, line))


def _in_capitals(text: str) -> bool:
    letters = [sign for sign in text if sign.isalpha() and sign.upper() != sign.lower()]
    return sum(map(str.isupper, letters)) > 0.6 * len(letters) if letters else False


def _stops_short(last: _Open, line: Line) -> bool:
    """Thai has no full stop: a paragraph's last line is the one with room left."""
    widest = max(*(each.box[2] for _, each in last.lines), line.box[2])
    return last.lines[-1][1].box[2] < _FULL * widest


def _ended(paragraph: _Open) -> bool:
    text = paragraph.lines[-1][1].text
    return bool(_ENDED.search(text)) and not text.rstrip().endswith(":") and not _NO_END.search(fold(text))


def _passage(paragraph: _Open) -> Passage:
    text, pieces = "", []
    for page, line in paragraph.lines:
        text += " " if text else ""
        printed, at = line.text, len(text)
        for word in line.words:
            pieces.append(Piece(at, at + len(word.text), page, line, word))
            at += len(word.text) + 1
        text += printed
    return Passage(text, fold(text), tuple(pieces), paragraph.language, heading=paragraph.heading)


def _with_topics(found: Iterator[Passage]) -> Iterator[Passage]:
    topic, leads = "", ""
    used: set[Language | None] = set()
    for passage in found:
        if passage.heading:
            named = topic_of(passage.folded)
            if named or not _same_section(passage, leads):
                topic = named
            leads = f"{leads} {passage.folded}" if not used and leads else passage.folded
            used = set()
            yield replace(passage, topic=topic)
            continue
        lead = leads if passage.language not in used else ""
        used.add(passage.language)
        yield replace(passage, topic=topic, lead=lead)


def _same_section(passage: Passage, leads: str) -> bool:
    """Whether a heading is the same section's in another language: it has the same number."""
    number = re.search(r"\d{1,2}", passage.folded)
    return bool(number and leads and number[0] in re.findall(r"\d{1,2}", leads[:20]))


def topic_of(folded: str) -> str:
    """What a heading announces; empty where no topic's words stand in it."""
    named = [
        (found[0].start, name) for name, words in TOPICS.items() if (found := find_phrases(folded, words))
    ]
    return min(named, default=(0, ""))[1]
