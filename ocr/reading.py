"""One clean page in, its text and fields out: the way into this package for whoever has pages."""

import datetime
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ocr.errors import ReadingFailed
from ocr.fields.contract import read_contract
from ocr.fields.field import Field
from ocr.fields.printed.beside import confirmed
from ocr.fields.printed.reading import read_printed
from ocr.fields.zone_fields import zone_fields
from ocr.mrz.fallback import read_by_tesseract
from ocr.mrz.reading import ZoneReading, read_zone
from ocr.pixels import Pixels, as_ocr_errors
from ocr.recognise import Image, grey

Kind = Literal["passport", "contract"]


@dataclass(frozen=True)
class PageReading:
    """What one page says; `confidence` is 0..1: of a contract's words, or the share of a passport's sure fields.

    `zone` is a passport's machine-readable zone; None where there is none that can be made out.
    """

    text: str
    fields: tuple[Field, ...]
    confidence: float
    zone: ZoneReading | None = None


@as_ocr_errors()
def read_page(
    kind: Kind, page: Pixels, number: int, today: datetime.date, scratch: Path | None = None
) -> PageReading:
    """Read page `number` (from 1) of a passport or a contract; `today` settles the centuries of two-digit years.

    `scratch` is needed only where there is no memory-backed folder (see `ocr.recognise`).

    Raises:
        ReadingFailed: the recogniser is missing, crashed or took too long; the page itself is unharmed.
        PageFailed: these pixels cannot be worked on.
        OcrError: there is not enough memory.
    """
    if kind == "contract":
        text, confidence = read_contract(page, scratch)
        return PageReading(text, (), confidence)
    zone, fields = _read_passport(grey(page.array), number, today, scratch)
    lines = [field.value for field in fields if field.name.startswith("mrz_line_")]
    sure = sum(not field.doubtful for field in fields)
    return PageReading("\n".join(lines), fields, sure / len(fields) if fields else 0.0, zone)


def _read_passport(
    picture: Image, number: int, today: datetime.date, scratch: Path | None
) -> tuple[ZoneReading | None, tuple[Field, ...]]:
    zone = read_zone(picture, today)
    if zone is None:
        zone = read_by_tesseract(picture, today, scratch)
        return zone, zone_fields(zone, picture, number) if zone else ()
    fields = zone_fields(zone, picture, number)
    # Tesseract only stands beside here: without it the zone is as good.
    with suppress(ReadingFailed):
        fields = confirmed(fields, read_printed(picture, zone, scratch), number)
    return zone, fields
