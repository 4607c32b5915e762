"""Card codes: what a holder carries on her card, to be copied by hand (SPEC.md B.8, Crockford's Base 32)."""

import secrets

from vault.crypto.errors import KeyFormatError
from vault.crypto.indexes import normalise_card_code

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DATA_SIZE = 12
_MODULUS = 37


def new_card_code() -> str:
    """Return a new code, XXXX-XXXX-XXXX-X: 12 random symbols and Crockford's check symbol (59.8 bits)."""
    while True:
        data = "".join(secrets.choice(_ALPHABET) for _ in range(_DATA_SIZE))
        check = _check_value(data)
        # His check values 32 to 36 are written * ~ $ = U: hard to say over a telephone, so we draw again.
        if check < len(_ALPHABET):
            return _shown(data + _ALPHABET[check])


def parse_card_code(text: str) -> str:
    """Return the code as it is shown, XXXX-XXXX-XXXX-X, from any casing and spacing of it.

    Any one mistyped symbol and any swap of two neighbours is found (SPEC.md B.8).

    Raises:
        KeyFormatError: A typo: another length, a symbol that no code has, or a wrong check symbol.
    """
    symbols = normalise_card_code(text)
    if len(symbols) != _DATA_SIZE + 1 or not all(symbol in _ALPHABET for symbol in symbols):
        raise KeyFormatError("a card code has 13 letters and digits, without the letter U")
    if _check_value(symbols[:_DATA_SIZE]) != _ALPHABET.index(symbols[_DATA_SIZE]):
        raise KeyFormatError("this card code has a typing mistake")
    return _shown(symbols)


def _check_value(data: str) -> int:
    number = 0
    for symbol in data:
        number = (number * len(_ALPHABET) + _ALPHABET.index(symbol)) % _MODULUS
    return number


def _shown(symbols: str) -> str:
    return "-".join((symbols[:4], symbols[4:8], symbols[8:12], symbols[12:]))
