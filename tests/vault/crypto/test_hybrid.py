"""Post-quantum recipients and identities: strict text, both halves needed, nothing linkable."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.crypto import age, bech32
from vault.crypto.age_header import Stanza, decode_base64, encode_base64, make_header, parse_header
from vault.crypto.errors import HeaderError, KeyFormatError, MixedRecipients, NoMatch, UnknownType
from vault.crypto.hybrid import HybridIdentity, HybridRecipient
from vault.crypto.x25519 import X25519Identity

FILE_KEY = bytes(range(16))
MINE, OTHER = HybridIdentity(b"\x42" * 32), HybridIdentity(b"\x43" * 32)
# The example of the age specification; its recipient is 1959 characters, of which the ends stand here.
SPEC_IDENTITY = "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR"
SPEC_RECIPIENT_BEGINS = (
    "age1pq1x34nzsvr0rxjsgdn8zgyhfe8j7ceq5r9rdelkjuh3y235jzxshfg87pzf5zrqtzdxz95paef6caq5aapdmw"
)
SPEC_RECIPIENT_ENDS = "9efhxpfqdkmhh6gjtqmwze9pyyzk3tlhl53k2ykx3qheyty7saeq0d3fzv49zc0k"


def test_the_example_of_the_age_specification() -> None:
    identity = HybridIdentity.parse(SPEC_IDENTITY)
    assert str(identity) == SPEC_IDENTITY
    text = str(identity.recipient)
    assert text.startswith(SPEC_RECIPIENT_BEGINS)
    assert text.endswith(SPEC_RECIPIENT_ENDS)
    assert len(text) == 1959
    assert HybridRecipient.parse(text) == identity.recipient


@settings(deadline=None, max_examples=25)
@given(st.binary(min_size=32, max_size=32))
def test_round_trip(seed: bytes) -> None:
    identity = HybridIdentity(seed)
    assert HybridIdentity.parse(str(identity)) == identity
    assert HybridRecipient.parse(str(identity.recipient)) == identity.recipient
    assert identity.unwrap([identity.recipient.wrap(FILE_KEY)]) == FILE_KEY


def test_two_stanzas_for_one_recipient_share_nothing_but_their_type() -> None:
    first, second = MINE.recipient.wrap(FILE_KEY), MINE.recipient.wrap(FILE_KEY)
    assert first.arguments[0] == second.arguments[0] == "mlkem768x25519"
    assert first.arguments[1][:40] != second.arguments[1][:40]
    assert first.arguments[1][-40:] != second.arguments[1][-40:]
    assert first.body != second.body


def test_several_recipients_each_open_and_a_stranger_does_not() -> None:
    header = parse_header(age.header(FILE_KEY, [OTHER.recipient, MINE.recipient]))
    for identity in (MINE, OTHER):
        assert age.open_header(header, [identity]) == FILE_KEY
    with pytest.raises(NoMatch):
        age.open_header(header, [HybridIdentity.generate(), X25519Identity.generate()])


@pytest.mark.parametrize("position", [0, 1087, 1088, 1119])
def test_a_change_in_either_half_of_the_share_opens_nothing(position: int) -> None:
    stanza = MINE.recipient.wrap(FILE_KEY)
    share = bytearray(decode_base64(stanza.arguments[1]))
    share[position] ^= 1
    changed = Stanza((stanza.arguments[0], encode_base64(bytes(share))), stanza.body)
    assert MINE.unwrap([changed]) is None


def test_the_info_string_separates_it_from_other_uses_of_the_same_secret() -> None:
    """Both halves of an identity are derived from one seed; the classic half alone opens nothing."""
    stanza = MINE.recipient.wrap(FILE_KEY)
    classic = X25519Identity(b"\x42" * 32)
    assert classic.unwrap([stanza]) is None


LOW_ORDER = ["00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f", "ed" + "ff" * 31]


@pytest.mark.parametrize("point", LOW_ORDER)
def test_a_share_of_low_order_is_malformed_not_for_somebody_else(point: str) -> None:
    stanza = MINE.recipient.wrap(FILE_KEY)
    share = decode_base64(stanza.arguments[1])[:1088] + bytes.fromhex(point)
    with pytest.raises(HeaderError):
        MINE.unwrap([Stanza((stanza.arguments[0], encode_base64(share)), stanza.body)])


@pytest.mark.parametrize("point", LOW_ORDER)
def test_a_recipient_of_low_order_is_refused(point: str) -> None:
    with pytest.raises(KeyFormatError):
        HybridRecipient(MINE.recipient.public_key[:1184] + bytes.fromhex(point))


def test_a_public_key_outside_the_modulus_is_refused() -> None:
    """FIPS 203 section 7.2: each coefficient is 12 bits and below 3329; 0xfff is not."""
    with pytest.raises(KeyFormatError):
        HybridRecipient(b"\xff\xff\xff" + MINE.recipient.public_key[3:])


@pytest.mark.parametrize("size", [0, 32, 1184, 1215, 1217])
def test_a_recipient_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(KeyFormatError):
        HybridRecipient((MINE.recipient.public_key + b"\0")[:size])


@pytest.mark.parametrize("size", [0, 31, 33, 64, 96])
def test_an_identity_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(KeyFormatError):
        HybridIdentity(bytes(size))
    with pytest.raises(KeyFormatError):
        HybridIdentity.parse(bech32.encode("age-secret-key-pq-", bytes(size)).upper())


@pytest.mark.parametrize(
    "change",
    [
        lambda stanza: Stanza((*stanza.arguments, "more"), stanza.body),
        lambda stanza: Stanza(stanza.arguments[:1], stanza.body),
        lambda stanza: Stanza((stanza.arguments[0], stanza.arguments[1][:-4]), stanza.body),
        lambda stanza: Stanza((stanza.arguments[0], stanza.arguments[1] + "AAAA"), stanza.body),
        lambda stanza: Stanza((stanza.arguments[0], stanza.arguments[1] + "="), stanza.body),
        lambda stanza: Stanza(stanza.arguments, stanza.body[:-1]),
        lambda stanza: Stanza(stanza.arguments, stanza.body + b"\0"),
        lambda stanza: Stanza(stanza.arguments, b""),
    ],
)
def test_a_malformed_stanza_is_refused(change: Callable[[Stanza], Stanza]) -> None:
    with pytest.raises(HeaderError):
        MINE.unwrap([change(MINE.recipient.wrap(FILE_KEY))])


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        str(MINE.recipient).upper(),
        str(MINE.recipient) + "\n",
        str(MINE.recipient)[:-1],
        str(X25519Identity(bytes(range(32))).recipient),
        bech32.encode("age1pq", bytes(32)),
        bech32.encode("age1tagpq", MINE.recipient.public_key),
        str(MINE),
    ],
)
def test_a_mistyped_recipient_is_refused(wrong: str) -> None:
    with pytest.raises(KeyFormatError):
        HybridRecipient.parse(wrong)


def test_an_identity_is_read_in_upper_case_only() -> None:
    for wrong in (str(MINE).lower(), str(MINE) + " ", str(X25519Identity.generate())):
        with pytest.raises(KeyFormatError):
            HybridIdentity.parse(wrong)


def test_types_are_not_taken_for_each_other() -> None:
    with pytest.raises(UnknownType):
        HybridRecipient.parse(str(X25519Identity(bytes(range(32))).recipient))
    with pytest.raises(UnknownType):
        X25519Identity.parse(str(MINE))


def test_post_quantum_and_classic_are_never_written_into_one_header() -> None:
    classic = X25519Identity.generate()
    both: list[age.Recipient] = [MINE.recipient, classic.recipient]
    for mixed in (both, both[::-1]):
        with pytest.raises(MixedRecipients):
            age.header(FILE_KEY, mixed)
        with pytest.raises(MixedRecipients):
            age.encrypt([b"text"], mixed)


def test_a_mixed_header_of_somebody_else_is_read() -> None:
    """age leaves it at SHOULD NOT for writers, and some write it: who opens it loses nothing by it."""
    classic = X25519Identity.generate()
    stanzas = [classic.recipient.wrap(FILE_KEY), MINE.recipient.wrap(FILE_KEY)]
    for identity in (MINE, classic):
        assert age.open_header(make_header(FILE_KEY, stanzas), [identity]) == FILE_KEY


def test_a_representation_does_not_show_the_secret() -> None:
    assert "BBBB" not in repr(MINE)
    assert "SECRET" not in repr(MINE)
