"""Makes tests/samples/malformed: small files that lie, never end, or unpack to far more than they are.

Run as `python -m tests.samples.make_malformed` and look at what changed; malformed.txt beside it says
what must become of each. Nothing here is a known attack on a certain version: each is a kind of lie that readers have
believed before.
"""

import gzip
import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.samples.malformed_pdfs import pdfs_by_page, pdfs_by_stream, pdfs_by_structure

FOLDER = Path(__file__).with_name("malformed")
HEIC = Path(__file__).with_name("formats") / "two_colours.heic"


def picture(form: str, side: int = 32, **options: object) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((side, side)).convert("RGB").save(file, form, **options)
    return file.getvalue()


def jpegs() -> dict[str, bytes]:
    whole = picture("JPEG")
    frame = whole.index(b"\xff\xc0")
    scan = whole.index(b"\xff\xda")

    def sized(height: int, width: int) -> bytes:
        return whole[: frame + 5] + struct.pack(">HH", height, width) + whole[frame + 9 :]

    def with_exif(tiff: bytes) -> bytes:
        segment = b"Exif\0\0" + tiff
        return whole[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + whole[2:]

    loop = b"II*\0" + struct.pack("<I", 8) + struct.pack("<HHHII", 1, 0x8769, 4, 1, 8) + struct.pack("<I", 8)
    turned = b"II*\0" + struct.pack("<I", 8) + struct.pack("<HHHII", 1, 0x0112, 3, 1, 255) + bytes(4)
    many = picture("JPEG", progressive=True)
    last_scan = many[many.rindex(b"\xff\xda") : -2]
    return {
        "start.jpg": whole[:3],
        "cut-in-header.jpg": whole[: frame + 4],
        "cut-in-scan.jpg": whole[: scan + 30],
        "giant.jpg": sized(65_500, 65_500),
        "larger-than-its-data.jpg": sized(1_500, 1_500),
        "no-width.jpg": sized(32, 0),
        "no-height.jpg": sized(0, 32),
        "no-tables.jpg": whole[:2] + whole[frame:scan] + whole[scan:],
        "segment-past-the-end.jpg": whole[:2] + b"\xff\xe2\xff\xff" + whole[2:],
        "exif-in-a-circle.jpg": with_exif(loop),
        "exif-turned-nowhere.jpg": with_exif(turned),
        "exif-cut.jpg": with_exif(b"II*\0" + struct.pack("<I", 0xFFFFFF00)),
        "a-thousand-scans.jpg": many[:-2] + last_scan * 1_000 + many[-2:],
        "noise-in-scan.jpg": whole[: scan + 14] + bytes(range(1, 255)) * 4,
        "twelve-bits.jpg": whole[: frame + 4] + b"\x0c" + whole[frame + 5 :],
        "and-an-archive.jpg": whole + b"PK\x03\x04" + bytes(100),
    }


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(*chunks: bytes, width: int = 32, height: int = 32, kind: bytes = b"\x08\x02\0\0\0") -> bytes:
    header = chunk(b"IHDR", struct.pack(">II", width, height) + kind)
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def pngs() -> dict[str, bytes]:
    rows = zlib.compress(bytes(97 * 32))
    data = chunk(b"IDAT", rows)
    bomb = zlib.compress(bytes(20_000_000), 9)
    return {
        "signature.png": b"\x89PNG\r\n\x1a\n",
        "cut.png": png(data)[:60],
        "giant.png": png(data, width=2_000_000_000, height=2_000_000_000),
        "bomb.png": png(chunk(b"IDAT", bomb), width=40_000, height=40_000, kind=b"\1\0\0\0\0"),
        "more-rows-than-it-says.png": png(chunk(b"IDAT", bomb)),
        "fewer-rows-than-it-says.png": png(data, height=1_000),
        "no-width.png": png(data, width=0),
        "profile-bomb.png": png(chunk(b"iCCP", b"x\0\0" + bomb), data),
        "text-bomb.png": png(chunk(b"zTXt", b"x\0\0" + bomb), data),
        "translated-text-bomb.png": png(chunk(b"iTXt", b"x\0\1\0\0\0" + bomb), data),
        "no-palette.png": png(data, kind=b"\x08\x03\0\0\0"),
        "odd-depth.png": png(data, kind=b"\x03\x02\0\0\0"),
        "wrong-checksum.png": png(data[:-1] + b"\0"),
        "chunk-without-end.png": png()[:-12] + b"\xff\xff\xff\xffIDAT" + rows,
        "no-data.png": png(),
        "animation-of-many.png": png(chunk(b"acTL", struct.pack(">II", 1 << 31, 0)), data),
        "a-thousand-texts.png": png(*[chunk(b"tEXt", b"k%d\0v" % n) for n in range(1_000)], data),
    }


def tiff(entries: list[tuple[int, int, int, int]], more: bytes = b"", following: int = 0) -> bytes:
    """Little-endian, one directory at 8; `more` begins right after it."""
    listed = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + listed + struct.pack("<I", following) + more


def grey(
    width: int = 32, height: int = 32, compression: int = 1, size: int = 1024
) -> list[tuple[int, int, int, int]]:
    at = 8 + 2 + 9 * 12 + 4
    return [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, compression),
        (262, 3, 1, 1),
        (273, 4, 1, at),
        (277, 3, 1, 1),
        (278, 4, 1, height),
        (279, 4, 1, size),
    ]


