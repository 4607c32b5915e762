"""A contract's page as text in reading order. No terms are read from it yet."""

from pathlib import Path

from ocr.cleanup import clean
from ocr.pixels import Pixels
from ocr.recognise import Word, languages_installed, words

# Automatic layout: each column of a bilingual page stays together, so that a sentence stays a sentence. Modes that
# run across the columns make fewer order errors by the letter, and mix two languages in every line.
_LAYOUT = 3


def read_contract(page: Pixels, scratch: Path | None = None) -> tuple[str, float]:
    """The page's text (NFC, one printed line a line, blocks parted by an empty one); its words' mean confidence, 0..1.

    Raises:
        ReadingFailed: the recogniser could not run.
    """
    found = words(clean(page), _languages(), _LAYOUT, scratch=scratch)
    confidence = sum(word.confidence for word in found) / len(found) if found else 0.0
    return _text(found), confidence


def _languages() -> str:
    """The large Vietnamese net (it reads English too), under either name it is installed by."""
    installed = languages_installed()
    return next((name for name in ("script/Vietnamese", "Vietnamese") if name in installed), "vie+eng")


def _text(found: list[Word]) -> str:
    blocks: dict[int, dict[tuple[int, int, int], list[str]]] = {}
    for word in found:
        blocks.setdefault(word.line[0], {}).setdefault(word.line, []).append(word.text)
    return "\n\n".join("\n".join(" ".join(line) for line in block.values()) for block in blocks.values())
