"""Texts as machine-readable zones carry them (ICAO Doc 9303 parts 4 to 7), for rendering. Nobody's data: all drawn."""

import numpy as np

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"
# Glyphs that a worn or small print confuses: runs of them teach the difference.
NEAR = (
    *("0OQD", "1IL7", "8B3", "5S6", "2Z7", "UVY", "MWNH", "CG6"),
    *("EFP", "PRB", "XKY", "4A", "9G", "JI1", "TI1", "<KCL"),
)
_COMMON = "AAAAAEEEEEIIIINNNNOOOORRRSSSTTTLLHHGGDDMMKKUUCCBPVYFJWZXQ"


def _pick(rng: np.random.Generator, alphabet: str, length: int) -> str:
    return "".join(alphabet[i] for i in rng.integers(len(alphabet), size=max(0, length)))


def _name(rng: np.random.Generator, room: int) -> str:
    words = [_pick(rng, _COMMON, int(rng.integers(2, 10))) for _ in range(int(rng.integers(2, 6)))]
    family = int(rng.integers(1, len(words)))
    return ("<".join(words[:family]) + "<<" + "<".join(words[family:])).ljust(room, "<")[:room]


def _number(rng: np.random.Generator) -> str:
    letters = int(rng.integers(0, 4))
    digits = int(rng.integers(5, 10 - letters))
    return (_pick(rng, LETTERS, letters) + _pick(rng, DIGITS, digits)).ljust(9, "<")[:9] + _pick(
        rng, DIGITS, 1
    )


def _middle(rng: np.random.Generator) -> str:
    sex = "FM<"[int(rng.integers(3))]
    return _pick(rng, DIGITS, 7) + sex + _pick(rng, DIGITS, 7)


def zone(rng: np.random.Generator) -> tuple[str, ...]:
    """The two or three lines of one drawn document; the check digits are drawn too, so they teach nothing."""
    state = _pick(rng, LETTERS, 3) if rng.random() < 0.9 else "D<<"
    optional = _pick(rng, DIGITS, int(rng.integers(0, 15))) if rng.random() < 0.6 else ""
    if rng.random() < 0.3:
        first = "IAC"[int(rng.integers(3))] + "D<P"[int(rng.integers(3))] + state + _number(rng)
        date = _middle(rng)
        return (
            (first + optional).ljust(30, "<")[:30],
            (date + state).ljust(29, "<") + _pick(rng, DIGITS, 1),
            _name(rng, 30),
        )
    wide = 44 if rng.random() < 0.75 else 36
    head = "PPPVI"[int(rng.integers(5))] + "<<<DM"[int(rng.integers(5))] + state
    second = (_number(rng) + state + _middle(rng) + optional).ljust(wide - 2, "<")[: wide - 2] + _pick(
        rng, DIGITS, 2
    )
    return (head + _name(rng, wide - 5), second)


def _runs(rng: np.random.Generator, length: int) -> str:
    out = ""
    while len(out) < length:
        alphabet = (
            LETTERS,
            DIGITS,
            LETTERS + DIGITS,
            LETTERS + DIGITS + "<",
            NEAR[int(rng.integers(len(NEAR)))],
            "<",
        )[int(rng.choice(6, p=(0.17, 0.17, 0.24, 0.1, 0.22, 0.1)))]
        out += _pick(rng, alphabet, int(rng.integers(1, 12)))
    return out[:length]


def text(rng: np.random.Generator, length: int) -> str:
    """At most `length` glyphs: a window of a line out of a zone, or runs of like glyphs.

    Half are runs, in which no glyph follows from its neighbours: the net must look, not guess.
    """
    if rng.random() < 0.5:
        return _runs(rng, length)
    lines = zone(rng)
    line = lines[int(rng.integers(len(lines)))]
    start = int(rng.integers(0, max(0, len(line) - length) + 1))
    return line[start : start + length]
