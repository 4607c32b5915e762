"""Doc 9303 part 3, appendix A: published check digits; and exactly what they cannot see."""

import pytest

from ocr.mrz.alphabet import ALPHABET
from ocr.mrz.check_digits import check_digit, unseen


@pytest.mark.parametrize(
    ("text", "digit"),
    [
        ("520727", "3"),  # example 1
        ("AB2134<<<", "5"),  # example 2
        ("HA672242<" + "6" + "5802254" + "9601086" + "<" * 14 + "0", "8"),  # example 3: composite of a TD3
        ("D231458907" + "<" * 15 + "3407127" + "9507122" + "<" * 11, "2"),  # example 4: composite of a TD1
        ("HA672242<" + "6" + "5802254" + "9601086" + "<" * 7, "8"),  # example 5: composite of a TD2
        ("D23145890734", "9"),  # part 11, appendix D.2: a long number
        ("", "0"),
    ],
)
def test_published_check_digits(text: str, digit: str) -> None:
    assert check_digit(text) == digit


def test_a_character_outside_the_alphabet_has_no_value() -> None:
    with pytest.raises(ValueError, match="alphabet"):
        check_digit("12?")


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_substitution_goes_unseen_exactly_within_ten_classes(place: int) -> None:
    for right in ALPHABET:
        for wrong in ALPHABET:
            texts = ["55555"[:place] + glyph + "55555"[place:] for glyph in (right, wrong)]
            same = check_digit(texts[0]) == check_digit(texts[1])
            assert same == (wrong == right or wrong in unseen(right))


def test_the_classes_and_the_look_alikes_among_them() -> None:
    classes = {"".join(sorted({glyph} | unseen(glyph))) for glyph in ALPHABET}
    assert classes == {"0<AKU", "1BLV", "2CMW", "3DNX", "4EOY", "5FPZ", "6GQ", "7HR", "8IS", "9JT"}
    assert "G" in unseen("6")
    assert "S" in unseen("8")
    for seen in ("0O", "1I", "8B", "5S", "2Z", "0D", "0Q"):
        assert seen[1] not in unseen(seen[0])
