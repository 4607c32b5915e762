"""What a zone's places, names and codes let expect before its check digits are asked.

All of it is soft: real documents print digits in names and codes that nobody was given, and what the picture shows
clearly outweighs what the standard wants.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from ocr.mrz.alphabet import ALPHABET
from ocr.mrz.formats import Format
from ocr.mrz.lattice import Array
from ocr.mrz.states import CODES

_FILLER = ALPHABET.index("<")
_LETTERS = 26
# The share of places that hold what their format does not allow: two in a thousand on the documents seen so far.
_DEVIATING = 2e-3
# The share of codes that are in no table (specimens, mistakes), and of holders whose nationality is not the issuer.
_UNLISTED = 0.02
_FOREIGN = 0.05
_ONE_NAME = 0.02  # holders without a secondary identifier
# Numbers and optional data: digits and fillers ten times as often as any one letter, and hardly ever the letters that
# States leave out of their numbers because they look like digits.
_USUAL = dict.fromkeys("0123456789<", 10.0) | dict.fromkeys("IOQ", 0.3)
# A number does not begin with a filler, and hardly has one among its first characters: those that stand for a space.
_SHORTEST_NUMBER = 5
_EARLY = 0.02
_NEVER = -20.0
# A name that breaks section 4.6 is more likely misread than printed so, but not beyond this (in nats).
_MOST_FOR_A_NAME = 8.0


@cache
def weights(form: Format) -> Array:
    """Probability of each glyph in each place before anything is seen, (lines, glyphs, 37)."""
    rows, width = form.shape
    found = np.full((rows, width, len(ALPHABET)), _DEVIATING / len(ALPHABET))
    for line, row in enumerate(form.allowed):
        for column, allowed in enumerate(row):
            usual = np.array([_USUAL.get(glyph, 1.0) if allowed == ALPHABET else 1.0 for glyph in allowed])
            here = [ALPHABET.index(glyph) for glyph in allowed]
            found[line, column, here] += (1 - _DEVIATING) * usual / usual.sum()
    for span in form.elements["document_number"][:1]:
        for line, column in span.places[:_SHORTEST_NUMBER]:
            if form.allowed[line][column] == ALPHABET:
                found[line, column, _FILLER] *= _EARLY
    return np.asarray(found / found.sum(2, keepdims=True), np.float64)


def fitted(probabilities: Array, form: Format) -> tuple[Array, float]:
    """What the picture says, (lines, glyphs, 37), weighed with what may stand there; and how well the two agree.

    The agreement is the log probability of the format's places, to be compared between formats of one shape.
    """
    joint = probabilities * weights(form)
    sums = joint.sum(2, keepdims=True)
    return joint / sums, float(np.log(sums).sum())


def with_names_and_codes(seen: Array, places: Array, form: Format) -> list[list[str]]:
    """The likeliest glyph of every place, names and codes taken as wholes.

    `seen` is what the picture says, `places` the same `fitted`. Names and codes have rules of their own here.
    """
    glyphs = [[ALPHABET[best] for best in row] for row in places.argmax(2)]
    logs = np.log(seen)
    for name in ("name", "surname"):
        for span in form.elements.get(name, ()):
            glyphs[span.line][span.start : span.end] = _name(logs[span.line, span.start : span.end])
    spans = [form.elements[name][0] for name in ("issuing_state", "nationality") if name in form.elements]
    tied = len(spans) == 2 and not form.kind.startswith("MRV")  # a visa's holder is a foreigner
    codes = _codes([logs[span.line, span.start : span.end] for span in spans], tied)
    for span, code in zip(spans, codes, strict=True):
        glyphs[span.line][span.start : span.end] = code
    return glyphs


def _one_of(*states: int) -> list[float]:
    return [0.0 if state in states else _NEVER for state in range(7)]


_BEGINS, _ENDS = np.array(_one_of(0)), np.array(_one_of(0, 4, 6))
_FOLLOWS = np.array([_one_of(*after) for after in ((0, 1, 2, 6), (0,), (3,), (4,), (4, 5, 6), (4,), (6,))])
_FOLLOWS[0, 6] = np.log(_ONE_NAME)


def _name(logs: Array) -> list[str]:
    """The likeliest field that part 3, section 4.6 allows; the likeliest at all where that is much likelier.

    Seven states: a letter of the primary identifier, a filler within it, the first and the second of the fillers that
    end it, a letter of the secondary identifier, a filler within that, the fillers that end the field.
    """
    letters, filler = logs[:, :_LETTERS].max(1), logs[:, _FILLER]
    shown = np.stack([letters, filler, filler, filler, letters, filler, filler], 1)
    scores = shown[0] + _BEGINS
    steps = []
    for row in shown[1:]:
        reached = scores[:, None] + _FOLLOWS
        steps.append(reached.argmax(0))
        scores = reached.max(0) + row
    state = int((scores + _ENDS).argmax())
    states = [state]
    for step in reversed(steps):
        state = int(step[state])
        states.append(state)
    best = logs[:, :_LETTERS].argmax(1)
    wanted = [ALPHABET[best[i]] if state in (0, 4) else "<" for i, state in enumerate(reversed(states))]
    places = np.arange(len(logs))
    cost = logs.max(1) - logs[places, [ALPHABET.index(glyph) for glyph in wanted]]
    return wanted if cost.sum() <= _MOST_FOR_A_NAME else [ALPHABET[i] for i in logs.argmax(1)]


@cache
def _listed() -> tuple[list[str], Array]:
    codes = sorted(code.ljust(3, "<") for code in CODES)
    return codes, np.array([[ALPHABET.index(glyph) for glyph in code] for code in codes])


def _codes(logs: Sequence[Array], tied: bool) -> list[str]:
    """The likeliest codes. `tied`: they are the issuer's and the holder's, and nearly always the same."""
    codes, glyphs = _listed()
    scores = [part[np.arange(3), glyphs].sum(1) for part in logs]
    bests = [int(score.argmax()) for score in scores]
    if tied:
        both = int((scores[0] + scores[1]).argmax())
        apart = scores[0][bests[0]] + scores[1][bests[1]] + np.log(_FOREIGN / len(codes))
        if scores[0][both] + scores[1][both] + np.log(1 - _FOREIGN) >= apart:
            bests = [both, both]
    found = []
    for part, score, best in zip(logs, scores, bests, strict=True):
        # Every three glyphs of a place's alphabet against the codes that exist: so much likelier is a listed one.
        favour = np.log((1 - _UNLISTED) / len(codes)) - np.log(_UNLISTED / 27**3)
        plain = part.max(1).sum()
        found.append(
            codes[best] if score[best] + favour >= plain else "".join(ALPHABET[i] for i in part.argmax(1))
        )
    return found
