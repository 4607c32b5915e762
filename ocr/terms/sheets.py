"""What stands on every sheet and is no part of the text: page numbers and running heads; which pages are missing."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ocr.terms.folding import fold
from ocr.text.page_text import Line, PageText

_NUMBER = re.compile(
    r"^\W{0,3}(?:(?P<label>trang(?: so)?|page|pg\.?|muka surat|m/s|halaman|หน้า(?:ที่)?)\s*(?:no\.?|so)?\s*:?\s*)?"
    r"(?P<number>\d{1,2})(?:\s*(?P<of>/|of|tren tong so|tren|daripada|dari|จาก(?:ทั้งหมด)?|out of)\s*(?P<total>\d{1,2}))?"
    r"(?:\s*(?:trang|pages|หน้า))?\W{0,3}$"
)
_EDGE_LINES = 3
_EDGE = 0.12


@dataclass(frozen=True)
class SheetNumber:
    """What a page's foot or head says: its number, and of how many; `total` None where it does not say."""

    number: int
    total: int | None
    labelled: bool


def sheet_number(page: PageText) -> SheetNumber | None:
    """The number printed at the page's head or foot; None where there is none."""
    return next((found for line in _edges(page) if (found := _number(line))), None)


def missing_pages(pages: Sequence[PageText]) -> tuple[int, ...]:
    """The numbers that the printed ones leave out: "2 of 5" alone says that 1, 3, 4 and 5 are absent.

    Bare numbers without "page" or a total are believed only where they rise from sheet to sheet and skip at most two:
    any line may end in a number. A page that appears twice or carries no number says nothing about others.
    """
    numbers = [number for page in pages if (number := sheet_number(page))]
    totals = Counter(number.total for number in numbers if number.total)
    if totals:
        total = totals.most_common(1)[0][0] or 0
        agreeing = {number.number for number in numbers if number.total == total and number.number <= total}
        unnumbered = len(pages) - len(numbers)
        missing = [number for number in range(1, total + 1) if number not in agreeing]
        return tuple(missing) if len(missing) > unnumbered else ()
    plain = [number.number for number in numbers]
    if len(plain) < len(pages) or len(plain) < 2 or sorted(set(plain)) != plain or plain[0] > 3:
        return ()
    missing = [number for number in range(1, plain[-1]) if number not in plain]
    return tuple(missing) if len(missing) <= 2 else ()


def furniture(pages: Sequence[PageText]) -> set[int]:
    """The `id`s of the lines that are page numbers or running heads."""
    heads = Counter(text for page in pages for text in {fold(line.text) for line in _edges(page)})
    return {
        id(line)
        for page in pages
        for line in _edges(page)
        if _number(line) or (heads[fold(line.text)] > 1 and len(line.text) < 80)
    }


def _edges(page: PageText) -> list[Line]:
    lines = page.lines
    if len(lines) <= 2 * _EDGE_LINES:
        return list(lines)
    outer = [*lines[-_EDGE_LINES:], *lines[:_EDGE_LINES]]
    inner = [line for line in outer if _EDGE * page.height < line.box[1] < (1 - _EDGE) * page.height]
    return [line for line in outer if line not in inner or line in (lines[0], lines[-1])]


def _number(line: Line) -> SheetNumber | None:
    found = _NUMBER.match(fold(line.text.strip()))
    if not found:
        return None
    total = int(found["total"]) if found["total"] else None
    number = int(found["number"])
    if total is not None and not 1 <= number <= total:
        return None
    return SheetNumber(number, total, bool(found["label"]))
