"""The tree of errors: callers that ask for a parent get every kind of it, and no kind is taken for another."""

import pytest

from vault.crypto import errors

OF_A_HEADER = [
    errors.ForeignVersion,
    errors.HeaderTooLong,
    errors.TooManyRecipients,
    errors.MixedRecipients,
    errors.WorkFactorTooHigh,
]
OF_TEXT = [errors.WrongChecksum, errors.MixedCase, errors.UnknownType]
SIBLINGS = [
    errors.HeaderError,
    errors.ArmorError,
    errors.NoMatch,
    errors.HeaderMacError,
    errors.PayloadError,
    errors.KeyFormatError,
]


@pytest.mark.parametrize("kind", OF_A_HEADER)
def test_what_is_wrong_with_a_header_is_a_header_error(kind: type[errors.CryptoError]) -> None:
    assert issubclass(kind, errors.HeaderError)


@pytest.mark.parametrize("kind", OF_TEXT)
def test_what_is_wrong_with_a_recipient_is_a_key_format_error(kind: type[errors.CryptoError]) -> None:
    assert issubclass(kind, errors.KeyFormatError)


@pytest.mark.parametrize("kind", SIBLINGS)
def test_no_kind_of_failure_is_taken_for_another(kind: type[errors.CryptoError]) -> None:
    assert issubclass(kind, errors.CryptoError)
    assert not any(issubclass(kind, other) for other in SIBLINGS if other is not kind)
