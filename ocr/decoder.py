"""The jailed child: a stranger's file on standard input, integers and RGB on standard output, nothing else anywhere.

Forked by `ocr.jail.zygote`, inside the jail that `ocr.jail.walls` builds, for one document. Importing this from the
trusted side gives the framing and the exit statuses, and touches no imaging library.

Framing on standard output, big-endian: one byte for the layers of the jail that hold (`ocr.jail.layers`), said before
anything is read; for each page WIDTH u32, HEIGHT u32, then width x height x 3 bytes of RGB; after the last page two
zero words, then exit status 0. A refusal is an exit status, an `Exit` value: a page already sent is then void.

Formats: JPEG, PNG, TIFF (every page), WebP, HEIC (its primary picture), PDF. Of an animation the first picture is
taken. Colour profiles are not applied: what is sent is the numbers of the picture, taken for sRGB. Letters of a PDF
that brings no font of its own for them are drawn with those built into PDFium, since no font file can be opened here.
"""

# ruff: noqa: PLC0415 - the trusted side imports this file too, and must touch no imaging library

import importlib
import io
import os
import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from PIL import Image

PAGE_HEADER = struct.Struct(">II")
PDF_DPI = 200  # what scanners at the counters give, and what the recogniser needs for 10-point print
_WIDE_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")
_CALLED_FOR = (
    "PIL.ImageCms",
    "PIL.ImageColor",
    "PIL.ImageOps",
    "PIL.ImagePalette",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "PIL.TiffImagePlugin",
    "PIL.WebPImagePlugin",
    "encodings.ascii",
    "encodings.latin_1",
    "encodings.utf_16_be",
    "encodings.utf_16_le",
)
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")


class Exit(IntEnum):
    """Exit statuses of a refusal; 1 and 2 stay Python's own."""

    NOT_AN_IMAGE = 64
    DAMAGED = 65
    PASSWORD = 66
    TOO_MANY_PAGES = 67
    PAGE_TOO_LARGE = 68
    OUT_OF_MEMORY = 69


class Refused(Exception):
    """The file is not taken. Its only word is a small integer."""

    def __init__(self, code: Exit) -> None:
        super().__init__(code.name)
        self.code = code


def refuse(code: Exit) -> NoReturn:
    """End decoding with this status.

    Raises:
        Refused: always.
    """
    raise Refused(code)


def warm_up() -> None:
    """Import whatever decoding may call for: in the jail nothing can be opened any more."""
    for name in _CALLED_FOR:
        importlib.import_module(name)
    import pi_heif
    import pypdfium2
    from PIL import Image

    pi_heif.options.DECODE_THREADS = 1
    pypdfium2.PdfDocument.new().close()  # initialises PDFium
    Image.new("RGB", (1, 1)).tobytes()  # and Pillow's raw codec


def decode(file: bytes, max_pages: int, max_pixels: int) -> "Iterator[Image.Image]":
    """The file's pages as upright RGB pictures, one at a time."""
    if file[:3] == b"\xff\xd8\xff":
        from PIL.JpegImagePlugin import JpegImageFile

        return _picture(JpegImageFile, file, max_pixels)
    if file[:8] == b"\x89PNG\r\n\x1a\n":
        from PIL.PngImagePlugin import PngImageFile

        return _picture(PngImageFile, file, max_pixels)
    if file[:4] in (b"II*\0", b"MM\0*"):
        from PIL.TiffImagePlugin import TiffImageFile

        return _tiff(TiffImageFile, file, max_pages, max_pixels)
    if file[:4] == b"RIFF" and file[8:12] == b"WEBP":
        from PIL.WebPImagePlugin import WebPImageFile

        return _picture(WebPImageFile, file, max_pixels)
    if file[4:8] == b"ftyp" and file[8:12] in HEIF_BRANDS:
        from pi_heif import HeifImageFile

        return _picture(HeifImageFile, file, max_pixels)
    if b"%PDF-" in file[:1024]:  # readers accept rubbish before the header
        return _pdf(file, max_pages, max_pixels)
    refuse(Exit.NOT_AN_IMAGE)


