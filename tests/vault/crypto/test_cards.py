"""Card codes: copied by hand, read over the telephone, and a slip of the pen is found."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.crypto.cards import new_card_code, parse_card_code
from vault.crypto.errors import KeyFormatError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
codes = st.builds(new_card_code)


def value(symbols: str) -> int:
    return sum(ALPHABET.index(symbol) * 32**place for place, symbol in enumerate(reversed(symbols)))


@given(codes)
def test_a_new_code_has_the_form_and_crockfords_check_symbol(code: str) -> None:
    assert re.fullmatch(rf"(?:[{ALPHABET}]{{4}}-){{3}}[{ALPHABET}]", code)
    assert value(code[:-2].replace("-", "")) % 37 == ALPHABET.index(code[-1])


def test_codes_are_fresh_and_use_every_symbol() -> None:
    made = [new_card_code() for _ in range(1000)]
    assert len(set(made)) == 1000
    for place in (0, 13):  # the first data symbol, the last data symbol; the check symbol follows
        assert {code[place] for code in made} == set(ALPHABET)
    assert {code[-1] for code in made} == set(ALPHABET)


@given(codes, st.booleans(), st.sampled_from(["-", "", " ", " - "]))
def test_any_casing_and_spacing_is_read(code: str, lower: bool, separator: str) -> None:
    typed = code.replace("-", separator)
    assert parse_card_code(typed.lower() if lower else typed) == code


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    code = next(made for made in iter(new_card_code, "") if "0" in made and "1" in made)
    for zero, one in (("O", "I"), ("o", "l"), ("0", "L"), ("o", "i")):
        assert parse_card_code(code.replace("0", zero).replace("1", one)) == code


@given(codes, st.integers(0, 12), st.sampled_from(ALPHABET))
def test_any_one_wrong_symbol_is_found(code: str, place: int, symbol: str) -> None:
    symbols = code.replace("-", "")
    typed = symbols[:place] + symbol + symbols[place + 1 :]
    if typed == symbols:
        assert parse_card_code(typed) == code
    else:
        with pytest.raises(KeyFormatError):
            parse_card_code(typed)


@given(codes, st.integers(0, 11))
def test_any_swap_of_neighbours_is_found(code: str, place: int) -> None:
    symbols = code.replace("-", "")
    typed = symbols[:place] + symbols[place + 1] + symbols[place] + symbols[place + 2 :]
    if typed == symbols:
        assert parse_card_code(typed) == code
    else:
        with pytest.raises(KeyFormatError):
            parse_card_code(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "0",
        "0" * 12,
        "0" * 14,
        "000000000000U",
        "U000000000000",
        "000000000000*",
        "0000.0000.0000.0",
        "\uff10" * 13,
    ],
)
def test_what_is_not_a_code_is_refused(typed: str) -> None:
    with pytest.raises(KeyFormatError):
        parse_card_code(typed)


def test_codes_computed_by_hand() -> None:
    assert parse_card_code("0" * 13) == "0000-0000-0000-0"
    # 3 * 32^11 mod 37 is 31
    assert parse_card_code("300000000000z") == "3000-0000-0000-Z"


@given(st.one_of(st.text(), st.text(ALPHABET, min_size=13, max_size=13)))
def test_arbitrary_text_raises_nothing_else(text: str) -> None:
    try:
        code = parse_card_code(text)
    except KeyFormatError:
        return
    assert parse_card_code(code) == code
