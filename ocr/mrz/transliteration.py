"""From printed Latin letters to those of the zone: Doc 9303 part 3, section 6, table A, and what it leaves out."""

import unicodedata

# Only what dropping the marks does not give by itself; the first of several is the one the table names first.
_TABLE_A: dict[str, tuple[str, ...]] = {
    "Ä": ("AE", "A"),
    "Å": ("AA", "A"),
    "Æ": ("AE",),
    "Ð": ("D",),
    "Ñ": ("N", "NXX"),
    "Ö": ("OE", "O"),
    "Ø": ("OE",),
    "Ü": ("UE", "UXX", "U"),
    "Þ": ("TH",),
    "Đ": ("D",),
    "Ħ": ("H",),
    "Ĳ": ("IJ",),
    "Ŀ": ("L",),
    "Ł": ("L",),
    "Ŋ": ("N",),
    "Œ": ("OE",),
    "Ŧ": ("T",),
    "ẞ": ("SS",),
}
# Letters of Latin alphabets that the table lacks and that have no marks to drop
_OTHERS: dict[str, tuple[str, ...]] = {"Ə": ("A",), "Ƒ": ("F",), "Ɓ": ("B",), "Ɗ": ("D",), "Ƙ": ("K",)}
_PUNCTUATION = ("Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Lm", "Sk")
_VIETNAMESE = {"Đ": ("D",), "Ð": ("D",)}
"""Vietnamese marks are part of the letter and simply go; Đ has none, and is often typed as the Icelandic Ð."""


def letters(text: str, issuing_state: str) -> tuple[tuple[str, ...], ...] | None:
    """What each letter of one printed name may be in the zone; None where it is no Latin text.

    For Vietnam there is one answer for every letter: Ö, Ü or Ä of a printed name are misread Vietnamese letters or
    stand for themselves, never OE, UE or AE. Elsewhere every alternative that the table publishes counts.
    """
    found = []
    for letter in unicodedata.normalize("NFC", text).upper():
        options = _options(letter, issuing_state == "VNM")
        if options is None:
            return None
        if options:
            found.append(options)
    return tuple(found)


def _options(letter: str, vietnamese: bool) -> tuple[str, ...] | None:
    table = _VIETNAMESE if vietnamese else _TABLE_A | _OTHERS
    if letter in table:
        return table[letter]
    bare = "".join(c for c in unicodedata.normalize("NFD", letter) if not unicodedata.combining(c))
    if not bare or unicodedata.category(letter) in _PUNCTUATION:
        return ()  # part 3, section 4.6: apostrophes and the like are omitted without a filler
    return (bare,) if bare.isascii() and bare.isalpha() else None
