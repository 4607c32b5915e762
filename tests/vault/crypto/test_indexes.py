"""Indexes of cards and sign-in names: what a person types twice gives one index, and the index says nothing."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.crypto.errors import KeyFormatError
from vault.crypto.indexes import card_index, login_index, normalise_card_code, normalise_login

INDEX_KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("0123-4567-89AB-C", "0123456789ABC"),
        (" 0123 4567 89ab c ", "0123456789ABC"),
        ("oOiIlL", "001111"),
        ("", ""),
    ],
)
def test_card_codes_are_read_as_crockford_says(typed: str, normal: str) -> None:
    assert normalise_card_code(typed) == normal
    assert card_index(INDEX_KEY, typed) == card_index(INDEX_KEY, normal)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("Mai", "mai"),
        ("  mai\n", "mai"),
        ("\uff2d\uff21\uff29", "mai"),
        ("Straße", "strasse"),
        ("NGUYE\u0302\u0303N", "nguy\u1ec5n"),
        ("\ufb01", "fi"),
        ("mai.tran@centre.example", "mai.tran@centre.example"),
    ],
)
def test_sign_in_names_are_compared_without_case_or_width(typed: str, normal: str) -> None:
    assert normalise_login(typed) == normal
    assert login_index(INDEX_KEY, typed) == login_index(INDEX_KEY, normal)


@settings(deadline=None)
@given(st.text())
def test_a_normal_form_is_its_own_normal_form(text: str) -> None:
    assert normalise_login(normalise_login(text)) == normalise_login(text)
    assert normalise_card_code(normalise_card_code(text)) == normalise_card_code(text)


@settings(deadline=None)
@given(st.text())
def test_composed_and_decomposed_sign_in_names_are_one(text: str) -> None:
    forms = {normalise_login(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")}
    assert len(forms) == 1


def test_different_values_kinds_and_keys_have_different_indexes() -> None:
    indexes = {
        card_index(INDEX_KEY, "A"),
        card_index(INDEX_KEY, "B"),
        login_index(INDEX_KEY, "A"),
        login_index(INDEX_KEY, "B"),
        login_index(bytes(32), "A"),
        card_index(bytes(32), "A"),
    }
    assert len(indexes) == 6
    assert {len(index) for index in indexes} == {32}


def test_different_people_stay_different() -> None:
    assert login_index(INDEX_KEY, "hoa") != login_index(INDEX_KEY, "hòa")


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_an_index_key_of_another_length_is_refused(size: int) -> None:
    for index in (card_index, login_index):
        with pytest.raises(KeyFormatError):
            index(bytes(size), "A")
