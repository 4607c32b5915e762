"""The real decoder in its jail: every format, and files made to hurt it."""

import io
import resource
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pi_heif
import pypdfium2
import pytest
from PIL import Image, TiffImagePlugin

from ocr.errors import Reason, UnsuitableFile
from ocr.pixels import Pixels
from ocr.sanitise import Limits, sanitise

ROOT = Path(__file__).parents[2]


def picture(width: int = 60, height: int = 40) -> Image.Image:
    """Red above, blue below: orientation shows."""
    image = Image.new("RGB", (width, height), (200, 0, 0))
    image.paste((0, 0, 200), (0, height // 2, width, height))
    return image


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def pages(file: bytes, limits: Limits | None = None) -> list[Pixels]:
    return list(sanitise(file, limits))


def refusal(file: bytes, limits: Limits | None = None) -> Reason:
    with pytest.raises(UnsuitableFile) as caught:
        pages(file, limits)
    return caught.value.reason


def pdf(count: int, width: float = 72, height: float = 72) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(count):
        document.new_page(width, height)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def locked_pdf() -> bytes:
    """Encrypted (standard handler, 40 bit), with verifiers that no password of ours satisfies."""
    verifier = b"<" + b"5A" * 32 + b">"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O " + verifier + b"/U " + verifier + b">>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, entry in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj" % number + entry + b"endobj\n"
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer<</Size 5/Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]>>\nstartxref\n%d\n%%%%EOF" % len(body)
    return body + table + trailer


def png_bomb(side: int) -> bytes:
    """A header that promises side x side pixels, and nothing after it but an empty stream."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_pictures_come_out_as_their_pixels(form: str) -> None:
    (page,) = pages(saved(picture(), form, **({"quality": 95} if form in ("JPEG", "WEBP") else {})))
    assert page.array.shape == (40, 60, 3)
    assert np.allclose(page.array[5, 30], (200, 0, 0), atol=12)
    assert np.allclose(page.array[35, 30], (0, 0, 200), atol=12)


def test_heic_is_read() -> None:
    file = (Path(__file__).parents[1] / "samples" / "formats" / "two_colours.heic").read_bytes()
    (page,) = pages(file)
    assert (page.width, page.height) == (64, 48)
    assert page.array[5, 30, 0] > page.array[5, 30, 2]
    assert page.array[43, 30, 2] > page.array[43, 30, 0]
    assert pi_heif.libheif_version()


def test_every_page_of_a_tiff_and_a_pdf_comes_in_order() -> None:
    tiff = saved(picture(), "TIFF", save_all=True, append_images=[picture(30, 20), picture(10, 50)])
    assert [(page.width, page.height) for page in pages(tiff)] == [(60, 40), (30, 20), (10, 50)]
    assert [(page.width, page.height) for page in pages(pdf(3, 144, 72))] == [(400, 200)] * 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_cameras_orientation_is_applied(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    (page,) = pages(saved(picture(), "JPEG", quality=95, exif=exif))
    assert (page.width, page.height) == ((60, 40) if orientation <= 4 else (40, 60))
    red = {1: (5, 30), 2: (5, 30), 3: (35, 30), 4: (35, 30), 5: (30, 5), 6: (30, 35), 7: (30, 35), 8: (30, 5)}
    assert page.array[red[orientation]][0] > 150


def test_what_is_transparent_is_paper() -> None:
    (page,) = pages(saved(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "PNG"))
    assert (page.array == 255).all()


def test_sixteen_bits_become_eight_and_do_not_clip() -> None:
    ramp = np.linspace(0, 65535, 400).astype(np.uint16).reshape(1, -1).repeat(10, 0)
    (page,) = pages(saved(Image.fromarray(ramp), "PNG"))
    assert abs(int(page.array[5, 200, 0]) - 128) < 3


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"MZ\x90 not a picture at all", Reason.NOT_AN_IMAGE),
        (b"GIF89a", Reason.NOT_AN_IMAGE),
        (b"\xff\xd8\xff", Reason.DAMAGED),
        (saved(picture(600, 400), "JPEG")[:-600], Reason.DAMAGED),
        (saved(picture(600, 400), "PNG")[:-60], Reason.DAMAGED),
        (saved(picture(600, 400), "TIFF", compression="tiff_lzw")[:300], Reason.DAMAGED),
        (pdf(1)[:200], Reason.DAMAGED),
        (locked_pdf(), Reason.PASSWORD),
        (pdf(200), Reason.TOO_MANY_PAGES),
        (png_bomb(40_000), Reason.PAGE_TOO_LARGE),
    ],
    ids=lambda value: value if isinstance(value, Reason) else f"{len(value)}_bytes",
)
def test_unsuitable_files_are_refused_by_name(file: bytes, reason: Reason) -> None:
    assert refusal(file) is reason


def test_a_png_header_bomb_is_refused_before_memory_is_taken() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    refusal(png_bomb(40_000))
    # 40,000 x 40,000 x 3 would be 4.8 GB; ru_maxrss is in KiB and a maximum over all children so far.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= max(before, 500_000)


def test_a_tiff_with_an_endless_chain_of_pages_ends() -> None:
    tiff = bytearray(saved(picture(), "TIFF"))
    (first,) = struct.unpack("<I", tiff[4:8])
    (entries,) = struct.unpack("<H", tiff[first : first + 2])
    tail = first + 2 + entries * 12
    tiff[tail : tail + 4] = struct.pack("<I", first)
    assert len(pages(bytes(tiff))) == 1


def test_a_tiff_of_too_many_pages_and_a_page_too_large_are_told_apart() -> None:
    tiff = saved(picture(), "TIFF", save_all=True, append_images=[picture()] * 3)
    assert refusal(tiff, Limits(pages=3)) is Reason.TOO_MANY_PAGES
    assert refusal(tiff, Limits(page_pixels=2_399)) is Reason.PAGE_TOO_LARGE
    assert refusal(tiff, Limits(total_pixels=5_000)) is Reason.TOO_LARGE_IN_TOTAL
    assert len(pages(tiff, Limits(pages=4, page_pixels=2_400))) == 4


def test_a_pdf_page_as_large_as_a_house_is_rendered_within_the_limit() -> None:
    (page,) = pages(pdf(1, 14_400, 14_400), Limits(page_pixels=1_000_000))
    assert 900_000 < page.width * page.height <= 1_000_000


def test_metadata_stays_behind() -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (TiffImagePlugin.IFDRational(21),) * 3})
    exif[0x010E] = "secret place"
    file = saved(picture(), "JPEG", exif=exif, comment=b"secret comment")
    assert b"secret place" in file
    (page,) = pages(file)
    assert b"secret" not in page.rgb
