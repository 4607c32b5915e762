"""Passphrases: alone in their file, strictly read, and never more work than we are ready to do."""

import hashlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.crypto import age
from vault.crypto.age_header import Stanza, decode_base64, encode_base64, make_header
from vault.crypto.errors import HeaderError, KeyFormatError, MixedRecipients, NoMatch, WorkFactorTooHigh
from vault.crypto.scrypt import MAX_WORK_FACTOR, ScryptIdentity, ScryptRecipient
from vault.crypto.x25519 import X25519Identity

FILE_KEY = bytes(range(16))
CHEAP = 2
MINE = ScryptIdentity("mật khẩu của tôi")
RECIPIENT = ScryptRecipient(MINE.passphrase, CHEAP)


@settings(deadline=None, max_examples=25)
@given(st.text(min_size=1))
def test_round_trip(passphrase: str) -> None:
    stanza = ScryptRecipient(passphrase, CHEAP).wrap(FILE_KEY)
    assert ScryptIdentity(passphrase).unwrap([stanza]) == FILE_KEY


def test_another_passphrase_or_form_of_it_does_not_open() -> None:
    """Nothing is normalised: the same letters composed otherwise are another passphrase, as in age."""
    file = b"".join(age.encrypt([b"text"], [ScryptRecipient("é", CHEAP)]))
    for other in ("e", "É", "é ", "e\u0301"):
        with pytest.raises(NoMatch):
            age.decrypt([file], [ScryptIdentity(other)])
    assert b"".join(age.decrypt([file], [ScryptIdentity("\u00e9")])) == b"text"


def test_the_salt_is_new_for_every_stanza() -> None:
    first, second = RECIPIENT.wrap(FILE_KEY), RECIPIENT.wrap(FILE_KEY)
    assert first.arguments[1] != second.arguments[1]
    assert first.body != second.body


@pytest.mark.parametrize("passphrase", ["", "\ud800"])
def test_an_empty_or_unwritable_passphrase_is_refused(passphrase: str) -> None:
    for make in (ScryptIdentity, ScryptRecipient):
        with pytest.raises(KeyFormatError):
            make(passphrase)


def test_we_write_what_the_age_command_writes_and_nothing_we_would_not_read() -> None:
    assert ScryptRecipient("passphrase").work_factor == 18
    for work_factor in (0, -1, MAX_WORK_FACTOR + 1):
        with pytest.raises(ValueError, match="work factor"):
            ScryptRecipient("passphrase", work_factor)


@pytest.mark.parametrize("work_factor", ["21", "22", "64", "99", "100", "9" * 5000])
def test_a_work_factor_above_the_limit_is_refused_before_any_work(work_factor: str) -> None:
    stanza = RECIPIENT.wrap(FILE_KEY)
    with pytest.raises(WorkFactorTooHigh):
        MINE.unwrap([Stanza((*stanza.arguments[:2], work_factor), stanza.body)])


@pytest.mark.parametrize("work_factor", ["0", "02", "+2", "-2", "0x2", "2.0", "two", "2_0", "2a"])
def test_a_work_factor_that_is_no_plain_number_is_refused(work_factor: str) -> None:
    stanza = RECIPIENT.wrap(FILE_KEY)
    with pytest.raises(HeaderError):
        MINE.unwrap([Stanza((*stanza.arguments[:2], work_factor), stanza.body)])


@pytest.mark.parametrize(
    "change",
    [
        lambda stanza: Stanza((*stanza.arguments, "2"), stanza.body),
        lambda stanza: Stanza(stanza.arguments[:2], stanza.body),
        lambda stanza: Stanza(stanza.arguments[:1], stanza.body),
        lambda stanza: Stanza(("scrypt", encode_base64(bytes(15)), "2"), stanza.body),
        lambda stanza: Stanza(("scrypt", encode_base64(bytes(17)), "2"), stanza.body),
        lambda stanza: Stanza(("scrypt", stanza.arguments[1] + "==", "2"), stanza.body),
        lambda stanza: Stanza(stanza.arguments, stanza.body[:-1]),
        lambda stanza: Stanza(stanza.arguments, stanza.body + b"\0"),
    ],
)
def test_a_malformed_stanza_is_refused(change: Callable[[Stanza], Stanza]) -> None:
    with pytest.raises(HeaderError):
        MINE.unwrap([change(RECIPIENT.wrap(FILE_KEY))])


def test_a_passphrase_is_the_only_recipient() -> None:
    other = X25519Identity.generate().recipient
    mixes: list[list[age.Recipient]] = [[RECIPIENT, RECIPIENT], [RECIPIENT, other], [other, RECIPIENT]]
    for mixed in mixes:
        with pytest.raises(MixedRecipients):
            age.header(FILE_KEY, mixed)
        with pytest.raises(MixedRecipients):
            age.open_header(make_header(FILE_KEY, [each.wrap(FILE_KEY) for each in mixed]), [MINE])


def test_a_header_without_a_passphrase_is_for_somebody_else() -> None:
    assert MINE.unwrap([X25519Identity.generate().recipient.wrap(FILE_KEY)]) is None
    assert MINE.unwrap([Stanza(("Scrypt", "a", "2"), bytes(32))]) is None


def test_the_wrap_key_is_scrypt_with_the_label_of_age() -> None:
    """Recomputed with the standard library."""
    stanza = RECIPIENT.wrap(FILE_KEY)
    salt = b"age-encryption.org/v1/scrypt" + decode_base64(stanza.arguments[1])
    wrap_key = hashlib.scrypt(MINE.passphrase.encode(), salt=salt, n=1 << CHEAP, r=8, p=1, dklen=32)
    assert ChaCha20Poly1305(wrap_key).decrypt(bytes(12), stanza.body, None) == FILE_KEY


def test_a_representation_does_not_show_the_passphrase() -> None:
    for shown in (repr(MINE), repr(RECIPIENT)):
        assert "khẩu" not in shown
