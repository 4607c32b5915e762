"""Text as labels are looked for in it: small letters without diacritics, sign for sign as long as the original."""

import unicodedata
from functools import lru_cache

_SINGLE = {
    "đ": "d",
    "Đ": "d",
    "\u00d0": "d",  # the Icelandic letter, which recognisers read for it
    "\u00f0": "d",
    "\u0131": "i",  # without its dot
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2013": "-",
    "\u2014": "-",
    "\uff0f": "/",
    "\uff1a": ":",
}


def fold(text: str) -> str:
    """`text`, NFC, with the same length: so that a place in the folded text is a place in the original.

    Thai digits become ours; Thai vowels and tones stay, they are letters of their own place.
    """
    return "".join(map(_fold_sign, text))


@lru_cache(maxsize=4096)
def _fold_sign(sign: str) -> str:
    if sign.isascii():
        return " " if sign in "\t\n\r" else sign.lower()
    if sign in _SINGLE:
        return _SINGLE[sign]
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    if sign.isspace():
        return " "
    base = unicodedata.normalize("NFD", sign)[0].lower()
    return base if len(base) == 1 else sign
