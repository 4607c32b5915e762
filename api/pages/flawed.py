"""What a deposit desk is shown of pages that cannot be read well: each in small, with the places marked."""

import base64
from dataclasses import dataclass
from itertools import groupby

from vault.intake import FlawedPages


@dataclass(frozen=True)
class ShownPage:
    """A flawed page: `picture` is a `data:` address, because the picture is kept nowhere; `flaws` each once."""

    number: int
    flaws: tuple[str, ...]
    picture: str


def shown_pages(error: FlawedPages) -> list[ShownPage]:
    """The flawed pages in order."""
    pictures = {each.page: each.jpeg for each in error.pictures}
    flaws = {
        page: tuple(dict.fromkeys(each.flaw for each in found))
        for page, found in groupby(error.findings, lambda each: each.page)
    }
    return [ShownPage(page, of_it, _address(pictures[page])) for page, of_it in flaws.items()]


def _address(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