def changed(
    entries: list[tuple[int, int, int, int]], tag: int, value: int, kind: int = 4
) -> list[tuple[int, int, int, int]]:
    return [entry for entry in entries if entry[0] != tag] + [(tag, kind, 1, value)]


def tiffs() -> dict[str, bytes]:
    body = bytes(range(256)) * 4
    bomb = zlib.compress(bytes(20_000_000), 9)
    second = len(tiff(grey(), body))
    return {
        "nothing-after-header.tif": b"II*\0",
        "directory-past-the-end.tif": b"MM\0*\xff\xff\xff\xf0",
        "in-a-circle-of-one.tif": tiff(grey(), body, following=8),
        "in-a-circle-of-two.tif": tiff(grey(), body, following=second) + tiff(grey(), following=8)[8:],
        "entries-that-are-not-there.tif": b"II*\0" + struct.pack("<IH", 8, 65_535) + bytes(100),
        "giant.tif": tiff(grey(4_000_000_000, 4_000_000_000), body),
        "bomb.tif": tiff(grey(40_000, 40_000, 8, len(bomb)), bomb),
        "more-rows-than-it-says.tif": tiff(grey(compression=8, size=len(bomb)), bomb),
        "strip-past-the-end.tif": tiff(changed(grey(), 273, 0xFFFFFF00), body),
        "strip-longer-than-the-file.tif": tiff(grey(size=0xFFFFFFF0), body),
        "noise-as-lzw.tif": tiff(grey(compression=5), body),
        "noise-as-fax.tif": tiff(changed(grey(compression=4), 258, 1, 3), body),
        "noise-as-jpeg.tif": tiff(grey(compression=7), body),
        "unheard-of-compression.tif": tiff(grey(compression=31_337), body),
        "65535-samples.tif": tiff(changed(grey(), 277, 65_535, 3), body),
        "no-width.tif": tiff(grey(0, 32), body),
        "strip-of-no-rows.tif": tiff(changed(grey(), 278, 0), body),
        "value-past-the-end.tif": tiff([*grey(), (282, 5, 1, 0xFFFFFFF0)], body),
        "a-count-of-four-billion.tif": tiff([*grey(), (270, 2, 0xFFFFFFFF, 100)], body),
        "64-bit.tif": b"II+\0\x08\0\0\0" + struct.pack("<Q", 16) + bytes(100),
        "50-pages.tif": many_pages(50),
    }


def many_pages(count: int) -> bytes:
    """Pages of one point each, all with the same strip."""
    size = len(tiff(grey())) - 8
    body = 8 + count * size
    entries = changed(grey(1, 1, size=1), 273, body)
    directories = [tiff(entries, following=8 + (number + 1) * size)[8:] for number in range(count - 1)]
    return b"II*\0" + struct.pack("<I", 8) + b"".join(directories) + tiff(entries)[8:] + b"\0"


