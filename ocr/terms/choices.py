"""Clauses that say one of a few things: who keeps the passport, whether the room is free, who pays the fare.

passport_kept_by: worker, on_request, employer, agency. accommodation and meals: free, charged, worker (she sees to it
herself). travel_paid_by: employer, split, worker, agency. remains_paid_by: employer, worker, agency. insurance: host
(the schemes of the host country), private. governing_law: ISO 3166 alpha-2. disputes: the body named, as printed.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from ocr.terms import choice_words as words
from ocr.terms.candidate import Candidate
from ocr.terms.countries import countries_in
from ocr.terms.folding import fold
from ocr.terms.languages import language_of_text
from ocr.terms.money import find_money
from ocr.terms.party_words import ROLES
from ocr.terms.passages import Passage
from ocr.terms.phrases import Found, find_phrases, holds

Sentence = tuple[int, int]
Answer = tuple[str, bool]
"""A choice, and whether the words leave no other."""

_ROLE = {fold(phrase): name for name, phrases in ROLES.items() for phrase in phrases}
_BY = re.compile(r"(?:\bby|\boleh|\bboi|\bdo|โดย)\s?(?:the )?$")


def read_choices(passages: Sequence[Passage]) -> Iterator[Candidate]:
    """One candidate for every sentence that answers one of the questions."""
    for passage in passages:
        for name, reader in _READERS.items():
            # Who pays which way stands in two halves of one sentence; elsewhere a semicolon ends the matter.
            for sentence in _sentences(passage, whole=name == "travel_paid_by"):
                answer = reader(passage, sentence)
                if answer:
                    yield _candidate(name, answer, passage, sentence)
        yield from _disputes(passage)


def _sentences(passage: Passage, *, whole: bool) -> Iterator[Sentence]:
    start = 0
    while start < len(passage.folded):
        begin, end = passage.sentence(start, whole=whole)
        yield begin, end
        start = max(end, start) + 2


def _candidate(name: str, answer: Answer, passage: Passage, sentence: Sentence) -> Candidate:
    start, end = sentence
    while start < end and passage.text[start].isspace():
        start += 1
    language = language_of_text(passage.text[start:end]) or passage.language
    return Candidate(
        name,
        answer[0],
        passage,
        start,
        end,
        language,
        clear=answer[1],
        said=(start, end),
        weight=float(answer[1]),
    )


def _roles(text: str) -> list[tuple[str, Found]]:
    return [(_ROLE[found.phrase], found) for found in find_phrases(text, _ROLE)]


def _actor(text: str, verb: Found) -> str:
    """Who does it: the party after "by", or the last one named before the verb, or the first one at all."""
    roles = _roles(text)
    for role, found in roles:
        if found.start >= verb.end and _BY.search(text[: found.start]):
            return role
    before = [role for role, found in roles if found.end <= verb.start]
    # Of "the passport of the worker is kept": whoever has the passport named as hers is not the one who acts.
    own = [
        role
        for role, found in roles
        if found.end <= verb.start and not re.search(r"(?:of|cua|ของ)\s?(?:the )?$", text[: found.start])
    ]
    return own[-1] if own else before[-1] if before else ""


def _passport(passage: Passage, sentence: Sentence) -> Answer | None:
    text = passage.folded[slice(*sentence)]
    papers = find_phrases(text, words.PASSPORT)
    verbs = find_phrases(text, words.KEEPING) if papers else []
    if not verbs or holds(text, words.SECURITY):
        return None
    verb = min(verbs, key=lambda found: min(abs(found.start - paper.start) for paper in papers))
    actor = _actor(text, verb)
    own = holds(text, words.OWN)
    denied = any(verb.start - 22 <= found.start < verb.start for found in find_phrases(text, words.NEGATIONS))
    if actor == "worker" and not denied and (own or verb.slips == 0):
        return "worker", True
    if actor in ("employer", "agency"):
        if denied and not holds(text, words.ON_REQUEST):
            return "worker", True
        if holds(text, words.ON_REQUEST):
            return "on_request", True
        return actor, not own and not denied
    return None


def _housing(passage: Passage, sentence: Sentence) -> Answer | None:
    return _given(passage, sentence, words.HOUSING, "housing")


def _meals(passage: Passage, sentence: Sentence) -> Answer | None:
    return _given(passage, sentence, words.MEALS, "housing")


def _given(passage: Passage, sentence: Sentence, what: Sequence[str], topic: str) -> Answer | None:
    text = passage.folded[slice(*sentence)]
    if not holds(text, what) or passage.topic not in (topic, ""):
        return None
    parts = [part for part in re.split(r",(?=\s)|\s(?:va|and|dan|และ)\s", text) if holds(part, what)]
    told = {answer for part in (parts if _asks_both(text) else [text]) for answer in _terms_of(part)}
    return (told.pop(), True) if len(told) == 1 else (min(told), False) if told else None


def _asks_both(text: str) -> bool:
    """Whether room and board stand in one sentence: then each part speaks for itself."""
    return holds(text, words.HOUSING) and holds(text, words.MEALS)


def _terms_of(text: str) -> Iterator[str]:
    if holds(text, words.BY_WORKER):
        yield "worker"
    if holds(text, words.FREE):
        yield "free"
    if holds(text, words.CHARGED) and any(find_money(text, text)):
        yield "charged"


def _travel(passage: Passage, sentence: Sentence) -> Answer | None:
    if passage.topic not in ("travel", "", "fees", "housing"):
        return None
    text = passage.folded[slice(*sentence)]
    if not holds(text, words.FARE) or holds(text, words.REMAINS):
        return None
    outward, back = find_phrases(text, words.OUTWARD), find_phrases(text, words.RETURN)
    both = holds(text, words.BOTH_WAYS)
    payers = _payers(text)
    if not payers:
        return None
    paying = {role for role, _ in payers}
    if both or len(paying) == 1:
        # Another party named without a word of paying may be the other payer, its word misread.
        clear = len(paying) == 1 and {role for role, _ in _roles(text)} == paying
        return (payers[0][0], clear) if both or (outward and back) else None
    if not outward or not back or paying != {"worker", "employer"}:
        return None
    return "split", True


def _payers(text: str) -> list[tuple[str, Found]]:
    """The parties that a word of paying follows within a few words, or precedes with "by"."""
    verbs = find_phrases(text, words.PAYING)
    found = []
    for role, place in _roles(text):
        near = any(0 <= verb.start - place.end <= 16 for verb in verbs)
        if near or _BY.search(text[: place.start]):
            found.append((role, place))
    return found


def _remains(passage: Passage, sentence: Sentence) -> Answer | None:
    text = passage.folded[slice(*sentence)]
    if not holds(text, words.REMAINS):
        return None
    payers = [role for role, _ in _payers(text)]
    return (payers[0], len(set(payers)) == 1) if payers else None


def _insurance(passage: Passage, sentence: Sentence) -> Answer | None:
    text = passage.folded[slice(*sentence)]
    if (
        passage.topic not in ("insurance", "")
        or not holds(text, words.INSURANCE)
        or not holds(text, words.PROVIDING)
    ):
        return None
    statutory, private = holds(text, words.STATUTORY), holds(text, words.PRIVATE)
    if statutory == private:
        return ("host", False) if statutory else None
    return ("host" if statutory else "private"), True


_READERS: dict[str, Callable[[Passage, Sentence], Answer | None]] = {
    "passport_kept_by": _passport,
    "accommodation": _housing,
    "meals": _meals,
    "travel_paid_by": _travel,
    "remains_paid_by": _remains,
    "insurance": _insurance,
}


def _disputes(passage: Passage) -> Iterator[Candidate]:
    if passage.topic != "disputes":
        return
    cues = find_phrases(passage.folded, words.FORUM)
    if cues:
        end = passage.sentence(cues[-1].end)[1]
        stop = re.search(r"\s(?:de )?giai quyet\W*$|[.;]$", passage.folded[cues[-1].end : end])
        end = cues[-1].end + stop.start() if stop else end
        value = " ".join(passage.text[cues[-1].end : end].split())
        if value:
            yield Candidate(
                "disputes", value, passage, cues[-1].end + 1, end, passage.language, slips=cues[-1].slips
            )
    for cue in find_phrases(passage.folded, words.LAW):
        named = countries_in(passage.folded[cue.end : cue.end + 40])
        if named:
            code, found = named[0]
            yield Candidate(
                "governing_law",
                code,
                passage,
                cue.end + found.start,
                cue.end + found.end,
                passage.language,
                slips=cue.slips,
            )
            return