def _picture(opener: Any, file: bytes, max_pixels: int) -> "Iterator[Image.Image]":
    picture = opener(io.BytesIO(file))
    _check_size(picture.size, max_pixels)
    yield _upright_rgb(picture)


def _tiff(opener: Any, file: bytes, max_pages: int, max_pixels: int) -> "Iterator[Image.Image]":
    picture = opener(io.BytesIO(file))
    pages = _count_frames(picture, max_pages)
    for number in range(pages):
        picture.seek(number)
        _check_size(picture.size, max_pixels)
        yield _upright_rgb(picture.copy())


def _count_frames(picture: Any, max_pages: int) -> int:
    """Walk the chain of directories no further than needed: a hostile chain can be endless."""
    for number in range(max_pages + 1):
        try:
            picture.seek(number)
        except EOFError:
            picture.seek(0)
            return number
    refuse(Exit.TOO_MANY_PAGES)


def _pdf(file: bytes, max_pages: int, max_pixels: int) -> "Iterator[Image.Image]":
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as failure:
        # FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY (an unknown handler) of fpdfview.h
        refuse(Exit.PASSWORD if failure.err_code in (4, 5) else Exit.DAMAGED)
    if len(document) > max_pages:
        refuse(Exit.TOO_MANY_PAGES)
    if len(document) == 0:
        refuse(Exit.DAMAGED)
    for page in document:
        width, height = page.get_size()  # points, 72 to the inch
        if not (width > 0 and height > 0):
            refuse(Exit.DAMAGED)
        scale = min(PDF_DPI / 72, (max_pixels * 0.99 / (width * height)) ** 0.5)
        if min(width, height) * scale < 1:
            refuse(Exit.PAGE_TOO_LARGE)
        yield page.render(scale=scale).to_pil().convert("RGB")


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    """From the header, before a single pixel is unpacked."""
    width, height = size
    if width < 1 or height < 1:
        refuse(Exit.DAMAGED)
    if width * height > max_pixels:
        refuse(Exit.PAGE_TOO_LARGE)


def _upright_rgb(picture: "Image.Image") -> "Image.Image":
    """Turned as its EXIF orientation says, on white where it is transparent, 8 bits a channel."""
    from PIL import Image, ImageOps

    picture.load()
    picture = ImageOps.exif_transpose(picture)
    if picture.mode in _WIDE_MODES:  # Pillow would clip 16 bits to white
        low, high = picture.getextrema()
        span = 256 if max(float(high), -float(low)) > 255 else 1  # type: ignore[arg-type]
        picture = picture.convert("F").point(lambda value: value / span).convert("L")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture.getchannel("A"))
        return paper
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _send(picture: "Image.Image") -> None:
    """Strip by strip, so that a page is not held twice."""
    width, height = picture.size
    _write(PAGE_HEADER.pack(width, height))
    rows = max(1, (1 << 20) // (width * 3))
    for top in range(0, height, rows):
        _write(picture.crop((0, top, width, min(top + rows, height))).tobytes())


def run(max_pages: int, max_pixels: int) -> int:
    """Read everything, send every page, and say how it went as an exit status."""
    try:
        for picture in decode(_received(), max_pages, max_pixels):
            _send(picture)
        _write(PAGE_HEADER.pack(0, 0))
    except Refused as refused:
        return int(refused.code)
    except MemoryError:
        return int(Exit.OUT_OF_MEMORY)
    except BrokenPipeError:  # the parent has gone: nobody is left to tell
        return 1
    except Exception:  # hostile bytes raise anything: to the parent they are one number
        return int(Exit.DAMAGED)
    return 0


def _received() -> bytes:
    # By system calls alone: a file object would first ask what kind of file this is, which the jail forbids.
    parts = []
    while part := os.read(0, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _write(data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(1, left) :]
