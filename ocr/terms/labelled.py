"""Labelled lines: "Họ và tên / Full name: …", two or more of them on one line, or a table's cells."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ocr.terms.folding import fold
from ocr.terms.party_words import LABELS, ROLES
from ocr.terms.passages import Passage, is_heading, passage_of
from ocr.terms.phrases import find_phrases
from ocr.text.page_text import Line

_NAME = {fold(phrase): name for name, phrases in LABELS.items() for phrase in phrases}
_ROLE = {fold(phrase): name for name, phrases in ROLES.items() for phrase in phrases}
_ROLE_SIGNS = {
    fold(phrase)
    for phrase in (
        "bên a",
        "bên b",
        "party a",
        "party b",
        "pihak a",
        "pihak b",
        "ฝ่าย ก",
        "ฝ่าย ข",
        "bên đưa đi",
        "pihak pertama",
        "pihak kedua",
    )
}
_JOINING = re.compile(r"[\s/().,:;|!-]*")
_LONG = frozenset(("address", "home", "company", "workplace", "position"))
_TYPED = frozenset(("birth", "passport", "issued", "citizen", "licence"))
_WIDE = 0.78
_SHORT = 3
_NEAR = 3
"""Lines from a party's own to its name; twice as many to its address."""


@dataclass(frozen=True)
class Labelled:
    """What stands after a label: `start` up to `end` of `passage`; `label` one of `LABELS`, or `party` for a name that
    stands right after a role. `role` is whose particulars these are, empty where no party was named yet; `told` is
    False where that rests on "Party A" alone, or its line stands so far above that another's may have been missed.
    """

    label: str
    role: str
    passage: Passage
    start: int
    end: int
    slips: int
    colon: bool
    preamble: bool
    told: bool = True

    @property
    def text(self) -> str:
        """The value as printed."""
        return self.passage.text[self.start : self.end]


def read_labelled(lines: Sequence[tuple[int, Line]], width: int) -> Iterator[Labelled]:
    """Every labelled value, in the order of the print. `width` is a page's: a value that fills its line goes on."""
    role, told, preamble, sending = "", False, True, False
    number = named_at = 0
    while number < len(lines):
        passage = passage_of(*lines[number])
        named = _role(passage, sending)
        sending = sending or bool(
            re.search(r"(?:hop dong|contract).{0,12}(?:dua nguoi|sending)", passage.folded)
        )
        if is_heading(passage.folded) and not named and number > 2:
            preamble = False
        if named and (preamble or role):
            role, start, told = named
            named_at = number
            if preamble and start is not None:
                yield Labelled(
                    "party",
                    role,
                    passage,
                    *_trimmed(passage.text, start, len(passage.text)),
                    0,
                    True,
                    True,
                    told,
                )
        for found in _values(passage, role, preamble=preamble):
            grown = (
                _grown(found, lines, number, width) if found.end >= len(passage.text.rstrip()) - 1 else found
            )
            near = _NEAR * (2 if grown.label in _LONG else 1)
            yield replace(grown, told=told and number - named_at <= near)
        number += 1


def _values(passage: Passage, role: str, *, preamble: bool) -> Iterator[Labelled]:
    groups: list[tuple[str, int, int, int]] = []
    for found in find_phrases(passage.folded, _NAME):
        name = _NAME[found.phrase]
        if (
            groups
            and groups[-1][0] == name
            and _JOINING.fullmatch(passage.folded[groups[-1][2] : found.start])
        ):
            groups[-1] = (name, groups[-1][1], found.end, min(groups[-1][3], found.slips))
        else:
            groups.append((name, found.start, found.end, found.slips))
    real = [
        group for number, group in enumerate(groups) if _is_label(passage, group, number, preamble=preamble)
    ]
    for group, following in zip(real, [*real[1:], None], strict=False):
        start, colon = _value_start(passage, group[2])
        start, end = _trimmed(passage.text, start, following[1] if following else len(passage.text))
        if end > start:
            yield Labelled(group[0], role, passage, start, end, group[3], colon, preamble)


