"""Pages of text as a recogniser would give them: read well, or with the slips of a poor scan."""

import random
import unicodedata
from collections.abc import Sequence

from ocr.text.page_text import Line, PageText, Word, around

WIDTH, HEIGHT = 2480, 3508
LINE_HEIGHT, LETTER = 46, 22
LOOKALIKES = {
    "0": "O8",
    "1": "l7",
    "2": "7Z",
    "3": "8",
    "4": "9",
    "5": "6S",
    "6": "5",
    "7": "1",
    "8": "30",
    "9": "4",
    "O": "0",
    "l": "1",
    "e": "c",
    "c": "e",
    "n": "u",
    "u": "n",
    "m": "n",
    "h": "b",
    "i": "l",
    "t": "f",
    "g": "q",
    "a": "o",
    "o": "a",
    "r": "t",
}


def line_of(text: str, top: int, left: int = 250, confidence: float = 0.99) -> Line:
    """One printed line; a tab in `text` parts two cells."""
    words, right = [], left
    for cell in text.split("\t"):
        for word in cell.split():
            words.append(Word(word, (right, top, LETTER * len(word), LINE_HEIGHT), confidence))
            right += LETTER * (len(word) + 1)
        right += 5 * LETTER
    return Line(tuple(words), around([word.box for word in words]), None)


def page_of(text: str, confidence: float = 0.99) -> PageText:
    """A page from its printed lines, in reading order."""
    printed = [line for line in text.splitlines() if line.strip()]
    lines = [line_of(line, 200 + 60 * number, confidence=confidence) for number, line in enumerate(printed)]
    return PageText(tuple(lines), WIDTH, HEIGHT, ())


def noisy(
    pages: Sequence[PageText], rate: float, chance: random.Random, overconfident: float = 0.0
) -> list[PageText]:
    """The pages with `rate` of their letters misread: diacritics lost, look-alikes, signs lost, lines split or merged.

    A harmed word is less sure than an unharmed one, as recognisers have it: at most 0.85 against at least 0.8; but for
    a share of `overconfident` ones.
    """
    return [
        PageText(
            tuple(_reflowed([_noisy_line(line, rate, chance, overconfident) for line in page.lines], chance)),
            page.width,
            page.height,
            (),
        )
        for page in pages
    ]


def _noisy_line(line: Line, rate: float, chance: random.Random, overconfident: float) -> Line:
    words = tuple(_noisy_word(word, rate, chance, overconfident) for word in line.words)
    return Line(words, line.box, line.language)


def _noisy_word(word: Word, rate: float, chance: random.Random, overconfident: float) -> Word:
    text = (
        "".join(_noisy_sign(sign, chance) if chance.random() < rate else sign for sign in word.text)
        or word.text
    )
    harmed = text != word.text
    if harmed and overconfident and chance.random() < overconfident:
        return Word(unicodedata.normalize("NFC", text), word.box, chance.uniform(0.9, 0.99))
    confidence = chance.uniform(0.3, 0.85) if harmed else min(0.99, chance.uniform(0.8, 1.1))
    return Word(unicodedata.normalize("NFC", text), word.box, confidence)


def _noisy_sign(sign: str, chance: random.Random) -> str:
    plain = unicodedata.normalize("NFD", sign)[0]
    if plain != sign and chance.random() < 0.7:
        return plain
    if sign in LOOKALIKES and chance.random() < 0.7:
        return chance.choice(LOOKALIKES[sign])
    return (
        chance.choice(["", sign + sign, "."])
        if not sign.isdigit()
        else chance.choice(["", "0123456789"[chance.randrange(10)]])
    )


def _reflowed(lines: list[Line], chance: random.Random) -> list[Line]:
    """Some lines cut in two, some neighbours on a line merged."""
    result: list[Line] = []
    for line in lines:
        if len(line.words) > 6 and chance.random() < 0.01:
            at = chance.randrange(2, len(line.words) - 2)
            result += [_with(line, line.words[:at]), _with(line, line.words[at:])]
        elif len(line.words) > 1 and chance.random() < 0.03:
            at = chance.randrange(len(line.words) - 1)
            one, two = line.words[at : at + 2]
            joined = Word(
                one.text + two.text, around([one.box, two.box]), min(one.confidence, two.confidence) * 0.8
            )
            result.append(_with(line, (*line.words[:at], joined, *line.words[at + 2 :])))
        else:
            result.append(line)
    return result


def _with(line: Line, words: tuple[Word, ...]) -> Line:
    return Line(words, around([word.box for word in words]), line.language)