def webps() -> dict[str, bytes]:
    lossy, lossless = picture("WEBP"), picture("WEBP", lossless=True)

    def riff(*chunks: tuple[bytes, bytes]) -> bytes:
        body = b"WEBP" + b"".join(
            name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in chunks
        )
        return b"RIFF" + struct.pack("<I", len(body)) + body

    canvas = struct.pack("<I", 0x02) + b"\xff\xff\xff" * 2
    frame = bytes(6) + b"\xff\xff\xff" * 2 + bytes(4) + lossless[12:]
    return {
        "header.webp": lossy[:12],
        "cut.webp": lossy[:40],
        "cut-lossless.webp": lossless[:26],
        "size-of-four-billion.webp": lossy[:4] + b"\xff\xff\xff\xff" + lossy[8:],
        "giant.webp": lossy[:26] + b"\xff\x3f\xff\x3f" + lossy[30:],
        "giant-lossless.webp": lossless[:21] + b"\xff\xff\xff\x0f" + lossless[25:],
        "giant-canvas.webp": riff((b"VP8X", canvas), (b"ANIM", bytes(6)), (b"ANMF", frame)),
        "canvas-of-another-size.webp": riff(
            (b"VP8X", bytes(4) + b"\x10\0\0" * 2), (lossy[12:16], lossy[20:])
        ),
        "noise.webp": riff((b"VP8L", b"\x2f" + bytes(range(256)))),
        "chunk-past-the-end.webp": riff((b"VP8X", bytes(10)))[:-10] + b"\0\0\0\0ICCP\xff\xff\xff\x7f",
    }


def heics() -> dict[str, bytes]:
    whole = HEIC.read_bytes()

    def patched(box: bytes, offset: int, value: bytes) -> bytes:
        at = whole.index(box) + offset
        return whole[:at] + value + whole[at + len(value) :]

    nest = b""
    for _ in range(2_000):
        nest = struct.pack(">I", 8 + len(nest)) + b"ipco" + nest
    meta = struct.pack(">I4sI", 12 + len(nest), b"meta", 0) + nest
    return {
        "brand-alone.heic": whole[:12],
        "cut-in-boxes.heic": whole[:200],
        "cut-in-data.heic": whole[: whole.index(b"mdat") + 20],
        "box-of-four-billion.heic": patched(b"meta", -4, b"\xff\xff\xff\xff"),
        "box-of-nothing.heic": patched(b"iprp", -4, b"\0\0\0\0"),
        "box-of-seven.heic": patched(b"iprp", -4, b"\0\0\0\7"),
        "giant.heic": patched(b"ispe", 8, b"\x7f\xff\xff\xff\x7f\xff\xff\xff"),
        "larger-than-its-data.heic": patched(b"ispe", 8, struct.pack(">II", 5_000, 5_000)),
        "places-past-the-end.heic": patched(b"iloc", 12, b"\xff" * 12),
        "noise-as-settings.heic": patched(b"hvcC", 26, bytes(range(40))),
        "noise-as-data.heic": patched(b"mdat", 4, bytes(range(7, 207))),
        "boxes-in-boxes.heic": whole[: whole.index(b"meta") - 4] + meta,
    }


def others() -> dict[str, bytes]:
    return {
        "text.txt": b"This is no picture.\n" * 9,
        "page.html": b"<!doctype html><script>location='//example.org'</script>",
        "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
        "program.elf": b"\x7fELF\x02\x01\x01" + bytes(57),
        "archive.zip": b"PK\x03\x04" + bytes(60),
        "packed.gz": gzip.compress(picture("JPEG"), mtime=0),
        "picture.gif": picture("GIF"),
        "picture.bmp": picture("BMP", 8),
        "picture.jp2": picture("JPEG2000", 16),
        "program.ps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n",
        "nothing-but-zeros.bin": bytes(1_000),
    }


SOURCES: tuple[Callable[[], dict[str, bytes]], ...] = (
    jpegs,
    pngs,
    tiffs,
    webps,
    heics,
    pdfs_by_stream,
    pdfs_by_page,
    pdfs_by_structure,
    others,
)


def made() -> dict[str, bytes]:
    return {name: content for source in SOURCES for name, content in source().items()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in made().items():
        (FOLDER / name).write_bytes(content)
