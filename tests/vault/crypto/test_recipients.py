"""Recipients and identities as people write them: each mistake has its own error, and no error repeats the input."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.crypto import bech32
from vault.crypto.errors import CryptoError, KeyFormatError, MixedCase, UnknownType, WrongChecksum
from vault.crypto.hybrid import HybridIdentity, HybridRecipient
from vault.crypto.recipients import fingerprint, parse_identity, parse_recipient, read_identities
from vault.crypto.x25519 import X25519Identity, X25519Recipient

CLASSIC, HYBRID = X25519Identity(bytes(range(32))), HybridIdentity(bytes(range(32)))
SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN"


def swapped(text: str, position: int) -> str:
    """Another symbol of the same alphabet and case in this place."""
    other = "p" if text[position].lower() != "p" else "q"
    return text[:position] + (other.upper() if text.isupper() else other) + text[position + 1 :]


def test_both_types_are_read_by_what_they_say_they_are() -> None:
    assert parse_recipient(str(CLASSIC.recipient)) == CLASSIC.recipient
    assert parse_recipient(str(HYBRID.recipient)) == HYBRID.recipient
    assert parse_identity(str(CLASSIC)) == CLASSIC
    assert parse_identity(str(HYBRID)) == HYBRID


@pytest.mark.parametrize("recipient", [CLASSIC.recipient, HYBRID.recipient])
def test_each_mistake_in_a_recipient_has_its_own_error(recipient: X25519Recipient | HybridRecipient) -> None:
    text = str(recipient)
    mistakes = {
        swapped(text, -1): WrongChecksum,
        swapped(text, 20): WrongChecksum,
        text[:-1]: WrongChecksum,
        text[:-1] + text[-1].upper(): MixedCase,
        text.capitalize(): MixedCase,
        text.upper(): UnknownType,
        " " + text: UnknownType,
        text + "\n": KeyFormatError,
        text + text: KeyFormatError,
    }
    for wrong, expected in mistakes.items():
        with pytest.raises(KeyFormatError) as caught:
            parse_recipient(wrong)
        assert issubclass(caught.type, expected)
        assert text[8:20] not in str(caught.value)


@pytest.mark.parametrize("identity", [CLASSIC, HYBRID])
def test_each_mistake_in_an_identity_has_its_own_error(identity: X25519Identity | HybridIdentity) -> None:
    text = str(identity)
    mistakes = {
        swapped(text, -1): WrongChecksum,
        text[:-1]: WrongChecksum,
        text[:-1] + text[-1].lower(): MixedCase,
        text.lower(): UnknownType,
        "": UnknownType,
        str(identity.recipient): UnknownType,
        "AGE-PLUGIN-YUBIKEY-1QQP": UnknownType,
    }
    for wrong, expected in mistakes.items():
        with pytest.raises(KeyFormatError) as caught:
            parse_identity(wrong)
        assert issubclass(caught.type, expected)
        assert text[20:32] not in str(caught.value).upper()


@pytest.mark.parametrize(
    "unknown",
    [
        SSH,
        "",
        "github:somebody",
        "somebody@example.org",
        bech32.encode("age1tag", bytes(33)),
        bech32.encode("age1tagpq", bytes(1249)),
        bech32.encode("age1yubikey", bytes(33)),
        bech32.encode("bc", bytes(20)),
    ],
)
def test_a_recipient_of_another_kind_is_of_unknown_type(unknown: str) -> None:
    with pytest.raises(UnknownType):
        parse_recipient(unknown)


@pytest.mark.parametrize("identity", [CLASSIC, HYBRID])
def test_a_secret_given_as_a_recipient_is_named_as_such_and_not_repeated(
    identity: X25519Identity | HybridIdentity,
) -> None:
    for text in (str(identity), str(identity).lower()):
        with pytest.raises(UnknownType, match="secret identity") as caught:
            parse_recipient(text)
        assert text[20:30].upper() not in str(caught.value).upper()


@given(st.text())
def test_arbitrary_text_raises_nothing_else(text: str) -> None:
    for attempt in (text, "age1" + text, "age1pq1" + text, "AGE-SECRET-KEY-" + text):
        with pytest.raises(KeyFormatError):
            parse_recipient(attempt)
        with pytest.raises(KeyFormatError):
            parse_identity(attempt)


def test_a_very_long_text_is_refused_unread() -> None:
    with pytest.raises(KeyFormatError, match="more than 4096 characters"):
        parse_recipient("age1" + "q" * 10_000_000)
    with pytest.raises(KeyFormatError, match="more than 4096 characters"):
        parse_identity("AGE-SECRET-KEY-1" + "Q" * 10_000_000)


def test_an_identity_file_is_read_line_by_line() -> None:
    text = f"# created: 2026-11-23T09:00:00Z\n# public key: {CLASSIC.recipient}\n{CLASSIC}\n\n{HYBRID}\r\n"
    assert read_identities(text) == (CLASSIC, HYBRID)
    assert read_identities(str(HYBRID)) == (HYBRID,)


@pytest.mark.parametrize("empty", ["", "\n\n", "# only a comment\n"])
def test_an_identity_file_without_an_identity_is_refused(empty: str) -> None:
    with pytest.raises(KeyFormatError):
        read_identities(empty)


def test_a_bad_line_is_named_by_its_number_and_kept_to_itself() -> None:
    mistakes: dict[str, type[CryptoError]] = {
        swapped(str(HYBRID), -1): WrongChecksum,
        str(HYBRID.recipient): UnknownType,
        " " + str(HYBRID): UnknownType,
    }
    for line, expected in mistakes.items():
        with pytest.raises(expected, match=r"^line 3: ") as caught:
            read_identities(f"# comment\n{CLASSIC}\n{line}\n")
        assert line[20:30] not in str(caught.value)


@pytest.mark.parametrize("recipient", [CLASSIC.recipient, HYBRID.recipient])
def test_a_fingerprint_is_eight_groups_from_the_digest_of_the_text(
    recipient: X25519Recipient | HybridRecipient,
) -> None:
    digest = hashlib.sha256(str(recipient).encode()).hexdigest()[:32]
    groups = fingerprint(recipient).split(" ")
    assert [len(group) for group in groups] == [4] * 8
    assert "".join(groups) == digest


def test_another_recipient_has_another_fingerprint() -> None:
    assert fingerprint(CLASSIC.recipient) != fingerprint(HYBRID.recipient)
    assert fingerprint(HYBRID.recipient) == fingerprint(HybridIdentity(bytes(range(32))).recipient)
