"""Both catalogues say the same things, every text that a page asks for is there, and none lies idle."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

import api
from api.i18n import LANGUAGES, choose
from vault.cases import DISPUTES
from vault.holders import CONSENT_METHODS
from vault.intake import FLAWS, OVERRULES
from vault.requests import FORMS, KINDS, PURPOSES

HOME = Path(api.__file__).parent
WORDS: dict[str, tuple[str, ...]] = {
    "kind": KINDS,
    "dispute": DISPUTES,
    "purpose": PURPOSES,
    "method": CONSENT_METHODS,
    "form_of": FORMS,
    "request_is": ("pending", "granted", "refused", "expired"),
    "grant_is": ("live", "withdrawn", "erased", "expired", "used_up"),
    "doubt": ("check_digit", "composite", "unconfirmed", "implausible", "truncated"),
    "source": ("mrz", "text"),
    "flaw": FLAWS,
    "flaw_hint": FLAWS,
    "document_kind": ("passport", "identity_card", "visa", "other"),
}
GROUPS_MADE_UP = [
    "because.",
    "card_in.",
    "country.",
    "did.",
    "error.",
    "field.",
    "form.",
    "history.",
    "my_paper.",
]
MADE_UP_ON_THE_SPOT = (
    *GROUPS_MADE_UP,
    *("allowed.", "ask.end_", "ask.is_", "case.", "doubt.other", "frame.close_", "holder.photo_"),
    *("notice.line_", "privacy.", "staff_in."),
    *(f"ask.{form}" for form in FORMS),
    *(f"overrule.{reason}" for reason in OVERRULES),
)
"""Ids that are put together from a stored word: the pages that do so would fail in their own tests."""


def texts(language: str) -> dict[str, str]:
    def flat(prefix: str, table: dict[str, Any]) -> Iterator[tuple[str, str]]:
        for name, value in table.items():
            if isinstance(value, dict):
                yield from flat(f"{prefix}{name}.", value)
            else:
                yield f"{prefix}{name}", value

    with (HOME / "locale" / f"{language}.toml").open("rb") as file:
        return dict(flat("", tomllib.load(file)))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def asked_for() -> set[str]:
    sources = [*HOME.glob("templates/**/*.html"), *HOME.glob("pages/*.py")]
    return {
        found
        for each in sources
        for found in re.findall(r"""["']([a-z_]+(?:\.[a-z0-9_-]+)+)["']""", each.read_text("utf-8"))
    }


def test_the_catalogues_have_the_same_texts_with_the_same_gaps() -> None:
    english = texts("en")
    assert len(english) > 300
    for language in LANGUAGES:
        theirs = texts(language)
        assert theirs.keys() == english.keys()
        for name, text in theirs.items():
            assert text.strip(), name
            assert placeholders(text) == placeholders(english[name]), name


def test_every_word_that_is_stored_can_be_said() -> None:
    english = texts("en")
    for group, words in WORDS.items():
        assert {f"{group}.{word}" for word in words} <= english.keys()
        assert {name for name in english if name.startswith(f"{group}.")} <= {
            f"{group}.{word}" for word in words
        } | {"doubt.other"}


def test_no_text_lies_idle() -> None:
    stored = {f"{group}.{word}" for group, words in WORDS.items() for word in words}
    idle = {
        name for name in texts("en").keys() - asked_for() - stored if not name.startswith(MADE_UP_ON_THE_SPOT)
    }
    assert idle == set()


def test_her_pages_never_speak_of_a_money_deposit_or_of_sharing() -> None:
    for name, text in texts("vi").items():
        assert "ký quỹ" not in text.lower(), name
        assert "chia sẻ" not in text.lower(), name


@pytest.mark.parametrize(
    ("cookie", "accepted", "spoken"),
    [
        ("vi", "en", "vi"),
        ("en", "vi", "en"),
        (None, "vi-VN,vi;q=0.9,en;q=0.8", "vi"),
        (None, "ms,en;q=0.5", "en"),
        ("xx", "vi", "vi"),
        (None, None, "en"),
        (None, ";;,,", "en"),
    ],
)
def test_the_language_is_the_chosen_one_else_the_browsers(
    cookie: str | None, accepted: str | None, spoken: str
) -> None:
    assert choose(cookie, accepted) == spoken
