"""Each format that is taken in, in the forms that cameras, scanners and offices write it in: real files, made here."""

import io
import struct
import zlib
from hashlib import md5
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ocr.decoder import decode
from ocr.errors import Reason, UnsuitableFile
from ocr.sanitise import sanitise

HEIC = Path(__file__).parents[1] / "samples" / "formats" / "two_colours.heic"
SIZE = (64, 48)


def scene(mode: str = "RGB") -> Image.Image:
    """Red above, blue below, and a ramp of grey to the right of both: what is turned, swapped or clipped shows."""
    image = Image.new("RGB", SIZE, (200, 30, 30))
    image.paste((30, 30, 200), (0, SIZE[1] // 2, *SIZE))
    for x in range(16):
        image.paste((x * 16,) * 3, (48 + x, 0, 49 + x, SIZE[1]))
    return image.convert(mode)


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def adam7(image: Image.Image) -> bytes:
    """An interlaced PNG (ISO/IEC 15948, 8.2), which Pillow reads and does not write."""
    pixels = np.asarray(image)
    rows = b"".join(
        b"\0" + row.tobytes()
        for top, left, down, right in (
            (0, 0, 8, 8),
            (0, 4, 8, 8),
            (4, 0, 8, 4),
            (0, 2, 4, 4),
            (2, 0, 4, 2),
            (0, 1, 2, 2),
            (1, 0, 2, 1),
        )
        for row in pixels[top::down, left::right]
    )
    header = struct.pack(">IIBBBBB", *image.size, 8, 2, 0, 0, 1)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def wide() -> Image.Image:
    """The scene in grey with 16 bits."""
    return Image.fromarray(np.asarray(scene("L")).astype(np.uint16) * 257)


def see_through() -> Image.Image:
    image = scene("RGBA")
    image.putalpha(Image.new("L", SIZE, 255))
    image.paste((0, 0, 0, 0), (0, 0, 8, 8))
    return image


def icc() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def lab() -> Image.Image:
    to_lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    made = ImageCms.applyTransform(scene(), to_lab)
    assert made
    return made


def panorama() -> bytes:
    """A JPEG of several pictures (MPO), as telephones write it: the first is the photograph."""
    return saved(scene(), "MPO", quality=95, save_all=True, append_images=[Image.new("RGB", (9, 9))])


FILES: dict[str, bytes] = {
    "JPEG": saved(scene(), "JPEG", quality=95),
    "JPEG progressive": saved(scene(), "JPEG", quality=95, progressive=True),
    "JPEG grey": saved(scene("L"), "JPEG", quality=95),
    "JPEG of inks": saved(scene("CMYK"), "JPEG", quality=95),
    "JPEG with a colour profile": saved(scene(), "JPEG", quality=95, icc_profile=icc()),
    "JPEG of several pictures": panorama(),
    "PNG": saved(scene(), "PNG"),
    "PNG interlaced": adam7(scene()),
    "PNG palette": saved(scene().quantize(64), "PNG"),
    "PNG palette, one colour clear": saved(scene().quantize(64), "PNG", transparency=0),
    "PNG black and white": saved(scene("1"), "PNG"),
    "PNG 16 bits": saved(wide(), "PNG"),
    "PNG see-through": saved(see_through(), "PNG", icc_profile=icc()),
    "TIFF": saved(scene(), "TIFF"),
    "TIFF LZW": saved(scene(), "TIFF", compression="tiff_lzw"),
    "TIFF deflate": saved(scene(), "TIFF", compression="tiff_adobe_deflate"),
    "TIFF fax": saved(scene("1"), "TIFF", compression="group4"),
    "TIFF JPEG": saved(scene(), "TIFF", compression="jpeg", quality=95),
    "TIFF 16 bits": saved(wide(), "TIFF"),
    "TIFF of inks": saved(scene("CMYK"), "TIFF"),
    "TIFF LAB": saved(lab(), "TIFF"),
    "WebP": saved(scene(), "WEBP", quality=95),
    "WebP lossless": saved(scene(), "WEBP", lossless=True),
    "WebP see-through": saved(see_through(), "WEBP", lossless=True),
    "HEIC": HEIC.read_bytes(),
}
GREY = ("JPEG grey", "PNG 16 bits", "TIFF 16 bits")
BLACK_AND_WHITE = ("PNG black and white", "TIFF fax")


def page(file: bytes) -> NDArray[np.uint8]:
    (only,) = sanitise(file)
    return only.array


@pytest.mark.parametrize("name", FILES)
def test_every_form_comes_out_as_it_looks(name: str) -> None:
    seen = page(FILES[name])
    assert seen.shape == (48, 64, 3)
    if name in BLACK_AND_WHITE:
        assert set(np.unique(seen)) == {0, 255}
        return
    if name in GREY:
        assert abs(int(seen[4, 52].mean()) - 64) < 8
        return
    above, below = seen[12, 24].astype(int), seen[40, 24].astype(int)
    assert above[0] > above[2] + 80
    assert below[2] > below[0] + 80


@pytest.mark.parametrize("name", FILES)
def test_the_jail_changes_no_pixel(name: str) -> None:
    # What decoding would open, import or ask the kernel for when it runs free, it must not need.
    (free,) = decode(FILES[name], 1, 10_000)
    assert np.array_equal(page(FILES[name]), np.asarray(free))


def test_what_is_clear_is_paper() -> None:
    for name in ("PNG see-through", "WebP see-through"):
        assert (page(FILES[name])[:8, :8] == 255).all()


def pdf(*pages: bytes, size: str = "0 0 144 72", more: bytes = b"", trailer: bytes = b"") -> bytes:
    """A PDF of these content streams; `more` goes into each page, `trailer` into the trailer."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>"
        % (len(pages), b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(len(pages)))),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number, content in enumerate(pages):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R%s>>"
            % (size.encode(), 5 + 2 * number, more)
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    body, places = b"%PDF-1.7\n", []
    for number, entry in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, entry)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, len(body))
    return body + table + end


RED_LEFT_HALF = b"1 0 0 rg 0 0 72 72 re f"


def test_a_pdf_page_is_turned_as_it_says() -> None:
    for turn, red_at in ((0, (100, 50)), (90, (50, 100)), (180, (100, 350)), (270, (350, 100))):
        seen = page(pdf(RED_LEFT_HALF, more=b"/Rotate %d" % turn))
        assert seen.shape[:2] == ((200, 400) if turn % 180 == 0 else (400, 200))
        assert tuple(seen[red_at]) == (255, 0, 0)
        assert tuple(seen[seen.shape[0] - red_at[0] - 1, seen.shape[1] - red_at[1] - 1]) == (255, 255, 255)


def test_a_pdf_without_fonts_of_its_own_is_drawn_with_those_built_in() -> None:
    seen = page(pdf(b"BT /F 24 Tf 10 20 Td (Contract) Tj ET"))
    assert 0.02 < (seen < 128).mean() < 0.3


def test_a_pdf_that_holds_photographs_gives_its_pages() -> None:
    file = io.BytesIO()
    scene().save(file, "PDF", save_all=True, append_images=[scene(), scene("L")])
    seen = [each.array for each in sanitise(file.getvalue())]
    assert len(seen) == 3
    assert seen[0][seen[0].shape[0] // 4, 40, 0] > 150


def arc4(key: bytes, data: bytes) -> bytes:
    state, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def encrypted(*, password: bytes = b"") -> bytes:
    """A PDF under the standard handler, revision 2 (ISO 32000-1, 7.6.3): `password` opens it; none, if it is empty."""
    padding = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
    owner, permissions, file_id = bytes(32), -4, bytes(16)
    said = (password + padding)[:32]
    key = md5(said + owner + struct.pack("<i", permissions) + file_id).digest()[:5]
    user = arc4(key, padding)
    content = arc4(md5(key + (5).to_bytes(3, "little") + bytes(2)).digest()[:10], RED_LEFT_HALF)
    handler = b"/Encrypt<</Filter/Standard/V 1/R 2/P %d/O<%s>/U<%s>>>/ID[<%s><%s>]" % (
        permissions,
        owner.hex().encode(),
        user.hex().encode(),
        file_id.hex().encode(),
        file_id.hex().encode(),
    )
    return pdf(content, trailer=handler)


def test_a_pdf_that_is_locked_against_changes_only_is_read() -> None:
    assert tuple(page(encrypted())[100, 50]) == (255, 0, 0)


def test_a_pdf_that_nobody_can_open_without_its_password_is_refused_as_such() -> None:
    with pytest.raises(UnsuitableFile) as caught:
        page(encrypted(password=b"secret"))
    assert caught.value.reason is Reason.PASSWORD
    assert pypdfium2.PdfDocument(encrypted(password=b"secret"), password="secret")
