"""Bech32, strictly as BIP-173 has it, but without its limit of 90 characters (C2SP age, Conventions)."""

from vault.crypto.errors import KeyFormatError, MixedCase, WrongChecksum

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_SIZE = 6


def encode(prefix: str, data: bytes) -> str:
    """Encode bytes in lower case; an upper-case form is this one's `.upper()`."""
    words = _regroup(data, 8, 5, pad=True)
    expanded = _expand(prefix) + words
    residue = _polymod([*expanded, *[0] * _CHECKSUM_SIZE]) ^ 1
    checksum = [(residue >> 5 * (_CHECKSUM_SIZE - 1 - i)) & 31 for i in range(_CHECKSUM_SIZE)]
    return prefix + "1" + "".join(_ALPHABET[word] for word in words + checksum)


def decode(text: str) -> tuple[str, bytes]:
    """Return the prefix, in lower case, and the bytes.

    Raises:
        MixedCase: Upper and lower case at once.
        WrongChecksum: Mistyped or cut.
        KeyFormatError: A foreign character, or padding that is not canonical.
    """
    prefix, words = decode_words(text)
    return prefix, bytes(_regroup(words, 5, 8, pad=False))


def decode_words(text: str) -> tuple[str, list[int]]:
    """Return the prefix, in lower case, and the five-bit words without their checksum (BIP-173, "Bech32").

    Raises:
        MixedCase: Upper and lower case at once.
        WrongChecksum: Mistyped or cut.
        KeyFormatError: A foreign character.
    """
    if not all("!" <= symbol <= "~" for symbol in text):
        raise KeyFormatError("white space, or a character that Bech32 does not have")
    if text not in (text.lower(), text.upper()):
        raise MixedCase("upper and lower case are mixed")
    prefix, separator, data = text.lower().rpartition("1")
    if not separator or not prefix or len(data) < _CHECKSUM_SIZE:
        raise KeyFormatError("too short, or without the separator 1")
    words = [_ALPHABET.find(symbol) for symbol in data]
    if -1 in words:
        raise KeyFormatError("a character that Bech32 data does not have")
    if _polymod(_expand(prefix) + words) != 1:
        raise WrongChecksum("wrong checksum: mistyped or cut")
    return prefix, words[:-_CHECKSUM_SIZE]


def _expand(prefix: str) -> list[int]:
    codes = prefix.encode("ascii")
    return [code >> 5 for code in codes] + [0] + [code & 31 for code in codes]


def _polymod(words: list[int]) -> int:
    residue = 1
    for word in words:
        top = residue >> 25
        residue = (residue & 0x1FFFFFF) << 5 ^ word
        for bit, generator in enumerate(_GENERATOR):
            if top >> bit & 1:
                residue ^= generator
    return residue


def _regroup(values: bytes | list[int], width_in: int, width_out: int, *, pad: bool) -> list[int]:
    pending = bits = 0
    regrouped = []
    for value in values:
        pending = pending << width_in | value
        bits += width_in
        while bits >= width_out:
            bits -= width_out
            regrouped.append(pending >> bits)
            pending &= (1 << bits) - 1
    if pad and bits:
        regrouped.append(pending << width_out - bits)
    elif not pad and (bits >= width_in or pending):
        raise KeyFormatError("padding that is not canonical")
    return regrouped
