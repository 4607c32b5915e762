"""Texts by id and language. The catalogues are TOML files beside this one; words come from the glossary.

Every catalogue has the same ids and placeholders, which a test holds.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
DEFAULT_LANGUAGE = "en"
_FOLDER = Path(__file__).parent / "locale"


def text(language: str, message_id: str, **values: object) -> str:
    """The text with its placeholders filled in.

    Raises:
        KeyError: no such id: a mistake in the program, never in what a user typed.
    """
    return _catalogue(language)[message_id].format(**values)


def has_text(message_id: str) -> bool:
    """Whether there is a text of this id."""
    return message_id in _catalogue(DEFAULT_LANGUAGE)


def choose(cookie: str | None, accepted: str | None) -> str:
    """The language to speak: the one chosen before, else the first one the browser accepts that we have."""
    if cookie in LANGUAGES:
        return cookie
    for part in (accepted or "").split(","):
        wanted = part.split(";")[0].strip().lower().split("-")[0]
        if wanted in LANGUAGES:
            return wanted
    return DEFAULT_LANGUAGE


@cache
def _catalogue(language: str) -> dict[str, str]:
    with (_FOLDER / f"{language}.toml").open("rb") as file:
        return dict(_flat("", tomllib.load(file)))


def _flat(prefix: str, table: dict[str, Any]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            pairs.extend(_flat(f"{prefix}{name}.", value))
        else:
            pairs.append((f"{prefix}{name}", value))
    return pairs
