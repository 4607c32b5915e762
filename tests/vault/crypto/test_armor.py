"""Armor: one text for one file, and nothing else is read."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vault.crypto import armor
from vault.crypto.errors import ArmorError

BEGIN, END = "-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----"
DATA = bytes(range(100))
GOOD = armor.encode(DATA)


@given(st.binary(max_size=300))
@example(b"")
@example(bytes(48))
@example(bytes(96))
def test_round_trip(data: bytes) -> None:
    text = armor.encode(data)
    assert armor.decode(text) == data
    assert armor.decode(text.replace("\n", "\r\n")) == data
    assert armor.decode(f" \r\n\t{text} \n ") == data
    assert armor.decode(text.rstrip()) == data


def test_it_is_pem_with_64_columns() -> None:
    lines = GOOD.split("\n")
    assert lines[0] == BEGIN
    assert lines[-2:] == [END, ""]
    assert [len(line) for line in lines[1:-2]] == [64, 64, 8]


@pytest.mark.parametrize(
    "text",
    [
        "",
        BEGIN,
        END,
        BEGIN + "\n",
        BEGIN + END,
        BEGIN + "\n\n" + END,
        "x" + GOOD,
        GOOD + "x",
        "Dear friend,\n" + GOOD,
        GOOD + GOOD,
        GOOD.replace("AGE", "PGP"),
        GOOD.lower(),
        GOOD.replace("-----BEGIN", "----BEGIN"),
        GOOD.replace("FILE-----\n", "FILE-----\nComment: no\n\n", 1),
        GOOD.replace("\n", "\n ", 1),
        GOOD.replace("\n", " \n", 1),
        GOOD.replace("\n", "\n\n", 1),
        GOOD.replace("\n", "\r\n", 1),
        GOOD.replace("\n", "\r"),
        GOOD.replace("=\n", "\n"),
        GOOD.replace("==\n", "=\n"),
        GOOD.replace("Yw==\n", "Yx==\n"),
        GOOD.replace("\n" + END, "\n\n" + END),
        GOOD[:70] + "\n" + GOOD[70:],
        GOOD[:100] + GOOD[101:],
        GOOD.replace("A", "é"),
        GOOD.replace("A", "-"),
        GOOD.replace("A", "=", 1),
        "\ufeff" + GOOD,
        "\u00a0" + GOOD,
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    assert text != GOOD
    with pytest.raises(ArmorError):
        armor.decode(text)


@given(st.integers(0, len(GOOD) - 1), st.text(max_size=3), st.integers(0, 3))
def test_damage_is_refused_or_changes_nothing_but_white_space(position: int, insert: str, drop: int) -> None:
    """What is still read is the same text but for its surroundings, or another text in its one spelling."""
    damaged = GOOD[:position] + insert + GOOD[position + drop :]
    try:
        data = armor.decode(damaged)
    except ArmorError:
        return
    assert armor.encode(data) == damaged.strip(" \t\r\n") + "\n"


@given(st.text())
def test_arbitrary_text_raises_nothing_else(text: str) -> None:
    for attempt in (text, f"{BEGIN}\n{text}\n{END}\n"):
        try:
            assert armor.encode(armor.decode(attempt)).strip() in attempt.replace("\r\n", "\n")
        except ArmorError:
            continue
