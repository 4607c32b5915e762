"""X25519 recipients and identities: strict text, no low order, nothing linkable."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.crypto import bech32
from vault.crypto.age_header import Stanza, encode_base64
from vault.crypto.errors import HeaderError, KeyFormatError
from vault.crypto.x25519 import X25519Identity, X25519Recipient

FILE_KEY = bytes(range(16))
# Every encoding below 2^255 of a point of small order on Curve25519 or its twist, https://cr.yp.to/ecdh.html#validate
LOW_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]
SPEC_IDENTITY = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
SPEC_RECIPIENT = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"


def test_the_example_of_the_age_specification() -> None:
    identity = X25519Identity.parse(SPEC_IDENTITY)
    assert identity.secret == b"\x42" * 32
    assert str(identity) == SPEC_IDENTITY
    assert str(identity.recipient) == SPEC_RECIPIENT
    assert X25519Recipient.parse(SPEC_RECIPIENT) == identity.recipient


def test_rfc_7748_section_6_1() -> None:
    alice = X25519Identity(bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
    public = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    assert alice.recipient.public_key.hex() == public


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_round_trip(secret: bytes) -> None:
    identity = X25519Identity(secret)
    assert X25519Identity.parse(str(identity)) == identity
    assert X25519Recipient.parse(str(identity.recipient)) == identity.recipient
    assert identity.unwrap([identity.recipient.wrap(FILE_KEY)]) == FILE_KEY


def test_two_stanzas_for_one_recipient_share_nothing_but_their_type() -> None:
    recipient = X25519Identity.generate().recipient
    first, second = recipient.wrap(FILE_KEY), recipient.wrap(FILE_KEY)
    assert first.arguments[0] == second.arguments[0] == "X25519"
    assert first.arguments[1] != second.arguments[1]
    assert first.body != second.body


@pytest.mark.parametrize("high_bit", [0, 0x80])
@pytest.mark.parametrize("point", LOW_ORDER)
def test_a_point_of_low_order_is_refused_on_both_sides(point: str, high_bit: int) -> None:
    low = bytearray.fromhex(point)
    low[31] |= high_bit  # RFC 7748 section 5: the top bit is ignored, so these are the same points
    with pytest.raises(KeyFormatError):
        X25519Recipient(bytes(low))
    with pytest.raises(KeyFormatError):
        X25519Recipient.parse(bech32.encode("age", bytes(low)))
    with pytest.raises(HeaderError):
        X25519Identity.generate().unwrap([Stanza(("X25519", encode_base64(bytes(low))), bytes(32))])


@pytest.mark.parametrize(
    "text",
    [
        "",
        SPEC_RECIPIENT.upper(),
        SPEC_RECIPIENT.capitalize(),
        SPEC_RECIPIENT + "\n",
        " " + SPEC_RECIPIENT,
        SPEC_RECIPIENT[:-1],
        SPEC_RECIPIENT[:-1] + "q",
        SPEC_IDENTITY,
        bech32.encode("age", b"\x42" * 31),
        bech32.encode("age", b"\x42" * 33),
        bech32.encode("age1pq", b"\x42" * 32),
        bech32.encode("agf", b"\x42" * 32),
    ],
)
def test_a_mistyped_recipient_is_refused(text: str) -> None:
    with pytest.raises(KeyFormatError):
        X25519Recipient.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        SPEC_IDENTITY.lower(),
        SPEC_IDENTITY + "\n",
        SPEC_IDENTITY[:-1],
        SPEC_RECIPIENT,
        bech32.encode("age-secret-key-", b"\x42" * 31).upper(),
        bech32.encode("age-secret-key-pq-", b"\x42" * 32).upper(),
    ],
)
def test_a_mistyped_identity_is_refused(text: str) -> None:
    with pytest.raises(KeyFormatError):
        X25519Identity.parse(text)


@given(st.text())
def test_arbitrary_text_raises_nothing_else(text: str) -> None:
    for parse in (X25519Recipient.parse, X25519Identity.parse):
        with pytest.raises(KeyFormatError):
            parse(text)


@settings(deadline=None)
@given(
    st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1), max_size=3), st.binary()
)
def test_a_malformed_stanza_is_refused(arguments: list[str], body: bytes) -> None:
    with pytest.raises(HeaderError):
        X25519Identity.generate().unwrap([Stanza(("X25519", *arguments), body)])


@pytest.mark.parametrize("size", [0, 16, 31, 33, 48])
def test_a_body_of_another_size_is_refused_before_it_is_opened(size: int) -> None:
    identity = X25519Identity.generate()
    stanza = identity.recipient.wrap(bytes(max(0, size - 16)))
    with pytest.raises(HeaderError):
        identity.unwrap([Stanza(stanza.arguments, stanza.body[:size])])


def test_a_representation_does_not_show_the_secret() -> None:
    identity = X25519Identity(b"\x42" * 32)
    assert "BBBB" not in repr(identity)
    assert "SECRET" not in repr(identity)