def _is_label(passage: Passage, group: tuple[str, int, int, int], number: int, *, preamble: bool) -> bool:
    """A colon or the next cell must follow; at a line's start among the particulars nothing need follow."""
    name, start, end, _ = group
    rest = passage.folded[end : end + 48]
    if name == "contract" and start > 2 and end - start <= _SHORT:
        # "No." alone may be a passport's: only what looks like a contract's number may follow.
        return preamble and number == 0 and bool(re.match(r"[\s.]{0,2}: ?\d{1,4} ?/ ?\d{2,4} ?/", rest))
    if passage.text[end : end + 1] == "\t" or re.match(r"[\s.)]{0,3}:", rest):
        return True
    if re.match(r"\s?[/(|!][^:\d]{2,40}:", rest):
        return True
    if name in (
        "contract",
        "person",
        "position",
        "country",
        "workplace",
        "bank",
        "start",
        "finish",
        "rank",
        "representative",
    ):
        return name == "contract" and preamble and start == 0 and bool(re.match(r"[\s.:]{0,3}\d", rest))
    return preamble and (
        number == 0 and start < 4 if name not in _TYPED else bool(re.match(r"[\s.:]{0,3}[a-z]?\d", rest))
    )


def _value_start(passage: Passage, end: int) -> tuple[int, bool]:
    """Past the colon, and past a second language's label that was not recognised."""
    rest = passage.folded[end:]
    other = re.match(r"\s?[/(|!][^:\d]{2,40}:", rest)
    plain = re.match(r"[\s.)]{0,3}:", rest)
    found = plain or other
    return (end + found.end(), True) if found else (end, False)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in " \t:;,./()-\u2013\u2014_…":
        start += 1
    while end > start and text[end - 1] in " \t:;,/(-\u2013\u2014_…":
        end -= 1
    if text[start:end].count("(") < text[start:end].count(")") and text[end - 1] == ")":
        end -= 1
    return start, end


def _grown(found: Labelled, lines: Sequence[tuple[int, Line]], number: int, width: int) -> Labelled:
    """With the next line, where the value fills its own and the next begins no label, party or section."""
    page, line = lines[number]
    if found.label not in _LONG or number + 1 >= len(lines) or line.box[0] + line.box[2] < _WIDE * width:
        return found
    after_page, after = lines[number + 1]
    following = passage_of(after_page, after)
    if (
        after_page != page
        or is_heading(following.folded)
        or any(find_phrases(following.folded, _NAME))
        or ":" in following.text
    ):
        return found
    if (
        _role(following, sending=False)
        or abs(after.box[0] - line.box[0]) > 0.1 * width
        or after.box[2] > 0.6 * width
    ):
        return found
    shift = len(found.passage.text) + 1
    pieces = tuple(
        type(piece)(piece.start + shift, piece.end + shift, piece.page, piece.line, piece.word)
        for piece in following.pieces
    )
    whole = Passage(
        f"{found.passage.text} {following.text}", f"{found.passage.folded} {following.folded}",
        found.passage.pieces + pieces, found.passage.language,
    )  # fmt: skip
    start, end = _trimmed(whole.text, found.start, len(whole.text))
    return Labelled(found.label, found.role, whole, start, end, found.slips, found.colon, found.preamble)


def _role(passage: Passage, sending: bool) -> tuple[str, int | None, bool] | None:
    """The party that a line introduces, and where its name stands when it follows at once; None for other lines."""
    folded = passage.folded
    head = re.match(r"^\W{0,2}(?:[ivx]{1,4}|\d{1,2})?[.)\s]{0,3}", folded)
    begin = head.end() if head else 0
    signs = find_phrases(folded[: begin + 30], _ROLE_SIGNS)
    roles = find_phrases(folded, _ROLE)
    first = [found for found in (*signs, *roles) if found.start <= begin + 2]
    if not first or len(folded) > 160:
        return None
    colon = folded.find(":")
    before = folded[begin:colon] if colon > 0 else folded[begin:]
    filling = _without(before, [found.phrase for found in (*signs, *roles)])
    if len(re.sub(r"[^\w]", "", filling)) > 14:
        return None
    role = _ROLE[roles[0].phrase] if roles else _by_letter(signs[0].phrase, sending=sending)
    return (
        role,
        colon + 1 if colon > 0 and colon + 2 < len(folded) else None,
        bool(roles) or sending or role == "worker",
    )


def _without(text: str, phrases: Sequence[str]) -> str:
    for phrase in sorted(phrases, key=len, reverse=True):
        text = text.replace(phrase, " ")
    return text


def _by_letter(sign: str, *, sending: bool) -> str:
    if sign.endswith(("b", "ข", "kedua")):
        return "worker"
    return "agency" if sending or sign == "ben dua di" else "employer"
