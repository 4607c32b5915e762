"""Copies for people: watermarked in the pixels, bound into a PDF that holds nothing else.

The mark names the centre, the case, the time and the end, so that a copy that turns up elsewhere tells where it came
from. Residual risk: a determined person can paint it out, and a view can be photographed from a screen.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image, ImageDraw, ImageFont

from ocr.pixels import Pixels

COPY_LONG_SIDE = 2600
"""Pixels: an A4 page at 220 dpi, good for print."""

VIEW_LONG_SIDE = 1400
"""Pixels: an A4 page at 120 dpi, good for reading on a screen."""

_A4_LONG_SIDE_POINTS = 842
_FONT = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
# pdfium is not thread-safe, not even for separate documents.
_pdfium = threading.Lock()


@dataclass(frozen=True)
class Copy:
    """What is handed out. `name` is a file name without anything personal in it."""

    release_id: str
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Mark:
    """What is written across every page (`across`, short) and below it (`below`, one line each)."""

    across: str
    below: tuple[str, ...]


def marked_pdf(pages: Iterable[Pixels], mark: Mark, long_side: int) -> bytes:
    """A PDF of the pages, each no longer than `long_side` pixels and marked. Holds one page in memory at a time."""
    jpegs = [_marked_page(page, mark, long_side) for page in pages]
    with _pdfium:
        document = pdfium.PdfDocument.new()
        try:
            for jpeg, size in jpegs:
                _add_page(document, jpeg, size)
            out = BytesIO()
            document.save(out)
        finally:
            document.close()
    return out.getvalue()


def _marked_page(page: Pixels, mark: Mark, long_side: int) -> tuple[bytes, tuple[int, int]]:
    image = Image.frombuffer("RGB", (page.width, page.height), page.rgb, "raw", "RGB", 0, 1)
    image.thumbnail((long_side, long_side), Image.Resampling.HAMMING)
    across = _across(image.size, mark.across)
    image = Image.composite(Image.new("RGB", image.size, (150, 0, 0)), image, across)
    image = _with_footer(image, mark.below)
    out = BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue(), image.size


def _across(size: tuple[int, int], text: str) -> Image.Image:
    """A mask with `text` along the rising diagonal, again and again, faint enough to read what is under it."""
    # Drawn and turned at half size, a quarter of the work: the letters are large.
    width, height = (size[0] + 1) // 2, (size[1] + 1) // 2
    diagonal = int((width**2 + height**2) ** 0.5)
    font = _font(max(9, diagonal // 45))
    sheet = Image.new("L", (diagonal, diagonal), 0)
    draw = ImageDraw.Draw(sheet)
    repeat = int(draw.textlength(text + "     ", font=font)) or 1
    for row, top in enumerate(range(0, diagonal, int(font.size * 5))):
        for left in range(-(row % 2) * repeat // 2, diagonal, repeat):
            draw.text((left, top), text, font=font, fill=56)
    turned = sheet.rotate(30, resample=Image.Resampling.BILINEAR)
    left, top = (diagonal - width) // 2, (diagonal - height) // 2
    return turned.crop((left, top, left + width, top + height)).resize(size, Image.Resampling.BILINEAR)


def _with_footer(image: Image.Image, lines: tuple[str, ...]) -> Image.Image:
    font = _fitting_font(lines, image.width)
    line_height = int(font.size * 1.4)
    footer = line_height * len(lines) + line_height
    page = Image.new("RGB", (image.width, image.height + footer), "white")
    page.paste(image, (0, 0))
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        top = image.height + line_height // 2 + number * line_height
        draw.text((image.width // 40, top), line, font=font, fill=(110, 0, 0))
    return page


def _fitting_font(lines: tuple[str, ...], width: int) -> ImageFont.FreeTypeFont:
    """The largest readable size at which every line fits the page."""
    room = width - 2 * (width // 40)
    for size in range(max(12, width // 50), 7, -1):
        if all(_font(size).getlength(line) <= room for line in lines):
            return _font(size)
    return _font(8)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONT, size)


def _add_page(document: pdfium.PdfDocument, jpeg: bytes, size: tuple[int, int]) -> None:
    scale = _A4_LONG_SIDE_POINTS / max(size)
    width, height = size[0] * scale, size[1] * scale
    page = document.new_page(width, height)
    picture = pdfium.PdfImage.new(document)
    picture.load_jpeg(BytesIO(jpeg), inline=True)
    picture.set_matrix(pdfium.PdfMatrix().scale(width, height))
    page.insert_obj(picture)
    page.gen_content()
    page.close()
