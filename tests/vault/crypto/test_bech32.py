"""Bech32 against the test vectors of BIP-173."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.crypto import bech32
from vault.crypto.errors import KeyFormatError

BIP_173_VALID = [
    "A12UEL5L",
    "a12uel5l",
    "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
    "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
    "11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j",
    "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
    "?1ezyfcl",
    # Refused by BIP-173 for its length only; age lifts that limit.
    "an84characterslonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1569pvx",
]
BIP_173_INVALID = [
    "\x201nwldj5",
    "\x7f1axkwrx",
    "\x801eym55h",
    "pzry9x0s0muk",
    "1pzry9x0s0muk",
    "x1b4n0q5v",
    "li1dgmt3",
    "de1lg7wt\xff",
    "A1G7SGD8",
    "10a06t8",
    "1qzzfhee",
]


@pytest.mark.parametrize("text", BIP_173_VALID)
def test_valid_vectors_are_accepted(text: str) -> None:
    prefix, words = bech32.decode_words(text)
    assert text.lower().startswith(prefix + "1")
    assert len(words) == len(text) - len(prefix) - 7


@pytest.mark.parametrize("text", [*BIP_173_INVALID, "", "1", "A12uEL5L", "a12UEL5l"])
def test_invalid_vectors_are_refused(text: str) -> None:
    with pytest.raises(KeyFormatError):
        bech32.decode_words(text)


# Payload of the BIP's example addresses: five-bit words that are whole bytes, except for the witness version.
@pytest.mark.parametrize("data", ["", "00", "751e76e8199196d454941c45d1b3a323f1433bd6"])
def test_lower_and_upper_case_decode_alike(data: str) -> None:
    text = bech32.encode("bc", bytes.fromhex(data))
    assert bech32.decode(text) == bech32.decode(text.upper()) == ("bc", bytes.fromhex(data))


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x40), min_size=1, max_size=90), st.binary())
def test_round_trip_at_any_length(prefix: str, data: bytes) -> None:
    assert bech32.decode(bech32.encode(prefix, data)) == (prefix, data)


@given(st.binary(max_size=64), st.integers(0), st.sampled_from("qpzry9x8gf2tvdw0s3jn54khce6mua7l"))
def test_any_one_wrong_symbol_is_found(data: bytes, position: int, symbol: str) -> None:
    text = bech32.encode("age", data)
    position = 4 + position % (len(text) - 4)
    wrong = text[:position] + symbol + text[position + 1 :]
    if wrong == text:
        assert bech32.decode(wrong) == ("age", data)
    else:
        with pytest.raises(KeyFormatError):
            bech32.decode(wrong)


@given(st.text(max_size=80))
def test_arbitrary_text_raises_nothing_else(text: str) -> None:
    for attempt in (text, "age1" + text, text.upper()):
        try:
            prefix, data = bech32.decode(attempt)
        except KeyFormatError:
            continue
        assert bech32.encode(prefix, data) == attempt.lower()


def with_checksum(prefix: str, words: list[int]) -> str:
    """Bech32 of words that need not be whole bytes, after the reference code in BIP-173."""
    values = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + words + [0] * 6
    residue = 1
    for value in values:
        top = residue >> 25
        residue = (residue & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate([0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3]):
            residue ^= generator if top >> bit & 1 else 0
    checksum = [(residue ^ 1) >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "1" + "".join("qpzry9x8gf2tvdw0s3jn54khce6mua7l"[word] for word in words + checksum)


@pytest.mark.parametrize("words", [[0], [0] * 3, [0] * 6, [0, 1], [31, 31]])
def test_padding_that_is_not_canonical_is_refused(words: list[int]) -> None:
    """The checksum is right, but a word too many was appended or the spare bits say something."""
    text = with_checksum("age", words)
    assert bech32.decode_words(text) == ("age", words)
    with pytest.raises(KeyFormatError):
        bech32.decode(text)
