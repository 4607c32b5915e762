"""Check digits of machine-readable zones, ICAO Doc 9303 part 3, section 4.9, and what they cannot see."""

from ocr.mrz.alphabet import ALPHABET

WEIGHTS = (7, 3, 1)
VALUES = {glyph: int(glyph, 36) if glyph != "<" else 0 for glyph in ALPHABET}
"""0..9 count as themselves, A..Z from 10 to 35, the filler as 0."""


def check_digit(text: str) -> str:
    """The digit over `text`: weights 7, 3, 1 repeating, the sum modulo 10.

    Raises:
        ValueError: a character outside the alphabet.
    """
    try:
        return str(sum(VALUES[glyph] * WEIGHTS[i % 3] for i, glyph in enumerate(text)) % 10)
    except KeyError:
        raise ValueError("character outside the alphabet") from None


def unseen(glyph: str) -> frozenset[str]:
    """The glyphs that may stand in place of `glyph` without any check digit noticing.

    The weights have no factor in common with 10, so a single substitution is seen exactly when the values differ
    modulo 10. Ten classes are left in which nothing is: `<0AKU`, `1BLV`, `2CMW`, `3DNX`, `4EOY`, `5FPZ`, `6GQ`,
    `7HR`, `8IS`, `9JT`. Among them are look-alikes (6/G, 8/S, 1/L, 8/B is not): there the picture alone decides.
    """
    return frozenset(other for other in ALPHABET if VALUES[other] % 10 == VALUES[glyph] % 10) - {glyph}
